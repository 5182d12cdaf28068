"""Sessions of documents and of people: a begin is repeated until a clean 200, an end never."""

from __future__ import annotations

import httpx
import pytest

from connector.errors import TargetRefused, TargetUnavailable
from connector.http.exchange import TimedOut
from tests.odd_answers import Played
from tests.target.played_intranet import DONE, NOT_THE_API, PASSING, Intranet, make_client

pytestmark = pytest.mark.usefixtures("no_waiting")


async def test_a_begin_is_repeated_until_a_clean_200_and_every_loss_is_told() -> None:
    intranet = Intranet(httpx.Response(503), NOT_THE_API["a web page"], httpx.Response(200))
    lost: list[int] = []
    played = Played(intranet)
    await make_client(played).begin_session(lost=lambda: lost.append(1))
    assert intranet.calls == ["PUT beginsyncsession"] * 3
    assert len(lost) == 2
    request = intranet.requests[0]
    assert request.content == b""
    assert request.headers["content-length"] == "0"
    assert played.timeouts == [600.0] * 3
    assert played.fresh == [True] * 3


@pytest.mark.parametrize("answer", DONE.values(), ids=DONE)
async def test_a_begin_takes_any_plain_200(answer: httpx.Response) -> None:
    intranet, lost = Intranet(answer), []
    client = make_client(intranet)
    for begin in (client.begin_session, client.begin_people):
        await begin(lost=lambda: lost.append(1))
    assert intranet.calls == ["PUT beginsyncsession"] * 2
    assert not lost


async def test_a_begin_that_never_comes_through_is_given_up_after_its_attempts() -> None:
    intranet, lost = Intranet(TimedOut("no answer")), []
    with pytest.raises(TargetUnavailable, match="did not answer in time"):
        await make_client(intranet).begin_session(lost=lambda: lost.append(1))
    assert len(intranet.requests) == len(lost) == 3


@pytest.mark.parametrize("answer", [*NOT_THE_API.values(), *PASSING.values()], ids=[*NOT_THE_API, *PASSING])
async def test_an_end_is_never_repeated(answer: httpx.Response | Exception) -> None:
    intranet = Intranet(answer)
    with pytest.raises(TargetUnavailable):
        await make_client(intranet).end_session()
    assert intranet.calls == ["PUT endsyncsession"]


@pytest.mark.parametrize("status", [400, 413])
async def test_a_begin_or_end_that_is_refused_is_told_as_such(status: int) -> None:
    client = make_client(Intranet(httpx.Response(status, json={"Message": "No session"})))
    for begin in (client.begin_session, client.begin_people):
        with pytest.raises(TargetRefused, match=r"refused to begin .* session.*No session"):
            await begin(lost=lambda: None)
    for end in (client.end_session, client.end_people):
        with pytest.raises(TargetRefused, match=r"refused to end .* session.*No session"):
            await end()


async def test_an_end_says_how_many_were_removed() -> None:
    intranet = Intranet(httpx.Response(200, json={"Deleted": 3}))
    played = Played(intranet)
    assert await make_client(played).end_session() == 3
    assert played.timeouts == [600.0]
    assert played.fresh == [True]


async def test_the_session_of_people_follows_the_rules_of_that_of_documents() -> None:
    intranet, lost = Intranet(httpx.Response(503), httpx.Response(200)), []
    await make_client(intranet).begin_people(lost=lambda: lost.append(1))
    assert (len(intranet.requests), len(lost)) == (2, 1)
    intranet = Intranet(httpx.Response(503))
    with pytest.raises(TargetUnavailable):
        await make_client(intranet).end_people()
    assert [request.url.path for request in intranet.requests] == [
        "/api/search/connector/47/users/endsyncsession"
    ]
    assert await make_client(Intranet(httpx.Response(200, json={"Deleted": 2}))).end_people() == 2
