"""What was removed, and what a lost call may bring back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, case, delete, exists, func, literal, null, or_, select, tuple_, update

from connector.ledger.statements.documents import MINE, THERE, d, documents
from connector.ledger.statements.expressions import TABLES, Batch, Rows, batch, p, typed
from connector.ledger.statements.intents import NOTHING_SAID, NOTHING_YET, REPEATED

_removals, _grants, _bodies = TABLES["removals"], TABLES["grants"], TABLES["bodies"]
_r = _removals.c
_STOOD = ("source", "room", "id", "native", "container", "kind", "path")
"""Where a document stood."""
_REPEATED = ("refused", "expired", "hidden")
"""Codes of removals of what lives in its source: the target refused fewer people, nobody tells who may see it, or it is hidden."""


@batch("id", id=str, why=str, code=str)
def count(r: Rows) -> Any:
    """Let the brake count it."""
    return r.insert(
        _removals,
        {
            **{name: d[name] for name in ("target", "title", *_STOOD)},
            "run": p.run,
            "at": p.now,
            "approved": p.approved,
            "why": r.why,
            "code": r.code,
        },
        MINE,
        d.id == r.id,
        THERE,
    )


@batch("id", id=str)
def forget_grants(r: Rows) -> Any:
    """Who may see it does not matter any more."""
    of = select(d.source, d.native).where(MINE, d.id == r.id)
    return delete(_grants).where(tuple_(_grants.c.source, _grants.c.native).in_(of))


@batch("id", id=str)
def forget_body(r: Rows) -> Any:
    """It is not pushed again."""
    return delete(_bodies).where(_bodies.c.document.in_(select(d.number).where(MINE, d.id == r.id)))


@batch("id", id=str)
def remove(r: Rows) -> Any:
    """It is not in the target."""
    return (
        update(documents)
        .where(MINE, d.id == r.id)
        .values(state="removed", fingerprint=null(), version=null(), audience=null())
    )


@batch("id", id=str)
def drop(r: Rows) -> Any:
    """Nothing can bring it back."""
    return delete(documents).where(
        MINE, d.id == r.id, or_(d.redo_after.is_(None), (d.redo_after <= p.now) & (d.lost == REPEATED))
    )


@batch("id", id=str)
def wait_again(r: Rows) -> Any:
    """It is removed once more after a while."""
    return (
        update(documents)
        .where(MINE, d.id == r.id, d.redo_after <= p.now)
        .values(redo_after=p.again, lost=REPEATED)
    )


def _forget(table: str) -> Batch:
    columns = TABLES[table].c
    return Batch(
        lambda r: delete(TABLES[table]).where(columns.target == p.target, columns.id == r.id),
        ["id"],
        {"id": str},
    )


forget_container = _forget("containers")
forget_unconfirmed = _forget("unconfirmed")

_again = documents.alias("again")
gone_since = (
    select(_r.id)
    .where(
        _r.target == p.target,
        _r.run >= p.since,
        _r.native != "",
        ~exists().where(_again.c.target == _r.target, _again.c.id == _r.id),
    )
    .order_by(_r.run.desc(), _r.number.desc())
    .limit(p.limit)
)
repeat_doubted = (
    # what was to be removed once more was removed from another target, too: it is asked for again before it goes from this one
    update(documents)
    .where(MINE, d.state == "removed")
    .values(state="new", missing_run=p.run, missing_why="absent", noted_run=p.run)
)


@batch()
def doubt(r: Rows) -> Any:
    """
    What was removed from a run on may be there, and is missing.

    What was removed for whom it was open to, or since a person wanted that, proves nothing of its source: it is removed again, as
    after a lost call.
    """
    last = _removals.alias("last")
    newest = (
        select(func.max(last.c.number))
        .where(
            last.c.target == p.target,
            last.c.run >= p.since,
            or_(last.c.native != "", last.c.code == "hidden"),
        )
        .group_by(last.c.id)
    )
    known = {name: _r[name] for name in ("target", "title", *_STOOD)}
    nothing = {
        name: literal(value)
        for name, value in {**NOTHING_YET, **NOTHING_SAID, "url": "", "without_text": ""}.items()
    }
    repeated = _r.code.in_(_REPEATED)
    run = case((repeated, null()), else_=typed("run", int))
    missing = {
        "state": case((repeated, "removed"), else_="new"),
        "missing_run": run,
        "missing_why": case((repeated, ""), else_="absent"),
        "noted_run": run,
        "redo_after": case((repeated, typed("now", float)), else_=null()),
    }
    return r.insert(documents, {**nothing, **known, **missing}, _r.number.in_(newest)).on_conflict_do_nothing(
        index_elements=["target", "id"]
    )


due_again = select(d.id).where(MINE, d.redo_after.is_not(None), d.redo_after <= p.now, d.state == "removed")
forget_end = delete(_removals).where(_r.target == p.target, _r.run == p.run, _r.id == "")


@batch()
def note_end(r: Rows) -> Any:
    """So many documents, of which no ids are known."""
    every = select(literal(1, Integer).label("n")).cte("every", recursive=True)
    every = every.union_all(select(every.c.n + 1).where(every.c.n < p.count))
    return r.insert(
        _removals,
        {
            "target": p.target,
            **dict.fromkeys(("source", "room", "id", "title"), literal("")),
            "run": p.run,
            "at": p.now,
            "approved": p.approved,
            "why": literal("not pushed again until the end of a session"),
        },
        frm=every,
    )


_mine = _r.target == p.target
removed_since = (
    select(_r.source, _r.room, func.count())
    .where(_mine, _r.at >= p.since, ~_r.approved)
    .group_by(_r.source, _r.room)
)
hidden_after_run = (
    select(func.count())
    .select_from(_removals)
    .where(
        _mine,
        _r.source == p.source,
        _r.run > p.run,
        _r.code == "hidden",
    )
)
removed_after_run = (
    select(func.count()).select_from(_removals).where(_mine, _r.source == p.source, _r.run > p.run)
)
last_removal = select(func.max(_r.number)).where(_mine)
count_hidden_as = (
    update(_removals)
    .where(_mine, _r.source == p.source, _r.run > p.run, _r.code == "hidden", _r.number <= p.up_to)
    .values(run=p.run)
)
