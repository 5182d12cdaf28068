"""Since when an intranet may have documents that the ledger does not know: another ledger sent them; in notes of the ledger."""

from __future__ import annotations

from connector.ledger.notes import Notes

KIND = "unknown-rest"


def note_unknown_rest(notes: Notes, target: str, *, at: float) -> None:
    """A note of another ledger was met; that of an earlier run stays."""
    if unknown_rest_since(notes, target) is None:
        notes.put_json(KIND, target, at)


def settle_unknown_rest(notes: Notes, target: str) -> None:
    """The end of a session removed what was not sent again."""
    notes.drop(KIND, b"", [target])


def unknown_rest_since(notes: Notes, target: str) -> float | None:
    """When such a note was met first, in seconds since 1970; None where a session came to its end since, or none was met."""
    return notes.get_json(KIND, target, float)
