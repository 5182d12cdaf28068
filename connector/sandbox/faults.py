"""
The wire between the connector and the simulated neighbours: counts every call and breaks chosen ones.

A fault says what happens to a call; each way is a small value below. "Before" and "after" speak of the effect
on the neighbour: after means that the neighbour did what it was asked and only the answer was lost.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connector.sandbox.exchange import HTML, JSON

_VENDOR_CODES = {
    400: "validation_error",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    422: "invalid_node_type",
    500: "unexpected_error",
    503: "network_communication_error",
}
_GATEWAY_PAGE = (
    b"<!DOCTYPE html><html><head><title>Gateway</title></head><body><h1>Sign in</h1></body></html>"
)


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is aborted (a real TCP reset); with `after` the call took effect first."""

    after: bool = False


@dataclass(frozen=True, slots=True)
class Silence:
    """The call is never answered, until the client gives up; with `after` it took effect first."""

    after: bool = False


@dataclass(frozen=True, slots=True)
class Latency:
    """The call is answered normally, `seconds` later."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Status:
    """
    The call is refused with an HTTP status and without effect.

    Args:
        retry_after: the Retry-After header: seconds, or an HTTP date.
        page: the body is an HTML gateway page instead of the vendor's JSON.
    """

    code: int
    retry_after: int | str | None = None
    page: bool = False


@dataclass(frozen=True, slots=True)
class Truncated:
    """
    The call takes effect, but only the first `keep` (0 to 1) of the answer's body arrives.

    Args:
        valid_http: Content-Length tells the short length, so that only the JSON is cut; otherwise it tells
            the full one and the connection closes early.
    """

    keep: float = 0.5
    valid_http: bool = False


@dataclass(frozen=True, slots=True)
class Instead:
    """Another body is answered with 200 and the call has no effect."""

    body: bytes
    kind: str = JSON


@dataclass(frozen=True, slots=True)
class Redirect:
    """302 without effect; `location` None means another path of the same host."""

    location: str | None = None


@dataclass(frozen=True, slots=True)
class Late:
    """
    The connection is reset at once and the call takes effect later.

    Args:
        after_s: when; None leaves it to `Wire.run_late`.
    """

    after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """The call is answered normally once another one that fits `until`, a glob on "METHOD /path", has come in, before it or after; or once an event is set."""

    until: str | asyncio.Event


How: TypeAlias = Held | Reset | Silence | Latency | Status | Truncated | Instead | Redirect | Late

RESET_BEFORE = Reset()
RESET_AFTER = Reset(after=True)
TIMEOUT_BEFORE = Silence()
TIMEOUT_AFTER = Silence(after=True)
TRUNCATED = Truncated()
CUT_JSON = Truncated(valid_http=True)
HTML_200 = Instead(_GATEWAY_PAGE, HTML)
EMPTY_200 = Instead(b"")
LIST_200 = Instead(b"[]")
REDIRECT = Redirect()
LATE = Late()


@dataclass(slots=True)
class Call:
    """One call as it came in, how it was broken, and the status of the answer that left, if any did."""

    number: int
    server: str
    method: str
    path: str
    query: str
    how: How | None = None
    status: int | None = None


@dataclass(slots=True)
class Fault:
    """
    What breaks which calls.

    Args:
        match: a function of the call, or a glob on "METHOD /path" (no query; `*` also spans slashes).
        times: how many matching calls are broken; None means all.
    """

    match: Callable[[Call], bool] | str
    how: How
    times: int | None = 1
    hits: int = 0

    def meets(self, call: Call) -> bool:
        """Whether this fault breaks `call`."""
        if self.times is not None and self.hits >= self.times:
            return False
        return _fits(self.match, call) if isinstance(self.match, str) else self.match(call)


@dataclass(slots=True)
class _LateCall:
    app: ASGIApp
    scope: Scope
    body: bytes


@dataclass(slots=True)
class Wire:
    """Every call of the servers that were given this wire, in order, and the faults that break them."""

    calls: list[Call] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    _late: list[_LateCall] = field(default_factory=list)
    _pending: set[asyncio.Task[None]] = field(default_factory=set)
    _came: asyncio.Event = field(default_factory=asyncio.Event)
    """Of now; it is set, and another one begins, with each call."""

    def break_at(self, number: int, how: How) -> Fault:
        """Break the call with this number; the first call is number 1."""
        return self.add(Fault(lambda call: call.number == number, how))

    def add(self, fault: Fault) -> Fault:
        """Add a fault; the first one that meets a call breaks it."""
        self.faults.append(fault)
        return fault

    def clear(self) -> None:
        """Forget all faults and all calls, late ones too; numbers begin at 1 again."""
        self.faults.clear()
        self.calls.clear()
        self._late.clear()

    @property
    def late_calls(self) -> int:
        """How many calls wait for `run_late`."""
        return len(self._late)

    async def run_late(self) -> int:
        """Let every late call take effect now, in order; returns how many there were."""
        late, self._late = self._late, []
        for call in late:
            await _carry_out(call)
        return len(late)

    def let_go(self, tasks: Iterable[asyncio.Task[None]]) -> None:
        """Cancel what still waits in a server that stops."""
        for task in [*tasks, *self._pending]:
            task.cancel()

    def wrap(self, app: ASGIApp) -> ASGIApp:
        """The application behind this wire."""
        name = str(getattr(app, "name", "server"))

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            query = scope["query_string"].decode("ascii", "replace")
            call = Call(len(self.calls) + 1, name, scope["method"], scope["path"], query)
            self.calls.append(call)
            self._came.set()
            self._came = asyncio.Event()
            fault = next((fault for fault in self.faults if fault.meets(call)), None)

            async def recorded(message: Message) -> None:
                if message["type"] == "http.response.start":
                    call.status = message["status"]
                await send(message)

            if fault is None:
                await app(scope, receive, recorded)
                return
            fault.hits += 1
            call.how = fault.how
            try:
                await self._break(fault.how, name, app, scope, receive, recorded)
            except asyncio.CancelledError:
                scope["state"]["transport"].abort()  # the server stops: nobody waits for this answer any more

        return counted

    async def _break(
        self, how: How, server: str, app: ASGIApp, scope: Scope, receive: Receive, send: Send
    ) -> None:
        match how:
            case Held(asyncio.Event() as until):
                await until.wait()
                await app(scope, receive, send)
            case Held(str(until)):
                while not any(_fits(until, call) for call in self.calls):
                    await self._came.wait()
                await app(scope, receive, send)
            case Latency(seconds):
                await asyncio.sleep(seconds)
                await app(scope, receive, send)
            case Status(code, retry_after, page):
                headers = [] if retry_after is None else [(b"retry-after", str(retry_after).encode())]
                body = _GATEWAY_PAGE if page else _refusal(server, code)
                await _answer(send, code, body, HTML if page else JSON, headers)
            case Instead(body, kind):
                await _answer(send, 200, body, kind)
            case Redirect(location):
                host = next((value for key, value in scope["headers"] if key == b"host"), b"")
                target = location.encode() if location else b"http://" + host + b"/elsewhere"
                await _answer(send, 302, b"", HTML, [(b"location", target)])
            case Reset(after):
                if after:
                    await _carry_out(_LateCall(app, scope, await _read(receive)))
                await _abort(scope, receive)
            case Silence(after):
                body = await _read(receive)
                if after:
                    await _carry_out(_LateCall(app, scope, body))
                await _wait_for_hang_up(receive)
            case Late(after_s):
                late = _LateCall(app, scope, await _read(receive))
                if after_s is None:
                    self._late.append(late)
                else:
                    task = asyncio.create_task(_carry_out_after(late, after_s))
                    self._pending.add(task)
                    task.add_done_callback(self._pending.discard)
                await _abort(scope, receive)
            case Truncated():
                await _truncate(how, app, scope, receive, send)


def _fits(glob: str, call: Call) -> bool:
    return fnmatchcase(f"{call.method} {call.path}", glob)


def _refusal(server: str, code: int) -> bytes:
    if server == "interaxo":
        name = _VENDOR_CODES.get(code, "unexpected_error")
        return msgspec.json.encode(
            {"trace_id": "WIRE00", "code": name, "message": f"Answered by the wire: {code}"}
        )
    return msgspec.json.encode({"Message": f"Answered by the wire: {code}"})


async def _answer(
    send: Send, code: int, body: bytes, kind: str, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    lines = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": code, "headers": lines})
    await send({"type": "http.response.body", "body": body})


async def _read(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            break
    return b"".join(chunks)


async def _carry_out(call: _LateCall) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Run a call whose body was read already; returns its answer: status, headers, body."""
    status, headers, chunks = 500, list[tuple[bytes, bytes]](), list[bytes]()

    async def replay() -> Message:
        return {"type": "http.request", "body": call.body, "more_body": False}

    async def collect(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], list(message["headers"])
        else:
            chunks.append(message.get("body", b""))

    await call.app(call.scope, replay, collect)
    return status, headers, b"".join(chunks)


async def _carry_out_after(call: _LateCall, seconds: float) -> None:
    await asyncio.sleep(seconds)
    await _carry_out(call)


async def _wait_for_hang_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _abort(scope: Scope, receive: Receive) -> None:
    """Close the connection with RST: no lingering, so that the client sees a reset and not an end of file."""
    transport: Any = scope["state"]["transport"]
    transport.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    transport.abort()
    await _wait_for_hang_up(receive)


async def _truncate(how: Truncated, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    status, headers, body = await _carry_out(_LateCall(app, scope, await _read(receive)))
    kept = body[: int(len(body) * how.keep)]
    kind = next((value.decode("latin-1") for key, value in headers if key == b"content-type"), JSON)
    if how.valid_http:
        await _answer(send, status, kept, kind)
        return
    transport: Any = scope["state"]["transport"]
    head = f"HTTP/1.1 {status} Cut\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
    transport.write(head.encode("latin-1") + kept)
    transport.close()
    await _wait_for_hang_up(receive)
