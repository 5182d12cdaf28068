"""
What is searchable and what is not, as plain values to be printed or shown: `documents`, and its page. Reads only.

Codes stand beside their words; whether a document has text is told here alone, and never to the intranet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from connector.document.states import DocumentState
from connector.ledger.catalogue import PAGE, Catalogue, Row, Wanted
from connector.ledger.counts import OTHER, Format
from connector.ledger.quarantine import values_of
from connector.ledger.store import Ledger
from connector.plan import reason_words
from connector.plan.report import stamp
from connector.plan.state_words import STATES
from connector.status.totals import count_of
from connector.text.reasons import say_why

REMOVED, HIDDEN = DocumentState.REMOVED.value, "hidden"
OUT = frozenset({REMOVED, HIDDEN})
"""States of documents that are not in the search any more: they are listed by `removed`."""
MOST_FORMATS: Final = 12
"""Formats that are told one by one; the rest is summed up."""


def tell_documents(
    ledger: Ledger, target: str, wanted: Wanted, *, page: int, after: str = ""
) -> dict[str, Any]:
    """
    One page of documents, how many there are in all (or at least), and why some of them have no text.

    Args:
        page: the first is 1; with `after` it is of no account.
        after: `next` of the page before.
    """
    catalogue = ledger.catalogue(target)
    known = count_of(ledger, target, wanted)
    if known is None and page == 1 and not after:
        found, many = catalogue.first_page(wanted)
    else:
        found, many = catalogue.page(wanted, page=page, after=after), known or catalogue.count(wanted)
    return {
        "asked": tell_wanted(wanted),
        "count": many.documents,
        "at_least": many.at_least,
        "without_text": tell_reasons(many.reasons),
        "page": page,
        "pages_of": PAGE,
        "more": found.more,
        "next": found.next,
        "documents": _with_folders(catalogue, found.rows),
    }


def tell_wanted(wanted: Wanted) -> dict[str, Any]:
    """What was asked for."""
    return {
        "words": wanted.words,
        "state": wanted.state,
        "reason": wanted.reason,
        "source": wanted.source,
        "format": wanted.format,
        "rooms": list(wanted.room),
    }


def reasons(
    ledger: Ledger, target: str, wanted: Wanted, rows: Sequence[Any]
) -> tuple[Mapping[str, int], bool]:
    """
    Why documents have no text, and how many, the most frequent first; and whether that is of a page alone.

    Args:
        rows: those on the page; they are counted where it is not kept how many there are of all.
    """
    known = count_of(ledger, target, wanted)
    if known is not None:
        return known.reasons, False
    return dict(Counter(row.without_text for row in rows).most_common()), True


def walk_documents(catalogue: Catalogue, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """Every document that is wanted, as in a page of them."""
    batch: list[Row] = []
    for row in catalogue.walk(wanted):
        batch.append(row)
        if len(batch) == PAGE:
            yield from _with_folders(catalogue, batch)
            batch = []
    yield from _with_folders(catalogue, batch)


def tell_reasons(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Why documents have no text: code, number, words, and what can be done."""
    return [{**tell_reason(code), "count": count} for code, count in counts.items()]


def tell_reason(code: str) -> dict[str, str]:
    """One reason: code, words, and what can be done."""
    words, remedy = say_why(code)
    return {"code": code, "words": words, "what_helps": remedy}


def tell_formats(formats: Sequence[Format]) -> list[dict[str, Any]]:
    """How many files of each format have text and how many have none, the frequent ones by name."""
    named = [one for one in formats if one.format != OTHER][:MOST_FORMATS]
    rest = [one for one in formats if one not in named]
    told = [
        {"format": one.format, "with_text": one.with_text, "without_text": one.without_text} for one in named
    ]
    if rest:
        told.append(
            {
                "format": OTHER,
                "with_text": sum(one.with_text for one in rest),
                "without_text": sum(one.without_text for one in rest),
            }
        )
    return told


def _with_folders(catalogue: Catalogue, rows: Sequence[Row]) -> list[dict[str, Any]]:
    folders = catalogue.folders([row.id for row in rows]) if rows else {}
    return [_tell_row(row, folders.get(row.id, [])) for row in rows]


def _tell_row(row: Row, folders: list[str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "source": row.source,
        "kind": row.kind or None,
        "folders": folders,
        "link": row.url or None,
        "state": row.state,
        "words": STATES.get(row.state, row.state),
        "without_text": tell_reason(row.without_text) if row.without_text else None,
        "held": {"code": row.held_why, "words": reason_words.held(row.held_why, row.held_note, kept=row.kept)}
        if row.held_why
        else None,
        "quarantine": {
            "code": row.parked,
            "words": row.parked_why or reason_words.aside(row.parked, values_of(row.parked_told)),
        }
        if row.parked
        else None,
        "pushed_at": stamp(row.pushed_at) if row.pushed_at else None,
    }
