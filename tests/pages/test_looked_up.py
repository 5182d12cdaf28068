"""Whatever a page asks a ledger is among what is held to look at nothing but what it tells: the plans of it are read in tests/ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from starlette.routing import Route

from bench.pages import asked
from connector.ledger.engines.sqlite import Sqlite
from connector.pages.access import Access
from connector.pages.service_view import ServiceView
from connector.pages.site import Site
from connector.status.metrics import Metrics
from tests.ledger.looked_up import LOOKED_UP, NOT_LOOKED_UP
from tests.pages.open_page import Open, park

WITHOUT_LEDGER = {"/sign-in", "/events"}
"""What tells nothing of documents."""


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of the statements that are asked or written."""
    names: set[str] = set()
    for way in ("all", "named", "run", "each"):
        original = getattr(Sqlite, way)

        def hear(
            self: Sqlite, name: str, *rest: Any, original: Any = original, **more: Any
        ) -> Sequence[Mapping[str, Any]]:
            names.add(name)
            found: Sequence[Mapping[str, Any]] = original(self, name, *rest, **more)
            return found

        monkeypatch.setattr(Sqlite, way, hear)
    return names


async def test_no_page_asks_for_more_than_is_held_to_look_at_what_it_tells(
    status: Open,
    heard: set[str],
) -> None:
    await status.near.run("full")
    await status.near.run()
    park(status.near)
    with status.near.app().ledger() as ledger:
        last = ledger.runs("intranet").last()
    assert last is not None
    heard.clear()
    for _, path in asked():
        answer = await status.client.get(path.format(run=last.id))
        assert answer.status_code in {200, 404}, path
    assert sorted(heard - set(LOOKED_UP) - set(NOT_LOOKED_UP)) == []


async def test_every_page_is_asked_for(status: Open) -> None:
    behind = ServiceView(
        app=status.near.app, metrics=Metrics(), lanes=dict, clock=status.near.clock, refused=str
    )
    access = Access(token=str, loopback=True, clock=status.near.clock)
    pages = [
        route
        for route in Site(behind, access).application().routes
        if isinstance(route, Route) and "GET" in (route.methods or ()) and route.path not in WITHOUT_LEDGER
    ]
    assert len(pages) > 10
    paths = [path.partition("?")[0].format(run="R") for _, path in asked()]
    for route in pages:
        others = [one for one in pages if one is not route and "{" not in one.path]
        ours = [path for path in paths if path not in {one.path for one in others}]
        assert any(route.path_regex.fullmatch(path) for path in ours), route.path
