"""Settings: every way a value comes in, and every mistake told as one line that hides secrets."""

from __future__ import annotations

import errno
import os
import re
import sys
import zoneinfo
from pathlib import Path
from typing import Any

import pytest

from connector.errors import SettingsError
from connector.ledger.database import locate
from connector.machine.streams import in_words
from connector.settings import Loaded, find_file
from connector.sources.interaxo.settings import InteraxoPart
from tests.builders import SECRETS, load, make_settings, make_toml

KEY, CLIENT, PHRASE = SECRETS.values()
ENVIRONMENT = {
    "CONNECTOR_TARGETS__INTRANET__API_KEY": KEY,
    "CONNECTOR_SOURCES__INTERAXO__CLIENT_ID": CLIENT,
    "CONNECTOR_SOURCES__INTERAXO__CLIENT_SECRET": PHRASE,
}


def load_text(folder: Path, text: str, **environment: str) -> Loaded:
    file = folder / "settings.toml"
    file.write_text(text, encoding="utf-8")
    return load(file, {**ENVIRONMENT, **environment})


def complaint(folder: Path, text: str, **environment: str) -> SettingsError:
    """The error of settings that must be refused; it is one line and hides every secret."""
    with pytest.raises(SettingsError) as caught:
        load_text(folder, text, **environment)
    told = str(caught.value)
    assert "\n" not in told
    assert not any(secret in told for secret in SECRETS.values())
    assert not any(secret in repr(caught.value) for secret in SECRETS.values())
    return caught.value


def rooms_of(loaded: Loaded, name: str = "interaxo") -> InteraxoPart:
    """A source of rooms."""
    part = loaded.settings.sources[name]
    assert isinstance(part, InteraxoPart)
    return part


# -- ways in ------------------------------------------------------------------------------------


def test_a_small_file_with_secrets_from_the_environment_is_enough(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, make_toml())
    assert loaded.settings.targets["intranet"].app_id == 47
    assert loaded.settings.targets["intranet"].api_key.get_secret_value() == KEY
    assert loaded.settings.safety.max_deletes == 500
    assert loaded.folder == tmp_path
    assert loaded.target_of("interaxo") == "intranet"


def test_an_environment_variable_wins_over_the_file(tmp_path: Path) -> None:
    loaded = load_text(
        tmp_path,
        make_toml(safety__max_deletes=7),
        CONNECTOR_SAFETY__MAX_DELETES="9",
        CONNECTOR_SOURCES__INTERAXO__CONTENT="false",
        CONNECTOR_SOURCES__INTERAXO__ROOMS='["bridge", "!archive-*"]',
    )
    assert loaded.settings.safety.max_deletes == 9
    assert rooms_of(loaded).content is False
    assert rooms_of(loaded).rooms == ["bridge", "!archive-*"]


