"""What the intranet refuses with fewer people: it leaves the search rather than stay open to those who lost it."""

from __future__ import annotations

from pathlib import Path

from connector.sandbox.interact_rows import Refusal
from tests.people.estate import ALL_AND_FEW, FEW, estate, may_see, sees


async def test_refused_narrowing_takes_the_document_out_until_it_is_accepted(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, small):
        near.rooms.set_authorities(small.plan, ALL_AND_FEW)
        await near.run("full")
        near.rooms.set_authorities(small.plan, FEW)
        near.intranet.switches.refuse = [Refusal("plan.pdf", code=77)]
        report = await near.run("delta")
        assert f"ix-{small.plan}" not in sees(near, "kari")
        assert report.outcome == "quarantined", report.reasons
        assert report.documents.deleted == 1
        assert near.found() == near.expected() - {f"ix-{small.plan}"}
        near.intranet.switches.refuse = []
        near.clock.pass_seconds(400)
        assert (await near.run("delta")).outcome == "succeeded"
        assert f"ix-{small.plan}" in sees(near, "ola")
        assert f"ix-{small.plan}" not in sees(near, "kari")


async def test_refused_narrowing_that_only_the_crawl_finds_is_taken_out_in_the_same_run(
    tmp_path: Path,
) -> None:
    async with estate(tmp_path, "room") as (near, small):
        near.rooms.set_authorities(small.bridge, ALL_AND_FEW)
        near.rooms.set_authorities(small.tunnel, FEW)
        await near.run("full")
        near.rooms.move(small.plan, small.tunnel)
        near.intranet.switches.refuse = [Refusal("plan.pdf")]
        report = await near.run("delta")
        assert f"ix-{small.plan}" not in near.found()
        assert report.outcome == "quarantined", report.reasons
        near.intranet.switches.refuse = []
        await near.run("full")
        assert sees(near, "kari") == may_see(near, "kari")
        assert sees(near, "ola") == may_see(near, "ola")


async def test_many_refused_narrowings_meet_the_brake_and_an_approval(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, small):
        files = [near.rooms.add_file(small.details, f"secret {n}.txt", content=b"x") for n in range(12)]
        for native in files:
            near.rooms.set_authorities(native, ALL_AND_FEW)
        await near.run("full")
        before = near.found()
        for native in files:
            near.rooms.set_authorities(native, FEW)
        near.intranet.switches.refuse = [Refusal("secret")]
        report = await near.run("delta")
        assert report.outcome == "braked"
        assert near.found() == before
        assert report.documents.held == len(files)
        assert {held.id for held in report.held} == {f"ix-{native}" for native in files}
        report = await near.run("delta")
        assert report.outcome == "braked"
        assert near.found() == before, "they are tried again, and held as before"
        await near.run("delta", approve=report.run_id)
        assert near.found() == before - {f"ix-{native}" for native in files}


async def test_held_narrowing_is_let_go_as_soon_as_it_is_accepted(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, small):
        files = [near.rooms.add_file(small.details, f"secret {n}.txt", content=b"x") for n in range(12)]
        for native in files:
            near.rooms.set_authorities(native, ALL_AND_FEW)
        await near.run("full")
        for native in files:
            near.rooms.set_authorities(native, FEW)
        near.intranet.switches.refuse = [Refusal("secret")]
        assert (await near.run("delta")).outcome == "braked"
        near.intranet.switches.refuse = []
        near.clock.pass_seconds(400)
        report = await near.run("delta")
        assert report.outcome == "succeeded", report.reasons
        assert report.documents.held == 0
        assert sees(near, "kari") == may_see(near, "kari")
        assert sees(near, "ola") == may_see(near, "ola")


async def test_refused_parent_of_something_live_stays_and_is_named(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, small):
        near.rooms.set_authorities(small.details, ALL_AND_FEW)
        await near.run("full")
        before = near.found()
        near.rooms.set_authorities(small.details, FEW)
        near.intranet.switches.refuse = [Refusal("Details")]
        report = await near.run("delta")
        assert near.found() == before
        assert report.outcome == "withheld"
        assert any(
            "Details can still be found by people who lost access" in reason for reason in report.reasons
        )
        assert f"ix-{small.section}" not in sees(near, "kari")


async def test_backfill_removes_no_refused_narrowing(tmp_path: Path) -> None:
    async with estate(tmp_path, "item") as (near, small):
        near.rooms.set_authorities(small.plan, ALL_AND_FEW)
        await near.run("full")
        near.rooms.set_authorities(small.plan, FEW)
        near.intranet.switches.refuse = [Refusal("plan.pdf")]
        report = await near.run("backfill")
        assert f"ix-{small.plan}" in near.found()
        assert report.outcome == "withheld"
        await near.run("delta")
        assert f"ix-{small.plan}" not in near.found()


async def test_many_that_the_crawl_would_leave_to_nobody_stay_as_they_are(tmp_path: Path) -> None:
    async with estate(tmp_path, "room") as (near, small):
        near.rooms.quirks.authorities_on_simple_folders = False
        near.rooms.quirks.authorities_on_links = False
        near.rooms.set_authorities(near.rooms.add_file(small.tunnel, "few.txt", content=b"x"), FEW)
        links = [
            near.rooms.add_external_link(small.drawings, f"link {n}", url="https://example.com/")
            for n in range(14)
        ]
        moved = {f"ix-{link}" for link in links}
        await near.run("full")
        assert moved <= sees(near, "kari")
        for link in links:
            near.rooms.move(link, small.tunnel)
        report = await near.run("delta")
        assert report.outcome == "braked", report.reasons
        assert moved <= sees(near, "kari"), "all of them or none"
        for link in links[:12]:
            near.rooms.move(link, small.drawings)
        for _ in range(2):
            await near.run("delta")
        assert {f"ix-{link}" for link in links[:12]} <= sees(near, "kari")


async def test_few_that_the_crawl_leaves_to_nobody_are_closed_in_the_same_run(tmp_path: Path) -> None:
    async with estate(tmp_path, "room") as (near, small):
        near.rooms.quirks.authorities_on_simple_folders = False
        near.rooms.set_authorities(near.rooms.add_file(small.tunnel, "few.txt", content=b"x"), FEW)
        await near.run("full")
        near.rooms.move(small.plan, small.tunnel)
        await near.run("delta")
        assert f"ix-{small.plan}" in near.found()
        assert f"ix-{small.plan}" not in sees(near, "kari")
