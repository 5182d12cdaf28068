"""
The steps of one run, first to last.

    what earlier runs left open -> sign in, list scopes -> begin, read audiences -> people, narrowings
    -> crawl and push -> suspects -> brake -> removals -> gate -> end

Rules of safety stand where they are kept: rooms in `scopes`, audiences in `narrowing`, proof in `suspects`, the brake in
`brake`, what it holds in `holds`, the gate in `gate`; what is settled before anything is sent, in `reconciliation`. What the steps
work with is made in `parts`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping

import structlog

from connector.access.comparing import Sight
from connector.crawl.walk import Walk
from connector.document.states import DocumentState
from connector.engine.task_group import begun, beside, despite
from connector.errors import Stopped
from connector.ledger.unknown_rest import settle_unknown_rest, unknown_rest_since
from connector.people.granting import RunGaps
from connector.plan.context import Books, Run
from connector.plan.findings import Code, Gone
from connector.plan.item import Mode
from connector.plan.report import Held, People, SessionReport
from connector.plan.tally import Tally
from connector.push.target_hold import TargetHold
from connector.removal.suspects import Ground, Proven, Suspects
from connector.runs.comparing import Compared, ask_slice, take_slice
from connector.runs.parts import Opened, Parts, make_parts, make_walk
from connector.runs.reading import Found, Sources
from connector.runs.reconciliation import Reconciliation
from connector.runs.sharing import Sharing
from connector.session.documents import Looked

Walks = dict[str, list[Sight]]
"""The scopes to walk, by source."""


class Steps:
    """What one run does, and what became of it."""

    def __init__(self, run: Run, opened: Opened, books: Books, tally: Tally) -> None:
        self.sources = Sources(run, opened.sources, books.notes, tally)
        self.held: list[Held] = []
        self.told_of_people = People()
        self._run = run
        self._opened = opened
        self._books = books
        self._tally = tally
        self._suspects = list[Suspects]()
        self._parts = make_parts(run, opened, books, tally)
        self._sharing = Sharing(run, opened, books, self._parts, self.sources, tally)
        self._reconciliation = Reconciliation(run, opened, books, self._parts, tally)
        self._log = structlog.get_logger()

    @property
    def session(self) -> SessionReport:
        """What became of the documents' session."""
        return self._parts.session.told

    @property
    def forgotten(self) -> Mapping[str, str]:
        """What a person had forgotten meanwhile: titles by id."""
        return self._parts.hiding.forgotten

    async def go(self) -> None:
        """
        Do them all.

        Raises:
            Stopped: the run was asked to stop.
        """
        self._reconciliation.settle_earlier_runs()
        run, target, books = self._run, self._opened.target, self._books
        async with self._parts.hiding.attended(), begun(ask_slice(run, target, books)) as slice_asked:
            await self._go(slice_asked)

    async def _go(self, slice_asked: Awaitable[Compared | None]) -> None:
        parts, run = self._parts, self._run
        self._reconciliation.check_decisions()
        async with beside(self._sharing.expect(self._opened.sources)):
            found = await self.sources.open()
        people = [source for source, _ in found]
        async with begun(parts.people.ask_everybody(people)) as asked:
            await self._reconciliation.look(found)
            parts.narrowing.begin()
            walks = await self._begin(found)
            async with despite(parts.people.shorten(people, asked)):
                async with parts.turns.beside(people, give=lambda: False):
                    await parts.narrowing.read([(source, walks[source.name]) for source, _ in found])
                    for name, rooms in parts.scopes.closed_rooms(self._opened.configured):
                        parts.narrowing.close(name, rooms)
                    parts.breadcrumbs.compare(people)
                await parts.narrowing.narrow()
        parts.session.must_be_welcome()
        parts.people.must_be_clear()
        await self._look_again()  # before the crawl writes a note of this run beside each room
        async with parts.turns.beside(people, give=self._may_give):
            await self._remove_refused()
            await parts.narrowing.leave(await parts.decisions.decide_lost(parts.narrowing.still_lost))
            await self._take_slice(slice_asked)
            parts.markers.recount()
            walked = await self._walk(found, walks)
            self._stop_if_asked()
            async with beside(parts.people.meet(people)):
                await self._settle(found, walks, walked)
        await self._look_again()
        async with despite(self._complete_people(found, walks)):
            await self._close(found)
        self.sources.tell_overlooked(found)
        if run.mode is Mode.DELTA and not self._books.runs.read_whole():
            self._tally.tell(Code.NO_FULL_RUN_YET)

    async def _begin(self, found: Found) -> Walks:
        """Choose what is walked, and begin the sessions."""
        scopes = self._parts.scopes
        async with beside(_begin_sessions(self._run, self._parts)):  # nothing is sent meanwhile
            walks: Walks = {source.name: await scopes.choose(source, listed) for source, listed in found}
            scopes.tell_unmet()
        return walks

    async def _take_slice(self, asked: Awaitable[Compared | None]) -> None:
        """Nothing is compared with an intranet of which, or a ledger which, is known to have missed something."""
        compared, markers = await asked, self._parts.markers
        if compared is not None and not (markers.unknowing or markers.behind):
            take_slice(self._run, self._opened.target, self._books, compared, self._tally)

    def _may_give(self) -> bool:
        """Whether people may get more now."""
        markers, target_hold = self._parts.markers, self._parts.outbox.target_hold
        return not (markers.unknowing or markers.unnamed.counts or target_hold.is_on)

    async def abandon(self) -> None:
        """Finish the calls in hand and send nothing more; what was sent in vain is told."""
        await self._parts.outbox.abandon()
        self._parts.outbox.recording.tell_unheard(self._tally)

    async def _remove_refused(self) -> None:
        if not self._run.dry_run:
            await self._parts.holds.remove_refused(self._parts.narrowing.find_refused())

    # -- the walk, and what it proves ---------------------------------------------------------

    async def _walk(self, found: Found, walks: Walks) -> dict[str, Walk]:
        """Walk every source; what was met counts however it ends."""
        going = {
            source.name: make_walk(self._run, source, self._opened, self._books, self._parts, self._tally)
            for source, _ in found
        }
        try:
            await self._sharing.walk([(one, going[one.name], walks[one.name]) for one, _ in found])
        finally:
            for source, _ in found:
                for result in going[source.name].results:
                    self.sources.walked(source, items=result.items, problems=result.problems)
                    self._tally.take(result.tally)
        return going

    async def _settle(self, found: Found, walks: Walks, walked: dict[str, Walk]) -> None:
        """Make of complete walks what they prove: removals, wider audiences, notes, the end of the session."""
        run, parts, books = self._run, self._parts, self._books
        for source, _ in found:
            complete = _complete(walked[source.name])
            books.rooms.complete(source.name, complete, run=run.number)
            self.sources.conclude(source, listed=len(complete), of=len(walks[source.name]))
        await parts.outbox.flush()
        await parts.hiding.remove_met()
        self._opened.ledger.checkpoint_soon()
        parts.markers.recount()
        await parts.narrowing.empty()
        await self._remove_refused()
        for source, _ in found:
            books.quarantine.settle(source.name, _complete(walked[source.name]), since=run.started)
        if run.options.may_hold:
            await self._remove(found, walked)
        if not run.dry_run:
            await parts.narrowing.leave_unmet([one.name for one, _ in found if self.sources.is_complete(one)])
        await parts.widening.widen()
        if not run.dry_run and not parts.outbox.target_hold.is_on:
            parts.breadcrumbs.done()
        if _looks_for_unconfirmed(run):
            await parts.unconfirmed.look()
        await self._reconfirm()
        items = {source.name: self.sources.reports[source.name].items for source, _ in found}
        self._log.info("sources.read", **items)

    async def _remove(self, found: Found, walked: dict[str, Walk]) -> None:
        """Ask for every suspect; what is proven to be gone meets the brake."""
        run, parts = self._run, self._parts
        for source, _ in found:
            walk = walked[source.name]
            ground = Ground(
                scopes=frozenset(result.key for result in walk.results),
                complete=frozenset(_complete(walk)),
                unlisted=parts.scopes.unlisted(source),
            )
            one = Suspects(run, source, self._books.documents, ground, walk.take, self._tally)
            self._suspects.append(one)
        for one in self._suspects:
            await one.examine()
            if self.sources.is_complete(one.source) and not one.undecided:
                parts.addresses.note(one.source, run=run.number)
        self._stop_if_asked()
        await parts.outbox.flush()
        expired = [
            Proven(one, Gone.EXPIRED) for one in parts.narrowing.expired() if one.state == DocumentState.LIVE
        ]
        parts.holds.hold_removed_sources(self._opened.configured)
        proven = [*(proof for one in self._suspects for proof in one.proven), *expired]
        doubtful = [standing for one in self._suspects for standing in one.doubtful]
        await parts.narrowing.leave(await parts.holds.remove(proven, doubtful))

    async def _reconfirm(self) -> None:
        """
        Push as last accepted what lives but could not be pushed anew in this session (unreadable, unmappable, refused).

        Only where everything else would let the session end: it keeps one bad document from withholding every end.
        """
        parts, documents = self._parts, self._books.documents
        if not parts.session.opened or self._count_suspects() or self.sources.incomplete:
            return
        if documents.held_counts() or not documents.not_accepted(self._run.number):
            return
        for source in self._opened.sources:
            for push in parts.accepted.unaccepted(self._run.number, source.name):
                await parts.outbox.add(push)
        await parts.outbox.flush()

    # -- the end ------------------------------------------------------------------------------

    async def _complete_people(self, found: Found, walks: Walks) -> None:
        """People's longer lists, after everything else was shown."""
        parts = self._parts
        if parts.outbox.target_hold.look():
            await parts.people.meet([source for source, _ in found])
            return
        parts.markers.people.recount()  # who left was taken out by id by now
        await parts.people.complete(
            [source for source, _ in found],
            RunGaps(
                absent=len(self._opened.sources) - len(found),
                incomplete=sum(not self.sources.is_complete(source) for source, _ in found)
                + sum(sight.audience is None for walked in walks.values() for sight in walked)
                + len(self._run.options.unread_files),
                unseen=sum(not walked for walked in walks.values()),
                unknowing=frozenset(parts.markers.unknowing),
                unnamed=parts.markers.unnamed.tell(self._tally),
                noted=parts.markers.people.noted,
            ),
        )

    async def _close(self, found: Found) -> None:
        """What is held, the end of people's session, the notes beside rooms, and the end of the documents'."""
        parts, hold = self._parts, self._parts.outbox.target_hold
        if was_on_hold := hold.look():
            _tell_hold(self._run, hold, self._tally)
        suspects = [held for one in self._suspects for held in one.unproven]
        self.held = [*parts.holds.tell(suspects), *parts.unconfirmed.tell()]
        self.told_of_people, people = parts.people.tell()
        self.held += people
        await self._look_again()
        looked = _looked(self._opened, found, self.sources, parts, self._count_suspects())
        may_end = parts.session.may_end(looked)
        async with despite(_end_people(parts, with_documents=may_end)):
            if not self._run.dry_run:
                sources = [source for source, _ in found]
                look = self._reconciliation.look_again
                await parts.markers.push(sources, parts.outbox, parts.accepted, look, settled=may_end)
                await self._reconciliation.look_once_more()
            if may_end:
                notes, target = self._books.notes(""), self._run.target
                await parts.session.end(of_another=unknown_rest_since(notes, target) is not None)
                if parts.session.told.ended:
                    settle_unknown_rest(notes, target)
            await self._reconciliation.conclude()
        if hold.is_on and not was_on_hold:
            _tell_hold(self._run, hold, self._tally)

    async def _look_again(self) -> None:
        """A run that sends everything writes notes all along: whether the intranet was put back is seen only while it works."""
        if self._run.mode is not Mode.DELTA:
            await self._reconciliation.look_again()

    def _count_suspects(self) -> int:
        """What is missing without proof, or gone with something live below it."""
        return sum(len(one.unproven) for one in self._suspects) + self._parts.holds.blocked

    def _stop_if_asked(self) -> None:
        if self._run.stopping():
            raise Stopped


