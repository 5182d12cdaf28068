"""An intranet whose answers a test chooses, and a client of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx

from connector.document.document import Rendered
from connector.http.call_policy import CallPolicy
from connector.http.exchange import BrokeOff, TimedOut
from connector.http.transport import Transport
from connector.ports.target import Stamp
from connector.sandbox.interact import InteractWorld
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


DONE = {
    "nothing": httpx.Response(200),
    "nothing, said to be HTML": httpx.Response(200, headers={**HTML, "content-length": "0"}),
    "an end of line, said to be HTML": httpx.Response(200, content=b"\r\n", headers=HTML),
    "an object": httpx.Response(200, json={}),
    "a word": httpx.Response(200, text="OK"),
}
"""Answers of which the body is not described: servers of this family call what they send HTML where nobody says otherwise."""


def client_of(world: InteractWorld, url: str, http: Transport, attempts: int = 3) -> Interact:
    return make_client(
        http,
        base_url=url,
        tenant=world.tenant,
        app_id=world.app_id,
        api_key=world.api_key,
        attempts=attempts,
        session_timeout_s=5.0,
    )
