"""What is kept of telling somebody, in notes of the ledger: what was looked at, what stands, what waits."""

from __future__ import annotations

import msgspec

from connector.ledger.notes import Notes
from connector.notify.events import Event, Standing, What

KIND = "notify"
"""The kind of note that holds what was told, and what waits."""
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


class Memory(msgspec.Struct, kw_only=True):
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


def read_memory(notes: Notes, target: str) -> Memory | None:
    """What is kept of one target; None before the first look."""
    noted = notes.get(KIND, target)
    return msgspec.json.decode(noted[0], type=Memory) if noted is not None else None


def keep_memory(notes: Notes, target: str, memory: Memory) -> None:
    """Keep it."""
    notes.put(KIND, target, msgspec.json.encode(memory))


def read_week(notes: Notes) -> Week | None:
    """What is kept of the weekly digest; None before the first."""
    noted = notes.get(DIGEST, "")
    return msgspec.json.decode(noted[0], type=Week) if noted is not None else None


def keep_week(notes: Notes, week: Week) -> None:
    """Keep it."""
    notes.put(DIGEST, "", msgspec.json.encode(week))
