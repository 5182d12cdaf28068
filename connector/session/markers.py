"""
The notes beside room documents: which ledger wrote last, in which run, how many documents the source had, and how many
people the intranet knew by us.
Where a source has no room documents, its records carry the notes, and those of the first records of each scope
are kept up to date.

They are all that is left of a lost ledger, and all that two connectors see of each other. A ledger that finds
itself older, foreign or empty beside them takes everything as new, ends no session in that run, and does not
lower the count that it found until the difference passed the gate or a person approved it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence

import msgspec

from connector.access.accepted import Accepted
from connector.engine.batched import batched
from connector.engine.task_group import together
from connector.ledger.before_restore import read_before_restore
from connector.ledger.compared import note_kept
from connector.ledger.documents import Documents
from connector.ledger.notes import Notes
from connector.ledger.orders import Order
from connector.ledger.taken_out_counts import taken_since, without_taken
from connector.plan.context import Books, Run
from connector.plan.findings import Code
from connector.plan.item import Mode
from connector.plan.tally import Sheet
from connector.ports.source import FoundScope, Marked, Source
from connector.ports.target import RemoteState, Target
from connector.push.document_push import DocumentPush
from connector.push.outbox import Outbox
from connector.session.gate import predict
from connector.session.intranet_restore import RestoreEvidence
from connector.session.people_note import PeopleNote, is_far_off
from connector.session.unnamed_sources import UnnamedSources

CARRIERS = 4
"""Records of each scope whose notes are kept up to date."""
LOOKED_AT = 3 * CARRIERS
"""Records of each scope that are looked beside: some of the carriers may be gone, and new ones stand before them."""


class Markers:
    """What the notes of one target say in one run."""

    def __init__(
        self,
        run: Run,
        target: Target,
        books: Books,
        sheet: Sheet,
        keep_orders: Callable[[], None],
        configured: Collection[str],
    ) -> None:
        """
        Args:
            configured: names of the sources that the settings have, read in this run or not.
            keep_orders: has what is told of orders stand in the file beside the ledger, too.
        """
        self.unknowing: set[str] = set()
        """Sources of which the intranet may hold more than this ledger knows."""
        self.is_of_another = False
        """Whether a note of another ledger was met: what that one knew, and this one does not, stays until a session ends."""
        self.heard: bool | None = None
        """Whether a note of a ledger was read: the intranet keeps them; None: there was nothing to look beside."""
        self.put_back: set[tuple[str, int]] = set()
        """Ledger and run of notes that this ledger wrote itself, and does not know any more: it was put back."""
        self.behind = False
        """Whether this ledger is older than what it finds, or the intranet was made anew: nobody counts as pushed."""
        self.restore_evidence = RestoreEvidence(run, target, books.documents, books.people)
        self.people = PeopleNote(books.people)
        self.unnamed = UnnamedSources(run, books.notes(""), books.documents, configured)
        self.accepted = False
        """Whether a person approved that the notes tell of more documents than there are."""
        self._run = run
        self._target = target
        self._documents = books.documents
        self._orders = books.orders
        self._before = read_before_restore(books.notes(""), run.target)
        self._sheet = sheet
        self._noted: dict[str, tuple[int, int]] = {}
        """Per source: the count that was noted, and the removals that this ledger did since, without those of this run."""
        self._gone: dict[str, int] = {}
        """Per source whose note is of this ledger: removals of this run; counted last."""
        self._taken: set[str] = set()
        """Sources of which a person had something hidden in this run."""
        self._keep_orders = keep_orders
        self._still_noted: dict[str, int] = {}
        """Per source: what people had hidden in this run, and its notes count until they are written last."""
        self._confirmed: dict[str, int] = {}
        """Per source: what was counted last; counting looks at every document, and each of many pushes asks."""

    async def compare(self, source: Source, scopes: Sequence[FoundScope]) -> None:
        """
        Read the note of a source's marker; of all its rooms when the ledger has no marker.

        Raises:
            TargetUnavailable, TargetRefused: nothing is known.
        """
        marker = self.marker(source)
        if marker is None:
            await self._search(source, scopes)
            return
        state = await self._target.state(marker)
        self._hear([state])
        if not state.exists:
            others = [one for one in self.carriers(source) if one != marker]
            count = self._documents.forget_confirmations(source.name)
            if not await self.restore_evidence.hear_others(marker, others):
                self.behind = True
                self._sheet.tell(Code.INTRANET_EMPTIED, source=source.name, count=count)
        elif state.ledger:
            # nothing of this run was written yet, so a note of its own number comes from a run that a backup undid
            foreign = state.ledger != self._run.ledger or state.run >= self._run.number
            lineage = not foreign or state.ledger == self._before.ledger
            since = self._documents.removed_after_run(source.name, state.run) if lineage else 0
            if foreign:
                since += self._hidden_since(source.name, state, self._orders.standing())
            if lineage:
                self._gone[source.name] = gone = self._removed_now(source.name)
                since -= gone
            self._noted[source.name] = (state.count, since)
            if not foreign and self._documents.hidden_after_run(source.name, state.run):
                self._taken.add(source.name)  # what is left of a lost ledger must not count what people hid
            if lineage:  # also where this ledger was put back itself: the intranet may be older still
                self.restore_evidence.hear(marker, state)
            else:
                self.restore_evidence.is_of_another = True
            self.people.hear(state, foreign=not lineage)
            if foreign:
                if state.ledger in (self._run.ledger, self._before.ledger):
                    self.put_back.add((state.ledger, state.run))
                self.behind = self.is_of_another = True
                self.unknowing.add(source.name)
                self.unnamed.hear([state])
                self._documents.forget_confirmations(source.name)
                self._sheet.tell(Code.OTHER_LEDGER, source=source.name)

    def remember_heard(self, notes: Notes) -> None:
        """What was heard tells later looks at the intranet whether it keeps notes at all."""
        if self.heard is not None:
            note_kept(notes, self._target.key, kept=self.heard)

    async def _search(self, source: Source, scopes: Sequence[FoundScope]) -> None:
        """Look beside every room, or the first records of every scope, for a note: the ledger is new, or was lost."""
        if isinstance(source, Marked):
            beside = await source.carriers(LOOKED_AT)
            if not beside:
                self.unknowing.add(source.name)
                self._sheet.tell(Code.NOTHING_TELLS, source=source.name)
        else:
            beside = [i for i in (source.scope_id(one.scope) for one in scopes) if i]
        states: list[RemoteState] = []
        for batch in batched(beside, self._run.options.asked_at_once):
            states += await together(self._target.state(identifier) for identifier in batch)
        self._hear(states)
        found = [state for state in states if state.exists]
        if found:
            self.is_of_another = True
            self.unknowing.add(source.name)
            orders = self._orders.standing()
            counted = [(one.count, self._hidden_since(source.name, one, orders)) for one in found]
            self._noted[source.name] = max(counted, key=lambda one: one[0] - one[1])
            for state in found:
                self.people.hear(state, foreign=True)
            self.unnamed.hear(found)
            self._sheet.tell(Code.LEDGER_LOST, source=source.name)

    def _hear(self, states: Sequence[RemoteState]) -> None:
        there = [bool(state.ledger) for state in states if state.exists]
        if there:
            self.heard = any(there) or bool(self.heard)

    def _hidden_since(self, source: str, state: RemoteState, orders: Sequence[Order]) -> int:
        """What another ledger counted in its note, and people had hidden since then, as far as no removal of this one tells of it."""
        known = self._before.run if state.ledger == self._before.ledger else 0
        return taken_since(orders, source, ledger=state.ledger, run=max(state.run, known))

    def marker(self, source: Source) -> str | None:
        """Id of the document whose note is read at the beginning of a run."""
        return marker_of(self._documents, source)

    def carriers(self, source: Source) -> list[str]:
        """Ids of all documents whose notes are kept up to date: any of them may be the one that is left to be read."""
        if isinstance(source, Marked):
            return self._documents.carriers(source.name, each=CARRIERS)
        return self._documents.rooms_of(source.name)

    def predicted(self, source: str, *, accepted: int) -> int:
        """How many documents of a source the end of a session would remove, by the note alone."""
        self._count_gone()
        noted, since = self._note_of(source)
        return predict(noted=noted, removed_since=since, accepted=accepted)

    def _note_of(self, source: str) -> tuple[int, int]:
        """The count that was noted, and the removals since; this run's, too, as they were counted last."""
        noted, since = self._noted.get(source, (0, 0))
        return noted, since + self._gone.get(source, 0)

    def _count_gone(self) -> None:
        for source in self._gone:
            self._gone[source] = self._removed_now(source)

    def _removed_now(self, source: str) -> int:
        """Removals of this run, without what a person had hidden: `took` tells of those."""
        run, documents = self._run.effects, self._documents
        removed = documents.removed_after_run(source, run - 1) - documents.removed_after_run(source, run)
        hidden = documents.hidden_after_run(source, run - 1) - documents.hidden_after_run(source, run)
        return removed - hidden

    def took(self, source: str, count: int) -> None:
        """A person had so many documents of a source hidden in this run: no note may count them any more."""
        self._taken.add(source)
        self._confirmed.pop(source, None)
        self._still_noted.pop(source, None)
        if source in self._noted:
            noted, since = self._noted[source]
            self._noted[source] = noted, since + count

    def count(self, source: str, *, settled: bool = False) -> int:
        """
        How many documents a source has, to be noted; never less than was noted and not explained.

        Args:
            settled: the difference passed the gate.
        """
        if source not in self._confirmed:
            self._confirmed[source] = self._documents.confirmed(source)
        confirmed = self._confirmed[source]
        noted, since = self._note_of(source)
        return confirmed if settled else max(confirmed, noted - since)

    def noted_now(self, source: str) -> int:
        """
        How many documents a note has that is written while this run goes on: with those that people had hidden in it.

        They belong to the next run, so that this run's notes count them whenever they were written, until all are written anew
        without them (`push`): a run that fails before, and a ledger that is lost then, leave no note of which it is not known.
        """
        if source not in self._still_noted:
            self._still_noted[source] = self._documents.hidden_after_run(source, self._run.number)
        return self.count(source) + self._still_noted[source]

    def recount(self) -> None:
        """What was pushed and removed since changed how many documents and people there are."""
        self._confirmed.clear()
        self._count_gone()
        self.people.recount()
        self.unnamed.recount()

    def is_far_off(self, source: str, *, strict: bool) -> bool:
        """
        Whether the note is so far off that it is worth pushes of its own.

        Args:
            strict: in runs that push everything anyway.
        """
        noted, since = self._note_of(source)
        if source in self._taken or self.accepted or self.people.is_far_off(strict=strict):
            return True
        return is_far_off(self.count(source), noted - since, strict=strict)

    def accept(self) -> None:
        """A person approved a run that was braked by a note: it no longer binds."""
        self.accepted = True
        self._noted.clear()
        self._gone.clear()
        self.unknowing.clear()
        self.unnamed.settle()

    # -- writing ------------------------------------------------------------------------------

    async def push(
        self,
        sources: Sequence[Source],
        outbox: Outbox,
        accepted: Accepted,
        look: Callable[[], Awaitable[None]],
        *,
        settled: bool,
    ) -> None:
        """
        Bring the note beside one document per source up to date: always in full runs, in a delta where it would tell of nothing
        else; beside all when it is far off.

        Args:
            look: what a delta does before it writes any.
            settled: the difference passed the gate.
        """
        delta = self._run.mode is Mode.DELTA
        self.recount()
        left_out: dict[str, int] = {}
        sent = set[str]()
        for source in sources:
            far_off = self.is_far_off(source.name, strict=not delta)
            marker = self.marker(source)
            evidence = self.restore_evidence
            if delta and not (far_off or (marker and evidence.leaves_no_trace(source.name, marker))):
                continue
            if delta and not sent:
                await look()
            carriers = self.carriers(source) if far_off else [marker]
            if source.name in self._taken:
                left_out[source.name] = self._leave_out(source.name)
            count = self.count(source.name, settled=settled)
            for identifier in filter(None, carriers):
                push = self.with_note(identifier, count, accepted)
                if push is not None:
                    sent.add(identifier)
                    await outbox.add(push)
        await outbox.flush()
        if sent.isdisjoint(outbox.recording.unheard):
            for name, up_to in left_out.items():
                self._documents.count_hidden_as(name, run=self._run.number, up_to=up_to)

    def _leave_out(self, source: str) -> int:
        """
        The notes are about to be written without what people had hidden of a source: nothing is to be subtracted from them for that.

        Before they are: a ledger that is lost amid it must not find the brake too mild.

        Returns:
            The number of the last removal that they leave out.
        """
        for order in self._orders.standing():
            if (told := without_taken(order.told, source)) is not None:
                self._orders.note(order.id, told=told)
        self._keep_orders()
        return self._documents.last_removal()

    def with_note(self, identifier: str, count: int, accepted: Accepted) -> DocumentPush | None:
        """A document as it is, with a new note beside it; it counts already, whatever becomes of this push."""
        body = self._documents.body(identifier)
        if body is None:
            return None
        standing = self._documents.standing([identifier])[identifier]
        push = accepted.push_of(standing, body, None)
        if push is None:
            return None
        stamp = msgspec.structs.replace(push.stamp, count=count, people=self.people.count())
        return msgspec.structs.replace(push, stamp=stamp, counts=False)


def marker_of(documents: Documents, source: Source) -> str | None:
    """Id of the document whose note tells who wrote to a source's documents last; None where the ledger knows none."""
    if isinstance(source, Marked):
        return next(iter(documents.carriers(source.name, each=1)), None)
    return documents.marker(source.name)
