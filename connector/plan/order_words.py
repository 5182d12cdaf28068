"""
What is said of people's orders: to hide, to show again, to forget. PURE.

Nobody decides by these sentences; who must decide reads the order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connector.document.counting import Number, counted
from connector.document.printable import quoted


def kept_out(*, forgotten: bool, who: str, since: str, because: str, until: str) -> str:
    """Say by whom something is kept out of the search, since when, why, and until when."""
    why = f", because: {because}" if because else ""
    ends = f"; until {until}" if until else ""
    return f"{'forgotten' if forgotten else 'hidden'} by {who or 'somebody'} since {since}{why}{ends}"


def was_hidden(
    title: str, count: int, *, done: bool, why_not: str = "", until: str = "", before: str = ""
) -> str:
    """
    Say what became of an order to hide something.

    Args:
        why_not: what the intranet said where it is not done.
        until: when it is shown again; empty: nobody said.
        before: by whom, since when and until when it was hidden already, as `kept_out` says it.
    """
    if not done:
        return (
            f"{quoted(title)} is still in search{_because(why_not)}. The order is written down: nothing of it is sent any more, and the next run removes it. "
            "See: connector hidden"
        )
    below = f", and {counted(count - 1, 'document')} below it" if count > 1 else ""
    replaced = f" It was {before}. This order replaces that one." if before else ""
    return (
        f"{quoted(title)} is out of search{below}, and stays out until {until or 'somebody shows it again'}.{replaced} "
        "See: connector hidden"
    )


def _because(why: str) -> str:
    return f": {why.rstrip(' .')}" if why else ""


def was_replaced(called: str, who: str, kind: str) -> str:
    """Say that a later order about the same counts, given before the one that is told of was carried out."""
    return f"{who or 'Somebody'} gave a later order about {quoted(called)} ({kind}), which counts instead of this one. See: connector hidden"


def left_to_the_next_run(why: str) -> str:
    """Say that an order could not be carried out at once, and why."""
    why = why if why.endswith((".", "?", "!")) else f"{why}."
    return f"{why} The order is written down: the next run carries it out, and sends nothing of it meanwhile."


def is_forgotten(subject: str, who: str) -> str:
    """Say why something can be neither hidden nor shown."""
    return (
        f"{subject} is forgotten, by an order of {who or 'somebody'}, so it is out of the search already. "
        f"Should it come back: connector unhide {subject}"
    )


def several_hidden(ids: Sequence[str]) -> str:
    """Say that what somebody named are several hidden documents."""
    return f"several hidden documents fit: {', '.join(ids)}. Name one by its id"


def asks_to_forget(title: str, below: int) -> str:
    """Ask whether a document is to be forgotten."""
    more = f" and {counted(below, 'document')} below it" if below else ""
    return f"{quoted(title)}{more} will be erased here and in the intranet. This cannot be undone. Continue?"


def asks_to_forget_person(called: str) -> str:
    """Ask whether a person is to be forgotten."""
    return f"{called} will be erased here and in the intranet, and will lose all restricted access in search. Continue?"


def was_forgotten(subject: str, *, complete: bool) -> str:
    """Say what became of an order to forget."""
    if complete:
        return f"{subject} is erased here and in the intranet."
    return f"{subject} is erased here, but the intranet answers that it still has some of it. Run the same command again, or ask the vendor."


def not_forgotten_yet(subject: str, why: str) -> str:
    """
    Say that an order to forget is not carried out.

    Args:
        why: what the intranet said.
    """
    return (
        f"{subject} is not erased yet{_because(why)}. The order is written down: nothing of it is sent any more, and the next run removes it from "
        "the intranet. After that run, type the same command again: it erases the rest and prints the certificate."
    )


def read_back(*, person: bool, asked: int, there: int, done: bool) -> str:
    """Say what the intranet answered when it was asked whether something is gone."""
    if not done:
        return "The intranet was not asked yet."
    if person:
        return (
            "Interact confirmed that the person's record was removed; it has no call to read such a record."
        )
    if asked == 1:
        return f"The intranet was asked for the document and {'still has it' if there else 'does not have it any more'}."
    return f"The intranet was asked for {asked} documents and has {there or 'none'} of them."


_ERASED = {
    "texts": "document as it was last sent/documents as they were last sent",
    "rows": "name in the list of documents/names in the list of documents",
    "history": "entry of the history of removals/entries of the history of removals",
    "changes": "change of who finds what/changes of who finds what",
    "quarantine": "entry of the quarantine/entries of the quarantine",
    "unconfirmed": "entry of what was never confirmed/entries of what was never confirmed",
    "hidden": "name in the list of what is hidden/names in the list of what is hidden",
    "orders": "name in an order/names in orders",
    "notes": "note of its source/notes of its source",
    "reports": "report that named it/reports that named it",
    "shares": "entry of what sources say of the person/entries of what sources say of the person",
    "records": "record of the person/records of the person",
    "names": "note that names the person/notes that name the person",
    "texts_of_files": "text of a file/texts of files",
}
"""By what `forget` counts, as its certificate names it."""


def was_erased(counts: Mapping[str, int]) -> list[str]:
    """Say what was erased here, and how much of it; what none was of is not told."""
    return [f"{Number(count):{_ERASED[kind]}}" for kind, count in counts.items() if count]


def stays_out(*, person: bool) -> str:
    """Say what keeps something from coming back."""
    if person:
        return (
            "The sources may still name the person. Only a hash of the address, and of each source's key, is kept here, to keep the "
            "person out. Should the person come back: connector unhide PERSON"
        )
    return "The source may still have it. Only ids are kept here, to keep it out. Should it come back: connector unhide ID"


def other_copies(names: Sequence[str]) -> str:
    """Name the copies of the ledger that are not touched."""
    beside = f"beside it: {', '.join(names)}; " if names else ""
    return (
        f"Copies of the ledger ({beside}backups elsewhere) still contain it: delete them, or let them expire."
    )


def other_targets(names: Sequence[str]) -> list[str]:
    """Name the other targets that have what was forgotten, too, with what erases it there."""
    return [
        f"The target {name}, which has it, too: its intranet, and what the ledger holds for that. To erase it there: connector forget --target {name}"
        for name in names
    ]


def beyond_reach(*, person: bool, kept_texts: int, anew: bool) -> list[str]:
    """Say what else an erasure does not reach."""
    told = ["The sources, and what Interact keeps itself: backups, search statistics."]
    if person:
        told.append(
            "Documents that name the person, as author or in their text, and the person's identity in their lists of readers."
        )
    if not anew:
        told.append(
            "Free pages of the ledger's database, because a run is using it. To clear them: connector ledger prune"
        )
    if kept_texts:
        told.append(
            f"{counted(kept_texts, 'text')} that another document shares, because its content is the same."
        )
    return told


def in_logs(*, person: bool, names: bool) -> str:
    """Say what logs hold."""
    if names:
        return "service.log_names is set, so old logs may contain titles and names. Delete those that do."
    return "Logs name people by a hash only." if person else "Logs name documents by their ids only."


def asks_to_let_back(*, since: str, who: str, person: bool) -> str:
    """Ask whether what was forgotten may come back."""
    what = "this person" if person else "it"
    comes = "finds again what the sources allow" if person else "is found again, if its source still has it,"
    return (
        f"{who or 'Somebody'} had {what} forgotten on {since}. What was erased stays erased, but {'the person' if person else 'it'} "
        f"{comes} from the next runs on. Continue?"
    )


def may_come_back(*, person: bool) -> str:
    """Say that what was forgotten is not kept out any more."""
    if person:
        return "The person is not kept out any more. Identities come back when the sources name the person: connector sync --mode full"
    return "It is not kept out any more. If its source still has it, the next run sends it as new. At once: connector sync"


def was_shown(title: str, count: int, *, above: str) -> str:
    """Say what became of an order to show something again."""
    if above:
        return f"{quoted(title)} is no longer hidden itself, but a folder above it is. To show that: connector unhide {above}"
    return f"{quoted(title)} can be found again after the next run, which sends {counted(count, 'document')}. At once: connector sync"
