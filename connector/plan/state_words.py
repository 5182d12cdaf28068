"""
What states and counts of documents are called: the same words on screens, on pages, in commands and in the manual. PURE.

The keys are codes of reports and of the ledger; nobody decides by the words.
"""

from __future__ import annotations

from typing import Final

ON_HOLD: Final = "on hold"
MISSING: Final = "missing, not confirmed as deleted"

STATES: Final = {
    "live": "in the intranet",
    "held": ON_HOLD,
    "new": "not confirmed yet",
    "without-text": "without text",
    "quarantined": "in quarantine",
    "hidden": "hidden by a person",
    "removed": "removed",
}
"""What documents can be filtered by."""

COUNTS: Final = {
    "live": STATES["live"],
    "added": "added",
    "updated": "updated",
    "deleted": STATES["removed"],
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

EXPLAINED: Final = {
    "new": f"{STATES['new']}: it was sent, or is about to be",
    "live": STATES["live"],
    "held": f"{STATES['live']}, and {ON_HOLD}: it seems to be gone from its source, and stays until you decide",
    "removed": f"{STATES['removed']}; the removal is repeated once, because a call got no answer",
}
"""What `explain` says of each state."""
KEPT: Final = (
    f"{STATES['live']}, and {ON_HOLD}: it seems to be gone from its source, and stays, as a person decided"
)
"""What it says of what is on hold and was decided about."""
