"""Whose turn it is to be read again: a share of what is kept in every delta, all of it in full runs."""

from __future__ import annotations

from connector.document.ids import digest
from connector.ports.source import Reading


class Rotation:
    """The turns of one source."""

    def __init__(self, share: float) -> None:
        self.turns = max(1, round(1 / share))
        self.reading = Reading(run=0, thorough=True)
        self.reread = 0
        """What was asked for in this run although it was known."""

    def open(self, reading: Reading) -> None:
        """A new run."""
        self.reading = reading
        self.reread = 0

    def due(self, key: str) -> bool:
        """Whether the turn of something has come: each once in so many deltas."""
        return int.from_bytes(digest([key], 4), "big") % self.turns == self.reading.turn % self.turns
