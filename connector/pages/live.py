"""
Tells open overviews that something changed, by server-sent events (HTML Living Standard, section 9.2).

An event carries no data of its own: the browser fetches its part of the page anew. One task looks for all listeners, and only
while there are any; a hidden tab closes its stream, so it costs nothing. Who cannot be taken, or sits behind a proxy that keeps
events back, fetches now and then instead (static/live.js).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from connector.errors import ConnectorError
from connector.pages.access import Access
from connector.pages.service_view import ServiceView

MOST_LISTENERS = 20
"""Open streams; each takes one of the connections."""
LOOK_S = 2.0
"""Pause between two looks for something new."""
BEAT_S = 10.0
"""At least so often something is said, so that a browser knows that it hears, and a dead connection is noticed."""
BEAT = b"event: beat\ndata:\n\n"
CHANGED = b"event: changed\ndata:\n\n"
HEADERS = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
"""nginx passes on at once what says so."""


class Live:
    """The listeners of one service."""

    def __init__(self, behind: ServiceView, access: Access) -> None:
        self._behind = behind
        self._access = access
        self._listeners: set[asyncio.Event] = set()
        self._looking: asyncio.Task[None] | None = None
        self._ended = False

    async def events(self, request: Request) -> Response:
        """A stream of events, as long as the browser listens."""
        if not self._access.may_read(request):
            return PlainTextResponse("sign in first", 401)
        if self._ended or len(self._listeners) >= MOST_LISTENERS:
            return PlainTextResponse("too many listeners; ask again later", 503)
        changed = asyncio.Event()
        self._listeners.add(changed)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        return _Stream(
            self._tell(request, changed),
            lambda: self._listeners.discard(changed),
            media_type="text/event-stream",
            headers=HEADERS,
        )

    def end(self) -> None:
        """The service ends: every stream does, too."""
        self._ended = True
        if self._looking is not None:
            self._looking.cancel()
        for one in self._listeners:
            one.set()

    async def _tell(self, request: Request, changed: asyncio.Event) -> AsyncIterator[bytes]:
        yield BEAT
        while not self._ended and self._access.may_read(request):
            try:
                async with asyncio.timeout(BEAT_S):
                    await changed.wait()
            except TimeoutError:
                yield BEAT
                continue
            changed.clear()
            if not self._ended:
                yield CHANGED

    async def _look(self) -> None:
        """Wake the listeners when something is not as it was, until nobody listens."""
        before = await self._state()
        while self._listeners:
            await asyncio.sleep(LOOK_S)
            now = await self._state()
            if now != before:
                for one in self._listeners:
                    one.set()
            before = now

    async def _state(self) -> Any:
        """
        What of the overview changes: progress in this process, and what stands in the ledger, whoever wrote it.

        Also the minute: how long ago something was is told in minutes, and that search is not up to date any more by the clock alone.
        """
        behind = self._behind
        minute = int(behind.clock() // 60)
        progress = {
            name: (one.mode, one.seen, one.pushed, one.unwritten) for name, one in behind.lanes().items()
        }

        def look() -> Any:
            app = behind.app()
            try:
                with app.ledger() as ledger:
                    return {
                        name: (ledger.browse(name).last_number(), ledger.browse(name).under_way())
                        for name in app.settings.targets
                    }
            except ConnectorError as error:
                return str(error)

        return minute, progress, behind.refused(), await run_in_threadpool(look)


class _Stream(StreamingResponse):
    """A stream that says when nobody reads it any more, however that came."""

    def __init__(self, content: AsyncIterator[bytes], left: Callable[[], None], **more: Any) -> None:
        super().__init__(content, **more)
        self._left = left

    async def __call__(self, *asgi: Any) -> None:
        """Send it until it ends, or the browser leaves."""
        try:
            await super().__call__(*asgi)
        finally:
            self._left()
