"""
One way to call a neighbour: an allow-list, time-outs, retries of what is safe to repeat, no redirects.

A `Neighbour` can only make the calls it declares (`Exchange`); the same declarations are what
`connector exchanges` tells the auditors. Secrets go in headers that are never logged.

Two transports: most neighbours are called through aiohttp's (a quarter of the CPU of httpx's own pool at 16
connections); a neighbour whose headers are Latin-1 through httpx's own. aiohttp silently repeats a PUT whose
connection broke, and a repeated `beginsyncsession` must never happen unseen: a client that writes forbids it.
"""

from __future__ import annotations

import asyncio
import email.utils
import re
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from typing import Protocol, TypeVar
from urllib.parse import quote, urlencode

import aiohttp
import httpx
import msgspec
import stamina
from httpx_aiohttp import AiohttpTransport
from yarl import URL

from connector.errors import Transient

T = TypeVar("T")
USER_AGENT = "interact-connector"
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
IN_ONE_PIECE = 1_000_000
"""Bytes of a body that is handed to the socket at once; of a longer one aiohttp says that it holds up the loop."""
SLOWEST = 50_000
"""Bytes in a second at which a body is to be taken at least."""
LONGEST_WORDS = 200
"""Characters of a neighbour's own error message that are repeated in ours."""


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One call that a client can make, in words for auditors."""

    method: str
    path: str
    """With `{name}` for what varies; below the neighbour's base URL."""
    purpose: str
    sends: str
    """What passes in header, query and body."""
    receives: str
    personal_data: bool


class Reply(msgspec.Struct, frozen=True):
    """An answer that is not passing trouble; reading it is the client's work."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class Tally:
    """What a neighbour was asked: for the report and the metrics."""

    def __init__(self) -> None:
        self.requests = 0
        self.bytes_sent = 0
        self.by_status: Counter[str] = Counter()
        self.exhausted = 0
        """Calls in a row that failed after all attempts: the neighbour is down when it grows."""


class Observer(Protocol):
    """Hears of every call that ended, for metrics: host, method, path template, status or the error's name, seconds."""

    def __call__(self, host: str, method: str, path: str, status: str, seconds: float) -> None: ...


@cache
def trust() -> ssl.SSLContext:
    """The machine's own list of certificate authorities, so that an intranet's own one is trusted by every client alike."""
    return ssl.create_default_context()


async def _only_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """
    Keep aiohttp from repeating a call by itself: it does so after just these errors, so they become another one.

    Source: aiohttp 3.14, `ClientSession._request`; methods that it takes for idempotent on a connection used before.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise  # nothing was sent, and nothing is repeated
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise httpx.ReadError(str(error) or type(error).__name__) from error


class StraightClient(httpx.AsyncClient):
    """
    httpx over aiohttp for what is streamed, and aiohttp itself for short answers.

    httpx around aiohttp costs three times what aiohttp costs, and a source is read in thousands of short answers.

    Args:
        middlewares: of the session that makes the calls.
    """

    def __init__(
        self,
        concurrency: int,
        timeout_s: float,
        middlewares: Sequence[aiohttp.ClientMiddlewareType] = (),
    ) -> None:
        def session() -> aiohttp.ClientSession:
            return aiohttp.ClientSession(
                # its own context trusts what `trust` does, and is there already
                connector=aiohttp.TCPConnector(limit=concurrency, keepalive_timeout=60, ssl=True),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": USER_AGENT},
                middlewares=middlewares,
            )

        self._timeout_s = timeout_s
        self._patience = self._patience_for(None, 0)
        # the session has a context of its own: this one trusts nobody, and costs nothing
        self._straight = AiohttpTransport(client=session, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        super().__init__(
            transport=self._straight,
            timeout=httpx.Timeout(timeout_s, pool=None),
            follow_redirects=False,
            headers={"User-Agent": USER_AGENT},
        )

    async def send(self, request: httpx.Request, *, stream: bool = False, **_: object) -> httpx.Response:
        """Hand a request to the transport, without layers for sign-in, cookies and redirects: a redirect is an answer like any other."""
        response = await self._straight.handle_async_request(request)
        response.request = request
        if not stream:
            try:
                await response.aread()
            finally:
                await response.aclose()
        return response

    async def fetch(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        content: bytes | None,
        timeout_s: float | None,
    ) -> Reply:
        """
        Make one call and read its answer whole.

        Args:
            url: quoted already.

        Raises:
            httpx.HTTPError: as the same call through httpx does.
        """
        patience = self._patience
        if timeout_s is not None or content is not None:
            patience = self._patience_for(timeout_s, len(content or b""))
        try:
            async with self._opened().request(
                method,
                URL(url, encoded=True),
                headers=headers,
                data=content if content is None or len(content) <= IN_ONE_PIECE else BytesIO(content),
                allow_redirects=False,
                timeout=patience,
            ) as response:
                return Reply(response.status, await response.read(), response.headers)
        except aiohttp.ClientConnectorError as error:
            raise httpx.ConnectError(str(error)) from error
        except TimeoutError as error:
            raise httpx.ReadTimeout(str(error)) from error
        except (aiohttp.ClientError, OSError) as error:
            raise httpx.ReadError(str(error) or type(error).__name__) from error

    def _patience_for(self, timeout_s: float | None, sends: int) -> aiohttp.ClientTimeout:
        """How long to wait for an answer; a body has an end as well, because aiohttp would wait for ever for a reader of it."""
        wait = timeout_s if timeout_s is not None else self._timeout_s
        longest = 2 * wait + sends / SLOWEST if sends else None
        return aiohttp.ClientTimeout(total=longest, sock_connect=wait, sock_read=wait)

    def _opened(self) -> aiohttp.ClientSession:
        """The transport's own session, made where the loop runs and closed with the transport."""
        if not isinstance(self._straight.client, aiohttp.ClientSession):
            self._straight.client = self._straight.get_client()
        return self._straight.client


