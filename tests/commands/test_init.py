"""`connector init` at a scripted terminal: questions, a settings file that `check` takes, where each secret goes."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from connector.app import KINDS
from connector.commands.first_settings import write_settings
from connector.sandbox.interact import InteractWorld
from connector.sandbox.interact_http import InteractApp
from connector.sandbox.interaxo import InteraxoWorld
from connector.sandbox.interaxo_http import InteraxoApp
from connector.sandbox.server import ThreadServer
from connector.sources.interaxo.open import INTERAXO
from tests.builders import load
from tests.estates import furnish_small

NOBODY = "http://127.0.0.1:1"
Script = Sequence[tuple[str, str]]
"""What is waited for on the terminal, and what is typed then."""


class Told:
    """How a conversation went."""

    def __init__(self, code: int, out: str, screen: str) -> None:
        self.code, self.out, self.screen = code, out, screen


def talk(folder: Path, script: Script, *arguments: str, **environment: str) -> Told:
    """Answer questions at a terminal; standard output goes elsewhere."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "connector", "init", *arguments],
        cwd=folder,
        env={**os.environ, "TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "200", **environment},
        stdin=slave,
        stdout=subprocess.PIPE,
        stderr=slave,
    )
    os.close(slave)
    screen = ""
    left = list(script)
    seen = 0
    try:
        while piece := read(master):
            screen += piece
            while left and (at := screen.find(left[0][0], seen)) >= 0:
                seen = at + len(left[0][0])
                os.write(master, f"{left.pop(0)[1]}\n".encode())
        assert not left, f"never asked: {left[0][0]}; said: {screen[-500:]}"
        out = process.communicate(timeout=60)[0].decode()
    finally:
        process.kill()
        process.wait()
        os.close(master)
    return Told(process.returncode, out, screen.replace("\r\n", "\n"))


def read(master: int) -> str:
    """What the terminal shows next; nothing when the program has gone, or asks what the script does not answer."""
    if not select.select([master], [], [], 60)[0]:
        return ""
    try:
        return os.read(master, 4_096).decode(errors="replace")
    except OSError:
        return ""


@pytest.fixture
def world() -> Iterator[tuple[list[str], dict[str, str]]]:
    """Addresses of a small Interaxo and a small Interact, and their secrets."""
    rooms, intranet = InteraxoWorld(), InteractWorld()
    furnish_small(rooms)
    with ThreadServer([InteraxoApp(rooms), InteractApp(intranet)]) as urls:
        yield (
            urls,
            {
                "CONNECTOR_TARGETS__INTRANET__API_KEY": intranet.api_key,
                "CONNECTOR_SOURCES__INTERAXO__CLIENT_ID": rooms.client_id,
                "CONNECTOR_SOURCES__INTERAXO__CLIENT_SECRET": rooms.client_secret,
                "CONNECTOR_SOURCES__INTERAXO__BASE_URL": urls[0],
                "CONNECTOR_SOURCES__INTERAXO__TOKEN_URL": f"{urls[0]}/oauth/token",
            },
        )


ROOMS: Script = [
    ("Kind of the first source", "interaxo"),
    ("First part of every document's id", ""),
    ("Rights (", "folder"),
    ("Time zone", "Europe/Oslo"),
]


def test_the_intranet_tells_its_address_and_what_is_written_passes_check(
    tmp_path: Path, world: tuple[list[str], dict[str, str]]
) -> None:
    urls, secrets = world
    app_id = str(InteractWorld().app_id)
    told = talk(
        tmp_path,
        [("Address of the intranet", urls[1]), ("Number of the connector", app_id), *ROOMS],
        "--json",
        **secrets,
    )
    result = json.loads(told.out)
    assert told.code == 0, told.screen
    assert result["check"]["ok"] is True
    file = tmp_path / "settings.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = tomllib.loads(file.read_text(encoding="utf-8"))
    assert written["targets"]["intranet"]["base_url"] == urls[1]
    assert written["sources"]["interaxo"] == {
        "kind": "interaxo",
        "id_prefix": "ix",
        "rooms": ["*"],
        "permissions": "folder",
    }
    assert "It answers as Sandbox" in told.screen


def test_without_secrets_it_is_told_where_each_goes(tmp_path: Path) -> None:
    script = [
        ("Address of the intranet", NOBODY),
        ("Address of its API", "api.example.com"),
        ("Tenant (", "6d0f"),
        ("Number of the connector", "47"),
        *ROOMS,
    ]
    told = talk(tmp_path, script, "--settings", "new.toml")
    assert told.code == 0, told.screen
    for key in ("targets.intranet.api_key", "sources.interaxo.client_id", "sources.interaxo.client_secret"):
        variable = "CONNECTOR_" + key.upper().replace(".", "__")
        assert re.search(rf"{key}: missing; give it as environment variable {variable}", told.screen)
    assert "The credentials folder is /etc/interact-connector/credentials for a service" in told.screen
    assert load(tmp_path / "new.toml", {}, secrets=False).settings.targets["intranet"].app_id == 47
    assert not (tmp_path / "settings.toml").exists()


