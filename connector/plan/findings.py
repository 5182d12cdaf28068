"""
What a run found, as codes with their values. PURE.

Who must decide reads the codes; what they say to people is made of them in `words`, in one place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec

BETWEEN = ", "
"""Between the names of a note."""
NAMED_IN_REASONS = 3
"""Documents, or people, of one kind that the reasons of a run name; all others are counted."""


class HoldReason(StrEnum):
    """Why a document stays in the intranet although it seems to go, or keeps the audience that it has."""

    BRAKE = "brake"
    ABSENT = "absent"
    SOURCE_MOVED = "source-moved"
    MAY_HAVE_MOVED = "may-have-moved"
    UNASKED = "unasked"
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
        HoldReason.UNASKED,
        HoldReason.EXPIRED,
        HoldReason.LOST,
        HoldReason.REFUSED,
    }
)
"""What keeps a run `braked` until somebody decides; the others keep it `withheld`."""
OF_AUDIENCE = frozenset({HoldReason.EXPIRED, HoldReason.LOST, HoldReason.REFUSED})
"""What is decided when the audiences of a run are known."""


class Why(StrEnum):
    """Why a document goes out."""

    NEW = "new"
    TAKEN_AS_NEW = "taken-as-new"
    UNANSWERED = "unanswered"
    CHANGED = "changed"
    OTHER_PEOPLE = "other-people"
    AGAIN = "again"
    FEWER_PEOPLE = "fewer-people"
    MORE_PEOPLE = "more-people"
    MORE_OF_ITS_PLACE = "more-of-its-place"
    KEPT = "kept"
    KEPT_BARE = "kept-bare"


class Gone(StrEnum):
    """What proves that a document goes."""

    NOT_FOUND = "not-found"
    """Its source answers 404 for it, while everything around it answers."""
    LEFT_OUT = "left-out"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    REFUSED = "refused"
    APPROVED = "approved"
    HIDDEN = "hidden"
    """A person hid it, or something that it stands in."""


class Aside(StrEnum):
    """Why a document is in quarantine."""

    INVALID = "record-invalid"
    AUDIENCE_UNKNOWN = "audience-unknown"
    REFUSED = "refused"


class Fewer(StrEnum):
    """What became of a document that is refused with the fewer people who may see it."""

    TAKEN_OUT = "taken-out"
    UNWRITABLE = "unwritable"
    """It cannot even be written so."""


def listing(names: Sequence[str]) -> str:
    """Names as a note keeps them."""
    return BETWEEN.join(dict.fromkeys(names))


class Effect(StrEnum):
    """What a finding makes of the run, the mildest first."""

    NOTE = "note"
    WITHHELD = "withheld"
    """Something is not as it should be, although nothing failed."""
    BRAKED = "braked"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Code(StrEnum):
    """What may be found in a run."""

    # the run itself
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    STALLED = "stalled"
    FAILED = "failed"
    BUG = "bug"
    NO_FULL_RUN_YET = "no-full-run-yet"
    NOT_AS_NOTED = "not-as-noted"
    # sources and rooms
    SOURCE_FAILED = "source-failed"
    SOURCE_INCOMPLETE = "source-incomplete"
    SOURCE_MOVED = "source-moved"
    PATTERNS_IDLE = "patterns-idle"
    VALUES_OVERLOOKED = "values-overlooked"
    NOTHING_CHOSEN = "nothing-chosen"
    ROOMS_UNMET = "rooms-unmet"
    RENAMED_INTO_READ = "renamed-into-read"
    RENAMED_INTO_PUBLIC = "renamed-into-public"
    NAME_OF_PUBLIC = "name-of-public"
    AUDIENCE_UNREAD = "audience-unread"
    AUDIENCE_UNKNOWN = "audience-unknown"
    AUDIENCES_UNKNOWN = "audiences-unknown"
    UNREADABLE = "unreadable"
    UNREADABLE_IN_PART = "unreadable-in-part"
    GONE_WHEN_READ = "gone-when-read"
    """A document that is new: its source lists it, and says that it is gone."""
    # notes in the intranet
    OTHER_INTRANET = "other-intranet"
    INTRANET_EMPTIED = "intranet-emptied"
    INTRANET_PUT_BACK = "intranet-put-back"
    INTRANET_PUT_BACK_AMID = "intranet-put-back-amid"
    """While the run works: the next one puts it right."""
    OTHER_LEDGER = "other-ledger"
    NOTHING_TELLS = "nothing-tells"
    LEDGER_LOST = "ledger-lost"
    SOURCE_UNNAMED = "source-unnamed"
    PEOPLE_WAIT_FOR_SOURCE = "people-wait-for-source"
    # pushes
    UNANSWERED = "unanswered"
    UNANSWERED_ONE = "unanswered-one"
    ACCEPTED_WITH_LESS = "accepted-with-less"
    # audiences
    LOST_BRAKED = "lost-braked"
    EXCHANGED = "exchanged"
    """Others than before may see a document, and too many change so at once; told by what is held of it."""
    WIDER_HELD = "wider-held"
    REFUSED_BRAKED = "refused-braked"
    STILL_FOUND = "still-found"
    ON_HOLD = "on-hold"
    """A stranger finds the canary: nothing new and nothing wider was sent."""
    # removals
    MISSING = "missing"
    LIVE_BELOW = "live-below"
    HIDDEN = "hidden"
    REMOVALS_UNANSWERED = "removals-unanswered"
    REMOVALS_REFUSED = "removals-refused"
    REMOVALS_REPEATED = "removals-repeated"
    REMOVALS_BRAKED = "removals-braked"
    REMOVALS_UNASKED = "removals-unasked"
    HELD = "held"
    HELD_BRAKED = "held-braked"
    ABSENT_HELD = "absent-held"
    WIDER_UNDECIDED = "wider-undecided"
    UNCONFIRMED = "unconfirmed"
    # sessions
    SESSION_WAITS = "session-waits"
    SESSION_NOT_OPENED = "session-not-opened"
    SESSION_NOT_ENDED = "session-not-ended"
    SESSION_END_UNANSWERED = "session-end-unanswered"
    NOTE_BRAKED = "note-braked"
    """The end of the session would remove what only the note beside a room tells of: an approval takes that back."""
    UNEXPECTED_REMOVALS = "unexpected-removals"
    UNEXPECTED_AGAIN = "unexpected-again"
    """So it was within a day already: no further full run would change it."""
    # people
    PEOPLE_BRAKED = "people-braked"
    PEOPLE_REFUSED_BRAKED = "people-refused-braked"
    PEOPLE_NOTE_BRAKED = "people-note-braked"
    PEOPLE_LEAVE_NEXT = "people-leave-next"
    """Of an earlier ledger: this one had nobody in a session before."""
    PEOPLE_TAKEN_OUT = "people-taken-out"
    PEOPLE_UNREAD = "people-unread"
    PEOPLE_FILE_UNREAD = "people-file-unread"
    PEOPLE_REFUSED = "people-refused"
    PEOPLE_UNANSWERED = "people-unanswered"
    PEOPLE_REMOVALS_UNANSWERED = "people-removals-unanswered"
    PEOPLE_REMOVALS_REFUSED = "people-removals-refused"
    PEOPLE_HELD = "people-held"
    TWO_PEOPLE = "two-people"


EFFECTS: Mapping[Code, Effect] = {
    **dict.fromkeys(Code, Effect.WITHHELD),
    **dict.fromkeys(
        (
            Code.NO_FULL_RUN_YET,
            Code.NOT_AS_NOTED,
            Code.SOURCE_MOVED,
            Code.PATTERNS_IDLE,
            Code.VALUES_OVERLOOKED,
            Code.GONE_WHEN_READ,
            Code.OTHER_INTRANET,
            Code.INTRANET_EMPTIED,
            Code.INTRANET_PUT_BACK,
            Code.INTRANET_PUT_BACK_AMID,
            Code.OTHER_LEDGER,
            Code.NOTHING_TELLS,
            Code.LEDGER_LOST,
            Code.ACCEPTED_WITH_LESS,
            Code.WIDER_HELD,
            Code.UNEXPECTED_REMOVALS,
            Code.UNEXPECTED_AGAIN,
            Code.HIDDEN,
        ),
        Effect.NOTE,
    ),
    **dict.fromkeys(
        (
            Code.LOST_BRAKED,
            Code.EXCHANGED,
            Code.REFUSED_BRAKED,
            Code.REMOVALS_BRAKED,
            Code.REMOVALS_UNASKED,
            Code.HELD_BRAKED,
            Code.ABSENT_HELD,
            Code.WIDER_UNDECIDED,
            Code.NOTE_BRAKED,
            Code.PEOPLE_BRAKED,
            Code.PEOPLE_REFUSED_BRAKED,
            Code.PEOPLE_NOTE_BRAKED,
            Code.PEOPLE_HELD,
        ),
        Effect.BRAKED,
    ),
    **dict.fromkeys((Code.STOPPED, Code.CANCELLED, Code.STALLED), Effect.CANCELLED),
    **dict.fromkeys((Code.FAILED, Code.BUG), Effect.FAILED),
}
"""What each finding makes of the run."""
WHOLE_NEXT = frozenset({Code.UNEXPECTED_REMOVALS})
"""What asks for a full run next."""


class Finding(msgspec.Struct, frozen=True):
    """One thing that was found; the values are those that its words need."""

    code: Code
    values: Mapping[str, Any] = {}

    @property
    def effect(self) -> Effect:
        """What it makes of the run."""
        return EFFECTS[self.code]


def found(code: Code, /, **values: Any) -> Finding:
    """
    Make a finding.

    Args:
        values: as JSON can hold them; `title` and `id` name a document, and the title is hidden in logs.
    """
    return Finding(code, values)
