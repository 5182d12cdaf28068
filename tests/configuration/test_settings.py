"""Settings: every way a value comes in, and every mistake told as one line that hides secrets."""

from __future__ import annotations

import errno
import re
from pathlib import Path
from typing import Any

import pytest

from connector.errors import SettingsError
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
    # what a file gives no variable gives as well
    as_ever = {name: value for name, value in ENVIRONMENT.items() if f"{name}_FILE" not in environment}
    return load(file, {**as_ever, **environment})


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


def written(folder: Path, text: str) -> Path:
    file = folder / "settings.toml"
    file.write_text(text, encoding="utf-8")
    return file


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
        written(tmp_path, text),
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


@pytest.mark.parametrize("by", ["option", "variable", "here"])
def test_a_folder_in_place_of_the_settings_is_told_as_that(
    by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder := tmp_path / "settings.toml").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("connector.settings.SYSTEM_FILE", tmp_path / "absent.toml")
    named = {"option": (folder, {}), "variable": (None, {"CONNECTOR_SETTINGS": str(folder)})}
    with pytest.raises(SettingsError, match=r"settings\.toml is a folder, not a settings file"):
        find_file(*named.get(by, (None, {})))


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
