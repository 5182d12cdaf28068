"""Rule 3, where proof is doubtful: notes of earlier runs, rooms that cannot be asked, listings that tell on themselves."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import msgspec
import pytest

from connector.plan.options import Watch
from connector.removal import suspects
from connector.sandbox.faults import LIST_200, Call, Instead, Status
from connector.sandbox.interaxo_http import InteraxoApp
from tests.patience import IN_VAIN_S
from tests.rules.ground import (
    FEW,
    ONLY_FEW,
    ask_ledger,
    audience_of,
    authorities_of,
    break_all,
    calls,
    children_of,
    files_of,
    lists,
    live_gone,
    plain_world,
    small_world,
    when,
)


@pytest.mark.parametrize("noted_by", ["backfill", "stopped delta"])
async def test_a_file_that_was_left_out_once_is_asked_for_after_it_moved(
    tmp_path: Path, noted_by: str
) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["sources.interaxo.mapping.file.exclude"] = "{{ item.name == 'draft.txt' }}"
        await near.run("full")
        near.clock.pass_seconds(1_000)
        near.rooms.rename(small.section, "draft.txt")
        if noted_by == "backfill":
            await near.run("backfill", restart=True)
        else:
            stop: list[int] = []
            when(near, lists(small.tunnel), lambda: stop.append(1))
            await near.run("delta", Watch(stopping=lambda: bool(stop)))
        near.rooms.rename(small.section, "section.txt")
        near.rooms.move(small.section, small.tunnel)
        near.rooms.remove(small.details)
        near.clock.pass_seconds(1_000)
        near.wire.clear()
        break_all(near, children_of(small.tunnel), Status(503))
        report = await near.run("delta")
        assert not live_gone(near), report.reasons


@pytest.mark.parametrize("new_room", ["readable", "down"])
async def test_approval_of_an_excluded_room_spares_what_moved_into_an_included_one(
    tmp_path: Path, new_room: str
) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.values["sources.interaxo.rooms"] = ["*", "!tunnel"]
        held = await near.run("delta")
        assert f"ix-{small.report}" in {one.id for one in held.held}
        near.rooms.move(small.report, small.drawings)
        if new_room == "down":
            break_all(near, f"GET *bridge/content/{small.report}*", Status(503))
            break_all(near, children_of(small.drawings), Status(503))
        report = await near.run("delta", approve=held.run_id)
        assert f"ix-{small.report}" in near.found(), report.reasons
        assert {one.id for one in near.intranet.deletions} <= {f"ix-{small.tunnel}"}


@pytest.mark.parametrize("room_comes_back", [True, False])
async def test_what_moved_into_a_room_that_is_not_listed_now_stays(
    tmp_path: Path, room_comes_back: bool
) -> None:
    """The room has been known: what is gone everywhere else may stand there."""
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        before = near.found()
        near.rooms.move(small.report, small.bridge)
        near.rooms.hide_room(small.bridge)
        for expected in ("missing", "may-have-moved"):
            near.clock.pass_seconds(1_000)
            report = await near.run("delta")
            assert near.found() == before
            assert {one.code for one in report.held if one.id == f"ix-{small.report}"} == {expected}
            told = next(one for one in report.held if one.id == f"ix-{small.report}")
            assert "example-corp/bridge" in told.reason
        if room_comes_back:
            near.rooms.unhide_room(small.bridge)
            near.clock.pass_seconds(1_000)
            report = await near.run("delta")
            assert report.outcome == "succeeded", report.reasons
            assert near.found() == near.expected()
            assert near.document(small.report)["MaterializedPath"].startswith(f"/ix-{small.bridge}/")
        else:
            await near.run("delta", approve=report.run_id)
            assert f"ix-{small.report}" not in near.found(), "a person decided, who was told of the room"


@pytest.mark.parametrize("how", ["approve", "keep", "wait"])
async def test_a_room_that_is_gone_for_good_makes_nothing_unsure_for_ever(tmp_path: Path, how: str) -> None:
    async with plain_world(tmp_path, alpha=6, beta=2) as (near, roots):
        await near.run("full")
        near.rooms.remove_room(roots["beta"])
        near.clock.pass_seconds(1_000)
        report = await near.run("delta")
        if how == "wait":
            near.clock.pass_seconds(8 * 86_400)
            await near.run("delta")  # two readings of the clock have to say that it was long ago
        else:
            await near.run("delta", **{how: report.run_id})
        gone = files_of(near, roots["alpha"])[0]
        near.rooms.remove(gone)
        near.clock.pass_seconds(1_000)
        report = await near.run("delta")
        assert f"ix-{gone}" not in near.found(), report.reasons


async def test_what_moved_into_a_room_of_another_community_is_found_there(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=3) as (near, roots):
        near.rooms.add_community("other-corp", "Other Corp")
        other = near.rooms.add_room("other-corp", "other", "Other", authorities=[("group", "all")])
        await near.run("full")
        moved = files_of(near, roots["alpha"])[0]
        # behind the crawl: that room has been listed when it arrives there
        when(near, lists(roots["alpha"]), lambda: near.rooms.move(moved, other))
        near.clock.pass_seconds(1_000)
        report = await near.run("delta")
        assert not live_gone(near), report.reasons


@pytest.mark.parametrize("answer", [403, 503])
async def test_what_may_stand_in_a_room_that_does_not_tell_is_held_by_the_second_run(
    tmp_path: Path, answer: int
) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.move(small.report, small.drawings)
        break_all(near, "GET *bridge/content/*", Status(answer))
        for _ in range(3):
            near.clock.pass_seconds(1_000)
            report = await near.run("delta")
            assert not live_gone(near), report.reasons
        assert {one.code for one in report.held if one.id == f"ix-{small.report}"} == {"may-have-moved"}
        near.wire.clear()
        near.clock.pass_seconds(1_000)
        report = await near.run("delta")
        assert (report.outcome, near.found()) == ("succeeded", near.expected()), report.reasons


async def test_a_real_removal_of_many_is_offered_by_the_second_run_at_no_growing_cost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suspects, "MOST_QUESTIONS", 10)
    async with plain_world(tmp_path, alpha=40, beta=1, gamma=1) as (near, roots):
        await near.run("full")
        gone = files_of(near, roots["alpha"])[:30]
        for native in gone:
            near.rooms.remove(native)
        asked = []
        for _ in range(4):
            near.clock.pass_seconds(1_000)
            near.wire.clear()
            report = await near.run("delta")
            asked.append(sum(len(calls(near, f"/content/{native}")) for native in gone))
        assert (report.outcome, report.documents.held) == ("braked", 30)
        assert asked == [30, 90, 0, 0], "once each, once more in every room to decide, and never again"
        report = await near.run("delta", approve=report.run_id)
        assert near.found() == near.expected()


@pytest.mark.parametrize("again", [100, 10])
async def test_what_moved_twice_behind_the_crawl_stays_also_where_too_many_are_missing_to_ask_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, again: int
) -> None:
    """Two complete runs lack it, and it answers 404 in its room in both: it stands in a room that was listed just before."""
    monkeypatch.setattr(suspects, "MOST_QUESTIONS", 10)
    monkeypatch.setattr(suspects, "MOST_QUESTIONS_AGAIN", again)
    async with plain_world(tmp_path, alpha=60, beta=1, gamma=1) as (near, roots):
        near.values["safety.max_delete_ratio"] = 1.0
        near.rooms.quirks.child_count = "absent"
        await near.run("full")
        moved, *gone = files_of(near, roots["alpha"])[:9]
        for native in gone:
            near.rooms.remove(native)
        near.rooms.move(moved, roots["gamma"])
        expected = near.expected()
        with monkeypatch.context() as patch:  # as if it had come there a moment after that room was listed
            visible = type(near.rooms).visible_children
            patch.setattr(
                type(near.rooms),
                "visible_children",
                lambda world, item: [one for one in visible(world, item) if one.id != moved],
            )
            for _ in range(2):
                near.clock.pass_seconds(1_000)
                report = await near.run("delta")
                assert f"ix-{moved}" in near.found(), report.reasons
            if again == 100:
                assert near.found() == expected, "what is gone went"
                assert near.document(moved)["MaterializedPath"].startswith(f"/ix-{roots['gamma']}/")
                return
            assert (report.outcome, {one.code for one in report.held}) == ("braked", {"unasked"})
            for _ in range(2):
                near.clock.pass_seconds(1_000)
                near.wire.clear()
                report = await near.run("delta")
                assert (report.outcome, report.documents.held) == ("braked", 9)
                assert not calls(near, f"/content/{gone[0]}"), "what is held is not asked for by every run"
        await near.run("delta", approve=report.run_id)
        assert near.found() == expected


@pytest.mark.parametrize("seed", range(6))
async def test_pages_in_another_order_each_time_supersede_no_namesake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    rnd = random.Random(seed)

    def shuffled(self: InteraxoApp, exchange: object, listing: str, rows: object, get: object) -> object:
        rows = list(rows)  # type: ignore[call-overload]
        rnd.shuffle(rows)
        monkeypatch.setattr(self.world.quirks, "sort_fields", frozenset({"id"}))
        parameter = exchange.parameter  # type: ignore[attr-defined]
        size, first = min(int(parameter("limit") or 100), 5), int(parameter("skip") or 0)
        return rows[first : first + size]

    async with plain_world(tmp_path, hall=17) as (near, roots):
        near.rooms.quirks.page_cap = 5
        for native in files_of(near, roots["hall"]):
            near.rooms.rename(native, "minutes.pdf")
        await near.run("full")
        monkeypatch.setattr(InteraxoApp, "_page", shuffled)
        for mode in ("delta", "delta", "full", "delta", "full", "delta"):
            near.clock.pass_seconds(4_000)
            report = await near.run(mode)
            assert not live_gone(near), (mode, report.reasons[:2])


@pytest.mark.parametrize("tells_on_itself", ["", "repeats a row", "ends short"])
async def test_a_replaced_file_that_still_answers_goes_only_by_listings_that_can_be_relied_on(
    tmp_path: Path, tells_on_itself: str
) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        fresh = near.rooms.add_file(small.details, "section.txt", content=b"another one")
        if not tells_on_itself:
            near.rooms.quirks.child_count = "low"  # the listing has what its folder counts
        row = {
            "id": fresh,
            "type": "file",
            "name": "section.txt",
            "parent_id": small.details,
            "created": "2026-01-01T00:00:00Z",
            "last_modified": "2026-01-01T00:00:00Z",
            "version": "1.0",
        }
        rows = [row, row] if tells_on_itself == "repeats a row" else [row]
        listed = lists(small.details)
        break_all(near, lambda call: listed(call) and "skip=" in call.query, LIST_200)
        break_all(near, lambda call: listed(call), Instead(msgspec.json.encode(rows)))
        for times in range(4):
            assert f"ix-{small.section}" in near.found() or times > 1, "one listing is no proof"
            near.clock.pass_seconds(1_000)
            near.wire.calls.clear()
            report = await near.run("delta")
            asked = [call.status for call in calls(near, f"/content/{small.section}")]
            assert asked in ([200], []), "it answers for itself, whenever it is asked for"
            assert report.sources["interaxo"].complete
        assert (f"ix-{small.section}" in near.found()) is bool(tells_on_itself), report.reasons
        assert f"ix-{fresh}" in near.found()


@pytest.mark.parametrize("permissions", ["room", "folder", "item"])
@pytest.mark.parametrize("ancestor", ["folder", "room"])
async def test_a_listing_that_goes_in_circles_fails_its_room(
    tmp_path: Path, ancestor: str, permissions: str
) -> None:
    async with small_world(tmp_path) as (near, small), asyncio.timeout(IN_VAIN_S):
        near.values["sources.interaxo.permissions"] = permissions
        await near.run("full")
        before = near.found()
        above = small.drawings if ancestor == "folder" else small.bridge
        row = {
            "id": above,
            "type": "simple-folder",
            "name": "Drawings",
            "parent_id": small.details,
            "child_count": 1,
        }
        break_all(near, children_of(small.details), Instead(msgspec.json.encode([row])))
        for _ in range(3):
            near.clock.pass_seconds(1_000)
            before_it = len(near.wire.calls)
            report = await near.run("delta")
            assert report.outcome == "withheld"
            assert any("goes in circles" in reason for reason in report.reasons)
            assert len(near.wire.calls) - before_it < 100
            assert near.found() == before
            assert not live_gone(near)
        near.rooms.set_authorities(small.bridge, FEW)
        await near.run("delta")
        for native in (small.plan, small.section, small.rfi):
            assert audience_of(near, native) == [ONLY_FEW], "who loses it loses it all the same"


@pytest.mark.parametrize("what", ["itself", "its room", "one page for ever"])
async def test_a_folder_without_a_list_whose_own_listing_is_odd_costs_itself_only(
    tmp_path: Path, what: str
) -> None:
    async with small_world(tmp_path) as (near, small), asyncio.timeout(IN_VAIN_S):
        near.values["sources.interaxo.permissions"] = "folder"
        for native in (small.details, small.bridge):
            break_all(near, authorities_of(native), Status(404))
        listed, kind = {
            "itself": (small.details, "simple-folder"),
            "its room": (small.bridge, "simple-folder"),
            "one page for ever": (small.section, "file"),
        }[what]
        row = {"id": listed, "type": kind, "name": "F", "parent_id": small.details}

        def breaks(call: Call) -> bool:
            return lists(small.details)(call) and (what == "one page for ever" or "skip" not in call.query)

        break_all(near, breaks, Instead(msgspec.json.encode([row])))
        for number, mode in enumerate(("full", "delta", "delta", "full")):
            before_it = len(near.wire.calls)
            report = await near.run(mode)
            words = "are unknown" if what == "one page for ever" else "goes in circles"
            assert number or any(words in reason for reason in report.reasons), report.reasons
            assert len(near.wire.calls) - before_it < 200
            assert {f"ix-{one}" for one in (small.plan, small.site, small.drawings)} <= near.found()


@pytest.mark.parametrize("first", ["from the beginning", "later"])
async def test_an_item_that_two_rooms_list_stands_in_one_of_them_and_stays_there(
    tmp_path: Path, first: str
) -> None:
    async with plain_world(tmp_path, alpha=2, beta=2) as (near, roots):
        if first == "later":
            await near.run("full")
        twice = files_of(near, roots["alpha"])[0]
        both = [
            {
                "id": native,
                "type": "file",
                "name": f"{native}.txt",
                "parent_id": roots["beta"],
                "version": "1",
            }
            for native in [*files_of(near, roots["beta"]), twice]
        ]
        break_all(near, children_of(roots["beta"]), Instead(msgspec.json.encode(both)))
        near.rooms.quirks.page_cap = 100
        paths = []
        for mode in ("delta", "delta", "full", "delta", "delta"):
            near.clock.pass_seconds(1_000)
            mark = near.intranet.mark()
            report = await near.run(mode)
            paths.append(near.document(twice)["MaterializedPath"])
            if mode == "delta" and len(paths) > 1:
                assert f"ix-{twice}" not in near.intranet.pushed_since(mark), (mode, report.reasons)
        assert len(set(paths)) == 1, paths
        assert ask_ledger(near, f"SELECT also FROM documents WHERE id='ix-{twice}'") != [("",)]
