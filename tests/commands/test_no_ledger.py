"""No ledger stands where the settings say: none was begun yet, or its disk is not mounted. Whoever only looks makes none."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.errors import LedgerError
from connector.ledger.store import Ledger
from connector.machine import storage
from tests import ledgers
from tests.estates import furnish_small
from tests.neighbourhood import neighbourhood
from tests.office import DONE, FAILED, USAGE, Office

pytestmark = ledgers.IN_A_FILE
LOOKING = [
    ["status"],
    ["runs"],
    ["hidden"],
    ["documents"],
    ["quarantine"],
    ["audience", "report"],
]


@pytest.mark.parametrize("verb", LOOKING, ids=" ".join)
def test_a_look_makes_no_ledger(office: Office, verb: list[str]) -> None:
    """One that is made in the place where a disk is to be mounted is taken for the ledger by the next run."""
    assert office.ask(*verb).code == DONE
    assert office.ask("explain", "ix-1").code == USAGE
    assert not (office.folder / "var").exists()


def test_status_says_where_no_ledger_is_and_what_a_new_one_would_not_know(office: Office) -> None:
    told = " ".join(office.ask("status").out.split())
    assert f"There is no ledger {office.folder}/var/ledger.db" in told.replace("/ ", "/")
    assert "have its disk mounted" in told
    assert "Nothing has been synchronised yet" in told


def test_what_people_hid_is_told_without_the_ledger_as_well(office: Office) -> None:
    assert office.ask("backfill").code == DONE
    hidden = next(iter(sorted(office.intranet.documents)))
    assert office.ask("hide", hidden).code == DONE
    name = office.ask("hidden").out.splitlines()[0]
    for one in (office.folder / "var").glob("ledger.db*"):
        one.unlink()
    told = office.ask("hidden").out
    assert told.startswith(name)
    assert "not done yet" in told, "nobody knows that it was"
    assert not list((office.folder / "var").glob("ledger.db*"))


@pytest.mark.parametrize("why", ["is_full", "is_read_only", ""])
async def test_of_a_disk_that_takes_nothing_a_look_says_what_that_means_for_the_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        await near.run("full")

        def refuse(*_: object, **__: object) -> None:
            raise LedgerError("The disk of the ledger is full (0 bytes are free).")

        monkeypatch.setattr(Ledger, "__init__", refuse)
        for name in ("is_full", "is_read_only"):
            monkeypatch.setattr(storage, name, lambda _, name=name: name == why)
        with pytest.raises(LedgerError) as told, near.app().ledger_to_tell():
            pass
        assert ("search goes on with what it has" in str(told.value)) is bool(why)


@pytest.mark.parametrize("verb", LOOKING, ids=" ".join)
def test_where_the_ledger_cannot_be_used_a_look_says_what_that_means_for_the_search(
    office: Office, verb: list[str]
) -> None:
    (office.folder / "var").mkdir()
    ledgers.file_of(office.folder).write_bytes(b"no database at all, and longer than its head is" * 99)
    told = office.ask(*verb)
    assert told.code == FAILED
    assert "search goes on with what it has, and nothing is removed" in " ".join(told.err.split())
