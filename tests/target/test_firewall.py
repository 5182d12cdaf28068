"""A firewall before the intranet: what it takes for an attack costs itself only."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from connector.document.document import Rendered
from connector.errors import TargetRefused
from connector.ports.target import Stamp
from tests.builders import make_rendered
from tests.target.played_intranet import HTML, Answer, Intranet, accept, batch, make_client

pytestmark = pytest.mark.usefixtures("no_waiting")

BLOCKED = b"<html><head><title>Request blocked (4711)</title></head></html>"
TAKEN_FOR_AN_ATTACK = "' OR 1=1; <script>"


def firewall(status: int, *, blocks: Callable[[httpx.Request], bool]) -> Answer:
    """The page of a firewall for what it takes for an attack; everything else reaches Interact."""

    def answer(request: httpx.Request) -> httpx.Response:
        if blocks(request):
            return httpx.Response(status, content=BLOCKED, headers=HTML)
        return httpx.Response(200, json={"DocExists": False}) if request.method == "GET" else accept(request)

    return answer


def attacks(request: httpx.Request) -> bool:
    return TAKEN_FOR_AN_ATTACK in request.content.decode()


def writes(request: httpx.Request) -> bool:
    return request.method == "PUT"


def batch_with(text: str, *names: str) -> list[tuple[Rendered, Stamp]]:
    return [(make_rendered(id=name, text=text), Stamp(version=b"v")) for name in names]


@pytest.mark.parametrize(("status", "others"), [(403, 7), (404, 7), (406, 7), (200, 7), (403, 0), (406, 0)])
async def test_a_document_that_a_firewall_takes_for_an_attack_is_refused_alone(
    status: int, others: int
) -> None:
    names = [f"ix-{n}" for n in range(others)]
    client = make_client(Intranet(firewall(status, blocks=attacks)))
    told = await client.push([*batch(*names), *batch_with(TAKEN_FOR_AN_ATTACK, "ix-odd")])
    assert sorted(told.accepted) == names
    assert told.unanswered == []
    assert list(told.refused) == ["ix-odd"]
    assert f'answered {status} with a web page ("Request blocked (4711)"' in told.refused["ix-odd"]
    # so that it is tried without its text
    assert (await client.push(batch_with("", "ix-odd"))).accepted == ["ix-odd"]


async def test_however_many_documents_a_firewall_takes_for_attacks_the_others_go_through() -> None:
    names = [f"ix-{n:02}" for n in range(40)]
    sent = [
        (batch_with(TAKEN_FOR_AN_ATTACK, one) if n % 4 == 3 else batch(one))[0] for n, one in enumerate(names)
    ]
    told = await make_client(Intranet(firewall(403, blocks=attacks))).push(sent)
    assert (len(told.accepted), sorted(told.refused), told.unanswered) == (30, names[3::4], [])


@pytest.mark.parametrize(("status", "of"), [(503, 4), (503, 1), (403, 1)])
async def test_of_many_documents_without_an_answer_a_few_are_tried_and_each_is_told_once(
    status: int, of: int
) -> None:
    names = [f"ix-{n:02}" for n in range(64)]
    silent = {*names[of - 1 :: of]}

    def ids_in(request: httpx.Request) -> list[str]:
        return [one["GloballyUniqueId"] for one in json.loads(request.content or b"[]")]

    intranet = Intranet(firewall(status, blocks=lambda request: not silent.isdisjoint(ids_in(request))))
    told = await make_client(intranet).push(batch(*names))
    assert sorted([*told.accepted, *told.unanswered]) == names
    assert silent.isdisjoint(told.accepted)
    assert len(intranet.requests) < 40
    calls = map(ids_in, intranet.requests)
    taken = [one for ids in calls if silent.isdisjoint(ids) for one in ids]
    assert sorted(taken) == sorted(told.accepted)  # nothing goes out again that was taken


async def test_a_firewall_that_lets_no_write_through_refuses_no_document() -> None:
    told = await make_client(Intranet(firewall(403, blocks=writes))).push(
        batch(*(f"ix-{n}" for n in range(8)))
    )
    assert (told.accepted, told.refused, len(told.unanswered)) == ([], {}, 8)
    assert 'answered 403 with a web page ("Request blocked (4711)"' in told.words


@pytest.mark.parametrize(("status", "key"), [(403, "api_key"), (404, "app_id")])
async def test_a_firewall_that_lets_nothing_through_is_told_with_the_settings(status: int, key: str) -> None:
    client = make_client(Intranet(firewall(status, blocks=lambda _: True)))
    with pytest.raises(
        TargetRefused, match=rf'{status}.*"Request blocked \(4711\)".*targets\.intranet\.{key}'
    ):
        await client.push(batch("ix-1", "ix-2"))


@pytest.mark.parametrize("status", [502, 504, 200])
async def test_a_page_that_may_pass_refuses_no_single_document(status: int) -> None:
    told = await make_client(Intranet(firewall(status, blocks=attacks))).push(
        batch_with(TAKEN_FOR_AN_ATTACK, "ix-1")
    )
    assert (told.refused, told.unanswered) == ({}, ["ix-1"])


def takes_people(request: httpx.Request) -> httpx.Response:
    ids = [one["GloballyUniqueId"] for one in json.loads(request.content)]
    return httpx.Response(200, json={"HasErrors": False, "Errors": [], "Updated": ids})


def people_behind(blocks: Callable[[httpx.Request], bool]) -> Intranet:
    """Behind a firewall that answers with its page."""

    def answer(request: httpx.Request) -> httpx.Response:
        if blocks(request):
            return httpx.Response(403, content=BLOCKED, headers=HTML)
        return (
            httpx.Response(200, json={"DocExists": False})
            if request.method == "GET"
            else takes_people(request)
        )

    return Intranet(answer)


async def test_a_person_whom_a_firewall_takes_for_an_attack_keeps_nobodys_list_from_going_out() -> None:
    odd = ("ix-p7", "o'or'1@example.com", ["interaxo:user:odd"])
    others = [(f"ix-p{n}", f"p{n}@example.com", list[str]()) for n in range(6)]
    intranet = people_behind(lambda request: b"o'or'1" in request.content)
    told = await make_client(intranet).push_people([*others[:3], odd, *others[3:]])
    assert (told.accepted, told.unanswered) == ([one for one, _, _ in others], [])
    assert list(told.refused) == ["ix-p7"]
    assert "Request blocked (4711)" in told.refused["ix-p7"]


@pytest.mark.parametrize(("status", "others"), [(403, 503), (200, 200)])
async def test_a_page_that_may_pass_refuses_no_single_person(status: int, others: int) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(others, json={"DocExists": False})
        return httpx.Response(status, content=BLOCKED, headers=HTML)

    told = await make_client(Intranet(answer)).push_people([("ix-p1", "p1@example.com", [])])
    assert (told.refused, told.unanswered) == ({}, ["ix-p1"])


@pytest.mark.parametrize("blocks", [writes, lambda _: True], ids=["writes", "everything"])
async def test_a_firewall_that_lets_no_person_through_needs_a_person(
    blocks: Callable[[httpx.Request], bool],
) -> None:
    records = [(f"ix-p{n}", f"p{n}@example.com", list[str]()) for n in range(100)]
    intranet = people_behind(blocks)
    with pytest.raises(TargetRefused, match=r"Request blocked \(4711\)"):
        await make_client(intranet).push_people(records)
    assert len(intranet.requests) < 60


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_page_that_may_be_of_somebody_between_blames_the_key_only_if_nobody_knows_it(
    status: int,
) -> None:
    client = make_client(Intranet(lambda request: httpx.Response(status, content=BLOCKED, headers=HTML)))
    with pytest.raises(TargetRefused, match="between\\): if your network team does not know that page, th"):
        await client.state("ix-1")
