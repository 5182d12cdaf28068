"""Hide a document, or show it again, on its page: with the token, and a form of our own."""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connector.errors import ConnectorError, LeaseHeld
from connector.ledger.orders import Order, OrderKind
from connector.ledger.store import Ledger
from connector.pages.posted_forms import Posted, PostedForms
from connector.pages.request_fields import LONGEST_WORD, fit
from connector.pages.service_view import ServiceView
from connector.plan import order_words
from connector.plan.item import Mode
from connector.status.hidden import tell_shown
from connector.wiring.orders import carry_out, lifting, new_id, open_to_order, show_again, write


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
        return await self._take(request, self._hide)

    async def unhide(self, request: Request) -> Response:
        """It may be found again, from the next run on."""
        return await self._take(request, self._unhide)

    async def _take(self, request: Request, write_down: Callable[[Posted, str], str]) -> Response:
        """
        Args:
            write_down: what is posted about which document; gives what there is to say, empty where it is to be carried out first.
        """
        identifier = fit(request.path_params["identifier"])
        page = f"/documents/{identifier}"
        posted = await self._forms.take(request, back=page)
        if isinstance(posted, Response):
            return posted
        try:
            told = await run_in_threadpool(write_down, posted, identifier)
        except ConnectorError as error:
            return self._forms.answer(request, posted, page, str(error))
        return self._forms.answer(request, posted, page, told or await self._carry_out(posted.target))

    def _hide(self, posted: Posted, identifier: str) -> str:
        now = self._behind.clock()
        with open_to_order(self._behind.app()) as ledger:
            standing = ledger.documents(posted.target).standing([identifier]).get(identifier)
            known = standing or ledger.orders(posted.target).hidden(identifier)
            if known is None and _holding(ledger, posted, identifier) is None:
                return "The ledger knows no such document"
            order = Order(
                id=new_id(now),
                target=posted.target,
                kind=OrderKind.HIDE,
                subject=identifier,
                title=known.title if known is not None else "",
                who=_who(posted),
                at=now,
                because=_because(posted),
            )
            write(ledger, order)
        return ""

    def _unhide(self, posted: Posted, identifier: str) -> str:
        with open_to_order(self._behind.app()) as ledger:
            holding = _holding(ledger, posted, identifier)
            if holding is None:
                return "Nothing hides it any more"  # as after a second click
            order = lifting(holding, who=_who(posted), because=_because(posted), now=self._behind.clock())
            return str(tell_shown(ledger, order, show_again(ledger, order))["words"])

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


def _holding(ledger: Ledger, posted: Posted, identifier: str) -> Order | None:
    """The order that keeps this very document out."""
    holding = ledger.orders(posted.target).holding()
    return next((one for one in holding if one.subject == identifier), None)


def _who(posted: Posted) -> str:
    return posted.who or "the status page"


def _because(posted: Posted) -> str:
    return posted.fields.get("because", "").strip()[:LONGEST_WORD]
