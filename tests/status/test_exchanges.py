"""The list for auditors: what it says is what the clients do."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
from aiohttp.payload import Payload

from connector.http.neighbour import Neighbour
from connector.sandbox.itr import CLIENT
from connector.sources.itr.kinds import KINDS
from connector.status.exchanges import EVERY_CALL, as_markdown, tell_exchanges
from tests import short_cuts
from tests.estates import Small, furnish_small
from tests.neighbourhood import Neighbourhood, neighbourhood
from tests.sources.itr_company import itr_company

PREFIXES = tuple(name.lower() for name in EVERY_CALL)


@pytest.fixture
async def estate(tmp_path: Path) -> AsyncIterator[tuple[Neighbourhood, Small]]:
    small: list[Small] = []
    async with neighbourhood(tmp_path, lambda world: small.append(furnish_small(world))) as near:
        yield near, small[0]


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[httpx.Request]:
    """Every request that leaves the process."""
    short_cuts.leave(monkeypatch)
    seen: list[httpx.Request] = []

    by_httpx, by_aiohttp = httpx.AsyncHTTPTransport.handle_async_request, aiohttp.ClientRequest.send

    async def carry(this: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return await by_httpx(this, request)

    async def send(this: aiohttp.ClientRequest, *rest: Any) -> Any:
        body = this.body.decode() if isinstance(this.body, Payload) else ""
        seen.append(httpx.Request(this.method, str(this.url), headers=dict(this.headers), content=body))
        return await by_aiohttp(this, *rest)

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", carry)
    monkeypatch.setattr(aiohttp.ClientRequest, "send", send)
    return seen


def fields(request: httpx.Request) -> set[str]:
    """Names of the fields of a body."""
    kind = request.headers.get("content-type", "")
    if not request.content:
        return set()
    if "urlencoded" in kind:
        return set(httpx.QueryParams(request.content.decode()).keys())
    body = json.loads(request.content)
    return {key for one in body for key in one} if isinstance(body[0], dict) else set()


async def declared(near: Neighbourhood) -> list[dict[str, Any]]:
    return (await tell_exchanges(near.app()))["exchanges"]


def fits(request: httpx.Request, one: dict[str, Any]) -> bool:
    asked, told = request.url.path.split("/"), one["path"].split("/")
    return (
        request.method == one["method"]
        and f"{request.url.host}:{request.url.port}" == one["host"]
        and len(asked) == len(told)
        and all(part == name or name.startswith("{") for part, name in zip(asked, told, strict=True))
    )


def sent(request: httpx.Request) -> dict[str, set[str]]:
    """Names of what a request carries, in small letters."""
    return {
        "query": {name.lower() for name in request.url.params},
        "header": {name.lower() for name in request.headers} - {*PREFIXES},
        "body": {name.lower() for name in fields(request)},
    }


def declared_names(told: str) -> dict[str, str]:
    """Names of what an exchange says that it carries, in small letters, with the words behind each; lists of ids have none."""
    if told == "nothing" or told.startswith("a list of"):
        return {}
    return {name.split(" ")[0].lower(): name for name in re.split(r", (?![^(]*\))", told)}


def check_traffic(
    requests: list[httpx.Request], exchanges: list[dict[str, Any]]
) -> dict[tuple[str, str], dict[str, set[str]]]:
    """Hold real traffic against what is told; returns what each exchange carried."""
    met: dict[tuple[str, str], dict[str, set[str]]] = {}
    for request in requests:
        found = [one for one in exchanges if fits(request, one)]
        exact = min(found, key=lambda one: one["path"].count("{"), default=None)
        assert exact is not None, f"{request.method} {request.url} is not declared"
        carried = met.setdefault(
            (exact["method"], exact["path"]), {"query": set(), "header": set(), "body": set()}
        )
        for part, names in sent(request).items():
            unsaid = names - declared_names(exact[part]).keys()
            assert not unsaid, f"{part} {unsaid} of {exact['method']} {exact['path']} is not declared"
            carried[part] |= names
    return met


async def test_real_traffic_is_declared_in_header_query_and_body(
    estate: tuple[Neighbourhood, Small], requests: list[httpx.Request]
) -> None:
    near, small = estate
    near.values["sources.interaxo.content"] = True
    near.values["sources.interaxo.comments"] = True
    await near.run("full")
    near.rooms.remove(small.site)
    near.rooms.edit_entry(small.rfi, {"Title": "Which nuts?"})
    await near.run("delta")
    met = check_traffic(requests, await declared(near))
    assert ("PUT", "/api/search/connector/{appid}/docs/addupdate") in met
    assert ("POST", "/oauth/token") in met
    assert len(met) >= 8


@pytest.mark.parametrize("mfa", ["", "CODE"])
async def test_real_traffic_of_itr_is_declared_and_nothing_else_is(
    tmp_path: Path, requests: list[httpx.Request], mfa: str
) -> None:
    async with itr_company(tmp_path) as company:
        company.values["sources.itr.records"] = [*KINDS]
        company.values["sources.itr.person_names"] = True
        company.values["sources.itr.totp_secret"] = company.itr.totp_secret
        company.itr.quirks.mfa = mfa
        await company.run("full")
        for kind in ("sessions", "tests", "generatedreports", "organisations"):
            company.itr.remove(kind, company.itr.rows(kind)[0]["ID"])
        company.itr.note_change(company.itr.rows("sessions")[0]["ID"], "2026-12-01T00:00:00+00:00")
        await company.run("delta")
        company.itr.tables[CLIENT]["organisations"].clear()
        await company.run("delta")
        exchanges = await declared(company)
    met = check_traffic(requests, exchanges)
    told = {(one["method"], one["path"]): one for one in exchanges if one["party"] == "itr"}
    never = set() if mfa else {("POST", "/api/login/mfacode")}
    assert told.keys() - met.keys() <= never | {("GET", "/api/logins/currentuser/companies")}
    for key, carried in met.items():
        for part, names in carried.items() if key in told else ():
            more = {words for name, words in declared_names(told[key][part]).items() if name not in names}
            assert {word for word in more if "(" not in word} == set(), f"{key} carries no {more}"


@pytest.mark.parametrize(
    ("path", "header", "kept"),
    [
        ("/api/logins/currentuser", "SessionID (the session token)", "a hash of company and rights"),
        (
            "/api/audittrail",
            "Filter (CreateDate, from the newest row read before on)",
            "the time of the newest row",
        ),
        ("/api/sessions", "Filter (ID, from one on or back;", "as part of the document"),
    ],
)
async def test_what_passes_to_itr_and_stays_of_it_is_said_call_by_call(
    tmp_path: Path, path: str, header: str, kept: str
) -> None:
    async with itr_company(tmp_path) as company:
        (one,) = [one for one in await declared(company) if one["path"] == path]
    assert header in one["header"]
    assert ("StartPage" in one["header"]) == (path != "/api/logins/currentuser")
    assert (one["query"], one["body"]) == ("nothing", "nothing")
    assert kept in one["kept"]


async def test_a_whole_mode_of_the_vendor_that_is_never_used_cannot_be_called(
    estate: tuple[Neighbourhood, Small],
) -> None:
    near, _ = estate
    assert not [one for one in await declared(near) if "resetstate" in one["path"]]


async def test_a_call_that_is_not_declared_cannot_be_made(estate: tuple[Neighbourhood, Small]) -> None:
    near, _ = estate
    async with near.app().target("intranet") as target:
        neighbour: Neighbour = target.neighbour
        with pytest.raises(RuntimeError, match="not a declared exchange"):
            await neighbour.call("DELETE", "/api/search/connector/47/docs", read=lambda reply: reply)


async def test_every_interact_and_interaxo_exchange_says_what_it_carries(
    estate: tuple[Neighbourhood, Small],
) -> None:
    near, _ = estate
    for one in await declared(near):
        assert one["header"] != "nothing" or "content_url" in one["purpose"], one["path"]
        assert one["purpose"]
        assert one["kept"]


async def test_asking_calls_nobody_and_leaves_no_trace(
    estate: tuple[Neighbourhood, Small], requests: list[httpx.Request], tmp_path: Path
) -> None:
    near, _ = estate
    before = len(near.wire.calls)
    await tell_exchanges(near.app())
    assert requests == []
    assert len(near.wire.calls) == before
    assert await asyncio.to_thread(lambda: list(tmp_path.rglob("*"))) == []


async def test_settings_decide_what_can_be_called(estate: tuple[Neighbourhood, Small]) -> None:
    near, _ = estate

    async def paths() -> set[str]:
        return {one["path"] for one in await declared(near)}

    near.values["sources.interaxo.comments"] = False
    without = await paths()
    near.values["sources.interaxo.comments"] = True
    assert {path for path in await paths() if path not in without} == {
        "/v1/{community}/rooms/{room}/content/{id}/comments"
    }


@pytest.mark.parametrize(("way", "signed", "api"), [("auto", 3, 1), ("content_url", 3, 0), ("api", 0, 1)])
async def test_signed_downloads_are_told_host_by_host(
    estate: tuple[Neighbourhood, Small], way: str, signed: int, api: int
) -> None:
    near, _ = estate
    near.values["sources.interaxo.content"] = True
    near.values["sources.interaxo.content_hosts"] = ["files.example.net"]
    near.values["sources.interaxo.download"] = way
    told = await declared(near)
    hosts = [one["host"] for one in told if "/public/" in one["path"]]
    assert len(hosts) == signed
    assert any("files.example.net" in host for host in hosts) == bool(signed)
    assert any("ix.example.com" in host for host in hosts) == bool(signed)
    assert (
        sum(one["path"].endswith("/files/{id}/content") and "/rooms/" in one["path"] for one in told) == api
    )


async def test_no_secret_is_in_the_list(estate: tuple[Neighbourhood, Small]) -> None:
    near, _ = estate
    told = await tell_exchanges(near.app())
    text = json.dumps(told) + as_markdown(told)
    assert all(secret not in text for secret in near.app().settings.secrets())
    assert "## Hosts" in text


async def test_a_ledger_in_another_machines_database_is_a_host_too(
    estate: tuple[Neighbourhood, Small],
) -> None:
    near, _ = estate
    app = near.app()
    told = {}
    for word in ("first-word", "other-word"):
        near.values["ledger.url"] = f"postgresql://ola:{word}@db.example.com:5433/ledger?sslmode=verify-full"
        told[word] = await tell_exchanges(near.app())
        assert word not in json.dumps(told[word]) + as_markdown(told[word])
    last = told["first-word"]["exchanges"][-1]
    assert (last["host"], last["method"], last["path"]) == ("db.example.com:5433", "SQL", "/ledger")
    assert "db.example.com:5433" in [one["host"] for one in told["first-word"]["hosts"]]
    assert told["first-word"]["settings"] == told["other-word"]["settings"]
    assert all(one["method"] != "SQL" for one in (await tell_exchanges(app))["exchanges"])


async def test_the_fingerprint_tells_configurations_apart(estate: tuple[Neighbourhood, Small]) -> None:
    near, _ = estate
    first = (await tell_exchanges(near.app()))["settings"]
    assert (await tell_exchanges(near.app()))["settings"] == first
    near.values["sources.interaxo.rooms"] = ["bridge"]
    assert (await tell_exchanges(near.app()))["settings"] != first
