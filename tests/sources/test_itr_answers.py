"""Odd answers to an account of ITR, over the very transport that production uses; respx plays the server."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import respx

from connector.errors import SourceUnavailable
from connector.http.call_policy import CallPolicy
from connector.http.httpx_transport import HttpxTransport, open_for_latin
from connector.http.network import Network
from connector.sources.itr.account import Account
from connector.sources.itr.calls import PAUSE_S
from connector.sources.itr.credentials import Credentials
from tests.sources.itr_samples import sample

BASE = "https://itr.example.com/api"
NAMED = {
    "/login": "login_ok",
    "/logins/currentuser": "currentuser",
    "/companies/currentcompany": "currentcompany",
}
MARK = b"\xef\xbb\xbf"
TOO_MANY = b"<!DOCTYPE HTML>\n<title>429 Too Many Requests</title>\n<p>20 per 1 second</p>\n"


@pytest.fixture
async def transport() -> AsyncIterator[HttpxTransport]:
    async with open_for_latin(4, 5, Network(proxy="none")) as opened:
        yield opened


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url=BASE, assert_all_called=False) as router:
        for path, name in NAMED.items():
            router.get(path).respond(200, content=sample(name).body)
        yield router


class Slept:
    """Notes pauses instead of waiting."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.pauses.append(seconds)


def make_account(transport: HttpxTransport, slept: Slept, attempts: int = 3) -> Account:
    return Account(
        transport,
        source="itr",
        base_url=BASE,
        credentials=Credentials(user_id="jürgen", password="wörd-of-test", totp_secret="", company_id=""),
        calls_per_s=5_000,
        policy=CallPolicy(attempts=attempts, backoff_max_s=60, sleep=slept),
    )


@pytest.mark.parametrize(
    "troubles",
    [
        [httpx.Response(429, content=TOO_MANY)] * 8,
        [httpx.Response(429, headers=[(b"retry-after", b"\xb2")])],
        [httpx.Response(503), httpx.Response(502)],
        [httpx.ReadError("cut"), httpx.ReadTimeout("silence")],
        [httpx.ConnectError("refused"), httpx.ConnectTimeout("nobody")],
        [httpx.Response(200, content=b"500 error")],
    ],
    ids=["eight refusals", "an odd pause", "a gateway", "broken", "not there", "its own word for failure"],
)  # fmt: skip
async def test_passing_trouble_of_the_sign_in_passes(
    transport: HttpxTransport, server: respx.MockRouter, troubles: list[httpx.Response | Exception]
) -> None:
    good = httpx.Response(200, content=sample("login_ok").body)
    server.get("/login").mock(side_effect=[*troubles, good])
    slept = Slept()
    await make_account(transport, slept).open()
    assert len([pause for pause in slept.pauses if pause >= PAUSE_S]) >= len(troubles)


async def test_a_mark_before_an_answer_is_no_part_of_it(
    transport: HttpxTransport, server: respx.MockRouter
) -> None:
    for path, name in NAMED.items():
        server.get(path).respond(200, content=MARK + sample(name).body)
    account = make_account(transport, Slept())
    await account.open()
    assert account.company_name


@pytest.mark.parametrize("missing", [1, 8, 40])
async def test_half_a_packed_answer_is_no_answer(
    transport: HttpxTransport, server: respx.MockRouter, missing: int
) -> None:
    packed = gzip.compress(sample("currentuser").body)[:-missing]
    server.get("/logins/currentuser").mock(
        side_effect=lambda _: httpx.Response(
            200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(packed)
        )
    )
    with pytest.raises(SourceUnavailable, match="ended before its compression did"):
        await make_account(transport, Slept()).open()


async def test_names_and_words_in_latin_letters_go_out_as_they_are(
    transport: HttpxTransport, server: respx.MockRouter
) -> None:
    await make_account(transport, Slept()).open()
    sent = server.calls[0].request.headers.raw
    assert (b"UserID", "jürgen".encode("latin-1")) in sent
