"""The ledger's own name, and what is cleared of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, delete, exists, func, select, update

from connector.ledger.runs import GOOD
from connector.ledger.statements.documents import CONFIRMED
from connector.ledger.statements.expressions import TABLES, Rows, batch, p, typed

_ledger, _runs, _documents = TABLES["ledger"], TABLES["runs"].c, TABLES["documents"]
_people, _intents = TABLES["people"].c, TABLES["intents"]
_widenings, _narrowings, _audiences = TABLES["widenings"].c, TABLES["narrowings"].c, TABLES["audiences"].c
_d = _documents.c
_leases = TABLES["leases"].c
_containers, _changes = TABLES["containers"].c, TABLES["audience_changes"].c

name = select(_ledger.c.id).order_by(_ledger.c.made_at, _ledger.c.id).limit(1)


@batch()
def clock(r: Rows) -> Any:
    """What it is by the clock of the database that machines share."""
    return select(r.now)


@batch("id", id=str)
def name_it(r: Rows) -> Any:
    """A name, if it has none."""
    return r.insert(_ledger, {"id": r.id, "made_at": p.now}, ~exists().select_from(_ledger.alias("named")))


rename = update(_ledger).where(_ledger.c.id == p.was).values(id=p.id, made_at=p.now)
"""A ledger that was put back is another one: the intranet may be ahead of it by more than a run's number tells."""
newest_run = (
    select(_runs.number, _runs.id, _runs.finished_at.is_not(None)).order_by(_runs.number.desc()).limit(1)
)
run_of = select(_runs.id, _runs.finished_at.is_not(None)).where(_runs.number == p.number)
leases_taken = select(func.coalesce(func.sum(_leases.fence), 0))
last_runs = select(_runs.target, func.max(_runs.number)).group_by(_runs.target)


def _sessions(table: Any) -> Any:
    last = table.alias("last")
    return delete(table).where(
        table.c.at < p.before, table.c.run.not_in(select(func.max(last.c.run)).group_by(last.c.target))
    )


WHOLE = '{"only":[],"rooms":[]}'
"""What a run wanted that was narrowed to no source and no room."""


def _explained(table: Any) -> Any:
    """
    What was removed so long ago that it is not told any more, and before the notes in the intranet were written last.

    A note counts what there was in its run: whoever compares it with what there is now has to know what was removed since.
    """
    noted = TABLES["runs"].alias("noted").c
    last = select(func.coalesce(func.max(noted.number), 0)).where(
        noted.target == table.c.target,
        noted.mode.in_(["full", "backfill"]),
        ~noted.dry_run,
        noted.outcome.in_(GOOD),  # else a source may not have been read, whose notes are those of before
        noted.wanted == WHOLE,
    )
    return and_(table.c.at < p.before, table.c.run < last.scalar_subquery())


_removals = TABLES["removals"].c
old_removals = select(_removals.id, _removals.title).where(_explained(TABLES["removals"]), _removals.id != "")
old_reports = select(_runs.number, _runs.report).where(
    _runs.finished_at < p.before, _runs.report.is_not(None)
)
sent_since = (
    select(_d.target, _d.source, func.min(_d.pushed_run)).where(CONFIRMED).group_by(_d.target, _d.source)
)
"""
By target and source, the run that sent the document which was sent longest ago: no note in the intranet is older.

Where no full run comes to a good end, what was removed before that is explained all the same.
"""
_removals_before = and_(
    _removals.at < p.before,
    _removals.target == p.target,
    _removals.source == p.source,
    _removals.run < typed("sent", int),
)
old_removals_before = select(_removals.id, _removals.title).where(_removals_before, _removals.id != "")
prune_removals_before = delete(TABLES["removals"]).where(_removals_before)
_gone_people = TABLES["people_removals"].c
prune_people_removals_before = delete(TABLES["people_removals"]).where(
    _gone_people.at < p.before, _gone_people.target == p.target, _gone_people.run < typed("sent", int)
)
_last = TABLES["runs"].alias("last")
_KINDS = ("target", "mode", "dry_run", "outcome", "wanted")
PRUNE = {
    "prune_sessions": _sessions(TABLES["sessions"]),
    "prune_people_sessions": _sessions(TABLES["people_sessions"]),
    "prune_runs": delete(TABLES["runs"]).where(
        _runs.finished_at < p.before,
        # who asks for the last run of a kind, or for the number of the last backfill, finds it
        _runs.number.not_in(select(func.max(_last.c.number)).group_by(*(_last.c[name] for name in _KINDS))),
        _runs.number.not_in(select(_d.held_run).where(_d.held_run.is_not(None))),
        _runs.number.not_in(select(_widenings.run)),
        _runs.number.not_in(select(_people.held_run).where(_people.held_run.is_not(None))),
    ),
    "prune_removals": delete(TABLES["removals"]).where(_explained(TABLES["removals"])),
    "prune_orders": delete(TABLES["orders"]).where(TABLES["orders"].c.ended_at < p.before),
    "prune_people_removals": delete(TABLES["people_removals"]).where(_explained(TABLES["people_removals"])),
    "prune_audience_changes": delete(TABLES["audience_changes"]).where(
        TABLES["audience_changes"].c.at < p.before
    ),
    "prune_audiences": delete(TABLES["audiences"]).where(
        _audiences.digest.not_in(
            select(_d.audience)
            .where(_d.audience.is_not(None))
            .union(
                select(_widenings.audience),
                select(_narrowings.audience),
                select(_changes.before),
                select(_changes.after),
            )
        ),
        ~exists().select_from(_intents),
        ~exists().where(_leases.expires_at > 0),  # a run keeps in mind which of them stand here
    ),
    "prune_containers": delete(TABLES["containers"]).where(
        ~exists().where(and_(_d.target == _containers.target, _d.id == _containers.id))
    ),
}
