"""
Several intranets that are filled by one connector with one ledger, from rooms (read by two sources), an office and a library.

Beside what `sight` looks at in each of them: a run of one touches no other; sources are pointed at another intranet, or taken out of
the settings and put back, and so is an intranet with all its sources; documents and people are forgotten, and stay out of the one
intranet in which they are.
"""

from __future__ import annotations

import asyncio
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
from connector.sandbox.faults import RESET_BEFORE, Call, Fault
from connector.sandbox.interact import InteractWorld
from tests import ledgers
from tests.model.sight import DAY_S, HOWS, Changes, Sight, but
from tests.model.sight_beside import LIBRARY, OFFICE, Library, Office
from tests.model.sight_truth import NOBODY, Heard, Identities, Reading, Standing, Truth, standing_of, truth_of
from tests.model.sight_world import World
from tests.neighbourhood import Neighbourhood

FINE = ("succeeded", "quarantined")
NORTH, SOUTH = "intranet", "south"
ROOMS = {"interaxo": "ix", "rooms": "ro"}
"""Sources that read the same rooms, with their prefixes."""
PREFIXES = {**ROOMS, OFFICE: "itr", LIBRARY: "ij"}


class Several:
    """Every intranet, and where each source goes."""

    def __init__(
        self, near: Neighbourhood, world: World, office: Office, library: Library, south: Mapping[str, Any]
    ) -> None:
        self.near, self.world, self.office, self.library = near, world, office, library
        self.away: dict[str, dict[str, Any]] = {}
        """Settings of what is taken out of them, by source, or by target with all its sources."""
        near.values |= south
        near.values |= {
            key.replace(".interaxo.", ".rooms.", 1): value
            for key, value in near.values.items()
            if key.startswith("sources.interaxo.")
        }
        near.values["sources.rooms.id_prefix"] = "ro"
        self.sights: dict[str, Part] = {}

    def goes_to(self, source: str) -> str:
        """The target of a source; empty where the settings have it not."""
        return str(self.near.values.get(f"sources.{source}.target", ""))

    def sources_of(self, target: str) -> list[str]:
        """What fills a target."""
        return [one for one in PREFIXES if self.goes_to(one) == target]

    def targets(self) -> list[str]:
        """Those that the settings have."""
        return [one for one in self.sights if one not in self.away]

    def point(self, dice: Random) -> None:
        """A source goes to another intranet from now on, is taken out of the settings, or is there again."""
        source = dice.choice([*PREFIXES])
        if source in self.away:
            self._back(source)
        where = dice.choice([*self.targets(), ""])
        if self.goes_to(source) and where:
            self.near.values[f"sources.{source}.target"] = where
        elif (
            self.goes_to(source) and len(list(filter(self.goes_to, PREFIXES))) > 1
        ):  # settings have one at least
            self._away(source, [f"sources.{source}."])

    def take_target(self, dice: Random) -> None:
        """An intranet is taken out of the settings with all its sources, or is there again."""
        if SOUTH in self.away:
            self._back(SOUTH)
            return
        own = [f"sources.{one}." for one in self.sources_of(SOUTH)]
        if not self.sources_of(NORTH):
            return  # settings have one source at least
        self._away(SOUTH, [f"targets.{SOUTH}.", *own])

    def _away(self, name: str, prefixes: list[str]) -> None:
        values = self.near.values
        self.away[name] = {key: values[key] for key in values if key.startswith(tuple(prefixes))}
        for key in self.away[name]:
            del values[key]

    def _back(self, name: str) -> None:
        kept = self.away.pop(name)
        if (target := kept.get(f"sources.{name}.target")) and target not in self.targets():
            kept[f"sources.{name}.target"] = NORTH
        self.near.values |= kept

    async def side_by_side(self, dice: Random) -> None:
        """Each intranet has its run at the same time, or one has while something is forgotten or hidden in the other."""
        parts = [self.sights[one] for one in self.targets()]
        dice.shuffle(parts)
        for one in parts:
            one.begin()
        ears = Fault(
            lambda call: [one.heard.hear(call, for_sure=False) for one in parts] == [],
            RESET_BEFORE,
            times=None,
        )
        self.near.wire.faults.insert(0, ears)
        works = [parts[0].go(dice.choice(["delta", "full", "people"]))]
        if len(parts) > 1:
            mode = dice.choice(["delta", "full"])
            works.append(
                dice.choice(
                    [lambda: parts[1].go(mode), lambda: parts[1].forget(dice), lambda: parts[1].hide(dice)]
                )()
            )
        await asyncio.gather(*works)
        self.near.wire.faults.clear()
        for one in parts:
            one.look()

    def keep_ledger(self) -> None:
        """Take a backup of the ledger; where there is one, put it back."""
        backup = self.near.folder / "backup.db"
        if not ledgers.is_there(self.near.folder):
            return
        if not backup.exists():
            ledgers.copy(self.near.folder, backup)
            return
        ledgers.put_back(self.near.folder, backup)
        backup.unlink()
        self._doubt()

    def lose_ledger(self) -> None:
        """Nothing is known any more but what stands in the intranets."""
        ledgers.lose(self.near.folder)
        self._doubt()

    def _doubt(self) -> None:
        for one in self.sights.values():
            one.doubt = one.doubted = True
            one.report = None

    async def end(self) -> None:
        """Everybody finds in each intranet what its sources show."""
        if SOUTH in self.away:
            self._back(SOUTH)
        self.world.show_rooms(Random(0))
        for one in self.sights.values():
            await one.end()


