"""Another choice of `permissions`, or of public rooms, between two runs: nobody sees more than the new choice shows."""

from __future__ import annotations

from itertools import pairwise, permutations
from pathlib import Path

import pytest

from connector.sandbox.faults import Status
from tests.combinations import in_turn
from tests.people.estate import ALL_AND_FEW, COMMUNITY, FEW, PEOPLE, address, estate, may_see, sees
from tests.rules.ground import break_all, children_of

CHOICES = ("room", "folder", "item")


@pytest.mark.parametrize(("mode", "order"), in_turn(["delta", "full"], list(permutations(CHOICES, 2))))
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


@pytest.mark.parametrize("after", ["folder", "item"])
async def test_what_moved_while_no_lists_below_rooms_were_asked_for_is_not_shown_to_readers_of_where_it_stood(
    tmp_path: Path, after: str
) -> None:
    async with estate(tmp_path, after) as (near, small):
        near.rooms.set_authorities(small.tunnel, FEW)
        await near.run("full")
        near.values["sources.interaxo.permissions"] = "room"
        near.rooms.move(small.drawings, small.tunnel)
        await near.run("delta")
        assert not near.intranet.can_see(address("kari"), f"ix-{small.section}")
        near.values["sources.interaxo.permissions"] = after
        break_all(
            near, children_of(small.tunnel), Status(503)
        )  # so that what the run sends before it lists rooms stands
        await near.run("delta")
        for native in (small.drawings, small.section):
            assert not near.intranet.can_see(address("kari"), f"ix-{native}")
            assert near.intranet.can_see(address("ola"), f"ix-{native}")


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


OTHERS: dict[str, dict[str, object]] = {
    "item": {"permissions": "item", "identities": []},
    "everybody": {"permissions": "fixed", "identities": ["interaxo:group:everybody"]},
    "all-staff": {"permissions": "fixed", "identities": ["interaxo:group:all-staff"]},
}


@pytest.mark.parametrize(
    ("before", "after", "fails"),
    [*((*two, False) for two in permutations(OTHERS, 2)), *((*two, True) for two in pairwise(OTHERS))],
)
async def test_who_is_given_something_else_by_settings_finds_it_in_the_first_delta(
    tmp_path: Path, before: str, after: str, fails: bool
) -> None:
    """Documents change their readers at once, and people were given theirs in their turn: for more than an hour nobody found anything."""
    async with estate(tmp_path, "item", sources__interaxo__audience_share=0.02) as (near, small):
        for n in range(12):
            near.rooms.add_person(COMMUNITY, f"u{n}", f"U{n}", address(f"u{n}"), groups=["all"])
            near.rooms.add_file(small.details, f"u{n}.txt", content=b"x", author=f"u{n}")
        near.values |= {f"sources.interaxo.{key}": value for key, value in OTHERS[before].items()}
        await near.run("full")
        near.values |= {f"sources.interaxo.{key}": value for key, value in OTHERS[after].items()}
        if fails:
            down = break_all(near, lambda call: call.server == "interaxo", Status(503))
            near.clock.pass_seconds(1_000)
            await near.run("delta")
            near.wire.faults.remove(down)
        near.clock.pass_seconds(1_000)
        report = await near.run("delta")
        assert all(near.intranet.visible_to(address(f"u{n}")) for n in range(12)), report.reasons
        for _ in range(3):
            near.wire.calls.clear()
            near.clock.pass_seconds(1_000)
            await near.run("delta")
        asked = {call.path for call in near.wire.calls if "/people/u" in call.path}
        assert len(asked) < 12, "in their turn again"
