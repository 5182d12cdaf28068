"""What a ledger was before it was put back: the notes in the intranet that it wrote under that name tell it something still."""

from __future__ import annotations

import msgspec

from connector.ledger.notes import Notes

KIND = "put-back"


class Before(msgspec.Struct, frozen=True):
    """The ledger that a copy was made of."""

    ledger: str = ""
    """Its id; empty where none was put back."""
    run: int = 0
    """Its last run that the copy knows."""


def note_put_back(notes: Notes, target: str, ledger: str, *, run: int) -> None:
    """Remember what a copy was made of."""
    notes.put(KIND, target, ledger.encode(), run=run)


def before_it_was_put_back(notes: Notes, target: str) -> Before:
    """What this ledger was put back from last."""
    note = notes.get(KIND, target)
    return Before(note[0].decode(), note[2]) if note is not None else Before()
