"""What people order amid a run, what an intranet refuses or hears late, and settings and decisions of other days: beside what `sight` plays."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Mapping
from contextlib import suppress
from random import Random
from typing import Any

from connector.document.states import Outcome
from connector.errors import ConnectorError
from connector.ledger.orders import Order, OrderKind
from connector.plan.item import Mode
from connector.plan.options import Watch
from connector.plan.report import Report
from connector.ports.matching import record_id
from connector.sandbox import faults
from connector.sandbox.faults import Call, Fault, How
from connector.sandbox.interact_rows import Refusal
from connector.wiring.orders import carry_out, open_to_order, show_again, write
from tests.model.sight import HOWS, Changes, Sight
from tests.model.sight_truth import NOBODY, Identities, Standing, Truth, standing_of
from tests.model.sight_world import World
from tests.neighbourhood import Neighbourhood

SENT = (
    "docs/addupdate",
    "docs/delete",
    "users/addupdate",
    "users/delete",
    "beginsyncsession",
    "endsyncsession",
)
"""How calls to an intranet end."""
SOON_S, PAUSE_S = 20, 201
"""Between two runs: sooner than a call without an answer has settled, and as ever."""
LATE: list[How] = [*(how for how in HOWS if how != faults.EMPTY_200), faults.LATE, faults.LATE]
"""What befalls them; that nothing in an answer of 200 means that nothing was done, nobody can know."""


class OrderedSight(Sight):
    """One estate with its intranet, and people who give orders whenever they like."""

    def __init__(self, near: Neighbourhood, world: World, permissions: str) -> None:
        super().__init__(near, world, permissions)
        self.changes |= {"order": self.order, "show": self.show}
        self._lands = True
        """Whether what is late takes effect at the end of a run."""
        self.forgotten: set[str] = set()
        """What is never shown again."""
        self.reports: list[Report] = []
        self._stood: list[Mapping[str, str | None]] = []
        """What each item stood in, at each moment of a run."""
        self._seen: dict[str, Identities] = {}
        """Readers that each document ever had here."""
        self._was_killed = False
        """Whether the run before was."""
        self._is_whole = False
        """Whether the run that was looked at met everything."""

    # -- what people do -------------------------------------------------------------------------

    def order(self, dice: Random) -> None:
        """Write down that something is to be hidden: its command is killed then, or waits for the run."""
        if not (some := self.may_hide()) or self.report is None:
            return
        one, app, now = dice.choice(some), self.near.app(), self.near.clock()
        with app.ledger() as ledger:
            with suppress(ConnectorError):  # it is forgotten
                write(ledger, self._order(OrderKind.HIDE, one, now))
            app.orders_file().merge(ledger)
        self.hidden.add(one)

    def show(self, dice: Random) -> None:
        """Show something again, as the command does."""
        if not (some := sorted(self.hidden - self.forgotten)):
            return
        one, app, now = dice.choice(some), self.near.app(), self.near.clock()
        shown = self._order(OrderKind.UNHIDE, one, now, done_at=now, ended_at=now)
        with open_to_order(app) as ledger:
            show_again(ledger, shown)
        self.hidden.discard(one)

    def _order(self, kind: OrderKind, one: str, now: float, **more: float) -> Order:
        return Order(id=f"O{now}", target=self.target, kind=kind, subject=one, who="kari", at=now, **more)

    async def decide_again(self, dice: Random) -> None:
        """About an earlier run, perhaps once more, or otherwise than before."""
        if not self.reports:
            return
        newest, self.report = self.report, dice.choice(self.reports)
        decided = self.report
        await self.decide(dice.choice(["approve", "keep"]))
        if self.report is decided:  # there was nothing to decide
            self.report = newest

    def switch(self, dice: Random) -> None:
        """Items have readers of their own from now on, or those of their rooms."""
        by_room = not self.reading.by_room
        self.reading = self.reading._replace(by_room=by_room)
        self.permissions = self.near.values[self.reading.setting("permissions")] = (
            "room" if by_room else "item"
        )

    # -- what an intranet does --------------------------------------------------------------------

    def refuse(self, dice: Random) -> None:
        """The intranet refuses some from now on, or does not tell of them; or it is well again."""
        switches = self.intranet.switches
        well = not (switches.refuse or switches.lose)
        switches.refuse.clear()
        switches.lose.clear()
        if not well:
            return
        there = sorted(self.intranet.documents)
        some = dice.sample(there, min(len(there), dice.randint(1, 3)))
        people = sorted(row.record["Email"] for row in self.intranet.users.values())
        if dice.random() < 0.4:
            switches.lose |= set(some)
        else:
            because = dice.choice(["always", "always", "text", "details"])
            switches.refuse += [Refusal(match=one, because=because) for one in some]
        if people and dice.random() < 0.4:
            some.append(person := dice.choice(people))
            switches.lose.add(record_id(person))
        self.odd |= set(some)

    def break_some(self, dice: Random) -> None:
        if dice.random() < 0.6:
            super().break_some(dice)
            return
        ends, times = dice.choice(SENT), dice.choice([1, 1, 2, None])
        self.near.wire.add(Fault(lambda call: call.path.endswith(ends), dice.choice(LATE), times=times))

    # -- runs -------------------------------------------------------------------------------------

    def truth(self) -> Truth:
        self.note_places()
        return super().truth()

    def note_places(self) -> None:
        """Remember what each item stands in now."""
        self._stood.append({native: item.parent_id for native, item in self.near.rooms._items.items()})

    async def rehearse(self, mode: str) -> None:
        """A dry run changes nothing."""
        app, first = self.near.app(), len(self.near.wire.calls)
        await app.run(self.target, app.options(self.target, Mode(mode), dry_run=True))
        changed = [call.path for call in self.near.wire.calls[first:] if call.method == "PUT"]
        assert not changed, changed

    async def stop(self, mode: str, after: int) -> None:
        """Do one run that is asked to stop after so many calls."""
        app, first = self.near.app(), len(self.near.wire.calls)
        watch = Watch(stopping=lambda: len(self.near.wire.calls) >= first + after)
        work = app.run(self.target, app.options(self.target, Mode(mode)), watch)
        await self._watched(mode, work, [], broken=True)

    async def late(self, mode: str, dice: Random) -> None:
        """What a run sent takes effect amid the next one, which comes soon; the one after that has the last word."""
        ends = dice.choice(SENT)
        self.near.wire.add(
            Fault(lambda call: call.path.endswith(ends), faults.LATE, times=dice.choice([1, 1, 3]))
        )
        self._lands = False
        try:
            await self.run(mode, broken=True)
        finally:
            self._lands = True
        if not self.near.wire.late_calls:
            return
        self.near.clock.pass_seconds(SOON_S - PAUSE_S)
        amid, tasks = len(self.near.wire.calls) + dice.randint(1, 60), list[asyncio.Task[int]]()

        def land(call: Call) -> bool:
            if call.number >= amid and not tasks:
                tasks.append(asyncio.create_task(self.near.wire.run_late()))
            return False

        self.near.wire.add(Fault(land, faults.RESET_BEFORE, times=None))
        with suppress(AssertionError):  # what came late counts for now
            await self.run(dice.choice(["delta", "full"]), broken=True)
        await self.run(dice.choice(["delta", "full"]))

    async def _watched(
        self, mode: str, work: Coroutine[Any, Any, Report | None], changes: Changes, *, broken: bool
    ) -> None:
        self._stood.clear()
        self._was_killed = self.report is None
        broken = broken or bool(self.intranet.switches.refuse or self.intranet.switches.lose)
        self._is_whole = not broken and mode in {"delta", "full"}
        await super()._watched(mode, self._and_after(work, broken=broken), changes, broken=broken)
        self.remember()
        if self.report is not None and self.report.mode != "people":
            self.reports.append(self.report)

    async def _and_after(self, work: Coroutine[Any, Any, Report | None], *, broken: bool) -> Report | None:
        """What came late takes effect, and what was ordered at the end is carried out, as the service does soon."""
        report = await work
        if self._lands:
            await self.near.wire.run_late()
        if not broken:
            app = self.near.app()
            await carry_out(app, self.target, app.options(self.target, Mode.DELTA))
        return report

    def more_wrong(
        self, before: Standing, moments: list[Truth], removed: set[str]
    ) -> dict[str, Collection[object]]:
        wrong = super().more_wrong(before, moments, removed)
        if self._is_whole and self.report is not None:
            dark = NOBODY.union(*(one.unread for one in moments))
            wrong["shown though hidden"] = (self.stays_out() - dark) & self.intranet.documents.keys()
        return wrong

    def stays_out(self) -> set[str]:
        """Ids of what stood below something hidden all the time."""
        return {one for prefix in self.prefixes() for one in self._below(prefix)} | (
            self.hidden & self.intranet.documents.keys()
        )

    def prefixes(self) -> list[str]:
        """Of the sources that read the rooms."""
        return [self.reading.prefix]

    def _below(self, prefix: str) -> set[str]:
        hidden = {one.removeprefix(f"{prefix}-") for one in self.hidden if one.startswith(f"{prefix}-")}
        found: list[set[str]] = []
        for stood in self._stood:
            below = set()
            for native in stood:
                at: str | None = native
                while at is not None and at in stood:
                    if at in hidden:
                        below.add(f"{prefix}-{native}")
                    at = stood[at]
            found.append(below)
        return set.intersection(*found) if found else set()

    def remember(self) -> None:
        """Keep in mind who could find what."""
        for one, readers in standing_of(self.intranet).documents.items():
            self._seen[one] = self._seen.get(one, NOBODY) | readers

    def gained(self, before: Standing, moments: list[Truth]) -> list[object]:
        """
        What stands in rooms that are not read, and is lacking in an intranet that was put back, goes out to whom it had; what is gone
        from a room that has one list, and waits for somebody to approve that, follows the list.
        """
        dark = moments[-1].unread.difference(*(one.documents for one in moments))
        held = {one.id for one in self.report.held} if self.report is not None else set()
        waits = held.difference(*(one.documents for one in moments)) if self.by_room() else set()
        return [
            (one, more)
            for one, more in super().gained(before, moments)  # type: ignore[misc]
            if one not in waits and frozenset(more) - (self._seen.get(one, NOBODY) if one in dark else NOBODY)
        ]

    def by_room(self) -> bool:
        """Whether any source gives everything in a room to whoever sees the room."""
        return self.reading.by_room

    def lost(self, before: Standing, moments: list[Truth]) -> list[object]:
        cut = self.report is None or self.report.outcome == Outcome.CANCELLED
        if cut and self._was_killed:
            return []  # what was sent and never heard of is sent once more as it was confirmed last, before anything is shown to more
        wrong = super().lost(before, moments)
        return [one for one in wrong if not self.odd & {one[0], one[1]}]  # type: ignore[index]

    def kept(self, truth: Truth, report: Report, *, of_documents: bool) -> list[object]:
        wrong = super().kept(truth, report, of_documents=of_documents)
        if report.mode != "backfill":
            return wrong
        return [one for one in wrong if "@" in one[0] or one[0] in truth.documents]  # type: ignore[index]  # it removes nothing

    async def end(self) -> None:
        self.intranet.switches.refuse.clear()
        self.intranet.switches.lose.clear()
        await super().end()
