"""
One run against one target, first step to last.

    lease -> what earlier runs left open -> sign in, list scopes, read audiences -> begin -> narrowings
    -> crawl and push -> suspects -> brake -> removals -> gate -> end -> report

Rules of safety stand where they are kept: proof in `removal`, brake in `plan`, gate in `session`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

import msgspec
import structlog

from connector.audience import Audience
from connector.crawl import Crawl, Marks, Opened
from connector.errors import (
    ConnectorError,
    ListingIncomplete,
    SourceRefused,
    SourceUnavailable,
    TargetUnavailable,
)
from connector.ledger.documents import Documents
from connector.ledger.memory import Room
from connector.ledger.rows import Standing
from connector.ledger.store import Ledger
from connector.markers import Markers
from connector.narrowing import EXPIRED, LOST, Narrowing
from connector.outbox import Outbox
from connector.people import Matching, PeopleSync
from connector.plan import Limits, Mode, Purpose, brake, removals_allowed
from connector.ports import FoundScope, Reading, Source, Stamp, Target
from connector.removal import Proven, Suspects, remove
from connector.report import FIRST_HELD, Held, Report, SourceReport
from connector.session import TOO_MANY, Gate, SyncSession
from connector.together import together

HEARTBEAT_S = 15.0
DAY_S = 86_400.0
WIDER = "audience-wider"
WORDS_OF_HOLD = {
    "brake": "gone from its source, but too many documents would go at once",
    "room-vanished": "its room is no longer listed by the source; that is no proof that it is gone",
    "room-excluded": "the settings exclude its room",
    "source-removed": "its source is no longer in the settings",
    "settings-left-out": "changed settings leave it out",
    EXPIRED: "who may see it could not be read for too long",
    LOST: "nobody who could see it may see it any more",
    WIDER: "more people may see it than before",
}


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was asked for, and the settings it needs, as plain values."""

    mode: Mode
    only: tuple[str, ...] = ()
    """Names of the sources it is narrowed to; empty: all."""
    rooms: tuple[str, ...] = ()
    """Rooms a backfill is narrowed to: root ids, or `community/room`."""
    dry_run: bool = False
    approve: str = ""
    keep: str = ""
    restart: bool = False
    adopt: bool = False
    """A rebuild: what the target has already is written down instead of pushed."""
    sessions: bool = True
    batch_documents: int = 100
    batch_bytes: int = 4_000_000
    concurrency: int = 4
    settle_s: float = 120
    limits: Limits = Limits(max_deletes=500, max_delete_ratio=0.1)
    audience_max_age_s: float = 7 * DAY_S
    max_widened: int = 500
    matching: Matching = Matching()


