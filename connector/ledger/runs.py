"""Runs and their reports."""

from __future__ import annotations

import secrets
from typing import Any

import msgspec

from connector.document.states import Outcome
from connector.ledger.leases import LEASE_S, Leases
from connector.ledger.sessions import Sessions
from connector.secrets.hiding import hide_in_ours

__all__ = ["CAME_TO_ITS_END", "GOOD", "LEASE_S", "PARTLY_GOOD", "Run", "Runs", "make_run_id"]

GOOD = (Outcome.SUCCEEDED, Outcome.QUARANTINED)
"""Outcomes of a run after which search is up to date, but for single documents."""
PARTLY_GOOD = (Outcome.WITHHELD, Outcome.BRAKED)
"""Outcomes of a run after which it is, where every source was read to the end: only removals wait for somebody."""
CAME_TO_ITS_END = (*GOOD, *PARTLY_GOOD)
"""Outcomes of a run that did each of its steps: it neither failed nor was cancelled."""

_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run as the ledger remembers it; the report is JSON text, None while it runs or when it was killed."""

    number: int
    id: str
    target: str
    mode: str
    dry_run: bool
    started_at: float
    finished_at: float | None
    outcome: str | None
    report: str | None
    backfill: int
    next_mode: str = ""
    """What it asks the next run to be; empty: nothing in particular."""


class Runs(Sessions, Leases):
    """The runs, sessions and the lease of one target."""

    def start(
        self, *, mode: str, dry_run: bool, now: float, backfill: int = 0, wanted: dict[str, Any] | None = None
    ) -> Run:
        """Record the beginning of a run; runs that a killed process left open are closed as failed."""
        identifier = make_run_id(now)
        with self.at_once():
            self._run("runs.close_open", now=now)
            self._run(
                "runs.start",
                id=identifier,
                mode=mode,
                dry_run=dry_run,
                now=now,
                backfill=backfill,
                wanted=msgspec.json.encode(wanted or {}).decode(),
            )
        run = self.get(identifier)
        assert run is not None
        return run

    def finish(self, number: int, *, outcome: str, report: str, now: float, next_mode: str = "") -> None:
        """Record the end of a run with its report."""
        self._run(
            "runs.finish",
            number=number,
            outcome=outcome,
            report=hide_in_ours(report),
            now=now,
            next=next_mode,
        )

    def remember_rehearsal(
        self, identifier: str, *, mode: str, started: float, finished: float, outcome: str, report: str
    ) -> None:
        """Keep the report of a dry run, which wrote everything else into a copy of the ledger."""
        self._run(
            "runs.rehearsal",
            id=identifier,
            mode=mode,
            started=started,
            finished=finished,
            outcome=outcome,
            report=hide_in_ours(report),
        )

    def get(self, identifier: str) -> Run | None:
        """Find a run by its id, in any letter case, with the blanks, or the end of a sentence, that were copied with it."""
        return self._newest("runs.get", id=_letters_of(identifier))

    def begin_with(self, letters: str) -> list[str]:
        """Ids of runs that begin with these letters, in any case: the newest, two at most."""
        return [str(row[0]) for row in self._all("runs.begin_with", letters=_letters_of(letters))]

    def id_of(self, number: int | None) -> str:
        """How people name the run of a number, whichever its target; empty when it is not known, or pruned."""
        return str(self._one("runs.id_of", number=number) or "")

    def recent(self, limit: int) -> list[Run]:
        """List the newest runs first."""
        return [_run(row) for row in self._all("runs.recent", limit=limit)]

    def last(self) -> Run | None:
        """The newest run, finished or not; dry runs do not count."""
        return self._newest("runs.last")

    def last_finished(self, mode: str) -> Run | None:
        """The newest run of a mode that came to an end of any kind; dry runs do not count."""
        return self._newest("runs.last_finished", mode=mode)

    def read_whole(self) -> bool:
        """Whether a full run or a backfill ever came to its end: both ask who may see each single item."""
        return bool(self._all("runs.read_whole"))

    def sent_whole(self, *, since: int) -> bool:
        """Whether anything but deltas ran since a run, that one included."""
        return bool(self._all("runs.sent_whole", since=since))

    def asked_whole(self, *, since: float) -> bool:
        """Whether a run that ended after a moment asked the next one to be a full one."""
        return bool(self._all("runs.asked_whole", since=since))

    def open_backfill(self, wanted: dict[str, Any]) -> int:
        """The id of an unfinished backfill of the same sources and rooms; 0 when there is none."""
        rows = self._all("runs.open_backfill", wanted=msgspec.json.encode(wanted).decode())
        return int(rows[0][0]) if rows and rows[0][1] not in GOOD else 0

    def new_backfill(self) -> int:
        """The number of a new backfill."""
        return int(self._one("runs.new_backfill"))

    def _newest(self, statement: str, **values: Any) -> Run | None:
        rows = self._all(statement, **values)
        return _run(rows[0]) if rows else None


def _letters_of(copied: str) -> str:
    return copied.strip().rstrip(".,;").rstrip().upper()


def make_run_id(now: float) -> str:
    """Make a ULID: sorts by time, 26 characters (github.com/ulid/spec)."""
    value = (int(now * 1000) << 80) | secrets.randbits(80)
    return "".join(_BASE32[(value >> shift) & 31] for shift in range(125, -5, -5))


def _run(row: Any) -> Run:
    values = dict(zip(Run.__struct_fields__, row, strict=True))
    values["dry_run"] = bool(values["dry_run"])
    return Run(**values)
