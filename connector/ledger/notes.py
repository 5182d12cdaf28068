"""What sources remember for themselves between runs."""

from __future__ import annotations

from connector.ledger.part import SourcePart


class Notes(SourcePart):
    """The notes of one source."""

    def get(self, kind: str, key: str) -> tuple[bytes, bytes, int] | None:
        """Find a note: its value, what it depended on, and the run that read it."""
        rows = self._all("notes.get", kind=kind, key=key)
        return (rows[0][0], rows[0][1], rows[0][2]) if rows else None

    def put(self, kind: str, key: str, value: bytes, *, mark: bytes = b"", run: int = 0) -> None:
        """Remember a note."""
        self._each("notes.put", [{"key": key}], kind=kind, value=value, mark=mark, read_run=run)
