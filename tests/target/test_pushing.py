"""Documents that are pushed: answers that are none, refusals, batches that are halved."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from connector.errors import TargetRefused
from connector.http.exchange import NeverSent, TimedOut
from tests.target.played_intranet import (
    BASE,
    NOT_THE_API,
    PASSING,
    Answer,
    Intranet,
    accept,
    batch,
    make_client,
)

pytestmark = pytest.mark.usefixtures("no_waiting")


def refuse_if(too_large: Callable[[list[str]], bool], status: int) -> Answer:
    def answer(request: httpx.Request) -> httpx.Response:
        ids = [one["GloballyUniqueId"] for one in json.loads(request.content)]
        return httpx.Response(status, json={"Message": "No"}) if too_large(ids) else accept(request)

    return answer


async def test_a_push_carries_key_and_tenant_and_one_array() -> None:
    intranet = Intranet(accept)
    told = await make_client(intranet).push(batch("ix-1", "ix-2"))
    assert told.accepted == ["ix-1", "ix-2"]
    request = intranet.requests[0]
    assert request.method == "PUT"
    assert request.url == f"{BASE}/api/search/connector/47/docs/addupdate"
    assert request.headers["x-apikey"] == "key-1"
    assert request.headers["x-tenant"] == "tenant-1"
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert [one["GloballyUniqueId"] for one in json.loads(request.content)] == ["ix-1", "ix-2"]


async def test_a_document_twice_in_one_batch_is_a_bug() -> None:
    with pytest.raises(RuntimeError, match="twice"):
        await make_client(Intranet(accept)).push(batch("ix-1", "ix-1"))


@pytest.mark.parametrize("answer", NOT_THE_API.values(), ids=NOT_THE_API)
async def test_a_200_that_is_not_the_apis_is_no_answer(answer: httpx.Response) -> None:
    intranet, lost = Intranet(answer), []
    told = await make_client(intranet).push(batch("ix-1", "ix-2"), lost=lambda: lost.append(1))
    assert (told.accepted, told.refused, told.unanswered) == ([], {}, ["ix-1", "ix-2"])
    assert "the API's answer" in told.words
    assert len(lost) == sum(one.method == "PUT" for one in intranet.requests) == 3


@pytest.mark.parametrize("trouble", PASSING.values(), ids=PASSING)
async def test_a_push_is_repeated_after_passing_trouble(trouble: httpx.Response | Exception) -> None:
    intranet, lost = Intranet(trouble, accept), []
    told = await make_client(intranet).push(batch("ix-1"), lost=lambda: lost.append(1))
    assert told.accepted == ["ix-1"]
    # what was turned away at the door (429) cannot take effect late
    turned_away = isinstance(trouble, httpx.Response) and trouble.status_code == 429
    assert (len(intranet.requests), len(lost)) == (2, 0 if turned_away else 1)


async def test_a_call_that_never_left_is_not_lost() -> None:
    lost: list[int] = []
    told = await make_client(Intranet(NeverSent("refused"))).push(batch("ix-1"), lost=lambda: lost.append(1))
    assert told.unanswered == ["ix-1"]
    assert "cannot be reached" in told.words
    assert told.is_cut_off
    assert not lost


async def test_a_push_is_not_cut_off_where_an_attempt_before_it_may_have_arrived() -> None:
    told = await make_client(Intranet(TimedOut("no answer"), NeverSent("refused"))).push(batch("ix-1"))
    assert (told.unanswered, told.is_cut_off) == (["ix-1"], False)


@pytest.mark.parametrize(
    ("status", "settings"),
    [(401, ["api_key"]), (403, ["api_key", "tenant"]), (404, ["app_id", "base_url"])],
)
async def test_a_refusal_names_the_setting_to_mend_and_is_not_repeated(
    status: int, settings: list[str]
) -> None:
    intranet = Intranet(httpx.Response(status, json={"Message": "Denied"}))
    client = make_client(intranet)
    for call in (
        client.push(batch("ix-1")),
        client.delete(["ix-1"]),
        client.state("ix-1"),
        client.end_session(),
    ):
        with pytest.raises(TargetRefused) as caught:
            await call
        assert all(f"targets.intranet.{setting}" in str(caught.value) for setting in settings)
        assert "key-1" not in str(caught.value)
    # a 404 of a delete may also speak of its id; whether that exists is asked once
    assert len(intranet.requests) == (5 if status == 404 else 4)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_refused_and_the_key_stays(status: int) -> None:
    intranet = Intranet(httpx.Response(status, headers={"location": "https://elsewhere.example.com/"}))
    with pytest.raises(TargetRefused, match="redirect"):
        await make_client(intranet).push(batch("ix-1"))
    assert [request.url.host for request in intranet.requests] == ["api.example.com"]


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_batch_that_one_document_spoils_is_halved_down_to_it(status: int) -> None:
    intranet = Intranet(refuse_if(lambda ids: "ix-3" in ids, status))
    told = await make_client(intranet).push(batch(*(f"ix-{n}" for n in range(8))))
    assert sorted(told.accepted) == [f"ix-{n}" for n in range(8) if n != 3]
    assert told.refused == {"ix-3": f"HTTP {status}: No"}
    assert not told.unanswered
    assert len(intranet.requests) == 7


async def test_what_was_taken_of_a_batch_is_told_although_the_key_is_refused_then() -> None:
    intranet = Intranet(httpx.Response(413), accept, httpx.Response(401))
    told = await make_client(intranet).push(batch("ix-1", "ix-2", "ix-3", "ix-4"))
    assert told.accepted == ["ix-1", "ix-2"]
    assert told.unanswered == ["ix-3", "ix-4"]


async def test_a_batch_that_is_only_too_long_goes_through_in_parts() -> None:
    intranet = Intranet(refuse_if(lambda ids: len(ids) > 2, 413))
    told = await make_client(intranet).push(batch(*(f"ix-{n}" for n in range(7))))
    assert sorted(told.accepted) == [f"ix-{n}" for n in range(7)]
    assert not told.refused


async def test_a_half_that_gets_no_answer_is_unanswered_and_the_other_stands() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        ids = [one["GloballyUniqueId"] for one in json.loads(request.content)]
        if len(ids) == 4:
            return httpx.Response(413)
        return httpx.Response(503) if "ix-0" in ids else accept(request)

    told = await make_client(Intranet(answer)).push(batch("ix-0", "ix-1", "ix-2", "ix-3"))
    assert told.accepted == ["ix-2", "ix-3"]
    assert told.unanswered == ["ix-0", "ix-1"]
    assert "503" in told.words


async def test_a_key_that_is_refused_before_anything_was_taken_is_told() -> None:
    with pytest.raises(TargetRefused, match="api_key"):
        await make_client(Intranet(httpx.Response(413), httpx.Response(413), httpx.Response(401))).push(
            batch("ix-1", "ix-2")
        )
