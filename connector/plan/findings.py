"""
What a run found, in words: codes and their values come in, sentences go out. PURE.

Nobody decides by these sentences; who must decide reads the codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from connector.plan.brake import Braking, Cause, Tripped

NAMED = 5
"""Rooms that are named; more are counted."""
BETWEEN = ", "
"""Between the names of a note."""


class HoldReason(StrEnum):
    """Why a document stays in the intranet although it seems to go, or keeps the audience that it has."""

    BRAKE = "brake"
    ABSENT = "absent"
    SOURCE_MOVED = "source-moved"
    MAY_HAVE_MOVED = "may-have-moved"
    ROOM_VANISHED = "room-vanished"
    ROOM_EXCLUDED = "room-excluded"
    SOURCE_REMOVED = "source-removed"
    SETTINGS = "settings-left-out"
    EXPIRED = "audience-expired"
    LOST = "audience-lost"
    REFUSED = "audience-refused"
    WIDER = "audience-wider"
    PERSON = "person-brake"
    PERSON_REFUSED = "person-refused"
    UNCONFIRMED = "unconfirmed"


BRAKED = frozenset(
    {
        HoldReason.BRAKE,
        HoldReason.SOURCE_MOVED,
        HoldReason.ABSENT,
        HoldReason.EXPIRED,
        HoldReason.LOST,
        HoldReason.REFUSED,
    }
)
"""What keeps a run `braked` until somebody decides; the others keep it `withheld`."""
OF_AUDIENCE = frozenset({HoldReason.EXPIRED, HoldReason.LOST, HoldReason.REFUSED})
"""What is decided when the audiences of a run are known."""
_HOLD_WORDS: dict[str, str] = {
    HoldReason.BRAKE: "gone from its source, but too many documents would go at once",
    HoldReason.ABSENT: "missing for an hour and longer, and nothing can prove that it is gone",
    HoldReason.SOURCE_MOVED: "gone from its source, which is read at another address, or with another account, than before",
    HoldReason.MAY_HAVE_MOVED: "gone from its room, but it may have moved to another one that cannot be asked now",
    HoldReason.ROOM_VANISHED: "its room, or its list, is no longer listed by the source; that is no proof that it is gone",
    HoldReason.ROOM_EXCLUDED: "the settings leave out its room, or its kind of record",
    HoldReason.SOURCE_REMOVED: "its source is no longer in the settings",
    HoldReason.SETTINGS: "changed settings leave it out",
    HoldReason.EXPIRED: "who may see it could not be read for too long",
    HoldReason.LOST: "nobody who could see it may see it any more",
    HoldReason.REFUSED: "fewer people may see it, and the intranet refuses it with them",
    HoldReason.WIDER: "more people may see it than before",
    HoldReason.PERSON: "would find nothing any more, as too many others would at once",
    HoldReason.PERSON_REFUSED: "may see less than before, and the intranet refuses the record with it",
    HoldReason.UNCONFIRMED: "an earlier ledger pushed it, and it cannot be pushed now",
}


class Gone(StrEnum):
    """What proves that a document goes."""

    NOT_FOUND = "not-found"
    """Its source answers 404 for it, while everything around it answers."""
    LEFT_OUT = "left-out"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    REFUSED = "refused"
    APPROVED = "approved"


_GONE_WORDS = {
    Gone.NOT_FOUND: "gone from its source (404)",
    Gone.LEFT_OUT: "left out by the settings",
    Gone.SUPERSEDED: "superseded by another one of the same name in the same place",
    Gone.EXPIRED: "who may see it could not be read for too long",
    Gone.REFUSED: "fewer people may see it, and the intranet refuses it with them",
    Gone.APPROVED: "approved",
}


def held(reason: str, note: str = "") -> str:
    """Say why a document is held; a reason that a newer release wrote stays as it is."""
    words = _HOLD_WORDS.get(reason, reason)
    return f"{words}: {some(note.split(BETWEEN))}" if note else words


def gone(reason: Gone, note: str = "") -> str:
    """Say what proves that a document goes."""
    return f"{_GONE_WORDS[reason]}: {note}" if note else _GONE_WORDS[reason]


def listing(names: Sequence[str]) -> str:
    """Names as a note keeps them."""
    return BETWEEN.join(dict.fromkeys(names))


def some(names: Sequence[str]) -> str:
    """The first few names, and how many more."""
    distinct = list(dict.fromkeys(names))
    more = f" and {len(distinct) - NAMED} more" if len(distinct) > NAMED else ""
    return ", ".join(distinct[:NAMED]) + more


def counted(count: int, noun: str, plural: str = "") -> str:
    """A number with its noun."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def braked(braking: Braking, *, noun: str = "document", plural: str = "", verb: str = "removed") -> str:
    """Say which limits removals pass; empty where they pass none."""
    return "; ".join(_tripped(one, noun, plural, verb) for one in braking.tripped)


def _tripped(one: Tripped, noun: str, plural: str, verb: str) -> str:
    lately = f", with {one.lately} of the last 24 hours" if one.lately else ""
    would = counted(one.going, noun, plural)
    if one.cause is Cause.MOVED:
        return (
            f"{would} of {one.share.source} would be {verb} in the first run that reads it at another address, "
            "or with another account"
        )
    if one.cause is Cause.MAX_DELETES:
        return f"{would} would be {verb}{lately}: more than safety.max_deletes ({one.limit:.0f})"
    of = counted(one.standing, noun, plural)
    whose = one.share.kind or one.share.source
    return (
        f"{one.going} of {of}{f' of {whose}' if whose else ''} would be {verb}{lately}: "
        f"more than safety.max_delete_ratio ({one.limit:.0%})"
    )
