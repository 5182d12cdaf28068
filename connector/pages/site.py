"""
The status page: routes, from a request to a page. Server-rendered; a little script keeps the overview live.

Every page opens its own short-lived ledger connection in a worker thread, so that a reader never waits for a run.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from connector.errors import ConnectorError, NoSuchPage
from connector.ledger.catalogue import LAST_PAGE
from connector.ledger.store import Ledger
from connector.machine.verbs import as_typed_here
from connector.pages import lists
from connector.pages.access import Access
from connector.pages.decision_forms import DecisionForms
from connector.pages.duplicate_search import Finding
from connector.pages.hiding_forms import HidingForms
from connector.pages.live import Live
from connector.pages.overview import tell_overview
from connector.pages.paging import Leaf, Paging
from connector.pages.posted_forms import PostedForms
from connector.pages.probes import Machines
from connector.pages.rendering import Rendering
from connector.pages.request_fields import asked, fit
from connector.pages.security_headers import SecurityHeaders
from connector.pages.service_view import ServiceView
from connector.pages.sign_in import SignIn
from connector.secrets.hiding import hide
from connector.status.duplicates import KEPT_PAGES
from connector.status.exchanges import tell_exchanges
from connector.status.explaining import explain, tell_for
from connector.status.found_by_person import tell_person
from connector.status.runs import is_worked_on, tell_whole_run
from connector.status.waiting import tell_decision, tell_waiting
from connector.status.workers import tell_workers
from connector.wiring.matching import matching_of

NARROWS = ("q", "source", "kind", "state", "reason", "format", "room")
"""What narrows a list of documents."""
LAST_OF_RUNS = 2_000
"""Page of runs."""
SHOWN_PLACES = 20
"""Places of one file that its page shows one by one."""
SHOWN_OF_A_RUN = 100
"""Of what a run holds, removed or would do, shown one by one."""
STATIC = Path(__file__).parent / "static"
UNUSABLE = (
    "The service cannot answer that now. Its log says why; so does the status page, to whoever signs in."
)
"""For whoever may not read: where files are, and what is wrong with them, is nobody else's business."""

Tell = Callable[[Ledger], dict[str, Any] | None]
TellPage = Callable[[Ledger, Leaf], dict[str, Any]]


