"""What all forms have in common that change something: each needs the token and a form of our own, and leads back to a page that tells what it did."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from connector.pages.access import Access, Refusal
from connector.pages.rendering import Rendering
from connector.pages.request_fields import read_form, way_back


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """A form that may do what it says."""

    target: str
    """That it is about."""
    fields: Mapping[str, str]
    who: str
    """The name that was given at the sign-in; empty where none was."""


class PostedForms:
    """Takes what is posted, and answers it."""

    def __init__(self, access: Access, pages: Rendering) -> None:
        self._access = access
        self._pages = pages

    async def take(self, request: Request, *, back: str = "") -> Posted | Response:
        """
        Read a form; whoever may not change anything gets the page where the token is given.

        Args:
            back: the page to which that one leads; empty: the address of the form itself.

        Raises:
            NoSuchPage: the settings have no target of the name that its address says.
        """
        fields = await read_form(request)
        if not self._access.may_change(request, fields.get("form_key", "")):
            return self._pages.refuse(request, Refusal.STALE, back=back or way_back(request))
        session = self._access.session(request)
        who = session.name if session is not None else ""
        return Posted(target=self._pages.target(request), fields=fields, who=who)

    def answer(self, request: Request, posted: Posted, path: str, words: str = "") -> Response:
        """Lead back to a page, which tells once what the form did."""
        if words:
            self._access.leave_word(request, words)
        return self._pages.lead_back(posted.target, path)
