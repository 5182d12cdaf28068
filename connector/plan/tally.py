"""
What the parts of a run found and did: written down by whoever works, folded into the report by one owner. PURE.

Whoever works is given a `Sheet`, which can only be written: nobody decides by what is counted there.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from connector.plan.findings import Code, Finding, found

FIRST_CHANGES = 1_000
FIRST_FINDINGS = 40


class Counted(StrEnum):
    """What is counted in a run."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SHOWN_AGAIN = "shown-again"
    """Of the documents that count already, those that went out a second time, to more people."""
    DELETED = "deleted"
    SUSPECT = "suspect"
    PENDING = "pending"
    PEOPLE_PUSHED = "people-pushed"
    PEOPLE_REMOVED = "people-removed"


class Change(msgspec.Struct, frozen=True):
    """What a dry run would do to one document."""

    id: str
    change: str
    title: str
    why: str
    code: str = ""
    """The same for programs."""


class Sheet(Protocol):
    """Where whoever works writes down what became of it."""

    def tell(self, code: Code, /, **values: Any) -> None:
        """Write down what was found; the values are those that its words need."""

    def count(self, what: Counted, number: int = 1) -> None:
        """Count what was done."""

    def foretell(self, change: Change) -> None:
        """Write down what a dry run would do."""


class Tally:
    """A sheet that can be read: by its owner, when the work is done."""

    def __init__(self) -> None:
        self.counts = Counter[Counted]()
        self.findings: list[Finding] = []
        """The first of them, each once; the codes and the counts tell of the rest."""
        self.codes: set[Code] = set()
        self.changes: list[Change] = []

    def tell(self, code: Code, /, **values: Any) -> None:
        """Write down what was found."""
        self._take(found(code, **values))

    def count(self, what: Counted, number: int = 1) -> None:
        """Count what was done."""
        self.counts[what] += number

    def foretell(self, change: Change) -> None:
        """Write down what a dry run would do; the first thousand are kept."""
        if len(self.changes) < FIRST_CHANGES:
            self.changes.append(change)

    def take(self, other: Tally) -> None:
        """Add what another sheet holds."""
        self.counts.update(other.counts)
        for finding in other.findings:
            self._take(finding)
        self.codes |= other.codes
        self.changes += other.changes[: FIRST_CHANGES - len(self.changes)]

    def _take(self, finding: Finding) -> None:
        self.codes.add(finding.code)
        if len(self.findings) < FIRST_FINDINGS and finding not in self.findings:
            self.findings.append(finding)
