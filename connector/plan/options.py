"""What a run is asked for, and how it tells others how it goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import msgspec

from connector.document.durations import DAY_S
from connector.plan.brake import Limits
from connector.plan.item import Mode
from connector.plan.remaining_time import Outlook
from connector.plan.report import Report
from connector.ports.matching import Matching

ASKED_AT_ONCE = 8
"""Documents that a target is asked for at once, at least: a call that reads costs it less than one that writes."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a person decided about what an earlier run held: the one or the other."""

    approve: str = ""
    """The run whose holds are approved."""
    keep: str = ""
    """The run whose holds are kept."""
    by: str = ""
    """Who decided, as said there."""

    @property
    def about(self) -> str:
        """The run that it is about."""
        return self.approve or self.keep


class UnreadFile(msgspec.Struct, frozen=True, kw_only=True):
    """A people file that cannot be read now."""

    why: str
    """Names the file, where in it, and what keeps it from being read."""
    addresses: Mapping[str, str]
    """By id, as its rows were read last."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was asked for, and the settings it needs, as plain values."""

    mode: Mode
    only: tuple[str, ...] = ()
    """Names of the sources it is narrowed to; empty: all."""
    rooms: tuple[str, ...] = ()
    """Rooms a backfill is narrowed to: root ids, or `community/room`."""
    dry_run: bool = False
    approve: str = ""
    keep: str = ""
    by: str = ""
    """Who approves or keeps."""
    restart: bool = False
    adopt: bool = False
    """A rebuild: what the target has already is written down instead of pushed."""
    sessions: bool = True
    batch_documents: int = 100
    batch_bytes: int = 4_000_000
    concurrency: int = 4
    settle_s: float = 120
    limits: Limits = Limits(max_deletes=500, max_delete_ratio=0.1)
    audience_max_age_s: float = 7 * DAY_S
    max_widened: int = 500
    matching: Matching = Matching()
    canary: bool = False
    """Whether the settings have a canary for this target: else no hold of it goes on, unless another service has one."""
    people_every_s: float = 900.0
    """Pause between two turns of people in a run that is under way; 0: none."""
    people_max_age_s: float = 7_200.0
    unread_files: Mapping[str, UnreadFile] = {}
    """People files that cannot be read now, by source."""
    sources: frozenset[str] = frozenset()
    """Names of the target's sources, in the settings or in the ledger: each of them alone tells who has identities that begin with its name."""

    @property
    def decided(self) -> dict[str, str]:
        """What a person decided and the run carries out, as its report tells."""
        told = {"approved": self.approve, "kept": self.keep}
        told = {key: run for key, run in told.items() if run}
        return told | ({"by": self.by} if told and self.by else {})

    @property
    def asked_at_once(self) -> int:
        """How many documents the target is asked for at once."""
        return max(ASKED_AT_ONCE, self.concurrency)

    @property
    def may_hold(self) -> bool:
        """Narrowed runs and backfills say nothing about what they do not look at."""
        return self.mode is not Mode.BACKFILL and not (self.mode is Mode.FULL and bool(self.only))


class Watch(msgspec.Struct, kw_only=True):
    """How a run tells others how it goes, and hears that it should stop."""

    seen: Callable[[int], None] = lambda _: None
    """Items seen in listings."""
    pushed: Callable[[int], None] = lambda _: None
    """Documents that the target accepted."""
    answered: Callable[[], None] = lambda: None
    """A service that does a part of the run was answered cleanly; what the run itself calls is heard of at its calls."""
    stopping: Callable[[], bool] = lambda: False
    """Whether the run should finish the calls in hand and end."""
    finished: Callable[[Report], None] = lambda _: None
    """The report, also when a bug ends the run."""
    outlook: Outlook = msgspec.field(default_factory=lambda: Outlook(time.monotonic))
    """How long the rest takes."""
