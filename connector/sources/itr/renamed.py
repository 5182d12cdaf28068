"""
Tests that got another name since the last run: what names them in its details is read again, and found by the new name.

A row of a session or a battery does not say which tests it has, so a rename is part of the version of all of them. New
tests change nothing: nothing named them before.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

import msgspec

from connector.ports.source import SourceNotes

NOTE = "test-names"
DIGEST = 8
"""Bytes of a name's hash."""


class Noted(msgspec.Struct, frozen=True):
    """As the last run that looked left it."""

    times: int
    """How often a run found other names than the one before."""
    names: dict[bytes, bytes]
    """Hash of each test's name by the 16 bytes of its key."""


class TestNames:
    """The names of all tests, compared with those of the last run, once a run."""

    __test__ = False

    def __init__(self, notes: SourceNotes) -> None:
        self._notes = notes
        self._mark: str | None = None

    def forget(self) -> None:
        """Begin a run."""
        self._mark = None

    def mark(self, names: Mapping[bytes, str]) -> str:
        """
        Give a mark that is another one as soon as any test has another name.

        Args:
            names: of all tests that are listed now, by the 16 bytes of their keys.
        """
        if self._mark is None:
            self._mark = str(self._compare(names))
        return self._mark

    def _compare(self, names: Mapping[bytes, str]) -> int:
        note = self._notes.get(NOTE, "")
        before = msgspec.msgpack.decode(note.value, type=Noted) if note else Noted(0, {})
        now = {key: blake2b(name.encode(), digest_size=DIGEST).digest() for key, name in names.items()}
        renamed = any(now.get(key, was) != was for key, was in before.names.items())
        # what is not listed at the moment keeps its name: it may come back with another one
        after = Noted(before.times + renamed, {**before.names, **now})
        if after != before:
            self._notes.put(NOTE, "", msgspec.msgpack.encode(after))
        return after.times
