"""
Files that stand in several places, as plain values to be printed or shown.

To find them each document is looked at, seconds in a ledger of a million. So the first pages are kept, and how many there are:
found once after a run that changed something, by the command, or by the page beside what it shows. Rooms are small.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from connector.ledger.duplicates import PAGE, Duplicate
from connector.ledger.store import Ledger
from connector.plan.report import stamp
from connector.status.totals import still_holds

KIND = "duplicates"
"""The kind of note that holds them, of a target or of one of its sources."""
KEPT_PAGES = 10
MOST_PLACES = 20_000
"""Places that are kept, of all files together."""


class Several(msgspec.Struct, frozen=True, kw_only=True):
    """One file: the hash of its bytes, in how many places it stands, and their ids, the first of very many."""

    content: str
    places: int
    ids: list[str]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What was found last: after which run, and when."""

    run: int
    at: float
    files: int
    documents: int
    first: list[Several]


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
    One page of files, how many there are, and in how many places; they are found where what is kept does not hold.

    Args:
        after: where the page begins; empty: it is counted.
    """
    if not rooms and not after and page <= KEPT_PAGES:
        kept = read_kept(ledger, target, source)
        if kept is None or not holds(ledger, target, kept, now=now):
            kept = find_anew(ledger, target, source, now=now)
        return tell_kept(ledger, target, source, kept, page=page)
    found, following = ledger.duplicates(target).page(source, rooms, page=page, after=after)
    files, documents = _totals(ledger, target, source, rooms, now=now)
    return {
        **_head(source, rooms, page=page, files=files, documents=documents),
        "more": bool(following),
        "next": following,
        "duplicates": list(_told(ledger, target, found)),
    }


def tell_kept(ledger: Ledger, target: str, source: str, kept: Kept, *, page: int) -> dict[str, Any]:
    """The same of what was found last, as far as it is in the search still; looks at nothing else."""
    asked = kept.first[(page - 1) * PAGE : page * PAGE]
    standing = ledger.duplicates(target).standing([one for file in asked for one in file.ids])
    found = [
        Duplicate(content=file.content, places=[standing[one] for one in file.ids if one in standing])
        for file in asked
    ]
    return {
        **_head(source, (), page=page, files=kept.files, documents=kept.documents),
        "more": kept.files > page * PAGE,
        "next": "",
        "duplicates": list(_told(ledger, target, [one for one in found if len(one.places) > 1])),
    }


def find_anew(ledger: Ledger, target: str, source: str, *, now: float) -> Kept:
    """Find them, and keep the first; whoever cannot write finds them anew the next time."""
    newest = ledger.browse(target).last_number()
    duplicates = ledger.duplicates(target)
    files, documents = duplicates.totals(source, ())
    first: list[Several] = []
    rest = MOST_PLACES
    for one in duplicates.first(source, KEPT_PAGES * PAGE):
        ids = [place.id for place in one.places[: max(2, rest)]]
        rest -= len(ids)
        first.append(Several(content=one.content, places=len(one.places), ids=ids))
    kept = Kept(run=newest, at=now, files=files, documents=documents, first=first)
    notes = ledger.notes("")
    ledger.write_unless_locked(lambda: notes.put_json(KIND, _key(target, source), kept))
    return kept


def holds(ledger: Ledger, target: str, kept: Kept, *, now: float) -> bool:
    """Whether it would be the same if it were found anew."""
    return still_holds(ledger, target, run=kept.run, at=kept.at, now=now)


def kept_duplicates(ledger: Ledger, target: str) -> dict[str, Any] | None:
    """How many there were when somebody looked last; None: nobody did. Counts nothing."""
    kept = read_kept(ledger, target, "")
    return {"files": kept.files, "documents": kept.documents, "at": stamp(kept.at)} if kept else None


def read_kept(ledger: Ledger, target: str, source: str) -> Kept | None:
    """What was found last; None where there is nothing, or another release wrote it."""
    try:
        return ledger.notes("").get_json(KIND, _key(target, source), Kept)
    except msgspec.DecodeError:
        return None


def _key(target: str, source: str) -> str:
    return f"{target}/{source}" if source else target


def _head(source: str, rooms: Sequence[str], *, page: int, files: int, documents: int) -> dict[str, Any]:
    return {
        "asked": {"source": source, "rooms": list(rooms)},
        "files": files,
        "documents": documents,
        "page": page,
        "pages_of": PAGE,
    }


def _totals(ledger: Ledger, target: str, source: str, rooms: Sequence[str], *, now: float) -> tuple[int, int]:
    kept = None if rooms else read_kept(ledger, target, source)
    if kept is not None and holds(ledger, target, kept, now=now):
        return kept.files, kept.documents
    return ledger.duplicates(target).totals(source, rooms)


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
