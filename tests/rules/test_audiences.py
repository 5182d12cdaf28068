"""Rules 6 and 7: nothing is public by accident, and narrowing comes first."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from connector.sandbox.faults import HTML_200, LIST_200, RESET_AFTER, How, Instead, Status
from connector.sandbox.interaxo_items import IDENTITY
from tests.estates import EVERYONE
from tests.neighbourhood import Neighbourhood
from tests.rules.ground import (
    ALL,
    ALL_AND_FEW,
    BEGIN,
    FEW,
    ONLY_FEW,
    PUSH,
    ask_ledger,
    audience_of,
    authorities_of,
    break_all,
    break_once,
    children_of,
    files_of,
    plain_world,
    small_world,
)

DAY = 86_400
UNKNOWN: dict[str, How] = {
    "empty": LIST_200,
    "html": HTML_200,
    "403": Status(403),
    "503": Status(503),
    "400": Status(400),
    "hundred": Instead(
        msgspec.json.encode([{"type": "user", "id": f"u{n}", "name": "U"} for n in range(100)])
    ),
    "thousand": Instead(
        msgspec.json.encode([{"type": "user", "id": f"u{n}", "name": "U"} for n in range(1000)])
    ),
    "twins": Instead(
        msgspec.json.encode([{"type": "user", "id": who, "name": "U"} for who in ("Ann", "ann")])
    ),
}


def seen_by(near: Neighbourhood, person: str) -> set[str]:
    return near.intranet.visible_to(f"{person}@example.com")


async def test_unknown_audience_keeps_the_known_and_parks_the_new(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        new = near.rooms.add_file(small.drawings, "new.txt", content=b"new")
        for name, how in UNKNOWN.items():
            near.wire.clear()
            near.clock.pass_seconds(DAY)
            near.rooms.rename(small.plan, f"{name}.pdf")
            break_all(near, authorities_of(small.bridge), how)
            report = await near.run("full" if name in {"empty", "503"} else "delta")
            assert near.document(small.plan)["Title"] == f"{name}.pdf"
            assert audience_of(near, small.plan) == [ALL]
            assert f"ix-{new}" not in near.found()
            assert report.documents.quarantined == 1
            assert not near.intranet.deletions
            near.wire.clear()
            near.clock.pass_seconds(1)
            break_all(near, children_of(small.drawings), Status(503))  # the list is known again, for one run
            await near.run("delta")
        near.wire.clear()
        near.clock.pass_seconds(DAY)
        await near.run("full")
        assert audience_of(near, new) == [ALL]


@pytest.mark.parametrize("how", ["empty", "403", "hundred"])
async def test_audience_unknown_for_too_long_is_a_removal(tmp_path: Path, how: str) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        break_all(near, authorities_of(small.tunnel), UNKNOWN[how])
        await near.run("delta")
        near.clock.pass_seconds(8 * DAY)
        await near.run("delta")
        await near.run("delta")
        assert f"ix-{small.report}" not in near.found()
        assert f"ix-{small.plan}" in near.found()


async def test_audience_unknown_for_too_long_passes_the_brake_first(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        before = near.found()
        break_all(near, authorities_of(small.bridge), LIST_200)
        await near.run("delta")
        near.clock.pass_seconds(8 * DAY)
        await near.run("delta")  # one reading of the clock alone may be wrong
        report = await near.run("delta")
        assert near.found() == before
        assert report.outcome == "braked", report.reasons
        await near.run("delta", approve=report.run_id)
        assert near.found() == {f"ix-{small.tunnel}", f"ix-{small.report}"}


async def test_a_folder_unknown_for_too_long_is_found_by_nobody_while_something_below_it_is(
    tmp_path: Path,
) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["sources.interaxo.permissions"] = "item"
        near.rooms.set_authorities(small.drawings, EVERYONE)
        await near.run("full")
        refused = break_all(near, authorities_of(small.drawings), Status(403))
        await near.run("delta")
        near.clock.pass_seconds(8 * DAY)
        await near.run("delta")  # one reading of the clock alone may be wrong
        report = await near.run("delta")
        assert "live-below" not in report.codes, report.reasons
        assert audience_of(near, small.drawings) == []
        assert audience_of(near, small.plan) == [ALL]
        report = await near.run("full")
        assert "live-below" not in report.codes, report.reasons
        assert audience_of(near, small.drawings) == []
        near.wire.faults.remove(refused)
        await near.run("delta")
        assert audience_of(near, small.drawings) == [ALL]


@pytest.mark.parametrize("silent", ["lists", "everything"])
async def test_audience_of_a_source_that_does_not_answer_never_expires(tmp_path: Path, silent: str) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        before = near.found()
        # with only the lists silent, all else of the run goes on: it is the age that is put to the test
        rooms = [authorities_of(small.bridge), authorities_of(small.tunnel)]
        for match in rooms if silent == "lists" else ["GET *"]:
            break_all(near, match, Status(503))
        for mode in ("delta", "delta", "full"):
            near.clock.pass_seconds(8 * DAY)
            report = await near.run(mode)
            assert near.found() == before, report.reasons
            assert not near.intranet.deletions
            assert report.outcome == ("withheld" if silent == "lists" else "failed")
        assert audience_of(near, small.plan) == [ALL]


async def test_audience_of_witnesses_that_are_gone_is_not_confirmed(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.rooms.quirks.authorities_on_simple_folders = False
        await near.run("full")
        assert audience_of(near, small.report) == [ALL]
        break_all(near, authorities_of(small.report), Status(404))
        near.clock.pass_seconds(8 * DAY)
        await near.run("full")
        near.clock.pass_seconds(8 * DAY)
        report = await near.run("full")
        assert report.outcome != "succeeded"


async def test_room_is_public_only_by_name(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["sources.interaxo.public_rooms"] = ["tunnel"]
        await near.run("full")
        public = {key for key, row in near.intranet.documents.items() if row.document["IsPublic"]}
        assert public == {f"ix-{small.tunnel}", f"ix-{small.report}"}


@pytest.mark.parametrize("how", ["left out", "not listed"])
async def test_room_that_is_no_longer_named_is_closed_even_if_it_is_not_read(
    tmp_path: Path, how: str
) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["sources.interaxo.public_rooms"] = ["tunnel", "bridge"]
        await near.run("full")
        if how == "left out":
            near.values["sources.interaxo.rooms"] = ["bridge"]
        else:
            near.rooms.hide_room(small.tunnel, 404)
        held = await near.run("delta")
        assert f"ix-{small.report}" in {one.id for one in held.held}
        assert near.document(small.report)["IsPublic"], "it is named still"
        await near.run("delta", keep=held.run_id)
        near.values["sources.interaxo.public_rooms"] = ["bridge"]
        await near.run("delta")
        for one in (small.tunnel, small.report):
            assert not near.document(one)["IsPublic"]
            assert audience_of(near, one) == [ALL]
        assert near.document(small.bridge)["IsPublic"]
        mark = near.intranet.mark()
        report = await near.run("delta")
        assert report.documents.held == 2
        assert not near.intranet.pushed_since(mark)


@pytest.mark.parametrize("how", ["503", "empty"])
async def test_room_that_is_no_longer_named_is_closed_even_if_its_list_is_unknown(
    tmp_path: Path, how: str
) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["sources.interaxo.public_rooms"] = ["tunnel"]
        await near.run("full")
        near.values["sources.interaxo.public_rooms"] = []
        break_all(near, authorities_of(small.tunnel), UNKNOWN[how])
        await near.run("delta")
        assert not near.document(small.report)["IsPublic"]
        assert audience_of(near, small.report) == [ALL]


async def test_rename_makes_no_room_public(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["sources.interaxo.public_rooms"] = ["open-*"]
        await near.run("full")
        near.rooms.rename_room(small.tunnel, slug="open-tunnel")
        for mode in ("delta", "full", "delta"):
            report = await near.run(mode)
            assert report.outcome == "withheld"
            assert not near.document(small.report)["IsPublic"]
        near.values["sources.interaxo.public_rooms"] = ["open-tunnel"]
        await near.run("delta")
        assert near.document(small.report)["IsPublic"]


async def test_rename_stays_closed_after_an_unrelated_change_of_settings(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["sources.interaxo.public_rooms"] = ["open-*"]
        await near.run("full")
        near.rooms.rename_room(small.tunnel, slug="open-tunnel")
        await near.run("delta")
        near.values["sources.interaxo.rooms"] = ["*", "!archive-*"]
        await near.run("delta")
        assert not near.document(small.report)["IsPublic"]


@pytest.mark.parametrize("first", ["removed", "renamed", "renamed a run before"])
async def test_another_room_under_the_name_of_a_public_one_is_not_public(tmp_path: Path, first: str) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["sources.interaxo.public_rooms"] = ["tunnel"]
        await near.run("full")
        if first == "removed":
            near.rooms.remove_room(small.tunnel)
        else:
            near.rooms.rename_room(small.tunnel, slug="old-tunnel")
        if first == "renamed a run before":
            await near.run("delta")
        root = near.rooms.add_room("example-corp", "tunnel", "Tunnel", authorities=FEW)
        new = near.rooms.add_file(root, "x.txt", content=b"x")
        for mode in ("delta", "full", "delta"):
            report = await near.run(mode)
            assert report.outcome == "withheld"
            assert not near.document(new)["IsPublic"]
        near.values["sources.interaxo.public_rooms"] = ["example-corp/tunnel"]
        await near.run("delta")
        assert near.document(new)["IsPublic"]


async def test_a_ledger_that_noted_no_names_knows_its_public_rooms_all_the_same(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["sources.interaxo.public_rooms"] = ["tunnel"]
        await near.run("full")
        ask_ledger(near, "DELETE FROM notes WHERE kind='public-name'")
        near.rooms.remove_room(small.tunnel)
        root = near.rooms.add_room("example-corp", "tunnel", "Tunnel", authorities=FEW)
        await near.run("delta")
        assert not near.document(root)["IsPublic"]


async def test_rename_lifts_no_exclusion(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["sources.interaxo.rooms"] = ["*", "!tunnel"]
        await near.run("full")
        near.rooms.rename_room(small.tunnel, slug="adit")
        for mode in ("delta", "full"):
            report = await near.run(mode)
            assert report.outcome == "withheld"
            assert f"ix-{small.report}" not in near.found()


@pytest.mark.parametrize("mode", ["delta", "full", "backfill"])
async def test_narrowing_is_confirmed_before_any_other_push(tmp_path: Path, mode: str) -> None:
    async with small_world(tmp_path) as (near, small):
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        near.rooms.set_authorities(small.tunnel, FEW)
        await near.run("full")
        near.rooms.set_authorities(small.bridge, FEW)  # narrower
        near.rooms.set_authorities(small.tunnel, ALL_AND_FEW)  # wider
        near.rooms.add_file(small.bridge, "new.txt", content=b"new")
        mark = near.intranet.mark()
        await near.run(mode)
        pushed = near.intranet.pushed_since(mark)
        narrowed = {i for i in near.expected() if i in near.found()} - {
            f"ix-{small.tunnel}",
            f"ix-{small.report}",
        }
        narrowed = {i for i in narrowed if near.intranet.documents[i].document["Title"] != "new.txt"}
        assert set(pushed[: len(narrowed)]) == narrowed
        assert seen_by(near, "kari") == {f"ix-{small.tunnel}", f"ix-{small.report}"}


@pytest.mark.parametrize("how", [Status(503), Status(404)])
async def test_narrowing_does_not_wait_for_content(tmp_path: Path, how: How) -> None:
    async with small_world(tmp_path) as (near, small):
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        await near.run("full")
        before = near.found()
        near.rooms.set_authorities(small.bridge, FEW)
        break_all(near, children_of(small.bridge), how)
        break_all(near, f"GET *content/{small.bridge}", Status(503))
        await near.run("delta")
        assert seen_by(near, "kari") == {f"ix-{small.tunnel}", f"ix-{small.report}"}
        assert near.found() == before
        assert near.document(small.rfi)["FileContents"]


async def test_nothing_else_is_pushed_while_a_narrowing_is_unanswered(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        await near.run("full")
        near.rooms.set_authorities(small.bridge, FEW)
        near.rooms.set_authorities(small.tunnel, ALL_AND_FEW)
        break_all(near, PUSH, Status(503))
        mark = near.intranet.mark()
        await near.run("delta")
        wider = {f"ix-{small.tunnel}", f"ix-{small.report}"}
        assert not wider & set(near.intranet.pushed_since(mark))


async def test_replaced_audience_never_leaves_a_live_document_to_nobody(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.set_authorities(small.bridge, FEW)
        break_all(near, children_of(small.bridge), Status(503))
        await near.run("delta")
        assert audience_of(near, small.plan) == [ONLY_FEW]


@pytest.mark.parametrize("mode", ["delta", "full"])
async def test_an_exchange_without_an_answer_brings_no_former_reader_back(tmp_path: Path, mode: str) -> None:
    """Found by the model: what may have arrived is not taken back by a push of what was confirmed before it."""
    async with plain_world(tmp_path, hall=3) as (near, roots):
        near.rooms.set_authorities(roots["hall"], FEW)
        await near.run("full")
        near.rooms.set_authorities(roots["hall"], EVERYONE)
        break_once(near, PUSH, RESET_AFTER)
        await near.run(mode)
        assert {tuple(audience_of(near, one)) for one in files_of(near, roots["hall"])} == {(ALL,)}
        near.clock.pass_seconds(1_000)
        report = await near.run(mode)
        assert report.outcome == "succeeded", report.reasons
        assert {tuple(audience_of(near, one)) for one in files_of(near, roots["hall"])} == {(ALL,)}


async def test_unconfirmed_document_is_narrowed_too(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        break_all(near, PUSH, RESET_AFTER)
        await near.run("delta")
        assert seen_by(near, "kari")
        near.wire.clear()
        near.rooms.set_authorities(small.bridge, FEW)
        near.rooms.set_authorities(small.tunnel, FEW)
        break_all(near, "GET *children", Status(503))
        near.clock.pass_seconds(200)
        await near.run("delta")
        assert seen_by(near, "kari") == set()


async def test_unanswered_widening_that_was_taken_back_is_narrowed(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.rooms.set_authorities(small.tunnel, FEW)
        await near.run("full")
        near.rooms.set_authorities(small.tunnel, ALL_AND_FEW)
        break_all(near, PUSH, RESET_AFTER)
        await near.run("delta")
        assert f"ix-{small.report}" in seen_by(near, "kari")
        near.wire.clear()
        near.rooms.set_authorities(small.tunnel, FEW)
        break_all(near, "GET *children", Status(503))
        near.clock.pass_seconds(200)
        await near.run("delta")
        assert f"ix-{small.report}" not in seen_by(near, "kari")


async def test_document_that_cannot_be_mapped_stays_in_quarantine(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _small):
        await near.run("full")
        near.values["sources.interaxo.mapping.file.title"] = "{{ 1 // (item.name == 'no such') }}"
        for mode in ("delta", "full", "delta", "full"):
            near.clock.pass_seconds(DAY)
            report = await near.run(mode)
            assert report.documents.quarantined == 3, mode
            assert report.outcome in {"quarantined", "withheld"}


async def test_narrowing_goes_out_although_a_begin_is_lost(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        await near.run("full")
        near.rooms.set_authorities(small.bridge, FEW)
        break_all(near, BEGIN, Status(503))
        break_all(near, children_of(small.bridge), Status(503))
        await near.run("full")
        assert seen_by(near, "kari") == {f"ix-{small.tunnel}", f"ix-{small.report}"}


@pytest.mark.parametrize("status", [302, 403, 404, 413])
async def test_narrowing_goes_out_although_a_begin_is_refused(tmp_path: Path, status: int) -> None:
    """Full runs alone are done where one is due, so the next one would not do it either."""
    async with small_world(tmp_path) as (near, small):
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        await near.run("full")
        near.rooms.set_authorities(small.bridge, FEW)
        near.clock.pass_seconds(4_000)
        break_all(near, BEGIN, Status(status))
        report = await near.run("full")
        assert report.outcome == "failed"
        assert seen_by(near, "kari") == {f"ix-{small.tunnel}", f"ix-{small.report}"}


async def test_narrowing_survives_a_modified_date_gate(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.intranet.switches.modified_date_gate = True
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        await near.run("full")
        near.rooms.set_authorities(small.bridge, FEW)
        await near.run("delta")
        assert seen_by(near, "kari") == {f"ix-{small.tunnel}", f"ix-{small.report}"}


async def test_widening_arrives_and_is_taken_back(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.rooms.set_authorities(small.bridge, FEW)
        await near.run("full")
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        await near.run("delta")
        assert seen_by(near, "kari") == near.expected()
        near.rooms.set_authorities(small.bridge, FEW)
        await near.run("delta")
        assert seen_by(near, "kari") == {f"ix-{small.tunnel}", f"ix-{small.report}"}


async def test_a_room_whose_list_is_refused_once_is_not_shown_to_nobody(tmp_path: Path) -> None:
    """Found by the model: what items with different lists have in common is nobody, which is no audience of a room."""
    async with plain_world(tmp_path, hall=4) as (near, roots):
        near.values["sources.interaxo.permissions"] = "room"
        await near.run("backfill")
        root = roots["hall"]
        near.rooms.set_authorities(files_of(near, root)[0], FEW)
        break_once(near, authorities_of(root), Status(404))
        await near.run("delta")
        for native in files_of(near, root):
            assert audience_of(near, native) == [ALL]
        near.clock.pass_seconds(1_000)
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons


@pytest.mark.parametrize("mode", ["delta", "full"])
@pytest.mark.parametrize("permissions", ["room", "item"])
async def test_lists_that_name_the_account_alone_meet_the_brake(
    tmp_path: Path, mode: str, permissions: str
) -> None:
    """A right that is taken from the account, to see others, empties no search: who else may see a document counts."""
    async with plain_world(tmp_path, hall=20) as (near, roots):
        near.values["sources.interaxo.permissions"] = permissions
        await near.run("full")
        for item in near.rooms.items():
            near.rooms.set_authorities(item.id, [("user", IDENTITY)])
        report = await near.run(mode)
        assert report.outcome == "braked"
        assert all(audience_of(near, one) == [ALL] for one in files_of(near, roots["hall"]))
        for item in near.rooms.items():
            near.rooms.set_authorities(item.id, EVERYONE)
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        for one in files_of(near, roots["hall"])[:2]:
            near.rooms.set_authorities(one, [("user", IDENTITY)])
        await near.run("full")
        few = [audience_of(near, one) for one in files_of(near, roots["hall"])[:2]]
        assert few == [[ALL], [ALL]] if permissions == "room" else few == [[], []]
