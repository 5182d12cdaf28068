"""Files that stand in several places, as plain values to be printed. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connector.ledger.duplicates import PAGE, Duplicate
from connector.ledger.store import Ledger


def tell_duplicates(
    ledger: Ledger, target: str, source: str, rooms: Sequence[str], *, page: int
) -> dict[str, Any]:
    """One page of files, how many there are, and in how many places."""
    duplicates = ledger.duplicates(target)
    found, more = duplicates.page(source, rooms, page=page)
    files, documents = duplicates.totals(source, rooms)
    return {
        "asked": {"source": source, "rooms": list(rooms)},
        "files": files,
        "documents": documents,
        "page": page,
        "pages_of": PAGE,
        "more": more,
        "duplicates": list(_told(ledger, target, found)),
    }


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
