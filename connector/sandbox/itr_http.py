"""
The HTTP face of an ITR world: everything in headers, and the server's lies. Source: docs/itr.md (observed).

A call that a reading client may never make (the billing detail, tokens, answers, passwords, writes) is
answered as the real server would, and recorded as a violation.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pyotp
from starlette.types import Receive, Scope, Send

from connector.sandbox.exchange import HTML, Exchange
from connector.sandbox.itr import CLIENT, MASTER, ItrWorld, Record
from connector.sandbox.itr_lists import ServerError, SqlError, choose

JSON = "application/json"
DEFAULT_SORTS = {
    "sessions": "Description",
    "sessiontests": "SessionID,Sequence",
    "persons": "EMail",
    "groups": "Description",
    "organisations": "Name",
    "tests": "TestName",
    "batteries": "BatteryName",
    "reportdefinitions": "Description",
    "logins": "Email",
    "audittrail": "CreateDate",
}
ARCHIVABLE = {"sessions", "persons", "batteries"}
OFFICE_MASTER = {"tests", "batteries", "reportdefinitions"}
"""Lists whose master rows office users may read."""
FALLBACK = {"tests", "reportdefinitions"}
CACHED = {"tests", "reportdefinitions"}
OWN_ONLY = {"sessions", "persons", "groups"}
TOO_MANY = b"<!DOCTYPE HTML>\n<title>429 Too Many Requests</title>\n<h1>Too Many Requests</h1>\n<p>20 per 1 second</p>\n"


class _Answered(Exception):
    """The call ends here, with a status and words that are no JSON."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


