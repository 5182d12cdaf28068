"""
Remembers what complete listings lacked, for records whose own answer proves nothing.

Details of cached kinds are served from a file long after the record is gone, and details of the master
database are answered 404 to office users although the record is there (observed). For these the rule is:
gone after two successive complete listings, an hour apart, that lack it.
"""

from __future__ import annotations

import msgspec

from connector.ports import SourceNotes

APART_S = 3_600.0
NOTE = "absent"


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

    def forget(self) -> None:
        """Begin a run: what was listed before says nothing about it."""
        self._absent.clear()
        self._began.clear()
        self._listed.clear()

    def begin(self, scope: str, *, at: float) -> None:
        """A listing began at some time, in seconds since 1970."""
        self._began[scope] = at
        self._listed.pop(scope, None)

    def saw(self, scope: str, key: str) -> None:
        """A listing holds a record: its absence starts anew if it goes again."""
        if self._of(scope).pop(key, None) is not None:
            self._keep(scope)

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
        after = Absence(before.first if before else now, now)
        if after != before:
            absent[key] = after
            self._keep(scope)
        return after.last - after.first >= APART_S

    def _of(self, scope: str) -> dict[str, Absence]:
        if scope not in self._absent:
            note = self._notes.get(NOTE, scope)
            self._absent[scope] = msgspec.json.decode(note[0], type=dict[str, Absence]) if note else {}
        return self._absent[scope]

    def _keep(self, scope: str) -> None:
        self._notes.put(NOTE, scope, msgspec.json.encode(self._absent[scope]))
