"""Rule 9: nothing is dropped silently."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.plan.findings import Aside
from connector.sandbox.faults import Status
from connector.sandbox.interact_rows import Refusal
from tests.rules.ground import break_all, files_of, plain_world, small_world

DAY = 86_400


@pytest.mark.parametrize("mode", ["full"])
async def test_refused_text_and_refused_details_leave_a_lighter_document(tmp_path: Path, mode: str) -> None:
    async with small_world(tmp_path) as (near, small):
        near.intranet.switches.refuse = [
            Refusal("Which bolts", because="text"),
            Refusal("plan.pdf", because="details"),
        ]
        report = await near.run(mode)
        assert near.found() == near.expected()
        assert not near.document(small.rfi)["FileContents"]
        assert near.document(small.rfi)["Summary"]
        assert not near.document(small.plan)["Keywords"]
        assert near.document(small.plan)["Title"] == "plan.pdf"
        assert report.documents.quarantined == 0


async def test_refused_document_is_quarantined_with_its_code_and_blocks_no_other(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.intranet.switches.refuse = [Refusal("plan.pdf", code=77, message="No plans")]
        report = await near.run("delta")
        assert near.found() == near.expected() - {f"ix-{small.plan}"}
        assert report.outcome == "quarantined"
        with near.app().ledger() as ledger:
            parked = ledger.quarantine("intranet").get(f"ix-{small.plan}")
        assert parked is not None
        assert (parked.reason, parked.message) == (Aside.REFUSED, "")
        assert "77" in parked.values["why"]
        near.intranet.switches.refuse = []
        await near.run("delta")
        assert f"ix-{small.plan}" not in near.found()
        near.clock.pass_seconds(400)
        report = await near.run("delta")
        assert near.found() == near.expected()
        assert report.outcome == "succeeded"


async def test_full_run_retries_quarantine_at_once(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        near.intranet.switches.refuse = [Refusal("plan.pdf")]
        await near.run("delta")
        near.intranet.switches.refuse = []
        report = await near.run("full")
        assert near.found() == near.expected()
        assert report.outcome == "succeeded"


@pytest.mark.parametrize("end", ["gone", "back"])
async def test_quarantine_ends_with_its_reason(tmp_path: Path, end: str) -> None:
    async with small_world(tmp_path) as (near, small):
        if end == "back":
            await near.run("full")
            near.intranet.switches.refuse = [Refusal(f"ix-{small.plan}")]
            near.rooms.rename(small.plan, "bad.pdf")
        else:
            near.intranet.switches.refuse = [Refusal("plan.pdf")]
        report = await near.run("delta")
        assert report.documents.quarantined == 1
        near.intranet.switches.refuse = []
        if end == "gone":
            near.rooms.remove(small.plan)
        near.clock.pass_seconds(DAY)
        await near.run("delta")
        report = await near.run("full")
        assert report.documents.quarantined == 0
        assert report.outcome == "succeeded"


async def test_dropped_retry_keeps_the_document(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.intranet.switches.refuse = [Refusal(f"ix-{small.plan}")]
        near.rooms.rename(small.plan, "bad.pdf")
        await near.run("delta")
        with near.app().ledger() as ledger:
            ledger.quarantine("intranet").drop()
        near.clock.pass_seconds(DAY)
        await near.run("full")
        assert f"ix-{small.plan}" in near.found()


@pytest.mark.parametrize("status", [403, 500, 404])
async def test_one_entry_whose_details_cannot_be_read_keeps_no_other_out(tmp_path: Path, status: int) -> None:
    async with small_world(tmp_path) as (near, small):
        near.rooms.quirks.entries_list_fields = False
        other = near.rooms.add_entry(small.rfis, "RFI two", values={"Title": "Two"})
        break_all(near, f"GET *content/{small.rfi}", Status(status))
        await near.run("delta")
        assert f"ix-{other}" in near.found()
        assert f"ix-{small.report}" in near.found()


async def test_people_that_cannot_be_read_keep_no_document_out(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        for n in range(5):
            near.rooms.add_file(small.bridge, f"{n}.txt", content=b"x", author=f"person{n}@example.com")
        break_all(near, "GET *people/*", Status(500))
        await near.run("delta")
        assert near.found() == near.expected()


async def test_item_whose_exclusion_cannot_be_decided_is_not_pushed(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        near.values["sources.interaxo.mapping.file.exclude"] = "{{ 1 // (item.name != 'plan.pdf') == 7 }}"
        report = await near.run("delta")
        assert f"ix-{small.plan}" not in near.found()
        assert report.documents.quarantined == 1


@pytest.mark.parametrize("limit", ["array", "body", "bad-item"])
async def test_batch_that_is_refused_as_a_whole_goes_in_parts(tmp_path: Path, limit: str) -> None:
    async with plain_world(tmp_path, alpha=20) as (near, roots):
        match limit:
            case "array":
                near.intranet.switches.array_limit = 3
            case "body":
                near.intranet.switches.body_limit = 4_000
            case "bad-item":
                near.intranet.switches.bad_item_fails_batch = True
                near.intranet.switches.refuse = [Refusal("alpha 7.txt")]
        report = await near.run("full")
        bad = {
            f"ix-{n}"
            for n in files_of(near, roots["alpha"])
            if limit == "bad-item" and near.rooms.item(n).name == "alpha 7.txt"
        }
        assert near.found() == near.expected() - bad, report.reasons
        for native in files_of(near, roots["alpha"])[8:17]:
            near.rooms.remove(native)
        report = await near.run("delta")
        assert near.found() == near.expected() - bad, report.reasons


@pytest.mark.parametrize("mode", ["full"])
async def test_lost_entries_of_an_answer_cost_nothing(tmp_path: Path, mode: str) -> None:
    async with small_world(tmp_path) as (near, small):
        near.intranet.switches.lose = {f"ix-{small.plan}", f"ix-{small.rfi}", f"ix-{small.bridge}"}
        for _ in range(2):
            report = await near.run(mode)
            assert near.found() == near.expected()
            assert report.outcome == "withheld"
            assert not report.session.ended
        near.intranet.switches.lose = set()
        near.clock.pass_seconds(200)
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert not near.intranet.deletions


async def test_content_that_was_refused_is_not_called_a_success_for_ever(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.intranet.switches.refuse = [Refusal("bad.pdf")]
        near.rooms.rename(small.plan, "bad.pdf")
        await near.run("delta")
        near.intranet.switches.refuse = []
        near.clock.pass_seconds(DAY)
        await near.run("delta")
        assert near.document(small.plan)["Title"] == "bad.pdf"


@pytest.mark.parametrize("how", [None, Status(503)], ids=["answered", "unanswered"])
async def test_note_beside_a_room_is_no_document_of_its_own_whether_or_not_it_arrives(
    tmp_path: Path, how: Status | None
) -> None:
    async with plain_world(tmp_path, alpha=5) as (near, _):
        await near.run("full")
        near.wire.clear()
        await near.run("full")
        pushes = [call.number for call in near.wire.calls if call.path.endswith("docs/addupdate")]
        assert len(pushes) == 2, "the documents, and the note"
        near.wire.clear()
        if how is not None:
            near.wire.break_at(pushes[1], how)
        counts = (await near.run("full")).documents
        assert (counts.added, counts.updated, counts.unchanged) == (0, 0, 6)
