"""The wire: what a client sees of each broken call, and what reached the neighbour."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from connector.sandbox import faults
from connector.sandbox.faults import Call, Fault, Late, Latency, Redirect, Status, Truncated, Wire
from connector.sandbox.interact import InteractWorld
from connector.sandbox.interact_http import InteractApp
from connector.sandbox.interaxo import InteraxoWorld
from connector.sandbox.interaxo_http import InteraxoApp
from connector.sandbox.server import serve

BODY = [{"GloballyUniqueId": "a", "DocTypeName": "t", "Title": "t", "Url": "https://x.example.com"}]


async def push(connector: httpx.AsyncClient) -> httpx.Response:
    return await connector.put("docs/addupdate", json=BODY, timeout=0.2)


async def test_calls_of_all_servers_are_counted_in_order(wire: Wire) -> None:
    async with (
        serve(InteraxoApp(InteraxoWorld()), wire) as first,
        serve(InteractApp(InteractWorld()), wire) as second,
        httpx.AsyncClient(verify=False) as client,
    ):
        await client.get(f"{first}/v1/communities?limit=1")
        await client.get(f"{second}/people")
    assert wire.calls == [
        Call(1, "interaxo", "GET", "/v1/communities", "limit=1", None, 401),
        Call(2, "interact", "GET", "/people", "", None, 200),
    ]


@pytest.mark.parametrize("after", [False, True])
async def test_reset_comes_before_or_after_the_effect(
    connector: httpx.AsyncClient, intranet: InteractWorld, wire: Wire, after: bool
) -> None:
    wire.break_at(1, faults.RESET_AFTER if after else faults.RESET_BEFORE)
    with pytest.raises((httpx.ReadError, httpx.WriteError)) as caught:
        await push(connector)
    error: BaseException | None = caught.value
    while error is not None and not isinstance(error, ConnectionResetError):
        error = error.__cause__ or error.__context__
    assert isinstance(error, ConnectionResetError)
    assert ("a" in intranet.documents) is after
    assert (await push(connector)).status_code == 200


@pytest.mark.parametrize("after", [False, True])
async def test_silence_lasts_until_the_client_gives_up(
    connector: httpx.AsyncClient, intranet: InteractWorld, wire: Wire, after: bool
) -> None:
    wire.break_at(1, faults.TIMEOUT_AFTER if after else faults.TIMEOUT_BEFORE)
    with pytest.raises(httpx.ReadTimeout):
        await push(connector)
    assert ("a" in intranet.documents) is after


@pytest.mark.parametrize("retry_after", [3, "Wed, 21 Oct 2026 07:28:00 GMT", None])
async def test_status_refuses_without_effect(
    connector: httpx.AsyncClient, intranet: InteractWorld, wire: Wire, retry_after: int | str | None
) -> None:
    wire.break_at(1, Status(429, retry_after))
    answer = await push(connector)
    assert answer.status_code == 429
    assert answer.headers.get("retry-after") == (None if retry_after is None else str(retry_after))
    assert answer.json()["Message"]
    wire.break_at(2, Status(502, page=True))
    assert (await push(connector)).text.startswith("<!DOCTYPE html>")
    assert intranet.documents == {}


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "unauthorized"), (403, "forbidden"), (404, "not_found"), (500, "unexpected_error")],
)
async def test_status_of_interaxo_has_the_vendors_object(
    api: httpx.AsyncClient, wire: Wire, status: int, code: str
) -> None:
    wire.break_at(1, Status(status))
    answer = await api.get("")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_cut_body_is_a_protocol_error_after_the_effect(
    connector: httpx.AsyncClient, intranet: InteractWorld, wire: Wire
) -> None:
    wire.break_at(1, faults.TRUNCATED)
    with pytest.raises(httpx.RemoteProtocolError):
        await push(connector)
    assert "a" in intranet.documents
    assert (await push(connector)).status_code == 200


async def test_cut_json_is_valid_http(connector: httpx.AsyncClient, wire: Wire) -> None:
    wire.break_at(1, faults.CUT_JSON)
    wire.break_at(2, Truncated(keep=0.0, valid_http=True))
    answer = await push(connector)
    assert answer.status_code == 200
    assert answer.text.startswith('{"HasErrors"')
    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
        answer.json()
    assert (await push(connector)).content == b""


async def test_bodies_with_200_lie_without_effect(
    connector: httpx.AsyncClient, intranet: InteractWorld, wire: Wire
) -> None:
    for number, how in enumerate((faults.HTML_200, faults.EMPTY_200, faults.LIST_200), 1):
        wire.break_at(number, how)
    answers = [await push(connector) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[0].headers["content-type"].startswith("text/html")
    assert [answer.content for answer in answers[1:]] == [b"", b"[]"]
    assert intranet.documents == {}


async def test_redirect_leads_elsewhere(connector: httpx.AsyncClient, wire: Wire) -> None:
    wire.break_at(1, faults.REDIRECT)
    wire.break_at(2, Redirect("https://login.example.com/"))
    assert (await push(connector)).headers["location"] == str(connector.base_url.join("/elsewhere"))
    assert (await push(connector)).headers["location"] == "https://login.example.com/"


async def test_late_call_takes_effect_when_told_to(
    connector: httpx.AsyncClient, intranet: InteractWorld, wire: Wire
) -> None:
    wire.break_at(1, faults.LATE)
    with pytest.raises((httpx.ReadError, httpx.WriteError)):
        await push(connector)
    await connector.put("docs/delete", json=["a"])
    assert (wire.late_calls, intranet.documents) == (1, {})
    assert await wire.run_late() == 1
    assert "a" in intranet.documents
    assert await wire.run_late() == 0


async def test_late_call_can_take_effect_by_itself(
    connector: httpx.AsyncClient, intranet: InteractWorld, wire: Wire
) -> None:
    happened = asyncio.Event()
    begin = intranet.begin_documents

    def begin_and_tell() -> None:
        begin()
        happened.set()

    intranet.begin_documents = begin_and_tell  # type: ignore[method-assign]
    wire.break_at(1, Late(after_s=0.01))
    with pytest.raises(httpx.ReadError):
        await connector.put("docs/beginsyncsession")
    await asyncio.wait_for(happened.wait(), 2)


async def test_latency_delays_the_answer(connector: httpx.AsyncClient, wire: Wire) -> None:
    wire.break_at(1, Latency(0.01))
    wire.break_at(2, Latency(60))
    assert (await push(connector)).status_code == 200
    with pytest.raises(httpx.ReadTimeout):
        await push(connector)


async def test_fault_matches_by_glob_or_function_and_counts(connector: httpx.AsyncClient, wire: Wire) -> None:
    wire.add(Fault("PUT */docs/addupdate", Status(500), times=2))
    wire.add(Fault(lambda call: "docId=b" in call.query, Status(503), times=None))
    assert [(await push(connector)).status_code for _ in range(3)] == [500, 500, 200]
    states = [await connector.get(f"docs/state?docId={key}") for key in "abb"]
    assert [answer.status_code for answer in states] == [200, 503, 503]
    assert [fault.hits for fault in wire.faults] == [2, 2]
    assert [call.how is None for call in wire.calls] == [False, False, True, True, False, False]
    wire.clear()
    assert (await push(connector)).status_code == 200
    assert wire.calls[0].number == 1


async def test_broken_upload_of_a_large_body_breaks_only_its_connection(
    connector: httpx.AsyncClient, wire: Wire
) -> None:
    large = [BODY[0] | {"FileContents": "x" * 3_000_000}]
    wire.break_at(1, faults.RESET_BEFORE)
    wire.break_at(2, Status(429, 1))
    with pytest.raises((httpx.ReadError, httpx.WriteError)):
        await connector.put("docs/addupdate", json=large)
    assert (await connector.put("docs/addupdate", json=large)).status_code == 429
    assert (await connector.put("docs/addupdate", json=large)).status_code == 200
