"""Where the settings have several targets, whatever a verb tells to type works as it is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.machine.verbs import VERBS
from tests.office import LEFT, Office

COMMAND = re.compile(
    rf"\bconnector ((?:{'|'.join(VERBS)})\b(?: (?:--(?:target|mode) [a-z]+|--[a-z-]+|[A-Z]+\b))*)"
)
SOUTH = """
[targets.south]
base_url = "{url}"
tenant = "{tenant}"
app_id = 48
api_key = "another-key-0815"

[sources.rooms-south]
kind = "interaxo"
target = "south"
id_prefix = "ix"
permissions = "folder"
base_url = "{rooms}"
token_url = "{rooms}/oauth/token"
client_id = "{client}"
client_secret = "{secret}"
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path)
    with office.server as urls:
        office.write_settings(urls)
        text = office.settings.read_text(encoding="utf-8")
        text = text.replace("[sources.interaxo]\n", '[sources.interaxo]\ntarget = "intranet"\n', 1)
        south = SOUTH.format(
            url=urls[1],
            tenant=office.intranet.tenant,
            rooms=urls[0],
            client=office.rooms.client_id,
            secret=office.rooms.client_secret,
        )
        office.settings.write_text(text + south, encoding="utf-8")
        yield office


def test_each_command_that_is_told_names_the_target_of_which_is_spoken(office: Office) -> None:
    of = ("--target", "intranet")
    plan = f"ix-{office.small.plan}"
    told = [
        office.ask("status"),
        office.ask("sync", *of),
        office.ask("sync", *of, "--dry-run"),
        office.ask("documents", *of, "no-such-word"),
        office.ask("hide", plan, *of),
        office.ask("hidden", *of),
        office.ask("explain", plan, *of),
        office.ask("explain", "no-such-id", *of),
        office.ask("unhide", plan, *of),
        office.ask("runs", "01NOSUCHRUN", *of),
        office.ask("status"),
    ]
    typed = {command for one in told for command in COMMAND.findall(" ".join((one.out + one.err).split()))}
    assert "sync --target intranet --mode full" in typed
    assert "hidden --target intranet" in typed
    assert "backfill --target south" in typed
    for command in typed:
        words = [{"ID": plan, "WORDS": "plan"}.get(word, word) for word in command.split()]
        asked = office.ask(*words)
        assert "several targets" not in asked.err, command


def test_nothing_of_it_is_left_for_the_next_verb(office: Office) -> None:
    assert office.ask("sync", "--target", "south").code != LEFT
    assert "connector check" in office.ask("--json", "status").out
    assert "check --target" not in office.ask("status").out
