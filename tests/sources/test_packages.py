"""Sources of other packages: found by their kind, checked by their own part, and no harm to others when they are broken."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest

from connector.app import App
from connector.commands.inspection import inspect
from connector.errors import SettingsError
from connector.sources import packages
from connector.sources.interaxo.open import INTERAXO
from connector.sources.interaxo.settings import InteraxoPart
from connector.sources.kind import Surroundings
from connector.status.exchanges import tell_exchanges
from tests.builders import load, make_settings, make_toml
from tests.neighbourhood import Neighbourhood
from tests.rules.ground import small_world

MODULE = "wiki_of_somebody"
EVERYBODY = ["kari@example.com"]


class WikiPart(InteraxoPart):
    """The table of a kind that another package brings."""

    kind: Literal["wiki"]  # type: ignore[assignment]
    colour: Literal["red", "blue"] = "red"


def open_wiki(part: WikiPart, around: Surroundings) -> Any:
    return INTERAXO.open(part, around)


WIKI = replace(INTERAXO, kind="wiki", settings=WikiPart, open=open_wiki)


class Distribution:
    """What a package is called."""

    def __init__(self, name: str = "wiki-connector", version: str = "1.2") -> None:
        self.name, self.version = name, version


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A package is installed that brings the kind `wiki`; a test may break it."""
    module = ModuleType(MODULE)
    module.WIKI = WIKI  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, MODULE, module)
    offer(monkeypatch, f"{MODULE}:WIKI")
    return module


def offer(monkeypatch: pytest.MonkeyPatch, *values: str) -> None:
    """Entry points of packages, by their values."""
    points = [EntryPoint("wiki", value, packages.GROUP) for value in values]
    for number, point in enumerate(points):
        vars(point)["dist"] = Distribution(version=f"1.{number + 2}")
    monkeypatch.setattr(
        packages,
        "entry_points",
        lambda *, group, name: [one for one in points if (one.group, one.name) == (group, name)],
    )


WIKI_TABLE = {
    "sources.wiki.kind": "wiki",
    "sources.wiki.id_prefix": "wk",
    "sources.wiki.permissions": "room",
    "sources.wiki.client_id": "wiki-id-0815",
    "sources.wiki.client_secret": "wiki-secret-0815",
}


def with_wiki(**changes: Any) -> dict[str, Any]:
    return {
        **{key.replace(".", "__"): value for key, value in WIKI_TABLE.items()},
        **{f"sources__wiki__{key}": value for key, value in changes.items()},
    }


# -- settings --------------------------------------------------------------------------------------


