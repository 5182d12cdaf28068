"""What is decided on the page about what waits for somebody: documents in quarantine, and what runs put on hold."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from connector.document.counting import counted
from connector.pages.posted_forms import PostedForms
from connector.pages.service_view import ServiceView
from connector.plan.options import Decision


class DecisionForms:
    """What those forms do."""

    def __init__(self, behind: ServiceView, forms: PostedForms) -> None:
        self._behind = behind
        self._forms = forms

    def routes(self) -> list[Route]:
        """Where the forms go."""
        return [
            Route("/quarantine", self.quarantine, methods=["POST"]),
            Route("/held", self.decide, methods=["POST"]),
        ]

    async def quarantine(self, request: Request) -> Response:
        """Retry or drop one document or all."""
        posted = await self._forms.take(request)
        if isinstance(posted, Response):
            return posted
        action, identifier = posted.fields.get("action"), posted.fields.get("id", "")
        if action not in {"retry", "drop"}:
            return PlainTextResponse("action is retry or drop", 400)

        def change() -> int:
            with self._behind.app().ledger() as ledger:
                parked = ledger.quarantine(posted.target)
                return (parked.retry if action == "retry" else parked.drop)(
                    [identifier] if identifier else None
                )

        count = await run_in_threadpool(change)
        later = "no longer retried until it changes" if count == 1 else "no longer retried until they change"
        words = "tried again in the next run" if action == "retry" else later
        told = (
            f"{counted(count, 'document')}: {words}" if count else "Nothing of it is in quarantine any more"
        )
        return self._forms.answer(request, posted, "/quarantine", told)

    async def decide(self, request: Request) -> Response:
        """Approve or keep what was held up to a run: the next run carries it out."""
        posted = await self._forms.take(request)
        if isinstance(posted, Response):
            return posted
        action, run_id = posted.fields.get("action"), posted.fields.get("run", "")
        decide = self._behind.decide
        if action not in {"approve", "keep"} or decide is None:
            return PlainTextResponse("action is approve or keep", 400)

        def there() -> bool:
            with self._behind.app().ledger() as ledger:
                return any(one.run == run_id for one in ledger.waiting(posted.target).counts())

        told = ""
        if any(one.about == run_id for one in decide.waiting(posted.target)):
            told = "Nothing was changed: about that run it was decided before"
        elif await run_in_threadpool(there):
            await decide.take(posted.target, Decision(**{action: run_id}, by=posted.who))
        else:
            told = "Nothing of that run waits any more: it was decided, or has come back"
        return self._forms.answer(request, posted, "/held", told)
