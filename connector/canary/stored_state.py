"""What is stored of the canary, in notes of the ledger: what was sent, and when it was found."""

from __future__ import annotations

import msgspec

from connector.ledger.notes import Notes

KIND = "canary"
"""The kind of note that holds what was sent and found."""
KEPT_LAGS = 50


class Renewal(msgspec.Struct, kw_only=True):
    """One state of our document that was accepted and is not found yet."""

    word: str
    """Stands in its text, and in no other renewal's."""
    at: float
    """When the target accepted it, in seconds since 1970."""
    titled_at: float | None = None
    """When it was found by its title, while its text was not."""


class Lag(msgspec.Struct, frozen=True):
    """How long one renewal took to be found."""

    at: float
    """When it was found."""
    seconds: float
    """From its push to that moment: at most so long."""
    at_least: float = 0.0
    """From its push to the last look that did not find it."""


class CanaryState(msgspec.Struct, kw_only=True):
    """What is kept of one target."""

    key: str = ""
    """Of the intranet in which our document stands; empty: it stands nowhere."""
    number: int = 0
    """Of the newest run after which it was renewed."""
    waiting: list[Renewal] = []
    """Not found yet, the oldest first."""
    lags: list[Lag] = []
    """Of the last ones that were found."""
    looked_at: float = 0.0
    """When the search was asked last and answered."""
    next_look: float = 0.0
    trouble: str = ""
    """Why it could not be sent or looked for, in words; empty where it could."""
    trouble_at: float = 0.0
    late: bool = False
    """It was told that it is not found."""


def read_canary_state(notes: Notes, target: str) -> CanaryState | None:
    """What is kept of one target; None where there never was a canary."""
    return notes.get_json(KIND, target, CanaryState)


def keep_canary_state(notes: Notes, target: str, state: CanaryState) -> None:
    """Keep it."""
    state.lags = state.lags[-KEPT_LAGS:]
    notes.put_json(KIND, target, state)


def forget_canary_state(notes: Notes, target: str) -> None:
    """There is no canary any more."""
    notes.drop(KIND, b"", [target])
