"""What is about to be sent, and what was sent without an answer."""

from __future__ import annotations

from typing import Any

from sqlalchemy import LargeBinary, case, delete, func, insert, literal, or_, select, update

from connector.ledger.rows import DESCRIBED
from connector.ledger.statements.documents import MINE, d, documents
from connector.ledger.statements.expressions import TABLES, Rows, batch, greatest, p

REPEATED = literal(b"\x21", LargeBinary)
"""Stands for the fingerprint of an unanswered call after which the last confirmed act was done once more already."""
_SEVERAL = literal(b"\x3f", LargeBinary)
"""Stands for several unanswered calls, or one that is not known."""

_intents = TABLES["intents"]
_i = _intents.c
NOTHING_YET = {"pushed_run": 0, "pushed_at": 0.0, "session_run": 0, "backfill": 0}
"""Of a row whose document was never confirmed."""
NOTHING_SAID = {"missing_why": "", "also": "", "held_why": "", "held_note": "", "kept": False}

intend = (
    insert(_intents)
    .values(target=p.target, kind=p.kind, run=p.run, at=p.now, documents=p.documents)
    .returning(_i.number)
)
settle = delete(_intents).where(_i.target == p.target, _i.number == p.intent)
unsettled = select(_i.number, _i.at, _i.kind, _i.documents).where(_i.target == p.target).order_by(_i.number)


def never_accepted(r: Rows) -> dict[str, Any]:
    """The row of a document that was never accepted, though it may be in the target."""
    return {
        "target": p.target,
        **{name: getattr(r, name) for name in DESCRIBED},
        "state": literal("new"),
        **{name: literal(value) for name, value in {**NOTHING_YET, **NOTHING_SAID}.items()},
        "without_text": literal(""),
    }


@batch("id", **dict.fromkeys(DESCRIBED, str), audience=bytes)
def enter(r: Rows) -> Any:
    """What was never accepted gets its row, since it may be in the target."""
    return r.upsert(documents, ["target", "id"], {**never_accepted(r), "audience": r.audience}, None)


@batch("id", id=str, lost=bytes)
def lose(r: Rows) -> Any:
    """A call about it may still take effect."""
    return (
        update(documents)
        .where(MINE, d.id == r.id)
        .values(
            redo_after=greatest(func.coalesce(d.redo_after, 0.0), p.until),
            lost=case((or_(d.lost.is_(None), d.lost == r.lost), r.lost), else_=_SEVERAL),
        )
    )


@batch("id", id=str)
def lose_unknown(r: Rows) -> Any:
    """The same of a call that a dead run left behind."""
    return (
        update(documents)
        .where(MINE, d.id == r.id)
        .values(redo_after=greatest(func.coalesce(d.redo_after, 0.0), p.until), lost=_SEVERAL)
    )
