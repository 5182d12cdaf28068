"""Everything known of one document that the ledger has, or that is in quarantine, as plain values. Reads only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from connector.document.audience import Audience
from connector.document.labels import short
from connector.document.states import DocumentState
from connector.ledger.catalogue import QUARANTINED
from connector.ledger.quarantine import Parked
from connector.ledger.rows import Body, Standing
from connector.ledger.store import Ledger
from connector.plan import reason_words
from connector.plan.findings import HoldReason
from connector.plan.report import stamp
from connector.plan.state_words import EXPLAINED, KEPT
from connector.ports.source import NOT_READ
from connector.status.quarantine import tell_parked, why_parked
from connector.status.searchable import tell_reason

FIRST_LINES = 5
FIRST_CHARACTERS = 400


def tell_document(
    ledger: Ledger, target: str, words: str, *, recall: Callable[[str], str | None] = lambda _: None
) -> dict[str, Any] | None:
    """
    Everything known of one document, by GloballyUniqueId or the source's own id; None when there is none.

    Args:
        recall: finds the text of a file's content in the cache.
    """
    documents = ledger.documents(target)
    found = documents.find(words)
    if not found:
        parked = ledger.quarantine(target).get(words.lower())
        return _explain_parked(parked) if parked is not None else None
    one = found[0]
    facts = documents.facts(one.id) or {}
    audience = documents.audience_of(one.id)
    body = documents.body(one.id)
    parked = ledger.quarantine(target).get(one.id)
    run_id = ledger.runs(target).id_of
    return {
        "id": one.id,
        "source": one.source,
        "native_id": one.native,
        "kind": one.kind,
        "title": one.title,
        "url": one.url,
        "state": one.state,
        "words": KEPT
        if one.kept and one.state == DocumentState.HELD
        else EXPLAINED.get(one.state, one.state),
        "room": one.room,
        "path": one.path,
        "audience": _tell_audience(audience) if audience is not None else None,
        "pushed_at": stamp(facts["pushed_at"]) if facts.get("pushed_at") else None,
        "pushed_run": run_id(facts.get("pushed_run")) or None,
        "without_text": facts.get("without_text") or None,
        "text_missing": tell_reason(facts["without_text"]) if facts.get("without_text") else None,
        "not_read": _why_not_read(ledger, one.source, one.native),
        "text": _start_of_text(body, recall) if body else None,
        "missing_since_run": (run_id(one.missing_run) or "(pruned)") if one.missing_run else None,
        "held": _why_held(ledger, target, one),
        "unanswered_until": stamp(facts["redo_after"]) if facts.get("redo_after") else None,
        "document": msgspec.json.decode(body.body) if body else None,
        "quarantine": tell_parked(parked) if parked else None,
    }


def _explain_parked(parked: Parked) -> dict[str, Any]:
    """What is known of a document that is in quarantine only."""
    return {
        "id": parked.id,
        "source": parked.source,
        "native_id": parked.native,
        "kind": None,
        "title": parked.title,
        "url": None,
        "state": QUARANTINED,
        "words": why_parked(parked.message, parked.reason, parked.told),
        "quarantine": tell_parked(parked),
    }


def _tell_audience(audience: Audience) -> dict[str, Any]:
    many = len(audience.identities)
    if audience.public:
        words = "everybody in the intranet"
    elif many:
        words = f"whoever has {f'one of {many} identities' if many > 1 else 'this identity'}"
    else:
        words = "nobody"
    return {"public": audience.public, "identities": list(audience.identities), "words": words}


def _why_held(ledger: Ledger, target: str, one: Standing) -> str | None:
    """Why a document, or that more people find it, waits for a decision; None: nothing does."""
    if one.held_why:
        return reason_words.held(one.held_why, one.held_note, kept=one.kept)
    wider = ledger.pending_audiences(target).waiting(one.id)
    if wider is not None and wider.held:
        return reason_words.held(HoldReason.WIDER, kept=wider.kept)
    before = ledger.quarantine(target).unconfirmed.standing(one.id)
    return reason_words.held(HoldReason.UNCONFIRMED, kept=before.kept) if before is not None else None


def _why_not_read(ledger: Ledger, source: str, native: str) -> str | None:
    """Why something of an item could not be read at the last try; None: it could."""
    note = ledger.notes(source).get(NOT_READ, native)
    return (note.value.decode() or None) if note is not None else None


def _start_of_text(body: Body, recall: Callable[[str], str | None]) -> str | None:
    """The first lines of what is searched in a document; None where it has no text, or the cache gave it up."""
    text: str | None = msgspec.json.decode(body.text, type=str) if body.text else None
    if text is None and body.text_key:
        text = recall(body.text_key)
    if not text:
        return None
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return short("\n".join(lines[:FIRST_LINES]), FIRST_CHARACTERS)
