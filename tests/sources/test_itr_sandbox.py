"""The simulated ITR answers as the recorded one did."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from connector.sandbox.itr import ItrWorld
from connector.sandbox.itr_http import ItrApp
from tests.sources.itr_company import MASTER_BATTERY, SESSION, TEST
from tests.sources.itr_samples import sample


class Server:
    """A simulated ITR without sockets, signed in."""

    def __init__(self) -> None:
        self.world = ItrWorld()
        self.world.quirks.calls_per_s = self.world.quirks.logins_per_s = None
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=ItrApp(self.world)), base_url="http://itr.test"
        )
        self.token = ""

    async def sign_in(self) -> None:
        headers = httpx.Headers(
            {"UserID": self.world.user_id, "Password": self.world.password}, encoding="latin-1"
        )
        self.token = (await self.http.get("/api/login", headers=headers)).json()["SessionID"]

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(f"/api{path}", headers=httpx.Headers({"SessionID": self.token, **headers}))


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    await made.sign_in()
    yield made
    await made.http.aclose()


@pytest.mark.parametrize(
    "name",
    [
        "sessions_all_sorted_by_id",
        "sessiontests_all_sorted_by_id",
        "persons_all_sorted_by_id",
        "batteries_all_sorted_by_id",
        "generatedreports_for_session",
        "master_tests_MY_CN",
        "filter_and_then_or_precedence",
        "filter_range_with_field_between",
    ],
)
async def test_lists_hold_the_recorded_rows(server: Server, name: str) -> None:
    recorded = sample(name)
    headers = {key: value for key, value in recorded.headers.items() if key not in {"SessionID", "CompanyID"}}
    answer = await server.get(recorded.path.removeprefix("/api"), **headers)
    expected = httpx.Response(200, content=recorded.body).json()
    assert sorted(answer.json(), key=lambda row: row["ID"]) == sorted(expected, key=lambda row: row["ID"])


@pytest.mark.parametrize("name", ["unknown_id_sessions", "list_companies_bare"])
async def test_refusals_have_the_recorded_words(server: Server, name: str) -> None:
    recorded = sample(name)
    answer = await server.get(recorded.path.removeprefix("/api"))
    assert (answer.status_code, answer.content) == (recorded.status, recorded.body)


@pytest.mark.parametrize(
    ("path", "headers", "status", "body"),
    [
        ("/sessions", {"Sort": "NoSuchColumn"}, 200, b"[]"),
        ("/sessions", {"Filter": "ID=abc"}, 200, b"[]"),
        ("/sessions", {"Filter": "Status="}, 200, b"500 error"),
        ("/sessions", {"Filter": "Status>10"}, 200, b"500 error"),
        ("/sessions", {"PageSize": "0"}, 200, b"[]"),
        ("/sessions", {"StartPage": "99"}, 200, b"[]"),
        ("/sessions/malformed", {}, 200, b"500 error"),
        (f"/tests/{TEST}", {}, 200, b"500 error"),
        (f"/batteries/{MASTER_BATTERY}", {"IncludeMaster": "Y", "IncludeClient": "N"}, 404, None),
    ],
)
async def test_lies_and_traps_are_those_that_were_observed(
    server: Server, path: str, headers: dict[str, str], status: int, body: bytes | None
) -> None:
    answer = await server.get(path, **headers)
    assert answer.status_code == status
    assert body is None or answer.content == body


async def test_an_unknown_filter_column_is_ignored(server: Server) -> None:
    assert len((await server.get("/sessions", Filter="NoSuch=1", PageSize="100")).json()) == 25


async def test_asc_sorts_descending(server: Server) -> None:
    plain = [row["ID"] for row in (await server.get("/sessions", Sort="ID")).json()]
    worded = [row["ID"] for row in (await server.get("/sessions", Sort="ID ASC")).json()]
    assert (plain, worded) == (sorted(plain), sorted(worded, reverse=True))


async def test_both_databases_give_a_page_each(server: Server) -> None:
    rows = (await server.get("/tests", IncludeMaster="Y", IncludeClient="Y", PageSize="2", Sort="ID")).json()
    assert [row["dbsource"] for row in rows] == [0, 0, 1, 1]


async def test_an_unknown_token_answers_500_error_with_status_200(server: Server) -> None:
    server.token = "W" + "f" * 32
    recorded = sample("invalid_token_sessions")
    answer = await server.get("/sessions")
    assert (answer.status_code, answer.content) == (recorded.status, recorded.body)


async def test_lists_are_empty_while_the_database_is_down(server: Server) -> None:
    server.world.quirks.database_down = True
    assert (await server.get("/sessions")).json() == []
    assert (await server.get(f"/sessions/{SESSION}")).content == b"500 error"


async def test_more_than_twenty_calls_in_a_second_are_refused_without_retry_after(server: Server) -> None:
    server.world.quirks.calls_per_s = 20
    answers = [await server.get("/sessions", PageSize="1") for _ in range(45)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert "retry-after" not in refused[0].headers


async def test_details_of_cached_kinds_outlive_their_record(server: Server) -> None:
    await server.get(f"/tests/{TEST}", IncludeMaster="N")
    server.world.remove("tests", TEST)
    server.token = ""
    assert (await server.get(f"/tests/{TEST}", IncludeMaster="N")).json()["ID"] == TEST


async def test_reading_a_sessiontest_bills_it_and_is_recorded(server: Server) -> None:
    test = server.world.rows("sessiontests")[0]
    await server.get(f"/sessiontests/{test['SessionID']}/{test['ID']}")
    assert server.world.billed == [test["ID"]]
    assert server.world.violations[0][0] == "GET"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_writes_are_recorded(server: Server, method: str) -> None:
    answer = await server.http.request(
        method, f"/api/sessions/{SESSION}", headers={"SessionID": server.token}
    )
    assert answer.status_code == 405
    assert server.world.violations == [(method, f"/api/sessions/{SESSION}")]


async def test_a_session_takes_its_tests_and_reports_along(server: Server) -> None:
    def below() -> list[Any]:
        world = server.world
        return [row for row in world.rows("sessiontests") if row["SessionID"] == SESSION] + [
            row for row in world.rows("generatedreports") if row["LinkedObjectID"] == SESSION
        ]

    assert len(below()) == 4
    server.world.remove("sessions", SESSION)
    assert below() == []
