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
from collections.abc import Collection, Coroutine
from copy import copy, deepcopy
from random import Random
from typing import Any

from connector.ledger.orders import Order, OrderKind
from connector.plan.item import Mode
from connector.plan.report import Report
from connector.ports.matching import record_id
from connector.sandbox import faults
from connector.sandbox.faults import Call, Fault, How, Status
from connector.wiring.ordering import carry_out, write
from tests import ledgers
from tests.model.sight_truth import (
    NOBODY,
    PUBLIC_ROOMS,
    ROOMS,
    Heard,
    Identities,
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


class Sight:
    """One estate with its intranet."""

    def __init__(self, near: Neighbourhood, world: World, permissions: str) -> None:
        self.near, self.world, self.permissions = near, world, permissions
        self.report: Report | None = None
        self.heard = Heard(near)
        self._approved: frozenset[str] = frozenset()
        """What a person let go, whatever the rooms say."""
        self._backup: tuple[dict[str, Any], dict[str, Any]] | None = None
        near.values["sources.interaxo.permissions"] = permissions
        near.values["safety.audience_max_age_days"] = 3_650
        near.values["sources.interaxo.audience_share"] = 0.3

    def truth(self) -> Truth:
        return truth_of(self.near, self.world, by_room=self.permissions == "room")

    # -- one run ------------------------------------------------------------------------------

    async def run(
        self, mode: str, changes: Changes | None = None, *, broken: bool = False, **wanted: str
    ) -> None:
        """
        Do one run, or one turn of people between runs, and look at what became of everybody.

        Args:
            broken: whether calls are broken in it.
        """
        near = self.near
        work = near.app().take_turn("intranet") if mode == "people" else near.run(mode, **wanted)
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
        dying = asyncio.ensure_future(near.run(mode))
        await self._watched(mode, die(), [], broken=True)

    async def _watched(
        self, mode: str, work: Coroutine[Any, Any, Report | None], changes: Changes, *, broken: bool
    ) -> None:
        near, due = self.near, sorted(changes)
        near.clock.pass_seconds(200)
        before, moments = standing_of(near), [self.truth()]
        self.heard.begin()
        first, removals = len(near.wire.calls), len(near.intranet.deletions)

        def meet(call: Call) -> bool:
            while due and call.number >= first + due[0][0]:
                _, name, number = due.pop(0)
                CHANGES[name](self.world, Random(number))
                moments.append(self.truth())
            self.heard.hear(call, for_sure=not broken)
            return False

        near.wire.faults.insert(0, Fault(meet, faults.RESET_BEFORE, times=None))
        self.report = await work
        near.wire.faults.clear()
        moments.append(self.truth())
        removed = {one.id for one in near.intranet.deletions[removals:]}
        wrong = {
            "gained": self._gained(before, moments),
            "removed": removed - self._approved & common([m.wanted & {d for d, r in m.documents.items() if r} for m in moments]),
            "lost": self._lost(before, moments),
        }  # fmt: skip
        if self.report is not None and not broken and len(moments) == 2:
            wrong["kept"] = self._kept(moments[1], self.report, of_documents=mode != "people")
        told = self.report and (self.report.outcome, self.report.reasons)
        assert not any(wrong.values()), (mode, wrong, told)

    def _gained(self, before: Standing, moments: list[Truth]) -> list[object]:
        now = standing_of(self.near)
        wrong: list[object] = []
        for one, has in now.documents.items():
            may = NOBODY.union(*(moment.documents.get(one, NOBODY) for moment in moments))
            if more := has - before.documents.get(one, NOBODY) - may:
                wrong.append((one, sorted(more)))
        for person, has in now.people.items():
            if more := has - before.people.get(person, NOBODY) - self.heard.may_have(person):
                wrong.append((person, sorted(more)))
        return wrong

    def _lost(self, before: Standing, moments: list[Truth]) -> list[object]:
        now = standing_of(self.near)
        shared = NOBODY.union(*(moment.shared for moment in moments))
        wrong: list[object] = []
        for person in before.people.keys() - shared:
            stays = before.people[person] & common([m.people.get(person, NOBODY) for m in moments])
            for one in common([m.wanted for m in moments]) & before.documents.keys() - self._approved:
                through = stays & before.documents[one] & common([m.documents[one] for m in moments])
                if through and not now.documents.get(one, NOBODY) & now.people.get(person, NOBODY):
                    wrong.append((person, one, sorted(through)))
        return wrong

    def _kept(self, truth: Truth, report: Report, *, of_documents: bool) -> list[object]:
        held = {one.id for one in report.held}
        now = standing_of(self.near)
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
        if report is None or not report.held or report.mode == "people":
            return
        self._approved = frozenset(one.id for one in report.held) if how == "approve" else NOBODY
        await self.run("delta", **{how: report.run_id})
        self._approved = NOBODY

    async def hide(self, dice: Random, kind: OrderKind = OrderKind.HIDE) -> None:
        """Hide something, or show it again."""
        some = self.world.items() if kind is OrderKind.HIDE else sorted(self.world.hidden)
        if not some or self.report is None:
            return
        native, app = dice.choice(some), self.near.app()
        with app.ledger() as ledger:
            now = self.near.clock()
            write(
                ledger,
                Order(id=f"O{now}", target="intranet", kind=kind, subject=f"ix-{native}", who="kari", at=now),
            )
            app.orders_file().merge(ledger)
        (self.world.hidden.add if kind is OrderKind.HIDE else self.world.hidden.discard)(native)
        await carry_out(app, "intranet", app.options("intranet", Mode.DELTA))

    def put_back(self) -> None:
        """Put the intranet back as it was when this was done last, and keep a copy of it."""
        intranet, backup = self.near.intranet, self._backup
        self._backup = deepcopy(intranet.documents), {key: copy(row) for key, row in intranet.users.items()}
        if backup is not None:
            intranet.documents, intranet.users = backup
            intranet._stale.clear()

    def set(self, dice: Random) -> None:
        """Change a setting."""
        values = self.near.values
        rooms = [f"{one.community}/{one.id}" for one in self.near.rooms.rooms.values()]
        values[PUBLIC_ROOMS] = dice.choice([[], [], [dice.choice(rooms)]])
        own = [one for one in rooms if "/base-" not in one]
        values[ROOMS] = ["*", "!" + dice.choice(own)] if own and dice.random() < 0.3 else ["*"]
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
        self.near.values[ROOMS] = ["*"]
        self.near.clock.pass_seconds(DAY_S)
        await self.run("delta")
        for _ in range(DECISIONS):
            self.near.clock.pass_seconds(DAY_S)
            await self.run("full")
            if self.report is not None and not self.report.held and self.report.outcome != "braked":
                break
            self.near.clock.pass_seconds(DAY_S)
            await self.decide("approve")
        truth, standing = self.truth(), standing_of(self.near)
        assert standing.documents == {one: truth.documents[one] for one in truth.wanted}, (
            self.report and self.report.reasons
        )
        assert _but(standing.people, truth.shared) == _but(truth.people, truth.shared)
        if self.permissions == "item":
            assert not (wrong := read_names(self.near, self.world, truth)), wrong


def _but(people: dict[str, Identities], shared: Collection[str]) -> dict[str, Identities]:
    return {address: has for address, has in people.items() if address not in shared}
