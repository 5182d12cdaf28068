"""What is told of documents on their way: how they count, and what a dry run would do of them."""

from __future__ import annotations

from connector.document.states import NEW
from connector.plan import reason_words
from connector.plan.item import Mode
from connector.plan.tally import Change, Counted, Sheet
from connector.push.parcel import Parcel


def count(sheet: Sheet, parcel: Parcel) -> None:
    """Count a document that was accepted."""
    if parcel.again:
        sheet.count(Counted.SHOWN_AGAIN)
    known = parcel.known
    if known is None or known.state == NEW:
        sheet.count(Counted.ADDED)
    elif known.fingerprint == parcel.rendered.fingerprint:
        sheet.count(Counted.UNCHANGED)
    else:
        sheet.count(Counted.UPDATED)


def foretell(sheet: Sheet, parcel: Parcel, mode: Mode) -> None:
    """Tell what would become of a document."""
    count(sheet, parcel)
    added = parcel.known is None or parcel.known.state == NEW
    if added or parcel.known is None or parcel.known.fingerprint != parcel.rendered.fingerprint:
        sheet.foretell(
            Change(
                id=parcel.rendered.id,
                change="add" if added else "update",
                title=parcel.rendered.title,
                why=reason_words.why(parcel.why, mode=mode),
                code=parcel.why,
            )
        )
