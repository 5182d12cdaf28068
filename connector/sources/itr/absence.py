"""
Remembers what complete listings lacked, for records whose own answer proves nothing.

Details of cached kinds are served from a file long after the record is gone, and details of the master
database are answered 404 to office users although the record is there (observed). For these the rule is:
gone after two successive complete listings, an hour apart, that lack it. What answers 404 without proof waits as long
before a person is asked to decide.
"""

from __future__ import annotations

import msgspec

from connector.document.durations import HOUR_S
from connector.ports.source import SourceNotes

APART_S = HOUR_S
NOTE, ROUND = "absent", "absent-round"
SPARING = 16
"""Of so many absences one is written only when as many as a sixteenth of them changed: a note holds a whole scope."""


class Absence(msgspec.Struct, frozen=True, array_like=True):
    """When listings began that lacked a record: the first one since it was seen, and the last one."""

    first: float
    last: float


class Absences:
    """What is absent from each scope; one note per scope, of the absent records only."""

    def __init__(self, notes: SourceNotes) -> None:
        self._notes = notes
        self._absent: dict[str, dict[str, Absence]] = {}
        self._began: dict[str, float] = {}
        self._listed: dict[str, float] = {}
        self._held: set[str] = set()
        """Scopes whose listing of this run held anything at all."""
        self._unwritten: dict[str, int] = {}
        self._round: bytes | None = None
        """What is noted of another round counts no more."""

    def forget(self) -> None:
        """Begin a run: what was listed before says nothing about it."""
        self.write()
        self._round = None
        self._absent.clear()
        self._began.clear()
        self._listed.clear()
        self._held.clear()

    def count_absences_anew(self) -> None:
        """What earlier runs noted counts no more: it is of a ledger that was put back, and what was absent may have been there since."""
        self._round = str(int(self._current_round() or 0) + 1).encode()
        self._notes.put(ROUND, "", self._round)
        self._absent.clear()
        self._unwritten.clear()

    def begin(self, scope: str, *, at: float) -> None:
        """A listing began at some time, in seconds by a clock that nobody sets."""
        self._began[scope] = at
        self._listed.pop(scope, None)
        self._held.discard(scope)

    def saw(self, scope: str, key: str) -> None:
        """A listing holds a record: its absence starts anew if it goes again."""
        self._held.add(scope)
        if self._of(scope).pop(key, None) is not None:
            self._changed(scope)

    def complete(self, scope: str) -> None:
        """A listing came to its proven end."""
        self._listed[scope] = self._began[scope]

    def lasts(self, scope: str, key: str) -> bool:
        """Note that a record is absent; True when listings an hour apart say so."""
        absent = self._of(scope)
        before = absent.get(key)
        now = self._listed.get(scope)
        if now is None:
            return before is not None and before.last - before.first >= APART_S
        # a moment that lies in the future was noted by a clock that was ahead: it counts as now
        after = Absence(min(before.first, now) if before else now, now)
        if after != before:
            absent[key] = after
            self._changed(scope)
        return after.last - after.first >= APART_S

    def all_gone(self, scope: str) -> bool:
        """Whether the complete listing of this run holds nothing at all: nobody can tell that from a list that lies."""
        return scope in self._listed and scope not in self._held

    def waits(self, scope: str, key: str) -> bool:
        """Whether the complete listing of this run is not the first one that lacks a record, but comes within the hour."""
        before, now = self._of(scope).get(key), self._listed.get(scope)
        return before is not None and now is not None and before.first <= now < before.first + APART_S

    def write(self) -> None:
        """Keep what is known for later runs."""
        for scope in [*self._unwritten]:
            self._put(scope)

    def _of(self, scope: str) -> dict[str, Absence]:
        if scope not in self._absent:
            note = self._notes.get(NOTE, scope)
            if note is not None and note.mark != self._current_round():
                note = None
            self._absent[scope] = msgspec.json.decode(note.value, type=dict[str, Absence]) if note else {}
        return self._absent[scope]

    def _changed(self, scope: str) -> None:
        self._unwritten[scope] = self._unwritten.get(scope, 0) + 1
        if self._unwritten[scope] * SPARING >= len(self._absent[scope]):
            self._put(scope)

    def _put(self, scope: str) -> None:
        value = msgspec.json.encode(self._absent[scope])
        self._notes.put(NOTE, scope, value, mark=self._current_round())
        del self._unwritten[scope]

    def _current_round(self) -> bytes:
        if self._round is None:
            note = self._notes.get(ROUND, "")
            self._round = note.value if note else b""
        return self._round
