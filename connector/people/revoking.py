"""
Identities that people no longer have are taken from them before anything else is sent. Where too many people would lose everything, or
everything of one source, the brake decides first.

Whoever the brake stops is held by name and loses only the rest. A person for whom the intranet accepts no shorter list is removed from it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from typing import NamedTuple

from connector.engine.batched import batched
from connector.errors import TargetUnavailable
from connector.ledger.people import Lost, People, Record
from connector.people.loss_brake import Judgement, Losing, OfAsked, judge
from connector.people.plan import (
    Act,
    Said,
    Step,
    combine,
    groups_of,
    plan_in_doubt,
    plan_revoking,
    spare,
    takes_all_of,
)
from connector.people.sending import Sending, Wanted
from connector.plan.context import Run
from connector.plan.findings import Code, HoldReason
from connector.plan.tally import Sheet


class _Shorter(NamedTuple):
    """A shorter list that is to be sent."""

    wanted: Wanted
    losing: bool
    """Whether she loses everything by it, or all that she finds of a source."""
    approved: bool
    waits: bool
    """Whether she stays on hold: what is doubted is not taken."""

    @property
    def id(self) -> str:
        """Of the record."""
        return self.wanted[0]


class _Going:
    """Who would lose everything, or all of a source, by what a run, or one turn of people, was told."""

    def __init__(self) -> None:
        self.single = 0
        """Of whom a single answer tells it."""
        self.of_source = Counter[str]()
        """The same by source."""
        self.uncounted = 0
        """People whom the ledger does not count as asked for with something to lose."""
        self.unasked = Counter[str]()
        """The same by source."""

    def add(self, record: Record, lost: Set[str], asked: Set[str], *, counts: bool) -> None:
        """
        Take one more.

        Args:
            lost: sources of which she loses all.
            asked: sources that told of her.
            counts: whether a single answer tells it, and she is not on hold.
        """
        has_groups = bool(groups_of(record.may))
        self.unasked.update(lost - asked if has_groups else lost)
        # nobody is asked for by an address that all sources stopped to tell
        self.uncounted += not (has_groups and asked)
        if counts:
            self.of_source.update(lost)
            self.single += 1


class Revoking:
    """What is taken from the people of one target in one run."""

    def __init__(self, run: Run, people: People, sending: Sending, sheet: Sheet, *, lasted: Set[str]) -> None:
        """
        Args:
            lasted: addresses of those whose absence their source itself doubted, until it lasted; more come while it is read.
        """
        self.approved = 0
        """The run whose held people may go."""
        self.again: frozenset[str] = frozenset()
        """Ids of the records that lost all but a person's own identity before, which an intranet that was put back gave them again."""
        self.in_doubt = False
        """Whether the intranet may have seen more than the ledger, which was put back."""
        self.given_up: frozenset[str] = frozenset()
        """Sources of which nothing is left to be found, so that nobody loses anything of them."""
        self._unclear = False
        """Whether a shorter list may or may not have arrived."""
        self._run = run
        self._people = people
        self._sending = sending
        self._sheet = sheet
        self._lasted = lasted

    def must_be_clear(self) -> None:
        """
        Raises:
            TargetUnavailable: it is not clear that people lost what they were to lose, so nothing else is sent.
        """
        if self._unclear:
            raise TargetUnavailable(
                "Interact did not confirm that some people lost identities, so nothing else was sent. The next run tries again"
            )

    async def take(self, *, since: float = 0.0) -> None:
        """
        Take from people what they have too much; who would lose everything meets the brake first.

        Args:
            since: when this turn of people began; 0: it is none. What was told in it must be believed by itself, too.
        """
        self._weigh(since)
        shorter: list[_Shorter] = []
        gone: list[Lost] = []
        refused: list[tuple[Record, bool]] = []
        for record, said in self._standing():
            act = plan_revoking(record, said)
            lost = self._loses(record, said, act)
            losing, approved = bool(lost), self._is_approved(record, said)
            waits = record.held_run is not None and losing and not approved
            if waits:
                act = spare(record, said, lost)
            if act.step is Step.REMOVE:
                # who is given others at the end of the run does not count as lost
                why, passed = ("gone", approved) if losing else ("other groups", True)
                gone.append(Lost(id=record.id, address=record.address, whole=True, approved=passed, why=why))
            elif act.step is Step.SHORTEN:
                wanted = record.id, record.address, act.identities
                shorter.append(_Shorter(wanted, losing and not waits, approved, waits))
                if len(shorter) >= self._sending.batch:
                    refused += await self._shorten(shorter)
                    shorter.clear()
        refused += await self._shorten(shorter)
        await self._remove(gone)
        await self._shut_out(refused)
        if self.in_doubt:
            await self._shorten_in_doubt()
            self.in_doubt = False

    async def _shorten_in_doubt(self) -> None:
        """Whoever is refused, or not answered for, keeps what she has, and holds up nothing: nothing tells that it is too much."""
        for page in self._people.pages():
            named = self._people.named([record.address for record in page])
            wanted: list[Wanted] = []
            for record in page:
                act = plan_in_doubt(record, combine(named.get(record.address, ()), run=self._run.number))
                if act.step is Step.SHORTEN and record.held_run is None:
                    wanted.append((record.id, record.address, act.identities))
            for batch in batched(wanted, self._sending.batch):
                await self._sending.push(batch)

    def _standing(self, since: float = 0.0) -> Iterator[tuple[Record, Said]]:
        """Walk the records that may differ from what the sources say of their addresses, each with that."""
        for page in self._people.pages(changed=True):
            named = self._people.named([record.address for record in page])
            for record in page:
                said = combine(named.get(record.address, ()), run=self._run.number, since=since)
                yield record, said

    def _loses(self, record: Record, said: Said, act: Act) -> frozenset[str]:
        """The sources of which a person loses all that she finds, and has not lost it before."""
        if act.step is Step.SHORTEN and record.id in self.again:
            return frozenset()
        return takes_all_of(record, said, act) - self.given_up

    def _is_approved(self, record: Record, said: Said) -> bool:
        """A person approved that she goes, and she was asked for at this moment; an address that nobody has any more, nobody is asked for."""
        decided = record.held_run is not None and record.held_run <= self.approved
        return decided and (bool(said.asked) or said.nameless)

    def _weigh(self, since: float) -> None:
        """Hold by name who would lose everything, or all of a source, where too many would; let go who does not lose it any more."""
        going, in_run, in_turn = 0, _Going(), _Going()
        free: list[str] = []
        for record, said in self._standing(since):
            act = plan_revoking(record, said)
            if lost := self._loses(record, said, act):
                going += record.held_run is None
                counts = record.held_run is None and record.address not in self._lasted
                in_run.add(record, lost, said.asked, counts=counts)
                if since and (said.fresh or said.nameless):
                    in_turn.add(record, lost, said.fresh, counts=counts)
            elif record.held_why == HoldReason.PERSON or (
                record.held_run is not None and act.step is Step.KEEP
            ):
                free.append(record.id)
        self._people.release(free)
        of_run = self._of_asked(in_run, since=0.0)
        losing = Losing(
            going=going,
            standing=self._people.standing(),
            single=of_run.going,
            asked=of_run.asked,
            turn=self._of_asked(in_turn, since=since),
            sources=[*self._of_sources(in_run, since=0.0), *self._of_sources(in_turn, since=since)],
        )
        judgement = judge(self._run, self._people, losing)
        if judgement is None:
            return
        ids = [
            record.id
            for record, said in self._standing()
            if record.held_run is None and self._loses(record, said, plan_revoking(record, said))
        ]
        self._hold(ids, HoldReason.PERSON, Code.PEOPLE_BRAKED, judgement)

    def _of_asked(self, going: _Going, *, since: float) -> OfAsked:
        asked = (
            self._people.asked_with_something_to_lose(self._run.number, since=since) if going.single else 0
        )
        return OfAsked(going.single, asked + going.uncounted)

    def _of_sources(self, going: _Going, *, since: float) -> Iterator[OfAsked]:
        for source, count in going.of_source.items():
            asked = self._people.asked_in(source, self._run.number, since=since)
            yield OfAsked(count, asked + going.unasked[source])

    async def _shorten(self, batch: Sequence[_Shorter]) -> list[tuple[Record, bool]]:
        """Push shorter lists; gives whom the intranet refuses or finds no more, and whether that was approved."""
        answered = await self._sending.push([one.wanted for one in batch])
        self._unclear = self._unclear or bool(answered.unanswered)
        accepted = set(answered.accepted)
        self._people.count_lost(
            [
                Lost(id=one.id, address=one.wanted[1], whole=False, approved=one.approved, why="no groups")
                for one in batch
                if one.losing and one.id in accepted
            ],
            run=self._run.effects,
            now=self._run.now(),
        )
        self._people.release([one.id for one in batch if one.id in accepted and not one.waits])
        approvals = {one.id: one.approved for one in batch}
        return [
            (record, approvals[identifier])
            for identifier, record in answered.unconfirmed.items()
            if record is not None
        ]

    async def _shut_out(self, refused: Sequence[tuple[Record, bool]]) -> None:
        """Take out the records that the intranet takes no shorter list for: they would keep the longer one."""
        new = [record for record, approved in refused if record.held_run is None and not approved]
        judgement = judge(self._run, self._people, Losing(going=len(new), standing=self._people.standing()))
        if judgement is not None:
            ids = [record.id for record in new]
            self._hold(ids, HoldReason.PERSON_REFUSED, Code.PEOPLE_REFUSED_BRAKED, judgement)
            new = []
        lost = [
            Lost(id=record.id, address=record.address, whole=True, approved=False, why="refused")
            for record in new
        ]
        lost += [
            Lost(id=record.id, address=record.address, whole=True, approved=True, why="refused")
            for record, approved in refused
            if approved
        ]
        if lost:
            await self._remove(lost)
            repeated = max(record.refused for record, _ in refused) + 1
            self._sheet.tell(Code.PEOPLE_TAKEN_OUT, count=len(lost), runs=repeated)

    def _hold(self, ids: Sequence[str], why: HoldReason, code: Code, judgement: Judgement) -> None:
        self._people.hold([(identifier, why) for identifier in ids], run=self._run.effects)
        self._sheet.tell(code, **judgement.values)

    async def _remove(self, lost: Sequence[Lost]) -> None:
        left = await self._sending.remove(lost, run=self._run.effects)
        self._unclear = self._unclear or bool(left.unanswered)
