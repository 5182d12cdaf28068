"""
A run as a value: what it is called, what it was asked for, its clock, and whether the target is still its own.

Whoever works in a run is handed this instead of its parts. It never changes; what changes in a run stands with whoever
changes it.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from connector.ledger.audience_history import AudienceHistory
from connector.ledger.counts import Counts
from connector.ledger.documents import Documents
from connector.ledger.notes import Notes
from connector.ledger.orders import Orders
from connector.ledger.pending_audiences import PendingAudiences
from connector.ledger.people import People
from connector.ledger.quarantine import Quarantine
from connector.ledger.rooms import Rooms
from connector.ledger.runs import Runs
from connector.ledger.shards import Shards
from connector.ledger.store import Ledger
from connector.ledger.writer import Writer
from connector.plan.brake import Limits
from connector.plan.item import Mode, Purpose
from connector.plan.options import Options, Watch


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run against one target."""

    number: int
    id: str
    target: str
    """Its name."""
    ledger: str
    """Id of the ledger that it writes."""
    options: Options
    started: float
    before: float | None = None
    """When the run before this one began, by the clock of then."""
    put_back_at: float = 0.0
    """When it was noticed last that the ledger was put back, in seconds since 1970."""
    backfill: int = 0
    """Number of the backfill that it goes on with; 0 in other runs."""
    next: int = 0
    """The run to which what is held and removed belongs, where it is not this one: between runs, it is the next one."""
    now: Callable[[], float]
    still_ours: Callable[[], None]
    """Raises LeaseLost when another run took the target over; asked before every removal and before an end."""
    watch: Watch = msgspec.field(default_factory=Watch)

    @property
    def mode(self) -> Mode:
        """Delta, full or backfill."""
        return self.options.mode

    @property
    def dry_run(self) -> bool:
        """Whether it only tells what it would do."""
        return self.options.dry_run

    @property
    def limits(self) -> Limits:
        """Of the brake."""
        return self.options.limits

    @property
    def is_whole(self) -> bool:
        """Whether it is a full run over all sources of the target."""
        return self.mode is Mode.FULL and not self.options.only

    @property
    def effects(self) -> int:
        """The run to which what is held and removed belongs."""
        return self.next or self.number

    def purpose(self, session: int) -> Purpose:
        """
        What it is about, as far as planning needs it.

        Args:
            session: its number while its session is open.
        """
        return Purpose(
            mode=self.mode, run=self.number, now=self.started, session=session, backfill=self.backfill
        )

    def stopping(self) -> bool:
        """Whether it should finish the calls in hand and end."""
        return self.watch.stopping()

    def surely_past(self) -> float:
        """
        A moment that is past by two readings of the clock, this one and the one at which the run before this one began: either
        may be wrong. In seconds since 1970; 0 in the first run.
        """
        return min(self.now(), self.before or 0.0)

    def too_long_ago(self) -> float:
        """
        Whose readers, or rights, were told last before this moment (in seconds since 1970) are surely unknown for too long
        (`safety.audience_max_age_days`); 0: nobody's are. Nobody knows what a ledger that was put back was told since that backup.
        """
        moment = self.surely_past() - self.options.audience_max_age_s
        return moment if moment > self.put_back_at else 0.0

    def settles_at(self) -> float:
        """Until when a call that gets no answer now may still take effect."""
        return self.now() + self.options.settle_s


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger keeps for one target."""

    documents: Documents
    counts: Counts
    pending_audiences: PendingAudiences
    quarantine: Quarantine
    rooms: Rooms
    runs: Runs
    people: People
    orders: Orders
    audience_history: AudienceHistory
    shards: Shards
    writer: Writer
    notes: Callable[[str], Notes]
    """Of a source, by its name; of the whole ledger by the empty one."""


def open_books(ledger: Ledger, target: str) -> Books:
    """Gather what the ledger keeps for one target."""
    return Books(
        documents=ledger.documents(target),
        counts=ledger.counts(target),
        pending_audiences=ledger.pending_audiences(target),
        quarantine=ledger.quarantine(target),
        rooms=ledger.rooms(target),
        runs=ledger.runs(target),
        people=ledger.people(target),
        orders=ledger.orders(target),
        audience_history=ledger.audience_history(target),
        shards=ledger.shards(target),
        writer=ledger.writer,
        notes=ledger.notes,
    )
