"""What can be changed on the page: the quarantine, what is held, and who is signed in. Each needs the token, and a form of our own."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from connector.document.counting import counted
from connector.pages.access import COOKIE, SESSION_S, Access, Refusal, from_here
from connector.pages.forms import read_form, way_back
from connector.pages.rendering import Rendering
from connector.pages.service_view import ServiceView
from connector.plan.options import Decision


class PostedForms:
    """What those forms do."""

    def __init__(self, behind: ServiceView, access: Access, pages: Rendering) -> None:
        self._behind = behind
        self._access = access
        self._pages = pages

    def routes(self) -> list[Route]:
        """Where forms go."""
        return [
            Route("/quarantine", self.quarantine, methods=["POST"]),
            Route("/held", self.decide, methods=["POST"]),
            Route("/sign-in", self.sign_in_form, methods=["GET"]),
            Route("/sign-in", self.sign_in, methods=["POST"]),
            Route("/sign-out", self.sign_out, methods=["POST"]),
        ]

    async def quarantine(self, request: Request) -> Response:
        """Retry or drop one document or all."""
        form = await read_form(request)
        if not self._access.may_change(request, form.get("form_key", "")):
            return self._pages.refuse(request, Refusal.STALE, back=way_back(request))
        target, action, identifier = self._pages.target(request), form.get("action"), form.get("id", "")
        if action not in {"retry", "drop"}:
            return PlainTextResponse("action is retry or drop", 400)

        def change() -> int:
            with self._behind.app().ledger() as ledger:
                parked = ledger.quarantine(target)
                return (parked.retry if action == "retry" else parked.drop)(
                    [identifier] if identifier else None
                )

        count = await run_in_threadpool(change)
        later = "no longer retried until it changes" if count == 1 else "no longer retried until they change"
        words = "tried again in the next run" if action == "retry" else later
        told = (
            f"{counted(count, 'document')}: {words}" if count else "Nothing of it is in quarantine any more"
        )
        self._access.leave_word(request, told)
        return self._back(request, "/quarantine")

    async def decide(self, request: Request) -> Response:
        """Approve or keep what was held up to a run: the next run carries it out."""
        form = await read_form(request)
        if not self._access.may_change(request, form.get("form_key", "")):
            return self._pages.refuse(request, Refusal.STALE, back=way_back(request))
        target, action, run_id = self._pages.target(request), form.get("action"), form.get("run", "")
        decide = self._behind.decide
        if action not in {"approve", "keep"} or decide is None:
            return PlainTextResponse("action is approve or keep", 400)

        def there() -> bool:
            with self._behind.app().ledger() as ledger:
                return any(one.run == run_id for one in ledger.waiting(target).counts())

        if any(one.about == run_id for one in decide.waiting(target)):
            self._access.leave_word(request, "Nothing was changed: about that run it was decided before")
        elif await run_in_threadpool(there):
            session = self._access.session(request)
            await decide.take(target, Decision(**{action: run_id}, by=session.name if session else ""))
        else:
            self._access.leave_word(
                request, "Nothing of that run waits any more: it was decided, or has come back"
            )
        return self._back(request, "/held")

    async def sign_in_form(self, request: Request) -> Response:
        """Where the token is given."""
        return self._pages.ask_token(request, 200)

    async def sign_in(self, request: Request) -> Response:
        """Open a session."""
        form = await read_form(request)
        given, name = form.get("token", ""), form.get("name", "")
        key = self._access.sign_in(given, name) if from_here(request) else Refusal.WRONG
        if isinstance(key, Refusal):
            return self._pages.refuse(request, key, back=way_back(request))
        response = self._back(request, way_back(request))
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
        form = await read_form(request)
        if self._access.may_change(request, form.get("form_key", "")):
            self._access.sign_out(request)
        response = RedirectResponse("/", 303)
        response.delete_cookie(COOKIE)
        return response

    def _back(self, request: Request, path: str) -> Response:
        named = self._pages.named(self._pages.target(request))
        return RedirectResponse(f"{path}?{urlencode(named)}" if named else path, 303)