class Site:
    """The pages of one service."""

    def __init__(self, behind: ServiceView, access: Access) -> None:
        self._behind = behind
        self._access = access
        self._pages = Rendering(app=behind.app, access=access, clock=behind.clock)
        self._paging = Paging()
        self._finding = Finding(behind)
        self.live = Live(behind, access)

    def application(self) -> Starlette:
        """The ASGI application."""
        pages = {
            "/": self.overview,
            "/runs": self.runs,
            "/runs/{run_id}": self.run,
            "/documents": self.documents,
            "/documents/duplicates": self.duplicates,  # before the next one: no id is called so
            "/documents/{identifier:path}": self.document,
            "/people": self.person,
            "/held": self.held,
            "/quarantine": self.quarantine,
            "/workers": self.workers,
            "/exchanges": self.exchanges,
        }
        forms = PostedForms(self._access, self._pages)
        site = Starlette(
            routes=[
                *Machines(self._behind).routes(),
                *(Route(path, page, methods=["GET"]) for path, page in pages.items()),
                *SignIn(self._access, self._pages).routes(),
                *DecisionForms(self._behind, forms).routes(),
                *HidingForms(self._behind, forms).routes(),
                Route("/events", self.live.events, methods=["GET"]),
                Mount("/static", StaticFiles(directory=STATIC)),
            ],
            middleware=[Middleware(SecurityHeaders)],
            exception_handlers={
                404: self._not_found,
                NoSuchPage: self._refused,
                ConnectorError: self._trouble,
                Exception: self._bug,
            },
        )
        site.router.redirect_slashes = False  # it would make an address of the Host header
        return site

    async def overview(self, request: Request) -> Response:
        """How things stand."""
        behind, target = self._behind, self._pages.target(request)
        part = "overview_live.html" if "part" in request.query_params else "overview.html"
        return await self._page(
            request, part, lambda ledger: tell_overview(behind, behind.app(), ledger, target)
        )

    async def runs(self, request: Request) -> Response:
        """The history of runs."""
        target, now = self._pages.target(request), self._behind.clock()
        return await self._list(
            request,
            "runs.html",
            {},
            lambda ledger, leaf: lists.page_of_runs(ledger, target, leaf.number, now=now),
            most=LAST_OF_RUNS,
        )

    async def run(self, request: Request) -> Response:
        """One run in full."""
        target, identifier = self._pages.target(request), fit(request.path_params["run_id"])
        now = self._behind.clock()

        def tell(ledger: Ledger) -> dict[str, Any] | None:
            run = ledger.runs(target).get(identifier)
            if run is None:
                return None
            worked_on = is_worked_on(ledger, target, now=now)
            told = tell_whole_run(ledger, target, run, worked_on=worked_on, most=SHOWN_OF_A_RUN)
            return {"run": told}

        return await self._page(request, "run.html", tell)

    async def documents(self, request: Request) -> Response:
        """Documents, searched and filtered."""
        target, app = self._pages.target(request), self._behind.app()
        wanted = asked(request, *NARROWS)
        return await self._list(
            request,
            "documents.html",
            wanted,
            lambda ledger, leaf: lists.page_of_documents(
                ledger, app, target, wanted, leaf.number, after=leaf.place
            ),
        )

    async def duplicates(self, request: Request) -> Response:
        """Files that stand in several places."""
        target, app = self._pages.target(request), self._behind.app()
        wanted = asked(request, "source", "room")

        def tell(ledger: Ledger, leaf: Leaf) -> dict[str, Any]:
            told = self._finding.tell(
                ledger, target, wanted["source"], wanted["room"], page=leaf.number, after=leaf.place
            )
            return {
                **told,
                "after": told["next"],
                "asked": wanted,
                "sources": app.sources_of(target),
                "shown": SHOWN_PLACES,
            }

        most = LAST_PAGE if wanted["room"] else KEPT_PAGES
        return await self._list(request, "duplicates.html", wanted, tell, most=most)

    async def document(self, request: Request) -> Response:
        """Everything about one document."""
        target, identifier = self._pages.target(request), fit(request.path_params["identifier"])

        person, app = asked(request, "for")["for"], self._behind.app()

        def tell(ledger: Ledger) -> dict[str, Any] | None:
            told = explain(ledger, target, identifier, recall=app.recall, by_id=True)
            if told is not None and person:
                matching = matching_of(app.settings.targets[target].people)
                told["for"] = tell_for(ledger, target, told, person, matching)
            return None if told is None else {"one": told, "person": person, "done": done}

        done = self._access.take_word(request)
        return await self._page(request, "document.html", tell)

    async def person(self, request: Request) -> Response:
        """What a person may find, and by which groups."""
        target, words, app = self._pages.target(request), asked(request, "q")["q"], self._behind.app()
        matching = matching_of(app.settings.targets[target].people)

        def tell(ledger: Ledger) -> dict[str, Any]:
            told = tell_person(ledger, target, words, matching, app.sources_of(target)) if words else None
            return {"words": words, "one": told}

        return await self._page(request, "person.html", tell)

    async def held(self, request: Request) -> Response:
        """What waits for a decision."""
        target, chosen = self._pages.target(request), asked(request, "source", "room")
        told = {"done": self._access.take_word(request), "asked": chosen, **self._decided(target)}
        return await self._list(
            request,
            "held.html",
            chosen,
            lambda ledger, leaf: {
                **tell_waiting(ledger, target, **chosen, page=leaf.number, after=leaf.place),
                **told,
            },
        )

    def _decided(self, target: str) -> dict[str, Any]:
        """Whether one can decide here, and what was decided and is not carried out yet."""
        decide = self._behind.decide
        under_way = decide.waiting(target) if decide is not None else []
        return {
            "may_decide": decide is not None,
            "under_way": [tell_decision(one) for one in under_way],
            "decided": {one.about for one in under_way},
        }

    async def quarantine(self, request: Request) -> Response:
        """What could not be synchronised."""
        target = self._pages.target(request)
        done = self._access.take_word(request)
        return await self._page(
            request,
            "quarantine.html",
            lambda ledger: {**lists.page_of_quarantine(ledger, target), "done": done},
        )

    async def workers(self, request: Request) -> Response:
        """Who works, on what, since when."""
        app, now = self._behind.app(), self._behind.clock()
        return await self._page(
            request,
            "workers.html",
            lambda ledger: tell_workers(
                ledger, list(app.settings.targets), shared=bool(app.shared_ledger), now=now
            ),
        )

    async def exchanges(self, request: Request) -> Response:
        """Every call that can be made."""
        if not self._access.may_read(request):
            return self._pages.ask_token(request)
        told = await tell_exchanges(self._behind.app())
        return self._pages.page(request, "exchanges.html", {"told": told})

    async def _list(
        self,
        request: Request,
        template: str,
        narrowed: dict[str, str],
        tell: TellPage,
        *,
        most: int = LAST_PAGE,
    ) -> Response:
        """
        A page of a list, between the one before and the next one.

        Args:
            narrowed: what narrows it.
            tell: says as `after` where the next page begins; empty: it is counted, or there is none.
            most: as far as pages are counted.
        """
        if not self._access.may_read(request):
            return self._pages.ask_token(request)
        of = (request.scope["path"], self._pages.target(request), *narrowed.values())
        leaf = self._paging.turn(of, request.query_params, most=most)

        def look(ledger: Ledger) -> dict[str, Any]:
            told = tell(ledger, leaf)
            return {**told, **self._paging.links(leaf, told.get("after", ""))}

        return await self._page(request, template, look)

    async def _page(self, request: Request, template: str, tell: Tell) -> Response:
        if not self._access.may_read(request):
            return self._pages.ask_token(request)

        def look() -> dict[str, Any] | None:
            with self._behind.app().ledger() as ledger:
                return tell(ledger)

        told = await run_in_threadpool(look)
        if told is None:
            return self._pages.page(request, "missing.html", {}, 404)
        return self._pages.page(request, template, told)

    async def _not_found(self, request: Request, _error: Exception) -> Response:
        if not self._access.may_read(request):
            return self._pages.ask_token(request)
        return self._pages.page(request, "missing.html", {}, 404)

    async def _refused(self, request: Request, error: Exception) -> Response:
        """The address names nothing that there is: said in words, with the way to what there is."""
        if not self._access.may_read(request):
            return self._pages.ask_token(request)
        assert isinstance(error, NoSuchPage)
        narrowed = asked(request, *(name for name in NARROWS if name not in error.said_by))
        return self._pages.page(request, "refused.html", {"why": str(error), "narrowed": narrowed}, 400)

    async def _trouble(self, request: Request, error: Exception) -> Response:
        """The ledger, or what a page asks, cannot be used: said in words, with nothing of the inside."""
        if not self._access.may_read(request):
            return PlainTextResponse(UNUSABLE, 503)
        words = as_typed_here(hide(str(error)))
        if request.scope["path"].startswith(("/health/", "/metrics")):
            return PlainTextResponse(words, 503)
        return self._pages.page(
            request, "trouble.html", {"why": words, "posted": request.method == "POST"}, 503
        )

    async def _bug(self, request: Request, _error: Exception) -> Response:
        """A bug of ours; the log has it."""
        return self._pages.page(request, "trouble.html", {"why": "", "posted": False}, 500)
