"""Rule 3: deletion by proof, not by absence."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.sandbox.faults import (
    CUT_JSON,
    HTML_200,
    LIST_200,
    RESET_BEFORE,
    TRUNCATED,
    How,
    Instead,
    Status,
)
from connector.sandbox.interaxo_items import Step
from tests.combinations import in_turn
from tests.rules.ground import (
    DELETE,
    break_all,
    break_once,
    children_of,
    files_of,
    list_under_wrong_id,
    lists,
    live_gone,
    plain_world,
    small_world,
    when,
)

LIES: dict[str, How] = {
    "empty-200": LIST_200,
    "html-200": HTML_200,
    "403": Status(403),
    "404": Status(404),
    "500": Status(500),
    "401": Status(401),
    "429": Status(429),
    "reset": RESET_BEFORE,
    "truncated": TRUNCATED,
    "cut-json": CUT_JSON,
    "nothing": Instead(b""),
    "object": Instead(b"{}"),
}


@pytest.mark.parametrize("place", ["room", "folder"])
async def test_lying_listing_removes_nothing(tmp_path: Path, place: str) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        before = near.found()
        for lie, how in LIES.items():
            near.wire.clear()
            break_all(near, children_of(small.bridge if place == "room" else small.drawings), how)
            report = await near.run("full" if lie in {"empty-200", "404", "403"} else "delta")
            assert near.found() == before, (lie, report.reasons)
            assert report.outcome in {"withheld", "braked"}, lie
        near.wire.clear()
        near.clock.pass_seconds(200)
        report = await near.run("full")
        assert near.found() == before
        assert report.outcome == "succeeded", report.reasons
        assert report.session.ended


async def test_unreadable_room_is_withheld_and_not_braked(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        break_all(near, children_of(small.bridge), Status(503))
        report = await near.run("full")
        assert report.outcome == "withheld", report.reasons


@pytest.mark.parametrize("status", [403, 500])
async def test_document_that_answers_neither_200_nor_404_is_held_by_name(tmp_path: Path, status: int) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        before = near.found()
        near.rooms.hide(small.drawings, 403)
        if status != 403:
            for native in (small.drawings, small.details, small.plan, small.section, small.site, small.see):
                break_all(near, f"GET *content/{native}", Status(status))
        for mode in ("delta", "full"):
            report = await near.run(mode)
            assert near.found() == before
            assert report.outcome == "withheld"
            assert not report.session.ended
        assert {held.id for held in report.held} >= {f"ix-{small.drawings}", f"ix-{small.section}"}


async def test_folder_hidden_with_404_is_proof(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.hide(small.drawings, 404)
        await near.run("delta")
        assert near.found() == near.expected()


async def test_404_is_no_proof_while_the_room_does_not_answer(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        before = near.found()
        near.rooms.remove(small.plan)
        break_all(near, f"GET *content/{small.bridge}", Status(503))
        await near.run("delta")
        assert near.found() == before


async def test_vanished_room_is_held_by_name(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        before = near.found()
        near.rooms.hide_room(small.tunnel, 404)
        for mode in ("delta", "full"):
            report = await near.run(mode)
            assert near.found() == before
            assert report.outcome == "withheld"
            assert {held.id for held in report.held} == {f"ix-{small.tunnel}", f"ix-{small.report}"}
        near.rooms.unhide_room(small.tunnel)
        report = await near.run("full")
        assert report.outcome == "succeeded"
        assert report.held == []


async def test_right_lost_in_the_middle_of_a_run_removes_nothing(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _small):
        await near.run("full")
        before = near.found()
        for n in range(1, 12, 2):
            near.wire.clear()
            start = [0]

            def later(call: object, n: int = n, start: list[int] = start) -> bool:
                if "/rooms/bridge/" in getattr(call, "path", ""):
                    start[0] += 1
                return "/rooms/bridge/" in getattr(call, "path", "") and start[0] > n

            break_all(near, later, Status(404 if n % 4 == 1 else 403))
            report = await near.run("full" if n % 3 else "delta")
            assert near.found() == before, (n, report.reasons)


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_room_that_gets_another_short_name_amid_its_walk_is_left_alone_until_the_next_run(
    tmp_path: Path, mode: str
) -> None:
    """Each of its documents was asked for, thousands of them, though the room itself answered no more."""
    async with small_world(tmp_path) as (near, small):
        for number in range(60):
            near.rooms.add_file(small.details, f"{number}.txt", content=b"x")
        await near.run("full")
        when(near, lists(small.drawings), lambda: near.rooms.rename_room(small.bridge, slug="brygga"))
        near.wire.calls.clear()
        report = await near.run(mode)
        assert report.outcome == "withheld"
        assert not report.sources["interaxo"].complete
        assert [error for error in report.sources["interaxo"].errors if "another short name" in error]
        assert not live_gone(near)
        after = [call for call in near.wire.calls if "/rooms/bridge/" in call.path and call.status == 404]
        assert len(after) < 20, "what was under way, the folder, and the room itself"
        near.clock.pass_seconds(200)
        assert (await near.run(mode)).outcome == "succeeded"
        assert near.found() == near.expected()


@pytest.mark.parametrize("change", ["slug", "name"])
async def test_renamed_room_keeps_its_documents(tmp_path: Path, change: str) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.rename_room(small.bridge, **{change: "brygga"})
        for mode in ("delta", "full"):
            report = await near.run(mode)
            assert report.outcome == "succeeded", report.reasons
            assert near.found() == near.expected()
            assert not near.intranet.deletions
        assert "brygga" in near.document(small.plan)["Url"] or change == "name"


async def test_reissued_file_goes_and_its_successor_stays(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.new_version(small.plan, b"2", reissue_id=True)
        await near.run("delta")
        assert near.found() == near.expected()


@pytest.mark.parametrize("modes", [("delta", "delta", "delta"), ("full", "full", "full")])
async def test_reissued_file_whose_old_id_still_answers_is_superseded_in_the_second_run(
    tmp_path: Path, modes: tuple[str, ...]
) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        old = near.rooms.find(small.plan)
        assert old is not None
        body = (
            f'{{"id":"{small.plan}","type":"file","name":"plan.pdf","parent_id":"{small.drawings}",'
            '"created":"2026-01-01T00:00:00Z","last_modified":"2026-01-01T00:00:00Z","version":"1.0"}'
        )
        near.rooms.new_version(small.plan, b"2", reissue_id=True)
        break_all(near, f"GET *content/{small.plan}", Instead(body.encode()))
        await near.run(modes[0])
        assert f"ix-{small.plan}" in near.found()
        for mode in modes[1:]:
            await near.run(mode)
        assert f"ix-{small.plan}" not in near.found()


@pytest.mark.parametrize(
    ("modes", "wrong"),
    in_turn([("delta", "full", "delta"), ("full", "full", "full")], ["another", "a/b", "the other room"]),
)
async def test_a_row_whose_id_is_not_its_own_supersedes_nothing_that_answers(
    tmp_path: Path, modes: tuple[str, ...], wrong: str
) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        list_under_wrong_id(
            near, small.drawings, small.site, small.tunnel if wrong == "the other room" else wrong
        )
        for mode in modes:
            report = await near.run(mode)
            assert report.outcome == "withheld"
            where = "example-corp/bridge" if wrong == "the other room" else "Site"
            assert any(where in reason for reason in report.reasons)
            assert f"ix-{small.site}" in near.found()
        assert not live_gone(near)


@pytest.mark.parametrize(
    ("modes", "wrong"),
    in_turn([("delta", "full", "delta"), ("full", "full", "full")], ["report", "section", "rfi"]),
)
async def test_a_row_of_a_historical_step_under_the_id_of_something_else_proves_nothing_of_that(
    tmp_path: Path, modes: tuple[str, ...], wrong: str
) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        list_under_wrong_id(near, small.reviews, small.superseded, getattr(small, wrong))
        for mode in modes:
            await near.run(mode)
            assert near.found() == near.expected()
        near.wire.clear()
        for _ in range(2):
            report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert near.found() == near.expected()


async def test_what_moves_to_a_historical_step_of_another_folder_goes(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        other = near.rooms.add_workflow_folder(
            small.tunnel, "Archive", steps=[Step("Open"), Step("Old", historical=True)]
        )
        await near.run("full")
        near.rooms.move(small.current, other)
        near.rooms._items[small.current].step_id = near.rooms._items[other].steps[1].id
        report = await near.run("delta")
        assert report.outcome == "succeeded", report.reasons
        assert f"ix-{small.current}" not in near.found()


async def test_unlisted_item_that_answers_is_live_and_pushed_from_its_answer(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.rename(small.plan, "renamed.pdf")
        break_all(near, children_of(small.drawings), LIST_200)
        await near.run("delta")
        assert near.document(small.plan)["Title"] == "renamed.pdf"


@pytest.mark.parametrize("count", ["true", "low", "high", "absent"])
async def test_capped_pages_hide_nothing(tmp_path: Path, count: str) -> None:
    async with plain_world(tmp_path, alpha=7, omega=4) as (near, roots):
        near.rooms.quirks.child_count = count  # type: ignore[assignment]
        for cap, mode in ((2, "delta"), (2, "full"), (None, "delta")):
            near.rooms.quirks.page_cap = cap
            report = await near.run(mode)
            assert near.found() == near.expected()
            assert report.outcome == "succeeded", report.reasons
        near.rooms.remove(files_of(near, roots["alpha"])[3])
        report = await near.run("delta")
        assert near.found() == near.expected()
        assert not live_gone(near)


async def test_changed_exclusion_holds_what_it_leaves_out(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        before = near.found()
        near.values["sources.interaxo.mapping.file.exclude"] = "{{ item.name == 'plan.pdf' }}"
        for mode in ("delta", "full", "delta"):
            report = await near.run(mode)
            assert near.found() == before, report.reasons
            assert [held.id for held in report.held] == [f"ix-{small.plan}"]
        del near.values["sources.interaxo.mapping.file.exclude"]
        report = await near.run("full")
        assert report.outcome == "succeeded"


async def test_changed_historical_setting_holds_what_it_leaves_out(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["sources.interaxo.historical"] = True
        await near.run("full")
        before = near.found()
        assert f"ix-{small.old_attachment}" in before
        near.values["sources.interaxo.historical"] = False
        for mode in ("delta", "full"):
            report = await near.run(mode)
            assert near.found() == before, report.reasons
        assert {held.id for held in report.held} == {f"ix-{small.superseded}", f"ix-{small.old_attachment}"}


async def test_changed_exclusion_holds_also_in_the_run_that_narrows(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.rooms.set_authorities(small.bridge, [("group", "all"), ("group", "few")])
        await near.run("full")
        before = near.found()
        near.values["sources.interaxo.mapping.file.exclude"] = "{{ item.name == 'plan.pdf' }}"
        near.rooms.set_authorities(small.bridge, [("group", "few")])
        report = await near.run("delta")
        assert near.found() == before, report.reasons
        assert [held.id for held in report.held] == [f"ix-{small.plan}"]


async def test_narrowing_does_not_release_what_is_held(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.rooms.set_authorities(small.bridge, [("group", "all"), ("group", "few")])
        await near.run("full")
        before = near.found()
        near.values["sources.interaxo.mapping.file.exclude"] = "{{ item.name == 'plan.pdf' }}"
        await near.run("delta")
        near.rooms.set_authorities(small.bridge, [("group", "few")])
        report = await near.run("delta")
        assert near.found() == before, report.reasons
        assert [held.id for held in report.held] == [f"ix-{small.plan}"]


async def test_one_404_of_a_room_root_does_no_lasting_harm(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        break_once(near, children_of(small.bridge), Status(404))
        await near.run("full")
        near.wire.clear()
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert not near.intranet.deletions


async def test_backfill_deletes_nothing(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        before = near.found()
        near.rooms.remove(small.plan)
        await near.run("backfill")
        assert near.found() == before
        near.values["http.attempts"] = 2
        break_once(near, DELETE, RESET_BEFORE)
        await near.run("delta")
        near.wire.clear()
        near.clock.pass_seconds(200)
        await near.run("backfill")
        assert not [call for call in near.wire.calls if call.path.endswith("docs/delete")]


async def test_full_run_over_one_source_opens_no_session_and_removes_nothing(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        before = near.found()
        near.rooms.remove(small.plan)
        near.rooms.hide_room(small.tunnel)
        near.wire.clear()
        await near.run("full", only=["interaxo"])
        assert near.found() == before
        assert not [
            call for call in near.wire.calls if call.path.endswith("syncsession") and "/docs/" in call.path
        ]
