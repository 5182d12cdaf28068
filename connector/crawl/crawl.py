"""
Walks a source: lists every container, plans what it finds, hands what must be pushed to the outbox.

Workers share one frontier, and a new scope is opened only when the frontier is shorter than the source
allows calls at once. A container's document is in the outbox before its children are
listed. A scope is complete when every container of it was listed to its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
import structlog

from connector.access.crumbs import Names
from connector.access.narrowing import Narrowing, Sight
from connector.crawl.facets import FacetTypes
from connector.crawl.frontier import Frontier
from connector.document.document import Container, Known, Listed, Scope
from connector.document.moments import a_moment_later
from connector.engine.together import first_of, together
from connector.errors import (
    ListingIncomplete,
    RecordGone,
    RecordHidden,
    RecordInvalid,
    SourceRefused,
    SourceUnavailable,
)
from connector.ledger.unconfirmed import Stranger
from connector.plan.context import Books, Run
from connector.plan.findings import Code, HoldReason
from connector.plan.item import Action, Mode, decide, why
from connector.plan.report import Problem, problem
from connector.plan.tally import Counted, Sheet
from connector.ports.source import Marked, Source
from connector.ports.target import Stamp, Target
from connector.push.outbox import Outbox
from connector.push.parcel import Parcel

SEEN_AT_ONCE = 200
"""Containers noted as seen in one transaction."""
NOTED_AT_ONCE = 500
HANDS = 2
"""Workers for each call that the source allows at once: one waits for an answer while another works on its page."""
BREATH = 8
"""Documents made in a row before answers that arrived meanwhile are looked at: a long page must not keep the source idle."""


Opened = Sight
"""A scope to walk, with who may see it."""


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """What is written beside documents in the target."""

    ledger: str
    run: int
    count: int
    people: int = 0


class Making(msgspec.Struct, frozen=True, kw_only=True):
    """What documents are made and sent with."""

    target: Target
    outbox: Outbox
    narrowing: Narrowing
    facets: FacetTypes
    names: Names
    marks: Marks


class Crawl:
    """One walk over one source in one run."""

    def __init__(
        self, run: Run, source: Source, books: Books, making: Making, sheet: Sheet, *, session: int = 0
    ) -> None:
        """
        Args:
            session: the run's number while its session is open.
        """
        self.complete: list[str] = []
        """Keys of the scopes that were listed to their end."""
        self.problems: list[Problem] = []
        self.items = 0
        self._run = run
        self._source = source
        self._target = making.target
        self._documents = books.documents
        self._quarantine = books.quarantine
        self._outbox = making.outbox
        self._sheet = sheet
        self._purpose = purpose = run.purpose(session)
        self._narrowing = making.narrowing
        self._facets = making.facets
        self._names = making.names
        self._marks = making.marks
        self._all_marked = isinstance(source, Marked)
        self._waiting = {} if purpose.mode is Mode.FULL else books.quarantine.waiting(now=purpose.now)
        self._rules = source.left_out_rules
        self._scopes: list[Opened] = []
        self._opened: dict[str, Opened] = {}
        self._frontier = Frontier()
        self._open: dict[str, int] = {}
        """Containers of each scope that are waiting or at work."""
        self._failed: set[str] = set()
        self._busy = 0
        self._made = 0
        self._change = asyncio.Event()
        """Of now; it is set, and another one begins, when a worker that found nothing to do may find something."""
        self._turns = asyncio.Semaphore(source.concurrency)
        self._seen_containers: list[dict[str, object]] = []
        self._versions: list[tuple[str, bytes]] = []
        self._waited: list[str] = []
        self._log = structlog.get_logger("connector.crawl")

    async def walk(self, scopes: Sequence[Opened]) -> None:
        """Walk scopes to their end; trouble in one leaves the others alone."""
        self._scopes = list(reversed(scopes))
        self._opened = {opened.scope.key: opened for opened in scopes}
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._source.concurrency * HANDS):
                    group.create_task(self._work())
        except BaseExceptionGroup as errors:
            raise first_of(errors) from errors
        self._write_notes()

    async def take(
        self, listed: Listed, *, room: str, container: str, known: Known | None, present: bool
    ) -> None:
        """
        Push one item that was found outside its listing.

        Args:
            present: it moved; else its listing goes on lacking it.
        """
        await self._treat(listed, known, room=room, container=container, present=present)
        self._write_notes()

    # -- the workers --------------------------------------------------------------------------

    async def _work(self) -> None:
        while True:
            job = await self._next()
            if job is None:
                return
            try:
                if isinstance(job, Container):
                    await self._list(job)
                else:
                    await self._open_scope(job)
            finally:
                if isinstance(job, Container):
                    self._frontier.done(job)
                self._busy -= 1
                self._look_again()

    async def _next(self) -> Container | Opened | None:
        while not self._run.stopping():
            if self._scopes and self._frontier.hungry:
                self._busy += 1
                return self._scopes.pop()
            container = self._frontier.take()
            if container is not None:
                self._busy += 1
                return container
            if not self._busy:
                break
            await self._change.wait()
        self._look_again()
        return None

    def _look_again(self) -> None:
        """Let every worker that waits for something to do look again."""
        self._change.set()
        self._change = asyncio.Event()

    def _add(self, containers: Sequence[Container]) -> None:
        if not containers:
            return
        for container in containers:
            self._open[container.scope.key] = self._open.get(container.scope.key, 0) + 1
        self._frontier.add(containers)
        self._look_again()

    def _closed(self, scope: Scope) -> None:
        """One container of a scope is done; the last one completes it."""
        self._open[scope.key] -= 1
        if self._open[scope.key] == 0 and scope.key not in self._failed:
            self.complete.append(scope.key)

    def _fail(self, scope: Scope, error: Exception) -> None:
        self._failed.add(scope.key)
        self.problems.append(problem(error, scope.name))
        self._log.warning("scope.incomplete", source=self._source.name, scope=scope.key, error=str(error))

    # -- scopes and containers ----------------------------------------------------------------

    async def _open_scope(self, opened: Opened) -> None:
        scope = opened.scope
        self._open[scope.key] = self._open.get(scope.key, 0) + 1
        try:
            top = await self._source.top(scope, opened.audience, public=opened.public)
        except (SourceUnavailable, SourceRefused, RecordGone, RecordHidden) as error:
            self._fail(scope, error)
        else:
            container = top if isinstance(top, Container) else top.container
            if isinstance(top, Listed):
                known = self._documents.known([top.id]).get(top.id)
                await self._arrive([top], {top.id: known} if known else {}, room=scope.key, container="")
                self.items += 1
                self._run.watch.seen(1)
                await self._treat(top, known, room=scope.key, container="")
            if container is not None:
                self._add([container])
        finally:
            self._closed(scope)

    async def _list(self, container: Container) -> None:
        scope = container.scope
        try:
            await self._list_to_the_end(container)
        except RecordGone:
            # listed a moment ago, gone now: a suspect with its proof; what stood in it may have moved
            self._documents.miss([container.id], run=self._purpose.run, why="absent")
        except (ListingIncomplete, RecordHidden, SourceUnavailable, SourceRefused) as error:
            self._fail(scope, error)
        finally:
            self._closed(scope)

    async def _list_to_the_end(self, container: Container) -> None:
        known = self._documents.known_in(container.id, self._source.name)
        listed: set[str] = set()
        proof, unsteady = b"", False
        if container.expected != 0 or known:
            proven = self._documents.proven(container.id) if self._purpose.mode is Mode.DELTA else None
            if any(one.missing_run is not None for one in known.values()):
                proven = None  # only a listing that proves its own end may say again what is missing
            async for page in self._source.children(container, proven=proven):
                if self._run.stopping():
                    raise ListingIncomplete("the run was stopped")
                await self._take_page(page.rows, container, known, listed)
                proof = page.proof or proof
                unsteady = unsteady or page.unsteady
        gone = known.keys() - listed
        if gone:
            self._documents.miss(sorted(gone), run=self._purpose.run, why="absent", witness=not unsteady)
        self._note_seen(container, b"" if unsteady else proof, unsteady=unsteady)

    def _worth_listing(self, containers: Sequence[Container]) -> list[Container]:
        """Leave out what is empty and was so before: most entries have no attachment, and need no call or question each."""
        empty = [container.id for container in containers if container.expected == 0]
        filled = self._documents.filled(empty, self._source.name) if empty else set()
        worth = []
        for container in containers:
            if container.expected == 0 and container.id not in filled:
                self._note_seen(container, b"")
            else:
                worth.append(container)
        return worth

    def _note_seen(self, container: Container, proof: bytes, *, unsteady: bool = False) -> None:
        self._seen_containers.append(
            {
                "id": container.id,
                "source": self._source.name,
                "room": container.scope.key,
                "run": self._purpose.run,
                "proven": proof,
                "unsteady": unsteady,
            }
        )
        if len(self._seen_containers) >= SEEN_AT_ONCE:
            self._write_notes()

    async def _take_page(
        self, rows: Sequence[Listed], container: Container, known: dict[str, Known], listed: set[str]
    ) -> None:
        with self._frontier.at_work(len(rows)):
            slow = await self._take_rows(rows, container, known, listed)
        if slow:
            self._frontier.done(container)
        self._look_again()  # some may have waited for these rows to be done
        await together(self._treat_in_turn(row, known_row, container) for row, known_row in slow)

    async def _take_rows(
        self, rows: Sequence[Listed], container: Container, known: dict[str, Known], listed: set[str]
    ) -> list[tuple[Listed, Known | None]]:
        """
        Plan and push what a page lists.

        Returns:
            What must wait for more than the processor (a file, a detail), with what is known of it.
        """
        self.items += len(rows)
        self._run.watch.seen(len(rows))
        strangers = [row.id for row in rows if row.id not in known]
        elsewhere = self._documents.known(strangers) if strangers else {}
        listed.update(row.id for row in rows)
        all_known = {**known, **elsewhere} if elsewhere else known
        rows = self._without_ancestors(rows, container)
        if elsewhere:
            rows = [row for row in rows if not self._is_passed_over(elsewhere.get(row.id), container)]
        await self._arrive(rows, all_known, room=container.scope.key, container=container.id)
        if any(row.kind == "unreadable" for row in rows):
            self._fail(
                container.scope,
                RecordInvalid(f"the listing of {container.native} holds an item that cannot be read"),
            )
        containers = [row for row in rows if row.container is not None]
        for row in containers:
            await self._treat(row, all_known.get(row.id), room=container.scope.key, container=container.id)
        self._add(self._worth_listing([row.container for row in containers if row.container is not None]))
        slow: list[tuple[Listed, Known | None]] = []
        for row in rows:
            if row.container is not None:
                continue
            known_row = all_known.get(row.id)
            if self._source.side_by_side and self._action(row, known_row) in {Action.PUSH, Action.FORCE}:
                slow.append((row, known_row))
                continue
            await self._treat(row, known_row, room=container.scope.key, container=container.id)
            if self._run.stopping():
                raise ListingIncomplete("the run was stopped")
        return slow

    async def _treat_in_turn(self, row: Listed, known: Known | None, container: Container) -> None:
        """Make one of several documents at once: as many as there are workers, over all containers."""
        async with self._turns:
            if self._run.stopping():
                raise ListingIncomplete("the run was stopped")
            await self._treat(row, known, room=container.scope.key, container=container.id)

    def _action(self, listed: Listed, known: Known | None) -> Action:
        return decide(listed, known, self._purpose, self._waiting.get(listed.id))

    async def _arrive(
        self, rows: Sequence[Listed], known: dict[str, Known], *, room: str, container: str
    ) -> None:
        """Note what was listed in another place than before, or was missing or held."""
        arrived: list[tuple[str, Known]] = []
        for row in rows:
            before = known.get(row.id)
            if before is None or row.left_out:
                continue
            if before.container != container or before.missing_run is not None or before.state == "held":
                arrived.append((row.id, before))
        if not arrived:
            return
        places = {
            before.container
            for _, before in arrived
            if before.container not in ("", container) and before.missing_run is None
        }
        listing_it_too: set[str] = set()
        if places:
            self._write_notes()
            listing_it_too = self._documents.seen_now(sorted(places), run=self._purpose.run)
        self._documents.found(
            [
                (i, container, room, before.container if before.container in listing_it_too else "")
                for i, before in arrived
            ]
        )

    def _without_ancestors(self, rows: Sequence[Listed], container: Container) -> Sequence[Listed]:
        """A container that lists itself, or what it stands in, goes in circles: its scope cannot be listed to the end."""
        circles = [row for row in rows if f"/{row.id}/" in container.path]
        if not circles:
            return rows
        self._fail(
            container.scope,
            ListingIncomplete(
                f"{container.native} lists {circles[0].native}, in which it stands itself: the listing goes in circles"
            ),
        )
        return [row for row in rows if f"/{row.id}/" not in container.path]

    @staticmethod
    def _is_passed_over(known: Known | None, container: Container) -> bool:
        """Whether another container lists it, too, and is the one that it stands in: it does not change places in each run."""
        if known is None or known.also != container.id:
            return False
        return known.missing_run is None and known.state == "live"

    # -- one item -----------------------------------------------------------------------------

    async def _treat(
        self, listed: Listed, known: Known | None, *, room: str, container: str, present: bool = True
    ) -> None:
        """Plan one item and do it."""
        action = self._action(listed, known)
        if listed.audience is None and not listed.left_out:
            opened = self._opened.get(room)
            self._sheet.tell(Code.AUDIENCES_UNKNOWN, room=opened.scope.name if opened else room)
            if opened is not None and known is not None and known.container != container:
                listed = self._narrowing.moved_into(listed, known, opened.last)
        if action is Action.KEEP:
            self._sheet.count(Counted.UNCHANGED)
            return
        if action is Action.LEAVE:
            self._leave(listed, known)
            return
        if action is Action.WAIT:
            self._waited.append(listed.id)
            await self._narrowing.show_unread(listed, known)
            return
        if action is Action.SHOW and known is not None and await self._narrowing.show(listed, known):
            return
        audience = self._narrowing.now(listed, known)
        if audience is None:
            self._park(
                # whatever its version: it is tried again as soon as its audience is known
                msgspec.structs.replace(listed, version=b""),
                known,
                room,
                container,
                "audience-unknown",
                "Who may see it could not be read, so it is not pushed. Run: connector check",
            )
            return
        if listed.audience is not None and not audience.within(listed.audience):
            # it waits until it may be left to nobody, or to others: what stands there stays, and says nothing new
            self._sheet.count(Counted.PENDING)
            return
        self._made += 1
        if self._made % BREATH == 0:
            await asyncio.sleep(0)
        try:
            document = await self._source.document(listed)
        except RecordInvalid as error:
            self._park(listed, known, room, container, "record-invalid", str(error))
            await self._narrowing.show_unread(listed, known)
            return
        except RecordGone:
            self._documents.miss([listed.id], run=self._purpose.run, why="absent")
            self._note_unpushed(listed, known, room, container)
            return
        except (SourceUnavailable, RecordHidden) as error:
            self._sheet.count(Counted.PENDING)
            self._note_unpushed(listed, known, room, container)
            self._sheet.tell(Code.UNREADABLE, title=listed.name, id=listed.id, why=str(error))
            await self._narrowing.show_unread(listed, known)
            return
        if document.provisional:
            self._sheet.count(Counted.PENDING)
            self._sheet.tell(Code.UNREADABLE_IN_PART, title=listed.name, id=listed.id, why=document.trouble)
            if known is not None and known.fingerprint is not None:
                await self._narrowing.show_unread(listed, known)
                return
            # nothing to keep: better found by its name than not at all; without a version it is tried again
            listed = msgspec.structs.replace(listed, version=b"")
        if document.audience is not audience:
            document = msgspec.structs.replace(document, audience=audience)
        if known is not None and known.path and known.path != document.path and document.modified is not None:
            # it moved, which its source dates no later; whether an update with the same date takes effect is not stated
            document = msgspec.structs.replace(document, modified=a_moment_later(document.modified))
        if listed.above and (closed := self._names.closed(listed.above, audience)):
            document = msgspec.structs.replace(document, closed=closed)
        facets = self._facets.settled(document.facets)
        if facets is not document.facets:
            document = msgspec.structs.replace(document, facets=facets)
        rendered = self._target.render(document)
        if action is Action.PUSH and known is not None and rendered.fingerprint == known.fingerprint:
            self._sheet.count(Counted.UNCHANGED)
            self._versions.append((listed.id, listed.version))
            if len(self._versions) >= NOTED_AT_ONCE:
                self._write_notes()
            return
        await self._outbox.add(
            Parcel(
                source=self._source.name,
                listed=listed,
                rendered=rendered,
                room=room,
                container=container,
                rules=self._rules,
                stamp=Stamp(
                    version=listed.version,
                    mapping=self._source.mapping_hash,
                    ledger=self._marks.ledger,
                    run=self._marks.run,
                    count=self._marks.count,
                    people=self._marks.people,
                )
                if container == "" or self._all_marked
                else Stamp(version=listed.version, mapping=self._source.mapping_hash),
                known=known,
                why=why(listed, known, self._purpose),
                present=present,
            )
        )

    def _leave(self, listed: Listed, known: Known | None) -> None:
        """Settings leave an item out: gone by proof, unless it is the settings that changed."""
        if known is None or known.state in {"held", "removed"}:
            return
        run = self._purpose.run
        if known.rules is None or known.rules == self._rules:
            self._documents.miss([listed.id], run=run, why="left-out")
            # what stood below may have moved away: it is asked for
            self._documents.miss_below(listed.id, run=run, why="absent")
        else:
            self._documents.hold([(listed.id, HoldReason.SETTINGS)], run=run)
            self._documents.hold_below(listed.id, run=run, why=HoldReason.SETTINGS)

    def _note_unpushed(self, listed: Listed, known: Known | None, room: str, container: str) -> None:
        """It lives and is not pushed: the intranet may have it from an earlier ledger, if this one has no confirmation."""
        if known is not None and known.fingerprint is not None:
            return
        opened = self._opened.get(room)
        self._quarantine.unconfirmed.note(
            Stranger(
                id=listed.id,
                source=self._source.name,
                native=listed.native,
                room=room,
                container=container,
                kind="document" if listed.kind == "unreadable" else listed.kind,
                title=listed.name or listed.native,
                url=self._source.link(opened.scope, listed) if opened is not None else "",
                audience=listed.audience,
            ),
            run=self._purpose.run,
        )

    def _park(
        self, listed: Listed, known: Known | None, room: str, container: str, reason: str, message: str
    ) -> None:
        self._note_unpushed(listed, known, room, container)
        self._log.warning("document.quarantined", document=listed.id, source=self._source.name, why=reason)
        self._quarantine.park(
            listed.id,
            source=self._source.name,
            native=listed.native,
            room=room,
            title=listed.name or (known.id if known else listed.native),
            reason=reason,
            message=message,
            version=listed.version,
            now=self._run.now(),
        )

    def _write_notes(self) -> None:
        containers, self._seen_containers = self._seen_containers, []
        versions, self._versions = self._versions, []
        waited, self._waited = self._waited, []
        self._quarantine.see(waited, now=self._run.now())
        self._documents.see_containers(containers)
        self._documents.note_versions(versions, rules=self._rules)
