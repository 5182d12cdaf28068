"""Rules 1 and 2: documents that cannot be pushed, and that an earlier, lost ledger pushed, stay in the search."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from connector.sandbox.faults import Status
from connector.status.runs import tell_whole_run
from connector.status.target_status import tell_status
from tests.neighbourhood import Neighbourhood
from tests.rules.ground import (
    break_all,
    calls,
    copy_ledger,
    files_of,
    lose_ledger,
    plain_world,
    restore_ledger,
    small_world,
)

TITLE = "sources.interaxo.mapping.file.title"
WHOLE = "{{ item.name }}"
BROKEN = "{{ 1 / 0 if item.name in ('alpha 1.txt', 'alpha 2.txt', 'alpha 3.txt') else item.name }}"


async def lose(near: Neighbourhood, how: str) -> None:
    """Lose the ledger at a time when three files cannot be mapped."""
    near.values[TITLE] = BROKEN
    near.clock.pass_seconds(1_000)
    if how == "rebuilt":
        report, _ = await near.app().rebuild("intranet")
        assert report.documents.live == len(near.found()), "what is really there is counted"
    else:
        lose_ledger(near)
        report = await near.run("backfill")
    assert report.documents.quarantined == 3


def unconfirmed(report: object) -> set[str]:
    return {one.id for one in report.held if one.code == "unconfirmed"}  # type: ignore[attr-defined]


@pytest.mark.parametrize("how", ["lost", "rebuilt"])
async def test_what_an_earlier_ledger_pushed_stays_while_it_is_in_quarantine(
    tmp_path: Path, how: str
) -> None:
    async with plain_world(tmp_path, alpha=40) as (near, roots):
        near.values[TITLE] = WHOLE
        await near.run("full")
        before = near.found()
        await lose(near, how)
        for _ in range(3):
            near.clock.pass_seconds(1_000)
            report = await near.run("full")
            assert near.found() == before, report.reasons
            assert not report.session.ended
        assert report.outcome == "withheld"
        expected = {f"ix-{native}" for native in files_of(near, roots["alpha"])[1:4]}
        assert unconfirmed(report) == expected
        assert report.documents.live == len(before)
        app = near.app()
        with app.ledger() as ledger:
            run = ledger.runs("intranet").get(report.run_id)
            assert run is not None
            assert {one["id"] for one in tell_whole_run(ledger, "intranet", run)["held"]} == expected
            status = tell_status(app, ledger, now=time.time())
            assert status["targets"]["intranet"]["documents"]["live"] == len(before)
        # mended: they are accepted, and the session ends
        near.values[TITLE] = WHOLE
        near.clock.pass_seconds(1_000)
        report = await near.run("full")
        assert (report.outcome, report.session.ended) == ("succeeded", True), report.reasons
        assert near.found() == before


async def test_what_a_person_keeps_goes_out_bare_and_the_session_ends(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=40) as (near, roots):
        near.values[TITLE] = WHOLE
        await near.run("full")
        before = near.found()
        await lose(near, "lost")
        await near.run("full")
        near.clock.pass_seconds(1_000)
        report = await near.run("full")
        report = await near.run("delta", keep=report.run_id)
        assert report.outcome == "quarantined", report.reasons
        for _ in range(2):
            near.clock.pass_seconds(1_000)
            report = await near.run("full")
            assert (report.outcome, report.session.ended) == ("quarantined", True), report.reasons
            assert near.found() == before
        kept = files_of(near, roots["alpha"])[1]
        document = near.document(kept)
        assert document["Title"] == "alpha 1.txt"
        assert document["ExternalIdentities"] == ["interaxo:group:example-corp/all"]
        assert document["Url"].endswith(f"/alpha/documentLibrary/{kept}")
        assert document["MaterializedPath"] == f"/ix-{roots['alpha']}/ix-{kept}/"


async def test_containers_that_are_kept_bare_say_that_something_stands_in_them(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        empty = near.rooms.add_folder(small.drawings, "Empty")
        folder = "sources.interaxo.mapping.folder.title"
        near.values[folder] = WHOLE
        await near.run("full")
        parents = {i for i, row in near.intranet.documents.items() if row.document["IsParent"]}
        assert {f"ix-{small.drawings}", f"ix-{small.details}", f"ix-{empty}"} <= parents
        lose_ledger(near)
        near.values[folder] = "{{ 1 / 0 }}"
        for _ in range(2):
            near.clock.pass_seconds(1_000)
            report = await near.run("full")
        assert report.documents.quarantined >= 3
        near.clock.pass_seconds(1_000)
        await near.run("delta", keep=report.run_id)
        assert near.document(small.details)["CrumbLinks"] == [], "it went out bare"
        after = {i for i, row in near.intranet.documents.items() if row.document["IsParent"]}
        assert after == parents


async def test_an_approval_does_not_remove_them(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=40) as (near, _):
        near.values[TITLE] = WHOLE
        await near.run("full")
        before = near.found()
        await lose(near, "lost")
        for _ in range(2):
            near.clock.pass_seconds(1_000)
            report = await near.run("full")
        for mode in ("full", "full"):
            near.clock.pass_seconds(1_000)
            report = await near.run(mode, approve=report.run_id)
            assert near.found() == before, report.reasons


async def test_what_is_gone_from_the_source_meanwhile_goes_by_proof(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=40) as (near, roots):
        near.values[TITLE] = WHOLE
        await near.run("full")
        await lose(near, "lost")
        for _ in range(2):
            near.clock.pass_seconds(1_000)
            await near.run("full")
        for native in files_of(near, roots["alpha"])[1:4]:
            near.rooms.remove(native)
        near.clock.pass_seconds(1_000)
        report = await near.run("delta")
        assert near.found() == near.expected(), report.reasons
        near.clock.pass_seconds(1_000)
        report = await near.run("full")
        assert (report.outcome, report.session.ended) == ("succeeded", True), report.reasons


async def test_what_the_intranet_never_had_is_asked_for_once_and_shuts_no_gate(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=4) as (near, _):
        near.values[TITLE] = BROKEN
        asked = []
        for _ in range(4):
            near.clock.pass_seconds(1_000)
            near.wire.clear()
            report = await near.run("full")
            asked.append(sum("docs/state" in call.path for call in near.wire.calls))
        assert (report.outcome, report.session.ended) == ("quarantined", True), report.reasons
        assert asked[2] == asked[3] < asked[0]


async def test_a_restored_ledger_that_never_heard_of_them_asks_as_well(tmp_path: Path) -> None:
    async with plain_world(tmp_path, alpha=1, beta=40) as (near, roots):
        near.values[TITLE] = WHOLE
        await near.run("full")
        copy_ledger(near, tmp_path / "copy.db")
        for number in (1, 2, 3):
            near.rooms.add_file(roots["alpha"], f"alpha {number}.txt", content=b"x")
        near.clock.pass_seconds(1_000)
        await near.run("full")
        before = near.found()
        restore_ledger(near, tmp_path / "copy.db")
        near.values[TITLE] = BROKEN
        for _ in range(3):
            near.clock.pass_seconds(1_000)
            report = await near.run("full")
            assert near.found() == before, report.reasons


async def test_what_cannot_be_read_for_the_moment_stays_too(tmp_path: Path) -> None:
    """It is in no quarantine: it is listed without its fields, and its own answer is a 503."""
    async with small_world(tmp_path) as (near, small):
        near.rooms.quirks.entries_list_fields = False
        await near.run("full")
        before = near.found()
        lose_ledger(near)
        entry = f"/content/{small.rfi}"
        break_all(near, f"GET *{entry}", Status(503))
        for times in range(3):
            near.clock.pass_seconds(1_000)
            near.wire.calls.clear()
            report = await near.run("full")
            assert {call.status for call in calls(near, entry)} == {503}
            assert near.found() == before, report.reasons
            assert not report.session.ended
            assert unconfirmed(report) == {f"ix-{small.rfi}"}, report.reasons
            assert report.documents.quarantined == 0
            asked = [call for call in calls(near, "/docs/state") if small.rfi in str(call.query)]
            assert (len(asked) > 0) is (times == 0), "the intranet is asked once"
        near.wire.clear()
        near.clock.pass_seconds(1_000)
        report = await near.run("full")
        assert (report.outcome, report.session.ended) == ("succeeded", True), report.reasons
        assert near.found() == before
