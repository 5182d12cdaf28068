"""What a real ITR server answered (with invented data), through the readers: lists, records and errors of every sort."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from connector.errors import ListingIncomplete, RecordGone, RecordHidden, SourceRefused, SourceUnavailable
from connector.http.call_policy import CallPolicy
from connector.sources.itr.account import Account
from connector.sources.itr.credentials import Credentials
from connector.sources.itr.kinds import CLIENT, MASTER
from connector.sources.itr.listing import Lists
from connector.sources.itr.own_rows import rights_of
from connector.sources.itr.wire import ROWS, Audit, Record, Row, SessionTest, parse_row
from tests.odd_answers import through_httpx
from tests.sources.itr_samples import FOLDER, sample

RECORDED = [json.loads(line) for line in (FOLDER / "recorded.jsonl").read_text().splitlines()]
"""Each: name, path, the headers that choose databases, status, body."""
KINDS: Mapping[str, type[Row]] = {**ROWS, "sessiontests": SessionTest, "audittrail": Audit}
LISTS_BELOW = {"sessiontests", "generatedreports"}


def name_of(one: dict[str, Any]) -> str:
    return str(one["name"])


def is_list(path: list[str]) -> bool:
    return len(path) == 1 or (len(path) == 2 and path[0] in LISTS_BELOW)


def expected(one: dict[str, Any]) -> type[Exception] | None:
    """What the answer is, told from the contract alone; None: it is data."""
    status, body = one["status"], one["body"].strip()
    if status == 200:
        return None if body[:1] in {"[", "{"} else SourceUnavailable
    if status == 403:
        return RecordHidden
    if status in {429, 500, 503}:
        return SourceUnavailable
    return RecordGone if status == 404 and body.startswith("Object not found") else SourceRefused


def databases_of(headers: dict[str, str]) -> tuple[str, ...]:
    chosen = [CLIENT] if headers.get("IncludeClient") != "N" else []
    return tuple(chosen + ([MASTER] if headers.get("IncludeMaster") == "Y" else [])) or (CLIENT,)


def replay(one: dict[str, Any]) -> Callable[[httpx.Request], httpx.Response]:
    """A server that answers every sign-in, and to all else the one recorded answer."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/login"):
            return httpx.Response(200, content=sample("login_ok").body)
        return httpx.Response(one["status"], content=one["body"].encode())

    return answer


def account_to(one: dict[str, Any]) -> Account:
    return Account(
        through_httpx(replay(one)),
        source="itr",
        base_url="http://itr.test/api",
        credentials=Credentials(user_id="a", password="b", totp_secret="", company_id=""),
        calls_per_s=5_000,
        policy=CallPolicy(attempts=1, backoff_max_s=1),
    )


@pytest.mark.parametrize("one", RECORDED, ids=name_of)
async def test_what_a_real_server_answered_is_read_for_what_it_is(one: dict[str, Any]) -> None:
    path = one["path"].removeprefix("/api/").split("/")
    account, kind, trouble = account_to(one), KINDS[path[0]], expected(one)
    url = "/" + "/".join(path)
    if not is_list(path):
        reader = rights_of if path[-1] == "currentuser" else lambda body: parse_row(body, kind)
        if trouble is not None:
            with pytest.raises(trouble):
                await account.read(url, url, lambda reply: reader(reply.body))
        else:
            read = await account.read(url, url, lambda reply: reader(reply.body))
            if isinstance(read, Row):
                assert read.key == path[-1].strip("{}").lower()
        return
    databases = databases_of(one["headers"])
    if trouble is not None:
        with pytest.raises(trouble):
            await Lists(account).page(url, kind, databases)
        return
    rows = json.loads(one["body"])
    sources = {row["dbsource"] for row in rows}
    asked = {1 if database == MASTER else 0 for database in databases}
    if sources and not sources & asked:
        with pytest.raises(ListingIncomplete):
            await Lists(account).page(url, kind, databases)
        return
    page = await Lists(account).page(url, kind, databases)
    for database, read_rows in page.items():
        source = 1 if database == MASTER else 0
        placed = [row for row in read_rows if isinstance(row, Record)]
        assert [row.row.key for row in placed] == [row["id"] for row in rows if row["dbsource"] == source]


def test_enough_was_recorded() -> None:
    paths = {one["path"].split("/")[2] for one in RECORDED}
    assert paths == {*KINDS}
    assert {expected(one) for one in RECORDED} >= {
        None,
        SourceUnavailable,
        SourceRefused,
        RecordGone,
        RecordHidden,
    }
