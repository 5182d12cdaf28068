"""Removals by id, and what the intranet keeps beside a document."""

from __future__ import annotations

import json

import httpx
import pytest

from connector.errors import RemovalsRefused, TargetRefused, TargetUnavailable
from connector.http.aiohttp_transport import open_for_writing
from connector.ports.target import Stamp
from connector.sandbox.interact import InteractWorld
from connector.sandbox.interact_http import InteractApp
from connector.sandbox.server import serve
from tests.builders import make_rendered
from tests.target.played_intranet import DONE, HTML, NOT_THE_API, Intranet, batch, client_of, make_client

pytestmark = pytest.mark.usefixtures("no_waiting")


@pytest.mark.parametrize("answer", DONE.values(), ids=DONE)
async def test_a_delete_sends_ids_and_takes_any_plain_200(answer: httpx.Response) -> None:
    intranet = Intranet(answer)
    await make_client(intranet).delete(["ix-1", "ix-2"])
    assert intranet.calls == ["PUT delete"]
    assert json.loads(intranet.requests[0].content) == ["ix-1", "ix-2"]


@pytest.mark.parametrize(
    "answer",
    [
        NOT_THE_API["a web page"],
        httpx.Response(200, text=" <p>"),
        httpx.Response(200, text="Sign in", headers=HTML),
        httpx.Response(503),
        *(httpx.Response(status) for status in (201, 202, 204)),  # the page of the vendor names 200 alone
    ],
)
async def test_a_delete_without_a_clean_200_is_not_believed(answer: httpx.Response) -> None:
    lost: list[int] = []
    with pytest.raises(TargetUnavailable):
        await make_client(Intranet(answer)).delete(["ix-1"], lost=lambda: lost.append(1))
    assert len(lost) == 3


async def test_a_removal_that_is_refused_is_told_and_all_others_are_done() -> None:
    removed: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"DocExists": True})
        ids = json.loads(request.content)
        if {"ix-3", "ix-6"} & {*ids}:
            return httpx.Response(400)
        removed.extend(ids)
        return httpx.Response(200)

    for delete in (make_client(Intranet(answer)).delete, make_client(Intranet(answer)).delete_people):
        removed.clear()
        with pytest.raises(RemovalsRefused) as told:
            await delete([f"ix-{number}" for number in range(9)])
        assert told.value.refused == dict.fromkeys(["ix-3", "ix-6"], "HTTP 400")
        assert removed == [f"ix-{number}" for number in range(9) if number not in (3, 6)]


async def test_removals_of_which_each_is_refused_need_a_person() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return (
            httpx.Response(200, json={"DocExists": True}) if request.method == "GET" else httpx.Response(400)
        )

    for intranet in (Intranet(answer), Intranet(answer)):
        with pytest.raises(TargetRefused, match="refused every one of 10 removals"):
            await make_client(intranet).delete([f"ix-{number}" for number in range(50)])
        assert len(intranet.calls) < 50


@pytest.mark.parametrize("taken", ["removed", "gone before"])
async def test_many_refused_removals_keep_no_other_from_being_done(taken: str) -> None:
    """`taken` stands for the first one, before more than ten are refused."""
    there = {f"ix-{number:02}" for number in range(1, 12)}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"DocExists": request.url.params["docId"] in there})
        ids = json.loads(request.content)
        return httpx.Response(200 if ids == ["ix-00"] and taken == "removed" else 400)

    with pytest.raises(RemovalsRefused) as told:
        await make_client(Intranet(answer)).delete(["ix-00", *sorted(there)])
    assert told.value.refused.keys() == there


@pytest.mark.parametrize("of", ["delete", "delete_people"])
async def test_a_removal_at_a_connector_that_does_not_exist_needs_a_person(of: str) -> None:
    client = make_client(Intranet(lambda _: httpx.Response(404)))
    with pytest.raises(TargetRefused, match="app_id"):
        await getattr(client, of)(["ix-1", "ix-2"])


@pytest.mark.parametrize("errors", [{"HasErrors": True}, {"Errors": [{"GloballyUniqueId": "ix-1"}]}])
async def test_a_delete_that_names_errors_is_not_taken_for_done(errors: dict[str, object]) -> None:
    """A 200 is not success: what is there still is asked for, one by one."""
    there = {"ix-2"}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"DocExists": request.url.params["docId"] in there})
        return httpx.Response(200, json=errors)

    await make_client(Intranet(answer)).delete(["ix-1"])
    with pytest.raises(RemovalsRefused) as told:
        await make_client(Intranet(answer)).delete(["ix-1", "ix-2"])
    assert told.value.refused.keys() == {"ix-2"}
    with pytest.raises(RemovalsRefused):
        await make_client(Intranet(answer)).delete_people(["person-1"])


@pytest.mark.parametrize("status", [400, 404])
async def test_an_unknown_id_is_gone_whatever_a_delete_answers_to_it(status: int) -> None:
    world = InteractWorld()
    world.switches.delete_unknown_status = status
    async with serve(InteractApp(world)) as url, open_for_writing(4, 30) as http:
        client = client_of(world, url, http)
        await client.push(batch("ix-0", "ix-1", "ix-2"))
        await client.delete(["ix-0", "ix-gone", "ix-1"])
        assert set(world.documents) == {"ix-2"}


async def test_a_delete_that_is_too_long_goes_through_in_parts() -> None:
    removed: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        ids = json.loads(request.content)
        if len(ids) > 2:
            return httpx.Response(413)
        removed.extend(ids)
        return httpx.Response(200)

    await make_client(Intranet(answer)).delete([f"ix-{n}" for n in range(7)])
    assert removed == [f"ix-{n}" for n in range(7)]


async def test_a_state_reads_back_what_was_noted() -> None:
    world = InteractWorld()
    async with serve(InteractApp(world)) as url, open_for_writing(4, 30) as http:
        client = client_of(world, url, http)
        stamp = Stamp(version=b"v", ledger="01J", run=7, count=19)
        await client.push([(make_rendered(id="ix-1"), stamp)])
        state = await client.state("ix-1")
        assert (state.exists, state.ledger, state.run, state.count) == (True, "01J", 7, 19)
        assert state.fingerprint == make_rendered(id="ix-1").fingerprint.hex()
        assert not (await client.state("ix-none")).exists
        world.documents["ix-1"].state = "a token of somebody else"
        assert await client.state("ix-1") == type(state)(exists=True)


async def test_a_state_that_is_not_the_apis_is_trouble() -> None:
    for answer in NOT_THE_API.values():
        with pytest.raises(TargetUnavailable):
            await make_client(Intranet(answer)).state("ix-1")
