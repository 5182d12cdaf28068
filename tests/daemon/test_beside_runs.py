"""What the service does beside its runs, every 20 seconds: what goes wrong there all night long is told, and not every 20 seconds."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from connector.errors import LedgerError
from connector.wiring.after_runs import look_now_and_then
from tests.patience import IN_VAIN_S

FULL = "The disk of the ledger is full ({} bytes are free at /var/lib)."


class Looks:
    """Goes through what each look comes to; None: it is all right."""

    def __init__(self, *becomes: Exception | None) -> None:
        self._becomes = list(becomes)
        self.over = asyncio.Event()

    async def __call__(self) -> None:
        if not self._becomes:
            self.over.set()
            return
        if (error := self._becomes.pop(0)) is not None:
            raise error


Told = Callable[..., Awaitable[list[str]]]


@pytest.fixture
def told_of(logs: list[Any]) -> Told:
    """What the log has of looks that come to this."""

    async def look(*becomes: Exception | None) -> list[str]:
        looks = Looks(*becomes)
        task = asyncio.create_task(look_now_and_then("orders", looks, every_s=0))
        async with asyncio.timeout(IN_VAIN_S):
            await looks.over.wait()
        task.cancel()
        await asyncio.wait({task})
        return [str(one.get("why", one["event"])) for one in logs]

    return look


async def test_a_disk_that_is_full_all_night_is_told_once_at_first(told_of: Told) -> None:
    assert await told_of(*(LedgerError(FULL.format(free)) for free in range(99))) == [FULL.format(0)]


async def test_another_trouble_and_the_same_one_after_a_good_look_are_told_at_once(told_of: Told) -> None:
    full, away = LedgerError(FULL.format(0)), LedgerError("The ledger cannot be used.")
    assert await told_of(full, away, away, full, None, full) == list(map(str, (full, away, full, full)))


@pytest.mark.parametrize("error", [ZeroDivisionError("x"), KeyError("y")])
async def test_a_bug_has_its_traceback_in_the_log_once(told_of: Told, error: Exception) -> None:
    assert await told_of(error, error, error) == ["orders.bug"]


async def test_an_error_of_the_system_that_a_person_can_mend_is_told_in_words_and_no_bug(
    told_of: Told,
) -> None:
    said = await told_of(OSError(errno.EMFILE, os.strerror(errno.EMFILE)), OSError(errno.EBADF, "odd"))
    assert "ulimit -n" in said[0]
    assert said[1] == "orders.bug"
