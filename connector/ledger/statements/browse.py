"""What people look up."""

from __future__ import annotations

from sqlalchemy import and_, func, select

from connector.ledger.statements.documents import MINE, d, documents
from connector.ledger.statements.expressions import TABLES, hinted, p, typed

_runs, _quarantine = TABLES["runs"].c, TABLES["quarantine"].c
_bodies = TABLES["bodies"].c
quarantine_reasons = (
    select(_quarantine.reason, func.count())
    .where(_quarantine.target == p.target)
    .group_by(_quarantine.reason)
)
oldest_waiting = select(func.min(_quarantine.first_seen)).where(_quarantine.target == p.target)

# -- history --------------------------------------------------------------------------------------

_mine = _runs.target == p.target
_ended = _runs.outcome.is_not(None)
_newest = _runs.number.desc()
runs = (
    select(
        *(
            _runs[name]
            for name in (
                "number",
                "id",
                "mode",
                "dry_run",
                "outcome",
                "started_at",
                "finished_at",
                "wanted",
                "report",
            )
        )
    )
    .where(_mine, _ended, _runs.started_at >= p.since, _runs.number > p.last)
    .order_by(_newest)
    .limit(p.limit)
    .offset(p.skipped)
)
last_number = select(func.max(_runs.number)).where(_mine, _ended)
last_real_number = last_number.where(~_runs.dry_run)
under_way = (
    select(_runs.id, _runs.mode, _runs.started_at)
    .where(_mine, _runs.outcome.is_(None))
    .order_by(_newest)
    .limit(1)
)
last_fulls = (
    select(
        func.coalesce(_runs.outcome, ""),
        _runs.started_at,
        func.coalesce(_runs.report, "") != "",  # the report itself may be long
        _runs.wanted,
        func.coalesce(_runs.finished_at, _runs.started_at),
    )
    .where(_mine, _runs.mode == "full", ~_runs.dry_run)
    .order_by(_newest)
    .limit(p.limit)
)
_by_deltas = hinted(
    select(d.number, d.pushed_run, d.pushed_at).where(MINE, d.delta_run >= p.first, d.pushed_at >= p.since),
    documents,
    "documents_by_deltas",
)
_last = _by_deltas.order_by(d.delta_run.desc()).limit(p.most).subquery("last_ones")
_l = _last.c
pushed_by_deltas = (
    select(_l.pushed_run, _l.pushed_at, _bodies.body)
    .select_from(_last)
    .join(TABLES["bodies"], _bodies.document == _l.number)
    .join(TABLES["runs"], and_(_runs.number == _l.pushed_run, _runs.target == p.target))
    .where(_runs.mode == "delta")
)
first_run_since = select(func.min(_runs.number)).where(
    _mine, func.coalesce(_runs.finished_at, typed("since", float)) >= typed("since", float)
)
