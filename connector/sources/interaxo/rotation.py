"""Whose turn it is to be read again: a share of what is kept in every delta, all of it in full runs."""

from __future__ import annotations

from connector.document.ids import digest
from connector.ports.source import Note, Reading


class Rotation:
    """The turns of one source."""

    def __init__(self, share: float) -> None:
        self._turns = max(1, round(1 / share))
        self.reading = Reading(run=0, thorough=True)
        self.reread = 0
        """What was asked for in this run although it was known."""

    def open(self, reading: Reading) -> None:
        """A new run."""
        self.reading = reading
        self.reread = 0

    def holds(self, note: Note, mark: bytes, key: str) -> bool:
        """
        Whether what was kept of something need not be asked for; where its turn alone is why it must, that is counted.

        Args:
            mark: of what it was kept of, as that is now.
            key: by which it has its turn.
        """
        if note.mark != mark or self.reading.thorough:
            return False
        due = self.due(key)
        self.reread += due
        return not due

    def due(self, key: str) -> bool:
        """Whether the turn of something has come: each once in so many deltas."""
        return int.from_bytes(digest([key], 4), "big") % self._turns == self.reading.turn % self._turns
