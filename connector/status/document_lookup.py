"""A document is looked up by what people know of it: its id, the address in their browser, or its title. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from connector.document.counting import counted
from connector.ledger.catalogue import Wanted
from connector.ledger.rows import Standing
from connector.ledger.store import Ledger

MOST_FITTING = 20
"""Documents that are told one by one where several fit."""


def look_up_documents(ledger: Ledger, target: str, asked: str) -> list[Standing]:
    """
    Find documents by what people know of them: an id (ours or the source's), the address in their browser, or the title.

    What fits better hides what fits less: a part of a title counts only where nothing has it as a whole, not even what is
    hidden or was removed, of which none is given here. Else whoever types the title of something hidden again would mean
    another document.
    """
    documents = ledger.documents(target)
    asked = asked.strip()
    if found := documents.find(asked):
        return found
    if "://" in asked:
        address = asked.split("#", 1)[0].rstrip("/")
        return (
            documents.find_link(asked)
            or documents.find_link(address)
            or documents.find_link(f"{address}/")
            or documents.find(_last_part(address))
        )
    if not asked:
        return []
    catalogue = ledger.catalogue(target)
    if whole := documents.standing(catalogue.called(asked)):
        return sorted(whole.values(), key=lambda one: (one.path, one.id))
    if ledger.orders(target).find(asked) or ledger.history(target).last(asked) is not None:
        return []
    rows = catalogue.page(Wanted(words=asked)).rows
    standing = documents.standing([row.id for row in rows])
    return [standing[row.id] for row in rows if row.id in standing]


def tell_several(
    ledger: Ledger, target: str, asked: str, found: Sequence[Standing], *, argument: str, done: str = ""
) -> dict[str, Any]:
    """
    What is told where several documents fit what was asked for: how many, and the first, with the folders that tell them apart.

    Args:
        argument: that named them.
        done: what was done with none of them; empty: nothing was to be done.

    Returns:
        {"error": {"key", "message"}, "fits", "count"}
    """
    first = found[:MOST_FITTING]
    folders = ledger.catalogue(target).folders([one.id for one in first])
    untouched = f"; none was {done}" if done else ""
    return {
        "error": {
            "key": argument,
            "message": f"{counted(len(found), 'document')} fit {asked!r}{untouched}. Name one by its id",
        },
        "fits": [
            {"id": one.id, "title": one.title, "folders": folders.get(one.id, []), "link": one.url or None}
            for one in first
        ],
        "count": len(found),
    }


def _last_part(address: str) -> str:
    """The last part of an address: many systems end it in their own id; empty where it is no address."""
    try:
        path = urlsplit(address).path
    except ValueError:  # a bracket that nothing closes, say
        return ""
    return unquote(path.rstrip("/").rpartition("/")[2])
