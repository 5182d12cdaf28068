"""Too many calls: how the caller slows down, how it comes back, and when a call is given up."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from connector.errors import SourceUnavailable
from connector.http.call_policy import CallPolicy
from connector.http.exchange import Exchange
from connector.http.host_pause import LOOK_S
from connector.http.neighbour import Neighbour
from connector.http.retries import REFUSED_FOR_S, Tries, nth
from connector.http.throttle import SLOWEST_GAP_S, Throttle
from tests.odd_answers import Played

ROOMS = Exchange(method="GET", path="/rooms", purpose="", sends="", receives="", personal_data=False)
PUSH = Exchange(method="PUT", path="/push", purpose="", sends="", receives="", personal_data=False)


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


class Host:
    """Answers as told, one after the other; the last answer stays."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, _: httpx.Request) -> httpx.Response:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def refused(**headers: str) -> httpx.Response:
    return httpx.Response(429, headers={key.replace("_", "-"): value for key, value in headers.items()})


def neighbour(host: Any, time: Time, **how: Any) -> Neighbour:
    policy: dict[str, Any] = {
        "attempts": 3,
        "backoff_max_s": 60,
        "clock": lambda: 1_800_000_000.0 + time.now,
        "now": time,
        "sleep": time.sleep,
    }
    return Neighbour(
        Played(host),
        name="Interaxo",
        base_url="https://api.example.com",
        exchanges=(ROOMS, PUSH),
        unavailable=SourceUnavailable,
        policy=CallPolicy(**{**policy, **how}),
    )


async def ask(one: Neighbour, **how: Any) -> int:
    return await one.call("GET", "/rooms", read=lambda reply: reply.status, **how)


async def test_twenty_refusals_are_no_failed_attempt() -> None:
    time, host = Time(), Host(*[refused(retry_after="2")] * 20, httpx.Response(200))
    assert await ask(neighbour(host, time)) == 200
    assert host.asked == 21


async def test_a_call_is_given_up_after_ten_minutes_of_refusals() -> None:
    time, host = Time(), Host(refused())
    began = time.now
    with pytest.raises(SourceUnavailable, match="answered 429") as caught:
        await ask(neighbour(host, time))
    assert REFUSED_FOR_S / 2 < time.now - began <= REFUSED_FOR_S + SLOWEST_GAP_S * host.asked
    assert host.asked < 60
    assert not caught.value.sent  # what was turned away had no effect


async def test_what_a_host_refuses_for_ten_minutes_is_not_waited_for_again_by_the_next_call() -> None:
    time, host = Time(), Host(refused())
    one = neighbour(host, time)
    for _ in range(3):
        with pytest.raises(SourceUnavailable, match="answered 429"):
            await ask(one)
    assert time.now - 1_000 < REFUSED_FOR_S + 4 * SLOWEST_GAP_S * 3
    asked = host.asked
    host.answers = [httpx.Response(200), refused(), refused(), httpx.Response(200)]
    assert [await ask(one), await ask(one)] == [200, 200]  # it answers again: everything is as at first
    assert host.asked == asked + 4


async def test_failures_between_refusals_count_by_themselves() -> None:
    time = Time()
    host = Host(
        refused(), httpx.Response(503), refused(), httpx.Response(500), refused(), httpx.Response(200)
    )
    assert await ask(neighbour(host, time)) == 200
    host = Host(
        refused(), httpx.Response(503), refused(), httpx.Response(500), refused(), httpx.Response(502)
    )
    with pytest.raises(SourceUnavailable, match="answered 502"):
        await ask(neighbour(host, time))
    assert host.asked == 6


async def test_what_may_not_be_repeated_is_not_repeated_for_a_refusal_either() -> None:
    time, host = Time(), Host(refused())
    with pytest.raises(SourceUnavailable):
        await ask(neighbour(host, time), repeat=False)
    with pytest.raises(SourceUnavailable):
        await ask(neighbour(host, time, attempts=1))
    assert host.asked == 2


async def test_a_write_that_was_turned_away_is_not_lost() -> None:
    lost: list[int] = []
    one = neighbour(Host(refused(), httpx.Response(503), httpx.Response(200)), Time())
    await one.call("PUT", "/push", content=b"x", read=lambda reply: reply, lost=lambda: lost.append(1))
    assert len(lost) == 1  # the 503 only


