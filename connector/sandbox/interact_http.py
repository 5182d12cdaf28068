"""
The HTTP face of an Interact world: the connector API behind key and tenant, and the intranet's own search.

`GET /search?q=&as=&type=` and `GET /people` stand for the intranet that people use; they ask for no key.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec
from starlette.types import Receive, Scope, Send

from connector.sandbox.exchange import HTML, Exchange
from connector.sandbox.interact import BadRequest, InteractWorld
from connector.sandbox.interact_page import render_search

_SHOWN = 50
"""Results in one answer; `total` counts all."""


class InteractApp:
    """The ASGI application of one world: the connector API, and the intranet's own pages."""

    name = "interact"

    def __init__(self, world: InteractWorld) -> None:
        self.world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        exchange = Exchange(scope, receive, send)
        match exchange.method, *exchange.segments:
            case [_, "api", "search", "connector", app_id, family, verb]:
                await self._connector(exchange, app_id, family, verb)
            case ["GET", "info"]:
                await exchange.answer_json(200, self._info(exchange))
            case ["GET", "search"]:
                await self._search(exchange)
            case ["GET", "people"]:
                await exchange.answer_json(200, self._people())
            case ["GET", ""]:
                await exchange.answer(302, kind=HTML, headers=[("location", "/search")])
            case _:
                self.world.violations.append((exchange.method, exchange.path))
                await exchange.answer_json(404, {"Message": "No such address"})

    # ---- the connector API

    async def _connector(self, exchange: Exchange, app_id: str, family: str, verb: str) -> None:
        world, switches = self.world, self.world.switches
        refusal = self._refusal(exchange, app_id)
        if refusal is not None:
            await exchange.answer_json(
                refusal, {"Message": "Authorization has been denied for this request."}
            )
            return
        body = await exchange.body()
        if exchange.method == "PUT":
            framed = exchange.header("content-length") or exchange.header("transfer-encoding")
            if framed is None and switches.length_required:
                await exchange.answer_json(411, {"Message": "Length Required"})
                return
            if switches.body_limit is not None and len(body) > switches.body_limit:
                await exchange.answer_json(413, {"Message": "Request Entity Too Large"})
                return
        try:
            match exchange.method, family, verb:
                case "PUT", "docs", "beginsyncsession":
                    world.begin_documents()
                    await exchange.answer(200)
                case "PUT", "docs", "addupdate":
                    await exchange.answer_json(200, world.push_documents(_json(exchange, body)))
                case "PUT", "docs", "delete":
                    ids = _json(exchange, body)
                    if switches.delete_unknown_status != 200 and not world.has_documents(ids):
                        await exchange.answer_json(
                            switches.delete_unknown_status, {"Message": "There is no such document"}
                        )
                        return
                    world.delete_documents(ids)
                    await exchange.answer(200)
                case "PUT", "docs", "endsyncsession":
                    await exchange.answer_json(200, {"Deleted": world.end_documents()})
                case "GET", "docs", "state":
                    document_id = _document_id(exchange)
                    known = world.has_documents([document_id])
                    status = 200 if known else switches.state_unknown_status
                    told = world.document_state(document_id) if status == 200 else {"Message": "Unknown"}
                    await exchange.answer_json(status, told)
                case "PUT", "docs", "resetstate":
                    found = world.reset_document(_document_id(exchange))
                    await exchange.answer(200 if found else switches.reset_unknown_status)
                case "PUT", "users", "beginsyncsession":
                    world.begin_users()
                    await exchange.answer(200)
                case "PUT", "users", "addupdate":
                    await exchange.answer_json(200, world.push_users(_json(exchange, body)))
                case "PUT", "users", "delete":
                    world.delete_users(_json(exchange, body))
                    await exchange.answer(200)
                case "PUT", "users", "endsyncsession":
                    await exchange.answer_json(200, {"Deleted": world.end_users()})
                case _:
                    world.violations.append((exchange.method, exchange.path))
                    await exchange.answer_json(405, {"Message": "The API has no such call"})
        except BadRequest as error:
            await exchange.answer_json(400, {"Message": str(error)})

    def _refusal(self, exchange: Exchange, app_id: str) -> int | None:
        world = self.world
        if app_id != str(world.app_id):
            return world.wrong_app_status
        if exchange.header("x-apikey") != world.api_key:
            return world.wrong_key_status
        if exchange.header("x-tenant") != world.tenant:
            return world.wrong_tenant_status
        return None

    # ---- the intranet

    def _info(self, exchange: Exchange) -> dict[str, str]:
        domain = urlsplit(exchange.base_url).netloc
        return {"ApiDomain": domain, "AuthMode": "Forms", "TenantGuid": self.world.tenant, "Name": "Sandbox"}

    async def _search(self, exchange: Exchange) -> None:
        words = exchange.parameter("q") or ""
        person = exchange.parameter("as") or None
        doc_type = exchange.parameter("type") or None
        hits = self.world.search(words, person, doc_type)
        facets = self.world.facets(hits)
        if "text/html" in (exchange.header("accept") or ""):
            people = [(one.email or one.username, one.name) for one in self.world.people]
            page = render_search(people, words, person, doc_type, hits, facets)
            await exchange.answer(200, page.encode(), HTML)
            return
        results = [
            {
                "id": hit.id,
                "title": hit.title,
                "url": hit.url,
                "type": hit.type,
                "summary": hit.summary,
                "snippet": hit.snippet,
                "crumbs": [{"label": label, "url": url} for label, url in hit.crumbs],
                "facets": [{"name": name, "value": value} for name, value in hit.facets],
                "modified": hit.modified,
                "author": hit.author,
                "public": hit.public,
            }
            for hit in hits[:_SHOWN]
        ]
        await exchange.answer_json(200, {"total": len(hits), "results": results, "facets": facets})

    def _people(self) -> list[dict[str, Any]]:
        return [
            {
                "email": person.email,
                "username": person.username,
                "name": person.name,
                "identities": sorted(self.world.identities_of(person.email or person.username)),
            }
            for person in self.world.people
        ]


def _json(exchange: Exchange, body: bytes) -> Any:
    if "json" not in (exchange.header("content-type") or ""):
        raise BadRequest("The body must be application/json")
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest("The body is not JSON") from error


def _document_id(exchange: Exchange) -> str:
    document_id = exchange.parameter("docId")
    if not document_id:
        raise BadRequest("docId must have a value")
    return document_id
