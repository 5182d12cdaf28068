"""Whether a target is on hold: a stranger found what is not for her, so nothing new and nothing wider goes out."""

from __future__ import annotations

import msgspec

from connector.ledger.notes import Notes

KIND = "canary-hold"
"""The kind of note, one a target, of the whole ledger."""


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A target is on hold."""

    since: float
    """In seconds since 1970."""


def read_hold(notes: Notes, target: str) -> Hold | None:
    """Whether a target is on hold."""
    return notes.get_json(KIND, target, Hold)


def put_on_hold(notes: Notes, target: str, *, now: float) -> bool:
    """From now on nothing new and nothing wider goes out; says whether that is new."""
    if read_hold(notes, target) is not None:
        return False
    notes.put_json(KIND, target, Hold(since=now))
    return True


def lift_hold(notes: Notes, target: str) -> None:
    """Everything goes out again."""
    notes.drop(KIND, b"", [target])


def lift_if_untested(notes: Notes, target: str, *, tested: bool) -> None:
    """
    End the hold of a target that the settings have no search test for: nobody looks any more.

    Whoever begins to send does so, and whoever tells reads the note alone: what is told and what is done are one.
    """
    if not tested and read_hold(notes, target) is not None:
        lift_hold(notes, target)
