"""
Reasons in words: why a document, or the record of a person, goes out, stays, waits, leaves or is set aside. PURE.

Of one each; what is said of a run as a whole: `words`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connector.document.counting import Number
from connector.plan.findings import BETWEEN, Aside, Fewer, Gone, HoldReason, Why

NAMED = 5
"""Rooms that are named; more are counted."""

_HOLD_WORDS: dict[str, str] = {
    HoldReason.BRAKE: "gone from {of:~its/their} source, but too many documents would be removed at once",
    HoldReason.ABSENT: (
        "missing from {of:~its/their} source for over an hour, and nothing can prove that {of:~it is/they are} gone"
    ),
    HoldReason.SOURCE_MOVED: (
        "not found in {of:~its/their} source, which is now read at another address or with another account"
    ),
    HoldReason.MAY_HAVE_MOVED: (
        "gone from {of:~its room/their rooms}, but {of:~it/they} may have moved to a room that cannot be read now"
    ),
    HoldReason.UNASKED: (
        "gone from {of:~its room/their rooms} in two runs, and too many are missing to look for each of them in every other room"
    ),
    HoldReason.ROOM_VANISHED: (
        "the source no longer lists {of:~its room or its kind/their rooms or their kinds} of record, which does not prove that "
        "{of:~it is/they are} gone"
    ),
    HoldReason.ROOM_EXCLUDED: "the settings now leave out {of:~its room or its kind/their rooms or their kinds} of record",
    HoldReason.SOURCE_REMOVED: "{of:~its/their} source was taken out of the settings",
    HoldReason.SETTINGS: "the settings were changed and now leave {of:~it/them} out",
    HoldReason.EXPIRED: "{of:~its list/their lists} of readers could not be read for too long",
    HoldReason.LOST: "everyone who can find {of:~it/them} today would lose access",
    HoldReason.REFUSED: "fewer people may see {of:~it/them}, but Interact refuses {of:~it with the shorter list/them with the shorter lists}",
    HoldReason.WIDER: "more people may see {of:~it/them} than before",
    HoldReason.PERSON: "would lose all access to a source, together with too many others",
    HoldReason.PERSON_REFUSED: "may see less than before, but Interact refuses the shorter list",
    HoldReason.UNCONFIRMED: "an earlier ledger sent {of:~it/them}, and {of:~it/they} cannot be sent again now",
}
_WHY_WORDS = {
    Why.NEW: "new",
    Why.TAKEN_AS_NEW: "sent again: Interact and the ledger did not agree",
    Why.UNANSWERED: "an earlier call got no answer and may have taken effect late",
    Why.CHANGED: "changed in its source, in what it inherits, or in its mapping",
    Why.OTHER_PEOPLE: "other people may see it",
    Why.AGAIN: "sent again by a {mode} run",
    Why.FEWER_PEOPLE: "fewer people may see it",
    Why.MORE_PEOPLE: "more people may see it",
    Why.MORE_OF_ITS_PLACE: "more people may see a folder above it",
    Why.KEPT: "kept as Interact last accepted it",
    Why.KEPT_BARE: "kept, with its title, link and readers only",
}
_GONE_WORDS = {
    Gone.NOT_FOUND: "gone from its source (404)",
    Gone.LEFT_OUT: "left out by the settings",
    Gone.SUPERSEDED: "replaced by another one of the same name in the same place",
    Gone.EXPIRED: "its list of readers could not be read for too long",
    Gone.REFUSED: "fewer people may see it, but Interact refuses it with the shorter list",
    Gone.APPROVED: "approved",
    Gone.HIDDEN: "hidden by a person",
}
_ASIDE_WORDS: dict[str, str] = {
    Aside.INVALID: "{why}",
    Aside.AUDIENCE_UNKNOWN: "Its list of readers could not be read, so it was not added to search. Run: connector check",
    Aside.REFUSED: "Interact refuses it: {why}",
}
_FEWER_WORDS = {
    Fewer.TAKEN_OUT: "Interact refused it with its shorter list of readers, so it was removed from search",
    Fewer.UNWRITABLE: "It could not be written with its shorter list of readers (a bug of the connector; see the log)",
}


def held(reason: str, note: str = "", *, kept: bool = False, of: int = 1) -> str:
    """
    Say why a document is on hold, or several are; a reason that a newer release wrote stays as it is.

    Args:
        kept: a person decided that it stays.
        of: how many documents, or people, it is said of.
    """
    made = _HOLD_WORDS.get(reason)
    words = reason if made is None else made.format(of=Number(of))
    named = note if reason != HoldReason.LOST else ""  # that tells which list was read, to nobody but runs
    words = f"{words}: {some(named.split(BETWEEN))}" if named else words
    return f"{words}; kept by a person's decision" if kept else words


_ON_APPROVAL = {
    "removal": "An approval takes {of:~it out of the search, unless it has/them out of the search, unless they have} come back.",
    "wider": "An approval shows {of:~it/them} to those people.",
    "unconfirmed": "{of:~It can only be kept: by its name, link/They can only be kept: by their names, links} and who may see {of:~it/them}.",
    "person": "An approval takes from {of:~the person/each person} what others no longer grant.",
}


def on_approval(what: str, of: int) -> str:
    """Say what an approval does to what is held (`Kind` of the ledger's waiting), of so many."""
    return _ON_APPROVAL[what].format(of=Number(of))


def missing(why: str) -> str:
    """Say that a document is missing, and why that proves nothing."""
    return f"missing from its listing, but not confirmed as deleted: {why}"


def why(reason: Why, *, mode: str) -> str:
    """Say why a document goes out."""
    return _WHY_WORDS[reason].format(mode=mode)


def gone(reason: Gone, note: str = "") -> str:
    """Say what proves that a document goes: where a person approved it, why it was on hold."""
    if note and reason is Gone.APPROVED:
        return note
    return f"{_GONE_WORDS[reason]}: {note}" if note else _GONE_WORDS[reason]


def aside(reason: str, values: Mapping[str, Any]) -> str:
    """Say why a document is in quarantine; a reason that a newer release wrote stays as it is."""
    if reason == Aside.REFUSED and "fewer" in values:
        return _FEWER_WORDS[values["fewer"]]
    return _ASIDE_WORDS.get(reason, reason).format_map({"why": "", **values})


def some(names: Sequence[str]) -> str:
    """The first few names, and how many more."""
    distinct = list(dict.fromkeys(names))
    more = f" and {len(distinct) - NAMED} more" if len(distinct) > NAMED else ""
    return ", ".join(distinct[:NAMED]) + more
