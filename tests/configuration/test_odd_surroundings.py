"""Settings among variables of others, odd files and machines without time zones; and every mistake told at once."""

from __future__ import annotations

import os
import sys
import zoneinfo
from pathlib import Path
from typing import Any

import pytest

from connector.errors import SettingsError
from connector.machine.streams import in_words
from tests.builders import load, make_settings, make_toml
from tests.configuration.test_settings import ENVIRONMENT, complaint, load_text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONNECTOR_PORT", "tcp://10.43.7.9:9470"),
        ("CONNECTOR_PORT_9470_TCP", "tcp://10.43.7.9:9470"),
        ("CONNECTOR_PORT_9470_TCP_ADDR", "10.43.7.9"),
        ("CONNECTOR_SERVICE_HOST", "10.43.7.9"),
        ("CONNECTOR_SERVICE_PORT_HTTP", "9470"),
        ("CONNECTOR_STATUS_PAGE_SERVICE_PORT", "9470"),
        ("CONNECTOR_IMAGE", "interact-connector:1"),
    ],
)
def test_what_kubernetes_and_compose_set_is_passed_over(tmp_path: Path, name: str, value: str) -> None:
    assert load_text(tmp_path, make_toml(), **{name: value}).settings.service.listen == "127.0.0.1:9470"


@pytest.mark.parametrize(
    "name", ["CONNECTOR_SCHEDULE_DELTA", "CONNECTOR_SERVICE__PORT", "CONNECTOR_SERVICE_LISTEN"]
)
def test_a_misspelt_variable_is_still_refused(tmp_path: Path, name: str) -> None:
    assert "unknown key" in str(complaint(tmp_path, make_toml(), **{name: "1"}))


def test_a_secret_that_a_variable_and_the_file_of_another_one_give_is_refused(tmp_path: Path) -> None:
    file, key = tmp_path / "settings.toml", tmp_path / "key"
    file.write_text(make_toml(), encoding="utf-8")
    key.write_text("of-last-year", encoding="utf-8")
    variable = "CONNECTOR_TARGETS__INTRANET__API_KEY"
    with pytest.raises(SettingsError, match=f"{variable} and {variable}_FILE both set it") as caught:
        load(file, ENVIRONMENT | {f"{variable}_FILE": str(key)})
    assert caught.value.key == "targets.intranet.api_key"


def test_a_byte_order_mark_begins_a_file_of_notepad(tmp_path: Path) -> None:
    assert load_text(tmp_path, "\ufeff" + make_toml()).settings.targets["intranet"].app_id == 47


