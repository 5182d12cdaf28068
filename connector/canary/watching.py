"""
What the canary does next, and what it makes of what was found: PURE.

A renewal puts a new word into the document's text and another one into its title; both stand nowhere else. Its text keeps
the words of earlier renewals that were not found yet, so that a search index that is slower than the runs is measured, too.
"""

from __future__ import annotations

import msgspec

from connector.canary.stored_state import CanaryState, Lag, Renewal
from connector.document.durations import pause_is_over

MOST_WAITING = 30
"""Renewals that are waited for: the oldest, by which it is told that nothing is found, however often runs end, and the last ones."""
SOONEST_S = 15.0
LATEST_S = 600.0
OF_AGE = 5
"""The next look comes after a fifth of the time that was waited already: that is how exact the measure is."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What one look saw."""

    newest: bool
    """Whether the newest renewal was found by its text."""
    oldest: bool = False
    """Whether the oldest one was, where the newest was not."""
    titled: bool = False
    """Whether the newest was found by its title, where it was not by its text."""


def renewed(state: CanaryState, word: str, *, run: int, now: float) -> None:
    """Our document was accepted with a new word, after a run."""
    state.number = run
    oldest, others = state.waiting[:1], [*state.waiting[1:], Renewal(word=word, at=now)]
    state.waiting = [*oldest, *others[1 - MOST_WAITING :]]
    state.next_look = now


def looked(state: CanaryState, look: Look, *, now: float) -> None:
    """A look saw this; what is still waited for is looked for later."""
    if look.newest:
        found, state.waiting = state.waiting[-1:], []
    elif look.oldest:
        found, state.waiting = state.waiting[:1], state.waiting[1:]
    else:
        found = []
    state.lags += [
        Lag(at=now, seconds=max(0.0, now - one.at), at_least=max(0.0, state.looked_at - one.at))
        for one in found
    ]
    state.looked_at = now
    if look.titled and state.waiting[-1].titled_at is None:  # it was not found by its text, and is waited for
        state.waiting[-1].titled_at = now
    if found:
        state.late = False
    later(state, now=now)


def later(state: CanaryState, *, now: float) -> None:
    """Say when to look again."""
    waited = max(0.0, now - state.waiting[0].at) if state.waiting else 0.0
    state.next_look = now + min(max(waited / OF_AGE, SOONEST_S), LATEST_S)


def is_due(state: CanaryState, *, now: float) -> bool:
    """Whether it is time to look."""
    return bool(state.waiting) and pause_is_over(state.next_look, now=now, longest=LATEST_S)


def waited_s(state: CanaryState, *, now: float) -> float | None:
    """How long the oldest renewal is waited for, in seconds; None: everything was found."""
    return max(0.0, now - state.waiting[0].at) if state.waiting else None


def is_late(state: CanaryState, *, now: float, patience_s: float) -> bool:
    """Whether something that was sent was looked for and not found after all patience."""
    return bool(state.waiting) and min(state.looked_at, now) - state.waiting[0].at > patience_s
