"""
One run against one target, first step to last.

    lease -> what earlier runs left open -> sign in, list scopes, read audiences -> begin -> narrowings
    -> crawl and push -> suspects -> brake -> removals -> gate -> end -> report

Rules of safety stand where they are kept: rooms in `scopes`, audiences in `narrowing`, proof in `removal`, the
brake in `plan`, what it holds in `holds`, the gate in `session`, begin and end in `document_session`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

import msgspec
import structlog

from connector.access.accepted import Accepted
from connector.access.crumbs import Names
from connector.access.narrowing import Narrowing
from connector.crawl.crawl import Crawl, Marks, Opened
from connector.crawl.facets import FacetTypes
from connector.crawl.scopes import Scopes, unread_of
from connector.engine.together import beside, despite, together
from connector.errors import ConnectorError, ListingIncomplete, SourceRefused, SourceUnavailable
from connector.ledger.documents import Documents
from connector.ledger.rows import Standing
from connector.ledger.store import Ledger
from connector.machine.steady import Steady
from connector.machine.storage import words_of_error
from connector.people.records import Around
from connector.people.turns import Turns, open_people
from connector.plan.findings import Gone
from connector.plan.item import Mode, Purpose
from connector.plan.options import Options, Watch
from connector.plan.report import Report, SourceReport
from connector.plan.weighing import Weighing
from connector.ports.source import FoundScope, Marked, Reading, Remembering, Source
from connector.ports.target import Stamp, Target
from connector.push.outbox import Outbox
from connector.removal.holds import Holds
from connector.removal.removal import Proven, Suspects
from connector.removal.unconfirmed import Strangers
from connector.session.documents import DocumentSession
from connector.session.gate import Kind
from connector.session.markers import Markers
from connector.session.people_note import PeopleNote
from connector.session.whereabouts import Addresses, Whereabouts

HEARTBEAT_S = 15.0


class Stopped(Exception):
    """The run was asked to stop; what is confirmed stays confirmed."""


class Sync:
    """One run. `go` ends with a report, whatever happened; a bug of ours is raised after the report is kept."""

    def __init__(
        self,
        ledger: Ledger,
        target: Target,
        sources: Sequence[Source],
        options: Options,
        *,
        configured: Iterable[str],
        clock: Callable[[], float],
        steady: Callable[[], Steady | None] = lambda: None,
        recall: Callable[[str], str | None] = lambda _: None,
        watch: Watch | None = None,
    ) -> None:
        self._ledger = ledger
        self._target = target
        self._sources = [one for one in sources if not options.only or one.name in options.only]
        self._options = options
        self._configured = set(configured)
        self._marked = {one.name for one in self._sources if isinstance(one, Marked)}
        self._clock = clock
        self._steady = steady
        self._recall = recall
        """Finds the text of a file's content in the cache."""
        self._watch = watch or Watch()
        self._documents: Documents = ledger.documents(target.name)
        self._runs = ledger.runs(target.name)
        self._rooms = ledger.rooms(target.name)
        self._quarantine = ledger.quarantine(target.name)
        self._shown = ledger.shown(target.name)
        self._addresses = Addresses(ledger.notes(""), target.name)
        self._facets = FacetTypes(ledger.notes(""), target.name)
        self._lists: dict[str, Remembering] = {
            one.name: one for one in self._sources if isinstance(one, Remembering) and one.looks_below
        }
        self._names = Names(self._shown, ledger.people(target.name), self._lists)
        self._fence = 0
        self._log = structlog.get_logger("connector.sync")

    async def go(self) -> Report:
        """
        Do the run.

        Raises:
            LeaseHeld: another run works on the target; nothing was done.
        """
        options = self._options
        if not options.dry_run:
            self._fence = self._runs.take_lease(now=self._clock())
        self._look_at_the_clock()
        before = self._runs.last(finished=False)
        self._before = before.started_at if before is not None else None
        wanted = {"only": sorted(options.only), "rooms": sorted(options.rooms)}
        backfill = 0
        if options.mode is Mode.BACKFILL:
            backfill = (
                0 if options.restart else self._runs.open_backfill(wanted)
            ) or self._runs.new_backfill()
        run = self._runs.start(
            mode=options.mode.value,
            dry_run=options.dry_run,
            now=self._clock(),
            backfill=backfill,
            wanted=wanted,
        )
        self._run = run.number
        self._report = Report(
            run_id=run.id,
            mode=options.mode.value,
            target=self._target.name,
            started=run.started_at,
            dry_run=options.dry_run,
            sources={one.name: SourceReport() for one in self._sources},
        )
        self._purpose = Purpose(mode=options.mode, run=run.number, now=run.started_at, backfill=backfill)
        self._markers = Markers(
            self._target,
            self._documents,
            self._report,
            people=PeopleNote(self._ledger.people(self._target.name)),
            ledger=self._ledger.id,
            run=run.number,
        )
        self._outbox = Outbox(
            self._target,
            self._documents,
            self._quarantine,
            self._report,
            run=run.number,
            backfill=backfill,
            batch_documents=options.batch_documents,
            batch_bytes=options.batch_bytes,
            concurrency=options.concurrency,
            settle_s=options.settle_s,
            adopt=options.adopt,
            clock=self._clock,
            progress=self._pushed,
        )
        self._weighing = Weighing(self._documents, options.limits, self._sources, clock=self._clock)
        self._accepted = self._accepted_of()
        self._narrowing = self._narrowing_of()
        self._people = open_people(
            self._ledger,
            self._target,
            self._report,
            options,
            run=run.number,
            clock=self._clock,
            still_ours=self._still_ours,
        )
        self._turns = Turns(
            self._people, every_s=0.0 if options.dry_run else options.people_every_s, clock=self._clock
        )
        self._scopes = Scopes(
            self._documents,
            self._rooms,
            self._report,
            options,
            notes=self._ledger.notes,
            run=run.number,
            before=self._before,
            clock=self._clock,
        )
        self._holds = self._holds_of()
        self._strangers = Strangers(
            self._target,
            self._documents,
            self._quarantine.unconfirmed,
            self._accepted,
            self._outbox,
            self._report,
            run=run.number,
        )
        self._session = self._session_of()
        structlog.contextvars.bind_contextvars(run=run.id, target=self._target.name)
        self._log.info("run.started", mode=run.mode, dry_run=options.dry_run)
        heart = asyncio.create_task(self._beat()) if not options.dry_run else None
        work = asyncio.create_task(self._steps())
        try:
            waiting: set[asyncio.Task[None]] = {work} if heart is None else {work, heart}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if not work.done() and heart is not None:
                work.cancel()
                await asyncio.wait({work})
                heart.result()
            work.result()
        except Stopped:
            self._report.cancelled = True
            self._report.say("stopped before its end; the next run goes on")
        except asyncio.CancelledError:
            work.cancel()
            await asyncio.wait({work})
            self._report.cancelled = True
            self._report.say("cancelled")
            raise
        except ConnectorError as error:
            self._report.failed = True
            self._report.say(str(error))
        except OSError as error:
            self._report.failed = True
            words = words_of_error(error)
            self._report.say(words or f"a bug of the connector ({type(error).__name__}); see the log")
            if not words:
                raise
        except BaseException as error:
            self._report.failed = True
            self._report.say(f"a bug of the connector ({type(error).__name__}); see the log")
            raise
        finally:
            if heart is not None:
                heart.cancel()
            await self._outbox.abandon()
            self._finish()
        return self._report

    # -- the steps ----------------------------------------------------------------------------

    async def _steps(self) -> None:
        run = self._run
        self._settle_earlier_runs()
        self._check_decisions()
        opened = await self._open_sources()
        found = await self._list_scopes(opened)
        for source, scopes in found:
            await self._markers.compare(source, scopes)
            if source.name in self._markers.unknowing and isinstance(source, Remembering):
                source.doubt()
        self._note_moved_sources([source for source, _ in found])
        if self._is_elsewhere():
            self._markers.unknowing.update(source.name for source in self._sources)
        if self._options.may_hold:
            await self._holds.repeat_removals()
            await self._holds.decide_held(found)
        if self._markers.behind:
            self._ledger.people(self._target.name).doubt()
        self._decide_people()
        walks = {source.name: await self._scopes.choose(source, scopes) for source, scopes in found}
        self._scopes.tell_unmet()
        if await self._session.begin():
            self._purpose = msgspec.structs.replace(self._purpose, session=run)
        people = [source for source, _ in found]
        async with despite(self._people.shorten(people)):
            async with self._turns.beside(people, give=False):
                await self._narrowing.read([(source, walks[source.name]) for source, _ in found])
            await self._narrowing.narrow()
        self._people.must_be_clear()
        async with self._turns.beside(people, give=not self._markers.unknowing):
            await self._holds.remove_refused()
            await self._holds.decide_lost()
            self._markers.recount()
            crawls: dict[str, Crawl] = {}
            for source, _ in found:
                crawls[source.name] = self._crawl_of(source)
            await together(crawls[source.name].walk(walks[source.name]) for source, _ in found)
            self._stop_if_asked()
            async with beside(self._people.meet(people)):
                await self._settle(found, walks, crawls)
        async with despite(self._complete_people(found, walks)):
            await self._close(found)
        if self._options.mode is Mode.DELTA and not self._runs.read_whole():
            self._report.say(
                "no full run was done yet: what stood in the intranet before stays there, and lists of their own that single "
                "items have are read by and by. Run: connector sync --mode full (the service begins with one)"
            )

    async def _settle(
        self,
        found: list[tuple[Source, list[FoundScope]]],
        walks: dict[str, list[Opened]],
        crawls: dict[str, Crawl],
    ) -> None:
        """Make of complete walks what they prove: removals, wider audiences, notes, the end of the session."""
        run = self._run
        for source, _ in found:
            complete = crawls[source.name].complete
            self._rooms.complete(source.name, complete, run=run)
            sheet = self._report.sources[source.name]
            sheet.complete = len(complete) == len(walks[source.name]) and not sheet.errors
            if not sheet.complete:
                self._report.withhold(
                    f"{source.name} could not be read to the end: {'; '.join(sheet.errors[:3]) or 'see its errors'}"
                )
        await self._outbox.flush()
        self._ledger.checkpoint_soon()
        self._markers.recount()
        await self._narrowing.empty()
        await self._holds.remove_refused()
        for source, _ in found:
            self._quarantine.settle(source.name, crawls[source.name].complete, since=self._report.started)
        suspects = [
            Suspects(
                source,
                self._documents,
                crawls[source.name],
                self._report,
                run=run,
                walked=[opened.scope.key for opened in walks[source.name]],
                unlisted=self._scopes.unlisted(source),
                stopping=self._watch.stopping,
            )
            for source, _ in found
        ]
        if self._options.may_hold:
            for one in suspects:
                await one.examine()
                if self._report.sources[one.source.name].complete and not one.undecided:
                    self._addresses.note(one.source, run=run)
            self._stop_if_asked()
            await self._outbox.flush()
            expired = [Proven(one, Gone.EXPIRED) for one in self._narrowing.expired() if one.state == "live"]
            await self._holds.remove(
                [*(proof for one in suspects for proof in one.proven), *expired],
                [standing for one in suspects for standing in one.doubtful],
            )
        await self._narrowing.widen()
        if self._looks_for_strangers:
            await self._strangers.look()
        await self._session.reconfirm()
        self._log.info(
            "sources.read", **{source.name: self._report.sources[source.name].items for source, _ in found}
        )

    async def _complete_people(
        self, found: list[tuple[Source, list[FoundScope]]], walks: dict[str, list[Opened]]
    ) -> None:
        """People's longer lists, after everything else was shown; then the end of their session."""
        ended = await self._people.complete(
            [source for source, _ in found],
            Around(
                absent=len(self._sources) - len(found),
                incomplete=sum(not self._report.sources[source.name].complete for source, _ in found)
                + sum(opened.audience is None for walked in walks.values() for opened in walked),
                unseen=sum(not walked for walked in walks.values()),
                unknowing=len(self._markers.unknowing),
                noted=self._markers.people.noted,
            ),
        )
        if ended:
            self._markers.people.settle()

    async def _close(self, found: list[tuple[Source, list[FoundScope]]]) -> None:
        """What is held, the notes beside rooms, and the end of the session."""
        self._holds.tell()
        self._strangers.tell()
        self._people.tell()
        may_end = self._session.may_end(found)
        if not self._options.dry_run:
            await self._markers.push(
                [source for source, _ in found],
                self._outbox,
                self._narrowing,
                delta=self._options.mode is Mode.DELTA,
                settled=may_end,
            )
        if may_end:
            await self._session.end()

    @property
    def _looks_for_strangers(self) -> bool:
        """Where a session may end, or a ledger is made anew; and in any run that carries out a decision to keep them."""
        options = self._options
        whole = options.mode is Mode.FULL and not options.only
        return not options.dry_run and (whole or options.adopt or bool(options.keep))

    def _note_moved_sources(self, opened: Sequence[Source]) -> None:
        """What goes from a source that is read at another address, or by another account, is held: it may be a copy."""
        for source in opened:
            self._addresses.meet(source, run=self._run)
        for source in self._sources:
            if self._addresses.has_moved(source):
                self._weighing.moved.add(source.name)
                self._report.say(
                    f"{source.name} is read at another address, or with another account, than before: "
                    "what is not there is held until somebody decides"
                )

    def _pushed(self, count: int) -> None:
        """A batch was accepted: between two of them people have their turn."""
        self._watch.pushed(count)
        self._turns.look()

    def _check_decisions(self) -> None:
        """What a person decided counts for the intranet in which it was held, and for no other."""
        whereabouts = Whereabouts(self._ledger.notes(""), self._target.name)
        elsewhere = whereabouts.is_elsewhere(self._target.key)
        self._holds.check_decided(since=self._run if elsewhere else whereabouts.since)

    def _is_elsewhere(self) -> bool:
        """Whether the settings name another intranet than the one that the ledger speaks of: nothing counts as confirmed there."""
        whereabouts = Whereabouts(self._ledger.notes(""), self._target.name)
        elsewhere = whereabouts.is_elsewhere(self._target.key)
        if elsewhere:
            count = sum(self._documents.forget_confirmations(name) for name in self._documents.sources())
            people = self._ledger.people(self._target.name)
            people.doubt()
            if whereabouts.since:
                people.doubt_removals(since=whereabouts.since)
            self._documents.doubt_removals(since=whereabouts.since, run=self._run)
            self._report.say(
                f"the settings name another intranet, tenant or appid than before: {count} documents and all people are pushed again, "
                "and the next run is a full one"
            )
        whereabouts.note(self._target.key, run=self._run)
        return elsewhere

    def _settle_earlier_runs(self) -> None:
        """What a killed run sent and never heard of may still take effect."""
        lost = self._documents.lose_open_intents(settle_s=self._options.settle_s)
        if lost:
            self._log.info("run.earlier_calls_unanswered", documents=lost)

    async def _open_sources(self) -> list[Source]:
        """Sign in everywhere; one source that is down hurts none of the others."""
        opened = []
        reading = Reading(run=self._run, thorough=self._options.mode is not Mode.DELTA)
        for source in self._sources:
            try:
                await source.open(reading)
            except (SourceUnavailable, SourceRefused) as error:
                self._source_failed(source, error)
            else:
                opened.append(source)
        return opened

    async def _list_scopes(self, opened: Sequence[Source]) -> list[tuple[Source, list[FoundScope]]]:
        found = []
        for source in opened:
            try:
                found.append((source, await source.scopes()))
                self._tell_unread(source)
            except (SourceUnavailable, SourceRefused, ListingIncomplete) as error:
                self._source_failed(source, error)
            except ConnectorError as error:
                self._source_failed(source, error)
        if not found:
            raise SourceUnavailable(
                "No source could be read: "
                + "; ".join(e for sheet in self._report.sources.values() for e in sheet.errors)
            )
        return found

    def _tell_unread(self, source: Source) -> None:
        """What stands in the source's own lists and cannot be read is named; the others are walked."""
        errors = self._report.sources[source.name].errors
        errors += [f"{name}: {why}" for name, why in unread_of(source).items()]

    def _source_failed(self, source: Source, error: Exception) -> None:
        self._report.sources[source.name].errors.append(str(error))
        self._report.withhold(f"{source.name}: {error}")
        self._log.error("source.failed", source=source.name, error=str(error))

    # -- what the steps work with -------------------------------------------------------------

    def _accepted_of(self) -> Accepted:
        rules = {source.name: source.left_out_rules for source in self._sources}
        return Accepted(
            self._documents,
            self._target,
            recall=self._recall,
            names=self._names,
            stamp=self._stamp_of,
            rules=lambda source: rules.get(source, b""),
        )

    def _narrowing_of(self) -> Narrowing:
        return Narrowing(
            self._documents,
            self._shown,
            self._quarantine,
            self._accepted,
            self._names,
            self._outbox,
            self._report,
            run=self._run,
            weighing=self._weighing,
            max_widened=self._options.max_widened,
            max_age_s=self._options.audience_max_age_s,
            before=self._before,
            clock=self._clock,
        )

    def _decide_people(self) -> None:
        """What a person decided about an earlier run covers the people whom it held, as it does documents."""
        approved, kept = (
            self._runs.get(identifier) if identifier and self._options.may_hold else None
            for identifier in (self._options.approve, self._options.keep)
        )
        self._people.decide(approve=approved.number if approved else 0, keep=kept.number if kept else 0)
        if approved and self._runs.session_state(approved.number, kind=Kind.PERSON) == "braked":
            self._markers.people.settle()

    def _holds_of(self) -> Holds:
        return Holds(
            self._target,
            self._documents,
            self._shown,
            self._quarantine,
            self._runs,
            self._rooms,
            self._markers,
            self._narrowing,
            self._weighing,
            self._report,
            self._options,
            self._configured,
            run=self._run,
            clock=self._clock,
            still_ours=self._still_ours,
        )

    def _session_of(self) -> DocumentSession:
        return DocumentSession(
            self._target,
            self._documents,
            self._runs,
            self._markers,
            self._outbox,
            self._narrowing,
            self._weighing,
            self._report,
            self._options,
            self._sources,
            run=self._run,
            clock=self._clock,
            still_ours=self._still_ours,
        )

    def _stamp_of(self, standing: Standing) -> Stamp:
        """What is kept beside a document that is pushed as it was accepted last."""
        if standing.container and standing.source not in self._marked:
            return Stamp()
        return Stamp(
            ledger=self._ledger.id,
            run=self._run,
            count=self._markers.count(standing.source),
            people=self._markers.people.count(),
        )

    def _crawl_of(self, source: Source) -> Crawl:
        return Crawl(
            source,
            self._target,
            self._documents,
            self._quarantine,
            self._outbox,
            self._report,
            self._purpose,
            self._narrowing,
            self._facets,
            self._names,
            marks=Marks(
                ledger=self._ledger.id,
                run=self._run,
                count=self._markers.count(source.name),
                people=self._markers.people.count(),
            ),
            clock=self._clock,
            stopping=self._watch.stopping,
            seen=self._watch.seen,
        )

    # -- lease and end ------------------------------------------------------------------------

    async def _beat(self) -> None:
        """Renew the lease; ends only by losing it."""
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            self._runs.renew_lease(self._fence, now=self._clock())
            self._look_at_the_clock(only_if_set=True)

    def _look_at_the_clock(self, *, only_if_set: bool = False) -> None:
        """What was noted by a clock that was set meanwhile moves with it; what lies in the future counts as now."""
        jump = self._ledger.moments().set_right(
            now=self._clock(),
            steady=self._steady(),
            settle_s=self._options.settle_s,
            only_if_set=only_if_set,
        )
        if jump:
            self._log.warning("clock.set", seconds=round(jump))

    def _still_ours(self) -> None:
        """
        Raises:
            LeaseLost: another run took over.
        """
        self._runs.renew_lease(self._fence, now=self._clock())

    def _stop_if_asked(self) -> None:
        if self._watch.stopping():
            raise Stopped

    def _finish(self) -> None:
        report = self._report
        report.finished = self._clock()
        for source in self._sources:
            traffic = source.traffic()
            sheet = report.sources[source.name]
            sheet.requests, sheet.reread = traffic.requests, traffic.reread
        sent = self._target.traffic()
        report.push.requests, report.push.bytes = sent.requests, sent.bytes_sent
        states = self._documents.counts()
        report.documents.held = states.get("held", 0)
        report.documents.live = (
            states.get("live", 0) + report.documents.held + self._quarantine.unconfirmed.count_there()
        )
        report.documents.held += self._shown.held_counts()[0] + self._quarantine.unconfirmed.count()
        report.documents.quarantined = self._quarantine.count()
        report.documents.without_text = self._documents.without_text()
        report.settle()
        self._runs.finish(
            self._run,
            outcome=report.outcome,
            report=report.as_text(),
            now=report.finished,
            next_mode=report.next_mode,
        )
        if self._fence:
            self._runs.free_lease(self._fence)
        self._watch.finished(report)
        self._log.info(
            "run.finished",
            outcome=report.outcome,
            reasons=report.reasons,
            hiding=report.names,
            **{k: v for k, v in msgspec.to_builtins(report.documents).items() if v},
        )
        structlog.contextvars.unbind_contextvars("run", "target")
