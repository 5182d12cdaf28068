"""
What is to be done, decided without doing it. PURE: the same arguments give the same answer, `now` included.

    decide          one listed item against what is known of it
    why             why it is pushed, as a code
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from connector.document.document import Known, Listed
from connector.document.states import NEW
from connector.plan.findings import Why


class Mode(StrEnum):
    """The three kinds of run."""

    DELTA = "delta"
    FULL = "full"
    BACKFILL = "backfill"


class Action(StrEnum):
    """What becomes of one listed item."""

    KEEP = "keep"
    """The target has it as it is."""
    PUSH = "push"
    """Fetch, map, and push if the document came out different."""
    FORCE = "force"
    """Push even when the document came out the same."""
    SHOW = "show"
    """Push what was accepted last, to another audience: nothing else has changed."""
    WAIT = "wait"
    """It is in quarantine, unchanged, and its time has not come."""
    LEAVE = "leave"
    """Settings leave it out."""


class Purpose(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is about, as far as planning needs it."""

    mode: Mode
    run: int
    now: float
    session: int = 0
    """The run's number while its session is open, 0 without one."""
    backfill: int = 0


def decide(listed: Listed, known: Known | None, purpose: Purpose, waiting: bytes | None) -> Action:
    """
    Decide about one listed item.

    Args:
        known: what the target has confirmed of it; None when it is not in the ledger.
        waiting: the version that is in quarantine and not due yet; None when none is.
    """
    if listed.left_out:
        return Action.LEAVE
    if waiting is not None and waiting == listed.version and purpose.mode is not Mode.FULL:
        return Action.WAIT
    if known is None or not known.is_confirmed:
        return Action.FORCE
    if known.redo_after is not None and purpose.now >= known.redo_after:
        return Action.FORCE
    if purpose.mode is Mode.FULL:
        accepted = (
            known.session_run == purpose.session if purpose.session else known.pushed_run == purpose.run
        )
        if not accepted:
            return Action.FORCE
    elif purpose.mode is Mode.BACKFILL and known.backfill != purpose.backfill:
        return Action.FORCE
    if known.version != listed.version:
        return Action.PUSH
    if listed.audience is None or listed.audience.digest() == known.audience:
        return Action.KEEP
    return Action.SHOW


def why(listed: Listed, known: Known | None, purpose: Purpose) -> Why:
    """Say why an item is pushed."""
    if known is None or (not known.is_confirmed and known.version is None and known.state == NEW):
        return Why.NEW
    if not known.is_confirmed:
        return Why.TAKEN_AS_NEW
    if known.redo_after is not None and purpose.now >= known.redo_after:
        return Why.UNANSWERED
    if known.version != listed.version:
        return Why.CHANGED
    if listed.audience is not None and listed.audience.digest() != known.audience:
        return Why.OTHER_PEOPLE
    return Why.AGAIN
