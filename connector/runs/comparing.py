"""
What the ledger has confirmed, beside what Interact keeps: document by document, since Interact has no list of what it holds.

`ledger verify` asks for a sample or for all; a full run asks for a slice before it begins, so that every document has its turn in time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
import structlog

from connector.engine.together import together
from connector.errors import TargetRefused, TargetUnavailable
from connector.ledger.documents import Documents
from connector.plan.context import Books, Run
from connector.plan.findings import Code
from connector.plan.tally import Sheet
from connector.ports.target import Target

AT_ONCE = 8
SHOWN = 20
MOST_OF_IT = 0.5
"""A larger share of what was asked for missing means that the intranet was emptied or made anew."""
LEAST_SAMPLE = 10
TURNS = 200
"""Full runs in which every document has its turn, unless there are too many."""
MOST_ASKED = 1_000
"""Documents of one slice: a call each."""
CURSOR = "compared-up-to"
"""Kind of the note that has the id at which the last slice of a target ended."""


class Drift(msgspec.Struct, frozen=True):
    """One document that is not in the intranet as the ledger says."""

    id: str
    title: str
    drift: str


class Compared:
    """What a comparison saw."""

    def __init__(self, *, notes_are_kept: bool = True) -> None:
        """
        Args:
            notes_are_kept: whether the intranet keeps our notes at all; else a document without one is as it should be.
        """
        self._notes_are_kept = notes_are_kept
        self.asked = 0
        self.counts: Counter[str] = Counter()
        """By kind of drift."""
        self.found: list[Drift] = []
        """The first of them."""
        self.last = ""
        """The id that was asked for last."""
        self._marked: list[str] = []

    @property
    def tells_of_everything(self) -> bool:
        """Whether the intranet was emptied or made anew, as far as what was asked for tells."""
        gone = self.counts["missing"] + self.counts["without our note"]
        return self.asked >= LEAST_SAMPLE and gone > MOST_OF_IT * self.asked

    async def compare(self, target: Target, documents: Documents, ids: Iterable[str]) -> None:
        """
        Ask for documents, a few at once.

        Raises:
            TargetUnavailable, TargetRefused
        """
        batch: list[str] = []
        for identifier in ids:
            batch.append(identifier)
            if len(batch) == AT_ONCE:
                await self._ask(target, documents, batch)
                batch = []
        if batch:
            await self._ask(target, documents, batch)

    def mark(self, documents: Documents) -> None:
        """Take what differs as new: its next listing pushes it again."""
        if self.tells_of_everything:
            for source in documents.sources():
                documents.forget_confirmations(source)
        else:
            documents.forget_confirmation_of(self._marked)

    async def _ask(self, target: Target, documents: Documents, ids: Sequence[str]) -> None:
        prints = documents.fingerprints(ids)
        states = await together(target.state(identifier) for identifier in ids)
        self.asked += len(ids)
        self.last = ids[-1]
        for identifier, state in zip(ids, states, strict=True):
            fingerprint, title = prints[identifier]
            if state.exists and state.fingerprint == fingerprint.hex():
                continue
            if state.exists and not state.fingerprint and not self._notes_are_kept:
                continue
            drift = (
                "missing"
                if not state.exists
                else ("without our note" if not state.fingerprint else "different")
            )
            self.counts[drift] += 1
            self._marked.append(identifier)
            if len(self.found) < SHOWN:
                self.found.append(Drift(identifier, title, drift))


async def compare_slice(
    run: Run, target: Target, books: Books, sheet: Sheet, *, notes_are_kept: bool
) -> None:
    """
    Compare the documents whose turn it is, and take what differs as new; the intranet's silence costs only this look.

    The turn goes on after the last id that was asked for, and begins anew after the last one there is.

    Args:
        notes_are_kept: a note of ours was read in this run.
    """
    documents, notes = books.documents, books.notes("")
    many = min(-(-documents.count() // TURNS), MOST_ASKED)
    note = notes.get(CURSOR, run.target)
    ids = documents.confirmed_after(note[0].decode() if note else "", many)
    if len(ids) < many:
        ids += [one for one in documents.confirmed_after("", many - len(ids)) if one not in ids]
    if not ids:
        return
    compared = Compared(notes_are_kept=notes_are_kept)
    try:
        await compared.compare(target, documents, ids)
    except (TargetUnavailable, TargetRefused) as error:
        structlog.get_logger().info("run.not_compared", why=str(error))
        return
    compared.mark(documents)
    notes.put(CURSOR, run.target, compared.last.encode(), run=run.number)
    if compared.counts:
        sheet.tell(Code.NOT_AS_NOTED, count=sum(compared.counts.values()), asked=compared.asked)
