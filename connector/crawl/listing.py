"""
One listing of one container: what was listed, what became of it, and by what the next run recognises it. PURE.

A delta need not plan again what a page told before: where the source gives the same marks for its pages as last time, and
every document there is as that listing left it (`Presence.told_of`), each row would be kept. That holds of a listing all of
whose rows were kept, or all of whose rows were sent as they were listed; of any other nothing is noted, and the next run plans it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

import msgspec

from connector.document.document import Container, Listed
from connector.ports.source import Page


class Treated(StrEnum):
    """What became of a row."""

    KEPT = "kept"
    """The intranet has it as it is listed."""
    SENT = "sent"
    """It was handed over to be pushed just as it is listed."""
    OTHERWISE = "otherwise"
    """Anything else: it waits, is told to others, could not be read, stays out."""


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a listing, so that the next run recognises it."""

    marks: bytes = b""
    """Of its pages; empty: it is not to be recognised."""
    count: int = 0
    """Its rows."""
    first_run: int = 0
    last_run: int = 0
    """Runs in which all of its documents were sent last."""


NOTHING = Trace()
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[bytes]).decode


class Listing:
    """What one listing of a container told so far."""

    def __init__(self) -> None:
        self.proof = b""
        """Hash of the whole listing, which its last page carries; empty before it came to its end."""
        self.unsteady = False
        """A page told on itself: the listing is no witness for what it lacks."""
        self._ids: set[str] = set()
        self._same: list[Callable[[], list[str]]] = []
        self._marks: list[bytes] = []
        self._rows = 0
        self._treated = dict.fromkeys(Treated, 0)

    def meet(self, ids: Iterable[str]) -> None:
        """These rows were listed."""
        self._ids.update(ids)

    def recognise(self, ids: Callable[[], list[str]], rows: int) -> None:
        """A page was recognised: so many rows that would be kept."""
        self._same.append(ids)
        self._treated[Treated.KEPT] += rows

    @property
    def ids(self) -> set[str]:
        """Of its rows; those of recognised pages are made only now."""
        while self._same:
            self._ids.update(self._same.pop()())
        return self._ids

    def page(self, page: Page) -> None:
        """A page was read and its rows treated. One without rows tells the end, and nothing else."""
        if page.count:
            self._marks.append(page.mark)
            self._rows += page.count
        self.proof = page.proof or self.proof
        self.unsteady = self.unsteady or page.unsteady

    def became(self, treated: Treated) -> None:
        """That became of one row."""
        self._treated[treated] += 1

    def is_told_by(self, marks: Sequence[bytes]) -> bool:
        """Whether its pages are these, all of them and no more."""
        return self._marks == list(marks)

    def told(self, run: int) -> Trace:
        """What is to be kept of it, once it came to its end in this run."""
        if self.unsteady or not self._rows or not all(self._marks):
            return NOTHING
        if self._treated[Treated.KEPT] == self._rows:
            first, last = 0, run - 1
        elif self._treated[Treated.SENT] == self._rows:
            first = last = run
        else:
            return NOTHING
        return Trace(marks=_pack(self._marks), count=self._rows, first_run=first, last_run=last)


def circles_in(rows: Sequence[Listed], container: Container) -> list[Listed]:
    """Those rows of a container that it stands in itself, or is: listed on and on, they would never end."""
    return [row for row in rows if f"/{row.id}/" in container.path]


def marks_of(told: bytes) -> tuple[bytes, ...]:
    """The marks of the pages of a listing that was noted."""
    return tuple(_unpack(told)) if told else ()
