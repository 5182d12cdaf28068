"""
How the pushes that a target allows are parted among the sources that several services walk in one run, and the run itself.

Nothing is offered or written here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from connector.access.comparing import Sight
from connector.plan.context import Books, Run
from connector.plan.item import Mode
from connector.ports.source import Shareable, Source
from connector.push.outbox import Outbox
from connector.runs.parts import Opened
from connector.runs.room_parts import RoomSizes

FEWEST = 2
"""Services, and rooms, for which it is worth it."""
OWN_PART = 4
"""Of what the target allows, the run keeps the quarter for the sources that it walks itself: what is walked by many has more to send."""


class Lot(NamedTuple):
    """What the seats of one source have together."""

    seats: int
    pushes: int
    """To the target at once."""
    sizes: RoomSizes
    """What each room held before."""


class Lots:
    """Those of one run."""

    def __init__(self, run: Run, opened: Opened, books: Books, outbox: Outbox) -> None:
        self._run = run
        self._others = opened.others
        self._members = opened.ledger.members()
        self._documents = books.documents
        self._outbox = outbox
        self._sizes: dict[str, RoomSizes] = {}
        """By source."""

    def part(self, walks: Sequence[tuple[Source, Sequence[Sight]]]) -> dict[str, Lot]:
        """
        Part what the target allows among the sources that are shared and the run itself, as far as it walks any.

        Returns:
            What each source that is shared has of it, by its name.
        """
        whole = self._run.options.concurrency
        may = [one for one in walks if self._lot(*one, pushes=whole) is not None]
        for count in range(len(may), 0, -1):
            own = max(1, whole // OWN_PART) if count < len(walks) else 0
            lots = {
                source.name: lot
                for source, sights in may[:count]
                if (lot := self._lot(source, sights, pushes=(whole - own) // count)) is not None
            }
            if len(lots) == count:
                return lots
        return {}

    def _lot(self, source: Source, sights: Sequence[Sight], *, pushes: int) -> Lot | None:
        """What a source has of the target's pushes, and for how many services, each with a push and a room; None where it is not shared."""
        seats = min(self.most(source), pushes, len(sights))
        if seats < FEWEST:
            return None
        sizes = self.sizes_of(source.name)
        return Lot(seats, pushes, sizes) if sizes.are_even([one.scope.key for one in sights], seats) else None

    def most(self, source: Source) -> int:
        """How many services could take a part, whatever there is to be walked: each has one call at least; one call stays here."""
        run, options = self._run, self._run.options
        if self._others is None or run.dry_run or run.mode is Mode.DELTA or options.adopt:
            return 0
        if not isinstance(source, Shareable) or not source.may_be_shared:
            return 0
        if self._outbox.target_hold.is_watched or self._outbox.hidden_barrier.hidden_roots:
            return 0
        members = self._members.working().values()
        services = sum(one.version == self._others.version for one in members)
        return min(services, source.concurrency - 1, options.concurrency)

    def sizes_of(self, source: str) -> RoomSizes:
        """What each room held before this walk."""
        if source not in self._sizes:
            self._sizes[source] = RoomSizes(*self._documents.counts_of_rooms(source))
        return self._sizes[source]
