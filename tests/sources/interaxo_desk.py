"""A source of Interaxo beside the sandbox, opened as a run would, and walked."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from connector.document.document import Container, Listed
from connector.ledger.store import Ledger
from connector.ports.source import FoundScope, Reading
from connector.sandbox.interaxo import InteraxoWorld
from connector.sources.interaxo.client import Interaxo
from tests.neighbourhood import Neighbourhood, neighbourhood


class Desk:
    """A neighbourhood with a source that can be opened again and again over one set of notes."""

    def __init__(self, near: Neighbourhood) -> None:
        self.near = near
        self.rooms = near.rooms
        self.wire = near.wire
        self.ledger = Ledger("sqlite://", now=0.0)
        self.run = 0

    @asynccontextmanager
    async def source(self, *, thorough: bool = False, **settings: Any) -> AsyncIterator[Interaxo]:
        """Open the source as a run would; `settings` are those of the source."""
        self.run += 1
        self.near.values |= {f"sources.interaxo.{key}": value for key, value in settings.items()}
        async with self.near.app().source("interaxo", self.ledger) as source:
            assert isinstance(source, Interaxo)
            await source.open(Reading(run=self.run, thorough=thorough, turn=self.run))
            yield source

    def calls(self, pattern: str = "") -> Counter[str]:
        """Calls so far by method and last part of the path."""
        return Counter(
            f"{call.method} {call.path.rpartition('/')[2]}"
            for call in self.wire.calls
            if pattern in call.path
        )


@asynccontextmanager
async def desk(folder: Path, furnish: Callable[[InteraxoWorld], object]) -> AsyncIterator[Desk]:
    async with neighbourhood(folder, furnish) as near:
        one = Desk(near)
        try:
            yield one
        finally:
            one.ledger.close()
            assert not near.rooms.violations


async def scope_of(source: Interaxo, name: str = "example-corp/bridge") -> FoundScope:
    return next(one for one in await source.scopes() if one.scope.name == name)


async def top_of(source: Interaxo, name: str = "example-corp/bridge") -> Listed:
    found = await scope_of(source, name)
    audience, _ = await source.audience(found.scope, None, [])
    top = await source.top(found.scope, audience, public=False)
    assert isinstance(top, Listed)
    return top


async def rows_in(source: Interaxo, container: Container | None, proven: bytes | None = None) -> list[Listed]:
    assert container is not None
    return [row async for page in source.children(container, proven=proven) for row in page.rows]


async def walk(source: Interaxo, name: str = "example-corp/bridge") -> dict[str, Listed]:
    """Everything in a room, by native id."""
    top = await top_of(source, name)
    found, pending = {top.native: top}, [top]
    while pending:
        for row in await rows_in(source, pending.pop().container):
            found[row.native] = row
            if row.container is not None:
                pending.append(row)
    return found
