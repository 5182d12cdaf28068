"""Breadcrumbs tell no name of a folder to people who may not see that folder, and tell it again when they may."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.access.breadcrumbs import covers
from connector.document.audience import Audience
from connector.sandbox.faults import RESET_AFTER, Status
from tests.builders import audience_of
from tests.combinations import pairs
from tests.estates import Small
from tests.neighbourhood import Neighbourhood
from tests.people.estate import ALL, ALL_AND_FEW, COMMUNITY, FEW, PEOPLE, address, estate
from tests.rules.ground import PUSH, authorities_of, break_all, break_once, calls, children_of

SECRET = "Dismissal of K Nordmann"


def crumbs(near: Neighbourhood, native: str) -> list[str]:
    return [crumb["Key"] for crumb in near.document(native)["CrumbLinks"]]


def hits(near: Neighbourhood) -> set[str]:
    """What Kari finds by the name of the folder."""
    return {hit.id for hit in near.intranet.search("Dismissal", person=address("kari"))}


def close_the_folder(near: Neighbourhood, small: Small) -> None:
    """A folder for few, in which one file is for all; both had the same readers before."""
    for person in PEOPLE:
        near.intranet.seed_person(address(person), person.capitalize(), [])
    near.rooms.rename(small.details, SECRET)
    near.rooms.set_authorities(small.details, FEW)
    near.rooms.set_authorities(small.section, ALL)


@pytest.mark.parametrize("permissions", ["item", "folder"])
@pytest.mark.parametrize("mode", ["full", "delta"])
async def test_the_name_of_a_closed_folder_stands_in_nothing_that_others_find(
    tmp_path: Path, permissions: str, mode: str
) -> None:
    async with estate(tmp_path, permissions) as (near, small):
        if mode == "delta":
            await near.run("full")
        close_the_folder(near, small)
        await near.run(mode)
        assert hits(near) == set()
        if (permissions, mode) == ("folder", "delta"):
            return  # the file follows its folder until its own list is read
        assert near.intranet.can_see(address("kari"), f"ix-{small.section}")
        assert SECRET not in str(near.document(small.section))
        drawings = near.document(small.drawings)["Title"]
        assert crumbs(near, small.section)[-1] == drawings, "what is open to all is still told"
        path = near.document(small.section)["MaterializedPath"]
        assert f"/ix-{small.details}/ix-{small.section}/" in path
        await near.run("full")
        near.wire.clear()
        await near.run("delta")
        assert not calls(near, "docs/addupdate")


@pytest.mark.parametrize(
    ("permissions", "closed", "mode"), pairs(("item", "folder"), ("folder", "step"), ("full", "delta"))
)
async def test_the_name_of_an_entry_that_is_closed_as_its_folder_or_step_is_stands_in_no_attachment_that_others_find(
    tmp_path: Path, permissions: str, closed: str, mode: str
) -> None:
    async with estate(tmp_path, permissions) as (near, small):
        near.rooms.quirks.authorities_on_steps = True
        entry = small.rfi if closed == "folder" else small.current
        open_to_all = near.rooms.add_file(entry, "open.txt", content=b"x")
        near.rooms.rename(entry, SECRET)
        near.rooms.edit_entry(entry, {"Title" if closed == "folder" else "Name": SECRET})
        near.rooms.set_authorities(open_to_all, [*ALL, ("user", address("kari"))])
        if mode == "delta":
            for _ in range(2):  # nobody knows her groups when the first one meets the file
                await near.run("full")
            assert crumbs(near, open_to_all)[-1] == SECRET
        if closed == "folder":
            near.rooms.set_authorities(small.rfis, FEW)
        else:
            near.rooms.set_step_authorities(small.reviews, "Published", FEW)
        await near.run(mode)
        assert near.intranet.can_see(address("kari"), f"ix-{open_to_all}")
        assert not near.intranet.can_see(address("kari"), f"ix-{entry}")
        assert SECRET not in str(near.document(open_to_all)["CrumbLinks"])
        await near.run("full")
        mark = near.intranet.mark()
        await near.run("delta")
        assert not near.intranet.pushed_since(mark)


async def test_those_who_may_see_the_folder_read_its_name(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, small):
        near.rooms.rename(small.details, SECRET)
        near.rooms.set_authorities(small.details, ALL_AND_FEW)
        near.rooms.set_authorities(small.section, FEW)
        await near.run("full")
        assert crumbs(near, small.section)[-1] == SECRET


async def test_a_folder_that_closes_takes_its_name_out_of_what_stays_open_without_a_fetch(
    tmp_path: Path,
) -> None:
    async with estate(tmp_path, "item", sources__interaxo__content=True) as (near, small):
        near.rooms.rename(small.details, SECRET)
        await near.run("full")
        assert crumbs(near, small.section)[-1] == SECRET
        for person in PEOPLE:
            near.intranet.seed_person(address(person), person.capitalize(), [])
        close_the_folder(near, small)
        near.wire.clear()
        break_all(near, children_of(small.details), Status(503))
        break_all(near, "GET *files/*", Status(503))
        text = near.document(small.section)["FileContents"]
        await near.run("delta")
        assert hits(near) == set()
        assert near.document(small.section)["FileContents"] == text
        near.wire.clear()
        near.rooms.set_authorities(small.details, ALL)
        near.rooms.set_authorities(small.section, ALL)
        break_all(near, "GET *files/*", Status(503))
        await near.run("delta")
        assert crumbs(near, small.section)[-1] == SECRET, "everybody may read it again"


async def test_only_what_comes_out_different_is_pushed(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, small):
        near.rooms.set_authorities(small.details, ALL)
        await near.run("full")
        mark = near.intranet.mark()
        near.rooms.set_authorities(small.details, ALL_AND_FEW)
        for item in near.rooms.items():
            if item.parent_id == small.details:
                near.rooms.set_authorities(item.id, ALL)
        await near.run("delta")
        assert set(near.intranet.pushed_since(mark)) <= {f"ix-{small.details}"}


async def test_whoever_loses_a_name_loses_it_before_anything_else_is_sent(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, small):
        await near.run("full")
        close_the_folder(near, small)
        new = near.rooms.add_file(small.bridge, "new.txt", content=b"new")
        mark = near.intranet.mark()
        await near.run("delta")
        pushed = near.intranet.pushed_since(mark)
        assert pushed.index(f"ix-{small.section}") < pushed.index(f"ix-{new}")


@pytest.mark.parametrize("lost", [True, False])
async def test_a_run_that_ends_early_leaves_the_names_to_the_next(tmp_path: Path, lost: bool) -> None:
    async with estate(tmp_path, "item") as (near, small):
        await near.run("full")
        close_the_folder(near, small)
        if lost:
            break_once(near, PUSH, RESET_AFTER)
        else:
            break_all(near, PUSH, Status(503))
        await near.run("delta")
        near.wire.clear()
        break_all(near, children_of(small.details), Status(503))
        near.clock.pass_seconds(1_000)
        await near.run("delta")
        assert hits(near) == set()


async def test_a_wider_audience_brings_no_name_along(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, small):
        for person in PEOPLE:
            near.intranet.seed_person(address(person), person.capitalize(), [])
        near.rooms.rename(small.details, SECRET)
        near.rooms.set_authorities(small.details, FEW)
        near.rooms.set_authorities(small.section, FEW)
        await near.run("full")
        assert crumbs(near, small.section)[-1] == SECRET
        near.rooms.set_authorities(small.section, ALL_AND_FEW)
        await near.run("delta")
        assert near.intranet.can_see(address("kari"), f"ix-{small.section}")
        assert hits(near) == set()
        near.rooms.set_authorities(small.section, FEW)
        await near.run("delta")
        assert crumbs(near, small.section)[-1] == SECRET


async def test_a_folder_without_a_list_of_its_own_hides_nothing(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, small):
        near.rooms.quirks.authorities_on_simple_folders = False
        near.rooms.rename(small.details, "Details")
        near.rooms.set_authorities(small.section, FEW)
        await near.run("full")
        for item in near.rooms.items():
            if item.parent_id == small.details:
                assert crumbs(near, item.id)[-1] == "Details"


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_who_leaves_the_group_that_may_see_a_folder_reads_its_name_no_more(
    tmp_path: Path, mode: str
) -> None:
    """She may see a file in it all the same; the lists of both stay as they are."""
    async with estate(tmp_path, "item", sources__interaxo__audience_share=1.0) as (near, small):
        near.rooms.rename(small.details, SECRET)
        near.rooms.set_authorities(small.details, FEW)
        near.rooms.set_authorities(small.section, [("user", address("ola"))])
        for _ in range(2):  # nobody knows her groups when the first one meets the file
            await near.run("full")
        assert crumbs(near, small.section)[-1] == SECRET
        for groups in ([], ["few"]):
            near.rooms.add_person(COMMUNITY, address("ola"), "Ola", address("ola"), groups=groups)
            for _ in range(2):
                near.clock.pass_seconds(900)
                report = await near.run(mode)
            assert near.intranet.can_see(address("ola"), f"ix-{small.section}"), report.reasons
            assert (SECRET in str(near.document(small.section))) == bool(groups)
        near.wire.clear()
        await near.run("delta")
        assert not calls(near, "docs/addupdate")


async def test_a_name_that_could_not_be_taken_away_goes_with_the_next_run(tmp_path: Path) -> None:
    async with estate(tmp_path, "item", sources__interaxo__audience_share=1.0) as (near, small):
        near.rooms.rename(small.details, SECRET)
        near.rooms.set_authorities(small.details, FEW)
        near.rooms.set_authorities(small.section, [("user", address("ola"))])
        for _ in range(2):  # nobody knows her groups when the first one meets the file
            await near.run("full")
        near.rooms.add_person(COMMUNITY, address("ola"), "Ola", address("ola"), groups=[])
        await near.run("delta")
        down = break_all(near, PUSH, Status(503))
        for _ in range(2):
            near.clock.pass_seconds(900)
            await near.run("delta")
        near.wire.faults.remove(down)
        near.clock.pass_seconds(900)
        await near.run("delta")
        assert SECRET not in str(near.document(small.section))


GROUPS = {"s:user:ola": frozenset({"s:group:few"}), "s:user:kari": frozenset({"s:group:all"})}


@pytest.mark.parametrize(
    ("own", "audience", "covered"),
    [
        (audience_of("s:group:few"), audience_of("s:group:few"), True),
        (audience_of("s:group:few"), audience_of("s:group:few", "s:group:all"), False),
        (audience_of("s:group:few"), audience_of("s:user:ola"), True),
        (audience_of("s:group:few"), audience_of("s:user:ola", "s:user:kari"), False),
        (audience_of("s:group:few", "s:user:kari"), audience_of("s:user:ola", "s:user:kari"), True),
        (audience_of("s:group:few"), audience_of("s:user:nobody knows"), False),
        (audience_of("s:group:few"), audience_of("s:group:few", public=True), False),
        (audience_of("s:group:few", public=True), audience_of("s:group:all", public=True), True),
        (audience_of("s:group:few", public=True), audience_of("s:group:all"), True),
        (audience_of("s:group:few"), Audience(), True),
    ],
)
def test_who_is_covered_by_a_list(own: Audience, audience: Audience, covered: bool) -> None:
    assert covers(own, audience, lambda one: GROUPS.get(one, frozenset())) is covered


ONLY_EVA = [("user", address("eva"))]


@pytest.mark.parametrize("permissions", ["item", "folder"])
@pytest.mark.parametrize("closes", ["the folder", "the room", "the settings"])
async def test_a_public_folder_that_closes_takes_its_name_out_of_what_others_find(
    tmp_path: Path, permissions: str, closes: str
) -> None:
    async with estate(tmp_path, permissions, sources__interaxo__public_rooms=["bridge"]) as (near, small):
        near.rooms.rename(small.details, SECRET)
        near.rooms.set_authorities(small.details, ALL)
        near.rooms.set_authorities(small.section, FEW)
        await near.run("full")
        assert near.document(small.details)["IsPublic"]
        assert crumbs(near, small.section)[-1] == SECRET
        if closes == "the folder":
            near.rooms.set_authorities(small.details, ONLY_EVA)
        elif closes == "the room":
            near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        else:
            near.values["sources.interaxo.public_rooms"] = []
        await near.run("delta")
        assert not near.document(small.details)["IsPublic"]
        assert SECRET not in str(near.document(small.section)["CrumbLinks"])
        mark = near.intranet.mark()
        await near.run("delta")
        assert not near.intranet.pushed_since(mark)


@pytest.mark.parametrize("silent", ["entry", "folder"])
async def test_the_name_of_an_entry_that_is_closed_as_its_folder_is_is_told_to_nobody_while_a_list_cannot_be_read(
    tmp_path: Path, silent: str
) -> None:
    async with estate(tmp_path, "item") as (near, small):
        open_to_all = near.rooms.add_file(small.rfi, "open.txt", content=b"x")
        near.rooms.edit_entry(small.rfi, {"Title": SECRET})
        near.rooms.set_authorities(small.rfis, FEW)
        near.rooms.set_authorities(open_to_all, ALL)
        await near.run("full")
        assert SECRET not in str(near.document(open_to_all)["CrumbLinks"])
        near.rooms.new_version(open_to_all, b"y")
        break_all(near, authorities_of(small.rfi if silent == "entry" else small.rfis), Status(503))
        await near.run("delta")
        assert SECRET not in str(near.document(open_to_all)["CrumbLinks"])


@pytest.mark.parametrize("how", ["changed", "narrowed", "not listed", "folder unread"])
async def test_whoever_may_see_a_renamed_folder_from_now_on_reads_its_former_name_nowhere(
    tmp_path: Path, how: str
) -> None:
    """Not in what stands in it, either, while that cannot be made anew; once it can, its new name stands there."""
    async with estate(tmp_path, "item", sources__interaxo__content=True) as (near, small):
        for open_to_both in (small.bridge, small.drawings, small.section):
            near.rooms.set_authorities(open_to_both, ALL_AND_FEW)
        if how == "narrowed":
            near.rooms.set_authorities(small.section, [*ALL_AND_FEW, ("user", address("kari"))])
        near.rooms.rename(small.details, SECRET)
        near.rooms.set_authorities(small.details, FEW)
        await near.run("full")
        assert SECRET not in str(near.document(small.section))
        near.rooms.rename(small.details, "Plans")
        near.rooms.set_authorities(small.details, ALL_AND_FEW)
        if how in {"changed", "narrowed"}:
            near.rooms.new_version(small.section, b"other")
            near.rooms.set_authorities(small.section, ALL_AND_FEW)
            break_all(near, f"GET */files/{small.section}/content", Status(503))
        elif how == "not listed":
            near.rooms.hide(small.section, 403)
        else:
            break_all(near, children_of(small.details), Status(503))
        for _ in range(2):
            await near.run("delta")
            assert SECRET not in str(near.document(small.section))
        near.wire.clear()
        near.rooms.unhide(small.section)
        await near.run("full" if how in {"changed", "narrowed"} else "delta")
        assert crumbs(near, small.section)[-1] == "Plans"


async def test_the_former_name_of_a_closed_folder_is_not_told_when_it_opens(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, small):
        close_the_folder(near, small)
        await near.run("full")
        assert SECRET not in str(near.document(small.section))
        near.rooms.rename(small.details, "Details")
        await near.run("delta")
        near.rooms.set_authorities(small.details, ALL)
        await near.run("delta")
        assert crumbs(near, small.section)[-1] == "Details"


async def test_what_more_people_find_in_a_folder_that_opens_with_it_stays_with_all_of_them(
    tmp_path: Path,
) -> None:
    async with estate(tmp_path, "item") as (near, small):
        close_the_folder(near, small)
        await near.run("full")
        for one in (small.details, small.section):
            near.rooms.set_authorities(one, ALL_AND_FEW)
        await near.run("delta")
        assert crumbs(near, small.section)[-1] == SECRET
        assert near.intranet.can_see(address("ola"), f"ix-{small.section}")
        assert len(near.document(small.section)["ExternalIdentities"]) == len(ALL_AND_FEW)


async def test_a_name_goes_as_soon_as_the_list_of_a_folder_is_read_that_could_never_be_sent(
    tmp_path: Path,
) -> None:
    """Nobody could tell who may see the folder when it was met first: it is in quarantine, and what stands in it is not."""
    async with estate(tmp_path, "folder") as (near, small):
        close_the_folder(near, small)
        break_all(near, authorities_of(small.details), Status(503))
        await near.run("full")
        assert f"ix-{small.details}" not in near.found()
        assert crumbs(near, small.section)[-1] == SECRET, "no list hides it"
        near.wire.clear()
        await near.run("delta")
        assert f"ix-{small.details}" in near.found()
        assert near.intranet.can_see(address("kari"), f"ix-{small.section}")
        assert SECRET not in str(near.document(small.section))


async def test_what_more_people_find_by_a_setting_that_asks_for_folders_names_no_closed_one(
    tmp_path: Path,
) -> None:
    """Before its list is read for the first time, something of somebody whose groups changed is looked at, which stands in it."""
    kari = [("user", address("kari"))]
    async with estate(tmp_path, "room") as (near, small):
        near.rooms.set_authorities(small.bridge, kari)
        await near.run("full")
        near.rooms.rename(small.details, SECRET)
        await near.run("delta")
        near.rooms.set_authorities(small.section, [*kari, *ALL_AND_FEW])
        near.rooms.add_person(COMMUNITY, address("kari"), "Kari", address("kari"), groups=["few"])
        near.values |= {
            "sources.interaxo.permissions": "item",
            "sources.interaxo.audience_share": 1.0,
        }
        await near.run("delta")
        assert near.intranet.can_see(address("ola"), f"ix-{small.section}")
        assert SECRET not in str(near.document(small.section)["CrumbLinks"])
