"""
One item of a listing: planned (`plan.step`), then done. What must be pushed is fetched, mapped and handed to the outbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import msgspec

from connector.access.accepted import Accepted
from connector.access.audience_updates import AudienceUpdates
from connector.crawl.facet_types import FacetTypes
from connector.crawl.listing import Treated
from connector.crawl.other_kinds import OtherKinds
from connector.crawl.places import Place
from connector.crawl.results import Results
from connector.crawl.unpushed import Unpushed
from connector.crawl.write_buffer import WriteBuffer
from connector.document.audience import NOBODY, Audience
from connector.document.dates import a_moment_later
from connector.document.document import Document, Known, Listed, Met, met_in
from connector.document.ids import is_kept, path_ids
from connector.document.states import REMOVED
from connector.errors import RecordGone, RecordHidden, RecordInvalid, SourceRefused, SourceUnavailable
from connector.plan.context import Books, Run
from connector.plan.findings import Aside, Code, HoldReason
from connector.plan.item import Action, Mode, decide, why
from connector.plan.step import Keep, Leave, Note, Park, Push, Show, Stay, Wait, moved_into, plan_item
from connector.plan.tally import Counted, Sheet
from connector.ports.format import Format
from connector.ports.source import Marked, Nested, Source
from connector.ports.target import Stamp
from connector.push.document_push import DocumentPush
from connector.push.outbox import Outbox
from connector.text.reasons import say_why

YIELD_AFTER = 32
"""Documents made in a row before answers that arrived meanwhile are looked at: long pages must not keep the source idle."""
PASSES = 4
"""Of the loop, that an answer takes from its arrival to the next call: with fewer it would wait for further documents at each of them."""
TOO_DEEP = "it stands below {} others, one in the other, and the connector keeps no place so deep; move it further up"


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """What is written beside documents in the target."""

    ledger: str
    run: int
    count: int
    people: int = 0
    others: Mapping[str, int] = {}

    def stamp(self, *, version: bytes = b"", mapping: bytes = b"") -> Stamp:
        """What is kept beside a document that carries them."""
        return Stamp(
            version=version,
            mapping=mapping,
            ledger=self.ledger,
            run=self.run,
            count=self.count,
            people=self.people,
            others=self.others,
        )


def carries_marks(container: str, *, all_marked: bool) -> bool:
    """
    Whether a document carries the ledger's notes: rooms do, or all records of a source without them.

    Args:
        container: that it stands in; empty for a scope's own document.
        all_marked: whether its source is `Marked`.
    """
    return not container or all_marked


class Making(msgspec.Struct, frozen=True, kw_only=True):
    """What documents are made and sent with."""

    form: Format
    outbox: Outbox
    accepted: Accepted
    audience_updates: AudienceUpdates
    facets: FacetTypes
    marks: Marks
    sheet: Sheet
    """Of the run: for what is found outside every walk."""


class _AtWork(msgspec.Struct, gc=False):
    """An item that is being made, more than once where several pages list it."""

    count: int = 0
    page: int = 0
    """The last one."""


class Items:
    """The items of one source in one run."""

    def __init__(
        self, run: Run, source: Source, books: Books, making: Making, buffer: WriteBuffer, *, session: int
    ) -> None:
        """
        Args:
            session: the run's number while its session is open.
        """
        self.results = Results(source.name, run.watch)
        self.other_kinds = OtherKinds(source, books.documents, self.results)
        self._run = run
        self._source = source
        self._documents = books.documents
        self._unpushed = Unpushed(run, source, books.quarantine, self.results)
        self._making = making
        self._buffer = buffer
        self._purpose = purpose = run.purpose(session)
        self._waiting = {} if run.mode is Mode.FULL else books.quarantine.waiting(now=purpose.now)
        self._rules = source.left_out_rules
        self._all_marked = isinstance(source, Marked)
        self._looks_below = isinstance(source, Nested) and source.looks_below
        self._made = 0
        self._at_work: dict[str, _AtWork] = {}
        """What is being made, by id."""
        self._yielding = asyncio.Lock()
        """Pages are made one after the other, and the loop is let go on between them: side by side they would make one long one."""

    def is_slow(self, listed: Listed, known: Known | None) -> bool:
        """Whether it has to be made, which may wait for more than the processor."""
        action = decide(listed, known, self._purpose, self._waiting.get(listed.id))
        return action is Action.PUSH or action is Action.FORCE

    async def take(
        self, listed: Listed, *, room: str, container: str, known: Known | None, present: bool
    ) -> None:
        """
        Push one item that was found outside its listing.

        Args:
            present: it moved; else its listing goes on lacking it.
        """
        await self.treat(listed, known, Place(room, container, present))
        self._buffer.write()

    def keep(self, room: str, rows: int) -> None:
        """Rows that are as they were when they were kept, or sent, last."""
        self._sheet(room).count(Counted.UNCHANGED, rows)

    async def treat(self, listed: Listed, known: Known | None, place: Place) -> Treated:
        """Plan one item and do it; says what became of it."""
        sheet, updates = self._sheet(place.room), self._making.audience_updates
        met = met_in(place.container, place.room, known)
        if listed.audience is None and not listed.left_out:
            listed = self._of_unknown_audience(listed, known, place, sheet)
            if listed.audience is not None and self._looks_below and not self._see(place, listed.audience):
                # its list was its own, not its place's, so nothing proves that its readers lost it: they keep what they find, and nothing new
                sheet.count(Counted.PENDING)
                if listed.audience != NOBODY:  # of those, whoever could not see its room does lose it
                    await self._narrow(listed, listed.audience, met)
                return Treated.OTHERWISE
        facts = updates.facts(listed, known, waiting=self._waiting.get(listed.id), rules=self._rules)
        step = plan_item(listed, known, self._purpose, facts)
        if known is not None and known.version != listed.version:
            updates.is_made_anew(listed.id)
        match step:
            case Keep():
                sheet.count(Counted.UNCHANGED)
                return Treated.KEPT
            case Leave():
                self._leave(listed, step, known, place)
            case Park() if listed.unreadable:
                self._unpushed.park(listed, known, place, Aside.INVALID, why=listed.unreadable)
            case Park():
                self._unpushed.park(
                    # whatever its version: it is tried again as soon as its audience is known
                    msgspec.structs.replace(listed, version=b""),
                    known,
                    place,
                    Aside.AUDIENCE_UNKNOWN,
                )
            case Wait():
                self._buffer.waits(listed.id)
                if step.update is not None:
                    updates.note(listed, step.update, met)
                await self._narrow(listed, step.narrowed, met)
            case Note(update):
                updates.note(listed, update, met)
            case Stay(update):
                updates.note(listed, update, met)
                sheet.count(Counted.PENDING)
            case Show():
                updates.note(listed, step.update, met)
                if not await self._show(listed, step.audience, met, whole=True):
                    await self._push(listed, known, place, step.anew)
            case Push():
                updates.note(listed, step.update, met)
                return await self._push(listed, known, place, step)
        return Treated.OTHERWISE

    def _sheet(self, room: str) -> Sheet:
        result = self.results.found.get(room)
        return self._making.sheet if result is None else result.tally

    def _of_unknown_audience(self, listed: Listed, known: Known | None, place: Place, sheet: Sheet) -> Listed:
        """An item of which nobody tells who may see it; one that moved keeps at most those who could see its new place."""
        if listed.unreadable:
            return listed  # that is told, and not even its place is known
        sight = self.results.sights.get(place.room)
        sheet.tell(Code.AUDIENCES_UNKNOWN, room=sight.scope.name if sight is not None else place.room)
        if sight is None or known is None or _was_accepted_in(place, known):
            return listed
        return moved_into(listed, self._making.audience_updates.had(known), known, sight.last)

    def _see(self, place: Place, readers: Audience) -> bool:
        """Whether all of some readers see the container of a place, as the target accepted it last; one that is new is seen by nobody."""
        if readers == NOBODY or place.container == place.room:  # a scope without a document
            return readers != NOBODY
        known = self._documents.known([place.container]).get(place.container)
        seen = self._making.audience_updates.had(known) if known is not None else None
        return seen is not None and readers.within(seen)

    async def _show(self, listed: Listed, audience: Audience, met: Met, *, whole: bool) -> bool:
        """Push what was accepted last to another audience; False where it cannot be made of what is kept."""
        push = self._making.accepted.shown_to(listed.id, audience, whole=whole, met=met)
        if push is None:
            return False
        await self._making.outbox.add(push)
        return True

    async def _narrow(self, listed: Listed, audience: Audience | None, met: Met) -> None:
        """A document whose content cannot be read now: a narrower audience does not wait for it."""
        if audience is not None:
            await self._show(listed, audience, met, whole=False)

    async def _push(self, listed: Listed, known: Known | None, place: Place, push: Push) -> Treated:
        """Fetch an item, map it, and hand it to the outbox where it came out different; says what became of it."""
        sheet = self._sheet(place.room)
        if not self._run.options.adopt and self._making.outbox.target_hold.keeps_new(known):
            sheet.count(Counted.PENDING)
            return Treated.OTHERWISE
        document = await self._make(listed, known, place, push.narrowed)
        if document is None:
            return Treated.OTHERWISE
        if document.provisional:
            # nothing to keep: better found by its name than not at all; without a version it is tried again
            listed = msgspec.structs.replace(listed, version=b"")
            met = met_in(place.container, place.room, known)
            self._making.audience_updates.note_wider(listed, push.update, met)
        document = self._finished(document, listed, known, push.audience)
        rendered = self._making.form.render(document)
        if not push.force and known is not None and rendered.fingerprint == known.fingerprint:
            sheet.count(Counted.UNCHANGED)
            self._buffer.has_version(listed.version, rendered)
            return Treated.OTHERWISE
        if not self.other_kinds.may_send(listed, known, place.room):
            return Treated.OTHERWISE
        await self._making.outbox.add(
            DocumentPush(
                source=self._source.name,
                listed=listed,
                rendered=rendered,
                room=place.room,
                container=place.container,
                rules=self._rules,
                stamp=self._stamp(listed, place),
                known=known,
                why=why(listed, known, self._purpose),
                present=place.present,
            )
        )
        return Treated.SENT if listed.version and push.update.is_as_read else Treated.OTHERWISE

    async def _make(
        self, listed: Listed, known: Known | None, place: Place, narrowed: Audience | None
    ) -> Document | None:
        """
        Make a document of an item.

        Args:
            narrowed: the fewer people who may see it now; they do not wait for its content.

        Returns:
            None where nothing is to be pushed: it could not be made, which is told, or only in part while the target has it whole.
        """
        self._made += 1
        if self._made % YIELD_AFTER == 0:
            async with self._yielding:
                for _ in range(PASSES):
                    await asyncio.sleep(0)
        sheet = self._sheet(place.room)
        try:
            document = await self._made_last(listed, place.page)
        except RecordInvalid as error:
            self._unpushed.park(listed, known, place, Aside.INVALID, why=str(error))
        except RecordGone:
            self._documents.miss([listed.id], run=self._run.number, why="absent")
            self._unpushed.note(listed, known, place)
            if known is None or known.state == REMOVED:  # of what is known the suspects tell
                sheet.tell(Code.GONE_WHEN_READ, title=listed.name, id=listed.id)
            return None
        except (SourceUnavailable, SourceRefused, RecordHidden) as error:
            sheet.count(Counted.PENDING)
            self._unpushed.note(listed, known, place)
            sheet.tell(Code.UNREADABLE, title=listed.name, id=listed.id, why=str(error))
        else:
            if document is None or not document.provisional:
                return document
            sheet.count(Counted.PENDING)
            sheet.tell(Code.UNREADABLE_IN_PART, title=listed.name, id=listed.id, why=_why_in_part(document))
            if (
                known is None
                or not known.is_confirmed
                or narrowed == NOBODY
                or known.audience == NOBODY.digest()
            ):
                return document
        await self._narrow(listed, narrowed, met_in(place.container, place.room, known))
        return None

    async def _made_last(self, listed: Listed, page: int) -> Document | None:
        """Make a document; None where a later page lists the item, too, and it is made for that one at the same time."""
        at_work = self._at_work.setdefault(listed.id, _AtWork())
        at_work.count, at_work.page = at_work.count + 1, max(at_work.page, page)
        try:
            document = await self._source.document(listed)
            if not is_kept(document.path):
                raise RecordInvalid(TOO_DEEP.format(len(path_ids(document.path)) - 1))
            return document if at_work.page == page else None
        finally:
            at_work.count -= 1
            if not at_work.count:
                del self._at_work[listed.id]

    def _finished(
        self, document: Document, listed: Listed, known: Known | None, audience: Audience
    ) -> Document:
        """A document as it goes out: with the audience of now, a later date where it moved, and what its breadcrumb may name."""
        if document.audience is not audience:
            document = msgspec.structs.replace(document, audience=audience)
        if known is not None and known.path and known.path != document.path and document.modified is not None:
            # it moved, which its source dates no later; whether an update with the same date takes effect is not stated
            document = msgspec.structs.replace(document, modified=a_moment_later(document.modified))
        if listed.above and (closed := self._making.accepted.names.closed(listed.above, audience)):
            document = msgspec.structs.replace(document, closed=closed)
        facets = self._making.facets.settled(document.facets)
        if facets is not document.facets:
            document = msgspec.structs.replace(document, facets=facets)
        return document

    def _stamp(self, listed: Listed, place: Place) -> Stamp:
        """What is kept beside a document."""
        version, mapping = listed.version, self._source.mapping_hash
        if carries_marks(place.container, all_marked=self._all_marked):
            return self._making.marks.stamp(version=version, mapping=mapping)
        return Stamp(version=version, mapping=mapping)

    def _leave(self, listed: Listed, step: Leave, known: Known | None, place: Place) -> None:
        """
        Settings leave an item out: gone by proof, unless it is the settings that changed.

        A row of another place than it stood in proves nothing of what may stand there still: it is asked for.
        """
        run = self._run.number
        if step.gone:
            elsewhere = known is not None and known.container != place.container
            self._documents.miss([listed.id], run=run, why="absent" if elsewhere else "left-out")
            # what stood below may have moved away: it is asked for
            self._documents.miss_below(listed.id, run=run, why="absent")
        if step.held:
            self._documents.hold([(listed.id, HoldReason.SETTINGS)], run=run)
            self._documents.hold_below(listed.id, run=run, why=HoldReason.SETTINGS)


def _was_accepted_in(place: Place, known: Known) -> bool:
    """Whether the target has an item where it is met now; one that waited elsewhere is known here since the last run, and was not sent."""
    if known.container != place.container:
        return False
    return not (known.path and place.container) or f"/{place.container}/" in known.path


def _why_in_part(document: Document) -> str:
    """Why not all of a document was read, as the end of a sentence; empty where nobody knows."""
    sentence, _ = say_why(document.text_missing)
    return document.trouble or f"{sentence[:1].lower()}{sentence[1:]}".rstrip(".")
