"""Documents that a run listed and could not push, and of which there is no confirmation."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, case, delete, exists, func, literal, or_, select, update

from connector.ledger.rows import DESCRIBED
from connector.ledger.statements.documents import MINE, d, documents
from connector.ledger.statements.expressions import TABLES, Rows, batch, p
from connector.ledger.statements.intents import never_accepted
from connector.ledger.unconfirmed import KEPT

_unconfirmed = TABLES["unconfirmed"]
_u = _unconfirmed.c
_of = documents.alias("d")
_confirmed = exists().where(_of.c.target == _u.target, _of.c.id == _u.id, _of.c.fingerprint.is_not(None))
_mine = _u.target == p.target
_all = (
    select(*(_u[name] for name in (*KEPT, "public"))).where(_mine, ~_confirmed).order_by(_u.id).limit(p.limit)
)
_told = (*(name for name in KEPT if name not in {"id", "kept"}), "public", "run")


@batch("id", id=str)
def note(r: Rows) -> Any:
    """A run listed it and could not push it."""
    return r.upsert(
        _unconfirmed,
        ["target", "id"],
        {
            "target": p.target,
            "id": r.id,
            **{name: getattr(p, name) for name in _told},
            "kept": literal(False),
        },
        lambda new: {name: new[name] for name in _told},
    )


_stands = exists().where(_of.c.target == _u.target, _of.c.id == _u.id, _of.c.pushed_run > 0)
unasked = _all.where(_u.run == p.run, or_(_u.there.is_(None), and_(~_u.there, _u.there_run < p.run, _stands)))
there = _all.where(_u.there)
standing = there.where(~_confirmed, _u.id == p.id)
there_in = there.where(_u.run == p.run)
there_until = there.where(_u.there_run <= p.until)


@batch("id", id=str, there=bool)
def told(r: Rows) -> Any:
    """What the target said."""
    return update(_unconfirmed).where(_mine, _u.id == r.id).values(there=r.there, there_run=p.run)


count_there = select(func.count()).select_from(_unconfirmed).where(_mine, ~_confirmed, _u.there)
count = count_there.where(~_u.kept)
_waits = (~_u.kept, _u.there_run <= p.until)
waiting = there.where(*_waits)
count_waiting = count_there.where(*_waits)


@batch("id", id=str)
def keep(r: Rows) -> Any:
    """A person keeps it."""
    return update(_unconfirmed).where(_mine, _u.id == r.id).values(kept=True)


@batch("id", **dict.fromkeys(DESCRIBED, str))
def enter(r: Rows) -> Any:
    """It gets a row of its own: it may be in the target, and no session ends without it."""
    return r.upsert(
        documents,
        ["target", "id"],
        never_accepted(r),
        lambda new: {name: case((d[name] == "", new[name]), else_=d[name]) for name in ("url", "path")},
    )


forget_confirmed = delete(_unconfirmed).where(_mine, _confirmed)
drop_absent = delete(documents).where(
    MINE,
    d.fingerprint.is_(None),
    d.redo_after.is_(None),
    d.state.in_(["live", "new"]),
    d.pushed_at < p.before,
    d.id.in_(select(_u.id).where(_mine, _u.run == p.run, ~_u.there)),
)