class Part(Sight):
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
        self._seen: dict[str, Identities] = {}
        """Readers that each document ever had here."""
        self._broken = False
        self._ordered = False
        self.doubt = False
        """Whether the ledger was lost or put back, and no full run went well since."""
        self.doubted = False
        """Whether it ever was."""
        self._forgotten_keys: set[str] = set()
        self.forgotten: set[str] = set()
        """Ids of documents, and addresses."""

    @property
    def sources(self) -> list[str]:
        """What fills it now."""
        return self.all_of.sources_of(self.target)

    def truth(self) -> Truth:
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

    async def go(self, mode: str) -> None:
        """Do one run."""
        app = self.near.app()
        self.report = (
            await app.take_turn(self.target)
            if mode == "people"
            else await app.run(self.target, app.options(self.target, Mode(mode)))
        )

    def look(self) -> None:
        """See what became of everybody."""
        before, truth, deletions = self._before
        moments, removed = [truth, self.truth()], {one.id for one in self.intranet.deletions[deletions:]}
        self._broken = False
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

    def remember(self) -> None:
        """Note whom each document was open to."""
        for one, readers in standing_of(self.intranet).documents.items():
            self._seen[one] = self._seen.get(one, NOBODY) | readers

    # -- runs ---------------------------------------------------------------------------------

    async def _watched(
        self, mode: str, work: Coroutine[Any, Any, Report | None], changes: Changes, *, broken: bool
    ) -> None:
        others = {one.target: one.intranet.calls for one in self.all_of.sights.values() if one is not self}
        self._broken = broken
        await super()._watched(mode, work, changes, broken=broken)
        self._ordered = self._ordered and broken
        if self.report is not None and mode == "full" and self.report.outcome in FINE:
            self.doubt = False
        self.remember()
        after = {one.target: one.intranet.calls for one in self.all_of.sights.values() if one is not self}
        assert after == others, "a run of one intranet has called another"

    def more_wrong(
        self, before: Standing, moments: list[Truth], removed: set[str]
    ) -> dict[str, Collection[object]]:
        out, mine = self._out(), {PREFIXES[one] for one in self.sources}
        ordered = {one.partition("-")[0] for one in self.hidden}
        clean = not self._broken and not self.doubt and len(moments) == 2 and self.report is not None
        return {
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
            "shown": out & self.intranet.documents.keys() if clean else (),
        }

    def _out(self) -> set[str]:
        """Ids of all that is to stay out of the search."""
        out = set(self.hidden) | self.all_of.library.below(self.hidden)
        return out.union(*(self.below_hidden(prefix) for prefix in ROOMS.values()))

    def gained(self, before: Standing, moments: list[Truth]) -> list[object]:
        dark = frozenset.intersection(*(one.unread for one in moments))
        return [
            (one, more)
            for one, more in super().gained(before, moments)  # type: ignore[misc]
            if one not in dark or frozenset(more) - self._seen.get(one, NOBODY)
        ]

    def lost(self, before: Standing, moments: list[Truth]) -> list[object]:
        if self.doubt and self.report is not None and self.report.outcome == "braked":
            return []  # what an older ledger knows counts until a person decides on what is shown to more than that
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
            subject = (verb._person if person else verb._document)(app, ledger, blank, what, yes=True)
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
        assert not (wrong := _differ(found, wanted)), (wrong, told)
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
        assert not (wrong := _differ(but(people, truth.shared), asked)), (wrong, told)


def _differ(found: Mapping[str, Identities], wanted: Mapping[str, Identities]) -> dict[str, object]:
    """What is found otherwise than it is wanted: readers that are there, and that should be."""
    return {
        one: (sorted(found.get(one, ["none"])), sorted(wanted.get(one, ["none"])))
        for one in found.keys() | wanted.keys()
        if found.get(one) != wanted.get(one)
    }


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
