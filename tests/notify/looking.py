"""A notifier with two channels that may be down, and a ledger in memory that may be away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from connector.errors import LedgerError
from connector.ledger.runs import Run
from connector.ledger.store import Ledger
from connector.notify.events import Event, What
from connector.notify.mail import NotTold
from connector.notify.notifier import Notifier, Telling, Unwritten
from connector.notify.stored_state import NotifyState, read_notify_state
from tests.desk import NOW, Desk

LATE_S = 7_200.0


class Listening:
    """A channel that may be down."""

    def __init__(self, name: str) -> None:
        self.name, self.is_down, self.missed = name, False, ""
        self.tried = 0
        self.events: list[Event] = []

    async def tell(self, event: Event) -> str:
        self.tried += 1
        if self.is_down:
            raise NotTold(f"{self.name} is down.")
        self.events.append(event)
        return self.missed

    @property
    def told(self) -> list[What]:
        return [one.what for one in self.events]


class Looking:
    """A notifier with two channels, and the runs of one target in a ledger that may be away."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.now, self.awake = desk, NOW, 0.0
        self.mail, self.hook = Listening("mail"), Listening("webhook")
        self.channels: list[Listening] = [self.mail, self.hook]
        self.on = tuple(one.value for one in What)
        self.away: LedgerError | None = None
        self.unwritten: Unwritten | None = None
        self.begin()

    def begin(self) -> None:
        """The service begins."""
        self.notifier = Notifier(
            self.telling,
            self.ledger,
            clock=lambda: self.now,
            steady=lambda: self.awake,
            unwritten=lambda _: self.unwritten,
        )

    def telling(self) -> Telling:
        return Telling(
            targets={"intranet": {"interaxo"}},
            on=self.on,
            withheld_runs=3,
            channels=tuple(self.channels),
            late_after_s=LATE_S,
        )

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        if self.away is not None:
            raise self.away
        yield self.desk.ledger

    def passes(self, seconds: float) -> None:
        """So much time passes."""
        self.now += seconds
        self.awake += seconds

    def run(
        self, outcome: str, *, dry_run: bool = False, only: tuple[str, ...] = (), read: bool = True
    ) -> Run:
        """One run that began a while ago comes to its end now."""
        runs = self.desk.books.runs
        run = runs.start(
            mode="delta", dry_run=dry_run, now=self.now - 60, wanted={"only": list(only)} if only else {}
        )
        report = {"findings": [], "reasons": [f"It {outcome}."], "sources": {"interaxo": {"complete": read}}}
        runs.finish(run.number, outcome=outcome, report=msgspec.json.encode(report).decode(), now=self.now)
        return run

    async def look(self) -> list[What]:
        """What the webhook hears in one look."""
        before = len(self.hook.events)
        await self.notifier.look()
        return self.hook.told[before:]

    @property
    def state(self) -> NotifyState:
        found = read_notify_state(self.desk.ledger.notes(""), "intranet")
        assert found is not None
        return found
