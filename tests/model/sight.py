"""
Who may find what, told by the rooms themselves and not by what the connector was told: looked at after each run.

Whatever changes before and amid a run, and whatever breaks in it:

    gained    nobody is shown a document beyond what the rooms say before, amid or after the run, and no person is given
              a group beyond what they said when they were asked last
    kept      a run in which nothing broke or changed leaves nothing open to anybody else either
    removed   nothing goes that lives and has readers
    lost      who may see a document all the time through one and the same group, and found it, finds it still

In the end everybody finds exactly what the rooms show, and reads no name of what they do not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine
from copy import copy, deepcopy
from functools import partial
from random import Random
from typing import Any, Protocol

from connector.ledger.orders import Order, OrderKind
from connector.plan.item import Mode
from connector.plan.report import Report
from connector.ports.matching import record_id
from connector.sandbox import faults
from connector.sandbox.faults import Call, Fault, How, Status
from connector.wiring.orders import carry_out, write
from tests import ledgers
from tests.model.sight_truth import (
    NOBODY,
    Heard,
    Identities,
    Reading,
    Standing,
    Truth,
    read_names,
    standing_of,
    truth_of,
)
from tests.model.sight_world import CHANGES, World
from tests.neighbourhood import Neighbourhood

HOWS: list[How] = [
    faults.RESET_BEFORE, faults.RESET_AFTER, faults.TRUNCATED, faults.CUT_JSON, faults.HTML_200, faults.EMPTY_200,
    *(Status(code) for code in (401, 403, 429, 500, 503)),
]  # fmt: skip
PROOF: list[How] = [Status(404), Status(422)]
"""Of a single person that she is gone, and of a list that there is none."""
LISTS, BELOW, GROUPS, ROOM_LISTS = "mentionable-authorities", "/children", "/groups", "/rooms"
DECISIONS = 6
DAY_S = 90_000
Changes = list[tuple[int, str, int]]
"""After so many calls, what, and its number."""


def common(all_of: Collection[Identities]) -> Identities:
    return frozenset.intersection(*all_of) if all_of else NOBODY


class Hears(Protocol):
    """What was told of people when they were asked last."""

    def begin(self) -> None:
        """Another run."""

    def hear(self, call: Call, *, for_sure: bool) -> None:
        """Take what is told now; where it is not `for_sure` that the answer arrives, what was told before may count on."""

    def may_have(self, address: str) -> Identities:
        """What somebody with this address was said to be and to belong to."""


class Sight:
    """One estate with its intranet."""

    target = "intranet"

    def __init__(self, near: Neighbourhood, world: World, permissions: str) -> None:
        self.near, self.world, self.permissions = near, world, permissions
        self.intranet = near.intranet
        self.reading = Reading(by_room=permissions == "room")
        self.report: Report | None = None
        self.heard: Hears = Heard(near)
        self.changes: dict[str, Callable[[Random], object]] = {
            name: partial(change, world) for name, change in CHANGES.items()
        }
        """The commonest first."""
        self.hidden: set[str] = set()
        """Ids of documents that a person took out of the search, with all below them."""
        self.approved: frozenset[str] = frozenset()
        """What a person let go, whatever the rooms say."""
        self.odd: set[str] = set()
        """What the intranet refused, or did not tell of, at any time."""
        self._backup: tuple[dict[str, Any], dict[str, Any]] | None = None
        near.values["sources.interaxo.permissions"] = permissions
        near.values["safety.audience_max_age_days"] = 3_650
        near.values["sources.interaxo.audience_share"] = 0.3

    def truth(self) -> Truth:
        truth = truth_of(self.near, self.world, self.reading)
        return truth._replace(wanted=truth.wanted - self.below_hidden(self.reading.prefix))

    def below_hidden(self, prefix: str) -> set[str]:
        """Ids of all that is to stay out of the search, of the items that one source reads."""
        of_it = {one.removeprefix(f"{prefix}-") for one in self.hidden if one.startswith(f"{prefix}-")}
        return {f"{prefix}-{native}" for native in self.world.below(of_it)}

    # -- one run ------------------------------------------------------------------------------

    async def run(
        self, mode: str, changes: Changes | None = None, *, broken: bool = False, **wanted: str
    ) -> None:
        """
        Do one run, or one turn of people between runs, and look at what became of everybody.

        Args:
            broken: whether calls are broken in it.
        """
        app = self.near.app()
        work = (
            app.take_turn(self.target)
            if mode == "people"
            else app.run(self.target, app.options(self.target, Mode(mode), **wanted))
        )
        await self._watched(mode, work, changes or [], broken=broken)

    async def kill(self, mode: str, after: int, how: How) -> None:
        """Do one run that dies after so many calls: nothing of its process survives, and the call in hand is broken."""
        near, left = self.near, self.near.folder / "at-death.db"
        left.unlink(missing_ok=True)
        first, loop = len(near.wire.calls), asyncio.get_running_loop()

        def strike(call: Call) -> bool:
            if call.number < first + after or left.exists() or not ledgers.is_there(near.folder):
                return False
            ledgers.copy_at_death(near.folder, left)
            loop.call_soon(dying.cancel)
            return True

        async def die() -> Report | None:
            try:
                return await dying
            except asyncio.CancelledError:
                ledgers.as_it_died(near.folder, left)
                return None

        near.wire.add(Fault(strike, how))
        app = near.app()
        dying = asyncio.ensure_future(app.run(self.target, app.options(self.target, Mode(mode))))
        await self._watched(mode, die(), [], broken=True)

    async def _watched(
        self, mode: str, work: Coroutine[Any, Any, Report | None], changes: Changes, *, broken: bool
    ) -> None:
        near, due = self.near, sorted(changes)
        near.clock.pass_seconds(201)
        before, moments = standing_of(self.intranet), [self.truth()]
        self.heard.begin()
        first, removals = len(near.wire.calls), len(self.intranet.deletions)

        def meet(call: Call) -> bool:
            while due and call.number >= first + due[0][0]:
                _, name, number = due.pop(0)
                self.changes[name](Random(number))
                moments.append(self.truth())
            self.heard.hear(call, for_sure=not broken)
            return False

        near.wire.faults.insert(0, Fault(meet, faults.RESET_BEFORE, times=None))
        self.report = await work
        near.wire.faults.clear()
        moments.append(self.truth())
        removed = {one.id for one in self.intranet.deletions[removals:]}
        wrong: dict[str, Collection[object]] = {
            "gained": self.gained(before, moments),
            "removed": removed - self.approved - self.odd & common([m.wanted & {d for d, r in m.documents.items() if r} for m in moments]),
            "lost": self.lost(before, moments),
        }  # fmt: skip
        if self.report is not None and not broken and len(moments) == 2:
            wrong["kept"] = self.kept(moments[1], self.report, of_documents=mode != "people")
        wrong |= self.more_wrong(before, moments, removed)
        told = self.report and (self.report.outcome, self.report.reasons)
        assert not any(wrong.values()), (mode, wrong, told)

    def more_wrong(
        self, before: Standing, moments: list[Truth], removed: set[str]
    ) -> dict[str, Collection[object]]:
        """What else may be wrong after a run; nothing here."""
        return {}

    def gained(self, before: Standing, moments: list[Truth]) -> list[object]:
        now = standing_of(self.intranet)
        wrong: list[object] = []
        for one, has in now.documents.items():
            may = NOBODY.union(*(moment.documents.get(one, NOBODY) for moment in moments))
            if more := has - before.documents.get(one, NOBODY) - may:
                wrong.append((one, sorted(more)))
        for person, has in now.people.items():
            if more := has - before.people.get(person, NOBODY) - self.heard.may_have(person):
                wrong.append((person, sorted(more)))
        return wrong

    def lost(self, before: Standing, moments: list[Truth]) -> list[object]:
        now = standing_of(self.intranet)
        shared = NOBODY.union(*(moment.shared for moment in moments))
        wrong: list[object] = []
        for person in before.people.keys() - shared:
            stays = before.people[person] & common([m.people.get(person, NOBODY) for m in moments])
            for one in common([m.wanted for m in moments]) & before.documents.keys() - self.approved:
                through = stays & before.documents[one] & common([m.documents[one] for m in moments])
                if through and not now.documents.get(one, NOBODY) & now.people.get(person, NOBODY):
                    wrong.append((person, one, sorted(through)))
        return wrong

    def kept(self, truth: Truth, report: Report, *, of_documents: bool) -> list[object]:
        held = {one.id for one in report.held}
        now = standing_of(self.intranet)
        wrong: list[object] = []
        for one in now.documents.keys() - held - truth.unread if of_documents else ():
            if over := now.documents[one] - truth.documents.get(one, NOBODY):
                wrong.append((one, sorted(over)))
        for person, has in now.people.items():
            over = has - self.heard.may_have(person)
            if over and record_id(person) not in held:
                wrong.append((person, sorted(over)))
        return wrong

    # -- what a person does -------------------------------------------------------------------

    async def decide(self, how: str) -> None:
        """Approve or keep what the last run held."""
        report = self.report
        if report is None or report.mode == "people" or not (report.held or report.outcome == "braked"):
            return
        self.approved = frozenset(one.id for one in report.held) if how == "approve" else NOBODY
        # a session's end is approved for the next full run
        mode = "full" if report.mode == "full" and report.outcome == "braked" else "delta"
        await self.run(mode, **{how: report.run_id})
        self.approved = NOBODY

    async def hide(self, dice: Random, kind: OrderKind = OrderKind.HIDE) -> None:
        """Hide something, or show it again."""
        some = self.may_hide() if kind is OrderKind.HIDE else sorted(self.hidden)
        if not some or self.report is None:
            return
        one, app = dice.choice(some), self.near.app()
        with app.ledger() as ledger:
            now = self.near.clock()
            write(ledger, Order(id=f"O{now}", target=self.target, kind=kind, subject=one, who="kari", at=now))
            app.orders_file().merge(ledger)
        (self.hidden.add if kind is OrderKind.HIDE else self.hidden.discard)(one)
        await carry_out(app, self.target, app.options(self.target, Mode.DELTA))

    def may_hide(self) -> list[str]:
        """Ids of what may be hidden."""
        return [f"{self.reading.prefix}-{native}" for native in self.world.items()]

    def put_back(self) -> None:
        """Put the intranet back as it was when this was done last, and keep a copy of it."""
        intranet, backup = self.intranet, self._backup
        self._backup = deepcopy(intranet.documents), {key: copy(row) for key, row in intranet.users.items()}
        if backup is not None:
            intranet.documents, intranet.users = backup
            intranet._stale.clear()

    def set(self, dice: Random) -> None:
        """Change a setting."""
        values = self.near.values
        rooms = [f"{one.community}/{one.id}" for one in self.near.rooms.rooms.values()]
        values[self.reading.setting("public_rooms")] = dice.choice([[], [], [dice.choice(rooms)]])
        own = [one for one in rooms if "/base-" not in one]
        values[self.reading.setting("rooms")] = (
            ["*", "!" + dice.choice(own)] if own and dice.random() < 0.3 else ["*"]
        )
        values["safety.max_deletes"] = dice.choice([0, 2, 1_000])
        values["safety.max_delete_ratio"] = dice.choice([0.1, 1.0])
        values["safety.max_widened"] = dice.choice([0, 3, 500])

    def break_some(self, dice: Random) -> None:
        """Break some calls, here and there or all of a kind."""
        wire = self.near.wire
        if dice.random() < 0.5:
            for _ in range(dice.randint(1, 4)):
                wire.break_at(len(wire.calls) + dice.randint(1, 120), dice.choice(HOWS))
            return
        kind = dice.choice([LISTS, BELOW, GROUPS, ROOM_LISTS])
        native = dice.choice(self.world.items() or [""])
        how = dice.choice(HOWS if kind == LISTS else [*HOWS, *PROOF])
        some = native if kind in {LISTS, BELOW} and dice.random() < 0.7 else ""
        wire.add(Fault(lambda call: kind in call.path and some in call.path, how, times=dice.choice([None, 1, 3])))  # fmt: skip

    async def end(self) -> None:
        """Once nothing is broken or hidden, and a person decided, everybody finds what the rooms show."""
        self.world.show_rooms(Random(0))
        self.read_every_room()
        self.near.clock.pass_seconds(DAY_S)
        await self.run("delta")
        for _ in range(DECISIONS):
            self.near.clock.pass_seconds(DAY_S)
            await self.run("full")
            if self.report is not None and not self.is_to_decide(self.report):
                break
            self.near.clock.pass_seconds(DAY_S)
            await self.decide("approve")
        self.all_is_as_shown()

    def is_to_decide(self, report: Report) -> bool:
        """Whether a run leaves something to a person."""
        return bool(report.held) or report.outcome == "braked"

    def read_every_room(self) -> None:
        """Leave none out by settings."""
        self.near.values[self.reading.setting("rooms")] = ["*"]

    def all_is_as_shown(self) -> None:
        """Everybody finds what the rooms show, and reads no name of what they do not."""
        truth, standing = self.truth(), standing_of(self.intranet)
        assert standing.documents == {one: truth.documents[one] for one in truth.wanted}, (
            self.report and self.report.reasons
        )
        assert but(standing.people, truth.shared) == but(truth.people, truth.shared)
        if self.permissions == "item":
            assert not (wrong := read_names(self.near, self.world, truth)), wrong


def but(people: dict[str, Identities], shared: Collection[str]) -> dict[str, Identities]:
    return {address: has for address, has in people.items() if address not in shared}
