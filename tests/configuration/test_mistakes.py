"""What is wrong with settings is told with its key, what was expected, and where it stands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from connector.errors import SettingsError
from connector.ledger.database import locate
from tests.builders import SECRETS, load, make_toml
from tests.configuration.test_settings import (
    CLIENT,
    ENVIRONMENT,
    KEY,
    PHRASE,
    complaint,
    load_text,
    rooms_of,
    written,
)

MISTAKES: list[tuple[dict[str, Any], str, str]] = [
    ({"sources__interaxo__colour": "red"}, "sources.interaxo.colour", "unknown key"),
    ({"colours__sky": "blue"}, "colours", "unknown key"),
    ({"sources__interaxo__permissions": None}, "sources.interaxo.permissions", "no default"),
    ({"sources__interaxo__permissions": "public"}, "sources.interaxo.permissions", "expected 'room'"),
    ({"sources__interaxo__permissions": "fixed"}, "sources.interaxo", "needs identities"),
    ({"sources__interaxo__identities": ["group:all"]}, "sources.interaxo", 'permissions = "fixed" only'),
    ({"sources__interaxo__base_url": "http://api.example.com"}, "sources.interaxo.base_url", "https"),
    ({"sources__interaxo__base_url": "api.example.com"}, "sources.interaxo.base_url", "https://host"),
    ({"targets__intranet__base_url": "ftp://x"}, "targets.intranet.base_url", "https://host"),
    ({"sources__interaxo__base_url": f"ftp://me:{PHRASE}@x"}, "sources.interaxo.base_url", "https://host"),
    ({"sources__interaxo__base_url": f"https://me:{PHRASE}@x"}, "sources.interaxo.base_url", "without user"),
    (
        {"targets__intranet__base_url": "https://api..example.com"},
        "targets.intranet.base_url",
        "https://host",
    ),
    ({"notify__webhook": "https://chat..example.com/x"}, "notify.webhook", "name of a host"),
    (
        {"sources__interaxo__content_hosts": ["x" * 64 + ".example.com"]},
        "sources.interaxo.content_hosts",
        "host",
    ),
    ({"targets__intranet__base_url": "https://x:port"}, "targets.intranet.base_url", "port"),
    ({"targets__intranet__base_url": "https://x/?a=b"}, "targets.intranet.base_url", "without"),
    ({"targets__intranet__app_id": "many"}, "targets.intranet.app_id", "expected a whole number"),
    ({"targets__intranet__app_id": 1.5}, "targets.intranet.app_id", "expected a whole number"),
    ({"http__attempts": 0}, "http.attempts", "expected at least 1"),
    ({"http__timeout_s": 1_000_000}, "http.timeout_s", "expected at most 86 400"),
    ({"sources__interaxo__audience_share": 0}, "sources.interaxo.audience_share", "expected more than 0"),
    ({"sources__interaxo__content": "yess"}, "sources.interaxo.content", "expected true or false"),
    (
        {"sources__interaxo__rooms": "bridge"},
        "sources.interaxo.rooms",
        'expected a list, such as ["one", "two"]',
    ),
    (
        {"sources__interaxo__rooms": ["*", 1]},
        "sources.interaxo.rooms",
        "entry 2 of the list: expected a text",
    ),
    ({"notify__on": ["faild"]}, "notify.on", "entry 1 of the list: expected 'failed'"),
    (
        {"sources__interaxo__mapping__entri__title": "x"},
        "sources.interaxo.mapping.entri",
        "expected 'room', 'folder'",
    ),
    ({"targets__intranet__app_id": True}, "targets.intranet.app_id", "a number, not true or false"),
    (
        {"sources__interaxo__audience_share": True},
        "sources.interaxo.audience_share",
        "a number, not true or false",
    ),
    ({"safety__max_delete_ratio": False}, "safety.max_delete_ratio", "a number, not true or false"),
    ({"targets__intranet__tenant": ""}, "targets.intranet.tenant", "at least 1 character"),
    ({"targets__intranet__batch_documents": 0}, "targets.intranet.batch_documents", "expected at least 1"),
    ({"sources__interaxo__id_prefix": "IX"}, "sources.interaxo.id_prefix", "a-z"),
    ({"sources__interaxo__id_prefix": "far-too-long"}, "sources.interaxo.id_prefix", "one to eight"),
    ({"sources__interaxo__target": "elsewhere"}, "sources.interaxo.target", "no [targets.elsewhere]"),
    (
        {
            "targets__second__base_url": "https://API.example.com/",
            "targets__second__tenant": "6D0F",
            "targets__second__app_id": 47,
            "targets__second__api_key": "key-of-the-second",
            "sources__interaxo__target": "second",
        },
        "targets.second.app_id",
        "targets.intranet names",
    ),
    ({"sources__interaxo__rooms": ["!archive-*"]}, "sources.interaxo", 'add "*"'),
    ({"sources__interaxo__web_url": "https://x/{page}"}, "sources.interaxo", "web_url"),
    ({"sources__interaxo__web_url": "https://x/{room.slug}"}, "sources.interaxo", "not {room.slug}"),
    ({"sources__interaxo__web_url": "https://x/{id!r:>9999999999}"}, "sources.interaxo", "not {id!r"),
    ({"sources__interaxo__web_url": "https://x/{id"}, "sources.interaxo", "before end of string"),
    ({"schedule__delta": "every now and then"}, "schedule.delta", "five cron fields"),
    ({"schedule__full": "61 2 * * 0"}, "schedule.full", "five cron fields"),
    ({"schedule__timezone": "Europe/Oslø"}, "schedule.timezone", "Europe/Oslo"),
    ({"safety__max_delete_ratio": 1.5}, "safety.max_delete_ratio", "expected at most 1"),
    ({"service__listen": "9470"}, "service.listen", "host:port"),
    ({"service__listen": "0.0.0.0:9470"}, "service.token", "beyond this machine"),
    ({"text__encoding": "utf-16"}, "text.encoding", "'text' or 'base64'"),
]


@pytest.mark.parametrize(("changes", "key", "expected"), MISTAKES, ids=[m[1] + " " + m[2] for m in MISTAKES])
def test_a_mistake_names_its_key_what_was_expected_and_where_it_was_read(
    tmp_path: Path, changes: dict[str, Any], key: str, expected: str
) -> None:
    error = complaint(tmp_path, make_toml(**changes))
    assert error.key.startswith(key)
    assert expected in str(error)
    assert str(tmp_path / "settings.toml") in str(error)


@pytest.mark.parametrize("path", SECRETS)
def test_a_missing_secret_says_how_to_give_it(tmp_path: Path, path: str) -> None:
    variable = "CONNECTOR_" + path.upper().replace(".", "__")
    environment = {key: value for key, value in ENVIRONMENT.items() if key != variable}
    with pytest.raises(SettingsError) as caught:
        load(written(tmp_path, make_toml()), environment)
    assert caught.value.key == path
    for words in ("missing", variable, f"{variable}_FILE", f"file {path} "):
        assert words in str(caught.value)


def test_a_bad_value_of_a_variable_names_the_variable(tmp_path: Path) -> None:
    error = complaint(tmp_path, make_toml(), CONNECTOR_TARGETS__INTRANET__APP_ID="many")
    assert error.key == "targets.intranet.app_id"
    assert "environment variable CONNECTOR_TARGETS__INTRANET__APP_ID" in str(error)


def test_a_misspelt_variable_is_an_unknown_key(tmp_path: Path) -> None:
    error = complaint(tmp_path, make_toml(), CONNECTOR_TARGETS__INTRANET__APIKEY=KEY)
    assert error.key == "targets.intranet.apikey"
    assert "environment variable CONNECTOR_TARGETS__INTRANET__APIKEY" in str(error)


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    error = complaint(
        tmp_path, make_toml(), CONNECTOR_TARGETS__INTRANET__API_KEY_FILE=str(tmp_path / "absent")
    )
    assert error.key == "targets.intranet.api_key"
    assert str(tmp_path / "absent") in str(error)


@pytest.mark.parametrize(
    "key", ["[1]", '{"a":1}', '["x", "y"]', "[", "{}", "1", "true", "null", '"in quotes"']
)
def test_a_key_that_looks_like_json_is_a_key(tmp_path: Path, key: str) -> None:
    variables = {
        "CONNECTOR_TARGETS__INTRANET__API_KEY": key,
        "CONNECTOR_SOURCES__INTERAXO__CLIENT_SECRET": key,
        "CONNECTOR_SERVICE__TOKEN": key,
    }
    settings = load_text(tmp_path, make_toml(), **variables).settings
    assert settings.targets["intranet"].api_key.get_secret_value() == key
    assert rooms_of(load_text(tmp_path, make_toml(), **variables)).client_secret.get_secret_value() == key
    assert settings.service.token is not None
    assert settings.service.token.get_secret_value() == key


def test_lists_and_tables_in_variables_are_json_still(tmp_path: Path) -> None:
    loaded = load_text(
        tmp_path,
        make_toml(),
        CONNECTOR_SOURCES__INTERAXO__ROOMS='["a*", "!b"]',
        CONNECTOR_TARGETS__INTRANET__PEOPLE__DOMAINS='{"a.example": "b.example"}',
    )
    assert rooms_of(loaded).rooms == ["a*", "!b"]
    assert loaded.settings.targets["intranet"].people.domains == {"a.example": "b.example"}


KEY_FILES: dict[str, tuple[bytes, str]] = {
    "a second line": (b"key-of-test\nsecond\n", "several lines"),
    "a second line of Windows": (b"key-of-test\r\nsecond", "several lines"),
    "a line separator": ("key-of-test\u2028second".encode(), "several lines"),
    "NUL": (b"key\0of-test", "control character"),
    "an escape": (b"key\x1b[31m", "control character"),
    "nothing": (b"", "is empty"),
    "an empty line": (b"\r\n\n", "is empty"),
    "blanks": (b"   \n", "is empty"),
    "a mark and nothing": (b"\xef\xbb\xbf", "is empty"),
    "UTF-16": ("key-of-test".encode("utf-16"), "is not UTF-8"),
    "Latin-1": ("nøkkel".encode("latin-1"), "is not UTF-8"),
}


@pytest.mark.parametrize(("content", "words"), KEY_FILES.values(), ids=KEY_FILES)
@pytest.mark.parametrize("way", ["variable", "folder"])
def test_a_key_file_that_holds_no_key_is_refused_by_its_name(
    tmp_path: Path, content: bytes, words: str, way: str
) -> None:
    folder = tmp_path / "credentials"
    folder.mkdir()
    file = folder / "targets.intranet.api_key"
    file.write_bytes(content)
    text = tmp_path / "settings.toml"
    text.write_text(make_toml(), encoding="utf-8")
    given = {name: value for name, value in ENVIRONMENT.items() if "API_KEY" not in name}
    given |= (
        {"CONNECTOR_TARGETS__INTRANET__API_KEY_FILE": str(file)}
        if way == "variable"
        else {"CREDENTIALS_DIRECTORY": str(folder)}
    )
    with pytest.raises(SettingsError, match=words) as caught:
        load(text, given)
    assert caught.value.key == "targets.intranet.api_key"
    assert "key-of-test" not in str(caught.value)


@pytest.mark.parametrize("value", ["key-of-test\nsecond", "key\r\nsecond", "", "  "])
def test_a_variable_that_holds_no_key_is_refused_by_its_name(tmp_path: Path, value: str) -> None:
    for name, key in (
        ("CONNECTOR_TARGETS__INTRANET__API_KEY", "targets.intranet.api_key"),
        ("CONNECTOR_SOURCES__INTERAXO__CLIENT_SECRET", "sources.interaxo.client_secret"),
    ):
        assert complaint(tmp_path, make_toml(), **{name: value}).key == key


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfnew-key-0815", b"new-key-0815\r\n", b"new-key-0815\n\n"])
def test_a_mark_and_line_ends_are_no_part_of_a_key(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    loaded = load_text(tmp_path, make_toml(), CONNECTOR_TARGETS__INTRANET__API_KEY_FILE=str(file))
    assert loaded.settings.targets["intranet"].api_key.get_secret_value() == "new-key-0815"


def test_a_proxys_password_comes_from_files_too_and_ca_file_is_no_secret(tmp_path: Path) -> None:
    (tmp_path / "http.proxy_password").write_text("word-0815\n", encoding="utf-8")
    folder = {"CREDENTIALS_DIRECTORY": str(tmp_path), "CONNECTOR_HTTP__CA_FILE": "authority.pem"}
    http = load_text(tmp_path, make_toml(), **folder).settings.http
    assert http.proxy_password.get_secret_value() == "word-0815"
    assert http.ca_file == "authority.pem"
    (tmp_path / "other").write_text("word-4711", encoding="utf-8")
    given = load_text(tmp_path, make_toml(), CONNECTOR_HTTP__PROXY_PASSWORD_FILE=str(tmp_path / "other"))
    assert given.settings.http.proxy_password.get_secret_value() == "word-4711"
    assert "word-4711" in given.settings.secrets()


def test_the_ledgers_url_comes_from_files_too_and_its_password_is_secret(tmp_path: Path) -> None:
    url = "postgresql://ledger:word%400815@db/ledger"
    (tmp_path / "ledger.url").write_text(f"{url}\n", encoding="utf-8")
    loaded = load_text(tmp_path, make_toml(), CREDENTIALS_DIRECTORY=str(tmp_path))
    assert loaded.settings.ledger.url == url
    assert loaded.secret_files == ()
    loaded = load_text(tmp_path, make_toml(), CONNECTOR_LEDGER__URL_FILE=str(tmp_path / "ledger.url"))
    assert loaded.settings.ledger.url == url
    assert loaded.secret_files == (str(tmp_path / "ledger.url"),)
    assert {"word%400815", "word@0815"} <= set(loaded.settings.secrets())


def test_the_ledgers_url_is_needed_by_whoever_only_looks_too(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(make_toml(), encoding="utf-8")
    gone = {"CONNECTOR_LEDGER__URL_FILE": str(tmp_path / "gone")}
    with pytest.raises(SettingsError, match=r"ledger\.url: the secret file cannot be read"):
        load(file, gone, secrets=False)


def test_a_wrong_url_of_the_ledger_is_told_without_its_password() -> None:
    for wrong in ("postgresql:/ola:topword@db/x", "ola:topword@db/x", "mysql://ola:topword@db/x"):
        with pytest.raises(SettingsError, match="expected a URL") as caught:
            locate(wrong, Path())
        assert "topword" not in str(caught.value)


@pytest.mark.parametrize("wrong", ["[1, 2]", '{"a": 1}'])
def test_a_secret_of_a_wrong_kind_is_not_echoed(tmp_path: Path, wrong: str) -> None:
    text = make_toml() + f"\n[service]\ntoken = {wrong.replace(': ', ' = ')}\n"
    assert complaint(tmp_path, text).key.startswith("service.token")


def test_a_value_where_a_table_is_expected_is_told(tmp_path: Path) -> None:
    error = complaint(tmp_path, make_toml(), CONNECTOR_TARGETS__INTRANET__API_KEY__MORE="x")
    assert "a value, not a table" in str(error)


def test_two_sources_of_one_target_need_different_prefixes(tmp_path: Path) -> None:
    twin = make_toml() + make_toml().partition("[sources.interaxo]")[2].join(["[sources.other]", ""])
    more = {
        "CONNECTOR_SOURCES__OTHER__CLIENT_ID": CLIENT,
        "CONNECTOR_SOURCES__OTHER__CLIENT_SECRET": PHRASE,
    }
    error = complaint(tmp_path, twin, **more)
    assert error.key == "sources.other.id_prefix"
    assert "sources.interaxo" in str(error)
    assert load_text(tmp_path, twin, **more, CONNECTOR_SOURCES__OTHER__ID_PREFIX="ox").settings.sources


def test_with_two_targets_every_source_names_its_own(tmp_path: Path) -> None:
    text = make_toml(
        targets__second__base_url="https://b.example.com",
        targets__second__tenant="t",
        targets__second__app_id=1,
    )
    error = complaint(tmp_path, text, CONNECTOR_TARGETS__SECOND__API_KEY=KEY)
    assert error.key == "sources.interaxo.target"
    assert "intranet, second" in str(error)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[targets\n", "Expected ']'"),
        ("name = 'Sørås'".encode("latin-1"), "save it as UTF-8"),
        (b"a = 1\na = 2\n", "A key stands there twice (at line 2, column 6)"),
        (b"[http]\n[http]\n", "the table [http] stands there twice (at line 2"),
        (b"[a.b]\n[a.b]\n", "the table [a.b] stands there twice"),
    ],
)
def test_a_file_that_is_not_toml_is_told(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=rf"settings\.toml is not valid TOML: .*{re.escape(words)}"):
        load(file, ENVIRONMENT)