def test_a_file_that_is_not_utf_8_is_told_so(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("# Kongeveien 1, Moss: bru på søndag\n" + make_toml(), encoding="utf-16")
    with pytest.raises(SettingsError, match="save it as UTF-8"):
        load(file, ENVIRONMENT)


@pytest.mark.parametrize(
    "listen", ["127.0.0.1:99999", "127.0.0.1:65536", "127.0.0.1:٣", "127.0.0.1", ":9470", "[::1]"]
)
def test_an_address_that_cannot_be_listened_on_is_a_settings_error(tmp_path: Path, listen: str) -> None:
    error = complaint(tmp_path, make_toml(service__listen=listen))
    assert error.key == "service.listen"
    assert "65535" in str(error)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../passwd", "Europe", "/etc/localtime", ""])
def test_a_time_zone_that_does_not_exist_is_told(tmp_path: Path, zone: str) -> None:
    assert "such as Europe/Oslo" in str(complaint(tmp_path, make_toml(schedule__timezone=zone)))


def test_without_a_time_zone_database_tzdata_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in {"tzdata", *(one for one in sys.modules if one.startswith("tzdata."))}:
        monkeypatch.setitem(sys.modules, name, None)
    zoneinfo.reset_tzpath(to=[])
    zoneinfo.ZoneInfo.clear_cache()
    try:
        for zone in ("UTC", "Europe/Oslo"):
            assert "tzdata" in str(complaint(tmp_path, make_toml(schedule__timezone=zone)))
    finally:
        zoneinfo.reset_tzpath()


@pytest.mark.parametrize("cron", ["61 * * * *", "* * * *", "@daily", "0 0 31 2 *", "0 2 last * *"])
def test_fields_that_cron_would_not_take_are_told(tmp_path: Path, cron: str) -> None:
    error = complaint(tmp_path, make_toml(schedule__delta=cron))
    assert error.key == "schedule.delta"
    assert "five cron fields" in str(error)


def test_whoever_only_tells_needs_no_secret(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(make_toml(service__listen="0.0.0.0:9470"), encoding="utf-8")
    told = load(file, {}, secrets=False)
    assert told.settings.targets["intranet"].api_key.get_secret_value() == ""
    gone = {"CONNECTOR_TARGETS__INTRANET__API_KEY_FILE": str(tmp_path / "gone")}
    assert load(file, gone, secrets=False).settings.sources
    assert load(file, ENVIRONMENT, secrets=False).settings.secrets()  # what is there is still hidden
    with pytest.raises(SettingsError):
        load(file, {})


def test_whoever_only_tells_still_needs_the_other_settings(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(make_toml(targets__intranet__app_id="seven"), encoding="utf-8")
    with pytest.raises(SettingsError, match="app_id"):
        load(file, {}, secrets=False)


def mistakes(folder: Path, text: str, **environment: str) -> list[tuple[str, str]]:
    """Key and words of every mistake."""
    file = folder / "settings.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load(file, environment)
    error = caught.value
    assert str(error).count("\n") == len(error.also)
    return [(one.key, one.message) for one in (error, *error.also)]


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    told = mistakes(tmp_path, make_toml(targets__intranet__app_id="many", safety__max_deletes=-1))
    assert [key for key, _ in told] == [
        "targets.intranet.app_id",
        "targets.intranet.api_key",
        "sources.interaxo.client_id",
        "sources.interaxo.client_secret",
        "safety.max_deletes",
    ]
    assert sum("missing; give it as environment variable" in words for _, words in told) == 3


@pytest.mark.parametrize(
    ("written", "key", "meant"),
    [
        ({"sources__interaxo__permissons": "room"}, "sources.interaxo.permissons", "permissions"),
        ({"sources__interaxo__id-prefix": "ix"}, "sources.interaxo.id-prefix", "id_prefix"),
        ({"targets__intranet__tennant": "x"}, "targets.intranet.tennant", "tenant"),
        ({"targets__intranet__people__mach": "email"}, "targets.intranet.people.mach", "match"),
        ({"sources__interaxo__mapping__file__titel": "x"}, "sources.interaxo.mapping.file.titel", "title"),
        ({"sources__interaxo__MAPPING": {}}, "sources.interaxo.MAPPING", "mapping"),
        ({"schedule__timezon": "UTC"}, "schedule.timezon", "timezone"),
        ({"http__time_out_s": 3}, "http.time_out_s", "timeout_s"),
        ({"shedule__delta": ""}, "shedule", "schedule"),
    ],
)
def test_a_misspelt_key_is_told_with_the_one_it_is_like(
    tmp_path: Path, written: dict[str, Any], key: str, meant: str
) -> None:
    told = mistakes(tmp_path, make_toml(**written), **ENVIRONMENT)
    assert told == [(key, f"unknown key; did you mean {meant}?")]


def test_a_table_that_is_written_as_a_list_is_told_how_it_begins(tmp_path: Path) -> None:
    told = mistakes(tmp_path, make_toml() + "[[safety]]\nmax_deletes = 3\n", **ENVIRONMENT)
    assert told == [("safety", "expected a table, which begins with [safety]")]


def test_a_misspelt_key_stands_for_the_missing_one(tmp_path: Path) -> None:
    text = make_toml().replace("permissions", "permissons").replace("tenant", "tennant")
    assert {key: words.partition("?")[0] for key, words in mistakes(tmp_path, text, **ENVIRONMENT)} == {
        "targets.intranet.tennant": "unknown key; did you mean tenant",
        "sources.interaxo.permissons": "unknown key; did you mean permissions",
    }


def test_keys_of_a_source_whose_kind_is_misspelt_are_told_with_it(tmp_path: Path) -> None:
    text = make_toml().replace("kind =", "kindd =").replace("permissions", "permisions")
    assert {key: words.partition("?")[0] for key, words in mistakes(tmp_path, text, **ENVIRONMENT)} == {
        "sources.interaxo.kindd": "unknown key; did you mean kind",
        "sources.interaxo.permisions": "unknown key; did you mean permissions",
    }


def test_a_source_of_an_unknown_kind_is_told_with_its_misspelt_keys(tmp_path: Path) -> None:
    text = (
        make_toml().replace('kind = "interaxo"', 'kind = "interaksjon"').replace("permissions", "permisions")
    )
    told = dict(mistakes(tmp_path, text, **ENVIRONMENT))
    assert told["sources.interaxo.kind"].startswith("expected interaxo or itr")
    assert told["sources.interaxo.permisions"] == "unknown key; did you mean permissions?"


def test_a_key_that_is_like_no_other_is_told_as_unknown(tmp_path: Path) -> None:
    ((key, words),) = mistakes(tmp_path, make_toml(http__zzz=1), **ENVIRONMENT)
    assert (key, words) == ("http.zzz", "unknown key; check its spelling and its table")


def test_a_source_of_which_only_secrets_are_left_names_them(tmp_path: Path) -> None:
    text = make_toml()
    start = text.index("[sources.interaxo]")
    with pytest.raises(SettingsError) as caught:
        load_text(tmp_path, text[:start])
    assert caught.value.key == "sources.interaxo.kind"
    assert "environment variable CONNECTOR_SOURCES__INTERAXO__CLIENT_ID" in str(caught.value)


def test_the_settings_that_are_shipped_leave_the_choice_of_who_sees_what_to_whoever_sets_up() -> None:
    shipped = Path(__file__).parents[2] / "settings.toml"
    secrets = {
        "CONNECTOR_TARGETS__INTRANET__API_KEY": "k",
        "CONNECTOR_SOURCES__INTERAXO__CLIENT_ID": "i",
        "CONNECTOR_SOURCES__INTERAXO__CLIENT_SECRET": "s",
    }
    with pytest.raises(SettingsError) as caught:
        load(shipped, secrets)
    assert caught.value.key == "sources.interaxo.permissions"
    assert "no default" in caught.value.message
    chosen = load(shipped, {**secrets, "CONNECTOR_SOURCES__INTERAXO__PERMISSIONS": "folder"})
    assert "interaxo" in chosen.settings.sources


@pytest.mark.parametrize("broken", ["[broken", '["a",', "[" * 100_000])
def test_a_list_in_a_variable_that_is_no_json_is_told_by_its_key(tmp_path: Path, broken: str) -> None:
    error = complaint(tmp_path, make_toml(), CONNECTOR_SOURCES__INTERAXO__ROOMS=broken)
    assert error.key == "sources.interaxo.rooms"
    assert "environment variable CONNECTOR_SOURCES__INTERAXO__ROOMS" in str(error)


def test_a_variable_whose_first_step_is_no_table_is_an_unknown_key(tmp_path: Path) -> None:
    error = complaint(tmp_path, make_toml(), CONNECTOR_SAFTEY__MAX_DELETES="9")
    assert error.key == "saftey"
    assert "did you mean safety?" in str(error)


@pytest.mark.parametrize("odd", ["a\0b", os.fsdecode(b"caf\xe9")])
def test_a_value_that_is_no_text_is_refused(odd: str) -> None:
    with pytest.raises(SettingsError, match="in no text"):
        make_settings(sources__interaxo__web_url=odd)


def test_bytes_of_the_command_line_that_are_no_text_stay_only_where_they_name_a_file(tmp_path: Path) -> None:
    odd = os.fsdecode(b"caf\xe9.toml")
    there = str(tmp_path / odd)
    Path(there).touch()
    assert in_words(["hide", "Caf\u00e9", odd, there]) == ["hide", "Caf\u00e9", "caf\ufffd.toml", there]
