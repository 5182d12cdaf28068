"""Whoever looks at a page gets it while another process writes for long, and so does what asks for health and metrics."""

from __future__ import annotations

import re

import pytest

from connector.ledger.engines import sqlite
from tests import ledgers
from tests.locked import NEW, leave_everything_due, locked
from tests.pages.open_page import PAGES, Open, park

pytestmark = ledgers.IN_A_FILE


async def test_every_page_and_what_machines_ask_is_answered_as_without_the_lock(
    status: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    near = status.near
    await near.run()
    with near.app().ledger() as ledger:
        leave_everything_due(ledger, near.folder, now=near.clock())
    ((run,),) = ledgers.ask(near.folder, "SELECT id FROM runs")
    paths = [
        *PAGES,
        "/health/ready",
        "/health/live",
        f"/runs/{run}",
        f"/documents/{NEW}",
        f"/documents/{NEW}?for=kari@example.com",
        "/people?q=kari@example.com",
        *(
            f"/documents?{asked}"
            for asked in (
                "q=neubau", "q=altbau", "q=umbau", "q=ne", "q=ix-new", "q=new", "format=pdf", "kind=file", "source=interaxo",
                "room=r1", "state=live", "state=held", "state=without-text", "state=removed", "state=hidden",
                "state=quarantined", "reason=broken", "page=3",
            )
        ),
        "/documents/duplicates?room=r1",
        "/documents/duplicates?source=interaxo",
        "/held?source=interaxo",
    ]  # fmt: skip
    monkeypatch.setattr(sqlite, "BUSY_S", 0)
    with locked(ledgers.file_of(near.folder)):
        told = {path: await status.client.get(path) for path in [*paths, "/metrics"]}
    assert {path: one.status_code for path, one in told.items() if one.status_code != 200} == {}
    assert 'documents_without_text{target="intranet"} 1.0' in told["/metrics"].text
    assert "Neubau.pdf" in told["/documents?q=ne"].text
    assert "Umbau.pdf" not in told["/documents?q=altbau"].text
    for path in paths:
        if not path.startswith("/documents/duplicates"):  # which says when it looked
            assert without_looks(told[path].text) == without_looks(await status.page(path)), path


async def test_a_form_that_cannot_be_obeyed_says_that_nothing_was_changed(
    status: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    await status.near.run()
    park(status.near)
    key = await status.sign_in()
    monkeypatch.setattr(sqlite, "BUSY_S", 0)
    with locked(ledgers.file_of(status.near.folder)):
        answer = await status.client.post("/quarantine", data={"action": "drop", "form_key": key})
    assert answer.status_code == 503
    assert "<h1>Nothing was changed</h1>" in answer.text
    assert "Odd" in await status.page("/quarantine")


def without_looks(page: str) -> str:
    """What stands in several places is told of where somebody could keep it."""
    return re.sub(r": [0-9]+, counted <time.*?</time>", "", page)
