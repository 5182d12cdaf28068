"""
`connector ledger verify`: whether the ledger is right, by what the intranet keeps beside documents.

Interact has no list of what it holds: only what the ledger remembers can be asked for (`comparing`).
"""

from __future__ import annotations

from typing import Any

import msgspec

from connector.document.counting import Number, counted
from connector.ledger.compared import keep_compared, keeps_notes
from connector.ledger.store import Ledger
from connector.plan.compared_words import NO_NOTES, kinds
from connector.plan.context import Run
from connector.ports.target import Target
from connector.runs.comparing import Compared, Drift
from connector.runs.orders import attended


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What a verification saw."""

    target: str
    documents: int
    asked: int
    right: int
    drift: dict[str, int]
    found: list[Drift]
    everything_is_pushed_again: bool
    notes_are_kept: bool = True
    """Else only whether the documents are there was compared."""

    def as_json(self) -> dict[str, Any]:
        """As it is printed."""
        told: dict[str, Any] = msgspec.to_builtins(self)
        return {**told, "words": self.words()}

    def words(self) -> str:
        """What it means, in a sentence."""
        return self._words() if self.notes_are_kept else f"{self._words()} {NO_NOTES}"

    def _words(self) -> str:
        if not self.documents:
            return "The ledger has no document that it says is in the intranet: nothing was checked."
        if not self.drift:
            checked = counted(self.asked, "document")
            if self.asked == self.documents:
                all_are = "it is" if self.asked == 1 else "all are"
                return f"{checked} checked, and {all_are} in the intranet as the ledger says."
            these_are = "this one is" if self.asked == 1 else "all of these are"
            return (
                f"{checked} of {self.documents} checked, and {these_are} in the intranet as the ledger says. "
                "To check every one: connector ledger verify --all"
            )
        drift = kinds(self.drift)
        if self.everything_is_pushed_again:
            return (
                f"{counted(self.asked, 'document')} checked: {drift}. The intranet was emptied or rebuilt, or its notes were reset. "
                "The next run sends everything again. Run: connector sync"
            )
        return f"{counted(self.asked, 'document')} checked: {drift}. The next run sends {Number(sum(self.drift.values())):~it/them} again. Run: connector sync"


async def verify(run: Run, target: Target, ledger: Ledger, *, sample: int | None) -> Verification:
    """
    Compare confirmed documents with what Interact keeps beside them, and mark what differs to be pushed again.

    Args:
        run: as what is no run, between two.
        sample: how many documents, chosen at random; None walks all of them.

    Raises:
        TargetUnavailable, TargetRefused: nothing is known; nothing was changed.
    """
    documents, notes = ledger.documents(target.name), ledger.notes("")
    total = documents.count()
    chosen = documents.confirmed_ids() if sample is None else iter(documents.sampled_ids(sample))
    compared = Compared(keeps_notes(notes, target.key))
    async with attended(ledger, target, run):
        await compared.compare(target, documents, chosen, at_once=run.options.asked_at_once)
    compared.know(None)
    run.still_ours()
    compared.leave_out_changed(documents)
    compared.mark(documents)
    if compared.asked:
        keep_compared(notes, target.name, compared.told(at=run.started))
    return Verification(
        target=target.name,
        documents=total,
        asked=compared.asked,
        right=compared.asked - sum(compared.counts.values()),
        drift=dict(compared.counts),
        found=compared.found,
        everything_is_pushed_again=compared.tells_of_everything,
        notes_are_kept=compared.notes_are_kept,
    )
