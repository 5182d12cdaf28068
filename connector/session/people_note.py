"""
How many people's records the intranet had, as the rooms' notes tell: all that is left of them when a ledger is lost.

The number is not lowered until the difference passed the gate of the people's session or a person approved it.
"""

from __future__ import annotations

from connector.ledger.people import People
from connector.plan.brake import FEW
from connector.ports.target import RemoteState


class PeopleNote:
    """What the notes of one target say of people in one run."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._noted = 0
        self._noted_run: int | None = None
        """The run that noted it; None: nothing is known of what was removed since."""
        self._since: int | None = None
        """Records that this ledger removed since, this run too; counted last."""
        self._accepted: int | None = None
        """Counted last; each of many pushes asks."""
        self._settled: int | None = None
        """What was noted when it was settled; None: it is not."""

    def hear(self, state: RemoteState, *, foreign: bool) -> None:
        """
        Take what one note says; the largest number counts.

        Args:
            foreign: another ledger wrote it: nothing is known of what was removed since.
        """
        if state.people > self._noted:
            self._noted = state.people
            self._noted_run, self._since = None if foreign else state.run, None

    @property
    def noted(self) -> int:
        """How many records there must be, by the notes alone."""
        if self._noted_run is None:
            return self._noted
        if self._since is None:
            self._since = self._people.removed_after_run(self._noted_run)
        return max(0, self._noted - self._since)

    def count(self) -> int:
        """How many records there are, to be noted; never less than was noted and not explained."""
        if self._accepted is None:
            self._accepted = self._people.accepted()
        return max(self._accepted, self.noted)

    def recount(self) -> None:
        """What was pushed and removed since changed how many there are."""
        self._accepted = self._since = None

    def settle(self) -> None:
        """The difference passed the gate, or a person approved it."""
        self._settled, self._noted, self._noted_run = self.noted, 0, None
        self.recount()

    def is_far_off(self, *, strict: bool) -> bool:
        """Whether what is noted is so far off that it is worth pushes of its own."""
        count, noted = self.count(), self.noted if self._settled is None else self._settled
        return is_far_off(count, noted, strict=strict)


def is_far_off(count: int, noted: int, *, strict: bool) -> bool:
    """
    Whether a number that the notes tell is so far off that it is worth pushes of its own, of documents as of people.

    Args:
        strict: in runs that push everything anyway.
    """
    return abs(count - noted) > (FEW if strict else max(25, count // 10))
