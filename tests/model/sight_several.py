"""
Several intranets that are filled by one connector with one ledger, from rooms (read by two sources), an office and a library.

Beside what `sight` looks at in each of them: a run of one touches no other; sources are pointed at another intranet, or taken out of
the settings and put back, and so is an intranet with all its sources; documents and people are forgotten, and stay out of the one
intranet in which they are.
"""

from __future__ import annotations

from collections.abc import Collection, Coroutine, Mapping
from itertools import zip_longest
from random import Random
from typing import Any

from connector.commands import forget as verb
from connector.ledger.orders import Order, OrderKind
from connector.plan.findings import Code
from connector.plan.item import Mode
from connector.plan.report import Report
from connector.ports.matching import record_id
from connector.sandbox.faults import Call, Fault
from connector.sandbox.interact import InteractWorld
from tests.model.sight import DAY_S, HOWS, Changes, but
from tests.model.sight_beside import LIBRARY, OFFICE
from tests.model.sight_estate import FINE, PREFIXES, ROOMS, Several
from tests.model.sight_orders import OrderedSight
from tests.model.sight_truth import (
    NOBODY,
    Heard,
    Identities,
    Reading,
    Standing,
    Truth,
    differ,
    standing_of,
    truth_of,
)


class Part(OrderedSight):
    """One of the intranets."""

    def __init__(
        self, all_of: Several, target: str, intranet: InteractWorld, permissions: Mapping[str, str]
    ) -> None:
        super().__init__(all_of.near, all_of.world, permissions["interaxo"])
        self.all_of, self.target, self.intranet = all_of, target, intranet
        self.readings = {
            source: Reading(source, prefix, by_room=permissions[source] == "room")
            for source, prefix in ROOMS.items()
        }
        for source in ROOMS:
            self.near.values[f"sources.{source}.permissions"] = permissions[source]
            self.near.values[f"sources.{source}.audience_share"] = 0.3
        self.heard = Ears(self)
        beside = [*(all_of.office.changes | all_of.library.changes).items()]
        self.changes = dict(one for both in zip_longest(self.changes.items(), beside) for one in both if one)
        self._broken = False
        self._ordered = False
        self.doubt = 0
        """Full runs until a ledger that was lost or put back knows all: whom it does not is taken out by its second session."""
        self.doubted = False
        """Whether it ever was."""
        self._forgotten_keys: set[str] = set()

    @property
    def sources(self) -> list[str]:
        """What fills it now."""
        return self.all_of.sources_of(self.target)

    def truth(self) -> Truth:
        self.note_places()
        parts = {one: self._truth_of(one) for one in self.sources}
        strange = {
            one
            for one in self.intranet.documents
            if one.partition("-")[0] not in {PREFIXES[source] for source in parts}
        }
        people: dict[str, Identities] = {}
        for part in parts.values():
            for address, has in part.people.items():
                if address not in self.forgotten:
                    people[address] = people.get(address, NOBODY) | has
        named_otherwise = {
            person.email.lower()
            for (_, key), person in self.near.rooms.people.items()
            if key in self._forgotten_keys
        }
        return Truth(
            documents={one: may for part in parts.values() for one, may in part.documents.items()},
            wanted=frozenset().union(*(part.wanted for part in parts.values())),
            people=people,
            shared=frozenset(named_otherwise | self.forgotten).union(
                *(part.shared for part in parts.values())
            ),
            unread=frozenset(strange).union(*(part.unread for part in parts.values())),
        )

    def _truth_of(self, source: str) -> Truth:
        match source:
            case "itr":
                truth, out = self.all_of.office.truth(), self.hidden
            case "interject":
                truth, out = self.all_of.library.truth(), self.all_of.library.below(self.hidden)
            case _:
                truth, out = (
                    truth_of(self.near, self.world, self.readings[source]),
                    self.below_hidden(PREFIXES[source]),
                )
        return truth._replace(wanted=truth.wanted - out)

    # -- runs side by side --------------------------------------------------------------------

    def begin(self) -> None:
        """Something begins here, or beside it."""
        self.near.clock.pass_seconds(201)
        self._before = standing_of(self.intranet), self.truth(), len(self.intranet.deletions)
        self.heard.begin()
        self._is_whole = False
        self._broken = True  # until a run is done: what moved below something hidden is met by that

    async def go(self, mode: str) -> None:
        """Do one run."""
        app = self.near.app()
        self.report = (
            await app.take_turn(self.target)
            if mode == "people"
            else await app.run(self.target, app.options(self.target, Mode(mode)))
        )
        self._broken = mode == "people"

    def look(self) -> None:
        """See what became of everybody."""
        before, truth, deletions = self._before
        moments, removed = [truth, self.truth()], {one.id for one in self.intranet.deletions[deletions:]}
        wrong = {
            "gained": self.gained(before, moments),
            "removed": removed
            & truth.wanted
            & moments[1].wanted
            & {one for one, may in truth.documents.items() if may},
            "lost": self.lost(before, moments),
            **self.more_wrong(before, moments, removed),
        }
        self.remember()
        assert not any(wrong.values()), (
            self.target,
            wrong,
            self.report and (self.report.outcome, self.report.reasons),
        )

    # -- runs ---------------------------------------------------------------------------------

    async def _watched(
        self, mode: str, work: Coroutine[Any, Any, Report | None], changes: Changes, *, broken: bool
    ) -> None:
        others = {one.target: one.intranet.calls for one in self.all_of.sights.values() if one is not self}
        self._broken = broken
        await super()._watched(mode, work, changes, broken=broken)
        self._ordered = self._ordered and broken
        if self.report is not None and mode == "full" and self.report.outcome in FINE:
            self.doubt = max(0, self.doubt - 1)
        after = {one.target: one.intranet.calls for one in self.all_of.sights.values() if one is not self}
        assert after == others, "a run of one intranet has called another"

    def more_wrong(
        self, before: Standing, moments: list[Truth], removed: set[str]
    ) -> dict[str, Collection[object]]:
        out, mine = self._out(), {PREFIXES[one] for one in self.sources}
        ordered = {one.partition("-")[0] for one in self.hidden}
        clean = not self._broken and not self.doubt and len(moments) == 2 and self.report is not None
        return {
            **super().more_wrong(before, moments, removed),
            "taken by settings": {
                one
                for one in removed - self.approved - out
                if one.partition("-")[0] not in mine | ordered
                and not self.doubt
                and all(one in moment.unread for moment in moments)
            },
            "remembered": {one for one in self.forgotten if record_id(one) in self.intranet.users}
            if clean
            else (),
            "shown": {one for one in out & self.intranet.documents.keys() if one.partition("-")[0] in mine}
            if clean
            else (),
        }

    def _out(self) -> set[str]:
        """Ids of all that is to stay out of the search."""
        out = set(self.hidden) | self.all_of.library.below(self.hidden)
        return out.union(*(self.below_hidden(prefix) for prefix in ROOMS.values()))

    def gained(self, before: Standing, moments: list[Truth]) -> list[object]:
        dark = moments[-1].unread.difference(*(one.documents for one in moments))
        return [
            (one, more)
            for one, more in super().gained(before, moments)  # type: ignore[misc]
            if frozenset(more) - (self._seen.get(one, NOBODY) if one in dark else _told_amid(moments, one))
        ]

    def lost(self, before: Standing, moments: list[Truth]) -> list[object]:
        report = self.report
        waits = report is None or report.outcome == "braked" or Code.PEOPLE_WAIT_FOR_SOURCE in report.codes
        if self.doubt and (waits or self._broken):
            return []  # what an older ledger knows of a source is not given until that is read, or a person decided
        return super().lost(before, moments)

    def put_back(self) -> None:
        if not self._ordered:  # of what was ordered since the last run nothing in an intranet tells
            super().put_back()

    def kept(self, truth: Truth, report: Report, *, of_documents: bool) -> list[object]:
        sure = [f"{one}:" for one in self.sources if one not in {OFFICE, LIBRARY} or report.outcome in FINE]
        return [
            (one, over)
            for one, over in super().kept(truth, report, of_documents=of_documents)  # type: ignore[misc]
            if not self.doubt and any(identity.startswith((*sure, "everybody")) for identity in over)
        ]

    def set(self, dice: Random) -> None:
        if some := [one for one in ROOMS if one in self.sources]:
            self.reading = self.readings[dice.choice(some)]
            super().set(dice)

    def break_some(self, dice: Random) -> None:
        if OFFICE not in self.sources or dice.random() < 0.7:
            super().break_some(dice)
            return
        part = dice.choice(["logins", "sessions", "batteries", ""])
        how, times = dice.choice(HOWS), dice.choice([None, 1, 3])
        self.near.wire.add(Fault(lambda call: call.server == "itr" and part in call.path, how, times=times))

    # -- orders -------------------------------------------------------------------------------

    def order(self, dice: Random) -> None:
        self._ordered = True
        super().order(dice)

    def show(self, dice: Random) -> None:
        self._ordered = True
        super().show(dice)

    def prefixes(self) -> list[str]:
        return [PREFIXES[one] for one in ROOMS if one in self.sources]

    def by_room(self) -> bool:
        return any(one.by_room for one in self.readings.values())

    def switch(self, dice: Random) -> None:
        if some := [one for one in ROOMS if one in self.sources]:
            self.reading = self.readings[dice.choice(some)]
            super().switch(dice)
            self.readings[self.reading.source] = self.reading

    async def hide(self, dice: Random, kind: OrderKind = OrderKind.HIDE) -> None:
        self._ordered = True
        kept = self.hidden & self.forgotten
        self.hidden -= kept  # it is never shown again
        try:
            await super().hide(dice, kind)
        finally:
            self.hidden |= kept

    def may_hide(self) -> list[str]:
        some = [
            f"{PREFIXES[one]}-{native}"
            for one in ROOMS
            if one in self.sources
            for native in self.world.items()
        ]
        beside = [one for one in self.intranet.documents if one.startswith(("itr-", "ij-"))]
        return sorted({*some, *beside} - self.forgotten)

    async def forget(self, dice: Random) -> None:
        """Erase a document with all below it, or a person."""
        if self.report is None:
            return
        self._ordered = True
        app, now = self.near.app(), self.near.clock()
        blank = Order(id=f"O{now}", target=self.target, kind=OrderKind.FORGET, subject="", who="kari", at=now)
        person = dice.random() < 0.5
        known = sorted(
            {row.record["Email"] for row in self.intranet.users.values()}
            if person
            else self.intranet.documents
        )
        what = dice.choice(known) if known else ""
        if not what or what in self.forgotten:
            return
        with app.ledger() as ledger:
            app.orders_file().merge(ledger)
            subject = (
                verb._person(app, ledger, blank, what, yes=True)
                if person
                else verb._document(ledger, blank, what, yes=True)
            )
        if subject is None:
            return
        told = await verb._forget(app, self.target, subject)
        assert told["complete"] or person, told
        self.forgotten.add(what)
        if person:
            self._forgotten_keys |= {key.rpartition("/")[2] for _, key in subject.keys}
        else:
            self.hidden.add(what)

    # -- the end ------------------------------------------------------------------------------

    async def end(self) -> None:
        self.read_every_room()
        for _ in range(3):  # what a library lacks is believed once a second export lacks it
            self.all_of.library.export()
            await self.run("delta")
            self.near.clock.pass_seconds(DAY_S)
        if self.doubt:
            await self.run("full")
        await super().end()

    def is_to_decide(self, report: Report) -> bool:
        return super().is_to_decide(report) or Code.SOURCE_UNNAMED in report.codes

    def read_every_room(self) -> None:
        for one in ROOMS:
            if one in self.sources:
                self.near.values[f"sources.{one}.rooms"] = ["*"]

    def all_is_as_shown(self) -> None:
        truth, standing = self.truth(), standing_of(self.intranet)
        mine = tuple(f"{one}:" for one in self.sources)
        found = {
            one: has
            for one, has in standing.documents.items()
            if one in truth.wanted or one not in truth.unread
        }
        wanted = {one: truth.documents[one] for one in truth.wanted}
        told = self.target, self.report and (self.report.outcome, self.report.reasons)
        assert not (wrong := differ(found, wanted)), (wrong, told)
        people = {
            address: frozenset(one for one in has if one.startswith(mine))
            for address, has in standing.people.items()
        }
        people = {address: has for address, has in people.items() if has}
        asked = but(truth.people, truth.shared)
        if (
            self.doubted and truth.shared
        ):  # whom the ledger does not know stays until a session is ended, which that keeps open
            people = {address: has for address, has in people.items() if address in asked}
        assert not (wrong := differ(but(people, truth.shared), asked)), (wrong, told)


