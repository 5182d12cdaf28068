"""Whether a target is on hold: a stranger found what is not for her, so nothing new and nothing wider goes out."""

from __future__ import annotations

import msgspec

from connector.document.durations import HOUR_S
from connector.ledger.notes import Notes

KIND = "canary-hold"
"""The kind of note, one a target, of the whole ledger."""
TESTED = "canary-tested"
"""The same of when a service that shares the ledger last said that its settings have a search test for a target."""
TESTED_FOR_S = HOUR_S
"""So long it counts, whichever services are started anew meanwhile."""
NOTED_EVERY_S = 60.0


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A target is on hold."""

    since: float
    """In seconds since 1970."""


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody has a search test."""

    at: float
    """In seconds since 1970."""


def note_tested(notes: Notes, target: str, *, now: float) -> None:
    """Say that a service with this ledger has a search test for a target: others may have none in their settings."""
    before = notes.get_json(TESTED, target, Tested)
    if before is None or abs(now - before.at) >= NOTED_EVERY_S:
        notes.put_json(TESTED, target, Tested(at=now))


def is_tested_elsewhere(notes: Notes, target: str, *, now: float) -> bool:
    """Whether another service with this ledger has a search test for a target, as far as was heard lately."""
    told = notes.get_json(TESTED, target, Tested)
    return told is not None and abs(now - told.at) < TESTED_FOR_S


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
    End the hold of a target that nobody's settings have a search test for: nobody looks any more.

    Whoever begins to send does so, and whoever tells reads the note alone: what is told and what is done are one.
    """
    if not tested and read_hold(notes, target) is not None:
        lift_hold(notes, target)
