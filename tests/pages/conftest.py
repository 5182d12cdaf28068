"""The served page, for every test of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from connector.daemon.progress import Patience, Progress
from connector.pages.server import StatusServer
from connector.status.metrics import Metrics
from tests.estates import Small, furnish_small
from tests.neighbourhood import neighbourhood
from tests.pages.open_page import TOKEN, Decided, Open
from tests.patience import IN_VAIN_S


@pytest.fixture
def listen() -> str:
    return "127.0.0.1:0"


@pytest.fixture
async def status(tmp_path: Path, listen: str) -> AsyncIterator[Open]:
    small: list[Small] = []
    async with neighbourhood(tmp_path, lambda world: small.append(furnish_small(world))) as near:
        near.values["service.listen"] = listen
        near.values["service.token"] = TOKEN
        decided = Decided()
        server = StatusServer(
            app=near.app,
            metrics=Metrics(),
            lanes=lambda: {"intranet": Progress(Patience(without_answer_s=1e9), near.clock)},
            clock=near.clock,
            decide=decided,
        )
        async with server.serving(listen) as address:
            port = address.rpartition(":")[2]
            async with httpx.AsyncClient(
                verify=False, base_url=f"http://127.0.0.1:{port}", timeout=IN_VAIN_S
            ) as client:
                yield Open(near, small[0], client, decided)
