"""
The protocol with Interact as an object without a socket: begin, pushes, end, the gate before the end, and what that would remove. PURE.

There is no session object on the other side: begin flags every Session document as a deletion candidate,
a push clears the flag, end deletes what is still flagged (contract, section 3). Therefore:

    closed --begin sent--> beginning --clean 200--> open --gate and end sent--> ending --200--> ended
                              |  attempts lost                |  gate shut          |  no answer
                              v                               v                     v
                           without                         withheld              unanswered

Documents and people have a session each, and nobody says whether they have a flag each. So both are begun before the first
push of either, and people's end is sent only where the documents' may be: an end that sweeps both finds both pushed again. The
documents' end waits for people whose records were not sent again: it might take them along.

A begin whose answer was lost may run late, after pushes, and flag them again: it is repeated until a clean
200 before the first push, and a session that saw a lost one is never ended. `end` is never repeated.
A wrong order is a bug of ours and raises RuntimeError.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec


class Kind(StrEnum):
    """What a session is about: Interact has one of each."""

    DOCUMENT = "document"
    PERSON = "person"


class ShutBy(StrEnum):
    """What keeps a session from being ended."""

    NOT_OPENED = "not-opened"
    BEGIN_UNANSWERED = "begin-unanswered"
    OTHER_BEGIN = "other-begin"
    PEOPLE_LEFT = "people-left"
    INCOMPLETE = "incomplete"
    UNSEEN = "unseen"
    UNKNOWN = "unknown"
    NOT_ACCEPTED = "not-accepted"
    SUSPECTS = "suspects"
    HELD = "held"
    UNSETTLED = "unsettled"
    UNREAD = "unread"
    KEPT_BACK = "kept-back"
    ON_HOLD = "on-hold"
    BRAKED = "braked"


class Shut(msgspec.Struct, frozen=True):
    """One thing that keeps a session from being ended, with its number."""

    code: ShutBy
    count: int = 0
    allowed: int = 0
    """What the brake would let pass."""


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that must hold before `endsyncsession`; counts are zero when it does."""

    incomplete: int
    """Rooms or sources not listed to the end."""
    unseen: int
    """Sources that list no room at all: nothing of them could be compared."""
    unknown: int
    """Sources of which the intranet may hold more than this ledger knows."""
    not_accepted: int
    """Documents, or people, that are, or may be, in the target and were not accepted in this session."""
    suspects: int
    """Documents missing without proof; people whose address two of one source have."""
    held: int
    predicted_removals: int
    removals_allowed: int
    """What the brake lets pass of everything together."""
    braked: bool = False
    """Whether the predicted removals are more than the brake lets pass."""
    unsettled: int
    """Pushes without an answer: they may or may not have cleared their flags."""
    unread: int = 0
    """People of whom nothing was heard in this run, and lists of people that could not be read."""
    kept_back: int = 0
    """Documents that were not sent because the target is on hold."""
    on_hold: bool = False
    """Whether the target is on hold, kept back or not."""
    other_begin: int = 0
    """Begins of the other session that got no answer: where one flag stands for both, they may flag again what was pushed."""
    people_left: int = 0
    """People who would lose their records with an end of documents' session, where one flag stands for both."""

    def reasons(self) -> list[Shut]:
        """Say what keeps the session from being ended; empty: it may be ended."""
        counted = {
            ShutBy.INCOMPLETE: self.incomplete,
            ShutBy.UNSEEN: self.unseen,
            ShutBy.UNKNOWN: self.unknown,
            ShutBy.UNREAD: self.unread,
            ShutBy.NOT_ACCEPTED: self.not_accepted,
            ShutBy.SUSPECTS: self.suspects,
            ShutBy.HELD: self.held,
            ShutBy.UNSETTLED: self.unsettled,
            ShutBy.KEPT_BACK: self.kept_back,
            ShutBy.OTHER_BEGIN: self.other_begin,
            ShutBy.PEOPLE_LEFT: self.people_left,
        }
        reasons = [Shut(code, count) for code, count in counted.items() if count]
        if self.on_hold and not self.kept_back:
            reasons.append(Shut(ShutBy.ON_HOLD))
        if self.braked:
            reasons.append(Shut(ShutBy.BRAKED, self.predicted_removals, self.removals_allowed))
        return reasons


State = Literal[
    "closed", "beginning", "open", "without", "withheld", "ready", "ending", "ended", "unanswered"
]
"""Of a session: `without` is the run whose begin was given up, `unanswered` the end that may have happened."""


class SyncSession:
    """One synchronisation session: says what may be sent next, sends nothing."""

    def __init__(self) -> None:
        self.state: State = "closed"
        self.lost_begin = False

    def begin(self) -> None:
        """Begin is about to be sent, and repeated until a clean 200."""
        self._must_be("closed")
        self.state = "beginning"

    def begin_answered(self) -> None:
        """A clean 200."""
        self._must_be("beginning")
        self.state = "open"

    def begin_lost(self) -> None:
        """One begin got no answer although it may have arrived."""
        self._must_be("beginning")
        self.lost_begin = True

    def begin_given_up(self) -> None:
        """No clean 200 after all attempts: the run goes on without a session."""
        self._must_be("beginning")
        self.state = "without"

    def may_end(self, gate: Gate) -> list[Shut]:
        """Say what keeps the session from being ended; an empty list opens the way to `end`."""
        if self.state == "without":
            return [Shut(ShutBy.NOT_OPENED)]
        self._must_be("open")
        reasons = gate.reasons()
        if self.lost_begin:
            reasons.insert(0, Shut(ShutBy.BEGIN_UNANSWERED))
        self.state = "withheld" if reasons else "ready"
        return reasons

    def end(self) -> None:
        """The end is about to be sent."""
        self._must_be("ready")
        self.state = "ending"

    def end_answered(self) -> None:
        """A clean 200."""
        self._must_be("ending")
        self.state = "ended"

    def end_lost(self) -> None:
        """No answer: it may have happened, and is not repeated."""
        self._must_be("ending")
        self.state = "unanswered"

    def _must_be(self, state: State) -> None:
        if self.state != state:
            raise RuntimeError(f"the session is {self.state}, not {state}")


def predict(*, noted: int, removed_since: int, accepted: int) -> int:
    """
    Predict how many documents the end of a session would remove.

    Args:
        noted: how many documents the source had when its room document was last pushed; 0 when nobody noted it.
        removed_since: removals that the ledger has done since then.
        accepted: documents of the source that this session accepted.
    """
    return max(noted - removed_since - accepted, 0)
