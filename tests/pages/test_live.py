"""Server-sent events of the overview: who hears what, how many may listen, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector.daemon.progress import Patience, Progress
from connector.pages import live
from connector.pages.server import StatusServer
from connector.status.metrics import Metrics
from tests.neighbourhood import Neighbourhood, neighbourhood
from tests.patience import IN_VAIN_S


class Served:
    """A page with nobody's run under way, and its clients."""

    def __init__(self, near: Neighbourhood, client: httpx.AsyncClient, progress: Progress) -> None:
        self.near = near
        self.client = client
        self.progress = progress

    @asynccontextmanager
    async def listening(self, **more: Any) -> AsyncIterator[AsyncIterator[str]]:
        async with self.client.stream("GET", "/events", **more) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["x-accel-buffering"] == "no"
            yield answer.aiter_lines()


async def hear(lines: AsyncIterator[str], event: str) -> None:
    async with asyncio.timeout(IN_VAIN_S):
        async for line in lines:
            if line == f"event: {event}":
                return
    raise AssertionError(f"the stream ended without {event}")


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Served]:
    async with neighbourhood(folder) as near:
        near.values["service.token"] = "a-token-of-tests"
        progress = Progress(Patience(without_answer_s=1e9), near.clock)
        server = StatusServer(
            app=near.app, metrics=Metrics(), lanes=lambda: {"intranet": progress}, clock=near.clock
        )
        async with (
            server.serving("127.0.0.1:0") as address,
            httpx.AsyncClient(verify=False, base_url=address, timeout=IN_VAIN_S) as client,
        ):
            yield Served(near, client, progress)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LOOK_S", 0.005)
    monkeypatch.setattr(live, "BEAT_S", 0.02)


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path) as one:
        yield one


async def test_progress_here_and_runs_of_others_are_told_and_silence_beats(served: Served) -> None:
    async with served.listening() as lines:
        await hear(lines, "beat")
        await hear(lines, "beat")
        served.progress.begin("delta")
        await hear(lines, "changed")
        with served.near.app().ledger() as ledger:
            ledger.runs("intranet").start(mode="full", dry_run=False, now=served.near.clock())
        await hear(lines, "changed")


async def test_a_page_that_stands_open_is_told_that_time_goes_by(served: Served) -> None:
    """Where nothing happens any more, it would say for ever that all is up to date."""
    async with served.listening() as lines, asyncio.timeout(IN_VAIN_S):
        async for line in lines:
            if line == "event: changed":
                return
            served.near.clock.pass_seconds(61)
    raise AssertionError("the stream ended without a change")


async def test_only_so_many_may_listen_and_who_leaves_makes_room(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST_LISTENERS", 2)
    async with AsyncExitStack() as stack:
        heard = [await stack.enter_async_context(served.listening()) for _ in range(2)]
        for lines in heard:
            await hear(lines, "beat")
        assert (await served.client.get("/events")).status_code == 503
        assert (await served.client.get("/")).status_code == 200
    async with asyncio.timeout(IN_VAIN_S):
        while not await takes_one_more(served.client):  # noqa: ASYNC110 - who left tells nobody
            await asyncio.sleep(0.005)


async def test_nobody_listens_without_the_right_to_read(served: Served) -> None:
    assert (await served.client.get("/events", headers={"Host": "evil.example.com"})).status_code == 401
    await served.client.post("/sign-in", data={"token": "wrong"})
    assert (await served.client.get("/events", headers={"Via": "a proxy"})).status_code == 401


async def test_a_stream_ends_with_the_session_that_opened_it(served: Served) -> None:
    through = {"Via": "a proxy"}
    await served.client.post("/sign-in", data={"token": "a-token-of-tests"})
    async with served.listening(headers=through) as lines:
        await hear(lines, "beat")
        served.near.clock.pass_seconds(9 * 3_600)
        async with asyncio.timeout(IN_VAIN_S):
            await drain(lines)


async def test_streams_end_with_the_service(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path) as near, httpx.AsyncClient(verify=False, timeout=IN_VAIN_S) as client:
        server = StatusServer(app=near.app, metrics=Metrics(), lanes=dict, clock=near.clock)
        async with AsyncExitStack() as stack:
            async with server.serving("127.0.0.1:0") as address:
                answer = await stack.enter_async_context(client.stream("GET", f"{address}/events"))
                lines = answer.aiter_lines()
                await hear(lines, "beat")
            async with asyncio.timeout(IN_VAIN_S):
                await drain(lines)


async def takes_one_more(client: httpx.AsyncClient) -> bool:
    async with client.stream("GET", "/events") as answer:
        return answer.status_code == 200


async def drain(lines: AsyncIterator[str]) -> None:
    async for _ in lines:
        pass
