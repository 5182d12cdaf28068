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
    sheet.count(_change(push))


def foretell(sheet: Sheet, push: DocumentPush, mode: Mode) -> None:
    """Tell what would become of a document."""
    count(sheet, push)
    change = _change(push)
    if change is not Counted.UNCHANGED:
        sheet.foretell(
            Change(
                id=push.rendered.id,
                change="add" if change is Counted.ADDED else "update",
                title=push.rendered.title,
                why=reason_words.why(push.why, mode=mode),
                code=push.why,
            )
        )


def _change(push: DocumentPush) -> Counted:
    """What a document is that goes out: new to the target, another than before, or as it was."""
    known = push.known
    if known is None or known.state == NEW:
        return Counted.ADDED
    return Counted.UNCHANGED if known.fingerprint == push.rendered.fingerprint else Counted.UPDATED