def test_a_package_is_found_by_the_kind_that_the_settings_name(installed: ModuleType) -> None:
    loaded = make_settings(**with_wiki(colour="blue"))
    assert isinstance(loaded.settings.sources["wiki"], WikiPart)
    assert loaded.kind_of("wiki").package == "wiki-connector 1.2"
    assert "wiki-secret-0815" in loaded.settings.secrets()


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        ({"colour": "green"}, "sources.wiki.colour", "'red' or 'blue'"),
        ({"color": "red"}, "sources.wiki.color", "did you mean colour"),
        ({"permissions": "public"}, "sources.wiki.permissions", "it has no default"),
    ],
)
def test_its_settings_are_checked_by_its_own_table(
    installed: ModuleType, changes: dict[str, Any], key: str, words: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        make_settings(**with_wiki(**changes))
    assert caught.value.key == key
    assert words in str(caught.value)


def test_variables_and_missing_secrets_speak_of_it_as_of_any(installed: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(make_toml(**{k: v for k, v in with_wiki().items() if "client_secret" not in k}))
    with pytest.raises(SettingsError) as caught:
        load(file, {})
    told = {one.key: one.message for one in (caught.value, *caught.value.also)}
    assert "CONNECTOR_SOURCES__WIKI__CLIENT_SECRET" in told["sources.wiki.client_secret"]
    with pytest.raises(SettingsError, match="CONNECTOR_SOURCES__WIKI__COLOUR"):
        load(file, {"CONNECTOR_SOURCES__WIKI__COLOUR": "green"})


def test_a_kind_that_nobody_brings_is_told_with_those_there_are() -> None:
    with pytest.raises(SettingsError, match="expected interaxo or itr") as caught:
        make_settings(**with_wiki())
    assert caught.value.key == "sources.wiki.kind"


def test_a_package_that_no_setting_names_is_never_loaded(
    installed: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "entry_points", lambda **_: pytest.fail("looked for packages"))
    assert make_settings().settings.sources


def test_no_package_takes_the_place_of_our_own_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("interaxo", f"{MODULE}:ABSENT", packages.GROUP)
    monkeypatch.setattr(packages, "entry_points", lambda **_: [point])
    assert make_settings().kind_of("interaxo") is INTERAXO


# -- at work ---------------------------------------------------------------------------------------


def wiki_beside(near: Neighbourhood) -> None:
    """A second source, of the package's kind, that reads the same rooms."""
    of_rooms = {key: value for key, value in near.values.items() if key.startswith("sources.interaxo.")}
    near.values |= {key.replace("interaxo", "wiki", 1): value for key, value in of_rooms.items()} | {
        "sources.wiki.kind": "wiki",
        "sources.wiki.id_prefix": "wk",
    }


async def test_it_is_read_told_to_auditors_and_named_with_its_version(
    installed: ModuleType, tmp_path: Path
) -> None:
    async with small_world(tmp_path) as (near, _):
        wiki_beside(near)
        told = await inspect(near.app(), now=near.clock())
        assert told["ok"], told
        assert "Its kind came with wiki-connector 1.2." in told["sources"]["wiki"]["message"]
        assert "came with" not in told["sources"]["interaxo"]["message"]
        parties = {one["party"] for one in (await tell_exchanges(near.app()))["exchanges"]}
        assert parties == {"interaxo", "wiki", "intranet"}
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert any(key.startswith("wk-") for key in near.intranet.documents)


def broken_at_import(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, MODULE, None)


def broken_by_absence(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    del module.WIKI


def broken_by_another_name(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    module.WIKI = INTERAXO  # type: ignore[attr-defined]


def broken_by_another_thing(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    module.WIKI = "a wiki"  # type: ignore[attr-defined]


def broken_by_two(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, f"{MODULE}:WIKI", f"{MODULE}:OTHER")


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (broken_at_import, "wiki-connector 1.2 cannot be loaded: ModuleNotFoundError"),
        (broken_by_absence, "wiki-connector 1.2 cannot be loaded: AttributeError"),
        (broken_by_another_name, f"{MODULE}:WIKI of wiki-connector 1.2 is no SourceKind"),
        (broken_by_another_thing, f"{MODULE}:WIKI of wiki-connector 1.2 is no SourceKind"),
        (broken_by_two, "wiki-connector 1.2 and wiki-connector 1.3 both bring it"),
    ],
    ids=["import", "absent", "another name", "another thing", "two packages"],
)
async def test_a_broken_package_is_told_and_costs_neither_others_nor_what_it_brought(
    installed: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: Any, words: str
) -> None:
    async with small_world(tmp_path) as (near, small):
        wiki_beside(near)
        await near.run("full")
        before = set(near.intranet.documents)
        people = {person: near.intranet.identities_of(person) for person in EVERYBODY}
        broken(installed, monkeypatch)
        near.rooms.rename(small.plan, "plan-2.pdf")
        report = await near.run("full")
        assert report.outcome == "withheld"
        assert any(words in reason for reason in report.reasons), report.reasons
        assert set(near.intranet.documents) == before
        assert {person: near.intranet.identities_of(person) for person in EVERYBODY} == people
        assert near.intranet.documents[f"ix-{small.plan}"].document["Title"] == "plan-2.pdf"
        told = await inspect(near.app(), now=near.clock())
        assert not told["ok"]
        assert words in told["sources"]["wiki"]["message"]
        assert told["sources"]["interaxo"]["ok"]
        hidden = near.app().settings.secrets()
        assert near.values["sources.wiki.client_secret"] in hidden
        assert {one["party"] for one in (await tell_exchanges(near.app()))["exchanges"]} == {
            "interaxo",
            "intranet",
        }


def test_a_bug_in_its_check_is_told_with_its_table(installed: ModuleType) -> None:
    installed.WIKI = replace(WIKI, check=lambda name, part: 1 / 0)  # type: ignore[attr-defined]
    with pytest.raises(SettingsError, match="ZeroDivisionError") as caught:
        App(make_settings(**with_wiki()))
    assert caught.value.key == "sources.wiki"
