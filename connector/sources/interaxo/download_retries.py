"""
Files that did not come: whose turn it is to be tried again, and what a host sends instead of what it lists.

Nothing but a new version, or the host itself, makes such a file come, so that no run needs to ask for it. A version that fails in run
after run is tried by every full run, and by deltas after a pause that doubles.
"""

from __future__ import annotations

from typing import NamedTuple

from connector.ports.source import Reading, SourceNotes
from connector.sources.interaxo.wire import Item

FAILED, SENT = "not-come", "bytes-sent"
"""Kinds of notes by the id of a file: how often its version failed, and when last; and how many bytes came instead of those listed."""
LONGEST_PAUSE = 8
"""Deltas between two tries: with one each quarter of an hour, two hours."""


class Failures(NamedTuple):
    """How often a version of a file did not come in runs before, in which turn last, and why; whether that must be forgotten once it comes."""

    times: int = 0
    turn: int = 0
    why: str = ""
    noted: bool = False


class DownloadRetries:
    """Of the files of one source in one run."""

    def __init__(self, notes: SourceNotes) -> None:
        self._notes = notes
        self._reading = Reading(run=0, thorough=True)

    def open(self, reading: Reading) -> None:
        """A new run."""
        self._reading = reading

    def before(self, item: Item) -> Failures:
        """What is told of earlier runs: asked for once for each file, since nearly all come."""
        note = self._notes.get(FAILED, item.id)
        if note is None or not note.value:
            return Failures()
        if note.mark != _version(item):
            return Failures(noted=True)
        count, turn, why = note.value.decode().split(" ", 2)
        return Failures(int(count), int(turn), why, noted=True)

    def why_not_now(self, before: Failures) -> str:
        """Why a file is not to be asked for in this run, as it was told when it was tried last; empty: it is to be."""
        pause = min(2 ** max(0, before.times - 1), LONGEST_PAUSE)
        waits = before.times and not self._reading.thorough and 0 <= self._reading.turn - before.turn < pause
        return before.why if waits else ""

    def failed(self, item: Item, before: Failures, why: str) -> None:
        """It did not come, after all tries of this run."""
        told = f"{before.times + 1} {self._reading.turn} {why}".encode()
        self._notes.put(FAILED, item.id, told, mark=_version(item), run=self._reading.run)

    def came(self, item: Item, before: Failures) -> None:
        """It came."""
        if before.noted:
            self._notes.put(FAILED, item.id, b"")

    def sends_always(self, item: Item, size: int) -> bool:
        """Whether so many bytes of this version came in an earlier run, too: then it is the list that tells another size than it has."""
        note, told, run = self._notes.get(SENT, item.id), str(size).encode(), self._reading.run
        if note is not None and (note.value, note.mark) == (told, _version(item)):
            return note.run != run
        self._notes.put(SENT, item.id, told, mark=_version(item), run=run)
        return False


def _version(item: Item) -> bytes:
    return f"{item.version or ''} {item.last_modified or ''} {item.file_size}".encode()
