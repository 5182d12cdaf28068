"""`connector preview`: the real sources in a simulated intranet on this machine; nothing leaves it, nothing stays."""

from __future__ import annotations

import os
import pty
import re
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import httpx
import pytest

from connector.commands.preview_intranet import _by_room
from connector.plan import preview_words
from connector.plan.findings import Code
from connector.plan.findings import found as finding
from connector.sandbox.faults import Call, Fault, Silence
from tests.office import DONE, FAILED, USAGE, Office

ALL = 14


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    one = Office(tmp_path)
    furnish_people(one)
    del one.secrets["CONNECTOR_TARGETS__INTRANET__API_KEY"]  # nothing that a preview does needs it
    with one.server as urls:
        one.write_settings(urls)
        yield one
        one.end()
        nothing_left(one)


def furnish_people(office: Office) -> None:
    """Somebody who is in no list of the rooms, but wrote something in one."""
    office.rooms.add_person("example-corp", "per@example.com", "Per Ås", "per@example.com", groups=[])
    office.rooms.add_file(
        office.small.tunnel, "minutes.txt", content=b"a word in a file", author="per@example.com"
    )


def nothing_left(office: Office) -> None:
    """No folder is left, the target was not asked, and no ledger was made."""
    assert not list((office.folder / "tmp").iterdir())
    assert not (office.folder / "var").exists()
    assert office.intranet.calls == 0
    assert office.intranet.violations == []


def test_it_loads_a_simulated_intranet_and_asks_nothing_of_the_real_one(office: Office) -> None:
    told = office.ask("preview", "--json")
    assert told.code == DONE
    assert told.json["report"]["outcome"] == "succeeded"
    assert told.json["documents"] == ALL + 1
    assert {one["title"]: one["documents"] for one in told.json["rooms"]} == {"The Bridge": 12, "Tunnel": 3}
    assert told.json["for"] is None


def test_one_room_as_one_person_by_name_address_and_id(office: Office) -> None:
    for person in ("kari nord", "Kari@example.com", "interaxo:user:kari@example.com"):
        told = office.ask("preview", "--room", "example-corp/bridge", "--for", person, "--json")
        assert told.code == DONE
        assert told.json["for"] == {
            "person": "kari@example.com",
            "name": "Kari Nordmann",
            "finds": 12,
            "rooms": [
                {
                    "source": "interaxo",
                    "room": "example-corp/bridge",
                    "title": "The Bridge",
                    "documents": 12,
                }
            ],
        }


def test_who_is_not_known_or_one_of_several_is_told_and_what_was_loaded_as_well(office: Office) -> None:
    nobody = office.ask("preview", "--for", "nobody@example.com", "--json")
    assert nobody.code == FAILED
    assert "people file" in nobody.json["error"]["message"]
    assert (nobody.json["documents"], nobody.json["for"]) == (ALL + 1, None)
    both = office.ask("preview", "--for", "example.com")
    assert both.code == FAILED
    assert "kari@example.com, per@example.com" in " ".join(both.out.split())
    assert "12 The Bridge (interaxo: example-corp/bridge)" in both.out


def test_secrets_of_the_sources_are_needed_and_those_of_the_target_are_not(office: Office) -> None:
    del office.secrets["CONNECTOR_SOURCES__INTERAXO__CLIENT_SECRET"]
    told = office.ask("preview", "--json")
    assert told.code == USAGE
    assert told.json["error"]["key"] == "sources.interaxo.client_secret"


def test_without_a_terminal_it_tells_and_ends(office: Office) -> None:
    told = office.ask("preview", "--for", "Per Ås")
    assert told.code == DONE
    assert "Per Ås (per@example.com) finds 0 of them.\n" in told.out


