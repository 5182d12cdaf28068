"""Ids that only case tells apart never share what each may see, in whichever run, and in whichever order, they are met."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from connector.ports.source import Note, Reading
from connector.sandbox.interaxo import InteraxoWorld
from connector.sources.interaxo.spellings import Spellings
from tests.combinations import in_turn
from tests.people.estate import COMMUNITY, PEOPLE, address, estate

OTHER = COMMUNITY.capitalize()


def as_a_user(world: InteraxoWorld) -> None:
    world.add_person(COMMUNITY, "RARE", "Zoe", "zoe@example.com", groups=[])


def in_a_group(world: InteraxoWorld) -> None:
    world.add_person(COMMUNITY, "zoe", "Zoe", "zoe@example.com", groups=["RARE"])


def in_another_community(world: InteraxoWorld) -> None:
    world.add_community(OTHER, "Other")
    world.add_person(OTHER, "zoe", "Zoe", "zoe@example.com", groups=["rare"])
    root = world.add_room(OTHER, "room", "Room", authorities=[("user", "zoe")])
    world.add_file(root, "a.txt", content=b"x", author="zoe")


@pytest.mark.parametrize(
    ("permissions", "comes"), in_turn(["item", "folder"], [as_a_user, in_a_group, in_another_community])
)
async def test_whoever_comes_later_with_an_id_in_other_letters_finds_nothing_of_the_first_one(
    tmp_path: Path, permissions: str, comes: Callable[[InteraxoWorld], None]
) -> None:
    kind = "user" if comes is as_a_user else "group"
    async with estate(tmp_path, permissions) as (near, small):
        for person in PEOPLE:
            near.intranet.seed_person(address(person), person.capitalize(), [])
        near.intranet.seed_person("zoe@example.com", "Zoe", [])
        if kind == "user":
            near.rooms.add_person(COMMUNITY, "rare", "Xenia", "xenia@example.com", groups=[])
        folder = near.rooms.add_folder(small.tunnel, "Secret")
        near.rooms.set_authorities(folder, [(kind, "rare")])
        secret = near.rooms.add_file(folder, "secret.txt", content=b"x")
        near.rooms.set_authorities(secret, [(kind, "rare")])
        await near.run("full")
        comes(near.rooms)
        for person in ("zoe", "RARE"):
            if (COMMUNITY, person) in near.rooms.people:
                near.rooms.add_file(small.drawings, "other.txt", content=b"x", author=person)
        for mode in ("delta", "full", "delta", "full"):
            near.clock.pass_seconds(1000)
            await near.run(mode)
            assert f"ix-{secret}" not in near.intranet.visible_to("zoe@example.com"), mode


async def test_an_id_that_is_spelt_otherwise_from_one_day_on_has_its_identity_again(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, small):
        near.intranet.seed_person("zoe@example.com", "Zoe", [])
        near.rooms.add_person(COMMUNITY, "zoe", "Zoe", "zoe@example.com", groups=["rare"])
        mine = near.rooms.add_file(small.details, "mine.txt", content=b"x", author="zoe")
        near.rooms.set_authorities(mine, [("group", "rare")])
        await near.run("full")
        assert f"ix-{mine}" in near.intranet.visible_to("zoe@example.com")
        near.rooms.add_person(COMMUNITY, "zoe", "Zoe", "zoe@example.com", groups=["Rare"])
        near.rooms.set_authorities(mine, [("group", "Rare")])
        late = near.rooms.add_file(small.details, "late.txt", content=b"x")
        near.rooms.set_authorities(late, [("group", "Rare")])
        for _ in range(5):
            near.clock.pass_seconds(1000)
            await near.run("full")
        assert {f"ix-{mine}", f"ix-{late}"} <= near.intranet.visible_to("zoe@example.com")


@pytest.mark.parametrize("asked_first", ["ZOE", "zoe"])
async def test_who_is_spelt_otherwise_from_one_day_on_is_somebody_again(
    tmp_path: Path, asked_first: str
) -> None:
    """Her former id is asked for in every full run, and gone: that kept its identity, and she found nothing for ever."""
    later = "zoe" if asked_first == "ZOE" else "ZOE"
    async with estate(tmp_path, "item") as (near, small):
        near.rooms.add_person(COMMUNITY, asked_first, "Zoe", "zoe@example.com", groups=["few"])
        mine = near.rooms.add_file(small.details, "mine.txt", content=b"x", author=asked_first)
        near.rooms.set_authorities(mine, [("user", asked_first)])
        await near.run("full")
        assert f"ix-{mine}" in near.intranet.visible_to("zoe@example.com")
        near.rooms.remove_person(COMMUNITY, asked_first)
        near.rooms.add_person(COMMUNITY, later, "Zoe", "zoe@example.com", groups=["few"])
        near.rooms.set_authorities(mine, [("user", later)])
        near.rooms.add_file(small.details, "new.txt", content=b"x", author=later)
        near.rooms.remove(mine)
        mine = near.rooms.add_file(small.details, "mine.txt", content=b"x", author=later)
        near.rooms.set_authorities(mine, [("user", later)])
        for _ in range(6):
            near.clock.pass_seconds(1000)
            report = await near.run("full")
        assert f"ix-{mine}" in near.intranet.visible_to("zoe@example.com"), report.reasons
        assert report.session.ended


class Noted:
    """Notes of one source. Stands in for those of a ledger."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Note] = {}

    def get(self, kind: str, key: str) -> Note | None:
        return self._kept.get((kind, key))

    def put(self, kind: str, key: str, value: bytes, *, mark: bytes = b"", run: int = 0) -> None:
        self._kept[kind, key] = Note(value, mark, run)


@pytest.mark.parametrize("opened", [1, 2])
def test_three_full_runs_that_do_not_meet_an_id_free_its_identity_and_no_delta_does(opened: int) -> None:
    """A run that several walk is opened by each of them."""
    notes = Noted()
    runs = [(1, True), *((number, False) for number in range(2, 30)), (30, True), (31, True), (32, True)]
    for run, thorough in runs:
        spellings = Spellings(notes)
        for _ in range(opened):
            spellings.open(Reading(run=run, thorough=thorough))
        assert spellings.is_of("ix:group:rare", "rare" if run == 1 else "RARE") is (run == 1), run
    spellings = Spellings(notes)
    for _ in range(opened):
        spellings.open(Reading(run=33, thorough=True))
    assert spellings.is_of("ix:group:rare", "RARE")
    assert not spellings.is_of("ix:group:rare", "rare")


def test_an_id_that_is_asked_for_and_gone_keeps_its_identity_no_longer_than_one_that_is_not_met() -> None:
    notes = Noted()
    for run in range(1, 6):
        spellings = Spellings(notes)
        spellings.open(Reading(run=run, thorough=True))
        assert spellings.may_be_of("ix:user:rare", "rare")
        assert not spellings.is_of("ix:user:rare", "RARE"), "it is not told yet that she is gone"
        if run == 1:
            assert spellings.is_of("ix:user:rare", "rare")
        spellings.let_go("ix:user:rare", "rare")
        assert spellings.is_of("ix:user:rare", "RARE") is (run == 5), run


def test_an_id_that_was_met_is_not_let_go_by_whoever_answers_that_it_is_gone() -> None:
    """In another community, say."""
    spellings = Spellings(Noted())
    spellings.open(Reading(run=1, thorough=True))
    assert spellings.is_of("ix:user:rare", "rare")
    spellings.let_go("ix:user:rare", "rare")
    assert not spellings.may_be_of("ix:user:rare", "RARE")
