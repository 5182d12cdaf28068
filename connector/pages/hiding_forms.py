"""Hide a document, or show it again, on its page: with the token, and a form of our own."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connector.errors import ConnectorError, LeaseHeld
from connector.ledger.orders import Order, OrderKind
from connector.pages.posted_forms import PostedForms
from connector.pages.request_fields import LONGEST_WORD, fit
from connector.pages.service_view import ServiceView
from connector.plan import order_words
from connector.plan.item import Mode
from connector.status.hidden import tell_shown
from connector.wiring.orders import carry_out, new_id, open_to_order, show_again, write


class HidingForms:
    """What the forms on a document's page do."""

    def __init__(self, behind: ServiceView, forms: PostedForms) -> None:
        self._behind = behind
        self._forms = forms

    def routes(self) -> list[Route]:
        """Where the forms go."""
        return [
            Route("/documents/{identifier}/hide", self.hide, methods=["POST"]),
            Route("/documents/{identifier}/unhide", self.unhide, methods=["POST"]),
        ]

    async def hide(self, request: Request) -> Response:
        """Out of the search now; a run that is under way carries it out between two batches."""
        return await self._order(request, OrderKind.HIDE)

    async def unhide(self, request: Request) -> Response:
        """It may be found again, from the next run on."""
        return await self._order(request, OrderKind.UNHIDE)

    async def _order(self, request: Request, kind: OrderKind) -> Response:
        identifier = fit(request.path_params["identifier"])
        page = f"/documents/{identifier}"
        posted = await self._forms.take(request, back=page)
        if isinstance(posted, Response):
            return posted
        target, app, now = posted.target, self._behind.app(), self._behind.clock()
        shows = kind is OrderKind.UNHIDE

        def write_down() -> str:
            """Returns: what there is to say; empty where it is to be carried out first."""
            with open_to_order(app) as ledger:
                orders = ledger.orders(target)
                one = ledger.documents(target).standing([identifier]).get(identifier)
                hidden = orders.hidden(identifier)
                holds = any(each.subject == identifier for each in orders.holding())
                if shows and not holds:
                    return "Nothing hides it any more"  # as after a second click
                if one is None and hidden is None and not holds:
                    return "The ledger knows no such document"
                order = Order(
                    id=new_id(now),
                    target=target,
                    kind=kind,
                    subject=identifier,
                    title=one.title if one is not None else hidden.title if hidden is not None else "",
                    who=posted.who or "the status page",
                    at=now,
                    because=posted.fields.get("because", "").strip()[:LONGEST_WORD],
                    done_at=now if shows else None,
                    ended_at=now if shows else None,
                )
                if shows:
                    return str(tell_shown(ledger, order, show_again(ledger, order))["words"])
                write(ledger, order)
                return ""

        try:
            told = await run_in_threadpool(write_down)
        except ConnectorError as error:
            return self._forms.answer(request, posted, page, str(error))
        return self._forms.answer(request, posted, page, told or await self._carry_out(target))

    async def _carry_out(self, target: str) -> str:
        app = self._behind.app()
        try:
            why = await carry_out(app, target, app.options(target, Mode.DELTA))
        except LeaseHeld:
            return (
                "The run that is under way takes it out of the search within 10 seconds, or within a minute if a service that worked for it has "
                "just died"
            )
        except ConnectorError as error:
            return order_words.left_to_the_next_run(str(error))
        return order_words.left_to_the_next_run(why) if why else "It is out of the search"
