"""What sources remember for themselves between runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from connector.document.ids import in_bounds
from connector.ledger.part import CHUNK, SourcePart
from connector.ports.source import Note

ValueT = TypeVar("ValueT")


class Notes(SourcePart):
    """The notes of one source; a key may be of any length, since whoever names a field in a room makes one."""

    def get(self, kind: str, key: str) -> Note | None:
        """Find a note."""
        rows = self._all("notes.get", kind=kind, key=in_bounds(key))
        return Note(rows[0][0], rows[0][1], rows[0][2]) if rows else None

    def get_json(self, kind: str, key: str, as_type: type[ValueT]) -> ValueT | None:
        """
        Find a note whose value was put as JSON; None where there is none.

        Raises:
            msgspec.DecodeError: it is of another shape, as another release wrote it.
        """
        note = self.get(kind, key)
        return msgspec.json.decode(note.value, type=as_type) if note is not None else None

    def put_json(self, kind: str, key: str, value: object, *, mark: bytes = b"", run: int = 0) -> None:
        """Remember a note whose value is JSON."""
        self.put(kind, key, msgspec.json.encode(value), mark=mark, run=run)

    def page(self, kind: str, mark: bytes, *, after: str = "", limit: int = CHUNK) -> list[tuple[str, bytes]]:
        """Notes of a kind that depend on one thing, in the order of their keys: keys and values."""
        return [
            (row[0], row[1])
            for row in self._all("notes.page", kind=kind, mark=mark, after=after, limit=limit)
        ]

    def count(self, kind: str, mark: bytes) -> int:
        """Count the notes of a kind that depend on one thing."""
        return int(self._one("notes.count", kind=kind, mark=mark) or 0)

    def drop(self, kind: str, mark: bytes, keys: Sequence[str]) -> None:
        """Forget notes of a kind, if they still depend on that one thing."""
        self._each("notes.drop", [{"key": in_bounds(key)} for key in keys], kind=kind, mark=mark)

    def put_first(self, kind: str, key: str, value: bytes) -> bytes:
        """Remember a note unless somebody has; says what is remembered."""
        self._each("notes.put_first", [{"key": in_bounds(key)}], kind=kind, value=value, mark=b"", read_run=0)
        note = self.get(kind, key)
        return note.value if note is not None else value

    def put(self, kind: str, key: str, value: bytes, *, mark: bytes = b"", run: int = 0) -> None:
        """Remember a note."""
        self._each("notes.put", [{"key": in_bounds(key)}], kind=kind, value=value, mark=mark, read_run=run)
