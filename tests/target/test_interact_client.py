"""Calls to Interact: what is sent, how odd answers are read, and what is repeated."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from connector.document.document import Rendered
from connector.errors import RemovalsRefused, TargetRefused, TargetUnavailable
from connector.http.aiohttp_transport import open_for_writing
from connector.http.call_policy import CallPolicy
from connector.http.exchange import BrokeOff, NeverSent, TimedOut
from connector.http.transport import Transport
from connector.ports.target import Stamp
from connector.sandbox.faults import HTML_200, REDIRECT, RESET_AFTER, TIMEOUT_AFTER, Wire
from connector.sandbox.interact import InteractWorld, Refusal
from connector.sandbox.interact_http import InteractApp
from connector.sandbox.server import serve
from connector.target.api import Connector
from connector.target.client import Interact, Writing
from connector.target.format import InteractFormat
from tests.builders import make_rendered
from tests.odd_answers import Played

Answer = Callable[[httpx.Request], httpx.Response]
BASE = "https://api.example.com"
HTML = {"content-type": "text/html"}
NOT_THE_API = {
    "a web page": httpx.Response(200, text="<html>Sign in</html>", headers=HTML),
    "nothing": httpx.Response(200),
    "cut JSON": httpx.Response(200, text='{"HasErrors": fal'),
    "a list": httpx.Response(200, json=[]),
    "other words": httpx.Response(200, json={"ok": True}),
}
PASSING = {
    "503": httpx.Response(503),
    "500": httpx.Response(500),
    "429": httpx.Response(429, headers={"retry-after": "0"}),
    "time-out": TimedOut("no answer"),
    "broken": BrokeOff("reset"),
}


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.http.retries.FIRST_PAUSE_S", 0.0)
    monkeypatch.setattr("connector.http.retries.FIRST_PAUSE_REFUSED_S", 0.0)


class Intranet:
    """Answers calls one after the other; the last answer stays."""

    def __init__(self, *answers: httpx.Response | Exception | Answer) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return httpx.Response(answer.status_code, content=answer.content, headers=answer.headers)
        return answer(request)

    @property
    def calls(self) -> list[str]:
        return [f"{r.method} {r.url.path.rpartition('/')[2]}" for r in self.requests]


def make_client(neighbour: Transport | Intranet, **changes: Any) -> Interact:
    if isinstance(neighbour, Intranet):
        neighbour = Played(neighbour)
    whose = {"base_url": BASE, "tenant": "tenant-1", "app_id": 47, "api_key": "key-1"}
    connector = Connector(**{key: changes.pop(key, value) for key, value in whose.items()})
    form = {key: changes.pop(key) for key in [*changes] if key in InteractFormat.__struct_fields__}
    writing = {key: changes.pop(key) for key in [*changes] if key in Writing.__struct_fields__}
    return Interact(
        neighbour,
        name="intranet",
        connector=connector,
        writing=Writing(format=InteractFormat(**form), **writing),
        policy=CallPolicy(**{"attempts": 3, "backoff_max_s": 1.0, **changes}),
    )


def batch(*names: str) -> list[tuple[Rendered, Stamp]]:
    return [(make_rendered(id=name, title=f"Plan {name}"), Stamp(version=b"v")) for name in names]


def accept(request: httpx.Request) -> httpx.Response:
    ids = [one["GloballyUniqueId"] for one in json.loads(request.content)]
    return httpx.Response(200, json={"HasErrors": False, "Errors": [], "AddedUpdated": ids})


def refuse_if(too_large: Callable[[list[str]], bool], status: int) -> Answer:
    def answer(request: httpx.Request) -> httpx.Response:
        ids = [one["GloballyUniqueId"] for one in json.loads(request.content)]
        return httpx.Response(status, json={"Message": "No"}) if too_large(ids) else accept(request)

    return answer


# -- pushing ------------------------------------------------------------------------------------


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
    assert not lost


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


# -- deleting and states --------------------------------------------------------------------------


DONE = {
    "nothing": httpx.Response(200),
    "nothing, said to be HTML": httpx.Response(200, headers={**HTML, "content-length": "0"}),
    "an end of line, said to be HTML": httpx.Response(200, content=b"\r\n", headers=HTML),
    "an object": httpx.Response(200, json={}),
    "a word": httpx.Response(200, text="OK"),
}
"""Answers of which the body is not described: servers of this family call what they send HTML where nobody says otherwise."""


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
        client = _of(world, url, http)
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
        client = _of(world, url, http)
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


# -- sessions -----------------------------------------------------------------------------------


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


async def test_an_end_says_how_many_were_removed() -> None:
    intranet = Intranet(httpx.Response(200, json={"Deleted": 3}))
    played = Played(intranet)
    assert await make_client(played).end_session() == 3
    assert played.timeouts == [600.0]
    assert played.fresh == [True]


# -- people -------------------------------------------------------------------------------------------

KARI = ("ix-p1", "kari@example.com", ["interaxo:user:kari"])
OLA: tuple[str, str, list[str]] = ("ix-p2", "ola@example.com", [])


@pytest.mark.parametrize(
    ("match", "key", "other"), [("email", "Email", "Username"), ("username", "Username", "Email")]
)
async def test_people_are_named_by_the_one_key_that_the_settings_choose(
    match: str, key: str, other: str
) -> None:
    intranet = Intranet(
        httpx.Response(200, json={"HasErrors": False, "Added": ["ix-p1"], "Updated": [], "NotFound": []})
    )
    told = await make_client(intranet, match=match).push_people([KARI])
    assert told.accepted == ["ix-p1"]
    assert intranet.requests[0].url.path == "/api/search/connector/47/users/addupdate"
    (record,) = json.loads(intranet.requests[0].content)
    assert record[key] == "kari@example.com"
    assert not record.get(other)
    assert record["ExternalIdentities"] == ["interaxo:user:kari"]
    assert record["DeletionMode"] == "Session"


async def test_every_person_is_accounted_for() -> None:
    answer = {
        "HasErrors": True,
        "Added": ["a"],
        "Updated": ["u", "r"],
        "NotFound": ["n"],
        "Errors": [{"GloballyUniqueId": "r", "Errors": [{"ErrorCode": 2, "ErrorMessage": "x"}]}],
    }
    told = await make_client(Intranet(httpx.Response(200, json=answer))).push_people(
        [(one, one, []) for one in ("a", "u", "n", "r", "m")]
    )
    assert (told.accepted, told.not_found, list(told.refused), told.unanswered) == (
        ["a", "u"],
        ["n"],
        ["r"],
        ["m"],
    )
    assert "code 2" in told.refused["r"]


@pytest.mark.parametrize("answer", NOT_THE_API.values(), ids=NOT_THE_API)
async def test_a_200_that_is_not_the_apis_says_nothing_of_people(answer: httpx.Response) -> None:
    told = await make_client(Intranet(answer)).push_people([KARI, OLA])
    assert (told.accepted, told.not_found, told.unanswered) == ([], [], ["ix-p1", "ix-p2"])


async def test_a_persons_record_that_spoils_a_batch_is_found_by_halving() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        ids = [one["GloballyUniqueId"] for one in json.loads(request.content)]
        if "ix-p2" in ids:
            return httpx.Response(400)
        return httpx.Response(200, json={"HasErrors": False, "Added": ids})

    told = await make_client(Intranet(answer)).push_people([KARI, OLA])
    assert (told.accepted, list(told.refused)) == (["ix-p1"], ["ix-p2"])


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


@pytest.mark.parametrize("blocks", [writes, lambda _: True], ids=["writes", "everything"])
async def test_a_firewall_that_lets_no_person_through_needs_a_person(
    blocks: Callable[[httpx.Request], bool],
) -> None:
    records = [(f"ix-p{n}", f"p{n}@example.com", list[str]()) for n in range(100)]
    intranet = people_behind(blocks)
    with pytest.raises(TargetRefused, match=r"Request blocked \(4711\)"):
        await make_client(intranet).push_people(records)
    assert len(intranet.requests) < 60


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


# -- over real sockets -----------------------------------------------------------------------------


def _of(world: InteractWorld, url: str, http: Transport, attempts: int = 3) -> Interact:
    return make_client(
        http,
        base_url=url,
        tenant=world.tenant,
        app_id=world.app_id,
        api_key=world.api_key,
        attempts=attempts,
        session_timeout_s=5.0,
    )


@pytest.mark.parametrize("how", [RESET_AFTER, TIMEOUT_AFTER, HTML_200], ids=lambda how: type(how).__name__)
async def test_no_transport_repeats_a_call_unseen(how: Any) -> None:
    world, wire = InteractWorld(), Wire()
    async with serve(InteractApp(world), wire) as url, open_for_writing(2, timeout_s=0.3) as http:
        client = _of(world, url, http, attempts=1)
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
            await _of(world, url, http).push(batch("ix-0"))
    assert len(wire.calls) == 1


async def test_a_document_that_interact_refuses_is_told_and_the_others_are_taken() -> None:
    world = InteractWorld()
    world.switches.refuse.append(Refusal("ix-1", code=6))
    async with serve(InteractApp(world)) as url, open_for_writing(4, 30) as http:
        told = await _of(world, url, http).push(batch("ix-0", "ix-1", "ix-2"))
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
