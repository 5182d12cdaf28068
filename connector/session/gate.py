"""
The protocol with Interact as an object without a socket: begin, pushes, end, and the gate before the end. PURE.

There is no session object on the other side: begin flags every Session document as a deletion candidate,
a push clears the flag, end deletes what is still flagged (contract, section 3). Therefore:

    closed --begin sent--> beginning --clean 200--> open --gate and end sent--> ending --200--> ended
                              |  attempts lost                |  gate shut          |  no answer
                              v                               v                     v
                           without                         withheld              unanswered

A begin whose answer was lost may run late, after pushes, and flag them again: it is repeated until a clean
200 before the first push, and a session that saw a lost one is never ended. `end` is never repeated.
A wrong order is a bug of ours and raises RuntimeError.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What a session is about: Interact has one of each."""

    DOCUMENT = "document"
    PERSON = "person"


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

    def reasons(self, kind: Kind = Kind.DOCUMENT) -> list[str]:
        """Say in words what keeps the session from being ended; empty: it may be ended."""
        return self._of_people() if kind is Kind.PERSON else self._of_documents()

    def _of_people(self) -> list[str]:
        counted = {
            "source(s), or lists of who may see a room, could not be read to the end": self.incomplete,
            "source(s) list no room at all": self.unseen,
            "source(s) were last written from another ledger: the intranet may know people whom this one does not": self.unknown,
            "person(s) could not be asked for": self.unread,
            "person(s) were not taken again in this session": self.not_accepted,
            "person(s) are named by two people of one source": self.suspects,
            "person(s) are held": self.held,
            "person(s) got no clear answer from the intranet": self.unsettled,
        }
        reasons = [f"{count} {words}" for words, count in counted.items() if count]
        if self.braked:
            reasons.append(
                f"it would take what they find from about {self.predicted_removals} people, which is more than the brake lets pass"
            )
        return reasons

    def _of_documents(self) -> list[str]:
        reasons = []
        if self.incomplete:
            reasons.append(f"{self.incomplete} source(s) could not be read to the end")
        if self.unseen:
            reasons.append(f"{self.unseen} source(s) list no room at all")
        if self.unknown:
            reasons.append(
                f"the intranet may hold documents of {self.unknown} source(s) that this ledger does not know; the next full run can tell"
            )
        if self.not_accepted:
            reasons.append(
                f"{self.not_accepted} document(s) of the intranet were not accepted again in this session"
            )
        if self.suspects:
            reasons.append(
                f"{self.suspects} document(s) are missing from their listings without proof that they are gone"
            )
        if self.held:
            reasons.append(f"{self.held} document(s) are held")
        if self.unsettled:
            reasons.append(f"{self.unsettled} document(s) got no answer from the intranet")
        if self.unread:
            reasons.append(f"{self.unread} person(s) could not be asked for")
        if self.braked:
            reasons.append(
                f"ending the session would remove about {self.predicted_removals} document(s), "
                f"more than the brake lets pass ({self.removals_allowed})"
            )
        return reasons


class SyncSession:
    """One synchronisation session: says what may be sent next, sends nothing."""

    def __init__(self) -> None:
        self.state = "closed"
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

    def may_end(self, gate: Gate, kind: Kind = Kind.DOCUMENT) -> list[str]:
        """Say what keeps the session from being ended; an empty list opens the way to `end`."""
        if self.state == "without":
            return ["the session could not be opened"]
        self._must_be("open")
        reasons = gate.reasons(kind)
        if self.lost_begin:
            reasons.insert(0, "the beginning of the session went unanswered once and may take effect late")
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

    def _must_be(self, *states: str) -> None:
        if self.state not in states:
            raise RuntimeError(f"the session is {self.state}, not {' or '.join(states)}")