def _told_amid(moments: list[Truth], address: str) -> Identities:
    """What a person was given at any moment of a run in which that changed."""
    return NOBODY.union(*(one.people.get(address, NOBODY) for one in moments)) if len(moments) > 2 else NOBODY


class Ears:
    """What every source told of people, for one intranet."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._rooms = {one: Heard(part.near, one) for one in ROOMS}
        self._now: list[dict[str, Identities]] = []
        """What an office and a library say, at moments of this run."""
        self._before: list[dict[str, Identities]] = []
        self._sure = False

    def begin(self) -> None:
        """Another run."""
        self._before = self._now if self._sure and self._now else [*self._before, *self._now]
        self._now, self._sure = [], True
        for one in self._rooms.values():
            one.begin()
        self._listen(LIBRARY)

    def hear(self, call: Call, *, for_sure: bool) -> None:
        """Take what is told now."""
        self._sure = self._sure and for_sure
        mine = [one for one in ROOMS if one in self._part.sources]
        for one in mine:
            self._rooms[one].hear(call, for_sure=for_sure and len(mine) == 1)
        if call.server == "itr":
            self._listen(OFFICE)

    def _listen(self, source: str) -> None:
        if source in self._part.sources:
            people = self._part._truth_of(source).people
            if people not in self._now:
                self._now.append(people)

    def may_have(self, address: str) -> Identities:
        """What somebody with this address was said to be and to belong to."""
        told = [*self._now, *self._before]
        return NOBODY.union(
            *(one.may_have(address) for one in self._rooms.values()),
            *(one.get(address, NOBODY) for one in told),
        )
