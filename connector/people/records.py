"""
People's identities on their way to the target: shorter lists first, longer ones last.

One record per person: its identities are the union of what the sources say, as far as the ledger knows; a
source that was not read keeps its share. What is to happen to each record is decided in `plan`; who would lose
everything meets the brake, as documents do, and is held by name when too many would. In a full run everybody is
pushed again in a session of their own, which passes the gate of the documents' session.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence

from connector.document.durations import HOUR_S
from connector.ledger.people import Lost, People
from connector.people.granting import Granting, RunGaps
from connector.people.loss_brake import judge_gap
from connector.people.plan import choose_due, people_in_a_turn
from connector.people.reading import PeopleReading
from connector.people.revoking import Revoking
from connector.people.sending import Sending
from connector.plan import reason_words, report
from connector.plan.context import Run
from connector.plan.findings import Code
from connector.plan.item import Mode
from connector.plan.report import FIRST_HELD, Held
from connector.plan.tally import Counted, Sheet
from connector.ports.source import Peopled, Source
from connector.ports.target import Target
from connector.session.gate import Gate
from connector.session.session import RunSession

UNKNOWN_SHOWN = 1_000


class PeopleSync:
    """The people of one target in one run."""

    def __init__(
        self,
        run: Run,
        people: People,
        target: Target,
        session: RunSession,
        sheet: Sheet,
        is_on_hold: Callable[[], bool],
    ) -> None:
        """
        Args:
            is_on_hold: whether the target is on hold by now.
        """
        self._asks_everybody = False
        """Also in a delta."""
        self._run = run
        self._people = people
        self._session = session
        self._sheet = sheet
        self._knows = False
        """Whether the ledger had people in a session before: one that had nobody cannot tell whom the intranet knows besides."""
        self._gaps: RunGaps | None = None
        """Of the run whose people were all pushed; None: they were not."""
        self._reading = PeopleReading(run, people)
        self.sending = Sending(run, people, target, sheet)
        self._revoking = Revoking(run, people, self.sending, sheet, lasted=self._reading.lasted)
        self._granting = Granting(run, people, self.sending, sheet, is_on_hold)

    def decide(self, *, approve: int, keep: int) -> None:
        """Heed what a person decided about who was held up to a run."""
        self._revoking.approved = approve
        if keep:
            self._people.keep(up_to_run=keep)

    def lose_again(self, ids: Collection[str]) -> None:
        """
        The intranet was put back: everybody is asked for, and what people lost since they lose again.

        Args:
            ids: of the records that had lost all but a person's own identity, which counted then.
        """
        self._asks_everybody = True
        self._revoking.again = frozenset(ids)

    def doubt(self) -> None:
        """The ledger was put back: what it does not know of may be taken from people first."""
        self._people.doubt(run=self._run.number)
        self._revoking.in_doubt = True

    def give_up(self, configured: Collection[str], standing: Collection[str]) -> None:
        """
        Wait for no source that is given up, once it is not certain what the intranet has: nobody can be asked there again.

        Args:
            configured: names of the sources that the settings have.
            standing: names of those of which there are documents: what stands is to be found, until somebody decides.
        """
        known = {*configured, *standing}
        if given_up := self._people.given_up(known):
            self._people.drop_given_up(known)
        self._revoking.given_up = frozenset(given_up)
        for name, count in self._people.given_up(configured).items():
            self._sheet.tell(Code.PEOPLE_WAIT_FOR_SOURCE, source=name, count=count)

    # -- first: shorter lists -----------------------------------------------------------------

    async def begin(self) -> None:
        """
        Open their session where the documents' was opened, before anything is pushed.

        So that an intranet with one flag for documents and people flags no document anew that was pushed already.
        """
        self._knows = self._people.any_session()
        if await self._session.begin():
            self.sending.session_run = self._run.number

    @property
    def lost_begins(self) -> int:
        """Attempts to begin their session that got no answer."""
        return self._session.lost_begins

    async def ask_everybody(self, sources: Sequence[Source]) -> None:
        """
        In a full run: ask again for everybody whom the ledger knows.

        Nothing is sent, and the answers count whatever is found out of the intranet meanwhile, so that other work may go on beside.
        """
        if self._run.mode is not Mode.DELTA:
            await self._ask_everybody(sources)

    async def _ask_everybody(self, sources: Sequence[Source]) -> None:
        for source in sources:
            if isinstance(source, Peopled):
                await self._reading.everybody(source)

    async def shorten(self, sources: Sequence[Source], asked: Awaitable[None]) -> None:
        """
        Take from people what they lose, before anything else is sent; in a delta those whose turn it is are asked for, and everybody
        where the intranet was put back.

        Args:
            asked: what asks for everybody.
        """
        await self.sending.repeat_removals()
        self._people.forget_settled()
        await asked
        if self._run.mode is Mode.DELTA:
            if self._asks_everybody:
                await self._ask_everybody(sources)
            held = self._people.keys_of([one.address for one in self._people.held()])
            for source in sources:
                if isinstance(source, Peopled):
                    late = [*held.get(source.name, []), *self._late(source.name)]
                    await self._reading.turn(source, late=late)
        await self._reading.settle_disputes(sources)
        await self._revoking.take()

    async def turn(self, sources: Sequence[Source]) -> None:
        """Ask for whoever would get too old until the next turn, and for the longest unasked; what they lose is taken at once."""
        since = self._run.now()  # whom a source told of before says nothing of what it tells now
        held = self._people.keys_of([one.address for one in self._people.held()])
        for source in sources:
            if isinstance(source, Peopled):
                options, name = self._run.options, source.name
                source.renew_people()
                most = people_in_a_turn(
                    self._people.count(name),
                    every_s=options.people_every_s,
                    max_age_s=options.people_max_age_s,
                )
                late = [*held.get(name, []), *self._late(name)]
                await self._reading.these(
                    source, choose_due(late, self._people.longest_ago(name, most), most=most)
                )
        await self._revoking.take(since=since)

    def _late(self, source: str) -> list[str]:
        """Who would be too old at the turn after the next one, should that be late."""
        options, now = self._run.options, self._run.now()
        since = now - options.people_max_age_s + 2 * options.people_every_s
        return self._people.unasked_since(source, since, now=now)

    def must_be_clear(self) -> None:
        """
        Raises:
            TargetUnavailable: it is not clear that people lost what they were to lose, so nothing else is sent.
        """
        self._revoking.must_be_clear()

    # -- last: longer lists -------------------------------------------------------------------

    async def meet(self, sources: Sequence[Source]) -> None:
        """Ask for everybody whom the sources met in this run and nobody knew."""
        for source in sources:
            if isinstance(source, Peopled):
                await self._reading.met(source)

    async def complete(self, sources: Sequence[Source], gaps: RunGaps) -> None:
        """
        Push everybody who is new or may see more; in a full run everybody.

        Raises:
            TargetRefused: Interact refused to begin their session.
        """
        await self.meet(sources)
        await self._reading.settle_disputes(sources)
        self._session.must_be_welcome()
        if await self._granting.give(gaps, whole=self._run.is_whole):
            self._gaps = gaps
        if unread := self._reading.unread:
            self._sheet.tell(Code.PEOPLE_UNREAD, count=unread)

    async def give(self, gaps: RunGaps) -> None:
        """Push who may see more, or is new."""
        await self._granting.give(gaps)

    # -- the end ------------------------------------------------------------------------------

    def left_out(self, *, noted: int) -> int:
        """
        Count the records that an end of the documents' session would take, where it sweeps both, and that nothing proves to be gone.

        Of those that Interact refuses, or whose address two people have, a few may go with it: no later run would send them either.
        While nobody is sent a list for a source that nobody names, it waits for nobody: they wait for it.

        Args:
            noted: records that the rooms' notes tell of, without what was removed since.
        """
        run = self._run.number
        if self._gaps is not None and self._gaps.unnamed:
            return 0
        lacking = self._people.not_accepted(run)
        going = max(lacking, noted - self._people.accepted(run), 0)
        asked = self._people.records(sorted(self.sending.refused | self._granting.disputed))
        explained = sum(bool(one.may) and one.session_run != run for one in asked.values())
        if judge_gap(self._run, self._people, going=going, noted=noted) is not None:
            return going
        return lacking - explained

    async def end(self, *, with_documents: bool) -> bool:
        """
        Pass the gate or withhold: nobody may lose what she finds because something was not read.

        Args:
            with_documents: whether the documents' session may be ended, too: else an end that sweeps both removes what it lacks.

        Returns:
            Whether the session was ended, so that what the rooms' notes tell of people is settled.
        """
        gaps = self._gaps
        if not self._session.opened:
            return False
        if gaps is None:
            self._session.leave()
            return False
        run = self._run.number
        predicted = max(gaps.noted - self._people.accepted(run), 0)
        judgement = judge_gap(self._run, self._people, going=predicted, noted=gaps.noted)
        reasons = self._session.may_end(
            Gate(
                incomplete=gaps.incomplete + gaps.absent,
                unseen=gaps.unseen,
                unknown=len(gaps.unknowing) + gaps.unnamed,
                not_accepted=self._people.not_accepted(run),
                suspects=len(self._granting.disputed),
                held=sum(self._people.held_counts().values()),
                predicted_removals=predicted,
                removals_allowed=predicted,
                braked=judgement is not None,
                unsettled=len(self.sending.unsettled),
                unread=self._reading.unread,
            )
        )
        if reasons:
            if judgement is not None and len(reasons) == 1:
                self._session.brake()
                self._sheet.tell(Code.PEOPLE_NOTE_BRAKED, **judgement.values)
            return False
        if not (self._knows and with_documents):
            self._session.leave()
            if with_documents and predicted:
                self._sheet.tell(Code.PEOPLE_LEAVE_NEXT, count=predicted)
            return False
        removed = await self._session.end(predicted=predicted)
        if removed is None:
            return False
        self._people.count_lost(
            [Lost(id="", address="", whole=True, approved=False, why="not pushed again")]
            * min(removed, self._run.limits.max_deletes + 1),
            run=run,
            now=self._run.now(),
        )
        self._sheet.count(Counted.PEOPLE_REMOVED, removed)
        return True

    def tell(self) -> tuple[report.People, list[Held]]:
        """Say who is held and whom the intranet does not know; gives what the report tells of people, and the first who are held."""
        oldest = self._people.oldest_told()
        counts = self._people.held_counts()
        for (why, kept), count in sorted(counts.items()):
            if not kept:
                self._sheet.tell(Code.PEOPLE_HELD, count=count, reason=why)
        told = report.People(
            held=sum(counts.values()),
            oldest_h=None if oldest is None else round(max(0.0, self._run.now() - oldest) / HOUR_S, 2),
            unknown=self._people.unknown(UNKNOWN_SHOWN),
        )
        held = self._people.held(limit=FIRST_HELD) if told.held else []
        return told, [
            Held(
                one.id,
                one.address,
                reason_words.held(one.held_why, kept=one.kept),
                kind="person",
                code=one.held_why,
            )
            for one in held
        ]
