"""Lists of Interaxo are read to their end, whatever a host caps, and however it sorts them or does not."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from connector.sandbox.faults import Fault, Instead, Status
from connector.sandbox.interaxo import InteraxoWorld
from tests.estates import EVERYONE, furnish_small
from tests.neighbourhood import Neighbourhood, neighbourhood
from tests.people.estate import COMMUNITY, address
from tests.people.estate import estate as people_estate


def add_groups(world: InteraxoWorld, person: str, count: int) -> list[str]:
    """Put a person into so many groups."""
    groups = [f"g{number:03}" for number in range(count)]
    for group in groups:
        world.add_group(COMMUNITY, group, group)
    world.add_person(COMMUNITY, address(person), person.capitalize(), address(person), groups=groups)
    return groups


def identities_of(near: Neighbourhood, person: str) -> set[str]:
    """What the intranet holds of a person."""
    return set(near.intranet.identities_of(address(person)))


@pytest.mark.parametrize(
    "caps", [{"groups": 100}, {"groups": 100, "children": 200}, {"groups": 7, "children": 3}, {}], ids=str
)
async def test_a_persons_groups_are_read_to_their_end(tmp_path: Path, caps: dict[str, int]) -> None:
    async with people_estate(tmp_path, "room") as (near, _):
        near.intranet.seed_person(address("kari"), "Kari", [])
        near.rooms.quirks.page_caps = caps
        groups = add_groups(near.rooms, "kari", 132)
        for mode in ("full", "delta"):
            near.values["sources.interaxo.audience_share"] = 1.0
            await near.run(mode)
            told = {f"interaxo:group:{COMMUNITY}/{group}" for group in groups}
            assert told <= identities_of(near, "kari")


async def test_a_cap_that_was_lowered_is_learnt_anew(tmp_path: Path) -> None:
    async with people_estate(tmp_path, "room") as (near, _):
        near.intranet.seed_person(address("kari"), "Kari", [])
        groups = add_groups(near.rooms, "kari", 132)
        near.values["sources.interaxo.audience_share"] = 1.0
        await near.run("full")
        near.rooms.quirks.page_caps = {"groups": 60}
        for mode in ("delta", "full"):
            await near.run(mode)
            assert {f"interaxo:group:{COMMUNITY}/{group}" for group in groups} <= identities_of(near, "kari")


@pytest.mark.parametrize("mode", ["delta", "full"])
@pytest.mark.parametrize("groups", [7, 100])
async def test_groups_that_end_just_where_a_page_ends_are_whole(
    tmp_path: Path, groups: int, mode: str
) -> None:
    """Everybody is in as many groups as a page has: the next page is empty, and nobody loses any."""
    async with people_estate(tmp_path, "room", sources__interaxo__audience_share=1.0) as (near, _):
        near.rooms.quirks.page_caps = {"groups": groups}
        told = {person: add_groups(near.rooms, person, groups) for person in ("kari", "ola", "eva")}
        await near.run("full")
        near.clock.pass_seconds(10_000)
        report = await near.run(mode)
        assert (report.outcome, report.people.held) == ("succeeded", 0), report.reasons
        for person, names in told.items():
            assert {f"interaxo:group:{COMMUNITY}/{name}" for name in names} <= identities_of(near, person)


@pytest.mark.parametrize("mode", ["delta", "full"])
@pytest.mark.parametrize("how", ["the same page again", "an error", "nothing readable"])
async def test_groups_of_all_that_are_cut_at_a_page_take_nothing_from_anybody(
    tmp_path: Path, how: str, mode: str
) -> None:
    """A host that gives the first page and no more: what it leaves out is not lost, since the list has no end."""
    async with people_estate(tmp_path, "room", sources__interaxo__audience_share=1.0) as (near, _):
        for person in ("kari", "ola", "eva"):
            add_groups(near.rooms, person, 20)
        await near.run("full")
        before = {person: identities_of(near, person) for person in ("kari", "ola", "eva")}
        assert all(len(identities) == 21 for identities in before.values())
        near.clock.pass_seconds(10_000)
        near.rooms.quirks.page_caps = {"groups": 7}
        page = b"[" + b",".join(b'{"id":"g%03d","type":"group","name":"G"}' % n for n in range(7)) + b"]"
        bad = {
            "the same page again": Instead(page),
            "an error": Status(500),
            "nothing readable": Instead(b'[{"id": null}]'),
        }
        near.wire.add(
            Fault(lambda c: c.path.endswith("/groups") and "skip=" in c.query, bad[how], times=None)
        )
        for _ in range(2):
            report = await near.run(mode)
            near.clock.pass_seconds(10_000)
            for person, identities in before.items():
                assert identities_of(near, person) == identities, report.reasons
            assert report.outcome == "withheld"
            assert not any(one.kind == "person" for one in report.held)


@pytest.mark.parametrize("cap", [200, 7, None])
async def test_every_comment_of_a_file_is_searchable(tmp_path: Path, cap: int | None) -> None:
    async with people_estate(tmp_path, "room") as (near, small):
        near.values["sources.interaxo.comments"] = True
        if cap is not None:
            near.rooms.quirks.page_caps = {"comments": cap}
        for number in range(330):
            near.rooms.add_comment(small.section, f"remark-{number}", author=address("kari"))
        await near.run("full")
        text = near.document(small.section)["FileContents"]
    assert sum(f"remark-{number}" in text.split() for number in range(330)) == 330


@pytest.mark.parametrize("how", [Status(403, page=True), Status(404, page=True)], ids=str)
async def test_comments_stay_while_a_firewall_or_a_gateway_answers_for_them(
    tmp_path: Path, how: Status
) -> None:
    async with people_estate(tmp_path, "room") as (near, small):
        near.values |= {"sources.interaxo.comments": True, "http.backoff_max_s": 0.01}
        near.rooms.add_comment(small.section, "remark", author=address("kari"))
        await near.run("full")
        near.wire.add(Fault("GET */comments", how, times=None))
        for _ in range(2):
            await near.run("full")
        assert "remark" in near.document(small.section)["FileContents"]


@pytest.mark.parametrize("status", [403, 404])
async def test_comments_that_are_refused_for_once_stay_found(tmp_path: Path, status: int) -> None:
    async with people_estate(tmp_path, "room") as (near, small):
        near.values |= {"sources.interaxo.comments": True, "sources.interaxo.audience_share": 0.01}
        near.rooms.quirks.quiet = frozenset({"comment"})
        near.rooms.add_comment(small.section, "remark", author=address("kari"))
        await near.run("full")

        async def refused(number: int) -> str:
            """What is found after a delta that has to read the item, and is refused its comments."""
            near.clock.pass_seconds(60)
            near.rooms.rename(small.section, f"Section {number}")
            with_fault = near.wire.add(
                Fault(f"GET *content/{small.section}/comments", Status(status), times=None)
            )
            assert (await near.run("delta")).outcome == "succeeded"
            near.wire.faults.remove(with_fault)
            return str(near.document(small.section)["FileContents"])

        assert "remark" in await refused(1)
        near.rooms.add_comment(small.section, "another", author=address("kari"))
        await near.run("delta")
        assert "another" in near.document(small.section)["FileContents"], "they are asked for at once"
        assert "remark" in await refused(2)
        assert "remark" not in await refused(3), "twice in a row is an answer"


COLLECTIONS = ("communities", "rooms", "children", "groups", "comments")


@pytest.mark.parametrize("opaque", [False, True])
@pytest.mark.parametrize(
    "refused",
    [*[frozenset({one}) for one in COLLECTIONS], frozenset(COLLECTIONS)],
    ids=lambda one: "+".join(sorted(one)),
)
async def test_a_list_that_will_not_be_sorted_is_read_all_the_same(
    tmp_path: Path, refused: frozenset[str], opaque: bool
) -> None:
    async with people_estate(tmp_path, "room") as (near, small):
        near.values["sources.interaxo.comments"] = True
        near.rooms.quirks.unsorted, near.rooms.quirks.opaque_errors = refused, opaque
        near.rooms.quirks.page_cap = 2
        near.rooms.add_comment(small.section, "remark", author=address("kari"))
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert near.found() == near.expected()
        near.wire.clear()
        report = await near.run("delta")
        assert report.outcome == "succeeded", report.reasons
        assert not any(call.status == 400 for call in near.wire.calls)


async def test_a_limit_that_is_refused_is_made_smaller(tmp_path: Path) -> None:
    async with people_estate(tmp_path, "room") as (near, _):
        near.rooms.quirks.limit_refused_above = 100
        report = await near.run("full")
        assert near.found() == near.expected()
        assert report.outcome == "succeeded", report.reasons


async def test_a_room_of_many_files_is_whole_without_an_order(tmp_path: Path) -> None:
    def furnish(world: InteraxoWorld) -> None:
        furnish_small(world)
        root = world.add_room(COMMUNITY, "many", "Many", authorities=EVERYONE)
        for number in range(130):
            world.add_file(root, f"{number}.txt", content=b"x")

    async with neighbourhood(tmp_path, furnish) as near:
        near.rooms.quirks.unsorted = frozenset(COLLECTIONS)
        near.rooms.quirks.page_caps = {"children": 50}
        await near.run("full")
        assert near.found() == near.expected()


@pytest.mark.parametrize(
    ("count", "cap", "skip", "known"),
    [
        (230, 100, True, True), (100, None, True, True), (1_000, None, True, True), (1_300, None, True, True),
        (230, 100, False, False), (100, None, False, False), (1_300, None, False, False), (230, None, False, True), (500, None, False, True),
    ],
)  # fmt: skip
async def test_a_list_of_readers_is_whole_or_unknown(
    tmp_path: Path, count: int, cap: int | None, skip: bool, known: bool
) -> None:
    async with people_estate(tmp_path, "room") as (near, small):
        near.rooms.quirks.authorities_limit, near.rooms.quirks.authorities_skip = cap, skip
        near.rooms.set_authorities(small.tunnel, [("group", f"g{number}") for number in range(count)])
        await near.run("delta")
        assert (f"ix-{small.report}" in near.found()) == known
        if known:
            assert len(near.document(small.report)["ExternalIdentities"]) == count


@pytest.mark.parametrize("child_count", ["true", "low", "high", "absent"])
@pytest.mark.parametrize("before", [3, 4, 6])
async def test_what_comes_last_in_a_listing_is_found_whatever_the_host_counts(
    tmp_path: Path, child_count: Literal["true", "low", "high", "absent"], before: int
) -> None:
    """Where the host counts one too few, and its pages are full, the rows of before reach the new number without the new one."""
    async with neighbourhood(tmp_path, furnish_small) as near:
        quirks = near.rooms.quirks
        quirks.page_cap, quirks.child_count, quirks.unsorted = 3, child_count, frozenset({"children"})
        folder = near.rooms.add_folder(next(iter(near.rooms.rooms)), "many")
        for number in range(before):
            near.rooms.add_file(folder, f"{number}.txt", content=b"x")
        for _ in range(2):
            await near.run("delta")
        last = near.rooms.add_file(folder, "last.txt", content=b"x")
        await near.run("delta")
        assert f"ix-{last}" in near.found()
