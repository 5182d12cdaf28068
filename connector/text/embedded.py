"""
Files within files: attachments of mails, members of archives, each read as a bounded file of its own.

The name of every one is text of the file that holds it. What stands in it is read too, one level deep, in a mail
that was forwarded in a mail two, until a budget of files, bytes or processor time is used up. What fails inside
costs that one file; what kills the reader costs the inside as a whole, and the outer file is read once more without.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Final, Literal, Protocol

from connector.document.clean import TextGatherer
from connector.text.names import why_no_text
from connector.text.reasons import NoTextError

MAX_NAMES: Final = 5_000
MAX_FILES: Final = 200
MAX_FILE_BYTES: Final = 25_000_000
MAX_BYTES: Final = 60_000_000
"""Unpacked, of all files within one."""
MAX_SECONDS: Final = 20.0
"""Of processor time, after which no further one is begun."""


class Readable(Protocol):
    """What readers take: a path on disk, or a file that stands in memory."""

    def open(self, mode: Literal["rb"], /) -> IO[bytes]:
        """Open it for reading from its first byte, as often as wanted."""
        ...


class InnerFile:
    """A file that stands in memory."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def open(self, mode: Literal["rb"], /) -> IO[bytes]:
        """Open it for reading from its first byte."""
        return io.BytesIO(self._content)


class Budget:
    """What is left for all files within one, however deep they stand."""

    def __init__(self, *, begun: Callable[[], None], closed: bool, clock: Callable[[], float]) -> None:
        self.names = MAX_NAMES
        self.files = 0 if closed else MAX_FILES
        self.bytes = MAX_BYTES
        self._begun = begun
        self._clock = clock
        self._until = clock() + MAX_SECONDS

    @property
    def used_up(self) -> bool:
        return self.files <= 0 or self.bytes <= 0 or self._clock() > self._until

    def begin(self) -> None:
        """One more file is read; this is told, so that a reader that dies is known to have died inside."""
        self.files -= 1
        self._begun()


class Inside:
    """The inside of one file, as its reader meets it."""

    def __init__(
        self,
        gatherer: TextGatherer,
        budget: Budget,
        read: Callable[[Readable, str, str, Inside], None],
        *,
        level: int = 0,
    ) -> None:
        self._gatherer = gatherer
        self._budget = budget
        self._read = read
        self._level = level

    @property
    def full(self) -> bool:
        """True when nothing more is wanted, or no time is left for it."""
        return self._gatherer.full

    def add(
        self,
        name: str,
        mime_type: str,
        content: Callable[[int], bytes | None],
        *,
        mail: bool = False,
        silent: bool = False,
    ) -> None:
        """
        Gather the name of one file, and its text as far as the budget goes.

        Args:
            content: gives the bytes when they are wanted, None where they are more than told; a picture's never are.
            mail: whether it stands in a mail: those may stand in each other.
            silent: it has no name that says anything.
        """
        if self.full:
            return
        if name and not silent:
            self._add_name(name)
        if self._level > (1 if mail else 0) or why_no_text(name, mime_type):
            return
        if self._budget.used_up:
            self._gatherer.cut = True
            return
        most = min(MAX_FILE_BYTES, self._budget.bytes)
        self._budget.begin()
        taken = content(most)
        if taken is None:
            self._gatherer.cut = True
            return
        self._budget.bytes -= len(taken)
        within = Inside(self._gatherer, self._budget, self._read, level=self._level + 1)
        with suppress(NoTextError):  # its name is there, and says no less than that of a file of its own
            self._read(InnerFile(taken), name, mime_type, within)
        self._gatherer.add("\n")

    def forwarded(self) -> Inside | None:
        """The inside of a mail that stands in this one, which is at hand; None where it is too deep to be read."""
        if self._level > 1 or self._budget.used_up:
            self._gatherer.cut = self._gatherer.cut or self._level <= 1
            return None
        self._budget.begin()
        return Inside(self._gatherer, self._budget, self._read, level=self._level + 1)

    def _add_name(self, name: str) -> None:
        if self._budget.names <= 0:
            self._gatherer.cut = True
            return
        self._budget.names -= 1
        self._gatherer.add(f"\n{name}\n")
