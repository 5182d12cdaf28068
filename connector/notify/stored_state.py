"""What is stored of notifications, in notes of the ledger: which runs were looked at, what was told, and what waits to be."""

from __future__ import annotations

import msgspec

from connector.ledger.erasing import WAITS_TO_BE_TOLD
from connector.ledger.notes import Notes
from connector.notify.events import Event, Standing, What

KIND = WAITS_TO_BE_TOLD
"""The kind of note that holds what was told, and what waits; who or what is forgotten is erased from it."""
DIGEST = "notify-digest"


class Waiting(msgspec.Struct, kw_only=True):
    """One event that was not told everywhere yet."""

    event: Event
    left: list[str]
    """Names of channels."""
    since: float
    tries: int = 0
    next_try: float = 0.0
    reached: bool = False
    """Whether it was told by any channel."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What reached somebody last."""

    what: What
    run_id: str
    by: str
    """The channel."""
    at: float
    """In seconds since 1970."""


class NotifyState(msgspec.Struct, kw_only=True):
    """What is kept of one target."""

    number: int
    """Of the newest run that was looked at; rehearsals do not count."""
    standing: Standing = Standing()
    waiting: list[Waiting] = []
    trouble: dict[str, str] = {}
    """By channel: why the last attempt did not reach anybody."""
    trouble_at: float = 0.0
    last: Told | None = None
    ended_at: float = 0.0
    """When a run ended last that says how it stands; 0: none is known."""


class Week(msgspec.Struct, kw_only=True):
    """What is kept of the weekly digest."""

    due: float
    """The Monday that was taken up last, in seconds since 1970."""
    left: list[str] = []
    """Addresses that did not get it yet."""
    since: float = 0.0
    """When it was taken up."""
    tries: int = 0
    next_try: float = 0.0


def read_notify_state(notes: Notes, target: str) -> NotifyState | None:
    """What is kept of one target; None before the first look."""
    return notes.get_json(KIND, target, NotifyState)


def keep_notify_state(notes: Notes, target: str, state: NotifyState) -> None:
    """Keep it."""
    notes.put_json(KIND, target, state)


def read_week(notes: Notes) -> Week | None:
    """What is kept of the weekly digest; None before the first."""
    return notes.get_json(DIGEST, "", Week)


def keep_week(notes: Notes, week: Week) -> None:
    """Keep it."""
    notes.put_json(DIGEST, "", week)
