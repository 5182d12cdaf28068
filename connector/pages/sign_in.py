"""The sign-in of the status page: a browser gives the token once, and has a session until it ends."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from connector.pages.access import COOKIE, SESSION_S, Access, Refusal, from_here
from connector.pages.rendering import Rendering
from connector.pages.request_fields import read_form, way_back


class SignIn:
    """Opens and ends sessions."""

    def __init__(self, access: Access, pages: Rendering) -> None:
        self._access = access
        self._pages = pages

    def routes(self) -> list[Route]:
        """Where the form is, and where it goes."""
        return [
            Route("/sign-in", self.form, methods=["GET"]),
            Route("/sign-in", self.sign_in, methods=["POST"]),
            Route("/sign-out", self.sign_out, methods=["POST"]),
        ]

    async def form(self, request: Request) -> Response:
        """Where the token is given."""
        return self._pages.ask_token(request, 200)

    async def sign_in(self, request: Request) -> Response:
        """Open a session."""
        form = await read_form(request)
        given, name = form.get("token", ""), form.get("name", "")
        key = self._access.sign_in(given, name) if from_here(request) else Refusal.WRONG
        if isinstance(key, Refusal):
            return self._pages.refuse(request, key, back=way_back(request))
        response = self._pages.lead_back(self._pages.target(request), way_back(request))
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
