"""All about one document, wherever it is: in the search, hidden by a person, or in quarantine. Reads only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connector.ledger.catalogue import QUARANTINED
from connector.ledger.on_hold import read_hold
from connector.ledger.orders import Hidden
from connector.ledger.store import Ledger
from connector.plan.words import on_hold
from connector.ports.matching import Matching
from connector.status import hidden, removed
from connector.status.document_facts import tell_document
from connector.status.document_lookup import look_up_documents, tell_several
from connector.status.searchable import HIDDEN, REMOVED
from connector.status.why_found import tell_why

OUT = frozenset({HIDDEN, REMOVED, QUARANTINED})
"""States of what is not in the search."""


def explain(
    ledger: Ledger,
    target: str,
    asked: str,
    *,
    recall: Callable[[str], str | None] = lambda _: None,
    by_id: bool = False,
) -> dict[str, Any] | None:
    """
    Everything known of one document, by its id (ours or the source's), its address or its title.

    Args:
        recall: finds the text of a file's content in the cache.
        by_id: only the document with this very id.

    Returns:
        None where nothing fits; `error`, `fits` and `count` where several do.
    """
    found = ledger.documents(target).find(asked) if by_id else look_up_documents(ledger, target, asked)
    if len(found) > 1 and not by_id:
        return tell_several(ledger, target, asked, found, argument="ID|LINK|TITLE")
    if not found:
        rows = ledger.orders(target).find(asked.strip())
        if len({row.id for row in rows}) == 1:
            return _explain_hidden(ledger, target, rows[0])
    told = tell_document(ledger, target, found[0].id if found else asked.strip(), recall=recall)
    if told is None:
        told = removed.explain_removed(ledger, target, asked.strip())
    if told is not None:
        told["hidden"] = hidden.why_hidden(ledger, target, told["id"], told.get("path") or "")
        if waits := why_nothing_new(ledger, target):
            told["on_hold"] = waits
    return told


def why_nothing_new(ledger: Ledger, target: str) -> str:
    """Say why nothing new of any document is sent; empty where it is."""
    return on_hold(target) if read_hold(ledger.notes(""), target) is not None else ""


def tell_for(
    ledger: Ledger, target: str, told: dict[str, Any], person: str, matching: Matching
) -> dict[str, Any]:
    """
    Say why a person finds a document, or not; what is not in the search nobody finds.

    Args:
        told: as `explain` says it.

    Returns:
        As `tell_why`.
    """
    why = None
    if told["state"] not in OUT:
        why = tell_why(ledger, target, told["id"], person, matching)
    kept_out = told["hidden"]["words"] if told.get("hidden") else told["words"]
    return why or {
        "person": person,
        "address": None,
        "finds": False,
        "identities": [],
        "through": [],
        "steps": [],
        "missing": f"nobody finds it, because it is not in the search: {kept_out.rstrip(' .')}",
    }


def _explain_hidden(ledger: Ledger, target: str, one: Hidden) -> dict[str, Any]:
    """A document that is not in the search because a person hid it, or what it stands in."""
    why = hidden.why_hidden(ledger, target, one.id, one.path)
    return {
        "id": one.id,
        "source": one.source or None,
        "native_id": one.native or None,
        "kind": one.kind or None,
        "title": one.title,
        "url": one.url or None,
        "state": "hidden",
        "words": "not in the search" if one.gone else "about to leave the search",
        "room": one.room or None,
        "path": one.path or None,
        "hidden": why,
    }
