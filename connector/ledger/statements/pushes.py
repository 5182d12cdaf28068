"""What the target accepted."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, case, delete, false, literal, null, or_, select, update

from connector.document.audience import NOBODY
from connector.ledger.rows import DESCRIBED
from connector.ledger.statements.documents import MINE, THERE, d, documents
from connector.ledger.statements.expressions import ONE, TABLES, Batch, Bulk, Rows, batch, each_of, p, typed
from connector.ledger.statements.intents import NOTHING_SAID, REPEATED

_bodies, _audiences, _removals = TABLES["bodies"], TABLES["audiences"], TABLES["removals"]
_quarantine, _unconfirmed = TABLES["quarantine"].c, TABLES["unconfirmed"].c
_ROW = {
    **dict.fromkeys(DESCRIBED, str),
    "version": bytes,
    "fingerprint": bytes,
    "audience": bytes,
    "rules": bytes,
    "without_text": str,
}
_AS_IT_WAS = {name: _ROW[name] for name in ("version", "fingerprint", "audience", "rules", "without_text")}
"""What is said of a document that is found by what the ledger has: it may have been made by other rules, or for others."""
_COMMON = ("pushed_run", "pushed_at", "session_run", "backfill")
_ALWAYS = ("version", "fingerprint", "audience", "rules", "without_text", "delta_run", *_COMMON)
_FOUND_BY = DESCRIBED[1:]
_delta_run = case((and_(p.session_run == 0, p.backfill == 0), typed("pushed_run", int)))


def _changed(new: Any, *, present: bool, altered: bool) -> dict[str, Any]:
    """
    What is set in the row of a document that the target accepted.

    Args:
        new: what is said of it, by column.
        present, altered: as of `_confirm`.
    """
    late = d.redo_after <= new["pushed_at"]
    # until then also what was lost as it is now may come after newer contents, fewer people or a removal
    settled = and_(late, or_(d.lost == new["fingerprint"], d.lost == REPEATED))
    for_audience = d.held_why.like("audience-%")
    changed = {name: new[name] for name in _ALWAYS}
    changed["lost"] = case((settled, null()), (late, REPEATED), else_=d.lost)
    changed["redo_after"] = case((settled, null()), (late, p.again), else_=d.redo_after)
    if present:
        changed |= {
            "state": case((and_(d.state == "held", for_audience), "held"), else_="live"),
            **dict.fromkeys(("missing_run", "gone_run", "lacked_run"), null()),
            "missing_why": "",
            "held_run": case((for_audience, d.held_run), else_=null()),
            "held_why": case((for_audience, d.held_why), else_=""),
            "kept": case((for_audience, d.kept), else_=false()),
        }
    else:
        changed["state"] = case((d.state == "held", "held"), else_="live")
    if altered:
        changed |= {name: new[name] for name in _FOUND_BY}
        changed["also"] = case(
            (d.container == new["container"], d.also),
            (d.pushed_run == new["pushed_run"], d.container),
            else_="",
        )
    return changed


def _confirm(*, present: bool, altered: bool) -> Batch:
    """
    Remember that the target accepted documents.

    Args:
        present: they were listed where they stand; else nothing is said of whether they are missing or held.
        altered: what they are found by may be another than the ledger has. SQLite writes the index of a column that is
            named even where its value stays, so all others leave that alone.
    """

    def make(r: Rows) -> Any:
        values = {
            "target": p.target,
            **{name: getattr(r, name) for name in _ROW},
            **{name: getattr(p, name) for name in _COMMON},
            "delta_run": _delta_run,
            "state": literal("live"),
            **{name: literal(value) for name, value in NOTHING_SAID.items()},
        }

        return r.upsert(
            documents,
            ["target", "id"],
            values,
            lambda new: _changed(new, present=present, altered=altered),
        )

    return Batch(make, ["id"], _ROW)


confirm = _confirm(present=True, altered=False)
confirm_altered = _confirm(present=True, altered=True)
confirm_unseen = _confirm(present=False, altered=False)
confirm_unseen_altered = _confirm(present=False, altered=True)


def _confirm_again(r: Rows) -> Any:
    """The same as `confirm` of what has a row that nobody removes meanwhile: most of what a full run sends."""
    said = {name: getattr(r, name) for name in _AS_IT_WAS} | {"delta_run": _delta_run}
    said |= {name: typed(name, float if name == "pushed_at" else int) for name in _COMMON}
    return update(documents).where(MINE, d.id == r.id).values(**_changed(said, present=True, altered=False))


confirm_again = Batch(_confirm_again, ["id"], {"id": str, **_AS_IT_WAS}, is_noted=True)


@batch("id", id=str, body=Bulk, text=Bulk, text_key=str, hidden=bytes)
def confirm_body(r: Rows) -> Any:
    """
    Keep what was accepted; what is kept already is not written again.

    A full run sends everything, most of it as it was, and to compare some kB costs less than to write them; to hand them over costs as
    much as that, so what is known to be kept (`kept`) is not.
    """
    columns = ("body", "text", "text_key", "hidden")
    new = r.insert(
        _bodies,
        {"document": d.number, **{name: getattr(r, name) for name in columns}},
        MINE,
        d.id == r.id,
    )
    return new.on_conflict_do_update(
        index_elements=["document"],
        set_={name: new.excluded[name] for name in columns},
        where=or_(*(_bodies.c[name] != new.excluded[name] for name in columns)),
    )


@batch()
def kept(r: Rows) -> Any:
    """What is kept of documents, as far as it tells whether all of it is; nobody else changes them until the transaction ends."""
    found = (
        select(d.id, d.fingerprint, _bodies.c.text_key, _bodies.c.hidden)
        .join(_bodies, _bodies.c.document == d.number)
        .where(MINE, d.id.in_(each_of(p.ids)))
    )
    return found if r.one_machine else found.order_by(d.id).with_for_update(key_share=True, of=documents)


places = select(d.id, d.container, d.room).where(MINE, d.id.in_(each_of(p.ids)))


@batch()
def take(r: Rows) -> Any:
    """
    Let nobody else change these until all of them are written: they are taken in the order of their ids, whatever is said of each.

    Else two connections that write some of the same documents may wait for each other. A file has one writer anyway.
    """
    if r.one_machine:
        return select(ONE).where(false())
    return select(d.id).where(MINE, d.id.in_(each_of(p.ids))).order_by(d.id).with_for_update(key_share=True)


release = delete(TABLES["quarantine"]).where(
    _quarantine.target == p.target, _quarantine.id.in_(each_of(p.ids))
)


@batch("digest", digest=bytes, identities=str, public=bool)
def remember_audience(r: Rows) -> Any:
    """Keep what a digest stands for."""
    return r.upsert(
        _audiences, ["digest"], {"digest": r.digest, "identities": r.identities, "public": r.public}, None
    )


@batch("id", id=str)
def emptied(r: Rows) -> Any:
    """Losing its whole audience is a removal to the brake."""
    return r.insert(
        _removals,
        {
            **{name: d[name] for name in ("target", "source", "room", "id", "title")},
            "run": p.run,
            "at": p.now,
            "approved": literal(False),
            "why": literal("nobody may see it any more"),
        },
        MINE,
        d.id == r.id,
        THERE,
        d.fingerprint.is_not(None),
        d.audience != literal(NOBODY.digest()),
    )


@batch("id", id=str, version=bytes, without_text=str)
def note_version(r: Rows) -> Any:
    """A newer version came out just as the target has it."""
    told = {"version": r.version, "rules": p.rules, "without_text": r.without_text}
    return update(documents).where(MINE, d.id == r.id).values(**told)


@batch("id", id=str, fingerprint=bytes, hidden=bytes)
def note_hidden(r: Rows) -> Any:
    """A breadcrumb leaves out the same containers under other names: none of them is told by its former one later."""
    same = _bodies.c.document == d.number, MINE, d.id == r.id, d.fingerprint == r.fingerprint
    return update(_bodies).where(*same, _bodies.c.hidden != r.hidden).values(hidden=r.hidden)


@batch("id", id=str)
def forget_version(r: Rows) -> Any:
    """Its next listing makes it anew, and pushes it if it came out different."""
    return update(documents).where(MINE, d.id == r.id).values(version=null())


_forgotten = {"version": null(), "fingerprint": null()}
forget_unconfirmed = (
    update(TABLES["unconfirmed"])
    .where(_unconfirmed.target == p.target, _unconfirmed.source == p.source)
    .values(there=null())
)
forget_confirmations = update(documents).where(MINE, d.source == p.source, THERE).values(**_forgotten)
forget_sent_since = update(documents).where(MINE, d.delta_run >= p.run, THERE).values(**_forgotten)


@batch("id", id=str)
def forget_confirmation(r: Rows) -> Any:
    """Its next listing pushes it again."""
    return update(documents).where(MINE, d.id == r.id).values(**_forgotten)