class ItrApp:
    """The ASGI application of one world: everything below `/api`."""

    name = "itr"

    def __init__(self, world: ItrWorld) -> None:
        self.world = world
        self.calls: Counter[str] = Counter()
        """By method and path."""
        self._issued = 0
        self._window: Counter[tuple[str, str, int]] = Counter()
        self._rights: Record = {}
        self._rights_read: float | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        exchange = Exchange(scope, receive, send)
        self.calls[f"{exchange.method} {exchange.path}"] += 1
        try:
            value, kind = self._answer(exchange)
        except _Answered as answered:
            await exchange.answer(answered.status, answered.words.encode(), HTML)
        except ServerError:
            await exchange.answer(200, b"500 error", HTML)
        except SqlError:
            await exchange.answer(200, b"[]", JSON)
        else:
            await exchange.answer(200, json.dumps(value, sort_keys=True).encode(), kind)

    # -- who may call, and how often ----------------------------------------------------------

    def _check_rate(self, exchange: Exchange) -> None:
        """Count calls of one endpoint in fixed windows of a second, by token or else by connection."""
        endpoint = exchange.segments[1] if len(exchange.segments) > 1 else ""
        quirks = self.world.quirks
        limit = quirks.logins_per_s if endpoint == "login" else quirks.calls_per_s
        token = exchange.header("sessionid") or ""
        who = token if token in self.world.tokens else str(exchange.scope.get("client"))
        if limit is None or (endpoint != "login" and token not in self.world.tokens):
            return
        window = (who, "/".join(exchange.segments[1:3]), int(asyncio.get_running_loop().time()))
        self._window[window] += 1
        if self._window[window] > limit:
            raise _Answered(429, TOO_MANY.decode())

    def _has_token(self, exchange: Exchange) -> bool:
        return (exchange.header("sessionid") or "") in self.world.tokens

    def _check_token(self, exchange: Exchange) -> None:
        if not self._has_token(exchange):
            raise ServerError

    def _give_token(self) -> str:
        self._issued += 1
        token = f"W{self._issued:032x}"
        self.world.tokens.add(token)
        return token

    def _log_in(self, exchange: Exchange, *, code: bool) -> dict[str, str]:
        world, quirks = self.world, self.world.quirks
        user, password = exchange.header("userid"), exchange.header("password")
        if quirks.database_down and quirks.refuses_while_down:
            raise _Answered(401, "User not found or password not valid")
        if quirks.database_down or user is None or password is None:
            raise ServerError
        company = exchange.header("companyid")
        ids = [str(one["ID"]) for one in world.companies]
        known = (user, password) == (world.user_id, world.password) and world.login["Active"]
        if not known or (company and company.lower() not in ids):
            raise _Answered(401, "User not found or password not valid")
        chosen = company.lower() if company else ids[0]
        answer = {
            "CompanyID": chosen,
            "ExpirationDateTime": "2026-11-21T21:15:00.168562",
            "MFAStatus": "NA",
            "MultipleCompaniesFound": "Y" if not company and len(ids) > 1 else "N",
        }
        if code:
            told, steps = exchange.header("mfacode") or "", quirks.code_steps
            now = datetime.fromtimestamp(world.wall_clock(), UTC)
            if not pyotp.TOTP(world.totp_secret).verify(told, for_time=now, valid_window=steps):
                raise _Answered(401, "Token not valid or expired, please try again")
            answer["MFAStatus"] = "OK"
        elif quirks.mfa:
            return {**answer, "MFAStatus": quirks.mfa, "SessionID": ""}
        return {**answer, "SessionID": self._give_token()}

    def _rights_now(self) -> Record:
        """
        The rights that lists and details are filtered by: those of the master database's row, kept for a while.

        `/logins/currentuser` answers from the company's row, at once (observed).
        """
        world, now = self.world, self.world.clock()
        if self._rights_read is None or now - self._rights_read >= world.quirks.rights_kept_s:
            self._rights, self._rights_read = {**world.login, **world.master_login}, now
        return self._rights

    # -- paths --------------------------------------------------------------------------------

    def _answer(self, exchange: Exchange) -> tuple[Any, str]:
        world, path = self.world, exchange.segments[1:]
        if exchange.segments[0] != "api":
            raise _Answered(404, "This url does not belong to the app.")
        self._check_rate(exchange)
        if exchange.method == "POST":
            return self._post(exchange, path)
        if exchange.method != "GET":
            world.violations.append((exchange.method, exchange.path))
            raise _Answered(405, "<title>405 Method Not Allowed</title>")
        match path:
            case ["login"]:
                return self._log_in(exchange, code=False), HTML
            case ["version"]:
                raise _Answered(200, "ITR API of the sandbox")
            case ["tokens" | "datagathering", *_] | ["persons", _, "password"] | ["sessiontests", _, _]:
                return self._forbidden_read(exchange, path)
            case ["companies", "currentcompany"]:
                return self._own(exchange, world.company), JSON
            case ["logins", "currentuser"]:
                return self._own(exchange, world.login), JSON
            case ["logins", "currentuser", "companies"]:
                if not self._has_token(exchange):
                    raise _Answered(404, "no company id known")
                if world.quirks.database_down:
                    raise SqlError
                twice = exchange.header("includeclient") != "N"
                rows = [{**one, "id": one["ID"], "dbsource": 1} for one in world.companies]
                return rows + (rows if twice else []), JSON
            case ["companies"]:
                self._check_token(exchange)
                raise _Answered(404, "Invalid or expired token")
            case ["sessiontests" | "generatedreports" as kind, session]:
                column = "SessionID" if kind == "sessiontests" else "LinkedObjectID"
                key = _uuid(session)
                rows = [row for row in world.rows(kind) if row[column] == key]
                return self._list(exchange, kind, rows, CLIENT), JSON
            case ["generatedreports", _, key]:
                return self._detail(exchange, "generatedreports", key)
            case [kind] if kind in DEFAULT_SORTS:
                return self._whole_list(exchange, kind), JSON
            case [kind, key] if kind in DEFAULT_SORTS:
                return self._detail(exchange, kind, key)
        raise _Answered(404, "<title>404 Not Found</title>")

    def _post(self, exchange: Exchange, path: list[str]) -> tuple[Any, str]:
        token = exchange.header("sessionid") or ""
        match path:
            case ["login", "mfacode"]:
                return self._log_in(exchange, code=True), HTML
            case ["checktoken"]:
                if self.world.quirks.database_down:
                    raise ServerError
                if token in self.world.tokens:
                    raise _Answered(200, "Token is valid")
                raise _Answered(404, "Invalid or expired token")
            case ["logout"]:
                if token not in self.world.tokens:
                    raise _Answered(404, "Invalid or expired token")
                self.world.tokens.discard(token)
                raise _Answered(200, "User has been logged out")
        self.world.violations.append((exchange.method, exchange.path))
        raise _Answered(405, "<title>405 Method Not Allowed</title>")

    def _own(self, exchange: Exchange, record: Record) -> Record:
        self._check_token(exchange)
        if self.world.quirks.database_down:
            raise ServerError
        return record

    def _forbidden_read(self, exchange: Exchange, path: list[str]) -> tuple[Any, str]:
        """What reading costs: a sessiontest's detail bills the test."""
        self.world.violations.append((exchange.method, exchange.path))
        self._check_token(exchange)
        if path[0] == "sessiontests":
            self.world.billed.append(path[2])
            return self._detail(exchange, "sessiontests", path[2])
        raise _Answered(403, "This action is not allowed")

    # -- lists and details --------------------------------------------------------------------

    def _whole_list(self, exchange: Exchange, kind: str) -> list[Record]:
        """One page of each database that the headers name; without a right the company's answers silently."""
        world = self.world
        master = exchange.header("includemaster") == "Y" and kind in OFFICE_MASTER
        client = exchange.header("includeclient") != "N" or not master
        rows: list[Record] = []
        if client:
            rows += self._list(exchange, kind, world.rows(kind), CLIENT)
        if master:
            rows += self._list(exchange, kind, world.rows(kind, MASTER), MASTER)
        return rows

    def _list(self, exchange: Exchange, kind: str, rows: list[Record], database: str) -> list[Record]:
        if kind == "logins" and not self._has_token(exchange):
            raise _Answered(403, "This API is only available to logged in office users")
        self._check_token(exchange)
        world, quirks = self.world, self.world.quirks
        rights = self._rights_now()
        if rights["IsTestTakingUser"]:
            raise _Answered(404, "Invalid or expired token")
        headers = {key.decode(): str(value, "latin-1") for key, value in exchange.scope["headers"]}
        page = headers.get("startpage", "0")
        if quirks.failing_from_page is not None and int(page) >= quirks.failing_from_page:
            raise SqlError
        if quirks.database_down or kind in quirks.failing:
            raise SqlError
        if quirks.short_pages is not None and page != "-1":
            headers["pagesize"] = str(min(int(headers.get("pagesize", "20")), quirks.short_pages))
        if rights["MayWorkWithOwnObjectsOnly"] and kind in OWN_ONLY:
            rows = [row for row in rows if row["ManagedByUserID"] == world.login["ID"]]
        archive = "Active" if kind in ARCHIVABLE else ""
        chosen = choose(rows, headers, archive=archive, default_sort=DEFAULT_SORTS.get(kind, "ID"))
        source = 1 if database == MASTER else 0
        columns = world.listed[kind]
        return [
            {**{c: row[c] for c in columns if c in row}, "id": row["ID"], "dbsource": source}
            for row in chosen
        ]

    def _detail(self, exchange: Exchange, kind: str, text: str) -> tuple[Any, str]:
        """One record of the company's database; some kinds fall back to the master's, some to a file cache."""
        world, key = self.world, _uuid(text)
        if kind == "tests" and exchange.header("includemaster") is None:
            raise ServerError
        if kind in CACHED and key in world.details:
            return world.details[key], HTML
        self._check_token(exchange)
        if world.quirks.database_down or kind in world.quirks.failing:
            raise ServerError
        rights = self._rights_now()
        if rights["IsTestTakingUser"] or (kind == "logins" and key != world.login["ID"]):
            raise _Answered(403, "This action is not allowed")
        record = world.tables[CLIENT][kind].get(key)
        if record is None and kind in FALLBACK:
            record = world.tables[MASTER][kind].get(key)
        hidden = (
            record is not None
            and rights["MayWorkWithOwnObjectsOnly"]
            and kind in OWN_ONLY
            and record["ManagedByUserID"] != world.login["ID"]
        )
        if record is None or hidden:
            raise _Answered(404, f"Object not found or not accessible with user's rights ({key})")
        if kind in CACHED:
            world.details[key] = dict(record)
        return record, JSON


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise ServerError from None
