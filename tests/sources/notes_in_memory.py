"""A source's notes as the ledger keeps them, in memory."""

from __future__ import annotations

from connector.ports.source import Note


class NotesInMemory:
    """What is noted, by kind and key. As much of `connector.ports.source.SourceNotes` as is asked of it."""

    def __init__(self) -> None:
        self.notes: dict[tuple[str, str], Note] = {}

    def get(self, kind: str, key: str) -> Note | None:
        """What was put there last."""
        return self.notes.get((kind, key))

    def put(self, kind: str, key: str, value: bytes, *, mark: bytes = b"", run: int = 0) -> None:
        """Note it in the place of what was there."""
        self.notes[kind, key] = Note(value, mark, run)

    def put_first(self, kind: str, key: str, value: bytes) -> bytes:
        """Note it unless something is noted there; gives what is."""
        return self.notes.setdefault((kind, key), Note(value, b"", 0)).value
