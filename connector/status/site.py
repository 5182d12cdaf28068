"""
The status page: routes, from a request to a page. Server-rendered; a little script keeps the overview live.

Every page opens its own short-lived ledger connection in a worker thread, so that a reader never waits for a run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import jinja2
import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from connector.app import App
from connector.daemon.progress import Progress
from connector.document.printable import printable
from connector.errors import ConnectorError
from connector.ledger.store import Ledger
from connector.machine.verbs import as_typed_here
from connector.plan.words import held as why_held
from connector.secrets.hiding import hidden, hide, hide_in_ours
from connector.status import account, views
from connector.status.access import COOKIE, SESSION_S, Access, Refusal, SecurityHeaders, from_here
from connector.status.chart import TONES
from connector.status.exchanges import tell_exchanges
from connector.status.health import tell_live, tell_ready
from connector.status.metrics import Metrics

HERE = Path(__file__).parent
LONGEST_FORM = 16_384
LAST_PAGE = 2_000
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"

Tell = Callable[[Ledger], dict[str, Any] | None]


class Site:
    """The pages of one service."""

    def __init__(
        self,
        *,
        app: Callable[[], App],
        metrics: Metrics,
        lanes: Callable[[], Mapping[str, Progress]],
        access: Access,
        clock: Callable[[], float],
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._lanes = lanes
        self._access = access
        self._clock = clock
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_shown,
        )
        self._templates.filters["when"] = self._when
        self._templates.filters["ago"] = self._ago
        self._templates.filters["count"] = lambda number: f"{number:,}".replace(",", "\u202f")
        self._templates.globals["tones"] = TONES
        self._templates.globals["hold_words"] = why_held

    def application(self) -> Starlette:
        """The ASGI application."""
        get, post = ["GET"], ["POST"]
        site = Starlette(
            routes=[
                Route("/health/live", self.live, methods=get),
                Route("/health/ready", self.ready, methods=get),
                Route("/metrics", self.numbers, methods=get),
                Route("/", self.overview, methods=get),
                Route("/runs", self.runs, methods=get),
                Route("/runs/{run_id}", self.run, methods=get),
                Route("/documents", self.documents, methods=get),
                Route("/documents/{identifier:path}", self.document, methods=get),
                Route("/held", self.held, methods=get),
                Route("/quarantine", self.quarantine, methods=get),
                Route("/quarantine", self.change_quarantine, methods=post),
                Route("/exchanges", self.exchanges, methods=get),
                Route("/sign-in", self.sign_in_form, methods=get),
                Route("/sign-in", self.sign_in, methods=post),
                Route("/sign-out", self.sign_out, methods=post),
                Mount("/static", StaticFiles(directory=HERE / "static")),
            ],
            middleware=[Middleware(SecurityHeaders)],
            exception_handlers={404: self._not_found, ConnectorError: self._failed},
        )
        site.router.redirect_slashes = False  # it would make an address of the Host header
        return site

    # -- for machines -------------------------------------------------------------------------

    async def live(self, _request: Request) -> Response:
        """200 while every run under way advances."""
        good, told = tell_live(self._lanes())
        return _json(told, 200 if good else 503)

    async def ready(self, _request: Request) -> Response:
        """200 while the last good run is recent enough."""

        def look() -> tuple[bool, dict[str, Any]]:
            app = self._app()
            with app.ledger() as ledger:
                return tell_ready(app, ledger, now=self._clock())

        good, told = await run_in_threadpool(look)
        return _json(told, 200 if good else 503)

    async def numbers(self, _request: Request) -> Response:
        """For Prometheus."""

        def look() -> bytes:
            app = self._app()
            targets = {name: set(app.sources_of(name)) for name in app.settings.targets}
            with app.ledger() as ledger:
                return self._metrics.render(ledger, targets, now=self._clock())

        return Response(await run_in_threadpool(look), media_type=PROMETHEUS)

    # -- for people ---------------------------------------------------------------------------

    async def overview(self, request: Request) -> Response:
        """How things stand."""
        app, target = self._app(), self._target(request)

        def tell(ledger: Ledger) -> dict[str, Any]:
            return views.tell_overview(app, ledger, target, self._metrics, self._lanes(), now=self._clock())

        part = "overview_live.html" if "part" in request.query_params else "overview.html"
        return await self._page(request, part, tell)

    async def runs(self, request: Request) -> Response:
        """The history of runs."""
        target, page = self._target(request), _page_number(request)
        return await self._page(
            request, "runs.html", lambda ledger: views.tell_runs(ledger.browse(target), page)
        )

    async def run(self, request: Request) -> Response:
        """One run in full."""
        target, identifier = self._target(request), request.path_params["run_id"]

        def tell(ledger: Ledger) -> dict[str, Any] | None:
            run = ledger.runs(target).get(identifier)
            return None if run is None else {"run": account.tell_whole_run(ledger, target, run)}

        return await self._page(request, "run.html", tell)

    async def documents(self, request: Request) -> Response:
        """Documents, searched and filtered."""
        target, page, app = self._target(request), _page_number(request), self._app()
        asked = {
            key: request.query_params.get(key, "").strip()[:200]
            for key in ("q", "source", "kind", "state", "reason", "format")
        }
        return await self._page(
            request,
            "documents.html",
            lambda ledger: views.tell_documents(ledger.catalogue(target), app, target, asked, page),
        )

    async def document(self, request: Request) -> Response:
        """Everything about one document."""
        target, identifier = self._target(request), request.path_params["identifier"]

        def tell(ledger: Ledger) -> dict[str, Any] | None:
            told = account.explain(ledger, target, identifier)
            return None if told is None else {"one": told}

        return await self._page(request, "document.html", tell)

    async def held(self, request: Request) -> Response:
        """Removals that wait for a decision."""
        target, page = self._target(request), _page_number(request)
        return await self._page(
            request, "held.html", lambda ledger: views.tell_held(ledger.browse(target), page)
        )

    async def quarantine(self, request: Request) -> Response:
        """What could not be synchronised."""
        target = self._target(request)
        done = self._access.take_word(request)
        return await self._page(
            request,
            "quarantine.html",
            lambda ledger: {"parked": account.tell_quarantine(ledger, target), "done": done},
        )

    async def exchanges(self, request: Request) -> Response:
        """Every call that can be made."""
        if not self._access.may_read(request):
            return self._ask_token(request)
        told = await tell_exchanges(self._app())
        return self._render(request, "exchanges.html", {"told": told})

    # -- changes ------------------------------------------------------------------------------

    async def change_quarantine(self, request: Request) -> Response:
        """Retry or drop one document or all; needs the token."""
        form = await _read_form(request)
        if not self._access.may_change(request, form.get("form_key", "")):
            return self._ask_token(request, 403)
        target, action, identifier = self._target(request), form.get("action"), form.get("id", "")
        if action not in {"retry", "drop"}:
            return PlainTextResponse("action is retry or drop", 400)

        def change() -> int:
            with self._app().ledger() as ledger:
                parked = ledger.quarantine(target)
                return (parked.retry if action == "retry" else parked.drop)(
                    [identifier] if identifier else None
                )

        count = await run_in_threadpool(change)
        words = "tried again in the next run" if action == "retry" else "no longer retried until they change"
        self._access.leave_word(request, f"{count} document{'' if count == 1 else 's'}: {words}")
        named = self._named(target)
        return RedirectResponse(f"/quarantine?{urlencode(named)}" if named else "/quarantine", 303)

    async def sign_in_form(self, request: Request) -> Response:
        """Where the token is given."""
        return self._ask_token(request, 200)

    async def sign_in(self, request: Request) -> Response:
        """Open a session."""
        form = await _read_form(request)
        key = self._access.sign_in(form.get("token", "")) if from_here(request) else Refusal.WRONG
        if isinstance(key, Refusal):
            return self._render(request, "sign_in.html", {"refusal": key.value}, 403)
        response = RedirectResponse("/", 303)
        response.set_cookie(
            COOKIE,
            key,
            max_age=int(SESSION_S),
            httponly=True,
            samesite="strict",
            secure=request.scope["scheme"] == "https",
        )
        return response

    async def sign_out(self, request: Request) -> Response:
        """End a session."""
        form = await _read_form(request)
        if self._access.may_change(request, form.get("form_key", "")):
            self._access.sign_out(request)
        response = RedirectResponse("/", 303)
        response.delete_cookie(COOKIE)
        return response

    # -- rendering ----------------------------------------------------------------------------

    async def _page(self, request: Request, template: str, tell: Tell) -> Response:
        if not self._access.may_read(request):
            return self._ask_token(request)

        def look() -> dict[str, Any] | None:
            with self._app().ledger() as ledger:
                return tell(ledger)

        told = await run_in_threadpool(look)
        if told is None:
            return self._render(request, "missing.html", {}, 404)
        return self._render(request, template, told)

    def _render(
        self, request: Request, template: str, told: Mapping[str, Any], status: int = 200
    ) -> Response:
        session = self._access.session(request)
        target = self._target(request)
        named = self._named(target)

        def link(path: str, **query: Any) -> str:
            asked = {key: value for key, value in {**named, **query}.items() if value}
            return f"{path}?{urlencode(asked)}" if asked else path

        page = self._templates.get_template(template).render(
            **told,
            path=request.scope["path"],
            target=target,
            targets=list(self._app().settings.targets),
            several=len(self._app().settings.targets) > 1,
            link=link,
            signed_in=session is not None,
            form_key=session.form_key if session else "",
            has_token=self._access.has_token,
            timezone=self._app().settings.schedule.timezone,
        )
        return HTMLResponse(as_typed_here(hide_in_ours(page)), status)

    def _ask_token(self, request: Request, status: int = 401) -> Response:
        refusal = Refusal.LATER.value if self._access.is_closed else ""
        return self._render(request, "sign_in.html", {"refusal": refusal}, status)

    async def _not_found(self, request: Request, _error: Exception) -> Response:
        if not self._access.may_read(request):
            return self._ask_token(request)
        return self._render(request, "missing.html", {}, 404)

    async def _failed(self, _request: Request, error: Exception) -> Response:
        """The ledger cannot be read: said in words, with nothing of the inside."""
        return PlainTextResponse(as_typed_here(hide(str(error))), 503)

    def _target(self, request: Request) -> str:
        targets = list(self._app().settings.targets)
        asked = request.query_params.get("target", "")
        return asked if asked in targets else targets[0]

    def _named(self, target: str) -> dict[str, str]:
        """What a link carries so that it stays with the chosen target; nothing where there is one."""
        targets = list(self._app().settings.targets)
        return {"target": target} if len(targets) > 1 else {}

    def _when(self, stamp: str) -> str:
        return views.clock_time(stamp, self._app().settings.schedule.timezone)

    def _ago(self, stamp: str) -> str:
        """How long a time is past, or ahead."""
        seconds = (datetime.fromtimestamp(self._clock(), UTC) - datetime.fromisoformat(stamp)).total_seconds()
        words = next(
            (
                f"{round(abs(seconds) / size)} {unit}{'' if round(abs(seconds) / size) == 1 else 's'}"
                for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60))
                if abs(seconds) >= size
            ),
            "",
        )
        if not words:
            return "just now" if seconds >= 0 else "in a moment"
        return f"{words} ago" if seconds > 0 else f"in {words}"


def _shown(value: Any) -> Any:
    """What a template puts into a page: markup of ours as it is, the words of others without what steers the eye."""
    return printable(value, lines=True) if type(value) is str else value


async def _read_form(request: Request) -> dict[str, str]:
    """A posted form's fields; a body that is too long, or breaks off, counts as empty."""
    body = b""
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > LONGEST_FORM:
                return {}
    except ClientDisconnect:
        return {}
    return {key: values[0] for key, values in parse_qs(body.decode("utf-8", "replace")).items()}


def _page_number(request: Request) -> int:
    asked = request.query_params.get("page", "")
    return min(LAST_PAGE, max(1, int(asked))) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1


def _json(told: dict[str, Any], status: int) -> Response:
    written = msgspec.json.encode(hidden(told)).decode()
    return Response(as_typed_here(written), status, media_type="application/json")