async def _begin_sessions(run: Run, parts: Parts) -> None:
    """Begin both before anything is pushed; people's is of no use where that of documents is not to be ended."""
    if parts.outbox.target_hold.look() or not await parts.session.begin():
        return
    parts.outbox.recording.session_run = run.number
    if not parts.session.lost_begins:
        await parts.people.begin()


def _tell_hold(run: Run, hold: TargetHold, tally: Tally) -> None:
    tally.tell(Code.ON_HOLD, target=run.target, count=hold.kept_back)


async def _end_people(parts: Parts, *, with_documents: bool) -> None:
    """End people's session, before the notes tell how many there are."""
    if await parts.people.end(with_documents=with_documents):
        parts.markers.people.settle()


def _looks_for_unconfirmed(run: Run) -> bool:
    """Whether the intranet is asked for what no ledger confirmed: where a session may end, a ledger is made anew, or some of it is to be kept."""
    return not run.dry_run and (run.is_whole or run.options.adopt or bool(run.options.keep))


def _complete(walk: Walk) -> list[str]:
    """Keys of the scopes that were listed to their end."""
    return [result.key for result in walk.results if result.complete]


def _looked(opened: Opened, found: Found, sources: Sources, parts: Parts, suspects: int) -> Looked:
    """What the gate asks of a run."""
    return Looked(
        sources=[source.name for source in opened.sources],
        whole=not sources.incomplete,
        incomplete=sources.incomplete,
        unseen=sum(not scopes for _, scopes in found),
        suspects=suspects,
        unanswered=parts.outbox.unanswered,
        kept_back=parts.outbox.target_hold.kept_back,
        other_begin=parts.people.lost_begins,
        people_left=parts.people.left_out(noted=parts.markers.people.noted) if parts.session.opened else 0,
    )
