"""Which calls of ITR can be made at all, and how many of them in a second."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import pytest

from connector.sources.itr.exchanges import EXCHANGES
from connector.sources.itr.rate_limit import RateLimit
from tests.odd_answers import through_httpx
from tests.sources.itr_bench import OTHER, SESSION, Bench
from tests.sources.itr_samples import sample

# -- what may be called ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/sessiontests/{SESSION}/637693e4-e78e-5590-bcdf-4be5c84a7774"),
        ("GET", "/tokens"),
        ("GET", f"/tokens/{SESSION}"),
        ("GET", "/datagathering"),
        ("GET", f"/datagathering/{SESSION}"),
        ("GET", f"/persons/{SESSION}/password"),
        ("GET", f"/sessions/{SESSION}/8f2ca525-7847-5a18-93ca-da8a1e58eb4b/results"),
        ("GET", "/login/qrcode"),
        ("GET", "/systemsettings"),
        ("GET", "/creditusages"),
        ("POST", "/login"),
        ("POST", f"/sessions/{SESSION}"),
        ("POST", f"/tokens/W0/{OTHER}"),
        ("POST", "/sendresetpassword"),
        ("PUT", f"/sessions/{SESSION}"),
        ("PATCH", f"/sessions/{SESSION}"),
        ("DELETE", f"/sessions/{SESSION}"),
        ("DELETE", "/sessions/group/x"),
    ],
)
async def test_what_is_not_declared_cannot_be_called(bench: Bench, method: str, path: str) -> None:
    account = await bench.opened()
    before = sum(bench.app.calls.values())
    with pytest.raises(RuntimeError, match="not a declared exchange"):
        await account.neighbour.call(method, path, read=lambda reply: reply.status)
    assert sum(bench.app.calls.values()) == before


def test_the_only_posts_are_the_accounts_own() -> None:
    posts = {exchange.path for exchange in EXCHANGES if exchange.method != "GET"}
    assert posts == {"/login/mfacode", "/logout", "/checktoken"}
    assert {exchange.method for exchange in EXCHANGES} == {"GET", "POST"}


# -- rate -----------------------------------------------------------------------------------------


class Ticking:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []
        self.wall_clock: Callable[[], float] = time.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


async def test_no_second_holds_more_calls_than_allowed() -> None:
    clock = Ticking()
    pace = RateLimit(5, sleep=clock.sleep, now=lambda: clock.now)
    starts = []
    for _ in range(23):
        await pace.wait("/sessions")
        starts.append(clock.now)
        clock.now += 0.01
    for first in starts:
        assert sum(1 for start in starts if first <= start < first + 1.0) <= 5
    assert clock.slept


async def test_each_endpoint_has_its_own_rate() -> None:
    clock = Ticking()
    pace = RateLimit(1, sleep=clock.sleep, now=lambda: clock.now)
    await pace.wait("/sessions")
    await pace.wait("/tests")
    assert clock.slept == []


async def test_a_rate_below_one_spreads_calls_over_seconds() -> None:
    clock = Ticking()
    pace = RateLimit(0.5, sleep=clock.sleep, now=lambda: clock.now)
    await pace.wait("/sessions")
    await pace.wait("/sessions")
    assert clock.slept == [2.0]


async def test_too_many_calls_are_followed_by_a_pause_of_a_second(bench: Bench) -> None:
    recorded = sample("rate_limit_429")
    answers = [recorded.status, 200]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/login" and answers.pop(0) == 429:
            return httpx.Response(429, content=recorded.body)
        named = {"/api/login": "login_ok", "/api/logins/currentuser": "currentuser"}
        return httpx.Response(200, content=sample(named.get(request.url.path, "currentcompany")).body)

    bench.http = through_httpx(answer)
    await bench.account(attempts=3).open()
    assert bench.slept
    assert bench.slept[0] >= 1.0
