"""An entry tells nothing of a main document that somebody hid, or had forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.ledger.orders import OrderKind
from tests.people.estate import ALL, estate, sees
from tests.people.test_main_documents import WITH_TEXTS, attach, hits
from tests.rules.ground import lists, when
from tests.rules.hiding import hide, order, show


@pytest.mark.parametrize("permissions", ["item", "room"])
async def test_the_words_of_a_hidden_main_document_leave_its_entry_and_come_back_with_it(
    tmp_path: Path, permissions: str
) -> None:
    async with estate(tmp_path, permissions, **WITH_TEXTS) as (near, small):
        file = attach(near, small, ALL)
        await near.run("full")
        assert hits(near, "kari") == {f"ix-{file}", f"ix-{small.rfi}"}
        await hide(near, file)
        for mode in ("delta", "delta", "full"):
            assert (await near.run(mode)).outcome == "succeeded"
            assert hits(near, "kari") == set()
        assert f"ix-{small.rfi}" in sees(near, "kari")
        show(near, file)
        await near.run("delta")
        assert hits(near, "kari") == {f"ix-{file}", f"ix-{small.rfi}"}


async def test_they_never_come_where_it_is_hidden_or_forgotten_before_its_entry_is_read(
    tmp_path: Path,
) -> None:
    async with estate(tmp_path, "item", **WITH_TEXTS) as (near, small):
        file = attach(near, small, ALL)
        when(near, lists(small.rfis), lambda: order(near, file, OrderKind.FORGET))
        await near.run("full")
        await near.run("delta")
        assert hits(near, "kari") == set()
        assert f"ix-{small.rfi}" in sees(near, "kari")
