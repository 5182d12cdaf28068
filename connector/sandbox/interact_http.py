"""
The HTTP face of an Interact world: the connector API behind key and tenant, and the intranet's own search.

`GET /search?q=&as=&type=&f.NAME=&page=`, `GET /why?id=&as=` and `GET /people` stand for the intranet that people use; they
ask for no key, unless `pass_word` is given: then only a browser that once came with `?key=` sees them.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from secrets import compare_digest
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
from starlette.types import Receive, Scope, Send

from connector.sandbox.exchange import HTML, TEXT, Exchange
from connector.sandbox.interact import BadRequest, InteractWorld
from connector.sandbox.interact_guide import Guide, OwnGuide
from connector.sandbox.interact_page import FACET, Asked, Pages

_SHOWN = 50
"""Results in one answer; `total` counts all."""
_LONG = 7
"""Digits of a page's number that is none."""
_COOKIE = "connector-preview"
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})
_PAGE = (
    (
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
)


class InteractApp:
    """The ASGI application of one world: the connector API, and the intranet's own pages."""

    name = "interact"

    def __init__(
        self,
        world: InteractWorld,
        *,
        guide: Guide | None = None,
        heading: str = "Intranet search",
        pass_word: str = "",
    ) -> None:
        """
        Args:
            guide: what is known of people and documents beyond the intranet.
            pass_word: what a browser must have come with; empty: the pages are for everybody on this machine.
        """
        self.world = world
        self._pages = Pages(world, guide or OwnGuide(world), heading)
        self._pass_word = pass_word

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        exchange = Exchange(scope, receive, send)
        match exchange.method, *exchange.segments:
            case [_, "api", "search", "connector", app_id, family, verb]:
                await self._connector(exchange, app_id, family, verb)
            case ["GET", "info"]:
                await exchange.answer_json(200, self._info(exchange))
            case ["GET", *_] if not self._is_welcome(exchange):
                await self._ask_in(exchange)
            case ["GET", "search"]:
                await self._search(exchange)
            case ["GET", "why"]:
                await self._why(exchange)
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
                    await exchange.answer_json(200, self._spelt(world.push_documents(_json(exchange, body))))
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
                    await exchange.answer_json(200, self._spelt({"Deleted": world.end_documents()}))
                case "GET", "docs", "state":
                    document_id = _document_id(exchange)
                    known = world.has_documents([document_id])
                    status = 200 if known else switches.state_unknown_status
                    told = world.document_state(document_id) if status == 200 else {"Message": "Unknown"}
                    await exchange.answer_json(status, self._spelt(told))
                case "PUT", "docs", "resetstate":
                    found = world.reset_document(_document_id(exchange))
                    await exchange.answer(200 if found else switches.reset_unknown_status)
                case "PUT", "users", "beginsyncsession":
                    world.begin_users()
                    await exchange.answer(200)
                case "PUT", "users", "addupdate":
                    await exchange.answer_json(200, self._spelt(world.push_users(_json(exchange, body))))
                case "PUT", "users", "delete":
                    world.delete_users(_json(exchange, body))
                    await exchange.answer(200)
                case "PUT", "users", "endsyncsession":
                    await exchange.answer_json(200, self._spelt({"Deleted": world.end_users()}))
                case _:
                    world.violations.append((exchange.method, exchange.path))
                    await exchange.answer_json(405, {"Message": "The API has no such call"})
        except BadRequest as error:
            await exchange.answer_json(400, {"Message": str(error)})

    def _spelt(self, told: Any) -> Any:
        """An answer with its fields named as this service names them."""
        if not self.world.switches.small_first_letters:
            return told
        if isinstance(told, list):
            return [self._spelt(one) for one in told]
        if isinstance(told, dict):
            return {name[0].lower() + name[1:]: self._spelt(value) for name, value in told.items()}
        return told

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

    def _is_welcome(self, exchange: Exchange) -> bool:
        """Whether a browser may see the pages: other users of this machine may not, nor a page under another name."""
        if not self._pass_word:
            return True
        host = urlsplit(f"//{exchange.header('host') or ''}").hostname
        try:
            given = SimpleCookie(exchange.header("cookie") or "").get(_COOKIE)
        except CookieError:
            return False
        return (
            host in _HERE
            and given is not None
            and compare_digest(given.value.encode(), self._pass_word.encode())
        )

    async def _ask_in(self, exchange: Exchange) -> None:
        """Keep the word in a cookie, and take it out of the address; whoever has none is turned away."""
        given = exchange.parameter("key") or ""
        if not compare_digest(given.encode(), self._pass_word.encode()):
            await exchange.answer(403, b"Open the address that the command has printed.", TEXT)
            return
        rest = urlencode([(key, value) for key, value in exchange.query if key != "key"])
        await exchange.answer(
            302,
            kind=HTML,
            headers=[
                ("set-cookie", f"{_COOKIE}={self._pass_word}; Path=/; HttpOnly; SameSite=Strict"),
                ("location", f"{exchange.path}?{rest}" if rest else exchange.path),
            ],
        )

    async def _why(self, exchange: Exchange) -> None:
        page = self._pages.why(exchange.parameter("id") or "", _asked(exchange))
        if page is None:
            await exchange.answer(404, b"There is no such document.", TEXT)
            return
        await exchange.answer(200, page.encode(), HTML, _PAGE)

    async def _search(self, exchange: Exchange) -> None:
        if "text/html" in (exchange.header("accept") or ""):
            await exchange.answer(200, self._pages.search(_asked(exchange)).encode(), HTML, _PAGE)
            return
        asked = _asked(exchange)
        hits = self.world.search(asked.words, asked.person or None, asked.doc_type or None, asked.facets)
        facets = self.world.facets(hits)
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


def _asked(exchange: Exchange) -> Asked:
    page = exchange.parameter("page") or ""
    return Asked(
        words=exchange.parameter("q") or "",
        person=(exchange.parameter("as") or "").strip(),
        doc_type=exchange.parameter("type") or "",
        facets=tuple(
            (key.removeprefix(FACET), value) for key, value in exchange.query if key.startswith(FACET)
        ),
        page=max(1, int(page)) if page.isdecimal() and len(page) < _LONG else 1,
    )


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
