"""A backup every night, a machine that is lost whole, and the copy put back on an empty one with other paths."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.sandbox.faults import Fault, Latency
from tests import ledgers
from tests.estates import EVERYONE
from tests.office import DONE, Office
from tests.rules.ground import ALL, ALL_AND_FEW, ONLY_FEW

KARI, OLA = "kari@example.com", "ola@example.com"
pytestmark = pytest.mark.skipif(
    ledgers.ON_POSTGRES, reason="the database's own programs back it up and restore it"
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    (tmp_path / "first").mkdir()
    office = Office(tmp_path / "first")
    with office.server as urls:
        office.write_settings(list(urls))
        written = office.settings.read_text(encoding="utf-8")
        assert 'permissions = "room"' in written
        office.settings.write_text(
            written.replace('permissions = "room"', 'permissions = "item"'), encoding="utf-8"
        )
        office.do(lambda: office.rooms.set_authorities(office.small.bridge, ALL_AND_FEW))
        office.do(lambda: office.intranet.seed_person(KARI, "Kari", [ALL]))
        office.do(lambda: office.intranet.seed_person(OLA, "Ola", [ONLY_FEW]))
        yield office
        office.end()


def found_by(office: Office, person: str) -> set[str]:
    found: set[str] = office.do(lambda: office.intranet.visible_to(person))
    return {one.removeprefix("ix-") for one in found}


def back_up_while_a_run_works(office: Office, to: Path) -> None:
    """Every batch of a run takes its time, and meanwhile the ledger is copied."""
    slow = Fault("PUT *docs/addupdate", Latency(0.3), times=2)
    office.do(lambda: office.wire.add(slow))
    run = office.start("sync", "--mode", "full")
    while not slow.hits and run.poll() is None:
        time.sleep(0.01)  # a process of its own: nobody else can say that it got there
    told = office.ask("ledger", "backup", str(to))
    assert run.poll() is None, "the run was under way"
    assert told.code == DONE, told.err
    office.do(office.wire.clear)
    assert office.hear(run).code == DONE


def move_to_an_empty_machine(office: Office, folder: Path) -> None:
    """The machine is lost with all that was on it; another one has other paths, and the settings from elsewhere."""
    written = office.settings.read_text(encoding="utf-8")
    shutil.rmtree(office.folder)
    folder.mkdir()
    office.folder, office.settings = folder, folder / "settings.toml"
    office.settings.write_text(
        written + '[ledger]\nurl = "sqlite:///kept/elsewhere.db"\n[text]\ncache = "words"\n', encoding="utf-8"
    )


@pytest.mark.parametrize("beside", [True, False])
def test_a_copy_of_last_night_on_an_empty_machine(office: Office, tmp_path: Path, beside: bool) -> None:
    """
    Nothing is removed, nothing shown to whoever lost it meanwhile, what was hidden and forgotten stays so.

    beside: `hidden.json` was copied with the ledger, but later than it.
    """
    small, rooms, night = office.small, office.rooms, tmp_path / "night"
    night.mkdir()
    office.ask("sync", "--mode", "full")
    assert office.ask("hide", f"ix-{small.site}", "--as", "kari", "--because", "wrong").code == DONE
    assert office.ask("forget", f"ix-{small.photo}", "--as", "kari", "--yes").code == DONE
    if beside:
        back_up_while_a_run_works(office, night / "ledger.db")
    else:
        assert office.ask("ledger", "backup", str(night / "ledger.db")).code == DONE
    assert small.section in found_by(office, OLA)

    # the day after: rights are taken, things come and go, more is hidden and forgotten
    office.do(lambda: rooms.set_authorities(small.section, EVERYONE))
    office.do(lambda: rooms.remove(small.see))
    new = office.do(lambda: rooms.add_file(small.details, "new.txt", content=b"new"))
    office.ask("sync", "--mode", "full")
    assert office.ask("hide", f"ix-{small.plan}", "--as", "ola").code == DONE
    assert office.ask("forget", f"ix-{small.report}", "--as", "ola", "--yes").code == DONE
    if beside:
        shutil.copy(office.folder / "var" / "hidden.json", night)
    before = {KARI: found_by(office, KARI), OLA: found_by(office, OLA)}
    assert small.section not in before[OLA]
    assert new in before[KARI]
    office.do(lambda: rooms.set_authorities(small.rfi, EVERYONE))  # lost in the night of the disaster

    move_to_an_empty_machine(office, tmp_path / "second")
    if beside:
        (office.folder / "kept").mkdir()
        shutil.copy(night / "hidden.json", office.folder / "kept")
    assert office.ask("ledger", "restore", str(night / "ledger.db"), "--yes").code == DONE
    assert office.ask("check").code == DONE
    gone = [*{small.see}, *({small.plan, small.report} if beside else ())]
    for mode in ("delta", "full", "full"):
        told = office.ask("sync", "--mode", mode, "--json").json
        assert told["held"] == []
        assert told["documents"]["deleted"] <= len(gone), "proven once more, or ordered by a person"
        now = {KARI: found_by(office, KARI), OLA: found_by(office, OLA)}
        back = set() if beside else {small.plan, small.report}
        assert before[KARI] <= now[KARI] <= before[KARI] | back
        assert now[OLA] <= (before[OLA] | back) - {small.rfi, small.section}
        assert not {small.site, small.photo} & (now[KARI] | now[OLA])
    assert told["session"]["ended"]
    assert (told["outcome"], told["documents"]["deleted"]) == ("succeeded", 0)
    assert office.ask("ledger", "verify").code == DONE
    hidden = {one["id"] for one in office.ask("hidden", "--json").json["hidden"]}
    assert f"ix-{small.site}" in hidden
    assert (f"ix-{small.plan}" in hidden) is beside
