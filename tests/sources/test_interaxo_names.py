"""Names of Interaxo on their way to titles: composed, visible, or replaced by what comes next."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules.ground import small_world

UNSEEN = ["\u3164", "\u200b\u200d", "\u2800 ", "\N{NO-BREAK SPACE}", "\u202e\u202c", "\n\t"]


@pytest.mark.parametrize("name", UNSEEN, ids=ascii)
async def test_an_item_whose_name_nobody_sees_is_found_by_its_id(tmp_path: Path, name: str) -> None:
    async with small_world(tmp_path) as (near, small):
        near.rooms.rename(small.report, name)
        near.rooms.rename(small.drawings, name)
        await near.run("full")
        assert near.document(small.report)["Title"] == small.report
        crumbs = [crumb["Key"] for crumb in near.document(small.plan)["CrumbLinks"]]
        assert small.drawings in crumbs


async def test_names_from_a_mac_are_composed_everywhere(tmp_path: Path) -> None:
    decomposed, composed = "A\u030angstro\u0308m", "Ångström"
    async with small_world(tmp_path) as (near, small):
        near.rooms.rename(small.drawings, decomposed)
        near.rooms.rename(small.plan, f"{decomposed}.pdf")
        near.rooms.edit_entry(small.rfi, {"Title": decomposed})
        await near.run("full")
        assert near.document(small.plan)["Title"] == f"{composed}.pdf"
        for document in (near.document(one) for one in (small.plan, small.drawings, small.rfi)):
            assert decomposed not in str(document)
            assert composed in str(document)