async def test_refusals_halve_the_calls_at_once_and_a_wave_counts_once() -> None:
    time = Time()
    throttle = Throttle(now=time, sleep=time.sleep)
    started = []
    for _ in range(16):
        await throttle.enter()
        throttle.count(time())
        started.append(time())
    assert throttle.at_once is None
    time.now += 0.5
    assert [throttle.slow_down(one) for one in started] == [True] + [False] * 15
    assert throttle.at_once == 8
    for _ in range(16):
        throttle.leave()
    time.now += 1
    assert throttle.slow_down(time())
    assert throttle.at_once == 4


async def test_the_rate_is_halved_too_and_again() -> None:
    time = Time()
    throttle = Throttle(now=time, sleep=time.sleep)
    for _ in range(100):  # a hundred calls in five seconds
        await throttle.enter()
        throttle.count(time())
        throttle.leave()
        time.now += 0.05
    assert time.slept == []
    throttle.slow_down(time())
    assert throttle.gap_s == pytest.approx(0.1, rel=0.05)
    time.now += 1
    throttle.slow_down(time())
    assert throttle.gap_s >= 0.199
    for _ in range(20):
        time.now += 1
        throttle.slow_down(time())
    assert throttle.gap_s <= SLOWEST_GAP_S
    assert throttle.at_once == 1


async def test_it_comes_back_slowly_and_wholly() -> None:
    time = Time()
    throttle = Throttle(now=time, sleep=time.sleep)
    for _ in range(8):
        await throttle.enter()
        throttle.count(time())
    throttle.slow_down(time())
    for _ in range(8):
        throttle.leave()
    gap = throttle.gap_s
    for _ in range(4):
        throttle.went_well()
    assert throttle.at_once in {4, 5}
    assert gap * 0.9 < throttle.gap_s < gap
    for _ in range(2_000):
        throttle.went_well()
    assert throttle.at_once is None
    assert throttle.gap_s == 0


async def test_no_more_calls_start_than_are_allowed_at_once() -> None:
    time = Time()
    throttle = Throttle(now=time, sleep=time.sleep)
    for _ in range(8):
        await throttle.enter()
    throttle.slow_down(time())
    for _ in range(8):
        throttle.leave()
    running = most = 0

    async def work() -> None:
        nonlocal running, most
        await throttle.enter()
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        throttle.leave()

    await asyncio.gather(*(work() for _ in range(40)))
    assert most == 4


