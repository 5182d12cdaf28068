"""Settings find people by other addresses from one day on: in the next run already, nobody finds anything by an address that is another's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from connector.sandbox.faults import Call, Status
from tests.estates import Small
from tests.neighbourhood import Neighbourhood
from tests.people.estate import COMMUNITY, address, estate
from tests.rules.ground import break_all

STRANGER = "per.other@example.com"
"""Somebody else, by whose address the settings found her."""
MANY = 12
"""People besides, so that one who loses everything is no brake's business, and a delta asks for few."""


@asynccontextmanager
async def found_wrongly(folder: Path, how: str) -> AsyncIterator[tuple[Neighbourhood, Small]]:
    """Somebody of a group is found by the address of somebody else."""
    async with estate(folder, "room", sources__interaxo__audience_share=0.001) as (near, small):
        own = "per.other@example.se" if how == "domains" else ""
        near.rooms.add_person(COMMUNITY, "aa", "Per", own, groups=["all"])
        near.rooms.add_file(small.details, "aa.txt", content=b"x", author="aa")
        for n in range(MANY):
            near.rooms.add_person(COMMUNITY, f"u{n}", f"U{n}", address(f"u{n}"), groups=["all"])
            near.rooms.add_file(small.details, f"u{n}.txt", content=b"x", author=f"u{n}")
        find(near, how, STRANGER)
        await near.run("full")
        near.clock.pass_seconds(1_000)
        for _ in range(3):  # whoever was asked for the longest ago is not she
            await near.run("delta")
            near.clock.pass_seconds(100)
        assert near.intranet.visible_to(STRANGER)
        yield near, small


def find(near: Neighbourhood, how: str, found: str) -> None:
    """Have the settings find her by an address."""
    if how == "domains":
        wanted = {"example.se": "example.com"} if found == STRANGER else {}
        near.values["targets.intranet.people.domains"] = wanted
    else:
        (near.folder / "people.csv").write_text(f"id,email\naa,{found}\n", encoding="utf-8")
        near.values["sources.interaxo.people"] = "people.csv"


WAYS = pytest.mark.parametrize(
    ("how", "found"), [("domains", "per.other@example.se"), ("file", "per@example.org")]
)


@WAYS
@pytest.mark.parametrize("fails", [False, True], ids=["at once", "after a run that failed"])
async def test_what_comes_new_is_not_found_by_the_address_of_before(
    tmp_path: Path, how: str, found: str, fails: bool
) -> None:
    async with found_wrongly(tmp_path, how) as (near, small):
        find(near, how, found)
        if fails:
            down = break_all(near, lambda call: call.server == "interaxo", Status(503))
            await near.run("delta")
            near.wire.faults.remove(down)
        fresh = f"ix-{near.rooms.add_file(small.drawings, 'new.txt', content=b'new')}"
        seen = seen_by(near, STRANGER, fresh)
        report = await near.run("delta")
        assert fresh in near.intranet.visible_to(found), report.reasons
        assert not any(seen), "a stranger found it amid the run"
        assert not near.intranet.visible_to(STRANGER)


def seen_by(near: Neighbourhood, person: str, document: str) -> list[bool]:
    """Whether somebody finds a document, at each call from now on."""
    seen: list[bool] = []

    def look(call: Call) -> bool:
        seen.append(near.intranet.can_see(person, document))
        return False

    break_all(near, look, Status(500))
    return seen


@WAYS
async def test_everybody_is_asked_for_until_that_is_done_and_in_turn_again_then(
    tmp_path: Path, how: str, found: str
) -> None:
    async with found_wrongly(tmp_path, how) as (near, _):
        find(near, how, found)
        for _ in range(3):
            await near.run("delta")
            near.clock.pass_seconds(100)
        near.wire.calls.clear()
        await near.run("delta")
        assert len({call.path for call in near.wire.calls if "/people/u" in call.path}) < MANY


async def test_a_turn_of_people_between_runs_leaves_it_to_the_next_run(tmp_path: Path) -> None:
    """Whom it does not ask for has the address of before in the ledger."""
    async with found_wrongly(tmp_path, "domains") as (near, _):
        find(near, "domains", "per.other@example.se")
        assert await near.app().take_turn("intranet") is None
        await near.run("delta")
        assert await near.app().take_turn("intranet") is not None


async def test_who_cannot_be_asked_for_keeps_what_she_finds_and_is_given_nothing_new(tmp_path: Path) -> None:
    async with found_wrongly(tmp_path, "domains") as (near, _):
        before = near.intranet.visible_to(address("u3"))
        find(near, "domains", "per.other@example.se")
        break_all(near, "GET */people/u3*", Status(503))
        for _ in range(2):
            await near.run("delta")
            assert near.intranet.visible_to(address("u3")) == before
