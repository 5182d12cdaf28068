"""What the last comparison of a ledger with the intranet saw, and whether that intranet keeps our notes at all; in notes of the ledger."""

from __future__ import annotations

import msgspec

from connector.ledger.notes import Notes

KIND = "compared"
"""The kind of note that holds what the last comparison of a target saw."""
KEPT = "notes-kept"
"""The kind of note that holds, by intranet, whether the last look at it met a note of a ledger."""


class LastCompared(msgspec.Struct, frozen=True, kw_only=True):
    """What a full run's slice, or `ledger verify`, saw last."""

    at: float
    """When it was asked, in seconds since 1970."""
    run_id: str = ""
    """The full run whose slice it was; empty: `ledger verify`."""
    asked: int
    drift: dict[str, int] = {}
    """Documents that are not as the ledger says, by kind."""
    notes_are_kept: bool = True
    """Else only whether the documents are there could be compared."""


def read_compared(notes: Notes, target: str) -> LastCompared | None:
    """What was compared last; None before the first comparison, and where another release wrote it."""
    try:
        return notes.get_json(KIND, target, LastCompared)
    except msgspec.DecodeError:
        return None


def keep_compared(notes: Notes, target: str, last: LastCompared) -> None:
    """Keep it."""
    notes.put_json(KIND, target, last)


def keeps_notes(notes: Notes, intranet: str) -> bool | None:
    """
    Whether an intranet keeps our notes, as far as was seen; None: nobody looked yet.

    Args:
        intranet: the target's key, so that another intranet is asked anew.
    """
    noted = notes.get(KEPT, intranet)
    return noted.value == b"yes" if noted is not None else None


def note_kept(notes: Notes, intranet: str, *, kept: bool) -> None:
    """Remember what a look at the notes met; the same as before changes nothing."""
    if keeps_notes(notes, intranet) is not kept:
        notes.put(KEPT, intranet, b"yes" if kept else b"no")
