"""
What states and counts of documents are called: the same words on screens, on pages, in commands and in the manual. PURE.

The keys are codes of reports and of the ledger; nobody decides by the words.
"""

from __future__ import annotations

from typing import Final

from connector.document.states import DocumentState

THERE: Final = "in the intranet"
ON_HOLD: Final = "on hold"
NOT_CONFIRMED: Final = "not confirmed yet"
REMOVED: Final = "removed"
MISSING: Final = "missing, not confirmed as deleted"
KILLED: Final = "The process was killed before the run ended, or its end could not be written down"
"""Of a run that left no report."""

STATES: Final[dict[str, str]] = {
    DocumentState.LIVE: THERE,
    DocumentState.HELD: ON_HOLD,
    DocumentState.NEW: NOT_CONFIRMED,
    "without-text": "without text",
    "quarantined": "in quarantine",
    "hidden": "hidden by a person",
    DocumentState.REMOVED: REMOVED,
}
"""What documents can be filtered by."""

COUNTS: Final = {
    "live": THERE,
    "added": "added",
    "updated": "updated",
    "deleted": REMOVED,
    "unchanged": "unchanged",
    "suspect": MISSING,
    "pending": "waiting for another look",
    "held": ON_HOLD,
    "quarantined": STATES["quarantined"],
    "without_text": STATES["without-text"],
}
"""What the counts of a run's report are called, in the order in which they are told."""
CHANGES: Final = ("added", "updated", "deleted", "unchanged")
"""Counts of what a run did; the others, besides `live`, tell what is left."""
WAITING: Final = ("quarantined", "suspect", "pending", "held", "without_text")
"""Counts of what is left, and of documents that are found by their names only."""
PLANNED: Final = {"added": "to add", "updated": "to update", "deleted": "to remove", "unchanged": "unchanged"}
"""What a dry run calls the same counts."""

EXPLAINED: Final[dict[str, str]] = {
    DocumentState.NEW: f"{NOT_CONFIRMED}: it was sent, or is about to be",
    DocumentState.LIVE: THERE,
    DocumentState.HELD: f"{THERE}, and {ON_HOLD}: it stays as it is until you decide",
    DocumentState.REMOVED: f"{REMOVED}; the removal is repeated once, because a call got no answer",
}
"""What `explain` says of each state."""
KEPT: Final = f"{THERE}, and {ON_HOLD}: it stays as it is, as a person decided"
"""What it says of what is on hold and was decided about."""


def lacks(*, none_good: bool) -> str:
    """
    What it means for the search that a run did not come to its end.

    Args:
        none_good: no run was good yet.
    """
    return "search may lack documents" if none_good else "search lacks what changed since the last good one"
