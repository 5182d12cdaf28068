"""What listings name for the first time is asked for by several pages in one question, and never told as it was before."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from connector.crawl.new_items import NewItems
from connector.document.document import Known
from connector.errors import LedgerError
from tests.desk import Desk


@pytest.fixture
def desk(blank_desk: Desk) -> Desk:
    blank_desk.add_room("r1")
    for name in ("ix-a", "ix-b"):
        blank_desk.add(name, "ix-r1")
    return blank_desk


@pytest.fixture
def questions(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    asked: list[list[str]] = []
    spoken = desk.documents.known

    def known(ids: Sequence[str]) -> dict[str, Known]:
        asked.append(list(ids))
        return spoken(ids)

    monkeypatch.setattr(desk.documents, "known", known)
    return asked


async def test_pages_that_arrive_together_are_asked_for_together(
    desk: Desk, questions: list[list[str]]
) -> None:
    new_items = NewItems(desk.documents)
    first, second, none = await asyncio.gather(
        new_items.known(["ix-a", "ix-x"]), new_items.known(["ix-b", "ix-x"]), new_items.known([])
    )
    assert questions == [["ix-a", "ix-x", "ix-b"]]
    assert (list(first), list(second), none) == (["ix-a"], ["ix-b"], {})


async def test_what_a_page_changes_the_next_ones_are_told(desk: Desk, questions: list[list[str]]) -> None:
    new_items = NewItems(desk.documents)

    async def page(ids: list[str]) -> list[int | None]:
        known = await new_items.known(ids)
        found = [known[one].missing_run for one in ids]
        desk.documents.miss(ids, run=desk.run, why="absent")
        return found

    pages = await asyncio.gather(*(page(["ix-a", "ix-b"]) for _ in range(2)))
    assert pages == [[None, None], [desk.run, desk.run]]
    assert len(questions) == 2


async def test_what_changes_no_document_asks_nothing_again(desk: Desk, questions: list[list[str]]) -> None:
    new_items = NewItems(desk.documents)

    async def page(ids: list[str]) -> None:
        await new_items.known(ids)
        desk.ledger.notes("interaxo").put("page", "of", b"1")

    await asyncio.gather(*(page(["ix-a"]) for _ in range(3)))
    assert len(questions) == 1


async def test_a_page_that_is_given_up_takes_the_answer_from_nobody(desk: Desk) -> None:
    new_items = NewItems(desk.documents)
    given_up = asyncio.ensure_future(new_items.known(["ix-a"]))
    other = asyncio.ensure_future(new_items.known(["ix-b"]))
    asyncio.get_running_loop().call_soon(given_up.cancel)
    assert list(await other) == ["ix-b"]


async def test_trouble_of_the_ledger_reaches_every_page(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def known(ids: Sequence[str]) -> dict[str, Known]:
        raise LedgerError("no room")

    monkeypatch.setattr(desk.documents, "known", known)
    new_items = NewItems(desk.documents)
    told = await asyncio.gather(*(new_items.known([one]) for one in "ab"), return_exceptions=True)
    assert [type(one) for one in told] == [LedgerError, LedgerError]
