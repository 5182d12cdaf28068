"""What is told of documents on their way: how they count, and what a dry run would do of them."""

from __future__ import annotations

from connector.document.states import NEW
from connector.plan import reason_words
from connector.plan.item import Mode
from connector.plan.tally import Change, Counted, Sheet
from connector.push.document_push import DocumentPush


def count(sheet: Sheet, push: DocumentPush) -> None:
    """Count a document that was accepted."""
    if push.again:
        sheet.count(Counted.SHOWN_AGAIN)
    known = push.known
    if known is None or known.state == NEW:
        sheet.count(Counted.ADDED)
    elif known.fingerprint == push.rendered.fingerprint:
        sheet.count(Counted.UNCHANGED)
    else:
        sheet.count(Counted.UPDATED)


def foretell(sheet: Sheet, push: DocumentPush, mode: Mode) -> None:
    """Tell what would become of a document."""
    count(sheet, push)
    added = push.known is None or push.known.state == NEW
    if added or push.known is None or push.known.fingerprint != push.rendered.fingerprint:
        sheet.foretell(
            Change(
                id=push.rendered.id,
                change="add" if added else "update",
                title=push.rendered.title,
                why=reason_words.why(push.why, mode=mode),
                code=push.why,
            )
        )
