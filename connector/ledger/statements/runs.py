"""Runs and their reports."""

from __future__ import annotations

from sqlalchemy import func, insert, select, update

from connector.ledger.runs import CAME_TO_ITS_END, Run
from connector.ledger.statements.expressions import ONE, TABLES, p

_runs = TABLES["runs"]
_r = _runs.c
_mine = _r.target == p.target
_all = select(*(_r[name] for name in Run.__struct_fields__)).where(_mine)
_newest = _r.number.desc()

close_open = update(_runs).where(_mine, _r.outcome.is_(None)).values(outcome="failed", finished_at=p.now)
start = insert(_runs).values(
    id=p.id,
    target=p.target,
    mode=p.mode,
    dry_run=p.dry_run,
    started_at=p.now,
    backfill=p.backfill,
    wanted=p.wanted,
    next_mode="",
)
finish = (
    update(_runs)
    .where(_r.number == p.number)
    .values(outcome=p.outcome, report=p.report, finished_at=p.now, next_mode=p.next)
)
rehearsal = insert(_runs).values(
    id=p.id,
    target=p.target,
    mode=p.mode,
    dry_run=True,
    started_at=p.started,
    finished_at=p.finished,
    outcome=p.outcome,
    report=p.report,
    backfill=0,
    wanted="{}",
    next_mode="",
)
get = _all.where(_r.id == p.id)
begin_with = (
    select(_r.id)
    .where(_mine, func.substr(_r.id, 1, func.length(p.letters)) == p.letters)
    .order_by(_newest)
    .limit(2)
)
id_of = select(_r.id).where(_r.number == p.number)
recent = _all.order_by(_newest).limit(p.limit)
_real = _all.where(~_r.dry_run).order_by(_newest).limit(1)
last = _real
last_finished = _real.where(_r.outcome.is_not(None), _r.mode == p.mode)
read_whole = (
    select(ONE)
    .select_from(_runs)
    .where(
        _mine,
        ~_r.dry_run,
        _r.mode.in_(["full", "backfill"]),
        _r.outcome.in_(CAME_TO_ITS_END),
    )
    .limit(1)
)
sent_whole = (
    select(ONE)
    .select_from(_runs)
    .where(_mine, ~_r.dry_run, _r.mode != "delta", _r.number >= p.since)
    .limit(1)
)
asked_whole = (
    select(ONE).select_from(_runs).where(_mine, _r.next_mode == "full", _r.finished_at > p.since).limit(1)
)
open_backfill = (
    select(_r.backfill, _r.outcome)
    .where(_mine, _r.mode == "backfill", ~_r.dry_run, _r.wanted == p.wanted)
    .order_by(_newest)
    .limit(1)
)
new_backfill = select(func.coalesce(func.max(_r.backfill), 0) + 1)
