"""When a record's details are read again: each in one of so many deltas, those that follow each other in the same one."""

from __future__ import annotations

from connector.ports.source import Reading


class DetailRotation:
    """
    The rotation of one source.

    Args:
        share: of the records, to be read again in each delta.
    """

    def __init__(self, share: float) -> None:
        self._turns = max(1, round(1 / share))
        self.reading = Reading(run=0, thorough=True)

    def number(self, key: str) -> int:
        """Changes once in `1 / share` deltas: the details of the record are read again then."""
        return (self.reading.turn - self._slot(key)) // self._turns

    def due(self, key: str) -> bool:
        """Whether a record has its turn in this run."""
        return (self.reading.turn - self._slot(key)) % self._turns == 0

    def _slot(self, key: str) -> int:
        """In which of the turns a record is due: keys that follow each other in the same one, to be read in one call."""
        return int(key[:8], 16) * self._turns >> 32
