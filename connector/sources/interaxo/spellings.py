"""
Which id each identity stands for: two ids of the source that only case tells apart become one identity.

The one that was met first keeps it, in later runs too. Else whoever is asked first in a run had it, and with it what others
may see: people are asked before lists are read, and a list that names the other one keeps what it told last. An id that no
full run met for some time has lost it: somebody may have been spelt otherwise from one day on. Who is asked for and is gone is not met by that.
"""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from connector.ports.source import Reading, SourceNotes

SPELLED, FULL_RUNS = "spelled", "full-runs"
"""Kinds of notes: the id of an identity, both hashed, since nobody is to be named there; and the numbers of the last full runs."""
AT_ONCE = 100
"""Ids that are looked up, one by one, before the loop goes on: a list of readers may have thousands."""
LASTS = 3
"""Full runs that do not meet an id, after which another one may have its identity."""


class Spellings:
    """Of one source."""

    def __init__(self, notes: SourceNotes) -> None:
        self._notes = notes
        self._reading = Reading(run=0, thorough=True)
        self._oldest = 0
        """An id that was met last in an earlier run than this is forgotten."""
        self._met: dict[str, str] = {}
        """The id of each identity of this run, as far as one was met."""
        self._noted: set[str] = set()
        """Of these, the identities of which it was noted."""

    def open(self, reading: Reading) -> None:
        """A new run."""
        self._reading = reading
        self._met.clear()
        self._noted.clear()
        note = self._notes.get(FULL_RUNS, "")
        known = msgspec.json.decode(note.value, type=list[int]) if note is not None else []
        # whoever walks rooms for a run opens it, too
        before = [one for one in known if one != reading.run][-LASTS:]
        self._oldest = before[0] if len(before) == LASTS else 0
        if reading.thorough and (last := [*before, reading.run]) != known:
            self._notes.put(FULL_RUNS, "", msgspec.json.encode(last), run=reading.run)

    def is_of(self, identity: str, native: str) -> bool:
        """Whether an identity is the one of an id, which has it from now on if none has."""
        if not self.may_be_of(identity, native):
            return False
        if identity not in self._noted:
            self._noted.add(identity)
            self._note(identity, native)
        return True

    def may_be_of(self, identity: str, native: str) -> bool:
        """The same of an id that may be gone: no other one has its identity in this run, until it is let go, and no later run knows of it."""
        if identity not in self._met and self._is_free_for(identity, native):
            self._met[identity] = native
        return self._met.get(identity) == native

    def let_go(self, identity: str, native: str) -> None:
        """The id is gone, as far as whoever asked for it can tell; one that was met otherwise keeps its identity."""
        if identity not in self._noted and self._met.get(identity) == native:
            del self._met[identity]

    def _is_free_for(self, identity: str, native: str) -> bool:
        note = self._notes.get(SPELLED, _hashed(identity).hex())
        return note is None or note.value == _hashed(native) or note.run < self._oldest

    def _note(self, identity: str, native: str) -> None:
        key, value = _hashed(identity).hex(), _hashed(native)
        note, run = self._notes.get(SPELLED, key), self._reading.run
        if note is None or note.value != value or (self._reading.thorough and note.run != run):
            self._notes.put(SPELLED, key, value, run=run)


def _hashed(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
