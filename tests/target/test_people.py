"""People who are pushed: every one of them is accounted for."""

from __future__ import annotations

import json

import httpx
import pytest

from connector.errors import TargetRefused
from tests.target.played_intranet import NOT_THE_API, Intranet, make_client

pytestmark = pytest.mark.usefixtures("no_waiting")

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


@pytest.mark.parametrize(
    ("first", "told"),
    [
        (httpx.Response(200, json={"HasErrors": False, "NotFound": ["ix-p1"]}), (["ix-p1"], ["ix-p2"])),
        (httpx.Response(200, json={"HasErrors": False}), ([], ["ix-p1", "ix-p2"])),
    ],
    ids=["not found", "unanswered"],
)
async def test_what_was_told_of_one_half_stands_although_the_key_is_refused_then(
    first: httpx.Response, told: tuple[list[str], list[str]]
) -> None:
    intranet = Intranet(httpx.Response(413), first, httpx.Response(401))
    pushed = await make_client(intranet).push_people([KARI, OLA])
    assert (pushed.not_found, pushed.unanswered) == told


async def test_a_key_that_is_refused_before_anybody_was_taken_is_told() -> None:
    intranet = Intranet(httpx.Response(413), httpx.Response(413), httpx.Response(401))
    with pytest.raises(TargetRefused, match="api_key"):
        await make_client(intranet).push_people([KARI, OLA])
