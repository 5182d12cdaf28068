"""Work done side by side: one error, and nothing that goes on after its end."""

from __future__ import annotations

import asyncio

import pytest

from connector.engine.task_group import beside, ended, together


async def test_what_is_done_beside_has_ended_at_the_end() -> None:
    done: list[str] = []

    async def work() -> None:
        await asyncio.sleep(0)
        done.append("beside")

    async with beside(work()):
        done.append("inside")
    assert done == ["inside", "beside"]


async def test_trouble_beside_is_raised_at_the_end_and_cuts_nothing_short() -> None:
    done: list[str] = []

    async def work() -> None:
        raise ValueError("beside")

    async def both() -> None:
        async with beside(work()):
            await asyncio.sleep(0)
            done.append("inside")

    with pytest.raises(ValueError, match="beside"):
        await both()
    assert done == ["inside"]


@pytest.mark.parametrize("fails", [True, False])
async def test_trouble_inside_ends_what_is_done_beside(fails: bool) -> None:
    ended = asyncio.Event()

    async def work() -> None:
        try:
            if fails:
                raise ValueError("beside")
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def both() -> None:
        async with beside(work()):
            await asyncio.sleep(0)
            raise KeyError("inside")

    with pytest.raises(KeyError, match="inside"):
        await both()
    assert ended.is_set()


async def test_nothing_to_do_is_done_at_once() -> None:
    assert await together([]) == []


async def test_whoever_is_cancelled_twice_leaves_nothing_behind_that_goes_on() -> None:
    begun, cleared, done = asyncio.Event(), asyncio.Event(), list[str]()

    async def work() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            await cleared.wait()
            done.append("cleared up")

    async def both() -> None:
        async with beside(work()):
            await asyncio.Event().wait()

    both_of_them = asyncio.create_task(both())
    await begun.wait()
    both_of_them.cancel()
    for _ in range(3):
        await asyncio.sleep(0)
    both_of_them.cancel()
    cleared.set()
    with pytest.raises(asyncio.CancelledError):
        await both_of_them
    assert done in ([], ["cleared up"])  # a second cancellation may cut that short
    assert [one for one in asyncio.all_tasks() if one is not asyncio.current_task()] == []


async def test_whoever_waits_is_cancelled_once_what_he_waits_for_has_ended() -> None:
    work = asyncio.create_task(asyncio.Event().wait())
    waiting = asyncio.create_task(ended(work))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert work.cancelled()
    await ended()
    await ended(work)
