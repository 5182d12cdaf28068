"""Until when a host asked to be left alone, kept in the ledger: the next start waits for it."""

from __future__ import annotations

from typing import Protocol

KIND = "host's pause"


class Notes(Protocol):
    """Where something is remembered between runs."""

    def get(self, kind: str, key: str) -> tuple[bytes, bytes, int] | None:
        """Find a note: its value, what it depended on, and the run that read it."""
        ...

    def put(self, kind: str, key: str, value: bytes, *, mark: bytes = b"", run: int = 0) -> None:
        """Remember a note."""
        ...


class StoredPauses:
    """Pauses in somebody's notes. Implements `connector.http.call_policy.PauseStore`."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    def until(self, host: str) -> float:
        """Until when, in seconds since 1970; 0: it did not ask."""
        note = self._notes.get(KIND, host)
        return float(note[0]) if note is not None else 0.0

    def keep(self, host: str, until: float) -> None:
        """Remember it."""
        self._notes.put(KIND, host, b"%.0f" % until)
