"""
One host and the calls that may be made to it: an allow-list, retries of what is safe to repeat, no redirects.

A `Neighbour` can only make the calls it declares (`Exchange`); the same declarations are what
`connector exchanges` tells the auditors. Secrets go in headers that are never logged, and what a host says is cleared of
them before it becomes words of ours.
"""

from __future__ import annotations

import asyncio
import codecs
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec
import structlog

from connector.errors import Transient
from connector.http.call_errors import LONGEST_WORDS
from connector.http.call_policy import CallPolicy
from connector.http.exchange import PASSING, Call, CallFailed, Dated, Exchange, Party, Reply, Tally
from connector.http.foreign_pages import is_page, words_of_page
from connector.http.host_pause import HostPause
from connector.http.json_rows import AT_ONCE, ODD_AT_ONCE, REFUSALS, Hasty, TakesLongError, without_nul
from connector.http.retries import Tries, nth, retry_after
from connector.http.throttle import Throttle
from connector.http.transport import Download, Transport
from connector.secrets.hiding import hide

T = TypeVar("T")
SLOW_S = 0.015
"""An answer that takes longer leaves the processor time for one more pass of the loop."""
ANYTHING = "{anything}"
"""In the path of an exchange: whatever follows, slashes too."""
LONGEST_REFUSAL = 100_000
"""Bytes of an error answer that is looked at for its words: each is searched for every secret that is known."""
PERSON = "{person}"
"""In the path of an exchange: the id of somebody."""