def test_in_a_terminal_the_page_is_served_to_its_own_browser_only_until_ctrl_c(office: Office) -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "connector", "preview", "--room", "example-corp/bridge", "--for", "Nils"],
        cwd=office.folder, env={**os.environ, **office.secrets}, stdin=slave, stdout=slave, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    office.started.append(process)
    os.close(slave)
    told = ""
    while not (found := re.findall(r"Search for yourself[^\n]*\s+(http\S+)\s", told)):
        told += os.read(master, 65_536).decode()
    (address,) = found
    (folder,) = (office.folder / "tmp").iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert "sources named is called Nils" in " ".join(told.split()), (
        "it is told, and the page is there all the same"
    )
    page, _, key = address.partition("?key=")
    key = key.partition("&")[0]
    with httpx.Client(headers={"Accept": "text/html"}, follow_redirects=True, trust_env=False) as browser:
        assert browser.get(page).status_code == 403
        assert browser.get(f"{page}?key=another").status_code == 403
        mine = browser.get(address)
        assert mine.status_code == 200
        assert "nobody here is called Nils" in mine.text
        assert key not in str(mine.url)
        results = browser.get(f"{page}?q=plan&as=Kari Nordmann").text
        assert re.search(r"\d results? for Kari Nordmann", results)
        assert "The Bridge" in results
        assert browser.get(page, headers={"Host": "evil.example.com"}).status_code == 403
        pushed = browser.put(page.replace("/search", "/api/search/connector/47/docs/beginsyncsession"))
        assert pushed.status_code == 401
        process.send_signal(signal.SIGINT)
        assert "Traceback" not in process.communicate(timeout=30)[1]
    assert process.returncode == FAILED, "as it does where it ends by itself"
    os.close(master)


@pytest.mark.parametrize(
    "signals", [[signal.SIGTERM], [signal.SIGINT, signal.SIGINT]], ids=["SIGTERM", "Ctrl-C"]
)
def test_its_folder_is_deleted_however_it_is_ended_while_it_loads(
    office: Office, signals: list[signal.Signals]
) -> None:
    loading = threading.Event()

    def is_listing(call: Call) -> bool:
        if "/content/" in call.path:
            loading.set()
        return loading.is_set()

    office.wire.add(Fault(is_listing, Silence(), times=None))
    process = office.start("preview")
    assert loading.wait(30)
    assert list((office.folder / "tmp").iterdir())
    assert process.stderr is not None
    process.send_signal(signals[0])
    if signals[1:]:
        while "Once more" not in process.stderr.readline():
            pass
        process.send_signal(signals[1])
    told = office.hear(process)
    assert told.code == FAILED


def test_a_preview_that_was_stopped_speaks_of_no_next_run() -> None:
    found = [
        finding(Code.STOPPED),
        finding(Code.SOURCE_INCOMPLETE, source="itr", errors=["503."]),
        finding(Code.UNREADABLE, title="plan.pdf", id="ix-1", why="500."),
        finding(Code.UNREADABLE_IN_PART, title="", id="ix-2", why=""),
        finding(Code.PATTERNS_IDLE, source="interaxo", patterns="x*"),
    ]
    told = preview_words.say_all(found, run_id="R")
    assert told[:4] == [
        "The load was stopped before its end: this is what came so far.",
        "itr was not read to the end: 503. What is missing is not in this preview.",
        "plan.pdf could not be read: 500, so it is not in this preview.",
        "ix-2 could not be read completely.",
    ]
    assert "match no room" in told[4]
    assert not any("next run" in one for one in told)


def test_a_room_without_a_document_of_its_own_is_not_called_as_one_of_its_folders() -> None:
    titles = {"r": "The Bridge", "f": "Economy", "g": "Operations"}
    world = Mock(documents={one: Mock(document={"IsParent": True, "Title": titles[one]}) for one in titles})
    rooms = {"r": ("rooms", "bridge"), "f": ("reports", "library"), "g": ("reports", "library")}
    standing = {one: Mock(source=rooms[one][0], room=rooms[one][1], path=f"/{one}/") for one in rooms}
    ledger = Mock()
    ledger.documents().standing.return_value = standing
    ledger.rooms().all.return_value = {}
    for ids in ("rfg", "f"):
        told = {one["room"]: one["title"] for one in _by_room(world, ledger, "intranet", ids)}
        assert told["library"] == ""
        assert told.get("bridge", "The Bridge") == "The Bridge"