def test_a_secret_comes_from_the_file_that_a_variable_names(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-a-file\n", encoding="utf-8")
    file = tmp_path / "settings.toml"
    file.write_text(make_toml(), encoding="utf-8")
    environment = {k: v for k, v in ENVIRONMENT.items() if "API_KEY" not in k}
    loaded = load(file, {**environment, "CONNECTOR_TARGETS__INTRANET__API_KEY_FILE": str(tmp_path / "key")})
    assert loaded.settings.targets["intranet"].api_key.get_secret_value() == "from-a-file"


def test_secrets_come_from_the_credentials_folder_and_from_run_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted, credentials = tmp_path / "secrets", tmp_path / "credentials"
    for folder in (mounted, credentials):
        folder.mkdir()
        (folder / "unrelated").write_text("x", encoding="utf-8")
    for path in SECRETS:
        (mounted / path).write_text(f"mounted {path}\n", encoding="utf-8")
    (credentials / "targets.intranet.api_key").write_text("credential", encoding="utf-8")
    monkeypatch.setattr("connector.settings.RUN_SECRETS", mounted)
    file = tmp_path / "settings.toml"
    file.write_text(make_toml(), encoding="utf-8")
    loaded = load(file, {"CREDENTIALS_DIRECTORY": str(credentials)})
    settings = loaded.settings
    assert settings.targets["intranet"].api_key.get_secret_value() == "credential"
    assert rooms_of(loaded).client_id.get_secret_value() == "mounted sources.interaxo.client_id"
    assert sorted(settings.secrets()) == sorted(
        ["credential", "mounted sources.interaxo.client_id", "mounted sources.interaxo.client_secret"]
    )


@pytest.mark.parametrize(
    "wrong", ["sources.interaxo.client_secret.txt", "sources.interaxo.client_secret.old"]
)
def test_a_secret_whose_file_has_an_ending_is_told_and_beside_the_right_one_it_is_none(
    tmp_path: Path, wrong: str
) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / wrong).write_text("secret-of-before", encoding="utf-8")
    file = tmp_path / "settings.toml"
    file.write_text(make_toml(), encoding="utf-8")
    given = {name: value for name, value in ENVIRONMENT.items() if "SECRET" not in name}
    given["CREDENTIALS_DIRECTORY"] = str(credentials)
    with pytest.raises(SettingsError, match=re.escape(f"rename {credentials / wrong}")) as caught:
        load(file, given)
    assert caught.value.key == "sources.interaxo.client_secret"
    assert load(file, given, secrets=False).settings.sources
    (credentials / "sources.interaxo.client_secret").write_text("secret-of-now", encoding="utf-8")
    assert rooms_of(load(file, given)).client_secret.get_secret_value() == "secret-of-now"
    (credentials / "sources.interaxo.client_secret").unlink()
    assert rooms_of(load(file, ENVIRONMENT | given)).client_secret.get_secret_value() != "secret-of-before"
    (credentials / "service.token.txt").write_text("a-token-of-the-page", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"rename .*service\.token\.txt"):
        load(file, ENVIRONMENT | given)


def test_secrets_of_what_the_settings_have_no_more_are_no_mistake(tmp_path: Path) -> None:
    """A unit of systemd hands over what it names, also after a source was taken out of the settings."""
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    for key in ("sources.before.client_id", "targets.before.api_key"):
        (credentials / key).write_text("of-before", encoding="utf-8")
    file = tmp_path / "settings.toml"
    file.write_text(make_toml(), encoding="utf-8")
    loaded = load(file, {**ENVIRONMENT, "CREDENTIALS_DIRECTORY": str(credentials)})
    assert (list(loaded.settings.sources), list(loaded.settings.targets)) == (["interaxo"], ["intranet"])


def test_what_may_not_be_looked_into_is_told_as_a_mistake_of_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(make_toml(), encoding="utf-8")
    closed = tmp_path / "credentials"
    closed.mkdir()
    looked = Path.stat

    def stat(path: Path, **more: Any) -> Any:
        if path in {closed, file}:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return looked(path, **more)

    monkeypatch.setattr(Path, "stat", stat)  # tests may run as root, who may look everywhere
    with pytest.raises(SettingsError, match="cannot be read: Permission denied"):
        load(file, ENVIRONMENT)
    monkeypatch.setattr(
        Path, "stat", lambda path, **more: looked(path, **more) if path == file else stat(path, **more)
    )
    with pytest.raises(SettingsError, match=r"folder of secrets .* cannot be read: Permission denied"):
        load(file, {**ENVIRONMENT, "CREDENTIALS_DIRECTORY": str(closed)})


def test_a_variable_reaches_names_with_hyphens(tmp_path: Path) -> None:
    text = make_toml().replace("sources.interaxo", "sources.my-rooms").replace("intranet", "the-intranet")
    loaded = load(
        _written(tmp_path, text),
        {
            "CONNECTOR_TARGETS__THE_INTRANET__API_KEY": KEY,
            "CONNECTOR_SOURCES__MY_ROOMS__CLIENT_ID": CLIENT,
            "CONNECTOR_SOURCES__MY_ROOMS__CLIENT_SECRET": PHRASE,
        },
    )
    assert rooms_of(loaded, "my-rooms").client_id.get_secret_value() == CLIENT


def test_the_file_is_the_named_one_then_the_variables_then_the_one_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, other = tmp_path / "settings.toml", tmp_path / "other.toml"
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=r"looked at settings\.toml"):
        find_file(None, {})
    here.touch()
    other.touch()
    assert find_file(None, {}) == Path("settings.toml")
    assert find_file(None, {"CONNECTOR_SETTINGS": str(other)}) == other
    assert find_file(here, {"CONNECTOR_SETTINGS": str(other)}) == here
    with pytest.raises(SettingsError, match=r"absent\.toml"):
        find_file(tmp_path / "absent.toml", {"CONNECTOR_SETTINGS": str(other)})


