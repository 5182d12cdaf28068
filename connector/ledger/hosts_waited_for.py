"""Which hosts a run under way waits for, since they take no calls for now, in notes of the ledger: whoever else looks is told, too."""

from __future__ import annotations

import msgspec

from connector.ledger.notes import Notes

KIND = "hosts-waited-for"


class _Waits(msgspec.Struct, frozen=True):
    words: str
    at: float


def note_waits(notes: Notes, target: str, words: str, *, at: float) -> None:
    """
    Note what the run of a target waits for.

    Args:
        words: empty: it waits no more.
        at: in seconds since 1970.
    """
    notes.put_json(KIND, target, _Waits(words, at))


def waits_since(notes: Notes, target: str, began: float) -> str:
    """What a run under way waits for that began then, in words; empty: nothing."""
    noted = notes.get_json(KIND, target, _Waits)
    return noted.words if noted is not None and noted.at > began else ""
