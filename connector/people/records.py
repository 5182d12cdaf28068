"""
People's identities on their way to the target: shorter lists first, longer ones last.

One record per person: its identities are the union of what the sources say, as far as the ledger knows; a
source that was not read keeps its share. What is to happen to each record is decided in `people_plan`; who would lose
everything meets the brake here, as documents do, and is held by name when too many would. In a full run everybody is
pushed again in a session of their own, which passes the gate of the documents' session.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from connector.errors import TargetUnavailable
from connector.ledger.people import Lost, People, Record
from connector.people.asking import Asking
from connector.people.plan import (
    NOBODY,
    Act,
    Said,
    Step,
    doubted,
    due,
    first,
    last,
    loses,
    others,
    say,
    turns,
)
from connector.people.sending import Sending, Wanted
from connector.plan import findings
from connector.plan.brake import Brake, Limits, Share
from connector.plan.findings import HoldReason
from connector.plan.report import FIRST_HELD, Held, Report
from connector.ports.matching import Matching, record_id
from connector.ports.source import Peopled, Source
from connector.ports.target import Target
from connector.session.gate import Gate
from connector.session.session import RunSession

DAY_S = 86_400.0
UNKNOWN_SHOWN = 1_000
NAMED_IN_REASONS = 3


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What else became of the run whose people are pushed."""

    absent: int = 0
    """Sources of the target that could not be read."""
    incomplete: int = 0
    """Rooms that were not listed to the end, and rooms whose lists of people are unknown."""
    unseen: int = 0
    """Sources of which no room was listed."""
    unknowing: int = 0
    """Sources of which the intranet may have seen more than this ledger."""
    noted: int = 0
    """Records that the rooms' notes tell of, without what was removed since."""


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What a run wants of its people, as plain values."""

    run: int
    thorough: bool
    whole: bool
    """Whether everybody is pushed again."""
    sessions: bool
    matching: Matching
    batch: int
    settle_s: float
    limits: Limits
    audience_max_age_s: float
    every_s: float = 900.0
    """Pause between two turns; 0: people have no turns of their own."""
    max_age_s: float = 7_200.0
    """So old may memberships get."""
    effects_run: int = 0
    """The run to which what is held and removed belongs, where that is the next one."""


class PeopleSync:
    """The people of one target in one run."""

    def __init__(
        self,
        people: People,
        target: Target,
        report: Report,
        session: RunSession,
        wishes: Wishes,
        *,
        clock: Callable[[], float],
        still_ours: Callable[[], None],
    ) -> None:
        self.unclear = False
        """Whether a shorter list may or may not have arrived."""
        self._people = people
        self._report = report
        self._session = session
        self._wishes = wishes
        self._run = wishes.run
        self._effects_run = wishes.effects_run or wishes.run
        self._clock = clock
        self._still_ours = still_ours
        self._approved = 0
        """The run whose held people may go."""
        self._disputed = 0
        self._doubting: frozenset[str] = frozenset()
        """Sources that themselves wait where many people are missing at once."""
        self._asking = Asking(
            people, wishes.matching, run=wishes.run, max_age_s=wishes.audience_max_age_s, clock=clock
        )
        self._sending = Sending(
            people, target, report, batch=wishes.batch, settle_s=wishes.settle_s, clock=clock
        )

    def decide(self, *, approve: int, keep: int) -> None:
        """Heed what a person decided about who was held up to a run."""
        self._approved = approve
        if keep:
            self._people.keep(up_to_run=keep)

    # -- first: shorter lists -----------------------------------------------------------------

    async def shorten(self, sources: Sequence[Source]) -> None:
        """Ask again for the people whose turn it is; what they lose is taken from them before anything else is sent."""
        self._people.lose_open(until=self._clock() + self._wishes.settle_s)
        self._people.forget_settled(now=self._clock())
        named = [source for source in sources if isinstance(source, Peopled)]
        self._doubting = frozenset(
            one.name for one in sources if isinstance(one, Peopled) and one.doubts_absence
        )
        held = self._people.keys_of([one.address for one in self._people.held()])
        for source in named:
            if self._wishes.thorough:
                await self._asking.everybody(source)
            else:
                late = [*held.get(source.name, []), *self._late(source.name)]
                await self._asking.turn(source, late=late)
        await self._asking.settle_disputes(sources)
        await self.take()

    async def turn(self, sources: Sequence[Source]) -> None:
        """Ask for whoever would get too old until the next turn, and for the longest unasked; what they lose is taken at once."""
        held = self._people.keys_of([one.address for one in self._people.held()])
        for source in sources:
            if isinstance(source, Peopled):
                wishes, name = self._wishes, source.name
                source.renew_people()
                most = turns(self._people.count(name), every_s=wishes.every_s, max_age_s=wishes.max_age_s)
                late = [*held.get(name, []), *self._late(name)]
                await self._asking.these(source, due(late, self._people.longest_ago(name, most), most=most))
        await self.take()

    def _late(self, source: str) -> list[str]:
        """Who would be too old at the turn after the next one, should that be late."""
        wishes, now = self._wishes, self._clock()
        return self._people.unasked_since(source, now - wishes.max_age_s + 2 * wishes.every_s, now=now)

    def must_be_clear(self) -> None:
        """
        Raises:
            TargetUnavailable: it is not clear that people lost what they were to lose, so nothing else is sent.
        """
        if self.unclear:
            raise TargetUnavailable(
                "The intranet does not say whether people's shorter lists of identities arrived, so nothing else is sent; "
                "the next run tries again"
            )

    async def take(self) -> None:
        """Take from people what they have too much; who would lose everything meets the brake first."""
        self._weigh()
        shorter: list[tuple[Wanted, bool, bool]] = []
        gone: list[Lost] = []
        refused: list[tuple[Record, bool]] = []
        for record, said in self._standing():
            act = first(record, said)
            losing = loses(record, act)
            approved = self._is_approved(record, said)
            if record.held_run is not None and losing and not approved:
                continue
            if act.step is Step.REMOVE:
                gone.append(
                    Lost(id=record.id, address=record.address, whole=True, approved=approved, why="gone")
                )
            elif act.step is Step.SHORTEN:
                shorter.append(((record.id, record.address, act.identities), losing, approved))
                if len(shorter) >= self._sending.batch:
                    refused += await self._shorten(shorter)
                    shorter.clear()
        refused += await self._shorten(shorter)
        await self._remove(gone)
        await self._shut_out(refused)

    def _standing(self) -> Iterator[tuple[Record, Said]]:
        """Walk the records that may differ from what the sources say of their addresses, each with that."""
        for page in self._people.pages(changed=True):
            named = self._people.named([record.address for record in page])
            for record in page:
                yield record, say(named.get(record.address, ()), run=self._run)

    def _is_approved(self, record: Record, said: Said) -> bool:
        """A person approved that she goes, and she was asked for at this moment."""
        return record.held_run is not None and record.held_run <= self._approved and bool(said.asked)

    def _weigh(self) -> None:
        """Hold by name who would lose everything, where too many would; let go who does not lose it any more."""
        going = single = alone = 0
        free: list[str] = []
        for record, said in self._standing():
            act = first(record, said)
            if loses(record, act):
                going += record.held_run is None
                single += record.held_run is None and bool(said.asked - self._doubting)
                alone += not others(record.may)
            elif record.held_why == HoldReason.PERSON or (
                record.held_run is not None and act.step is Step.KEEP
            ):
                free.append(record.id)
        self._people.release(free)
        asked = self._people.asked_with_something_to_lose(self._run, besides=self._doubting) if going else 0
        words = self._judge(going, standing=self._people.standing(), single=single, asked=asked + alone)
        if not words:
            return
        ids = [
            record.id
            for record, said in self._standing()
            if record.held_run is None and loses(record, first(record, said))
        ]
        self._hold(ids, HoldReason.PERSON, f"{words}. They keep what they have.")

    def _judge(self, going: int, *, standing: int, single: int = 0, asked: int = 0) -> str:
        """
        Ask the brake, and whether a source can be believed; says why they must wait, nothing where all may go.

        Args:
            single: of them, those of whom a single answer tells it.
            asked: who was asked for so, and has something to lose.
        """
        lately = self._people.lost_since(self._clock() - DAY_S)
        brake = Brake(self._wishes.limits, standing={Share(): standing}, lately={Share(): lately})
        braking = brake.judge({Share(): going})
        if braking.stops:
            return findings.braked(braking, noun="person", plural="people", verb="left with nothing")
        ratio = self._wishes.limits.max_delete_ratio
        if not doubted(going=single, lately=lately, asked=asked, ratio=ratio):
            return ""
        lost = f", {lately} of the last 24 hours among them" if lately else ""
        return (
            f"{single + lately} of {findings.counted(asked + lately, 'person', 'people')} asked for would be left with nothing"
            f"{lost}: that many at once are no proof that their source tells the truth"
        )

    def _hold(self, ids: Sequence[str], why: str, words: str) -> None:
        self._people.hold([(identifier, why) for identifier in ids], run=self._effects_run)
        self._report.braked = True
        self._report.say(f"{words} {self._report.how_to_decide}")

    async def _shorten(self, batch: Sequence[tuple[Wanted, bool, bool]]) -> list[tuple[Record, bool]]:
        """Push shorter lists; gives whom the intranet refuses or finds no more, and whether that was approved."""
        answered = await self._sending.push([wanted for wanted, _, _ in batch])
        self.unclear = self.unclear or bool(answered.unanswered)
        accepted = set(answered.accepted)
        self._people.count_lost(
            [
                Lost(id=identifier, address=address, whole=False, approved=approved, why="no groups")
                for (identifier, address, _), losing, approved in batch
                if losing and identifier in accepted
            ],
            run=self._effects_run,
            now=self._clock(),
        )
        self._people.release([wanted[0] for wanted, _, _ in batch if wanted[0] in accepted])
        approvals = {wanted[0]: approved for wanted, _, approved in batch}
        return [
            (record, approvals[identifier])
            for identifier, record in answered.unconfirmed.items()
            if record is not None
        ]

    async def _shut_out(self, refused: Sequence[tuple[Record, bool]]) -> None:
        """Take out the records that the intranet takes no shorter list for: they would keep the longer one."""
        new = [record for record, approved in refused if record.held_run is None and not approved]
        words = self._judge(len(new), standing=self._people.standing())
        if words:
            self._hold(
                [record.id for record in new],
                HoldReason.PERSON_REFUSED,
                f"{words}: the intranet refuses them with fewer identities, or does not find them. They keep what they have.",
            )
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
            self._sending.unsettled = max(0, self._sending.unsettled - len(lost))
            repeated = max(record.refused for record, _ in refused) + 1
            again = f" ({repeated} runs in a row)" if repeated > 1 else ""
            self._report.withhold(
                f"{len(lost)} person(s) whom Interact refuses with fewer identities, or does not find, were taken out of it{again}: "
                "each of them finds nothing with restricted access until Interact takes the record again"
            )

    async def _remove(self, lost: Sequence[Lost]) -> None:
        unanswered = await self._sending.remove(lost, run=self._effects_run, still_ours=self._still_ours)
        self.unclear = self.unclear or bool(unanswered)

    # -- last: longer lists -------------------------------------------------------------------

    async def meet(self, sources: Sequence[Source]) -> None:
        """Ask for everybody whom the sources met in this run and nobody knew."""
        for source in sources:
            if isinstance(source, Peopled):
                await self._asking.met(source)

    async def complete(self, sources: Sequence[Source], around: Around) -> bool:
        """
        Push everybody who is new or may see more; in a full run everybody, in a session.

        Returns:
            Whether the session was ended, so that what the rooms' notes tell of people is settled.
        """
        await self.meet(sources)
        await self._asking.settle_disputes(sources)
        # a ledger that had nobody in a session yet cannot tell whom the intranet knows besides
        knows = self._people.any_session()
        opened = self._wishes.sessions and await self._session.begin(settle_s=self._wishes.settle_s)
        if opened:
            self._sending.session_run = self._run
        await self.give(around, whole=self._wishes.whole)
        ended = opened and await self._end(around, knows=knows)
        if unread := self._asking.unread:
            self._report.withhold(
                f"{unread} person(s) could not be asked for; they keep the identities they have"
            )
        return ended

    async def give(self, around: Around, *, whole: bool = False) -> None:
        """
        Push who may see more, or is new.

        Args:
            whole: whether everybody is pushed again.
        """
        self._disputed = 0
        # whoever a ledger in doubt does not know by all sources may have more in the intranet than this run can tell
        guesses = bool(around.unknowing and (around.absent or around.incomplete))
        batch: list[Wanted] = []
        now = self._clock()
        for wanted in self._kept() if whole else ():
            batch.append(wanted)
            if len(batch) >= self._sending.batch:
                await self._sending.push(batch)
                batch.clear()
        pages = self._people.addresses() if whole else self._people.unsettled_addresses(record_id)
        for page in pages:
            records = self._people.records([record_id(address) for address in page])
            named = self._people.named(page)
            for address in page:
                record = records.get(record_id(address))
                act = self._last(address, record, say(named[address], run=self._run), whole=whole, now=now)
                if act.step is not Step.PUSH or guesses:
                    continue
                batch.append((record_id(address), address, act.identities))
                if len(batch) >= self._sending.batch:
                    await self._sending.push(batch)
                    batch.clear()
        await self._sending.push(batch)

    def _last(self, address: str, record: Record | None, said: Said, *, whole: bool, now: float) -> Act:
        if said.disputed:
            self._disputed += 1
            if self._disputed <= NAMED_IN_REASONS:
                self._report.withhold(
                    f"two people of {', '.join(said.disputed)} have the address {self._report.called(address, '')}: neither of them "
                    "is given anything more. Look at targets.NAME.people.domains, or mend it in the source"
                )
        if record is not None and record.held_run is not None:
            return Act(Step.KEEP)
        return last(record, said, whole=whole, now=now)

    def _kept(self) -> Iterator[Wanted]:
        """Who is held, with what the intranet has of her; where that is not clear, what it may have is not given to her."""
        for page in self._people.pages(held=True):
            named = self._people.named([record.address for record in page])
            for record in page:
                said = say(named[record.address], run=self._run) if record.address in named else NOBODY
                if record.sent and not said.disputed and not said.waits:
                    yield record.id, record.address, record.sent

    # -- the end ------------------------------------------------------------------------------

    async def _end(self, around: Around, *, knows: bool) -> bool:
        """Pass the gate or withhold: nobody may lose what she finds because something was not read."""
        accepted = self._people.accepted(self._run)
        predicted = max(around.noted - accepted, 0)
        standing = max(self._people.accepted(), around.noted)
        words = self._judge(predicted, standing=standing, single=predicted, asked=standing)
        reasons = self._session.may_end(
            Gate(
                incomplete=around.incomplete + around.absent,
                unseen=around.unseen,
                unknown=around.unknowing,
                not_accepted=self._people.not_accepted(self._run),
                suspects=self._disputed,
                held=sum(self._people.held_counts().values()),
                predicted_removals=predicted,
                removals_allowed=predicted,
                braked=bool(words),
                unsettled=self._sending.unsettled,
                unread=self._asking.unread,
            )
        )
        if reasons:
            self._report.withhold("the session for people was not ended: " + "; ".join(reasons))
            if words and len(reasons) == 1:
                self._session.brake()
                self._report.braked = True
                self._report.say(f"{words}. {self._report.how_to_decide}")
            return False
        if not knows:
            self._session.leave()
            return False
        removed = await self._session.end()
        if removed is None:
            return False
        self._people.count_lost(
            [Lost(id="", address="", whole=True, approved=False, why="not pushed again")]
            * min(removed, self._wishes.limits.max_deletes + 1),
            run=self._run,
            now=self._clock(),
        )
        self._report.people.removed += removed
        return True

    def tell(self) -> None:
        """Say who is held and whom the intranet does not know."""
        told = self._report.people
        told.unknown = self._people.unknown(UNKNOWN_SHOWN)
        oldest = self._people.oldest_told()
        told.oldest_h = None if oldest is None else round(max(0.0, self._clock() - oldest) / 3600, 2)
        for (why, kept), count in sorted(self._people.held_counts().items()):
            told.held += count
            if not kept:
                self._report.braked = True
                self._report.say(
                    f"{findings.counted(count, 'person is', 'people are')} held: each {findings.held(why)}"
                )
        if told.held:
            self._report.held += [
                Held(one.id, one.address, findings.held(one.held_why), kind="person")
                for one in self._people.held(limit=FIRST_HELD)
            ]
