"""By which settings a ledger found people last: by others, an address that it knows may be somebody else's."""

from __future__ import annotations

from connector.document.ids import digest
from connector.ledger.notes import Notes
from connector.ports.matching import Matching

KIND = "matching"
"""The kind of note that holds a hash of them, by target."""


class KnownMatching:
    """What is noted of one target."""

    def __init__(self, notes: Notes, target: str) -> None:
        self._notes = notes
        self._target = target

    def is_otherwise(self, matching: Matching) -> bool:
        """Whether people were found in another way before; a ledger that says nothing of it knows no other one."""
        noted = self._notes.get(KIND, self._target)
        return noted is not None and noted.value != _hash(matching)

    def note(self, matching: Matching, *, run: int) -> None:
        """Remember how people are found from this run on."""
        noted = self._notes.get(KIND, self._target)
        if noted is None or noted.value != _hash(matching):
            self._notes.put(KIND, self._target, _hash(matching), run=run)


def _hash(matching: Matching) -> bytes:
    return digest([matching.by, *(f"{old} {new}" for old, new in sorted(matching.domains.items()))], 16)
