"""
What people look up in the ledger: what waits, history, freshness. Reads only; nothing a run decides by.

The freshness of a day reads the whole table of documents, about a second per million; nothing asks for it more often
than a run ends. Lists of documents: catalogue.py; what waits for a decision: waiting.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from connector.document.durations import DAY_S
from connector.document.states import KILLED
from connector.ledger.catalogue import PAGE
from connector.ledger.part import EVERYTHING, Part
from connector.ledger.runs import GOOD, PARTLY_GOOD

CLOCK_SKEW_S = 120.0
MOST_MEASURED = 20_000
"""Documents whose delay is looked at; the newest ones."""
FULLS_LOOKED_AT = 50
REHEARSALS = 20
"""Runs among which the last one that was none is looked for."""
GOOD_LOOKED_AT = 1_000


class Freshness(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds from a change in the source to its acceptance by the intranet, over the last day; None without changes."""

    median_s: float | None
    p95_s: float | None
    measured: int


class PastRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run, with the few numbers that charts and counters need."""

    number: int
    id: str
    mode: str
    dry_run: bool
    outcome: str
    started_at: float
    finished_at: float | None
    whole: bool
    """Whether it was asked for every source and room."""
    some_rooms: bool
    """Whether it was asked for some rooms only: of the others it tells nothing, whatever became of these."""
    report: dict[str, Any]

    def good(self, sources: Set[str]) -> bool:
        """Whether search was as fresh as these sources after it."""
        read = self.report.get("sources", {})
        if self.dry_run or self.some_rooms or not sources <= set(read):
            return False
        if self.outcome in GOOD:
            return True
        return self.outcome in PARTLY_GOOD and all(read[name].get("complete") for name in sources)


class OpenRun(NamedTuple):
    """A run that has begun and not ended."""

    id: str
    mode: str
    started_at: float
    """In seconds since 1970."""


class LastFull(NamedTuple):
    """The newest full run over all sources; moments in seconds since 1970."""

    outcome: str
    started_at: float
    ended_at: float
    """Of one that was killed: when that was noticed, or its begin."""


class Browse(Part):
    """Looks things up for one target."""

    # -- what waits ---------------------------------------------------------------------------

    def quarantine_reasons(self) -> dict[str, int]:
        """Count the quarantine by reason."""
        return {row[0]: int(row[1]) for row in self._all("browse.quarantine_reasons")}

    def oldest_waiting(self) -> float | None:
        """Since when the oldest change that is known and not in the intranet waits; None when none does."""
        value = self._one("browse.oldest_waiting")
        return float(value) if value is not None else None

    # -- history ------------------------------------------------------------------------------

    def runs(
        self, *, since: float = 0.0, after: int = 0, limit: int = EVERYTHING, skipped: int = 0
    ) -> Iterator[PastRun]:
        """
        Walk the runs that ended, the newest first.

        Args:
            since: only those that started then or later.
            after: only those with a higher number.
        """
        rows = self._all("browse.runs", since=since, last=after, limit=limit, skipped=skipped)
        for row in rows:
            wanted = read_report(row[7])
            yield PastRun(
                number=row[0],
                id=row[1],
                mode=row[2],
                dry_run=bool(row[3]),
                outcome=row[4],
                started_at=row[5],
                finished_at=row[6],
                whole=not (wanted.get("only") or wanted.get("rooms")),
                some_rooms=bool(wanted.get("rooms")),
                report=read_report(row[8]),
            )

    def last_number(self, *, real: bool = False) -> int:
        """
        The number of the newest run that ended; 0 before the first.

        Args:
            real: rehearsals do not count. Each has the number of its end: a run that began before may still be under way.
        """
        return int(self._one("browse.last_real_number" if real else "browse.last_number") or 0)

    def under_way(self) -> OpenRun | None:
        """The run that has begun and not ended; it may also have been killed."""
        rows = self._all("browse.under_way")
        return OpenRun(rows[0][0], rows[0][1], float(rows[0][2])) if rows else None

    def last_good(self, sources: Set[str], *, before: int | None = None) -> PastRun | None:
        """
        The newest run after which search was as fresh as these sources; None when there is none in the last 1,000.

        Args:
            before: the number of a run: only those with a lower one.
        """
        pages = (self.runs(limit=PAGE, skipped=skipped) for skipped in range(0, GOOD_LOOKED_AT, PAGE))
        good = (run for page in pages for run in page if run.good(sources))
        return next((run for run in good if before is None or run.number < before), None)

    def last_real(self) -> PastRun | None:
        """The newest run that was no rehearsal; None when there is none among the last."""
        return next((run for run in self.runs(limit=REHEARSALS) if not run.dry_run), None)

    def last_whole_full(self) -> LastFull | None:
        """The newest full run over all sources; None before the first; killed ones count."""
        rows = self._all("browse.last_fulls", limit=FULLS_LOOKED_AT)
        for row in rows:
            if not msgspec.json.decode(row[3]).get("only"):
                return LastFull(row[0] if row[2] else KILLED, float(row[1]), float(row[4]))
        return None

    def freshness(self, *, now: float, sources: set[str]) -> Freshness:
        """
        Measure the delay of what deltas pushed in the last day.

        Only changes made since the good run before count: an old document that was pushed again for another
        reason (its audience, its folder's name) says nothing about delay.
        """
        good: list[tuple[int, float]] = []
        for run in self.runs(since=now - 8 * DAY_S):
            if run.good(sources):
                good.append((run.number, run.started_at))
        rows = self._all(
            "browse.pushed_by_deltas",
            first=self._first_run_since(now - DAY_S),
            since=now - DAY_S,
            most=MOST_MEASURED,
        )
        delays = []
        for number, pushed_at, body in rows:
            modified = _modified(body)
            before = next((started for done, started in good if done < number), None)
            if modified is not None and before is not None and modified >= before - CLOCK_SKEW_S:
                delays.append(max(0.0, pushed_at - modified))
        delays.sort()
        if not delays:
            return Freshness(median_s=None, p95_s=None, measured=0)
        return Freshness(
            median_s=delays[len(delays) // 2],
            p95_s=delays[min(len(delays) - 1, int(len(delays) * 0.95))],
            measured=len(delays),
        )

    def _first_run_since(self, since: float) -> int:
        return int(self._one("browse.first_run_since", since=since) or 0)


def read_report(text: str | None) -> dict[str, Any]:
    """A run's report; empty where it left none, or none that can be read."""
    try:
        told = msgspec.json.decode(text or "{}")
    except (msgspec.DecodeError, UnicodeEncodeError):
        return {}
    return told if isinstance(told, dict) else {}


class _Dates(msgspec.Struct, frozen=True):
    ModifiedDate: str | None = None


def _modified(body: bytes) -> float | None:
    try:
        value = msgspec.json.decode(body, type=_Dates).ModifiedDate
        return datetime.fromisoformat(value).timestamp() if value else None
    except (msgspec.DecodeError, ValueError):
        return None
