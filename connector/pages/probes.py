"""What the service tells machines: whether it lives and is ready, and its numbers. Needs no token, and names nobody."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connector.machine.verbs import as_typed_here
from connector.pages.service_view import ServiceView
from connector.secrets.hiding import hidden
from connector.status.health import tell_live, tell_ready

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


class Machines:
    """Health and metrics."""

    def __init__(self, behind: ServiceView) -> None:
        self._behind = behind

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/health/live", self.live, methods=["GET"]),
            Route("/health/ready", self.ready, methods=["GET"]),
            Route("/metrics", self.numbers, methods=["GET"]),
        ]

    async def live(self, _request: Request) -> Response:
        """200 while every run under way advances."""
        good, told = tell_live(self._behind.lanes())
        return _json(told, 200 if good else 503)

    async def ready(self, _request: Request) -> Response:
        """200 while the last good run is recent enough."""

        def look() -> tuple[bool, dict[str, Any]]:
            app = self._behind.app()
            with app.ledger() as ledger:
                return tell_ready(app, ledger, now=self._behind.clock())

        good, told = await run_in_threadpool(look)
        return _json(told, 200 if good else 503)

    async def numbers(self, _request: Request) -> Response:
        """For Prometheus."""

        def look() -> bytes:
            app = self._behind.app()
            targets = {name: set(app.sources_of(name)) for name in app.settings.targets}
            with app.ledger() as ledger:
                return self._behind.metrics.render(ledger, targets, now=self._behind.clock())

        return Response(await run_in_threadpool(look), media_type=PROMETHEUS)


def _json(told: dict[str, Any], status: int) -> Response:
    written = msgspec.json.encode(hidden(told)).decode()
    return Response(as_typed_here(written), status, media_type="application/json")
