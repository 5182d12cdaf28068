"""What the steps of a run work with: made once, of what was opened for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import msgspec

from connector.access.accepted import Accepted
from connector.access.audience_updates import AudienceUpdates
from connector.access.breadcrumb_updates import BreadcrumbUpdates
from connector.access.breadcrumbs import ContainerNames
from connector.access.narrowing import Narrowing
from connector.access.widening import Widening
from connector.crawl.facet_types import FacetTypes
from connector.crawl.items import Making, Marks, carries_marks
from connector.crawl.scopes import Scopes
from connector.crawl.walk import Walk
from connector.ledger.rows import Standing
from connector.ledger.store import Ledger
from connector.people.records import PeopleSync
from connector.people.turns import Turns, open_people
from connector.plan.brake_counts import BrakeCounts
from connector.plan.context import Books, Run
from connector.plan.tally import Sheet
from connector.ports.engine import Others
from connector.ports.source import Marked, Remembering, Source
from connector.ports.target import Stamp, Target
from connector.push.outbox import Outbox
from connector.removal.decisions import Decisions
from connector.removal.hiding import Beside, Hiding
from connector.removal.holds import Holds
from connector.removal.unconfirmed import UnconfirmedDocuments
from connector.runs.orders import Forgetting
from connector.session.documents import DocumentSession
from connector.session.gate import Kind
from connector.session.known_addresses import SourceAddresses
from connector.session.markers import Markers
from connector.session.session import Calls, RunSession


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """What was opened for a run."""

    ledger: Ledger
    target: Target
    sources: Sequence[Source]
    configured: Collection[str]
    """Names of the sources that the settings have for the target, opened or not."""
    recall: Callable[[str], str | None] = lambda _: None
    """Finds the text of a file's content in the cache."""
    files_by: str = ""
    """Names the settings that decide which text a file has, beside those of which another one maps everything anew."""
    others: Others | None = None
    """Services that may walk rooms for the run; None: there is nobody else."""
    keep_orders: Callable[[], None] = lambda: None
    """Has what the ledger tells of orders stand in the file beside it, too."""
    began: Callable[[], None] = lambda: None
    """Is told once the run stands in the ledger."""


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What the steps of one run work with."""

    markers: Markers
    brake_counts: BrakeCounts
    outbox: Outbox
    accepted: Accepted
    audience_updates: AudienceUpdates
    narrowing: Narrowing
    breadcrumbs: BreadcrumbUpdates
    widening: Widening
    people: PeopleSync
    turns: Turns
    scopes: Scopes
    holds: Holds
    decisions: Decisions
    hiding: Hiding
    unconfirmed: UnconfirmedDocuments
    session: DocumentSession
    addresses: SourceAddresses
    facets: FacetTypes


def make_parts(run: Run, opened: Opened, books: Books, sheet: Sheet) -> Parts:
    """Make everything that a run works with; nobody is called."""
    target, sources = opened.target, opened.sources
    addresses = SourceAddresses(books.notes(""), run.target)
    moved = [one.name for one in sources if addresses.has_moved(one)]
    brake_counts = BrakeCounts(run, books.documents, sources, moved=moved)
    markers = Markers(run, target, books, sheet, opened.keep_orders, opened.configured)

    def is_on_hold() -> bool:
        return outbox.target_hold.look()

    people = open_people(run, books.people, target, books.runs, sheet, is_on_hold)
    turns = Turns(people, every_s=0.0 if run.dry_run else run.options.people_every_s, clock=run.now)

    def pushed(count: int) -> None:
        """A batch was accepted: between two of them people have their turn."""
        run.watch.pushed(count)
        turns.look()
        hiding.wake()

    outbox = Outbox(run, target, books, sheet, pushed)
    beside = Beside(markers.took, Forgetting(run, books.people, people.sending).forget)
    hiding = Hiding(run, target, books, outbox, sheet, beside)
    accepted = accepted_of(opened, books, lambda source: _marks(run, markers, source))
    audience_updates = AudienceUpdates(run, books, sheet)
    holds = Holds(run, target, books, brake_counts, sheet)
    calls = Calls(target.begin_session, target.end_session)
    return Parts(
        markers=markers,
        brake_counts=brake_counts,
        outbox=outbox,
        accepted=accepted,
        audience_updates=audience_updates,
        narrowing=Narrowing(run, books, audience_updates, accepted, outbox, brake_counts),
        breadcrumbs=BreadcrumbUpdates(run, books, audience_updates, accepted),
        widening=Widening(run, books, audience_updates, accepted, outbox, sheet),
        people=people,
        turns=turns,
        scopes=Scopes(run, books, sheet),
        holds=holds,
        hiding=hiding,
        decisions=Decisions(run, books, holds, markers, opened.configured),
        unconfirmed=UnconfirmedDocuments(run, target, books, accepted, outbox, sheet),
        session=DocumentSession(
            run,
            books.documents,
            RunSession(run, Kind.DOCUMENT, calls, books.runs, sheet, is_on_hold),
            markers,
            brake_counts,
            sheet,
        ),
        addresses=addresses,
        facets=FacetTypes(books.notes(""), run.target),
    )


def _marks(run: Run, markers: Markers, source: str) -> Marks:
    """What is noted beside the documents of a source now."""
    return Marks(
        ledger=run.ledger,
        run=run.number,
        count=markers.noted_now(source),
        people=markers.people.count(),
        others=markers.unnamed.others(source),
    )


def accepted_of(opened: Opened, books: Books, marks: Callable[[str], Marks]) -> Accepted:
    """
    Make what was accepted last ready to be pushed again.

    Args:
        marks: what is noted beside the documents of a source.
    """
    lists: dict[str, Remembering] = {
        one.name: one for one in opened.sources if isinstance(one, Remembering) and one.looks_below
    }
    marked = {one.name for one in opened.sources if isinstance(one, Marked)}
    rules = {one.name: one.left_out_rules for one in opened.sources}

    def stamp(standing: Standing) -> Stamp:
        """What is kept beside a document that is pushed as it was accepted last."""
        carries = carries_marks(standing.container, all_marked=standing.source in marked)
        return marks(standing.source).stamp() if carries else Stamp()

    return Accepted(
        books.documents,
        opened.target.format,
        ContainerNames(books.pending_audiences, books.people, lists),
        recall=opened.recall,
        stamp=stamp,
        rules=lambda source: rules.get(source, b""),
    )


def make_walk(run: Run, source: Source, opened: Opened, books: Books, parts: Parts, sheet: Sheet) -> Walk:
    """Make the walk over one source."""
    making = Making(
        form=opened.target.format,
        outbox=parts.outbox,
        accepted=parts.accepted,
        audience_updates=parts.audience_updates,
        facets=parts.facets,
        marks=_marks(run, parts.markers, source.name),
        sheet=sheet,
    )
    return Walk(run, source, books, making, session=parts.outbox.recording.session_run)


def settle_unanswered(books: Books, intents: Collection[int], *, settle_s: float) -> int:
    """
    Settle what somebody sent who hears of no answer any more: it may still take effect, and others may push it again.

    Returns:
        How many documents that are.
    """
    if not intents:
        return 0

    def write() -> int:
        lost = books.documents.lose_open_intents(settle_s=settle_s, only=intents)
        books.shards.forget_claims(intents)
        return lost

    return books.documents.wholly(write)
