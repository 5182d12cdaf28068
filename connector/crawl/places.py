"""Where items stand: noted when they are listed in another place than before, or are there again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from connector.crawl.write_buffer import WriteBuffer
from connector.document.document import Container, Known, Listed
from connector.document.states import HELD, LIVE
from connector.ledger.documents import Documents
from connector.plan.context import Run


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where an item was met."""

    room: str
    """Key of its scope."""
    container: str
    """Document id; empty for the scope's own document."""
    present: bool = True
    """It was listed there, or moved there; else its listing goes on lacking it."""
    page: int = 0
    """Number of the page that listed it in this walk; 0: none did."""


class Places:
    """The places of one source's items in one walk."""

    def __init__(
        self,
        run: Run,
        documents: Documents,
        buffer: WriteBuffer,
        take_back: Callable[[Sequence[str], Sequence[str]], None],
    ) -> None:
        """
        Args:
            take_back: forgets who was to see items where this run met them before, and what stands below the containers among
                them: they are shown as the last place tells.
        """
        self._run = run
        self._take_back = take_back
        self._documents = documents
        self._buffer = buffer

    def arrive(self, rows: Sequence[Listed], known: Mapping[str, Known], place: Place) -> None:
        """Note what was listed in another place than before, or was missing or held."""
        arrived: list[tuple[str, Known]] = []
        for row in rows:
            before = known.get(row.id)
            if before is None or row.left_out:
                continue
            if (
                before.container != place.container
                or _is_elsewhere(before, place)
                or before.missing_run is not None
                or before.state == HELD
            ):
                arrived.append((row.id, before))
        if not arrived:
            return
        others = {
            before.container
            for _, before in arrived
            if before.container not in ("", place.container) and before.missing_run is None
        }
        listing_it_too: set[str] = set()
        if others:
            self._buffer.write()
            listing_it_too = self._documents.seen_now(sorted(others), run=self._run.number)
        moved = {one for one, before in arrived if before.container in others or _is_elsewhere(before, place)}
        if moved:
            containers = [row.id for row in rows if row.id in moved and row.container is not None]
            self._take_back(sorted(moved), containers)
        self._documents.found(
            [
                (
                    identifier,
                    place.container,
                    place.room,
                    before.container if before.container in listing_it_too else "",
                )
                for identifier, before in arrived
            ]
        )


def _is_elsewhere(before: Known, place: Place) -> bool:
    """Whether it stood in another scope; what stands in a folder that moved stands in the same folder as before."""
    return before.room not in {"", place.room}


def is_passed_over(row: Listed, known: Known | None, container: Container) -> bool:
    """
    Whether it stands in another container, which lists it, too, as far as this run knows.

    That is so where its own row tells the place that is known, or where it was met in this one before, whatever either row tells: it does
    not change places in each run.
    """
    if known is None or known.missing_run is not None or known.state != LIVE:
        return False
    stands_there = row.stands_in == known.container != container.id
    return known.also == container.id or (stands_there and row.stands_in != "")
