"""What was removed from the search, by which run, why, and who approved it: as plain values. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connector.document.ids import path_ids
from connector.ledger.browse import read_report
from connector.ledger.catalogue import AT_ONCE, COUNTED, PAGE, Wanted, read_place, tell_place
from connector.ledger.history import History, Removed
from connector.ledger.orders import Hidden
from connector.ledger.part import EVERYTHING
from connector.ledger.store import Ledger
from connector.plan.report import stamp
from connector.status.hidden import why_hidden
from connector.status.searchable import HIDDEN, REMOVED, tell_wanted

FIRST_REMOVED = 1_000


def tell_page(ledger: Ledger, target: str, wanted: Wanted, *, page: int, after: str = "") -> dict[str, Any]:
    """
    A page of what was removed, or is hidden, as the state asks, in the shape of every list of documents.

    Args:
        page: the first is 1; with `after` it is of no account.
        after: `next` of the page before.
    """
    told, following = page_of(ledger, target, wanted, page=page, after=after)
    if wanted.state == HIDDEN:
        many = ledger.orders(target).count_named(wanted, most=COUNTED + 1)
        more = many > COUNTED
    else:
        gone, beyond = ledger.history(target).removed(wanted, most=COUNTED)
        many, more = len(gone), bool(beyond)
    return {
        "asked": tell_wanted(wanted),
        "count": min(many, COUNTED),
        "at_least": more,
        "without_text": [],
        "page": page,
        "pages_of": PAGE,
        "more": bool(following),
        "next": following,
        "documents": told,
    }


def walk(ledger: Ledger, target: str, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """All of it, a page at a time."""
    told, following = page_of(ledger, target, wanted)
    yield from told
    while following:
        told, following = page_of(ledger, target, wanted, after=following)
        yield from told


def page_of(
    ledger: Ledger, target: str, wanted: Wanted, *, page: int = 1, after: str = ""
) -> tuple[list[dict[str, Any]], str]:
    """The documents of a page, and where the next one begins, empty after the last: nothing is counted for it."""
    list_of = _hidden if wanted.state == HIDDEN else _removed
    passed = 0 if after else (page - 1) * PAGE
    while passed:
        rows, after = list_of(ledger, target, wanted, after, min(passed, AT_ONCE))
        if not after:
            return [], ""
        passed -= len(rows)
    rows, after = list_of(ledger, target, wanted, after, PAGE)
    history = ledger.history(target)
    return [
        _tell_hidden(ledger, target, one)
        if isinstance(one, Hidden)
        else _listed(ledger, target, history, one)
        for one in rows
    ], after


def _hidden(
    ledger: Ledger, target: str, wanted: Wanted, after: str, most: int
) -> tuple[Sequence[Hidden], str]:
    path, last = read_place(after, ("", ""))
    found = ledger.orders(target).page(wanted, after=(path, last), limit=most + 1)
    rows = found[:most]
    return rows, tell_place([rows[-1].path, rows[-1].id]) if len(found) > most else ""


def _removed(
    ledger: Ledger, target: str, wanted: Wanted, after: str, most: int
) -> tuple[Sequence[Removed], str]:
    (before,) = read_place(after, (EVERYTHING,))
    rows, beyond = ledger.history(target).removed(wanted, before=before, most=most)
    return rows, tell_place([beyond]) if beyond else ""


def tell_removed_by(ledger: Ledger, target: str, run: int, *, most: int) -> list[dict[str, Any]]:
    """What one run removed by id, the first thousand at most."""
    return [
        {
            "id": one.id,
            "title": one.title,
            "why": one.why,
            "code": one.code or None,
            "approved": one.approved,
            "at": stamp(one.at),
        }
        for one in ledger.history(target).removed_in(run, limit=min(most, FIRST_REMOVED))
    ]


def explain_removed(ledger: Ledger, target: str, words: str) -> dict[str, Any] | None:
    """A document that is not in the search any more: when it left, by which run, why, and who approved it; None: it was never removed."""
    history = ledger.history(target)
    one = history.last(words)
    return None if one is None else _tell(ledger, target, history, one)


def _tell(ledger: Ledger, target: str, history: History, one: Removed) -> dict[str, Any]:
    run = ledger.runs(target).get(one.run) if one.run and one.code != HIDDEN else None
    decided = read_report(run.report).get("decided", {}) if run is not None else {}
    by = decided.get("by") if one.approved else None
    who = (
        f"; approved by {by}"
        if by
        else ("; approved by a person" if one.approved and one.code != HIDDEN else "")
    )
    names = history.names(path_ids(one.path)[:-1])
    return {
        "id": one.id,
        "source": one.source,
        "native_id": None,
        "kind": one.kind or None,
        "title": one.title,
        "url": None,
        "state": REMOVED,
        "words": f"removed from the search on {stamp(one.at)}: {one.why or 'nobody noted why'}{who}",
        "room": one.room or None,
        "path": one.path or None,
        "folders": [names.get(above, above) for above in path_ids(one.path)[:-1]],
        "removed": {
            "at": stamp(one.at),
            "run_id": run.id if run is not None else None,
            "why": one.why,
            "code": one.code or None,
            "approved": one.approved,
            "approved_by": by,
        },
    }


def _listed(ledger: Ledger, target: str, history: History, one: Removed) -> dict[str, Any]:
    told = _tell(ledger, target, history, one)
    return {
        **{
            key: told[key]
            for key in ("id", "title", "source", "kind", "folders", "state", "words", "removed")
        },
        **dict.fromkeys(("link", "without_text", "held", "quarantine", "pushed_at")),
    }


def _tell_hidden(ledger: Ledger, target: str, one: Hidden) -> dict[str, Any]:
    why = why_hidden(ledger, target, one.id, one.path)
    names = ledger.history(target).names(path_ids(one.path)[:-1])
    return {
        "id": one.id,
        "title": one.title,
        "source": one.source,
        "kind": one.kind or None,
        "folders": [names.get(above, above) for above in path_ids(one.path)[:-1]],
        "link": one.url or None,
        "state": HIDDEN,
        "words": why["words"] if why is not None else "hidden",
        "hidden": why,
        **dict.fromkeys(("without_text", "held", "quarantine", "pushed_at")),
    }
