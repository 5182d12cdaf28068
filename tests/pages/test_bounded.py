"""What waits may be as much as there is: a page tells the first of it, how many more there are, and what lists them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from connector.ledger.catalogue import PAGE
from connector.ledger.engines.sqlite import Sqlite
from connector.ledger.waiting import MOST_ROOMS
from connector.pages.site import SHOWN_OF_A_RUN
from connector.status.runs import tell_whole_run
from tests.ledger_pushes import make_push, push
from tests.pages.open_page import Open

ROOMS = MOST_ROOMS + 10


def put_on_hold(status: Open) -> str:
    """Two documents in each of many rooms, and one more in the first; says the id of the run that held them."""
    with status.near.app().ledger() as ledger:
        runs = ledger.runs("intranet")
        run = runs.start(mode="delta", dry_run=False, now=status.near.clock())
        pushes = [make_push(f"ix-{n}-{m}", room=f"r{n}", container="") for n in range(ROOMS) for m in (1, 2)]
        pushes.append(make_push("ix-0-3", room="r0", container=""))
        documents = ledger.documents("intranet")
        push(documents, *pushes, now=status.near.clock())
        documents.hold([(one.listed.id, "brake") for one in pushes], run=run.number)
        told = f'{{"outcome": "braked", "documents": {{"held": {len(pushes)}}}}}'
        runs.finish(run.number, outcome="braked", report=told, now=status.near.clock())
        return run.id


def words_of(page: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", page).split())


async def test_of_many_rooms_those_with_the_most_are_told_and_how_many_documents_the_others_have(
    status: Open,
) -> None:
    put_on_hold(status)
    page = await status.page("/held")
    told = re.findall(r'href="/held\?source=interaxo&amp;room=(r\d+)#which"', page)
    assert (told[0], len(told)) == ("r0", MOST_ROOMS)
    assert f"and {2 * (ROOMS - MOST_ROOMS)} in more rooms" in words_of(page)


async def test_a_room_that_is_not_told_can_be_looked_at_all_the_same(status: Open) -> None:
    put_on_hold(status)
    told = re.findall(r"room=(r\d+)#which", await status.page("/held"))
    (other, *_) = {f"r{n}" for n in range(ROOMS)} - set(told)
    page = await status.page("/held", params={"source": "interaxo", "room": other})
    assert f"Which in {other}" in words_of(page)
    assert len(re.findall(rf"/documents/ix-{other[1:]}-\d", page.partition('id="which"')[2])) == 2


async def test_further_pages_of_what_waits_do_not_tell_by_room_once_more(
    status: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_on_hold(status)
    asked: list[str] = []
    original = Sqlite.all

    def hear(self: Sqlite, name: str, *rest: Any) -> Any:
        asked.append(name)
        return original(self, name, *rest)

    monkeypatch.setattr(Sqlite, "all", hear)
    page = await status.page("/held", params={"page": 2})
    assert f"{2 * ROOMS + 1} wait for your decision" in words_of(page)
    assert len(re.findall(r'href="/documents/ix-', page)) == PAGE
    assert ("By room" in page, "#which" in page, "waiting.rooms" in asked) == (True, False, False)
    asked.clear()
    await status.page("/held")
    assert "waiting.rooms" in asked


async def test_of_what_a_run_holds_the_first_is_told_and_the_command_that_lists_all(status: Open) -> None:
    run_id = put_on_hold(status)
    with status.near.app().ledger() as ledger:
        run = ledger.runs("intranet").get(run_id)
        assert run is not None
        everything = {one["id"] for one in tell_whole_run(ledger, "intranet", run)["held"]}
    assert len(everything) == 2 * ROOMS + 1 > SHOWN_OF_A_RUN
    page = await status.page(f"/runs/{run_id}")
    told = set(re.findall(r'href="/documents/([^"]+)"', page))
    assert (len(told), told - everything) == (SHOWN_OF_A_RUN, set())
    assert f"and {len(everything) - SHOWN_OF_A_RUN} more: connector runs {run_id} --json" in words_of(page)


async def test_why_documents_with_a_word_have_no_text_is_counted_on_the_page_alone(status: Open) -> None:
    with status.near.app().ledger() as ledger:
        pushes = [make_push(f"ix-{n:03}", title=f"Plan {n}", text_missing="broken") for n in range(PAGE + 9)]
        push(ledger.documents("intranet"), *pushes)
    everything = words_of(await status.page("/documents", params={"state": "without-text"}))
    assert f"broken {PAGE + 9}" in everything
    assert "On this page:" not in everything
    page = words_of(await status.page("/documents", params={"state": "without-text", "q": "plan"}))
    assert f"On this page: broken {PAGE}" in page
