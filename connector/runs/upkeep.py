"""
`connector ledger verify | rebuild | prune`: is the ledger right, making it anew, clearing old history.

Interact has no list of what it holds: only what somebody remembers can be asked for. A rebuilt ledger
therefore knows what the sources still have; what is only in the intranet goes with the next full run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from connector.document.counting import counted
from connector.engine.together import together
from connector.ledger.store import Ledger
from connector.ports.target import Target

AT_ONCE = 8
SHOWN = 20
MOST_OF_IT = 0.5
"""A larger share of the sample missing means that the intranet was emptied or made anew."""
LEAST_SAMPLE = 10


class Finding(msgspec.Struct, frozen=True):
    """One document that is not in the intranet as the ledger says."""

    id: str
    title: str
    drift: str


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What a verification saw."""

    target: str
    documents: int
    asked: int
    right: int
    drift: dict[str, int]
    found: list[Finding]
    everything_is_pushed_again: bool

    def as_json(self) -> dict[str, Any]:
        """As it is printed."""
        told: dict[str, Any] = msgspec.to_builtins(self)
        return {**told, "words": self.words()}

    def words(self) -> str:
        """What it means, in a sentence."""
        if not self.drift:
            if self.asked == self.documents:
                return f"{counted(self.asked, 'document')} checked, and all are in the intranet as the ledger says."
            return (
                f"{counted(self.asked, 'document')} of {self.documents} checked, and all of these are in the intranet as the ledger "
                "says. To check every one: connector ledger verify --all"
            )
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.drift.items()))
        if self.everything_is_pushed_again:
            return (
                f"{counted(self.asked, 'document')} checked: {kinds}. The intranet was emptied or rebuilt, or its notes were reset. "
                "The next run sends everything again. Run: connector sync"
            )
        return f"{counted(self.asked, 'document')} checked: {kinds}. The next run sends them again. Run: connector sync"


async def verify(
    target: Target, ledger: Ledger, *, sample: int | None, still_ours: Callable[[], None]
) -> Verification:
    """
    Compare confirmed documents with what Interact keeps beside them, and mark what differs to be pushed again.

    Args:
        sample: how many documents, chosen at random; None walks all of them.

    Raises:
        TargetUnavailable, TargetRefused: nothing is known; nothing was changed.
    """
    documents = ledger.documents(target.name)
    total = documents.count()
    chosen = documents.confirmed_ids() if sample is None else iter(documents.sampled_ids(sample))
    asked = 0
    counts: Counter[str] = Counter()
    found: list[Finding] = []
    marked: list[str] = []
    batch: list[str] = []

    async def compare(ids: Sequence[str]) -> None:
        nonlocal asked
        prints = documents.fingerprints(ids)
        states = await together(target.state(identifier) for identifier in ids)
        asked += len(ids)
        for identifier, state in zip(ids, states, strict=True):
            fingerprint, title = prints[identifier]
            if state.exists and state.fingerprint == fingerprint.hex():
                continue
            drift = (
                "missing"
                if not state.exists
                else ("without our note" if not state.fingerprint else "different")
            )
            counts[drift] += 1
            marked.append(identifier)
            if len(found) < SHOWN:
                found.append(Finding(identifier, title, drift))

    for identifier in chosen:
        batch.append(identifier)
        if len(batch) == AT_ONCE:
            await compare(batch)
            batch = []
    if batch:
        await compare(batch)
    still_ours()
    gone = counts["missing"] + counts["without our note"]
    everything = asked >= LEAST_SAMPLE and gone > MOST_OF_IT * asked
    if everything:
        for source in documents.sources():
            documents.forget_confirmations(source)
    else:
        documents.forget_confirmation_of(marked)
    return Verification(
        target=target.name,
        documents=total,
        asked=asked,
        right=asked - sum(counts.values()),
        drift=dict(counts),
        found=found,
        everything_is_pushed_again=everything,
    )
