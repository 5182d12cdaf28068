"""
Files that did not come: whose turn it is to be tried again, and what a host sends instead of what it lists.

Nothing but a new version, or the host itself, makes such a file come, so that no run needs to ask for it. A version that fails in run
after run is tried by every full run, and by deltas after a pause that doubles.
"""

from __future__ import annotations

from connector.ports.source import Reading, SourceNotes
from connector.sources.interaxo.wire import Item

FAILED, SENT = "not-come", "bytes-sent"
"""Kinds of notes by the id of a file: how often its version failed, and when last; and how many bytes came instead of those listed."""
LONGEST_PAUSE = 8
"""Deltas between two tries: with one each quarter of an hour, two hours."""


class DownloadRetries:
    """Of the files of one source in one run."""

    def __init__(self, notes: SourceNotes) -> None:
        self._notes = notes
        self._reading = Reading(run=0, thorough=True)

    def open(self, reading: Reading) -> None:
        """A new run."""
        self._reading = reading

    def failed_before(self, item: Item) -> bool:
        """Whether this version did not come in an earlier run: it is tried once, and not several times."""
        return self._told(item)[0] > 0

    def why_not_now(self, item: Item) -> str:
        """Why a file is not to be asked for in this run, as it was told when it was tried last; empty: it is to be."""
        count, last, why = self._told(item)
        pause = min(2 ** max(0, count - 1), LONGEST_PAUSE)
        waits = count and not self._reading.thorough and 0 <= self._reading.turn - last < pause
        return why if waits else ""

    def failed(self, item: Item, why: str) -> None:
        """It did not come, after all tries of this run."""
        told = f"{self._told(item)[0] + 1} {self._reading.turn} {why}".encode()
        self._notes.put(FAILED, item.id, told, mark=_version(item), run=self._reading.run)

    def came(self, item: Item) -> None:
        """It came."""
        if (note := self._notes.get(FAILED, item.id)) is not None and note.value:
            self._notes.put(FAILED, item.id, b"")

    def sends_always(self, item: Item, size: int) -> bool:
        """Whether so many bytes of this version came in an earlier run, too: then it is the list that tells another size than it has."""
        note, told, run = self._notes.get(SENT, item.id), str(size).encode(), self._reading.run
        if note is not None and (note.value, note.mark) == (told, _version(item)):
            return note.run != run
        self._notes.put(SENT, item.id, told, mark=_version(item), run=run)
        return False

    def _told(self, item: Item) -> tuple[int, int, str]:
        """How often this version failed, in which turn last, and why."""
        note = self._notes.get(FAILED, item.id)
        if note is None or not note.value or note.mark != _version(item):
            return 0, 0, ""
        count, turn, why = note.value.decode().split(" ", 2)
        return int(count), int(turn), why


def _version(item: Item) -> bytes:
    return f"{item.version or ''} {item.last_modified or ''} {item.file_size}".encode()
