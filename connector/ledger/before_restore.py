"""Under which id a ledger worked before a copy of it was restored: notes in the intranet that carry the former id are still its own."""

from __future__ import annotations

import msgspec

from connector.ledger.notes import Notes
from connector.ledger.part import Database
from connector.ledger.runs import make_run_id

KIND = "put-back"


class Before(msgspec.Struct, frozen=True):
    """The ledger that a copy was made of."""

    ledger: str = ""
    """Its id; empty where none was restored."""
    run: int = 0
    """Its last run that the copy knows."""


def note_restore(notes: Notes, target: str, ledger: str, *, run: int) -> None:
    """Remember what a copy was made of."""
    notes.put(KIND, target, ledger.encode(), run=run)


def rename(database: Database, *, now: float) -> None:
    """
    Give a ledger that was restored a name of its own: the intranet may be ahead of it.

    What it was called, and its last run, tell which notes it knows the rest of. Where somebody else did so just now, nothing is done.
    """
    with database.at_once():
        for (name,) in database.all("upkeep.name", {}):
            if database.run("upkeep.rename", {"was": name, "id": make_run_id(now), "now": now}):
                for target, run in database.all("upkeep.last_runs", {}):
                    note_restore(Notes(database, ""), target, name, run=run)


def read_before_restore(notes: Notes, target: str) -> Before:
    """What this ledger was restored from last."""
    note = notes.get(KIND, target)
    return Before(note.value.decode(), note.run) if note is not None else Before()
