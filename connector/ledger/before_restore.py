"""Under which id a ledger worked before a copy of it was restored: notes in the intranet that carry the former id are still its own."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from connector.ledger.notes import Notes
from connector.ledger.part import Database
from connector.ledger.runs import make_run_id

KIND, NOTICED = "put-back", "put-back-noticed"


class Before(msgspec.Struct, frozen=True):
    """The ledger that a copy was made of."""

    ledger: str = ""
    """Its id; empty where none was restored."""
    run: int = 0
    """Its last run that the copy knows."""


def note_restore(notes: Notes, target: str, ledger: str, *, run: int) -> None:
    """Remember what a copy was made of."""
    notes.put(KIND, target, ledger.encode(), run=run)


class Noticed(msgspec.Struct, frozen=True):
    """That a run met notes of later runs than this ledger knows, though they are its own."""

    at: float
    """When they were met first, in seconds since 1970."""
    met: list[tuple[str, int]]
    """Ids of ledgers and numbers of runs."""


def notice_put_back(notes: Notes, target: str, met: Iterable[tuple[str, int]], *, now: float) -> None:
    """Remember since when what this ledger knows follows without a gap; the same notes are met until others stand in their place."""
    told = sorted(met)
    before = notes.get_json(NOTICED, target, Noticed)
    if before is None or before.met != told:
        notes.put_json(NOTICED, target, Noticed(now, told))


def put_back_at(notes: Notes, target: str, *, now: float) -> float:
    """When it was noticed last that this ledger was put back; 0: never. A moment that lies ahead counts as now."""
    noticed = notes.get_json(NOTICED, target, Noticed)
    return min(noticed.at, now) if noticed is not None else 0.0


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
