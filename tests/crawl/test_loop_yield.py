"""Long pages side by side: answers that arrive meanwhile are looked at after a few documents, however many pages there are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest

from connector.crawl.items import YIELD_AFTER
from connector.document.document import Container, Document, Listed
from connector.ports.source import Page
from tests.crawl.test_walk import Told, folder, row, walk
from tests.desk import Desk

PAGES, ROWS = 2, 12 * YIELD_AFTER


@pytest.fixture
def desk(blank_desk: Desk) -> Desk:
    blank_desk.add_room("r1")
    return blank_desk


class Counted(Told):
    """Counts the documents that are made between two passes of the loop."""

    made = 0

    async def children(self, container: Container, *, proven: bytes | None) -> AsyncIterator[Page]:
        for _ in range(PAGES):
            # as an answer that takes its time: all are asked for before the first one is there
            await asyncio.sleep(0)
        async for page in super().children(container, proven=proven):
            yield page

    async def document(self, listed: Listed) -> Document:
        self.made += 1
        return await super().document(listed)


async def test_long_pages_side_by_side_let_the_loop_pass_after_every_few_documents(desk: Desk) -> None:
    source = Counted(concurrency=PAGES)
    source.tops["r1"] = folder("ix-r1")
    boxes = [f"ix-d{page}" for page in range(PAGES)]
    source.pages["ix-r1"] = [Page(rows=[folder(one, ROWS) for one in boxes], proof=b"one")]
    for one in boxes:
        source.pages[one] = [Page(rows=[row(f"{one}-f{n}") for n in range(ROWS)], proof=b"end")]
    passes: list[int] = []

    async def look() -> None:
        while True:
            passes.append(source.made)
            await asyncio.sleep(0)

    looking = asyncio.create_task(look())
    await walk(desk, source)
    looking.cancel()
    assert source.made == PAGES * (ROWS + 1)
    longest = max(after - before for before, after in pairwise(passes) if before > PAGES * YIELD_AFTER)
    assert longest <= YIELD_AFTER + 1
