"""
The containers that are found and not yet listed: PURE.

A container with many children is work for this program, one with few is mostly waiting for the source. Taken one
kind after the other, either the processor or the source would be idle; so wide ones are taken while too few rows
are at work, and narrow ones in between. When the rows that arrived are work enough, no wide one is taken at all:
its children would only wait, and all of their narrow containers would come at once. Within each kind it goes depth
first, and a long frontier takes the narrow ones first, which end: that keeps it small.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from connector.document.document import Container

ROWS_TAKEN = 400
"""Rows of wide containers that are asked for or worked on, below which a wide one comes before the narrow ones."""
ROWS_AT_WORK = 200
"""Rows that arrived and are worked on: enough for the processor until the next answer."""
LONG = 2_000
"""Containers in a frontier that is to become shorter first."""


class Frontier:
    """What is still to be listed of one source."""

    def __init__(self) -> None:
        self._wide: list[Container] = []
        self._narrow: list[Container] = []
        self._taken = 0
        self._rows: dict[int, int] = {}
        """Of each container that counts as taken, by its identity: two listings may name the same one."""
        self._arrived = 0

    def __len__(self) -> int:
        return len(self._wide) + len(self._narrow)

    @property
    def hungry(self) -> bool:
        """Whether there is room for another scope: nothing wide waits, and too few rows are at work."""
        return not self._wide and self._taken < ROWS_AT_WORK and len(self._narrow) < LONG

    def add(self, containers: Sequence[Container]) -> None:
        """Take in what was found in one listing; its first container comes first."""
        for container in reversed(containers):
            (self._wide if container.is_wide else self._narrow).append(container)

    def take(self) -> Container | None:
        """
        Take out what to list next; say `done` when its rows are worked on.

        Returns:
            None when nothing waits, or enough rows are at work already: ask again when some of them are done.
        """
        may_be_wide = bool(self._wide) and self._arrived < ROWS_AT_WORK
        first = self._taken < ROWS_TAKEN and len(self) <= LONG
        if may_be_wide and (first or not self._narrow):
            container = self._wide.pop()
        elif self._narrow:
            container = self._narrow.pop()
        else:
            return None
        self._rows[id(container)] = rows = _rows_of(container)
        self._taken += rows
        return container

    def coming(self, most: int) -> list[str]:
        """Ids of the narrow containers that are taken next, unless others are found before them."""
        return [container.id for container in self._narrow[-most:]]

    @contextmanager
    def at_work(self, rows: int) -> Iterator[None]:
        """Work on a page of so many rows that arrived."""
        self._arrived += rows
        try:
            yield
        finally:
            self._arrived -= rows

    def done(self, container: Container) -> None:
        """The rows of a container that was taken are worked on, or wait for more than the processor; may be said twice."""
        self._taken -= self._rows.pop(id(container), 0)


def _rows_of(container: Container) -> int:
    """How many rows are at work with a container; one whose length is unknown counts as enough alone."""
    if not container.is_wide:
        return 0
    return ROWS_AT_WORK if container.expected is None else min(container.expected, ROWS_AT_WORK)