class Watch(msgspec.Struct, kw_only=True):
    """How a run tells others how it goes, and hears that it should stop."""

    seen: Callable[[int], None] = lambda _: None
    """Items seen in listings."""
    pushed: Callable[[int], None] = lambda _: None
    """Documents that the target accepted."""
    stopping: Callable[[], bool] = lambda: False
    """Whether the run should finish the calls in hand and end."""
    finished: Callable[[Report], None] = lambda _: None
    """The report, also when a bug ends the run."""


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
        recall: Callable[[str], str | None] = lambda _: None,
        watch: Watch | None = None,
    ) -> None:
        self._ledger = ledger
        self._target = target
        self._sources = [one for one in sources if not options.only or one.name in options.only]
        self._options = options
        self._configured = set(configured)
        self._clock = clock
        self._recall = recall
        """Finds the text of a file's content in the cache."""
        self._watch = watch or Watch()
        self._documents: Documents = ledger.documents(target.name)
        self._runs = ledger.runs(target.name)
        self._rooms = ledger.rooms(target.name)
        self._quarantine = ledger.quarantine(target.name)
        self._shown = ledger.shown(target.name)
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
            self._target, self._documents, self._report, ledger=self._ledger.id, run=run.number
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
            progress=self._watch.pushed,
        )
        self._narrowing = self._narrowing_of()
        self._people = self._people_of()
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
        opened = await self._open_sources()
        found = await self._list_scopes(opened)
        for source, scopes in found:
            await self._markers.compare(source, scopes)
        if self._may_hold:
            await self._repeat_removals()
            await self._decide_held(found)
        walks = {source.name: await self._choose_scopes(source, scopes) for source, scopes in found}
        session = await self._begin()
        people = [source for source, _ in found]
        await self._people.shorten(people)
        await self._narrowing.read([(source, walks[source.name]) for source, _ in found])
        await self._narrowing.narrow()
        await self._decide_lost()
        crawls: dict[str, Crawl] = {}
        for source, _ in found:
            crawls[source.name] = self._crawl_of(source)
        await together(crawls[source.name].walk(walks[source.name]) for source, _ in found)
        self._stop_if_asked()
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
                stopping=self._watch.stopping,
            )
            for source, _ in found
        ]
        if self._may_hold:
            for one in suspects:
                await one.examine()
            self._stop_if_asked()
            await self._outbox.flush()
            expired = [
                Proven(one, WORDS_OF_HOLD[EXPIRED])
                for one in self._narrowing.expired()
                if one.state == "live"
            ]
            await self._remove([*(proof for one in suspects for proof in one.proven), *expired])
        await self._narrowing.widen()
        await self._reconfirm(session)
        self._log.info(
            "sources.read", **{source.name: self._report.sources[source.name].items for source, _ in found}
        )
        open_gate = self._ask_gate(session, found)
        await self._push_marks([source for source, _ in found], settled=open_gate)
        if session is not None and open_gate:
            await self._end(session)
        await self._people.complete(people, absent=len(self._sources) - len(found))

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

    def _source_failed(self, source: Source, error: Exception) -> None:
        self._report.sources[source.name].errors.append(str(error))
        self._report.withhold(f"{source.name}: {error}")
        self._log.error("source.failed", source=source.name, error=str(error))

    async def _repeat_removals(self) -> None:
        """Delete once more what a lost call may have brought back."""
        again = self._documents.due_again(now=self._clock())
        if not again or self._options.dry_run:
            return
        self._still_ours()
        intent = self._documents.intend_deletions(again, run=self._run, now=self._clock())
        try:
            await self._target.delete(again)
        except TargetUnavailable as error:
            self._documents.lose(again, until=self._clock() + self._options.settle_s, fingerprints={})
            self._report.withhold(f"{len(again)} removal(s) are repeated later: {error}")
        else:
            self._documents.confirm_deletions(again, run=self._run, now=self._clock(), approved=True, why={})
        self._documents.settle(intent)

    # -- scopes -------------------------------------------------------------------------------

    async def _choose_scopes(self, source: Source, found: Sequence[FoundScope]) -> list[Opened]:
        """Decide which scopes are walked, and read who may see them; what is no longer chosen is held by name."""
        remembered = self._rooms.all(source.name)
        walked: list[tuple[FoundScope, bool]] = []
        for one in found:
            before = remembered.get(one.scope.key)
            included, public = one.included, one.public
            if before is not None and before.rules is not None:
                # each list of globs is compared by itself: what one decided does not fall with the other
                same_rooms = before.rules[:8] == one.rules[:8]
                same_public = before.rules[8:] == one.rules[8:]
                if included and not before.included and same_rooms:
                    included = False
                    self._hold_room(
                        f"the room {one.scope.name} was renamed into what the settings include; it stays out until they name it"
                    )
                if public and not before.public and same_public:
                    public = False
                    self._hold_room(
                        f"the room {one.scope.name} was renamed into what the settings make public; it stays closed until they name it"
                    )
            self._rooms.decide(
                source.name,
                one.scope.key,
                name=one.scope.name,
                included=included,
                public=public,
                rules=one.rules,
                run=self._run,
            )
            if included:
                self._documents.release_room(source.name, one.scope.key)
                walked.append((one, public))
            elif self._may_hold:
                self._documents.hold_room(source.name, one.scope.key, run=self._run, why="room-excluded")
        if self._may_hold:
            listed = {one.scope.key for one in found}
            for key in remembered.keys() - listed:
                self._documents.hold_room(source.name, key, run=self._run, why="room-vanished")
        if self._options.rooms:
            walked = [
                (one, public)
                for one, public in walked
                if one.scope.key in self._options.rooms or one.scope.name in self._options.rooms
            ]
        return await self._read_audiences(source, walked, remembered)

    @property
    def _may_hold(self) -> bool:
        """Narrowed runs and backfills say nothing about what they do not look at."""
        return self._options.mode is not Mode.BACKFILL and not (
            self._options.mode is Mode.FULL and bool(self._options.only)
        )

    async def _read_audiences(
        self, source: Source, walked: Sequence[tuple[FoundScope, bool]], remembered: dict[str, Room]
    ) -> list[Opened]:
        gate = asyncio.Semaphore(source.concurrency)

        async def read(one: FoundScope, public: bool) -> Opened:
            async with gate:
                return await self._read_audience(source, one, public, remembered.get(one.scope.key))

        return await together(read(one, public) for one, public in walked)

    async def _read_audience(
        self, source: Source, one: FoundScope, public: bool, before: Room | None
    ) -> Opened:
        last = before.audience if before else None
        witnesses = before.witnesses if before else []
        lost_at: float | None = None
        now = self._clock()
        try:
            audience, witnesses = await source.audience(one.scope, last, witnesses)
        except ConnectorError as error:
            audience = None
            if before is not None and not isinstance(error, SourceUnavailable):
                lost_at = before.audience_at
            self._report.withhold(f"who may see {one.scope.name} could not be read: {error}")
        else:
            if audience is None:
                self._report.withhold(
                    f"who may see {one.scope.name} is unknown: the list is empty or cut off"
                )
                lost_at = before.audience_at if before else None
        if audience is not None:
            audience = Audience(audience.identities, public=public)
            self._rooms.note_audience(source.name, one.scope.key, audience, now=now)
            if before is None or before.witnesses != witnesses:
                self._rooms.note_witnesses(source.name, one.scope.key, witnesses)
        return Opened(scope=one.scope, audience=audience, public=public, last=last, lost_at=lost_at)

    def _hold_room(self, words: str) -> None:
        self._report.withhold(words)

    # -- sessions -----------------------------------------------------------------------------

    async def _begin(self) -> SyncSession | None:
        """Open a session for a full run over all sources; None where there is none to be opened."""
        options = self._options
        if options.mode is not Mode.FULL or options.only or options.dry_run or not options.sessions:
            return None
        wait = self._runs.unsettled_session(now=self._clock(), settle_s=options.settle_s)
        if wait is not None:
            self._report.withhold(
                f"an earlier run's begin or end went unanswered and may take effect for {wait:.0f} s more: this run goes on without a session"
            )
            return None
        session = SyncSession()
        session.begin()
        self._runs.note_session(self._run, "beginning", now=self._clock())

        def lost() -> None:
            session.begin_lost()
            self._runs.note_session(self._run, "beginning", now=self._clock(), lost=True)

        try:
            await self._target.begin_session(lost=lost)
        except TargetUnavailable as error:
            session.begin_given_up()
            self._runs.note_session(self._run, "withheld", now=self._clock(), lost=session.lost_begin)
            self._report.withhold(f"the session could not be opened, the run goes on without one: {error}")
            return None
        session.begin_answered()
        self._runs.note_session(self._run, "open", now=self._clock())
        self._report.session.opened = True
        self._log.info("session.opened")
        self._purpose = msgspec.structs.replace(self._purpose, session=self._run)
        self._outbox.session_run = self._run
        return session

    def _ask_gate(
        self, session: SyncSession | None, found: Sequence[tuple[Source, list[FoundScope]]]
    ) -> bool:
        """Whether the session may be ended; else it is withheld, and the report says why."""
        self._tell_held()
        if session is None:
            return False
        report, options = self._report, self._options
        unaccepted = self._documents.not_accepted(self._run)
        noted = sum(
            self._markers.predicted(one.name, accepted=self._documents.accepted(self._run, one.name))
            for one in self._sources
        )
        predicted = max(unaccepted, noted)
        report.session.predicted_removals = predicted
        allowed = removals_allowed(
            options.limits,
            lately=self._documents.removed_since(self._clock() - DAY_S),
            standing=max(self._documents.count(), noted),
        )
        reasons = session.may_end(
            Gate(
                incomplete=len(self._sources)
                - len(found)
                + sum(1 for sheet in report.sources.values() if not sheet.complete),
                unseen=sum(1 for _, scopes in found if not scopes),
                unknown=len(self._markers.unknowing),
                not_accepted=unaccepted,
                suspects=report.documents.suspect,
                held=sum(self._documents.held_counts().values()),
                predicted_removals=predicted,
                removals_allowed=allowed,
                unsettled=self._outbox.unanswered,
            )
        )
        if reasons:
            self._runs.note_session(self._run, "withheld", now=self._clock())
            whole = len(found) == len(self._sources) and all(
                sheet.complete for sheet in report.sources.values()
            )
            report.braked = report.braked or (noted > allowed and whole)
            report.withhold("the session was not ended: " + "; ".join(reasons))
            self._log.warning("session.withheld", reasons=reasons)
        return not reasons

    async def _end(self, session: SyncSession) -> None:
        """End the session; what was predicted is compared with what Interact reports."""
        report = self._report
        self._still_ours()
        session.end()
        self._runs.note_session(self._run, "ending", now=self._clock())
        try:
            reported = await self._target.end_session()
        except TargetUnavailable as error:
            session.end_lost()
            self._runs.note_session(self._run, "ending", now=self._clock(), lost=True)
            report.withhold(f"the end of the session got no answer; it may have happened: {error}")
            return
        session.end_answered()
        self._runs.note_session(self._run, "ended", now=self._clock())
        report.session.ended = True
        report.session.reported_removals = reported
        self._log.info("session.ended", removed=reported)
        predicted = report.session.predicted_removals
        if reported > predicted:
            report.say(
                f"unexpected_removals: the end of the session removed {reported} document(s), {predicted} were predicted; "
                "the next run is a full one"
            )

    async def _reconfirm(self, session: SyncSession | None) -> None:
        """
        Push as last accepted what lives but could not be pushed anew in this session (unreadable, unmappable, refused).

        Only where everything else would let the session end: it keeps one bad document from withholding every end.
        """
        if (
            session is None
            or self._report.documents.suspect
            or any(not s.complete for s in self._report.sources.values())
        ):
            return
        if self._documents.held_counts() or len(self._report.sources) != len(self._sources):
            return
        for source in self._sources:
            for standing, body in self._documents.unaccepted(self._run, source=source.name):
                await self._outbox.add(self._narrowing.as_accepted(standing, body, None))
        await self._outbox.flush()

    # -- pushing ------------------------------------------------------------------------------

    def _narrowing_of(self) -> Narrowing:
        rules = {source.name: source.left_out_rules for source in self._sources}
        return Narrowing(
            self._documents,
            self._shown,
            self._target,
            self._outbox,
            self._report,
            run=self._run,
            limits=self._options.limits,
            max_widened=self._options.max_widened,
            max_age_s=self._options.audience_max_age_s,
            recall=self._recall,
            stamp=self._stamp_of,
            rules=lambda source: rules.get(source, b""),
            lately=lambda: self._documents.removed_since(self._clock() - DAY_S),
            clock=self._clock,
        )

    def _people_of(self) -> PeopleSync:
        options = self._options
        return PeopleSync(
            self._ledger.people(self._target.name),
            self._ledger.notes(""),
            self._target,
            self._report,
            run=self._run,
            thorough=options.mode is not Mode.DELTA,
            whole=options.mode is Mode.FULL and not options.only,
            sessions=options.sessions and not options.dry_run,
            matching=options.matching,
            batch=options.batch_documents,
            settle_s=options.settle_s,
            clock=self._clock,
            still_ours=self._still_ours,
        )

    def _stamp_of(self, standing: Standing) -> Stamp:
        """What is kept beside a document that is pushed as it was accepted last."""
        if standing.container:
            return Stamp()
        return Stamp(ledger=self._ledger.id, run=self._run, count=self._markers.count(standing.source))

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
            marks=Marks(ledger=self._ledger.id, run=self._run, count=self._markers.count(source.name)),
            clock=self._clock,
            stopping=self._watch.stopping,
            seen=self._watch.seen,
        )

    async def _push_marks(self, sources: Sequence[Source], *, settled: bool) -> None:
        """Bring the note beside one room document per source up to date: always in full runs, else when it is far off."""
        if self._options.dry_run:
            return
        for source in sources:
            delta = self._options.mode is Mode.DELTA
            far_off = self._markers.is_far_off(source.name, strict=not delta)
            if delta and not far_off:
                continue
            marker = self._documents.marker(source.name)
            # every room carries the count, since any of them may be the one that is left to be read
            rooms = self._documents.rooms_of(source.name) if far_off else [marker]
            count = self._markers.count(source.name, settled=settled)
            for identifier in filter(None, rooms):
                await self._push_mark(source, identifier, count)

    async def _push_mark(self, source: Source, identifier: str, count: int) -> None:
        body = self._documents.body(identifier)
        if body is None:
            return
        parcel = self._narrowing.as_accepted(self._documents.standing([identifier])[identifier], body, None)
        await self._outbox.add(
            msgspec.structs.replace(parcel, stamp=msgspec.structs.replace(parcel.stamp, count=count))
        )
        await self._outbox.flush()
        self._report.documents.unchanged -= 1  # it is one of the documents counted already

    # -- removals -----------------------------------------------------------------------------

    async def _remove(self, proven: Sequence[Proven]) -> None:
        """Let proven removals past the brake, all of them or none."""
        options, now = self._options, self._clock()
        for name in set(self._documents.sources()) - self._configured:
            self._documents.hold_source(name, run=self._run, why="source-removed")
        words = brake(
            options.limits,
            going=len(proven),
            lately=self._documents.removed_since(now - DAY_S),
            standing=self._documents.count(),
        )
        if words:
            self._documents.hold(
                [(p.document.id, EXPIRED if p.why == WORDS_OF_HOLD[EXPIRED] else "brake") for p in proven],
                run=self._run,
            )
            self._report.braked = True
            self._report.say(
                f"{words}. Nothing was removed. Look at them with: connector runs {self._report.run_id}; "
                f"then: connector sync --approve {self._report.run_id}, or --keep {self._report.run_id}"
            )
            return
        await self._delete(proven, approved=False)

    async def _delete(self, going: Sequence[Proven], *, approved: bool) -> int:
        return await remove(
            self._target,
            self._documents,
            self._report,
            going,
            run=self._run,
            approved=approved,
            batch=self._options.batch_documents,
            settle_s=self._options.settle_s,
            clock=self._clock,
            still_ours=self._still_ours,
        )

    async def _decide_held(self, found: Sequence[tuple[Source, list[FoundScope]]]) -> None:
        """Carry out what a person decided about an earlier run: remove what it named, or keep it."""
        options = self._options
        for identifier in filter(None, (options.approve, options.keep)):
            run = self._runs.get(identifier)
            if run is None:
                raise _no_such_run(identifier)
            if run.dry_run:
                raise _dry_run_is_no_ground(identifier)
        if options.keep and (run := self._runs.get(options.keep)):
            self._documents.keep(up_to_run=run.number)
            self._shown.keep(up_to_run=run.number)
        if not options.approve:
            return
        run = self._runs.get(options.approve)
        assert run is not None
        self._accept_counts(run.report)
        self._shown.approve(up_to_run=run.number)
        going: list[Proven] = []
        for standing in self._documents.held(up_to_run=run.number):
            if standing.held_why in {EXPIRED, LOST}:
                continue  # decided when the audiences of this run are known
            if await self._came_back(standing, found):
                self._documents.found([(standing.id, standing.container, standing.room)])
            else:
                going.append(
                    Proven(standing, f"approved: {WORDS_OF_HOLD.get(standing.held_why, standing.held_why)}")
                )
        await self._delete(going, approved=True)

    async def _decide_lost(self) -> None:
        """Remove what an approved run held for having no audience, and what has none now either."""
        run = self._runs.get(self._options.approve) if self._options.approve and self._may_hold else None
        if run is None:
            return
        going = [
            Proven(standing, f"approved: {WORDS_OF_HOLD[standing.held_why]}")
            for standing in self._documents.held(up_to_run=run.number)
            if standing.held_why in {EXPIRED, LOST} and self._narrowing.still_lost(standing)
        ]
        await self._delete(going, approved=True)

    def _accept_counts(self, report: str | None) -> None:
        """An approved run that was braked by a note: that note no longer binds; any other approval leaves it alone."""
        told = msgspec.json.decode(report) if report else {}
        whole = all(source["complete"] for source in told.get("sources", {}).values())
        by_note = any(TOO_MANY in reason for reason in told.get("reasons", []))
        if told.get("outcome") == "braked" and whole and by_note:
            self._markers.accept()

    async def _came_back(self, standing: Standing, found: Sequence[tuple[Source, list[FoundScope]]]) -> bool:
        """Whether what was held is there again, so that an approval does not touch it."""
        by_name = {source.name: (source, scopes) for source, scopes in found}
        if standing.source not in by_name:
            return standing.source in self._configured  # not read in this run: nothing is known, so it stays
        source, scopes = by_name[standing.source]
        scope = next((one for one in scopes if one.scope.key == standing.room), None)
        if standing.held_why == "room-vanished" and scope is not None:
            return True
        if standing.held_why == "room-excluded":
            return scope is not None and scope.included
        if standing.held_why == "source-removed":
            return True
        if scope is None and standing.held_why != "room-vanished":
            return True
        try:
            verdict = await source.ask(
                standing.native,
                standing.room,
                standing.room,
                [one.scope.key for one in scopes if one.included],
            )
        except (SourceUnavailable, SourceRefused):
            return True
        if verdict.gone:
            return False
        if standing.held_why == "room-vanished":
            return verdict.listed is not None
        return not (verdict.listed is not None and verdict.listed.left_out)

    def _tell_held(self) -> None:
        """Say what is held now, and whether somebody acknowledged it."""
        counts = self._documents.held_counts()
        for (reason, kept), count in sorted(counts.items()):
            if kept:
                continue
            words = f"{count} document(s) are held: {WORDS_OF_HOLD.get(reason, reason)}"
            if reason in {"brake", EXPIRED, LOST}:
                self._report.braked = True
                self._report.say(words)
            else:
                self._report.withhold(words)
        self._report.held = [
            *(
                Held(one.id, one.title, WORDS_OF_HOLD.get(one.held_why, one.held_why))
                for one in self._documents.held(limit=FIRST_HELD)
            ),
            *self._report.suspects,
        ]
        wider, unacknowledged = self._shown.held_counts()
        if unacknowledged:
            self._report.braked = True
            self._report.say(
                f"{unacknowledged} document(s) keep the audience they have: {WORDS_OF_HOLD[WIDER]}"
            )
        if wider:
            self._report.held += [
                Held(identifier, title, WORDS_OF_HOLD[WIDER])
                for identifier, title in self._shown.held(limit=FIRST_HELD)
            ]

    # -- lease and end ------------------------------------------------------------------------

    async def _beat(self) -> None:
        """Renew the lease; ends only by losing it."""
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            self._runs.renew_lease(self._fence, now=self._clock())

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
        report.documents.live = states.get("live", 0) + report.documents.held
        report.documents.held += self._shown.held_counts()[0]
        report.documents.quarantined = self._quarantine.count()
        report.documents.without_text = self._documents.without_text()
        report.settle()
        self._runs.finish(self._run, outcome=report.outcome, report=report.as_text(), now=report.finished)
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


def _no_such_run(identifier: str) -> ConnectorError:
    return ConnectorError(f"There is no run {identifier}. List them with: connector runs")


def _dry_run_is_no_ground(identifier: str) -> ConnectorError:
    return ConnectorError(
        f"Run {identifier} was a dry run; it held nothing that could be approved or kept. Run: connector sync"
    )
