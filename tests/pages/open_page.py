"""A status page that is served beside a neighbourhood, and what tests of it share."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any

import httpx

from connector.plan.options import Decision
from tests.estates import Small
from tests.neighbourhood import Neighbourhood

TOKEN = "open-sesame-of-tests"
PAGES = [
    "/",
    "/?part=live",
    "/runs",
    "/documents",
    "/documents/duplicates",
    "/people",
    "/held",
    "/quarantine",
    "/workers",
    "/exchanges",
    "/sign-in",
]


class Decided:
    """Keeps what the page hands over."""

    def __init__(self) -> None:
        self.taken: list[Decision] = []

    async def take(self, target: str, decision: Decision) -> None:
        assert target == "intranet"
        self.taken.append(decision)

    def waiting(self, _target: str) -> Sequence[Decision]:
        return self.taken


class Open:
    """A status page that is served, beside a neighbourhood."""

    def __init__(
        self, near: Neighbourhood, small: Small, client: httpx.AsyncClient, decided: Decided
    ) -> None:
        self.near = near
        self.small = small
        self.client = client
        self.decided = decided

    async def page(self, path: str, **more: Any) -> str:
        answer = await self.client.get(path, **more)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:400]}"
        return answer.text

    async def sign_in(self, name: str = "") -> str:
        """Open a session; returns the key that forms must carry."""
        answer = await self.client.post("/sign-in", data={"token": TOKEN, "name": name})
        assert answer.status_code == 303
        found = re.search(r'name="form_key" value="([^"]+)"', await self.page("/quarantine"))
        assert found
        return found[1]


def park(near: Neighbourhood, identifier: str = "ix-odd", title: str = "Odd <b>one</b>") -> None:
    with near.app().ledger() as ledger:
        ledger.quarantine("intranet").park(
            identifier,
            source="interaxo",
            native="odd",
            room="r",
            title=title,
            reason="refused",
            values={"why": "the document has no title"},
            version=None,
            now=near.clock(),
        )


async def raw(port: int | None, request: str) -> tuple[str, str]:
    """Send a request as it stands; the status line and the rest of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.encode())
    answer = (await reader.readuntil(b"\r\n\r\n")).decode()
    writer.close()
    status_line, _, rest = answer.partition("\r\n")
    return status_line, rest
