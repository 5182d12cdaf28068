"""
Weighs what a run is about to remove against the ledger as it stands at that moment: the counts for the brake.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from connector.document.durations import DAY_S
from connector.ledger.documents import Documents
from connector.ledger.rows import Standing
from connector.plan.brake import FEW, Brake, Braking, Share
from connector.plan.context import Run
from connector.ports.source import Sorted, Source

Rooms = Mapping[tuple[str, str], int]
"""Documents by source and room."""


class BrakeCounts:
    """The brake of one run, for documents."""

    def __init__(
        self, run: Run, documents: Documents, sources: Iterable[Source], *, moved: Collection[str]
    ) -> None:
        """
        Args:
            moved: names of sources that are read at another address than before.
        """
        self.moved = frozenset(moved)
        self._run = run
        self._documents = documents
        self._sorted = {one.name: one for one in sources if isinstance(one, Sorted)}

    def share(self, source: str, room: str) -> Share:
        """What a document of a room is a share of."""
        kinds = self._sorted.get(source)
        return Share(source) if kinds is None else Share(source, room, kinds.is_common(room))

    def weigh(self, going: Rooms) -> Braking:
        """Say which of some removals must wait; what is held already, or approved, is not to be among them."""
        if not going:
            return Braking()
        lately = self._lately()
        few = sum(going.values()) + sum(lately.values()) <= min(FEW, self._run.limits.max_deletes)
        return self._brake({} if few else self._documents.counts_by_room(), lately).judge(self._shared(going))

    def weigh_all(self, going: Iterable[Standing]) -> Braking:
        """The same, of documents."""
        return self.weigh(Counter((one.source, one.room) for one in going))

    def weigh_end(self, predicted: Mapping[str, int], *, unnamed: Collection[str]) -> tuple[Braking, int]:
        """
        The same, of what the end of a session would remove by source, whether this ledger knows of it or not.

        Args:
            unnamed: sources that the settings lack: nothing of them goes by itself, whatever its number.

        Returns:
            What the brake says, and how many removals it would let pass.
        """
        standing: Counter[tuple[str, str]] = Counter(self._documents.counts_by_room())
        known = Counter[str]()
        for (source, _), count in standing.items():
            known[source] += count
        for source, count in predicted.items():
            standing[source, ""] += max(0, count - known[source])
        brake = self._brake(standing, self._lately(), unnamed)
        return brake.judge({Share(source): count for source, count in predicted.items()}), brake.allows()

    def _brake(self, standing: Rooms, lately: Rooms, unnamed: Collection[str] = ()) -> Brake:
        return Brake(
            self._run.limits,
            standing=self._shared(standing),
            lately=self._shared(lately),
            moved=self.moved,
            unnamed=unnamed,
        )

    def _lately(self) -> Rooms:
        return self._documents.removed_since(self._run.now() - DAY_S)

    def _shared(self, rooms: Rooms) -> Counter[Share]:
        shares = Counter[Share]()
        for (source, room), count in rooms.items():
            shares[self.share(source, room)] += count
        return shares
