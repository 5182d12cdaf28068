"""What a delta costs, counted on the wire: nothing changed, a folder renamed, one edit after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from math import ceil
from pathlib import Path

import pytest

from connector.people.reading import AT_LEAST
from connector.sandbox.sample import furnish
from tests.estates import Small, furnish_small
from tests.neighbourhood import Neighbourhood, neighbourhood

LISTS = 2
"""Calls that read a list without a known length, such as the rooms of a community: its page, and an empty one."""


def calls(near: Neighbourhood) -> Counter[str]:
    """Calls since the wire was cleared, by server and what they ask for; questions about people apart."""
    words = {"children", "mentionable-authorities", "communities", "rooms", "token"}
    return Counter(
        f"{call.server} {last if (last := call.path.rpartition('/')[2]) in words or call.server == 'interact' else 'item'}"
        for call in near.wire.calls
        if "/people/" not in call.path
    )


def people_asked(near: Neighbourhood) -> set[str]:
    """Who was asked about since the wire was cleared."""
    return {
        call.path.partition("/people/")[2].partition("/")[0]
        for call in near.wire.calls
        if "/people/" in call.path
    }


def authors(near: Neighbourhood) -> set[str]:
    """Names that documents in the intranet have as their author."""
    return {str(row.document["AuthorName"]) for row in near.intranet.documents.values()} - {""}


def filled(near: Neighbourhood) -> list[int]:
    """How many children every container has that has any."""
    return [item.child_count for item in near.rooms.items() if item.child_count]


@pytest.mark.parametrize("page_cap", [None, 1, 3])
async def test_a_delta_without_changes_costs_its_listings_two_calls_a_room_and_a_handful(
    tmp_path: Path, page_cap: int | None
) -> None:
    async with neighbourhood(tmp_path, furnish) as near:
        near.values["sources.interaxo.audience_share"] = 0.0001
        near.rooms.quirks.page_cap = page_cap
        await near.run("full")
        await near.run("delta")
        near.wire.clear()
        report = await near.run("delta")
        assert report.outcome == "succeeded"
        assert report.documents.unchanged == report.documents.live == len(near.expected())
        rooms, communities = len(near.rooms.rooms), len(near.rooms.communities)
        pages = [ceil(count / (page_cap or 500)) for count in filled(near)]
        room_pages = ceil(rooms / (page_cap or 500)) + 1
        assert calls(near) == {
            "interaxo children": sum(pages),
            "interaxo item": rooms,
            "interaxo mentionable-authorities": rooms,
            "interaxo communities": LISTS,
            "interaxo rooms": communities * room_pages,
            "interaxo token": 1,
            "interact state": 1,
        }
        assert sum(calls(near).values()) == sum(pages) + 2 * rooms + room_pages + 4
        assert len(people_asked(near)) == AT_LEAST  # their turn to be asked for again
        assert report.sources["interaxo"].requests == len(near.wire.calls) - 1
        assert report.push.bytes == 0


async def test_a_share_of_details_is_told_as_such_and_is_all_that_it_adds(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish) as near:
        near.values["sources.interaxo.audience_share"] = 0.0001
        await near.run("full")
        await near.run("delta")
        near.wire.clear()
        await near.run("delta")
        without = sum(calls(near).values())
        near.values["sources.interaxo.audience_share"] = 1.0
        near.wire.clear()
        report = await near.run("delta")
        assert report.sources["interaxo"].reread > 0
        added = sum(calls(near).values()) - without
        people = sum("/people/" in call.path for call in near.wire.calls)
        assert added <= report.sources["interaxo"].reread <= added + people


async def test_a_full_run_asks_for_the_profile_of_an_author_once(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish) as near:
        await near.run("full")
        near.wire.clear()
        await near.run("full")
        profiles = Counter(
            call.path for call in near.wire.calls if call.path.rpartition("/")[0].endswith("/people")
        )
        assert len(profiles) > 2
        assert set(profiles.values()) == {1}, profiles


async def test_a_full_run_asks_for_people_while_it_looks_at_the_intranet_and_at_rooms(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish) as near:
        await near.run("full")
        near.wire.clear()
        await near.run("full")
        paths = [call.path for call in near.wire.calls]
        begun = next(at for at, path in enumerate(paths) if path.endswith("docs/beginsyncsession"))
        rooms = max(at for at, path in enumerate(paths) if path.endswith("/rooms"))
        taken = next(at for at, path in enumerate(paths) if path.endswith("addupdate"))
        people = [at for at, path in enumerate(paths) if "/people/" in path]
        assert rooms < people[0] < begun, "not before it is known that the source answers"
        assert people[-1] < taken, "nothing is sent before everybody was asked for"


async def test_the_new_name_of_an_author_is_told_by_the_next_full_run(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish) as near:
        await near.run("full")
        assert authors(near)
        people = near.rooms.people
        people |= {key: replace(person, name=f"{person.name} Nyhus") for key, person in people.items()}
        await near.run("full")
        assert all(" Nyhus" in one for one in authors(near))


async def test_an_empty_folder_is_not_listed(tmp_path: Path) -> None:
    async with neighbourhood(tmp_path, furnish_small) as near:
        await near.run("full")
        await near.run("delta")
        near.wire.clear()
        await near.run("delta")
        before = calls(near)["interaxo children"]
        near.rooms.add_folder(near.rooms.items()[0].id, "Empty")
        await near.run("delta")
        near.wire.clear()
        await near.run("delta")
        assert calls(near)["interaxo children"] == before


Edit = Callable[[Neighbourhood, Small], object]
EDITS: dict[str, tuple[Edit, str, str]] = {
    "a folder is renamed": (
        lambda near, s: near.rooms.rename(s.drawings, "Plans"),
        "drawings details plan section site see",
        "",
    ),
    "a room is renamed": (lambda near, s: near.rooms.rename_room(s.tunnel, name="Tube"), "tunnel report", ""),
    "a room has another slug": (
        lambda near, s: near.rooms.rename_room(s.tunnel, slug="tube"),
        "tunnel report",
        "",
    ),
    "a room is seen by more people": (
        lambda near, s: near.rooms.set_authorities(s.tunnel, [("group", "all"), ("group", "few")]),
        "tunnel report",
        "",
    ),
    "a file is renamed": (lambda near, s: near.rooms.rename(s.plan, "plan-b.pdf"), "plan", ""),
    "a file has a new version": (lambda near, s: near.rooms.new_version(s.plan, b"%PDF new"), "plan", ""),
    "an entry is edited": (lambda near, s: near.rooms.edit_entry(s.rfi, {"Amount": 1}), "rfi", ""),
    "an entry has another title": (
        lambda near, s: near.rooms.edit_entry(s.rfi, {"Title": "Which nuts?"}),
        "rfi photo",
        "",
    ),
    "an entry moves to another step": (lambda near, s: near.rooms.move_step(s.current, "New"), "current", ""),
    "a file moves": (lambda near, s: near.rooms.move(s.section, s.drawings), "section", ""),
    "a folder moves": (lambda near, s: near.rooms.move(s.details, s.bridge), "details section", ""),
    "a file moves to another room": (lambda near, s: near.rooms.move(s.plan, s.tunnel), "plan", ""),
    "a link is removed": (lambda near, s: near.rooms.remove(s.site), "", "site"),
    "a folder is removed": (lambda near, s: near.rooms.remove(s.details), "", "details section"),
    "an entry becomes history": (
        lambda near, s: near.rooms.move_step(s.current, "Superseded"),
        "",
        "current",
    ),
    "an entry of history is published": (
        lambda near, s: near.rooms.move_step(s.superseded, "Published"),
        "superseded old_attachment",
        "",
    ),
    "a lock comes and goes": (lambda near, s: setattr(near.rooms.quirks, "lock_info", 1), "", ""),
}


@pytest.mark.parametrize("name", EDITS)
async def test_an_edit_pushes_and_removes_just_what_it_touches(tmp_path: Path, name: str) -> None:
    perform, pushed, removed = EDITS[name]
    worlds: list[Small] = []
    async with neighbourhood(tmp_path, lambda world: worlds.append(furnish_small(world))) as near:
        small = worlds[0]
        await near.run("full")
        perform(near, small)
        mark = near.intranet.mark()
        report = await near.run("delta")
        assert report.outcome == "succeeded", report.reasons
        # else nothing tells of it
        note = [min(f"ix-{small.bridge}", f"ix-{small.tunnel}")] if removed else []
        assert sorted(near.intranet.pushed_since(mark)) == sorted(
            [*(f"ix-{getattr(small, one)}" for one in pushed.split()), *note]
        )
        assert {one.id for one in near.intranet.deletions} == {
            f"ix-{getattr(small, one)}" for one in removed.split()
        }
        assert (report.documents.added + report.documents.updated, report.documents.deleted) == (
            len(pushed.split()),
            len(removed.split()),
        )
        assert near.found() == near.expected()
        mark = near.intranet.mark()
        report = await near.run("delta")
        assert near.intranet.pushed_since(mark) == []
        assert report.documents.unchanged == len(near.expected())


async def test_a_new_item_is_read_with_one_page_and_pushed_alone(tmp_path: Path) -> None:
    worlds: list[Small] = []
    async with neighbourhood(tmp_path, lambda world: worlds.append(furnish_small(world))) as near:
        near.values["sources.interaxo.audience_share"] = 0.0001
        await near.run("full")
        await near.run("delta")
        near.wire.clear()
        await near.run("delta")
        idle = calls(near)
        added = near.rooms.add_file(worlds[0].details, "new.txt", content=b"new")
        near.wire.clear()
        mark = near.intranet.mark()
        report = await near.run("delta")
        assert report.documents.added == 1
        assert near.intranet.pushed_since(mark) == [f"ix-{added}"]
        assert calls(near) == idle + Counter({"interact addupdate": 1})


async def test_a_removal_costs_three_questions_two_for_each_other_room_a_list_of_rooms_one_delete_and_one_note_with_its_looks(
    tmp_path: Path,
) -> None:
    worlds: list[Small] = []
    async with neighbourhood(tmp_path, lambda world: worlds.append(furnish_small(world))) as near:
        near.values["sources.interaxo.audience_share"] = 0.0001
        await near.run("full")
        await near.run("delta")
        near.wire.clear()
        await near.run("delta")
        idle = calls(near)
        near.rooms.remove(worlds[0].site)
        near.wire.clear()
        await near.run("delta")
        more = calls(near) - idle
        # the item, its room, its folder; the other room, where it may have gone, and whether that one answers for itself; and, to
        # their empty pages, whether rooms were made meanwhile; before and after the note, whether the intranet was put back
        assert more == {
            "interaxo item": 5,
            "interaxo communities": 2,
            "interaxo rooms": 2,
            "interact delete": 1,
            "interact addupdate": 1,
            "interact state": 4,
        }
