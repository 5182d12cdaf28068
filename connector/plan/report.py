"""
The report of a run: what was seen, done, held and left, and how the run ended. PURE.

Outcome, the worst that applies: failed, cancelled, braked, withheld, quarantined, succeeded.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

EXIT_CODES = {"succeeded": 0, "failed": 1, "cancelled": 1, "withheld": 3, "quarantined": 3, "braked": 4}
FIRST_HELD = 100
FIRST_CHANGES = 1_000
FIRST_ERRORS = 20
FIRST_REASONS = 40


class SourceReport(msgspec.Struct):
    """What became of one source."""

    complete: bool = False
    items: int = 0
    requests: int = 0
    reread: int = 0
    errors: list[str] = []


class DocumentCounts(msgspec.Struct):
    """Documents by what became of them in this run; `live`, `quarantined` and `held` count what stands now."""

    live: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    quarantined: int = 0
    suspect: int = 0
    pending: int = 0
    held: int = 0
    without_text: int = 0


class Held(msgspec.Struct, frozen=True):
    """One document, or one person's record, that is kept although it seems to go."""

    id: str
    title: str
    reason: str
    kind: str = "document"
    """document or person."""
    code: str = ""
    """For programs: brake, room-vanished, may-have-moved ...; missing for what is missing without proof."""


class Change(msgspec.Struct, frozen=True):
    """What a dry run would do to one document."""

    id: str
    change: str
    title: str
    why: str


class People(msgspec.Struct):
    """People's identities."""

    pushed: int = 0
    removed: int = 0
    held: int = 0
    oldest_h: float | None = None
    """Age of whose memberships were told longest ago, in hours; None when nobody is known."""
    unknown: list[str] = []


class SessionReport(msgspec.Struct):
    """Interact's session."""

    opened: bool = False
    ended: bool = False
    predicted_removals: int = 0
    reported_removals: int = 0


class Push(msgspec.Struct):
    """What was sent to the target."""

    requests: int = 0
    bytes: int = 0


class Report(msgspec.Struct):
    """Everything about one run."""

    run_id: str
    mode: str
    target: str
    started: float
    dry_run: bool = False
    outcome: str = ""
    reasons: list[str] = []
    finished: float = 0.0
    sources: dict[str, SourceReport] = {}
    documents: DocumentCounts = msgspec.field(default_factory=DocumentCounts)
    held: list[Held] = []
    suspects: list[Held] = []
    """What is missing without proof; shown with what is held."""
    people: People = msgspec.field(default_factory=People)
    session: SessionReport = msgspec.field(default_factory=SessionReport)
    push: Push = msgspec.field(default_factory=Push)
    changes: list[Change] = []
    names: list[str] = []
    """Titles that stand in reasons: logs hide them."""
    failed: bool = False
    cancelled: bool = False
    braked: bool = False
    withheld: bool = False
    braked_by_note: bool = False
    """The end of the session would remove what only the note beside a room tells of: an approval takes that back."""
    next_mode: str = ""
    """What the next run is to be: full, or nothing in particular."""

    def say(self, reason: str) -> None:
        """Add a reason once; the first forty are kept, the counts tell of the rest."""
        if reason not in self.reasons and len(self.reasons) < FIRST_REASONS:
            self.reasons.append(reason)

    @property
    def how_to_decide(self) -> str:
        """What to type about what this run held."""
        return (
            f"Look at them with: connector runs {self.run_id}; then: connector sync --approve {self.run_id}, "
            f"or --keep {self.run_id}"
        )

    def called(self, title: str, identifier: str) -> str:
        """What a reason calls a document: its title, where it has one."""
        if title and len(self.names) < FIRST_CHANGES:
            self.names.append(title)
        return title or identifier

    def withhold(self, reason: str) -> None:
        """Something is not as it should be, although nothing failed."""
        self.withheld = True
        self.say(reason)

    def change(self, identifier: str, change: str, title: str, why: str) -> None:
        """Note what a dry run would do."""
        if len(self.changes) < FIRST_CHANGES:
            self.changes.append(Change(identifier, change, title, why))

    def settle(self) -> None:
        """Decide the outcome."""
        documents = self.documents
        if self.failed:
            self.outcome = "failed"
        elif self.cancelled:
            self.outcome = "cancelled"
        elif self.braked:
            self.outcome = "braked"
        elif self.withheld or documents.suspect:
            self.outcome = "withheld"
        elif documents.quarantined:
            self.outcome = "quarantined"
        else:
            self.outcome = "succeeded"

    def as_json(self) -> dict[str, Any]:
        """The report as it is printed and kept."""
        shown: dict[str, Any] = {
            "run_id": self.run_id,
            "mode": self.mode,
            "target": self.target,
            "outcome": self.outcome,
            "reasons": self.reasons,
            "started_at": stamp(self.started),
            "finished_at": stamp(self.finished),
            "duration_seconds": round(self.finished - self.started, 3),
            "sources": {
                name: {
                    "complete": one.complete,
                    "items": one.items,
                    "requests": one.requests,
                    "reread": one.reread,
                    "errors": one.errors[:FIRST_ERRORS],
                }
                for name, one in self.sources.items()
            },
            "documents": msgspec.to_builtins(self.documents),
            "held": msgspec.to_builtins(self.held[:FIRST_HELD]),
            "people": msgspec.to_builtins(self.people),
            "session": msgspec.to_builtins(self.session),
            "push": msgspec.to_builtins(self.push),
        }
        if self.braked_by_note:
            shown["braked_by_note"] = True
        if self.next_mode:
            shown["next_mode"] = self.next_mode
        if self.dry_run:
            shown["dry_run"] = True
            shown["changes"] = msgspec.to_builtins(self.changes)
        return shown

    def as_text(self) -> str:
        """The report as JSON text, as the ledger keeps it."""
        return msgspec.json.encode(self.as_json()).decode()

    @property
    def exit_code(self) -> int:
        """The exit code of the command that ran it."""
        return EXIT_CODES[self.outcome]


def removed_in(report: Mapping[str, Any]) -> int:
    """How many documents a run took out of the search, by id and by the end of its session, as its report tells."""
    by_id: int = report.get("documents", {}).get("deleted", 0)
    by_end: int = report.get("session", {}).get("reported_removals", 0)
    return by_id + by_end


def stamp(seconds: float) -> str:
    """A time as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
