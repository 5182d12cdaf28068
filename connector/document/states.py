"""
In which states a document can be, and how a run can end. PURE.

These are codes of the ledger, of reports and of JSON, and never change; statements of SQL have them as they are. What
people call them stands in `plan.state_words`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class DocumentState(StrEnum):
    """Of a document of the ledger."""

    NEW = "new"
    """It was sent, or is about to be, and nobody confirmed it yet."""
    LIVE = "live"
    HELD = "held"
    """It is in the intranet, and stays there until a person decides."""
    REMOVED = "removed"
    """Its removal was sent, and is repeated once."""


# asked of every row of a listing: looking up a member takes four times as long as comparing
NEW: Final = DocumentState.NEW.value
LIVE: Final = DocumentState.LIVE.value
HELD: Final = DocumentState.HELD.value
REMOVED: Final = DocumentState.REMOVED.value
IN_TARGET: Final = frozenset({LIVE, HELD})
"""The target confirmed it, and was not told to remove it."""


class Outcome(StrEnum):
    """Of a run, the best first."""

    SUCCEEDED = "succeeded"
    QUARANTINED = "quarantined"
    """All but single documents."""
    WITHHELD = "withheld"
    BRAKED = "braked"
    CANCELLED = "cancelled"
    FAILED = "failed"


KILLED: Final = "killed"
"""Told of a run that has no outcome, and that nobody does any more."""
RUNNING: Final = "running"
"""Told of a run that has no outcome yet."""
