"""
Calls of a connector to the sandbox around it that go through no socket: a fifth of what a run costs.

Only where nothing breaks on the wire: a call goes over its socket as long as a fault waits there that is more than another
answer, and so does each download, and each call of another loop or process.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from fnmatch import fnmatchcase
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

import aiohttp
from multidict import CIMultiDict
from starlette.types import ASGIApp, Message
from yarl import URL

from connector.http.aiohttp_transport import AiohttpTransport
from connector.http.transport import EVERY_CALL
from connector.sandbox.faults import Fault, Instead, Redirect, Status, Wire
from connector.sandbox.server import serve

_session = AiohttpTransport._session
ANSWERS = Status, Instead, Redirect
"""Faults that are whole answers; of the others a connection tells, or the time that they take."""


class _Served(NamedTuple):
    app: ASGIApp
    wire: Wire
    loop: asyncio.AbstractEventLoop

    def takes(self, call: str) -> bool:
        """Whether a call, "METHOD /path", may be made in memory now."""
        return self.loop is asyncio.get_running_loop() and not any(
            _breaks(fault, call) for fault in self.wire.faults
        )


def _breaks(fault: Fault, call: str) -> bool:
    """Whether a fault may meet a call, and is more than another answer; a function is not asked, since it counts who asks."""
    return (
        not isinstance(fault.how, ANSWERS)
        and (fault.times is None or fault.hits < fault.times)
        and not (isinstance(fault.match, str) and not fnmatchcase(call, fault.match))
    )


_served: dict[str, _Served] = {}
"""By the URL: scheme, host and port."""


@asynccontextmanager
async def serve_and_tell(app: ASGIApp, wire: Wire, port: int = 0) -> AsyncIterator[str]:
    """Serve one application of the sandbox, to whoever calls it in memory, too."""
    async with serve(app, wire, port) as url:
        _served[url] = _Served(wire.wrap(app), wire, asyncio.get_running_loop())
        try:
            yield url
        finally:
            del _served[url]


def session(transport: AiohttpTransport, fresh: bool) -> Any:
    """What a transport makes its calls with."""
    return _Session(_session(transport, fresh))


class _Session:
    """What the transport asks of aiohttp's."""

    def __init__(self, real: aiohttp.ClientSession) -> None:
        self._real = real

    def get(self, url: URL, **told: Any) -> Any:
        """Download over a socket."""
        return self._real.get(url, **told)

    def request(self, method: str, url: URL, **told: Any) -> Any:
        """Make a call."""
        served = _served.get(f"{url.scheme}://{url.raw_authority}")
        whole = isinstance(told["data"], bytes | None)
        if served is None or told["proxy"] or not whole or not served.takes(f"{method} {url.path}"):
            return self._real.request(method, url, **told)
        return _Call(served.app, method, url, told["headers"], told["data"])


class _Transport:
    """What stands for the connection."""

    def __init__(self) -> None:
        self.aborted = False

    def abort(self) -> None:
        """Answer nothing."""
        self.aborted = True


class _Body:
    """An answer that came whole with its headers."""

    def __init__(self, whole: bytes) -> None:
        self._whole = whole

    def is_eof(self) -> bool:
        return True

    def read_nowait(self) -> bytes:
        return self._whole

    async def iter_any(self) -> AsyncIterator[bytes]:
        if self._whole:
            yield self._whole


class _Call:
    """One call; it is its answer, too."""

    def __init__(
        self, app: ASGIApp, method: str, url: URL, headers: Mapping[str, str] | None, body: bytes | None
    ) -> None:
        self._app = app
        self._method = method
        self._url = url
        self._asked = {"Host": url.raw_authority, "Accept": "*/*", **EVERY_CALL, **(headers or {})}
        if body is not None or method not in ("GET", "HEAD"):
            self._asked["Content-Length"] = str(len(body or b""))
        self._sent = body or b""
        self._taken = False
        self._transport = _Transport()
        self.status = 0
        self.headers: CIMultiDict[str] = CIMultiDict()
        self._pieces: list[bytes] = []
        self.content = _Body(b"")

    async def __aenter__(self) -> _Call:
        path, _, query = self._url.raw_path_qs.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "scheme": self._url.scheme,
            "method": self._method,
            "root_path": "",
            "path": unquote_to_bytes(path).decode("utf-8", "replace"),
            "raw_path": path.encode("ascii"),
            "query_string": query.encode("ascii"),
            "headers": [
                (name.lower().encode("ascii"), value.encode("utf-8")) for name, value in self._asked.items()
            ],
            "state": {"transport": self._transport},
        }
        # the neighbour does what it was asked, also where nobody waits for it any more
        await asyncio.shield(asyncio.ensure_future(self._app(scope, self._receive, self._send)))
        if not self.status:
            raise aiohttp.ServerDisconnectedError
        self.content = _Body(b"" if self._method == "HEAD" else b"".join(self._pieces))
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    def close(self) -> None:
        """There is no connection."""

    async def _receive(self) -> Message:
        if self._taken:
            return {"type": "http.disconnect"}
        self._taken = True
        return {"type": "http.request", "body": self._sent, "more_body": False}

    async def _send(self, message: Message) -> None:
        if self._transport.aborted:
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            for name, value in message["headers"]:
                self.headers.add(name.decode("latin-1"), value.decode("latin-1"))
        else:
            self._pieces.append(message.get("body", b""))
