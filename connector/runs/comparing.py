"""
What the ledger has confirmed, beside what Interact keeps: document by document, since Interact has no list of what it holds.

`ledger verify` asks for a sample or for all; a full run asks for a slice before it sends any, so that every document has its turn in time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
import structlog

from connector.engine.batched import batched
from connector.engine.task_group import together
from connector.errors import TargetRefused, TargetUnavailable
from connector.ledger.compared import LastCompared, keep_compared, keeps_notes
from connector.ledger.documents import Documents
from connector.plan.context import Books, Run
from connector.plan.findings import Code
from connector.plan.tally import Sheet
from connector.ports.target import Target

READ_AT_ONCE = 500
SHOWN = 20
MOST_OF_IT = 0.5
"""A larger share of what was asked for missing means that the intranet was emptied or made anew."""
LEAST_SAMPLE = 10
TURNS = 200
"""Full runs in which every document has its turn, unless there are too many."""
MOST_ASKED = 1_000
"""Documents of one slice: a call each."""
NO_NOTE = "without our note"
"""The kind of drift of a document that is there without what we keep beside it."""
CURSOR = "compared-up-to"
"""Kind of the note that has the id at which the last slice of a target ended."""


class Drift(msgspec.Struct, frozen=True):
    """One document that is not in the intranet as the ledger says."""

    id: str
    title: str
    drift: str


class Compared:
    """What a comparison saw."""

    def __init__(self, notes_are_kept: bool | None) -> None:
        """
        Args:
            notes_are_kept: whether the intranet keeps our notes at all, else a document without one is as it should be; None:
                nobody knows yet, and one note among those that are asked for tells that it does.
        """
        self._kept = notes_are_kept
        self._bare: list[tuple[Drift, bytes]] = []
        """Without a note, while nobody knows whether there are any; by what is known at last they count, or not."""
        self.asked = 0
        self.counts: Counter[str] = Counter()
        """By kind of drift."""
        self.found: list[Drift] = []
        """The first of them."""
        self.last = ""
        """The id that was asked for last."""
        self._differing: dict[str, tuple[str, bytes]] = {}
        """Kind of drift by id, and the fingerprint that was confirmed when it was asked for."""

    @property
    def tells_of_everything(self) -> bool:
        """Whether the intranet was emptied or made anew, as far as what was asked for tells."""
        gone = self.counts["missing"] + self.counts[NO_NOTE]
        return self.asked >= LEAST_SAMPLE and gone > MOST_OF_IT * self.asked

    async def compare(
        self, target: Target, documents: Documents, ids: Iterable[str], *, at_once: int
    ) -> None:
        """
        Ask for documents, so many at once.

        Raises:
            TargetUnavailable, TargetRefused
        """
        for batch in batched(ids, at_once):
            await self._ask(target, documents, batch)

    def know(self, notes_are_kept: bool | None) -> None:
        """Decide about documents without a note by what is known of notes now: what was asked for may have been before that."""
        if self._kept is not None:
            return
        if notes_are_kept:
            self._learn_that_notes_are_kept()
        elif self._bare or notes_are_kept is False:
            self._kept = False

    @property
    def notes_are_kept(self) -> bool:
        """Whether documents without a note of ours count as drift."""
        return self._kept is not False

    def told(self, *, at: float, run_id: str = "") -> LastCompared:
        """What is kept of it."""
        return LastCompared(
            at=at,
            run_id=run_id,
            asked=self.asked,
            drift=dict(self.counts),
            notes_are_kept=self.notes_are_kept,
        )

    def leave_out_changed(self, documents: Documents) -> None:
        """Nothing is known of what was sent, or removed, since it was asked for."""
        for ids in batched(list(self._differing), READ_AT_ONCE):
            now = documents.fingerprints(ids)
            for identifier in ids:
                kind, asked_with = self._differing[identifier]
                if identifier not in now or now[identifier][0] != asked_with:
                    del self._differing[identifier]
                    self.asked -= 1
                    self.counts -= Counter({kind: 1})
        self.found = [one for one in self.found if one.id in self._differing]

    def mark(self, documents: Documents) -> None:
        """Take what differs as new: its next listing pushes it again."""
        if self.tells_of_everything:
            documents.forget_every_confirmation()
        else:
            documents.forget_confirmation_of(list(self._differing))

    async def _ask(self, target: Target, documents: Documents, ids: Sequence[str]) -> None:
        self.last = ids[-1]
        prints = documents.fingerprints(ids)  # without what was removed since the ids were read
        states = await together(target.state(identifier) for identifier in prints)
        self.asked += len(prints)
        for (identifier, (fingerprint, title)), state in zip(prints.items(), states, strict=True):
            if state.fingerprint and self._kept is None:
                self._learn_that_notes_are_kept()
            if state.exists and state.fingerprint == fingerprint.hex():
                continue
            drift = "missing" if not state.exists else ("different" if state.fingerprint else NO_NOTE)
            one = Drift(identifier, title, drift)
            if drift != NO_NOTE or self._kept:
                self._count(one, fingerprint)
            elif self._kept is None:
                self._bare.append((one, fingerprint))

    def _learn_that_notes_are_kept(self) -> None:
        self._kept = True
        for one, fingerprint in self._bare:
            self._count(one, fingerprint)
        self._bare.clear()

    def _count(self, one: Drift, fingerprint: bytes) -> None:
        self.counts[one.drift] += 1
        self._differing[one.id] = one.drift, fingerprint
        if len(self.found) < SHOWN:
            self.found.append(one)


async def ask_slice(run: Run, target: Target, books: Books) -> Compared | None:
    """
    Ask for the documents whose turn it is: a full run does so while its sources are read, since it decides nothing yet.

    The turn goes on after the last id that was asked for, and begins anew after the last one there is.

    Returns:
        What was seen; None where nothing is to be asked, as in every other run, or the intranet was silent, which costs only
        this look.
    """
    if not run.is_whole or run.dry_run:
        return None
    documents, notes = books.documents, books.notes("")
    many = min(-(-documents.count() // TURNS), MOST_ASKED)
    note = notes.get(CURSOR, run.target)
    ids = documents.confirmed_after(note.value.decode() if note else "", many)
    if len(ids) < many:
        ids += [one for one in documents.confirmed_after("", many - len(ids)) if one not in ids]
    if not ids:
        return None
    compared = Compared(None)  # the run has not looked at the notes beside rooms yet
    try:
        await compared.compare(target, documents, ids, at_once=run.options.asked_at_once)
    except (TargetUnavailable, TargetRefused) as error:
        structlog.get_logger().info("run.not_compared", why=str(error))
        return None
    return compared


def take_slice(run: Run, target: Target, books: Books, compared: Compared, sheet: Sheet) -> None:
    """Take as new what differs of what was asked for, before any of it is sent."""
    documents, notes = books.documents, books.notes("")
    compared.know(keeps_notes(notes, target.key))
    compared.leave_out_changed(documents)
    compared.mark(documents)
    keep_compared(notes, run.target, compared.told(at=run.now(), run_id=run.id))
    notes.put(CURSOR, run.target, compared.last.encode(), run=run.number)
    if compared.counts:
        sheet.tell(Code.NOT_AS_NOTED, count=compared.counts.total(), asked=compared.asked)