def open_for_reading(concurrency: int, timeout_s: float) -> httpx.AsyncClient:
    """Open the client that sources are read with."""
    return StraightClient(concurrency, timeout_s)


def open_for_writing(concurrency: int, timeout_s: float) -> httpx.AsyncClient:
    """Open the client that a target is written with: no call is ever repeated unseen."""
    return StraightClient(concurrency, timeout_s, middlewares=(_only_once,))


def open_for_latin(concurrency: int, timeout_s: float) -> httpx.AsyncClient:
    """Open a client whose headers may be Latin-1, which aiohttp cannot send; no call is ever repeated unseen."""
    return httpx.AsyncClient(
        transport=httpx.AsyncHTTPTransport(
            verify=trust(),
            limits=httpx.Limits(
                max_connections=concurrency, max_keepalive_connections=concurrency, keepalive_expiry=30
            ),
            retries=0,
        ),
        timeout=httpx.Timeout(timeout_s, pool=None),
        follow_redirects=False,
        headers={"User-Agent": USER_AGENT},
    )


class Neighbour:
    """
    One host and the calls that may be made to it.

    Args:
        unavailable: the error that passing trouble becomes.
        attempts: of calls that are safe to repeat.
        name: how messages call this neighbour.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        name: str,
        base_url: str,
        exchanges: tuple[Exchange, ...],
        unavailable: type[Transient],
        attempts: int,
        backoff_max_s: float,
        observer: Observer | None = None,
    ) -> None:
        self.name = name
        self.base_url = base_url.rstrip("/")
        self.exchanges = exchanges
        self.tally = Tally()
        self._client = client
        self._host = httpx.URL(self.base_url).host
        self._allowed = [(e.method, _path_pattern(e.path), e.path) for e in exchanges]
        self._unavailable = unavailable
        self.attempts = attempts
        self._backoff_max_s = backoff_max_s
        self._observer = observer

    async def call(
        self,
        method: str,
        path: str,
        *,
        read: Callable[[Reply], T],
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        repeat: bool = True,
        lost: Callable[[], None] | None = None,
        timeout_s: float | None = None,
        vital: bool = True,
    ) -> T:
        """
        Make one call and read its answer; repeat it after passing trouble when it is safe to repeat.

        Args:
            path: below the base URL, already quoted.
            read: makes a value of the answer, or raises; a `Transient` it raises is retried like a 503.
            lost: told of every attempt that went unanswered although it may have been received.
            vital: a call of which several that fail in a row mean that the neighbour is down.

        Raises:
            Transient (the neighbour's own kind): passing trouble, after the last attempt.
            RuntimeError: the call is not on the allow-list (our bug).
        """
        template = self._template(method, path)

        async def once() -> T:
            try:
                return read(await self._send(method, path, template, params, headers, content, timeout_s))
            except self._unavailable as error:
                if error.sent and lost is not None:
                    lost()
                raise

        try:
            try:
                result = await once()
            except self._unavailable as error:
                if not repeat or self.attempts < 2:
                    raise
                result = await self._again(once, error)
        except self._unavailable:
            self.tally.exhausted += vital
            raise
        self.tally.exhausted = 0
        return result

    async def _again(self, once: Callable[[], Awaitable[T]], first: Transient) -> T:
        """Repeat a call that met passing trouble, with growing pauses or those that the neighbour asks for."""

        def pause(error: Exception) -> bool | float:
            if not isinstance(error, self._unavailable):
                return False
            if error.retry_after_s is not None:
                return min(error.retry_after_s, self._backoff_max_s)
            return True

        async for attempt in stamina.retry_context(
            on=pause, attempts=self.attempts, timeout=None, wait_max=self._backoff_max_s
        ):
            with attempt:
                if attempt.num == 1:  # the attempt that was already made counts as the first
                    raise first
                return await once()
        raise AssertionError("a retry ends with a result or an error")

    @asynccontextmanager
    async def stream(
        self,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str | int] | None = None,
    ) -> AsyncIterator[httpx.Response]:
        """
        Open one GET whose body is read in pieces by the caller; never repeated here.

        Raises:
            Transient (the neighbour's own kind): passing trouble, also while the body is read.
        """
        template = self._template("GET", path)
        started = asyncio.get_running_loop().time()
        status = "error"
        self.tally.requests += 1
        try:
            async with self._client.stream(
                "GET", self.base_url + path, headers=headers, params=params
            ) as response:
                status = str(response.status_code)
                if response.status_code in PASSING:
                    raise self._passing(response.status_code, "GET", path, b"", response.headers)
                yield response
        except httpx.HTTPError as error:
            raise self._broken(error, "GET", path) from error
        finally:
            self._note("GET", template, status, started)

    async def _send(
        self,
        method: str,
        path: str,
        template: str,
        params: Mapping[str, str | int] | None,
        headers: Mapping[str, str] | None,
        content: bytes | None,
        timeout_s: float | None,
    ) -> Reply:
        started = asyncio.get_running_loop().time()
        status = "error"
        self.tally.requests += 1
        self.tally.bytes_sent += len(content or b"")
        # httpx takes a URL apart three times when it adds the query itself
        query = f"?{urlencode(params, quote_via=quote)}" if params else ""
        url = self.base_url + path + query
        try:
            if isinstance(self._client, StraightClient):
                reply = await self._client.fetch(method, url, headers, content, timeout_s)
            else:
                reply = await self._request(method, url, headers, content, timeout_s)
            status = str(reply.status)
        except (httpx.HTTPError, TimeoutError) as error:
            raise self._broken(error, method, path) from error
        finally:
            self._note(method, template, status, started)
        if reply.status in PASSING:
            raise self._passing(reply.status, method, path, reply.body, reply.headers)
        return reply

    async def _request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        content: bytes | None,
        timeout_s: float | None,
    ) -> Reply:
        response = await self._client.request(
            method,
            httpx.URL(url),
            headers=headers,
            content=content,
            timeout=httpx.USE_CLIENT_DEFAULT if timeout_s is None else httpx.Timeout(timeout_s, pool=None),
        )
        return Reply(response.status_code, response.content, response.headers)

    def _note(self, method: str, template: str, status: str, started: float) -> None:
        self.tally.by_status[status] += 1
        if self._observer is not None:
            self._observer(self._host, method, template, status, asyncio.get_running_loop().time() - started)

    def _template(self, method: str, path: str) -> str:
        for allowed, pattern, template in self._allowed:
            if allowed == method and pattern.fullmatch(path):
                return template
        raise RuntimeError(f"{method} {path} is not a declared exchange of {self.name}")

    def _broken(self, error: Exception, method: str, path: str) -> Transient:
        never_sent = isinstance(error, httpx.ConnectError)
        what = (
            "did not answer in time"
            if isinstance(error, httpx.TimeoutException | TimeoutError)
            else "broke off"
        )
        if never_sent:
            what = "cannot be reached"
        words = str(error) or type(error).__name__
        if never_sent:
            words += "; check its address in the settings"
        return self._unavailable(
            f"{self.name}: {method} {path} at {self._host} {what}: {words}", sent=not never_sent
        )

    def _passing(
        self, status: int, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> Transient:
        return self._unavailable(
            f"{self.name}: {method} {path} at {self._host} answered {status}{words_of(body)}",
            retry_after_s=_retry_after(headers.get("retry-after")) if status in {429, 503} else None,
        )


def words_of(body: bytes) -> str:
    """Take a neighbour's own words from an error answer, with its trace id; empty when there are none."""
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    if not isinstance(answer, dict):
        return ""
    words = str(answer.get("message") or answer.get("Message") or answer.get("code") or "")[:LONGEST_WORDS]
    trace = answer.get("trace_id")
    return (f": {words}" if words else "") + (f" (trace id {str(trace)[:40]})" if trace else "")


def _retry_after(value: str | None) -> float | None:
    """Read Retry-After: seconds, or an HTTP date."""
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value.strip())
    try:
        at = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def _path_pattern(path: str) -> re.Pattern[str]:
    return re.compile(
        "".join(
            "[^/?#]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{\w+\})", path)
        )
    )
