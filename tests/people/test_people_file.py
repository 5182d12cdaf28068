"""The people file beside what its source tells of the same people: its addresses are of those whose address the source does not tell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from connector.sandbox.faults import Status
from tests.estates import Small
from tests.neighbourhood import Neighbourhood
from tests.people.estate import COMMUNITY, FEW, estate
from tests.people.test_itr_people import TWO
from tests.rules.ground import break_all
from tests.sources.itr_company import itr_company

FORMER, NOW = "nils@example.com", "nils.new@example.com"
ID = "u-77"


@asynccontextmanager
async def nils(folder: Path, email: str = NOW) -> AsyncIterator[tuple[Neighbourhood, Small]]:
    """One who is named as a reader; the file has an address of hers that is somebody else's by now."""
    async with estate(folder, "item", sources__interaxo__audience_share=1.0) as (near, small):
        near.rooms.add_person(COMMUNITY, ID, "Nils", email, groups=["few"])
        near.rooms.add_file(small.details, "nils.txt", content=b"x", author=ID)
        near.rooms.set_authorities(small.report, [("user", ID), *FEW])
        near.intranet.seed_person(FORMER, "Another Nils")
        near.intranet.seed_person(NOW, "Nils")
        (folder / "people.csv").write_text(f"id,email\n{ID},{FORMER}\n", encoding="utf-8")
        near.values["sources.interaxo.people"] = "people.csv"
        yield near, small


@pytest.mark.parametrize("other", ["a-corp", "other-corp"])
@pytest.mark.parametrize("how", [404, 403])
async def test_the_file_gives_nobody_an_address_where_another_community_tells_one(
    tmp_path: Path, other: str, how: int
) -> None:
    async with nils(tmp_path) as (near, small):
        near.rooms.add_community(other, "Other")
        near.rooms.add_room(other, "hall", "Hall", authorities=[("user", "x")])
        break_all(near, f"GET */{other}/people/{ID}", Status(how))
        for mode in ("full", "delta"):
            await near.run(mode)
            near.clock.pass_seconds(1000)
            assert await near.app().take_turn("intranet") is not None
            assert f"ix-{small.report}" in near.intranet.visible_to(NOW)
            assert not near.intranet.visible_to(FORMER)
        # the file is asked where Interaxo does not tell
        near.rooms.add_person(COMMUNITY, ID, "Nils", "n/a", groups=["few"])
        (tmp_path / "people.csv").write_text(f"id,email\n{ID},{NOW}\n", encoding="utf-8")
        await near.run("full")
        assert f"ix-{small.report}" in near.intranet.visible_to(NOW)


@pytest.mark.parametrize("how", [404, 403, None])
async def test_an_address_that_the_file_has_out_of_date_is_nobodys_where_interaxo_tells_none_any_more(
    tmp_path: Path, how: int | None
) -> None:
    async with nils(tmp_path) as (near, small):
        await near.run("full")
        assert f"ix-{small.report}" in near.intranet.visible_to(NOW)
        if how is None:
            near.rooms.add_person(COMMUNITY, ID, "Nils", "", groups=["few"])
        else:
            break_all(near, f"GET */people/{ID}", Status(how))
        for mode in ("delta", "full", "delta"):
            near.clock.pass_seconds(1000)
            await near.run(mode)
            assert not near.intranet.visible_to(FORMER), mode
        assert (f"ix-{small.report}" in near.intranet.visible_to(NOW)) == (how == 403)
        # a row that was mended since counts
        (tmp_path / "people.csv").write_text(f"id,email\n{ID},{NOW}\n", encoding="utf-8")
        await near.run("full")
        assert f"ix-{small.report}" in near.intranet.visible_to(NOW)


@pytest.mark.parametrize("email", ["", "-", "n/a", "@"])
async def test_the_file_tells_the_address_where_interaxo_has_a_mark_in_place_of_it(
    tmp_path: Path, email: str
) -> None:
    async with nils(tmp_path, email) as (near, small):
        for mode in ("full", "delta"):
            await near.run(mode)
            assert f"ix-{small.report}" in near.intranet.visible_to(FORMER)


async def test_an_address_of_the_people_file_is_nobodys_once_itr_told_another_one(tmp_path: Path) -> None:
    async with itr_company(tmp_path) as company:
        company.intranet.seed_person("former@example.com", "Another one")
        company.values["sources.itr.people"] = "office.csv"
        (tmp_path / "office.csv").write_text(f"id,email\n{TWO},former@example.com\n", encoding="utf-8")
        told = company.itr.get("logins", TWO)["Email"]
        await company.run("full")
        assert company.intranet.visible_to(told) == company.found()
        company.itr.get("logins", TWO)["Email"] = ""
        for mode in ("delta", "full"):
            await company.run(mode)
            assert not company.intranet.visible_to("former@example.com")
        (tmp_path / "office.csv").write_text(f"id,email\n{TWO},{told}\n", encoding="utf-8")
        await company.run()
        assert company.intranet.visible_to(told) == company.found()
