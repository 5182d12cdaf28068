"""The client of Interact over real sockets: no call is repeated unseen, or made that is not declared."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from connector.errors import TargetRefused, TargetUnavailable
from connector.http.aiohttp_transport import open_for_writing
from connector.sandbox.faults import HTML_200, REDIRECT, RESET_AFTER, TIMEOUT_AFTER, Wire
from connector.sandbox.interact import InteractWorld, Refusal
from connector.sandbox.interact_http import InteractApp
from connector.sandbox.server import serve
from tests.target.played_intranet import Intranet, batch, client_of, make_client

pytestmark = pytest.mark.usefixtures("no_waiting")


@pytest.mark.parametrize("how", [RESET_AFTER, TIMEOUT_AFTER, HTML_200], ids=lambda how: type(how).__name__)
async def test_no_transport_repeats_a_call_unseen(how: Any) -> None:
    world, wire = InteractWorld(), Wire()
    async with serve(InteractApp(world), wire) as url, open_for_writing(2, timeout_s=0.3) as http:
        client = client_of(world, url, http, attempts=1)
        await client.push(batch("ix-0"))  # the connection is warm now: the kind that is silently retried
        wire.break_at(2, how)
        told = await client.push(batch("ix-1"))
        assert told.unanswered == ["ix-1"]
        assert len(wire.calls) == 2
        wire.break_at(3, how)
        with pytest.raises(TargetUnavailable):
            await client.delete(["ix-1"])
        assert len(wire.calls) == 3


async def test_no_transport_follows_a_redirect() -> None:
    world, wire = InteractWorld(), Wire()
    async with serve(InteractApp(world), wire) as url, open_for_writing(2, timeout_s=3) as http:
        wire.break_at(1, REDIRECT)
        with pytest.raises(TargetRefused, match="redirect"):
            await client_of(world, url, http).push(batch("ix-0"))
    assert len(wire.calls) == 1


async def test_a_document_that_interact_refuses_is_told_and_the_others_are_taken() -> None:
    world = InteractWorld()
    world.switches.refuse.append(Refusal("ix-1", code=6))
    async with serve(InteractApp(world)) as url, open_for_writing(4, 30) as http:
        told = await client_of(world, url, http).push(batch("ix-0", "ix-1", "ix-2"))
    assert told.accepted == ["ix-0", "ix-2"]
    assert told.refused == {"ix-1": "code 6, a number facet has no value"}


async def test_only_declared_calls_can_be_made() -> None:
    intranet = Intranet(httpx.Response(200))
    client = make_client(intranet)
    base = "/api/search/connector/47"
    for method, path in [
        ("PUT", f"{base}/docs/everything"),
        ("DELETE", f"{base}/docs/delete"),
        ("GET", f"{base}/docs/addupdate"),
        ("PUT", "/api/searchapp/47/document"),
        ("PUT", f"{base}/docs/delete/../addupdate"),
    ]:
        with pytest.raises(RuntimeError, match="not a declared exchange"):
            await client.neighbour.call(method, path, read=lambda reply: reply)
    assert not intranet.requests


async def test_people_who_were_taken_before_the_key_was_refused_are_remembered() -> None:
    records = [(f"ix-user-{n}", f"p{n}@example.com", ["a"]) for n in range(4)]
    answers = [
        httpx.Response(413),
        httpx.Response(200, json={"HasErrors": False, "Added": ["ix-user-0", "ix-user-1"]}),
        httpx.Response(401),
    ]
    told = await make_client(Intranet(*answers)).push_people(records)
    assert told.accepted == ["ix-user-0", "ix-user-1"]
    assert told.unanswered == ["ix-user-2", "ix-user-3"]
