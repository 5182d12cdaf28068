"""Another choice of `permissions`, or of public rooms, between two runs: nobody sees more than the new choice shows."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from tests.people.estate import ALL_AND_FEW, FEW, PEOPLE, estate, may_see, sees

CHOICES = ("room", "folder", "item")


@pytest.mark.parametrize("mode", ["delta", "full"])
@pytest.mark.parametrize("order", list(permutations(CHOICES, 2)))
async def test_another_choice_of_permissions_shows_no_closed_item(
    tmp_path: Path, order: tuple[str, str], mode: str
) -> None:
    before, after = order
    async with estate(tmp_path, before, sources__interaxo__audience_share=1.0) as (near, small):
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        for item in near.rooms.items():
            near.rooms.set_authorities(item.id, ALL_AND_FEW)
        near.rooms.set_authorities(small.details, FEW)
        for item in near.rooms.items():
            if item.parent_id == small.details:
                near.rooms.set_authorities(item.id, FEW)
        await near.run("full")
        near.clock.pass_seconds(1_000)
        near.values["sources.interaxo.permissions"] = after
        report = await near.run(mode)
        for person in PEOPLE:
            if after != "room":
                assert sees(near, person) <= may_see(near, person), report.reasons


async def test_a_room_that_was_public_and_fixed_is_neither_after_both_settings_changed(
    tmp_path: Path,
) -> None:
    async with estate(
        tmp_path,
        "fixed",
        sources__interaxo__identities=["interaxo:group:all-staff"],
        sources__interaxo__public_rooms=["*"],
    ) as (near, _):
        for item in near.rooms.items():
            near.rooms.set_authorities(item.id, FEW)
        await near.run("full")
        assert sees(near, "per")
        near.values["sources.interaxo.permissions"] = "item"
        near.values["sources.interaxo.public_rooms"] = []
        del near.values["sources.interaxo.identities"]
        near.clock.pass_seconds(1_000)
        report = await near.run("delta")
        for person in PEOPLE:
            assert sees(near, person) <= may_see(near, person), report.reasons
