"""
The report of a run: what was seen, done, held and left, and how the run ended. PURE.

It is folded of what everybody wrote down (`tally`), at the end, and asked by nobody in the run. Outcome, the worst that
applies: failed, cancelled, braked, withheld, quarantined, succeeded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from connector.document.dates import FIRST, LAST
from connector.document.states import Outcome
from connector.plan import words
from connector.plan.findings import EFFECTS, WHOLE_NEXT, Code, Effect, Finding
from connector.plan.item import Mode
from connector.plan.tally import Change, Counted, Tally

EXIT_CODES: dict[str, int] = {
    Outcome.SUCCEEDED: 0,
    Outcome.FAILED: 1,
    Outcome.CANCELLED: 1,
    Outcome.WITHHELD: 3,
    Outcome.QUARANTINED: 3,
    Outcome.BRAKED: 4,
}
FIRST_HELD = 100
FIRST_ERRORS = 20


class Problem(msgspec.Struct, frozen=True):
    """What kept something of a source from being read."""

    code: str
    """The kind of error, for programs: source-unavailable, listing-incomplete ..."""
    where: str
    """The room, or the source's own list; empty for the source itself."""
    why: str

    @property
    def words(self) -> str:
        """As people read it."""
        return f"{self.where}: {self.why}" if self.where else self.why


def problem(error: Exception, where: str = "") -> Problem:
    """What an error keeps from being read."""
    return Problem(_kebab(type(error).__name__), where, str(error))


class SourceReport(msgspec.Struct):
    """What became of one source."""

    complete: bool = False
    items: int = 0
    requests: int = 0
    reread: int = 0
    rooms: int | None = None
    """Of a run that was to read some rooms only, how many of this source it walked; None: it was to read all."""
    problems: list[Problem] = []

    @property
    def errors(self) -> list[str]:
        """Its problems, as people read them."""
        return [one.words for one in self.problems]


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
    why: str = ""
    """Of the reasons the one that made the outcome; empty where none did."""
    reasons: list[str] = []
    finished: float = 0.0
    sources: dict[str, SourceReport] = {}
    documents: DocumentCounts = msgspec.field(default_factory=DocumentCounts)
    held: list[Held] = []
    people: People = msgspec.field(default_factory=People)
    session: SessionReport = msgspec.field(default_factory=SessionReport)
    push: Push = msgspec.field(default_factory=Push)
    changes: list[Change] = []
    findings: list[Finding] = []
    """The first of what was found, with codes; `reasons` has their words."""
    codes: frozenset[Code] = frozenset()
    """Of everything that was found."""
    names: list[str] = []
    """Titles that stand in reasons: logs hide them."""
    decided: dict[str, str] = {}
    """What a person decided and this run carried out: `approved` or `kept`, the run that held it, and `by` whom."""
    next_mode: str = ""
    """What the next run is to be: full, or nothing in particular."""

    @property
    def effects(self) -> set[Effect]:
        """What everything that was found makes of the run."""
        return {EFFECTS[one] for one in self.codes}

    @property
    def cancelled(self) -> bool:
        """Whether it was stopped before its end."""
        return Effect.CANCELLED in self.effects

    @property
    def braked_by_note(self) -> bool:
        """Whether only the note beside a room tells of what the end of the session would remove."""
        return Code.NOTE_BRAKED in self.codes

    def as_json(self) -> dict[str, Any]:
        """The report as it is printed and kept."""
        shown: dict[str, Any] = {
            "run_id": self.run_id,
            "mode": self.mode,
            "target": self.target,
            "outcome": self.outcome,
            "reasons": self.reasons,
            "findings": msgspec.to_builtins(self.findings),
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
                    "problems": [
                        {"code": each.code, "where": each.where} for each in one.problems[:FIRST_ERRORS]
                    ],
                    **({"rooms": one.rooms} if one.rooms is not None else {}),
                }
                for name, one in self.sources.items()
            },
            "documents": msgspec.to_builtins(self.documents),
            "held": msgspec.to_builtins(self.held[:FIRST_HELD]),
            "people": msgspec.to_builtins(self.people),
            "session": msgspec.to_builtins(self.session),
            "push": msgspec.to_builtins(self.push),
        }
        if self.why and self.why != self.reasons[0]:
            shown["why"] = self.why
        if self.decided:
            shown["decided"] = self.decided
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


def fold(blank: Report, tally: Tally) -> Report:
    """
    Make the report of a run of what everybody wrote down.

    Args:
        blank: all that is not counted while the run is under way: its name, its sources, what stands now.
    """
    counts = tally.counts
    documents = msgspec.structs.replace(
        blank.documents,
        added=counts[Counted.ADDED],
        updated=counts[Counted.UPDATED],
        unchanged=max(0, counts[Counted.UNCHANGED] - counts[Counted.SHOWN_AGAIN]),
        deleted=counts[Counted.DELETED],
        suspect=counts[Counted.SUSPECT],
        pending=counts[Counted.PENDING],
    )
    outcome = outcome_of(tally.codes, suspect=documents.suspect, quarantined=documents.quarantined)
    return msgspec.structs.replace(
        blank,
        outcome=outcome,
        why=_decisive(tally, outcome, blank),
        reasons=words.say_all(tally.findings, run_id=blank.run_id, dry=blank.dry_run),
        documents=documents,
        people=msgspec.structs.replace(
            blank.people, pushed=counts[Counted.PEOPLE_PUSHED], removed=counts[Counted.PEOPLE_REMOVED]
        ),
        changes=tally.changes,
        findings=tally.findings,
        codes=frozenset(tally.codes),
        names=[one.values["title"] for one in tally.findings if one.values.get("title")],
        next_mode=Mode.FULL.value if tally.codes & WHOLE_NEXT else "",
    )


def outcome_of(codes: Iterable[Code], *, suspect: int, quarantined: int) -> Outcome:
    """Decide how a run ended: the worst that applies."""
    effects = {EFFECTS[one] for one in codes}
    for effect in (Effect.FAILED, Effect.CANCELLED, Effect.BRAKED):
        if effect in effects:
            return Outcome(effect.value)
    if Effect.WITHHELD in effects or suspect:
        return Outcome.WITHHELD
    return Outcome.QUARANTINED if quarantined else Outcome.SUCCEEDED


def _decisive(tally: Tally, outcome: str, blank: Report) -> str:
    """What of all that was found made the outcome, in words; empty where nothing that has words did."""
    decided = (one for one in tally.findings if one.effect.value == outcome)
    made = (words.say(one, run_id=blank.run_id, dry=blank.dry_run) for one in decided)
    return next(filter(None, made), "")


def deciding_reason(report: Mapping[str, Any]) -> str:
    """What made a run's outcome, as its report tells; the first reason in that of an earlier release, empty where there is none."""
    reasons: list[str] = report.get("reasons") or [""]
    return str(report.get("why") or reasons[0])


def _kebab(name: str) -> str:
    return "".join(f"-{one.lower()}" if one.isupper() else one for one in name).lstrip("-")


def removed_in(report: Mapping[str, Any]) -> int:
    """How many documents a run took out of the search, by id and by the end of its session, as its report tells."""
    by_id: int = report.get("documents", {}).get("deleted", 0)
    by_end: int = report.get("session", {}).get("reported_removals", 0)
    return by_id + by_end


def stamp(seconds: float) -> str:
    """A time as ISO 8601 in UTC; what is beyond the calendar as its first or last moment."""
    try:
        time = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError):
        time = FIRST if seconds < 0 else LAST
    return f"{time.replace(tzinfo=None).isoformat(timespec='seconds')}Z"
