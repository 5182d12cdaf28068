"""The HTTP server beside the scheduler, in the same process and loop: when that loop hangs, nobody answers, rightly."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping

import uvicorn

from connector.app import App
from connector.daemon.progress import Progress
from connector.engine.task_group import wait_for_event
from connector.errors import ConnectorError
from connector.http.hosts import is_loopback
from connector.pages.access import Access
from connector.pages.connections import MOST_CONNECTIONS, Connection
from connector.pages.service_view import Decide, ServiceView
from connector.pages.site import Site
from connector.status.metrics import Metrics

DRAIN_S = 1
"""How long open answers may take when the service ends."""
TURNS = 3
"""Of the loop, in which a connection that its client has closed is found to be."""


class StatusServer:
    """
    Health, metrics and the status page on one address.

    Args:
        app: the connector as it stands; settings may be read again.
        lanes: how far each target's run is.
        refused: why the settings were refused when they were read last; empty where they were not.
        decide: takes what a person decides on the page; None: nothing is decided there.
    """

    def __init__(
        self,
        *,
        app: Callable[[], App],
        metrics: Metrics,
        lanes: Callable[[], Mapping[str, Progress]],
        clock: Callable[[], float],
        refused: Callable[[], str] = lambda: "",
        decide: Decide | None = None,
    ) -> None:
        self._behind = ServiceView(
            app=app, metrics=metrics, lanes=lanes, clock=clock, refused=refused, decide=decide
        )

    @contextlib.asynccontextmanager
    async def serving(self, listen: str) -> AsyncIterator[str]:
        """
        Serve on host:port (0 takes any free port); yields the address.

        Raises:
            ConnectorError: the address cannot be listened on.
        """
        host, _, port = listen.rpartition(":")
        host = host.strip("[]")
        try:
            listening = socket.create_server(
                (host, int(port)), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=128
            )
        except OSError as error:
            # with the address a second time; the number of a name that is not found is none of the system's
            why, _, _ = (error.strerror or "").partition(" (while")
            raise ConnectorError(
                f"The status page cannot listen on {listen} ({why}). Change service.listen, or stop the program that listens there."
            ) from error
        # a page goes out in two pieces: else the second waits until the first is acknowledged, 40 ms later
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        access = Access(
            token=lambda: _token_of(self._behind.app()),
            loopback=is_loopback(host),
            clock=self._behind.clock,
        )
        site = Site(self._behind, access)
        server = _Server(
            uvicorn.Config(
                site.application(),
                log_config=None,
                access_log=False,
                lifespan="off",
                ws="none",
                server_header=False,
                timeout_graceful_shutdown=DRAIN_S,
                http=Connection,
                limit_concurrency=MOST_CONNECTIONS,
                proxy_headers=False,
            )
        )
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        shown = f"[{host}]" if ":" in host else host
        try:
            yield f"http://{shown}:{listening.getsockname()[1]}"
        finally:
            site.live.end()
            server.end()
            await serving
            listening.close()


class _Server(uvicorn.Server):
    """
    Leaves signals to the service, and ends when it is told to.

    uvicorn itself wakes ten times a second to see whether it should end, and pauses as long once more while it does
    (observed: uvicorn 0.54, `Server.main_loop` and `shutdown`).
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told = asyncio.Event()

    def end(self) -> None:
        """Take no more calls."""
        self.should_exit = True
        self._told.set()

    async def main_loop(self) -> None:
        """Wait for the end; every second the date of answers is another."""
        tenths = 0
        while not await self.on_tick(tenths):
            tenths += 10
            await wait_for_event(self._told, at_most=1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End at once where nobody is connected any more."""
        for server in self.servers:
            server.close()
        for _ in range(TURNS):
            await asyncio.sleep(0)
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Install nothing."""
        yield


def _token_of(app: App) -> str:
    token = app.settings.service.token
    return token.get_secret_value() if token else ""
