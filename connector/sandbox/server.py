"""
The simulated neighbours on real sockets: loopback, any free port, quick to start and to stop.

Uvicorn's HTTP protocol is used without uvicorn's server: that one polls every 0.1 s, takes over the signals
and is slow to stop; the tests start and stop these servers thousands of times. Where httptools is installed, as in the tests'
environment, a call takes a third of the processor time that h11 needs.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.auto import AutoHTTPProtocol
from uvicorn.server import ServerState

from connector.sandbox.faults import Wire

T = TypeVar("T")
HOST = "127.0.0.1"


class _OpenProtocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]  # whichever is installed
    """Uvicorn's protocol that hands its transport to the application, so that a reset can be a real one."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self.app_state = {"transport": transport}


@asynccontextmanager
async def serve(app: ASGIApp, wire: Wire | None = None, port: int = 0) -> AsyncIterator[str]:
    """
    Serve one application on loopback in the running event loop; yields its base URL without a final slash.

    Args:
        app: its `name` attribute, where it has one, is the name of the server in the wire's records.
        wire: counts and breaks the calls; without one every call is answered.
        port: 0 takes any free port.

    Raises:
        OSError: the port is taken.
    """
    loop = asyncio.get_running_loop()
    served = app if wire is None else wire.wrap(app)
    config = uvicorn.Config(
        served,
        lifespan="off",
        log_config=None,
        access_log=False,
        ws="none",
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,  # uvicorn's 5 s would close on a client that pauses
    )
    config.load()
    state = ServerState()
    listener = await loop.create_server(
        lambda: _OpenProtocol(config, state, {}, loop), HOST, port, backlog=512
    )
    try:
        yield f"http://{HOST}:{listener.sockets[0].getsockname()[1]}"
    finally:
        listener.close()
        tasks = list(state.tasks)
        for connection in list(state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        while state.connections:  # noqa: ASYNC110  (uvicorn tells nobody when the last one is lost)
            await asyncio.sleep(0)
        if wire is not None:
            wire.let_go(tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=2)


class ThreadServer:
    """
    Serves applications from a thread of its own: for tests that start the real connector process.

    A context manager: `with ThreadServer([interaxo, interact], wire) as urls`. While calls are under way a
    world is edited through `call`, which runs in the servers' thread.
    """

    def __init__(self, apps: Sequence[ASGIApp], wire: Wire | None = None, ports: Sequence[int] = ()) -> None:
        self._apps = apps
        self._wire = wire
        self._ports = list(ports) or [0] * len(apps)
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._started = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._failure: BaseException | None = None
        self.urls: list[str] = []

    def __enter__(self) -> list[str]:
        """Start; returns the base URLs in the order of the applications."""
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure
        return self.urls

    def __exit__(self, *_: object) -> None:
        """Stop every server and wait for the thread to end."""
        assert self._loop is not None
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def run(self, work: Coroutine[Any, Any, T], timeout_s: float = 30) -> T:
        """Run a coroutine in the servers' loop and wait for its result."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout_s)

    def call(self, function: Callable[[], T]) -> T:
        """Run a plain function in the servers' thread, between two calls, and return its result."""

        async def called() -> T:
            return function()

        return self.run(called())

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        async with AsyncExitStack() as stack:
            try:
                for app, port in zip(self._apps, self._ports, strict=True):
                    self.urls.append(await stack.enter_async_context(serve(app, self._wire, port)))
            except OSError as error:
                self._failure = error
                return
            finally:
                self._started.set()
            await self._stop.wait()
