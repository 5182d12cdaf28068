"""One way to call a neighbour: what is repeated, how long it waits, and what it says of trouble."""

from __future__ import annotations

import asyncio
import email.utils
import itertools
import json
import logging
import time
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import structlog
from structlog.testing import capture_logs

from connector.errors import SourceUnavailable
from connector.http.call_policy import CallPolicy
from connector.http.exchange import BrokeOff, Call, Exchange, NeverSent, Reply, TimedOut
from connector.http.foreign_pages import words_of_redirect
from connector.http.neighbour import Neighbour, words_of
from connector.http.retries import retry_after
from connector.secrets.hiding import keep
from tests.odd_answers import Played

ROOMS = Exchange(
    method="GET", path="/v1/{community}/rooms", purpose="", sends="", receives="", personal_data=False
)


class Clock:
    """Notes every pause instead of waiting."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pauses: list[float] = []
        wait = asyncio.sleep

        async def note(seconds: float, *rest: Any) -> None:
            if seconds:
                self.pauses.append(seconds)
            await wait(0)

        monkeypatch.setattr("asyncio.sleep", note)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def make_neighbour(
    *answers: httpx.Response | Exception, attempts: int = 4, seen: list[Any] | None = None
) -> Neighbour:
    waiting = list(answers)

    async def answer(_: httpx.Request) -> httpx.Response:
        one = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(one, Exception):
            raise one
        return httpx.Response(one.status_code, content=one.content, headers=one.headers)

    return Neighbour(
        Played(answer),
        name="Interaxo",
        base_url="https://api.example.com/",
        exchanges=(ROOMS,),
        unavailable=SourceUnavailable,
        policy=CallPolicy(
            attempts=attempts,
            backoff_max_s=20,
            observer=(lambda *told: seen.append(told)) if seen is not None else None,
        ),
    )


async def status_of(neighbour: Neighbour, **how: Any) -> int:
    return await neighbour.call("GET", "/v1/a/rooms", read=lambda reply: reply.status, **how)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 507, 511, 520, 524, 530, 599])
async def test_passing_trouble_is_repeated(clock: Clock, status: int) -> None:
    neighbour = make_neighbour(httpx.Response(status), httpx.Response(200))
    assert await status_of(neighbour) == 200
    assert neighbour.tally.requests == 2
    assert neighbour.tally.by_status == {str(status): 1, "200": 1}


@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 410, 413, 422, 501])
async def test_every_other_answer_is_read_and_not_repeated(clock: Clock, status: int) -> None:
    neighbour = make_neighbour(httpx.Response(status))
    assert await status_of(neighbour) == status
    assert neighbour.tally.requests == 1
    assert clock.pauses == []


async def test_attempts_are_counted_and_the_last_trouble_is_told(clock: Clock) -> None:
    neighbour = make_neighbour(httpx.Response(503, json={"message": "Later", "trace_id": "T-1"}))
    with pytest.raises(
        SourceUnavailable,
        match=r"Interaxo: GET /v1/a/rooms at api\.example\.com answered 503: Later \(trace id T-1\)",
    ):
        await status_of(neighbour)
    assert neighbour.tally.requests == 4
    assert len(clock.pauses) == 3
    assert all(0 < pause <= 20 for pause in clock.pauses)


async def test_what_may_not_be_repeated_is_sent_once(clock: Clock) -> None:
    neighbour = make_neighbour(httpx.Response(503))
    with pytest.raises(SourceUnavailable):
        await status_of(neighbour, repeat=False)
    assert neighbour.tally.requests == 1


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("asked", ["7", "20", " 7 ", "7.5"])
async def test_a_pause_that_the_neighbour_asks_for_is_kept(clock: Clock, status: int, asked: str) -> None:
    neighbour = make_neighbour(httpx.Response(status, headers={"retry-after": asked}), httpx.Response(200))
    await status_of(neighbour)
    assert clock.pauses[0] == pytest.approx(float(asked))


async def test_a_pause_may_be_asked_for_as_a_date(clock: Clock) -> None:
    at = email.utils.formatdate(time.time() + 11, usegmt=True)
    await status_of(make_neighbour(httpx.Response(503, headers={"retry-after": at}), httpx.Response(200)))
    assert clock.pauses == [pytest.approx(10, abs=2)]


@pytest.mark.parametrize("hours", [-5, 5])
async def test_a_date_is_counted_by_the_clock_of_who_asks(clock: Clock, hours: int) -> None:
    theirs = time.time() + hours * 3_600
    asked = {
        name: email.utils.formatdate(at, usegmt=True)
        for name, at in [("date", theirs), ("retry-after", theirs + 11)]
    }
    await status_of(make_neighbour(httpx.Response(503, headers=asked), httpx.Response(200)))
    assert clock.pauses == [pytest.approx(11)]


ODD_PAUSES = [
    "soon", "-5", "1e3", "", "²", "١٢", "nan", "NaN", "inf", "+5", "0x10", "5 s", "1,5", "86401", "9" * 400, "1_000",
    "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 +1400", "Wed, 21 Oct 2015 07:28:00 GMT", "Fri, 99 Foo 2026 99:99:99 GMT",
    "2026-11-27T05:00:00Z", "\x00", ",", "Fri, 31 Dec 2026 23:59:59 +9999", "Thu, 01 Jan 1970 00:00:00 GMT", "None", "null",
]  # fmt: skip


@pytest.mark.parametrize("asked", ODD_PAUSES)
def test_a_pause_that_is_no_number_and_no_date_within_a_day_is_not_believed(asked: str) -> None:
    assert retry_after(asked, now=datetime(2026, 11, 26, 12, tzinfo=UTC).timestamp()) is None


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("asked", ["²", "-5", "nan", "86401"])
async def test_a_pause_that_is_not_believed_is_the_usual_one(clock: Clock, status: int, asked: str) -> None:
    answer = httpx.Response(status, headers=[(b"retry-after", asked.encode("latin-1"))])
    await status_of(make_neighbour(answer, httpx.Response(200)))
    assert 0 < clock.pauses[0] <= 2


@pytest.mark.parametrize(
    ("trouble", "words", "sent"),
    [
        (
            NeverSent("refused"),
            "cannot be reached: refused",
            False,
        ),
        (TimedOut("silence"), "did not answer in time: silence", True),
        (BrokeOff("cut"), "broke off: cut", True),
    ],
)
async def test_trouble_says_whether_the_call_may_have_arrived(
    clock: Clock, trouble: Exception, words: str, sent: bool
) -> None:
    lost: list[int] = []
    with pytest.raises(SourceUnavailable) as caught:
        await status_of(make_neighbour(trouble, attempts=2), lost=lambda: lost.append(1))
    assert words in str(caught.value)
    assert caught.value.sent is sent
    assert len(lost) == (2 if sent else 0)


async def test_an_answer_that_its_reader_finds_passing_is_repeated(clock: Clock) -> None:
    answers = iter([False, True])

    def read(reply: Reply) -> str:
        if not next(answers):
            raise SourceUnavailable("a page of HTML")
        return "good"

    neighbour = make_neighbour(httpx.Response(200))
    assert await neighbour.call("GET", "/v1/a/rooms", read=read) == "good"
    assert neighbour.tally.requests == 2


async def test_every_call_is_told_to_the_observer_by_its_template(clock: Clock) -> None:
    seen: list[Any] = []
    await status_of(make_neighbour(httpx.Response(503), httpx.Response(200), seen=seen))
    assert [told[:4] for told in seen] == [
        ("api.example.com", "GET", "/v1/{community}/rooms", "503"),
        ("api.example.com", "GET", "/v1/{community}/rooms", "200"),
    ]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/a/rooms"), ("GET", "/v1/a/b/rooms"), ("GET", "/v1//rooms"), ("GET", "/v1/a/rooms/"), ("GET", "/v1/a/rooms?x=1"),
        ("GET", "https://elsewhere/v1/a/rooms"), ("get", "/v1/a/rooms"), ("GET", "/v1/a/rooms#x"),
    ],
)  # fmt: skip
async def test_what_was_not_declared_cannot_be_sent(method: str, path: str) -> None:
    neighbour = make_neighbour(httpx.Response(200))
    with pytest.raises(RuntimeError, match="not a declared exchange"):
        await neighbour.call(method, path, read=lambda reply: reply)
    assert neighbour.tally.requests == 0


async def test_a_query_is_written_so_that_it_stays_one_value(clock: Clock) -> None:
    asked: list[str] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params["name"])
        return httpx.Response(200)

    neighbour = make_neighbour(httpx.Response(200))
    neighbour._transport = Played(answer)
    await status_of(neighbour, params={"name": "a b&c=d+e%2F/å#?"})
    assert asked == ["a b&c=d+e%2F/å#?"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"message": "No", "trace_id": "T"}', ": No (trace id T)"), (b'{"Message": "No"}', ": No"), (b'{"code": "forbidden"}', ": forbidden"),
        (b"", ""), (b"[]", ""), (b"\xff", ""), (b'{"message": null}', ""),
    ],
)  # fmt: skip
def test_a_neighbours_own_words_are_taken_where_there_are_any(body: bytes, words: str) -> None:
    assert words_of(body) == words


@pytest.mark.parametrize("odd", [b'{"message":', b'{"trace_id":', b'{"errors":[{"code":'])
def test_a_neighbours_words_may_be_nested_however_deep(odd: bytes) -> None:
    for depth in range(800, 1_050):
        words_of(odd + b"[" * depth + b"]" * depth + (b"}]}" if b"errors" in odd else b"}"))


def test_a_neighbours_words_are_cut() -> None:
    assert len(words_of(b'{"message": "' + b"x" * 5_000 + b'"}')) < 250


async def test_every_repetition_is_told_in_one_line(clock: Clock) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    with capture_logs() as events, pytest.raises(SourceUnavailable):
        await status_of(make_neighbour(NeverSent("refused"), attempts=4))
    assert [one["message"] for one in events] == [
        f"no usable answer from api.example.com, {number} of 4 tries" for number in ("2nd", "3rd", "4th")
    ]
    assert {one["event"] for one in events} == {"call.repeated"}


async def test_what_cannot_go_well_is_not_tried_again(clock: Clock) -> None:
    neighbour = make_neighbour(NeverSent("certificate not trusted", lasting=True))
    with pytest.raises(SourceUnavailable, match="certificate not trusted"):
        await status_of(neighbour)
    assert neighbour.tally.requests == 1


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"Message": "Authorization has been denied for this request."}, ": Authorization has been denied for this request"),
        ({"error": "invalid_client", "error_description": "The secret has expired."}, ": The secret has expired"),
        ({"error": "invalid_client"}, ": invalid_client"), ({"message": "two\nlines\tof words..."}, ": two lines of words"),
    ],
)  # fmt: skip
def test_a_neighbours_words_fit_into_a_sentence(said: dict[str, str], words: str) -> None:
    assert words_of(json.dumps(said).encode()) == words


PAGE = b"""\xef\xbb\xbf
<!DOCTYPE html><html><head><TITLE lang=en>Blocked &amp; logged:\n Example Firewall</TITLE></head><body>No.</body></html>"""


@pytest.mark.parametrize("status", [200, 203, 206])
async def test_a_web_page_is_no_answer_whatever_was_asked(clock: Clock, status: int) -> None:
    neighbour = make_neighbour(httpx.Response(status, content=PAGE), httpx.Response(200, content=b"[]"))
    assert await status_of(neighbour) == 200
    neighbour = make_neighbour(httpx.Response(status, content=PAGE))
    with pytest.raises(
        SourceUnavailable,
        match=rf'GET /v1/a/rooms at api\.example\.com answered {status} with a web page \("Blocked & logged: Example Firewall", '
        r"perhaps of a proxy or a firewall between\) instead of the API's answer",
    ) as caught:
        await status_of(neighbour)
    assert caught.value.sent  # nobody knows whether it went through


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            b"<html><body>No title</body></html>",
            " with a web page (perhaps of a proxy or a firewall between)",
        ),
        (b"<title>\x1b[31mred</title>", " with a web page (perhaps of a proxy or a firewall between)"),
        (
            b'<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>',
            ' with a web page ("Request has expired", perhaps of a proxy or a firewall between)',
        ),
        (b"not found", ""),
    ],
)
def test_a_page_is_told_by_its_title(body: bytes, words: str) -> None:
    assert words_of(body) == words


def test_the_title_of_a_page_tells_no_secret() -> None:
    keep(["s3cret-0f-ours"])
    assert "s3cret" not in words_of(b"<title>Denied: key s3cret-0f-ours</title>")


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("https://user:pass@sso.example.com/login?token=abc", "a redirect to sso.example.com"),
        ("/login", "a redirect"),
        ("https://[::1", "a redirect"),
        ("https://a\x1b[31m.example.com/", "a redirect"),
        ("", "a redirect"),
    ],
)
def test_a_redirect_is_told_by_its_host_alone(location: str, words: str) -> None:
    assert words_of_redirect({"location": location}) == words


def test_the_details_of_a_refusal_are_told_with_their_codes() -> None:
    body = b'{"message": "Validation failed", "trace_id": "T1", "errors": [{"code": "list.invalid_sort_field", "message": "Invalid"}]}'
    assert words_of(body) == ": Validation failed (list.invalid_sort_field Invalid) (trace id T1)"
    for odd in (b'"x"', b"[1]", b"{}", b'{"a": 1}', b"null"):
        assert words_of(b'{"message": "no", "errors": ' + odd + b"}") == ": no"


@pytest.mark.parametrize(
    ("takes_s", "order"),
    [
        (0.02, ["asked", "asked", "looked at", "asked", "looked at", "looked at"]),
        (0.001, ["asked", "looked at"] * 3),
    ],
    ids=["slow", "fast"],
)
async def test_whoever_waits_for_its_turn_asks_a_slow_host_before_an_answer_is_looked_at(
    takes_s: float, order: list[str]
) -> None:
    told: list[str] = []
    place = asyncio.Semaphore(1)
    moments = itertools.count()

    class OneAtATime(Played):
        async def fetch(self, call: Call) -> Reply:
            async with place:
                told.append("asked")
                await asyncio.sleep(0)
            return Reply(200, b"[]", {})

    neighbour = Neighbour(
        OneAtATime(lambda _: httpx.Response(200)),
        name="Interaxo",
        base_url="https://ix.example.com",
        exchanges=(ROOMS,),
        unavailable=SourceUnavailable,
        policy=CallPolicy(attempts=1, backoff_max_s=0, now=lambda: next(moments) * takes_s),
    )

    def look(_: Reply) -> None:
        told.append("looked at")

    await asyncio.gather(*(neighbour.call("GET", "/v1/a/rooms", read=look) for _ in range(3)))
    assert told == order
