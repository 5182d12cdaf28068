"""The settings of an ITR source: one line, the key named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connector.app import App
from connector.errors import SettingsError
from connector.sources.itr.settings import ItrPart
from tests.builders import check

GOOD: dict[str, Any] = {
    "targets.intranet.base_url": "https://intranet.example.com",
    "targets.intranet.tenant": "t",
    "targets.intranet.app_id": 1,
    "targets.intranet.api_key": "target-key",
    "sources.itr.kind": "itr",
    "sources.itr.id_prefix": "itr",
    "sources.itr.base_url": "https://itr.example.com/api",
    "sources.itr.web_url": "https://itr.example.com",
    "sources.itr.user_id": "connector@example.com",
    "sources.itr.password": "itr-password",
}


def made(**changes: Any) -> App:
    values = {**GOOD, **{key.replace("__", "."): value for key, value in changes.items()}}
    layers = [("test", key.split("."), value) for key, value in values.items() if value is not None]
    return App(check(layers, file=Path("settings.toml")))


def test_the_defaults_are_those_that_go_live() -> None:
    part = made().settings.sources["itr"]
    assert isinstance(part, ItrPart)
    assert part.records == ["sessions", "tests", "batteries", "reportdefinitions"]
    assert (part.person_names, part.archived, part.permissions, part.calls_per_s) == (
        False,
        True,
        "company",
        5,
    )


def test_secrets_of_the_account_are_hidden() -> None:
    app = made(sources__itr__totp_secret="JBSWY3DPEHPK3PXP")
    assert {"itr-password", "connector@example.com", "JBSWY3DPEHPK3PXP"} <= set(app.settings.secrets())


def test_a_company_may_be_spelled_in_any_way() -> None:
    app = made(sources__itr__company_id="{B56E7E58943B503C8F57CC677EF3F396}")
    assert getattr(app.settings.sources["itr"], "company_id", "") == "b56e7e58-943b-503c-8f57-cc677ef3f396"


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        ({"sources__itr__kind": None}, "sources.itr.kind", "missing; expected interaxo or itr"),
        ({"sources__itr__kind": "itrr"}, "sources.itr.kind", "expected interaxo or itr"),
        ({"sources__itr__password": None}, "sources.itr.password", "CONNECTOR_SOURCES__ITR__PASSWORD"),
        ({"sources__itr__web_url": None}, "sources.itr.web_url", "missing"),
        ({"sources__itr__base_url": "http://itr.example.com"}, "sources.itr.base_url", "expected https"),
        ({"sources__itr__rooms": ["*"]}, "sources.itr.rooms", "unknown key"),
        (
            {"sources__itr__permissions": "room"},
            "sources.itr.permissions",
            "expected 'company', 'manager' or 'fixed'",
        ),
        ({"sources__itr__permissions": "fixed"}, "sources.itr", "needs identities"),
        ({"sources__itr__company_id": "seven"}, "sources.itr.company_id", "expected the id of a company"),
        (
            {"sources__itr__records": ["tokens"]},
            "sources.itr.records",
            "entry 1 of the list: expected 'sessions'",
        ),
        ({"sources__itr__fields": {"sessions": ["Scores"]}}, "sources.itr.fields.sessions", "cannot be read"),
        ({"sources__itr__calls_per_s": 0}, "sources.itr.calls_per_s", "expected more than 0"),
        ({"sources__itr__password": "łódź"}, "sources.itr.password", "latin-1"),
        ({"sources__itr__totp_secret": "0189"}, "sources.itr.totp_secret", "authenticator"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(changes: dict[str, Any], key: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        made(**changes)
    assert caught.value.key == key
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("order", [("itr", "itr-m"), ("itr-m", "itr")])
def test_the_ids_of_the_central_catalogue_cannot_be_those_of_another_source(order: tuple[str, str]) -> None:
    second = {key.replace("sources.itr.", "sources.second."): value for key, value in GOOD.items()}
    values = {**GOOD, **second, "sources.itr.id_prefix": order[0], "sources.second.id_prefix": order[1]}
    with pytest.raises(SettingsError, match="would collide"):
        made(**{key.replace(".", "__"): value for key, value in values.items()})