async def test_who_is_cancelled_while_waiting_takes_nobodys_turn() -> None:
    time = Time()
    throttle = Throttle(now=time, sleep=time.sleep)
    await throttle.enter()
    throttle.slow_down(time())
    waiting = [asyncio.create_task(throttle.enter()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    throttle.leave()
    waiting[1].cancel()
    await asyncio.wait(waiting, timeout=1)
    assert waiting[2].done()
    assert not waiting[2].cancelled()


async def test_a_rate_of_ours_spreads_calls() -> None:
    time = Time()
    one = neighbour(Host(httpx.Response(200)), time, calls_per_s=4)
    for _ in range(9):
        await ask(one)
    assert sum(time.slept) == pytest.approx(2.0)


async def test_calls_that_others_need_no_more_follow_each_other_as_much_faster() -> None:
    time = Time()
    throttle = Throttle(4, now=time, sleep=time.sleep)
    throttle.speed_up(3)
    for _ in range(13):
        await throttle.enter()
        throttle.leave()
    assert sum(time.slept) == pytest.approx(1.0)


async def test_what_a_host_asked_for_is_kept_to_when_others_need_their_calls_no_more() -> None:
    time = Time()
    throttle = Throttle(4, now=time, sleep=time.sleep)
    await throttle.enter()
    throttle.count(time())
    throttle.slow_down(time())
    throttle.leave()
    slow = throttle.gap_s
    throttle.speed_up(3)
    assert throttle.gap_s == slow > 1 / 4
    for _ in range(2_000):
        throttle.went_well()
    assert throttle.gap_s == pytest.approx(1 / 12)


async def test_without_a_rate_and_a_refusal_nobody_waits() -> None:
    time = Time()
    one = neighbour(Host(httpx.Response(200)), time)
    for _ in range(50):
        await ask(one)
    assert time.slept == []


class Kept:
    """What the ledger keeps of a host's wish."""

    def __init__(self, until: float = 0.0) -> None:
        self.moments: dict[str, float] = {"api.example.com": until}

    def until(self, host: str) -> float:
        return self.moments.get(host, 0.0)

    def keep(self, host: str, until: float) -> None:
        self.moments[host] = until


@pytest.mark.parametrize("status", [429, 503])
async def test_a_long_pause_ends_this_part_of_the_run_at_once_and_is_kept(status: int) -> None:
    time, kept = Time(), Kept()
    host = Host(httpx.Response(status, headers={"retry-after": "7200"}), httpx.Response(200))
    one = neighbour(host, time, pauses=kept)
    with pytest.raises(
        SourceUnavailable, match=r"asks not to be called before 20\d\d-\d\d-\d\d \d\d:\d\d UTC"
    ):
        await ask(one)
    with pytest.raises(SourceUnavailable, match="asked not to be called before") as caught:
        await ask(one)
    assert not caught.value.sent
    assert (host.asked, time.slept) == (1, [])
    assert kept.moments["api.example.com"] == pytest.approx(1_800_000_000 + 1_000 + 7_200)


async def test_the_next_start_waits_for_what_was_kept() -> None:
    time = Time()
    host = Host(httpx.Response(200))
    kept = Kept(1_800_000_000 + time.now + 600)
    with pytest.raises(SourceUnavailable, match="asked not to be called before"):
        await ask(neighbour(host, time, pauses=kept))
    assert host.asked == 0
    time.now += 601
    assert await ask(neighbour(host, time, pauses=kept)) == 200


async def test_what_a_host_asked_of_another_service_meanwhile_is_heeded() -> None:
    time, host, kept = Time(), Host(httpx.Response(200)), Kept()
    one = neighbour(host, time, pauses=kept)
    assert await ask(one) == 200
    kept.keep("api.example.com", 1_800_000_000 + time.now + 600)
    time.now += LOOK_S
    with pytest.raises(SourceUnavailable, match="asked not to be called before"):
        await ask(one)
    assert host.asked == 1
    time.now += 600
    assert await ask(one) == 200


async def test_a_moment_that_a_wrong_clock_kept_is_not_waited_for() -> None:
    kept = Kept(1_800_000_000 + 30 * 86_400)
    assert await ask(neighbour(Host(httpx.Response(200)), Time(), pauses=kept)) == 200


async def test_a_download_is_refused_and_waits_like_a_call() -> None:
    time, kept = Time(), Kept()
    one = neighbour(Host(httpx.Response(429, headers={"retry-after": "7200"})), time, pauses=kept)
    for words in ("asks not to be called before", "asked not to be called before"):
        with pytest.raises(SourceUnavailable, match=words):
            async with one.stream("/rooms"):
                pass


async def test_what_is_done_again_as_a_whole_counts_its_tries_alike() -> None:
    time, tried = Time(), 0
    one = neighbour(Host(httpx.Response(200)), time)

    async def work() -> int:
        nonlocal tried
        tried += 1
        if tried < 3:
            raise SourceUnavailable("half a file")
        return tried

    assert await one.repeated(work) == 3
    tried = -10
    with pytest.raises(SourceUnavailable):
        await one.repeated(work)
    assert tried == -7


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_pauses_grow_and_have_a_limit(chance: float) -> None:
    tries = Tries(20, 30)
    pauses = [tries.pause_after(SourceUnavailable("x"), now=0, chance=chance) for _ in range(19)]
    assert all(pause is not None and 0 < pause <= 30 for pause in pauses)
    assert pauses[-1] == 30
    assert tries.pause_after(SourceUnavailable("x"), now=0, chance=chance) is None


def test_numbers_in_words() -> None:
    assert [nth(one) for one in (1, 2, 3, 4, 11, 12, 13, 21, 22, 102, 111)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "102nd", "111th",
    ]  # fmt: skip


@pytest.mark.parametrize("slowed", [False, True])
async def test_calls_in_a_second_are_lent_and_taken_back(slowed: bool) -> None:
    time = Time()
    throttle = Throttle(20, now=time, sleep=time.sleep)
    await throttle.lend(1, 1 / 4)
    assert throttle.gap_s == pytest.approx(4 / 20)
    if slowed:
        throttle.slow_down(time())
    asked = throttle.gap_s
    throttle.take_back()
    assert throttle.gap_s == pytest.approx(asked if slowed else 1 / 20)
    for _ in range(1_000):
        throttle.went_well()
    assert throttle.gap_s == pytest.approx(1 / 20)
