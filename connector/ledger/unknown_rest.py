"""Since when an intranet may have documents that the ledger does not know: another ledger sent them; in notes of the ledger."""

from __future__ import annotations

from connector.ledger.notes import Notes

KIND = "unknown-rest"
GONE = "former-gone"
LATE_S = 3_600.0
"""So late an intranet may tell of what it took (contract, U16): until then its word that something is not there proves nothing."""


def note_unknown_rest(notes: Notes, target: str, *, at: float) -> None:
    """A note of another ledger was met; that of an earlier run stays."""
    if unknown_rest_since(notes, target) is None:
        notes.put_json(KIND, target, at)


def settle_unknown_rest(notes: Notes, target: str) -> None:
    """The end of a session removed what was not sent again."""
    for kind in (KIND, GONE):
        notes.drop(kind, b"", [target])


def unknown_rest_since(notes: Notes, target: str) -> float | None:
    """When such a note was met first, in seconds since 1970; None where a session came to its end since, or none was met."""
    return notes.get_json(KIND, target, float)


def note_former_gone(notes: Notes, target: str, *, at: float) -> None:
    """Another ledger stood in the place of this one, as this machine noted."""
    notes.put_json(GONE, target, at)


def may_be_told_late(notes: Notes, target: str, *, now: float) -> bool:
    """
    Whether it proves nothing that no note of the former ledger is met: it went a short while ago, and none was met since.

    A moment that lies ahead is of a clock that was set back since: it counts as now, which is written down.
    """
    at = notes.get_json(GONE, target, float)
    if at is None or unknown_rest_since(notes, target) is not None:
        return False
    if at > now:
        note_former_gone(notes, target, at=now)
    return now - at < LATE_S
