"""
Which intranet the ledger speaks of (host, tenant and appid of the target), and where it read each source.

What was confirmed by another one says nothing about this one: it is forgotten, of documents and of people, and the next run is
a full one. What is narrowed in a copy of the intranet is not narrowed in the real one. Another address of a source may be a copy of it, or another system altogether: what would go
in the first run there is held.
"""

from __future__ import annotations

from connector.ledger.notes import Notes
from connector.ports.source import Source

KIND = "intranet"
"""The kind of note that holds it."""
ADDRESS = "address"
"""The same of a source."""


class KnownIntranet:
    """What is noted of one target."""

    def __init__(self, notes: Notes, target: str) -> None:
        self._notes = notes
        self._target = target

    def is_elsewhere(self, key: str) -> bool:
        """Whether the ledger speaks of another intranet than this one; a ledger that says nothing does not."""
        noted = self._notes.get(KIND, self._target)
        return noted is not None and noted.value.decode() != key

    def note(self, key: str, *, run: int) -> None:
        """Remember of which intranet the ledger speaks from this run on; the same one again changes nothing."""
        noted = self._notes.get(KIND, self._target)
        if noted is None or noted.value.decode() != key:
            self._notes.put(KIND, self._target, key.encode(), run=run if noted is not None else 0)

    @property
    def since(self) -> int:
        """The run that found another intranet; 0 when none ever did."""
        noted = self._notes.get(KIND, self._target)
        return noted.run if noted is not None else 0


def names_of(notes: Notes, key: str) -> list[str]:
    """Names of the targets by which a ledger speaks of an intranet."""
    return [name for name, value in notes.page(KIND, b"") if value.decode() == key]


class SourceAddresses:
    """Where the sources of one target were read, and with which account."""

    def __init__(self, notes: Notes, target: str) -> None:
        self._notes = notes
        self._target = target

    def has_moved(self, source: Source) -> bool:
        """Whether a source was read elsewhere before; a ledger that says nothing of it knows no other place."""
        return bool(self._known(source)) and self._known(source) != [source.address]

    def meet(self, source: Source, *, run: int) -> None:
        """
        Remember that a source is read here, too: until it was read to its end, documents of both places may be known.

        A run that is cut short at the real source, after a copy was read to its end, must not leave the copy noted alone:
        what is new in the real one would be gone by proof when the copy is named again.
        """
        known = self._known(source)
        if source.address not in known:
            self._put(source, [*known, source.address], run=run)

    def note(self, source: Source, *, run: int) -> None:
        """Remember where a source was read to its end, with nothing left in doubt."""
        if self._known(source) != [source.address]:
            self._put(source, [source.address], run=run)

    def _known(self, source: Source) -> list[str]:
        noted = self._notes.get(ADDRESS, f"{self._target}/{source.name}")
        return noted.value.decode().splitlines() if noted is not None else []

    def _put(self, source: Source, addresses: list[str], *, run: int) -> None:
        self._notes.put(ADDRESS, f"{self._target}/{source.name}", "\n".join(addresses).encode(), run=run)