def test_rights_have_no_default_and_each_choice_says_what_it_exposes(tmp_path: Path) -> None:
    script = [
        ("Address of the intranet", NOBODY),
        ("Address of its API", "api.example.com"),
        ("Tenant (", "6d0f"),
        ("Number of the connector", "47"),
        ("Kind of the first source", "interaxo"),
        ("First part of every document's id", ""),
        ("Rights (", ""),
        ("Rights (", "everything"),
        ("Rights (", "fixed"),
        ("Identities that may find", "interaxo:group:everyone/all, interaxo:user:kari"),
        ("Time zone", "Europe/Oslo"),
    ]
    told = talk(tmp_path, script)
    assert told.code == 0, told.screen
    for words in INTERAXO.rights.values():
        assert words in told.screen
    part = load(tmp_path / "settings.toml", {}, secrets=False).settings.sources["interaxo"]
    assert (part.permissions, part.identities) == (
        "fixed",
        ["interaxo:group:everyone/all", "interaxo:user:kari"],
    )


def test_what_the_settings_would_refuse_is_asked_for_again(tmp_path: Path) -> None:
    script = [
        ("Address of the intranet", NOBODY),
        ("Address of its API", "http://api.example.com"),
        ("Tenant (", "6d0f"),
        ("Number of the connector", "many"),
        ("Kind of the first source", "itr"),
        ("First part of every document's id", "far-too-long"),
        ("Address of its API", "https://itr.example.com/api"),
        ("Address where people open ITR", "https://itr.example.com"),
        ("Rights (", "manager"),
        ("Time zone", "Europe/Oslø"),
        ("expected https", ""),
        ("Address of its API", "https://api.example.com"),
        ("Number of the connector", "47"),
        ("First part of every document's id", "itr"),
        ("Time zone", "Europe/Oslo"),
    ]
    told = talk(tmp_path, [one for one in script if one != ("expected https", "")])
    assert told.code == 0, told.screen
    assert "expected https" in told.screen
    settings = load(tmp_path / "settings.toml", {}, secrets=False).settings
    assert settings.sources["itr"].id_prefix == "itr"
    assert settings.schedule.timezone == "Europe/Oslo"


def test_a_file_that_is_there_is_written_anew_only_when_somebody_says_so(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("# mine\n")
    told = talk(tmp_path, [("Replace it?", "n")])
    assert told.code == 1
    assert file.read_text() == "# mine\n"


@pytest.mark.parametrize("named", [".", "none/settings.toml"])
def test_a_file_that_cannot_be_written_is_told_before_anything_is_asked(tmp_path: Path, named: str) -> None:
    told = talk(tmp_path, [], "--settings", str(tmp_path / named))
    assert told.code == 2
    assert "--settings: " in told.screen
    assert "Address" not in told.screen
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("asked", ["Replace it?", "Address of the intranet"])
def test_who_walks_away_leaves_no_file_and_no_traceback_and_is_told_so(asked: str, tmp_path: Path) -> None:
    there = [tmp_path / "settings.toml"] if asked == "Replace it?" else []
    for one in there:
        one.write_text("# mine\n")
    told = talk(tmp_path, [(asked, "\x04")])
    assert told.code == 1
    assert "bug" not in told.screen
    assert told.screen.endswith("\nNothing was changed.\n"), "on a line of its own, behind the question"
    assert list(tmp_path.iterdir()) == there
    assert all(one.read_text() == "# mine\n" for one in there)


def test_without_a_terminal_nothing_is_asked_and_nothing_written(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "connector", "init", "--json"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 2
    assert "needs a terminal" in json.loads(told.stdout)["error"]["message"]
    assert list(tmp_path.iterdir()) == []


def test_every_choice_of_rights_is_offered() -> None:
    for kind in KINDS:
        field = kind.settings.model_fields.get("permissions")
        assert set(kind.rights) == set(field.annotation.__args__ if field else ()), kind.kind


@pytest.mark.parametrize("odd", ['a "b"', "c\\d", "Größe", "#", "a\tb"])
def test_whatever_is_answered_stands_in_the_file_as_it_is(odd: str) -> None:
    answers = {
        "targets.intranet.tenant": odd,
        "sources.interaxo.kind": "interaxo",
        "sources.interaxo.permissions": "fixed",
        "sources.interaxo.identities": [odd],
    }
    written = tomllib.loads(write_settings(answers, KINDS))
    assert written["targets"]["intranet"]["tenant"] == odd
    assert written["sources"]["interaxo"]["identities"] == [odd]
