"""Files that stand in several places, as plain values to be printed or shown. Changes nothing but the count that is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from connector.ledger.duplicates import PAGE, Duplicate
from connector.ledger.store import Ledger
from connector.plan.report import stamp
from connector.status.totals import still_holds

KIND = "duplicates"
"""The kind of note that holds how many there are."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """How many there are in a whole target, as counted last: after which run, and when."""

    run: int
    at: float
    files: int
    documents: int


def tell_duplicates(
    ledger: Ledger,
    target: str,
    source: str,
    rooms: Sequence[str],
    *,
    page: int,
    now: float,
    after: str = "",
) -> dict[str, Any]:
    """
    One page of files, how many there are, and in how many places.

    Args:
        after: where the page begins; empty: it is counted.
    """
    found, following = ledger.duplicates(target).page(source, rooms, page=page, after=after)
    files, documents = _totals(ledger, target, source, rooms, now=now)
    return {
        "asked": {"source": source, "rooms": list(rooms)},
        "files": files,
        "documents": documents,
        "page": page,
        "pages_of": PAGE,
        "more": bool(following),
        "next": following,
        "duplicates": list(_told(ledger, target, found)),
    }


def kept_duplicates(ledger: Ledger, target: str) -> dict[str, Any] | None:
    """How many there were when somebody looked last; None: nobody did. Counts nothing."""
    kept = _read(ledger, target)
    return {"files": kept.files, "documents": kept.documents, "at": stamp(kept.at)} if kept else None


def _totals(ledger: Ledger, target: str, source: str, rooms: Sequence[str], *, now: float) -> tuple[int, int]:
    """How many, counted once after a run that changed something; where only a part is asked for, each time."""
    if source or rooms:
        return ledger.duplicates(target).totals(source, rooms)
    kept = _read(ledger, target)
    if kept is None or not still_holds(ledger, target, run=kept.run, at=kept.at, now=now):
        newest = ledger.browse(target).last_number()
        files, documents = ledger.duplicates(target).totals("", ())
        kept = Kept(run=newest, at=now, files=files, documents=documents)
        ledger.notes("").put(KIND, target, msgspec.json.encode(kept))
    return kept.files, kept.documents


def _read(ledger: Ledger, target: str) -> Kept | None:
    """What was kept; None where there is nothing, or another release wrote it."""
    noted = ledger.notes("").get(KIND, target)
    try:
        return msgspec.json.decode(noted[0], type=Kept) if noted is not None else None
    except msgspec.DecodeError:
        return None


def walk_duplicates(
    ledger: Ledger, target: str, source: str, rooms: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Every such file, as in a page of them."""
    for one in ledger.duplicates(target).walk(source, rooms):
        yield from _told(ledger, target, [one])


def _told(ledger: Ledger, target: str, found: Sequence[Duplicate]) -> Iterator[dict[str, Any]]:
    folders = ledger.catalogue(target).folders([place.id for one in found for place in one.places])
    for one in found:
        yield {
            "content": one.content,
            "places": [
                {
                    "id": place.id,
                    "title": place.title,
                    "source": place.source,
                    "folders": folders.get(place.id, []),
                    "link": place.url or None,
                }
                for place in one.places
            ],
        }
