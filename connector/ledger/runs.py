"""Runs and their reports, sessions and their fate, and the lease that lets one run at a time write to a target."""

from __future__ import annotations

import os
import secrets
import socket
from typing import Any

import msgspec
from sqlalchemy import Connection, text

from connector.errors import LeaseHeld, LeaseLost
from connector.machine.lock import reach_of_lock
from connector.secrets.hiding import hide_in_ours

LEASE_S = 60.0
"""A dead holder's lease is free after this many seconds."""
_SESSIONS = {"document": "sessions", "person": "people_sessions"}
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


class Runs:
    """The runs, sessions and the lease of one target."""

    def __init__(self, connection: Connection, target: str) -> None:
        self._db = connection
        self._target = target

    # -- runs ---------------------------------------------------------------------------------

    def start(
        self, *, mode: str, dry_run: bool, now: float, backfill: int = 0, wanted: dict[str, Any] | None = None
    ) -> Run:
        """Record the beginning of a run; runs that a killed process left open are closed as failed."""
        identifier = make_run_id(now)
        with self._db.begin():
            self._db.execute(
                text(
                    "UPDATE runs SET outcome='failed', finished_at=:now WHERE target=:target AND outcome IS NULL"
                ),
                {"target": self._target, "now": now},
            )
            self._db.execute(
                text(
                    "INSERT INTO runs (id, target, mode, dry_run, started_at, backfill, wanted)"
                    " VALUES (:id, :target, :mode, :dry_run, :now, :backfill, :wanted)"
                ),
                {
                    "id": identifier,
                    "target": self._target,
                    "mode": mode,
                    "dry_run": dry_run,
                    "now": now,
                    "backfill": backfill,
                    "wanted": msgspec.json.encode(wanted or {}).decode(),
                },
            )
        run = self.get(identifier)
        assert run is not None
        return run

    def finish(self, number: int, *, outcome: str, report: str, now: float, next_mode: str = "") -> None:
        """Record the end of a run with its report."""
        with self._db.begin():
            self._db.execute(
                text(
                    "UPDATE runs SET outcome=:outcome, report=:report, finished_at=:now, next_mode=:next WHERE number=:number"
                ),
                {
                    "number": number,
                    "outcome": outcome,
                    "report": hide_in_ours(report),
                    "now": now,
                    "next": next_mode,
                },
            )

    def remember_rehearsal(
        self, identifier: str, *, mode: str, started: float, finished: float, outcome: str, report: str
    ) -> None:
        """Keep the report of a dry run, which wrote everything else into a copy of the ledger."""
        with self._db.begin():
            self._db.execute(
                text(
                    "INSERT INTO runs (id, target, mode, dry_run, started_at, finished_at, outcome, report, backfill, wanted)"
                    " VALUES (:id, :target, :mode, true, :started, :finished, :outcome, :report, 0, '{}')"
                ),
                {
                    "id": identifier,
                    "target": self._target,
                    "mode": mode,
                    "started": started,
                    "finished": finished,
                    "outcome": outcome,
                    "report": hide_in_ours(report),
                },
            )

    def get(self, identifier: str) -> Run | None:
        """Find a run by its id, in any letter case."""
        rows = self._rows("WHERE target=:target AND id=:id", id=identifier.upper())
        return rows[0] if rows else None

    def id_of(self, number: int | None) -> str:
        """How people name the run of a number, whichever its target; empty when it is not known, or pruned."""
        found = self._db.execute(
            text("SELECT id FROM runs WHERE number=:number"), {"number": number}
        ).scalar()
        self._db.rollback()
        return str(found or "")

    def recent(self, limit: int) -> list[Run]:
        """List the newest runs first."""
        return self._rows("WHERE target=:target ORDER BY number DESC LIMIT :limit", limit=limit)

    def last(self, *, mode: str | None = None, finished: bool = True) -> Run | None:
        """The newest run, of one mode if asked; dry runs do not count."""
        more = " AND mode=:mode" if mode else ""
        done = " AND outcome IS NOT NULL" if finished else ""
        rows = self._rows(
            f"WHERE target=:target AND dry_run=false{more}{done} ORDER BY number DESC LIMIT 1", mode=mode
        )
        return rows[0] if rows else None

    def read_whole(self) -> bool:
        """Whether a full run or a backfill ever came to its end: both ask who may see each single item."""
        value = self._db.execute(
            text(
                "SELECT 1 FROM runs WHERE target=:target AND dry_run=false AND mode IN ('full', 'backfill')"
                " AND outcome IN ('succeeded', 'quarantined', 'withheld', 'braked') LIMIT 1"
            ),
            {"target": self._target},
        ).scalar()
        self._db.rollback()
        return value is not None

    def open_backfill(self, wanted: dict[str, Any]) -> int:
        """The id of an unfinished backfill of the same sources and rooms; 0 when there is none."""
        rows = self._db.execute(
            text(
                "SELECT backfill, outcome FROM runs WHERE target=:target AND mode='backfill' AND dry_run=false AND wanted=:wanted"
                " ORDER BY number DESC LIMIT 1"
            ),
            {"target": self._target, "wanted": msgspec.json.encode(wanted).decode()},
        ).all()
        self._db.rollback()
        if rows and rows[0][1] not in {"succeeded", "quarantined"}:
            return int(rows[0][0])
        return 0

    def new_backfill(self) -> int:
        """The number of a new backfill."""
        value = self._db.execute(text("SELECT COALESCE(MAX(backfill), 0) + 1 FROM runs")).scalar()
        self._db.rollback()
        return int(value or 1)

    def _rows(self, where: str, **values: Any) -> list[Run]:
        rows = self._db.execute(
            text(
                "SELECT number, id, target, mode, dry_run, started_at, finished_at, outcome, report, backfill, next_mode FROM runs "
                + where
            ),
            {"target": self._target, **values},
        ).all()
        self._db.rollback()
        return [
            Run(
                number=r[0],
                id=r[1],
                target=r[2],
                mode=r[3],
                dry_run=bool(r[4]),
                started_at=r[5],
                finished_at=r[6],
                outcome=r[7],
                report=r[8],
                backfill=r[9],
                next_mode=r[10],
            )
            for r in rows
        ]

    # -- sessions -----------------------------------------------------------------------------

    def note_session(
        self, run: int, state: str, *, now: float, lost: bool = False, kind: str = "document"
    ) -> None:
        """
        Record what is known of a run's session, before a call and after its answer.

        Args:
            kind: document or person; Interact has one session of each.
        """
        with self._db.begin():
            self._db.execute(
                text(
                    f"INSERT INTO {_SESSIONS[kind]} (run, target, state, at, lost_at)"
                    " VALUES (:run, :target, :state, :now, :lost)"
                    " ON CONFLICT (run) DO UPDATE SET state=:state, at=:now, lost_at=COALESCE(:lost, lost_at)"
                ),
                {
                    "run": run,
                    "target": self._target,
                    "state": state,
                    "now": now,
                    "lost": now if lost else None,
                },
            )

    def session_state(self, run: int, *, kind: str) -> str:
        """What became of a run's session; empty when it had none."""
        value = self._db.execute(
            text(f"SELECT state FROM {_SESSIONS[kind]} WHERE target=:target AND run=:run"),
            {"target": self._target, "run": run},
        ).scalar()
        self._db.rollback()
        return str(value or "")

    def unsettled_session(self, *, now: float, settle_s: float, kind: str = "document") -> float | None:
        """Seconds until an unanswered begin or end of an earlier run can no longer take effect; None when there is none."""
        value = self._db.execute(
            text(
                f"SELECT MAX(COALESCE(lost_at, at)) FROM {_SESSIONS[kind]} WHERE target=:target"
                " AND (lost_at IS NOT NULL OR state IN ('beginning', 'ending'))"
            ),
            {"target": self._target},
        ).scalar()
        self._db.rollback()
        if value is None or now - value >= settle_s:
            return None
        return float(value + settle_s - now)

    # -- the lease ----------------------------------------------------------------------------

    def take_lease(self, *, now: float) -> int:
        """
        Become the one writer of the target; the caller holds the machine's lock already.

        A holder within the reach of that lock is therefore dead; any other may live until its lease ends. Host names
        are for people only: containers may share one.

        Returns:
            The fencing number, to be shown before every removal and before the end of a session.

        Raises:
            LeaseHeld: a run beyond the reach of the lock holds it and may be alive.
        """
        here = reach_of_lock()
        with self._db.begin():
            row = self._db.execute(
                text("SELECT fence, holder, host, reach, expires_at FROM leases WHERE target=:target"),
                {"target": self._target},
            ).one_or_none()
            if row is None or row.reach == here or row.expires_at <= now:
                return self._take(row.fence + 1 if row else 1, here, now=now)
            # what a clock that was ahead wrote lasts as long as any lease, from now on
            until = min(row.expires_at, now + LEASE_S)
            self._db.execute(
                text("UPDATE leases SET expires_at=:until WHERE target=:target"),
                {"target": self._target, "until": until},
            )
        raise LeaseHeld(
            f"Another run ({row.holder} on {row.host}) works on this target; its lease lasts {until - now:.0f} s more "
            "unless it renews it. Wait for it, or stop it there."
        )

    def _take(self, fence: int, here: str, *, now: float) -> int:
        self._db.execute(
            text(
                "INSERT INTO leases (target, fence, holder, host, reach, expires_at)"
                " VALUES (:target, :fence, :holder, :host, :reach, :until) ON CONFLICT (target) DO UPDATE"
                " SET fence=:fence, holder=:holder, host=:host, reach=:reach, expires_at=:until"
            ),
            {
                "target": self._target,
                "fence": fence,
                "holder": f"process {os.getpid()}",
                "host": socket.gethostname(),
                "reach": here,
                "until": now + LEASE_S,
            },
        )
        return fence

    def renew_lease(self, fence: int, *, now: float) -> None:
        """
        Say that the run is alive.

        Raises:
            LeaseLost: another run took over.
        """
        with self._db.begin():
            rows = self._db.execute(
                text("UPDATE leases SET expires_at=:until WHERE target=:target AND fence=:fence"),
                {"target": self._target, "fence": fence, "until": now + LEASE_S},
            ).rowcount
        if rows != 1:
            raise LeaseLost(
                "Another run took over this target while this one was at work; this one stops without any further removal."
            )

    def free_lease(self, fence: int) -> None:
        """Give the lease back; the fence stays, so that it never repeats."""
        with self._db.begin():
            self._db.execute(
                text("UPDATE leases SET expires_at=0 WHERE target=:target AND fence=:fence"),
                {"target": self._target, "fence": fence},
            )


def make_run_id(now: float) -> str:
    """Make a ULID: sorts by time, 26 characters (github.com/ulid/spec)."""
    value = (int(now * 1000) << 80) | secrets.randbits(80)
    return "".join(_BASE32[(value >> shift) & 31] for shift in range(125, -5, -5))