@pytest.mark.parametrize(
    "written",
    [
        "eu-lb-api-01.interactgo.com",
        "https://eu-lb-api-01.interactgo.com/",
        "https://eu-lb-api-01.interactgo.com/api",
    ],
)
def test_the_three_forms_of_interacts_host_are_one(tmp_path: Path, written: str) -> None:
    loaded = load_text(tmp_path, make_toml(targets__intranet__base_url=written))
    assert loaded.settings.targets["intranet"].base_url == "https://eu-lb-api-01.interactgo.com"


def test_http_is_good_enough_for_loopback(tmp_path: Path) -> None:
    for host in ("127.0.0.1:9000", "localhost", "[::1]:9000"):
        load_text(tmp_path, make_toml(sources__interaxo__base_url=f"http://{host}"))


def test_settings_show_no_secret_when_they_are_printed() -> None:
    loaded = make_settings()
    shown = f"{loaded!r} {loaded.settings!r} {loaded.settings.model_dump_json()}"
    assert not any(secret in shown for secret in SECRETS.values())


# -- mistakes -----------------------------------------------------------------------------------

MISTAKES: list[tuple[dict[str, Any], str, str]] = [
    ({"sources__interaxo__colour": "red"}, "sources.interaxo.colour", "unknown key"),
    ({"colours__sky": "blue"}, "colours", "unknown key"),
    ({"sources__interaxo__permissions": None}, "sources.interaxo.permissions", "no default"),
    ({"sources__interaxo__permissions": "public"}, "sources.interaxo.permissions", "should be"),
    ({"sources__interaxo__permissions": "fixed"}, "sources.interaxo", "needs identities"),
    ({"sources__interaxo__identities": ["group:all"]}, "sources.interaxo", 'permissions = "fixed" only'),
    ({"sources__interaxo__base_url": "http://api.example.com"}, "sources.interaxo.base_url", "https"),
    ({"sources__interaxo__base_url": "api.example.com"}, "sources.interaxo.base_url", "https://host"),
    ({"targets__intranet__base_url": "ftp://x"}, "targets.intranet.base_url", "https://host"),
    ({"sources__interaxo__base_url": f"ftp://me:{PHRASE}@x"}, "sources.interaxo.base_url", "https://host"),
    ({"sources__interaxo__base_url": f"https://me:{PHRASE}@x"}, "sources.interaxo.base_url", "without user"),
    ({"targets__intranet__base_url": "https://x:port"}, "targets.intranet.base_url", "port"),
    ({"targets__intranet__base_url": "https://x/?a=b"}, "targets.intranet.base_url", "without"),
    ({"targets__intranet__app_id": "many"}, "targets.intranet.app_id", "valid integer"),
    ({"targets__intranet__app_id": True}, "targets.intranet.app_id", "a number, not true or false"),
    (
        {"sources__interaxo__audience_share": True},
        "sources.interaxo.audience_share",
        "a number, not true or false",
    ),
    ({"safety__max_delete_ratio": False}, "safety.max_delete_ratio", "a number, not true or false"),
    ({"targets__intranet__tenant": ""}, "targets.intranet.tenant", "at least 1 character"),
    ({"targets__intranet__batch_documents": 0}, "targets.intranet.batch_documents", "greater than or equal"),
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
    ({"safety__max_delete_ratio": 1.5}, "safety.max_delete_ratio", "less than or equal to 1"),
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
        load(_written(tmp_path, make_toml()), environment)
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


@pytest.mark.parametrize("content", [b"[targets\n", "name = 'Sørås'".encode("latin-1"), b"a = 1\na = 2\n"])
def test_a_file_that_is_not_toml_is_told(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=r"settings\.toml is not valid TOML"):
        load(file, ENVIRONMENT)


def _written(folder: Path, text: str) -> Path:
    file = folder / "settings.toml"
    file.write_text(text, encoding="utf-8")
    return file


# -- what surrounds the program -------------------------------------------------------------------


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
