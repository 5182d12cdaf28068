"""
Which intranet the ledger speaks of: host, tenant and appid of the target.

What was confirmed by another one says nothing about this one: it is forgotten, of documents and of people, and the next run is
a full one. What is narrowed in a copy of the intranet is not narrowed in the real one.
"""

from __future__ import annotations

from connector.ledger.memory import Notes

KIND = "intranet"
"""The kind of note that holds it."""


class Whereabouts:
    """What is noted of one target."""

    def __init__(self, notes: Notes, target: str) -> None:
        self._notes = notes
        self._target = target

    def is_elsewhere(self, key: str) -> bool:
        """Whether the ledger speaks of another intranet than this one; a ledger that says nothing does not."""
        noted = self._notes.get(KIND, self._target)
        return noted is not None and noted[0].decode() != key

    def note(self, key: str, *, run: int) -> None:
        """Remember of which intranet the ledger speaks from this run on; the same one again changes nothing."""
        noted = self._notes.get(KIND, self._target)
        if noted is None or noted[0].decode() != key:
            self._notes.put(KIND, self._target, key.encode(), run=run if noted is not None else 0)

    @property
    def since(self) -> int:
        """The run that found another intranet; 0 when none ever did."""
        noted = self._notes.get(KIND, self._target)
        return noted[2] if noted is not None else 0