class Neighbour:
    """
    One host and the calls that may be made to it.

    Args:
        name: how messages call this neighbour.
        unavailable: the error that passing trouble becomes.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        name: str,
        base_url: str,
        exchanges: tuple[Exchange, ...],
        unavailable: type[Transient],
        policy: CallPolicy,
    ) -> None:
        self.name = name
        self.base_url = base_url.rstrip("/")
        self.exchanges = exchanges
        self.tally = Tally()
        self.policy = policy
        self.throttle = Throttle(policy.calls_per_s, now=policy.now, sleep=policy.sleep)
        self.dated = Dated(self.base_url)
        self._transport = transport
        self._host = urlsplit(self.base_url).hostname or ""
        self._templates = [e.path for e in exchanges]
        self._allowed = re.compile("|".join(f"({e.method} {_path_pattern(e.path)})" for e in exchanges))
        """A group for each template, in their order."""
        self._unavailable = unavailable
        self._host_pause = HostPause(self._host, policy)
        self._refused_since: float | None = None
        """Since when every call is turned away; None: the last one was not."""
        self._clock = policy.clock
        self._now = policy.now
        self._log = structlog.get_logger()

    @property
    def party(self) -> Party:
        """This host and what can be called there, for auditors."""
        return Party(name=self.name, base_url=self.base_url, exchanges=self.exchanges)

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
        turn: Callable[[], Awaitable[None]] | None = None,
        first: Callable[[], None] = lambda: None,
        timeout_s: float | None = None,
        fresh: bool = False,
    ) -> T:
        """
        Make one call and read its answer; repeat it after passing trouble when it is safe to repeat.

        Args:
            path: below the base URL, already quoted.
            read: makes a value of the answer, or raises; a `Transient` it raises is retried like a 503. A long answer, or one that is long to read, is read in a thread.
            lost: told of every attempt that went unanswered although it may have been received.
            turn: waited for before every attempt.
            first: asked right before every attempt, after every pause; what it raises ends the call.
            fresh: over a connection of its own.

        Raises:
            Transient (the neighbour's own kind): passing trouble, after the last attempt.
            RuntimeError: the call is not on the allow-list (our bug).
        """
        template = self._template(method, path)
        query = _query(tuple([(name, str(value)) for name, value in params.items()])) if params else ""
        call = Call(
            method=method,
            url=self.base_url + path + query,
            headers=headers,
            content=content,
            timeout_s=timeout_s,
            fresh=fresh,
        )
        tries: Tries | None = None
        while True:
            if turn is not None:
                await turn()
            await self._enter()
            started = self._now()
            self.throttle.count(started)
            try:
                first()
                reply = await self._send(call, path, template)
                if self._now() - started > SLOW_S:
                    await asyncio.sleep(0)  # whoever waited for its place asks before the answer is looked at
                result = await _read(read, reply)
            except self._unavailable as error:
                if error.sent and lost is not None:
                    lost()
                tries = tries or self._tries(repeat=repeat)
                pause = self._pause_after(error, tries, started)
                if pause is None:
                    raise
            else:
                self._went_well()
                return result
            finally:
                self.throttle.leave()
            await self.policy.sleep(pause)

    def _went_well(self) -> None:
        self._refused_since = None
        self.throttle.went_well()

    async def repeated(self, work: Callable[[], Awaitable[T]]) -> T:
        """
        Do something that is safe to do again, a download for one, until it goes well or its tries are used up.

        Raises:
            Transient (the neighbour's own kind): passing trouble, after the last try.
        """
        tries = self._tries(repeat=True)
        while True:
            started = self._now()
            try:
                return await work()
            except self._unavailable as error:
                pause = self._pause_after(error, tries, started)
                if pause is None:
                    raise
            await self.policy.sleep(pause)

    def _tries(self, *, repeat: bool) -> Tries:
        policy = self.policy
        return Tries(
            policy.attempts if repeat else 1, policy.backoff_max_s, least_pause_s=policy.least_pause_s
        )

    def _pause_after(self, error: Transient, tries: Tries, started: float) -> float | None:
        """Slow down where there were too many calls, and say how it goes on; None: the call is given up."""
        if error.throttled and self.throttle.slow_down(started):
            self._log.warning(
                "host.throttled",
                host=self._host,
                message=f"{self._host} answers that there are too many calls; from now on no more than {self.throttle.at_once} at once",
            )
        now, chance = self._now(), random.random()  # noqa: S311 - spreads calls, no secret
        if error.throttled and self._refused_since is None:
            self._refused_since = now
        pause = tries.pause_after(error, now=now, chance=chance, refused_since=self._refused_since)
        if pause is not None and not error.throttled:
            self._log.warning(
                "call.repeated",
                host=self._host,
                message=f"no usable answer from {self._host}, {nth(tries.failed + 1)} of {self.policy.attempts} tries",
                why=str(error),
            )
        return pause

    @asynccontextmanager
    async def stream(
        self,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: str = "",
        told: str = "",
    ) -> AsyncIterator[Download]:
        """
        Open one GET whose body is read in pieces by the caller; never repeated here.

        Args:
            query: as it stands in the address, byte for byte.
            told: what messages say instead of a path that is a secret.

        Raises:
            Transient (the neighbour's own kind): passing trouble, also while the body is read.
        """
        template = self._template("GET", path)
        await self._enter()
        started = self._now()
        self.throttle.count(started)
        status = "error"
        self.tally.requests += 1
        url = self.base_url + path + (f"?{query}" if query else "")
        try:
            async with self._transport.stream(url, headers=headers) as download:
                status = str(download.status)
                if download.status in PASSING:
                    body = await download.beginning()
                    raise self._passing(download.status, "GET", told or path, body, download.headers)
                yield download
            self._went_well()
        except CallFailed as error:
            raise self._broken(error, "GET", told or path) from (None if told else error)
        except self._unavailable as error:
            if error.throttled:
                self.throttle.slow_down(started)
            raise
        finally:
            self.throttle.leave()
            self._note("GET", template, status, started)

    async def _enter(self) -> None:
        """
        Wait for the turn of one more call.

        Raises:
            Transient (the neighbour's own kind): the host asked to be left alone for longer than a call waits.
        """
        await self.throttle.enter()
        if not (until := self._host_pause.until()):
            return
        self.throttle.leave()
        raise self._unavailable(
            f"{self.name} at {self._host} asked not to be called before {_moment(until)}; a later run does the rest",
            sent=False,
            lasting=True,
        )

    async def _send(self, call: Call, path: str, template: str) -> Reply:
        started = self._now()
        status = "error"
        method, told = call.method, _without_person(path, template)
        self.tally.requests += 1
        self.tally.bytes_sent += len(call.content or b"")
        try:
            reply = await self._transport.fetch(call)
            status = str(reply.status)
            self.dated = Dated(self.base_url, reply.headers.get("date", ""), self._clock())
        except CallFailed as error:
            raise self._broken(error, method, told) from error
        finally:
            self._note(method, template, status, started)
        if reply.body[:1] in _MARKS:
            reply = Reply(reply.status, without_mark(reply.body), reply.headers)
        if reply.status in PASSING:
            raise self._passing(reply.status, method, told, reply.body, reply.headers)
        if 200 <= reply.status < 300 and is_page(reply.body):  # no API here speaks HTML, whatever was asked
            raise self._unavailable(
                f"{self.name}: {method} {told} at {self._host} answered {reply.status}{words_of(reply.body)} instead of the API's answer",
                by_other=True,
            )
        return reply

    def _note(self, method: str, template: str, status: str, started: float) -> None:
        self.tally.by_status[status] += 1
        if self.policy.observer is not None:
            self.policy.observer(self._host, method, template, status, self._now() - started)

    def _template(self, method: str, path: str) -> str:
        found = self._allowed.fullmatch(f"{method} {path}")
        if found is not None and found.lastindex is not None:
            return self._templates[found.lastindex - 1]
        raise RuntimeError(f"{method} {path} is not a declared exchange of {self.name}")

    def _broken(self, error: CallFailed, method: str, path: str) -> Transient:
        broken = self._unavailable(
            f"{self.name}: {method} {path} at {self._host} {error.in_words}: {hide(str(error))}",
            sent=error.sent,
            lasting=error.lasting,
        )
        broken.cut_off = True
        return broken

    def _passing(
        self, status: int, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> Transient:
        asked = None
        if status in {429, 503}:
            now = self._clock()
            ahead = Dated(self.base_url, headers.get("date", ""), now).ahead_s
            asked = retry_after(headers.get("retry-after"), now=now - ahead)
        words = f"{self.name}: {method} {path} at {self._host} answered {status}{words_of(body)}"
        too_long = asked is not None and asked > self.policy.backoff_max_s
        if asked is not None and too_long:
            words += f"; it asks not to be called before {_moment(self._host_pause.keep(asked))}, and a later run does the rest"
        return self._unavailable(
            words, retry_after_s=asked, throttled=status == 429, sent=status != 429, lasting=too_long
        )


async def _read(read: Callable[[Reply], T], reply: Reply) -> T:
    """Read an answer, whoever wrote it: in a thread where that may take seconds."""
    if len(reply.body) <= ODD_AT_ONCE:
        return read(reply)
    if len(reply.body) <= AT_ONCE:
        with suppress(TakesLongError):
            return read(Reply(reply.status, Hasty(reply.body), reply.headers))
    return await asyncio.to_thread(read, reply)


def words_of(body: bytes) -> str:
    """
    Take a neighbour's own words from an error answer, with its trace id; empty when there are none, or beyond LONGEST_REFUSAL bytes.

    Of a web page, which is somebody else's, its title.
    """
    if is_page(body):
        return f" with {words_of_page(body)}"
    if len(body) > LONGEST_REFUSAL:
        return ""
    try:
        return _words_in(msgspec.json.decode(without_nul(without_mark(body))))
    except REFUSALS:  # to write what is nested takes more of the stack than to read it
        return ""


def _words_in(answer: object) -> str:
    if not isinstance(answer, dict):
        return ""
    # error and error_description: RFC 6749, 5.2
    said = next(
        (
            answer[key]
            for key in ("message", "Message", "error_description", "error", "code")
            if answer.get(key)
        ),
        "",
    )
    words = " ".join(hide(f"{said}{_details(answer)}").split())[:LONGEST_WORDS].rstrip(". ")
    trace = answer.get("trace_id")
    return (f": {words}" if words else "") + (f" (trace id {hide(str(trace))[:40]})" if trace else "")


def _details(answer: Mapping[str, object]) -> str:
    """What `errors[]` says beside the message: codes and words."""
    listed = answer.get("errors")
    details = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    told = [" ".join(str(one[key]) for key in ("code", "message") if one.get(key)) for one in details[:3]]
    return f" ({'; '.join(told)})" if any(told) else ""


_MARKS = frozenset({b"\xef", b"\xff", b"\xfe"})


def without_mark(body: bytes) -> bytes:
    """A text without the mark that some put before it, in UTF-8 (RFC 8259, 8.1: readers may ignore the mark)."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        with suppress(UnicodeError):
            return body.decode("utf-16").encode()
    return body.removeprefix(codecs.BOM_UTF8)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _without_person(path: str, template: str) -> str:
    """A path as messages tell it: the id of a person may be an address, and messages go into logs."""
    if PERSON not in template:
        return path
    parts = zip(path.split("/"), template.split("/"), strict=True)
    return "/".join(part if part == PERSON else one for one, part in parts)


def _path_pattern(path: str) -> str:
    return "".join(
        "[^?#]*" if part == ANYTHING else "[^/?#]+" if part.startswith("{") else re.escape(part)
        for part in re.split(r"(\{\w+\})", path)
    )


@lru_cache(maxsize=1_000)
def _query(params: tuple[tuple[str, str], ...]) -> str:
    """As it stands in an address; most calls ask for the same page of another folder."""
    return f"?{urlencode(params, quote_via=quote)}"
