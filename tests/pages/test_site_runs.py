"""Pages of runs, whatever report they left; and how runs and waiting changes are counted."""

from __future__ import annotations

import re

import pytest

from tests.pages.open_page import PAGES, Open, park


async def test_one_run_is_told_in_full(status: Open) -> None:
    report = await status.near.run("full")
    page = await status.page(f"/runs/{report.run_id}")
    assert "read to the end" in page
    assert "session was ended" in page
    assert re.search(r"requests, (under 1|[0-9.]+) kB\.", page)
    assert re.search(r"</time>, (<|&lt;)?\d+ s", page)


async def test_a_dry_run_is_told_as_what_would_be_done(status: Open) -> None:
    report = await status.near.run("delta", dry_run=True)
    page = await status.page(f"/runs/{report.run_id}")
    assert all(f"<dt>{words}</dt>" in page for words in ("to add", "to update", "to remove"))
    assert re.search(r"Asked of the intranet</h2>\s*<p>\d+ requests?, which changed nothing", page)
    assert not re.search(r">(added|updated|removed)<|Sent to the intranet|\d sent", page)


@pytest.mark.parametrize("outcome", ["failed", "cancelled", "killed", None])
async def test_a_run_that_left_no_report_has_a_page(status: Open, outcome: str | None) -> None:
    with status.near.app().ledger() as ledger:
        runs = ledger.runs("intranet")
        run = runs.start(mode="full", dry_run=False, now=status.near.clock())
        if outcome:
            runs.finish(run.number, outcome=outcome, report="", now=status.near.clock())
        found = runs.recent(1)[0]
    assert "Full run" in await status.page(f"/runs/{found.id}")
    for path in PAGES:
        await status.page(path)


async def test_reports_of_other_releases_have_a_page(status: Open) -> None:
    for report in ("{", "[]", '{"mode": "full"}', '{"sources": {"x": {}}, "people": {}, "held": []}'):
        with status.near.app().ledger() as ledger:
            runs = ledger.runs("intranet")
            run = runs.start(mode="full", dry_run=False, now=status.near.clock())
            runs.finish(run.number, outcome="withheld", report=report, now=status.near.clock())
        assert "Full run" in await status.page(f"/runs/{run.id}")
    await status.page("/")
    await status.page("/runs")


# -- numbers --------------------------------------------------------------------------------------


async def test_runs_by_hand_are_counted_too(status: Open) -> None:
    await status.near.run("full")
    status.near.rooms.add_file(status.small.drawings, "more.txt", content=b"more")
    await status.near.run("delta")
    numbers = await status.page("/metrics")
    assert 'interact_connector_documents_total{change="added",target="intranet"} ' in numbers
    assert (
        f'interact_connector_documents_now{{state="live",target="intranet"}} {len(status.near.found())}.0'
        in numbers
    )


async def test_freshness_is_from_the_change_to_the_intranet(status: Open) -> None:
    status.near.clock.now = _world_now(status)
    await status.near.run("full")
    status.near.rooms.add_file(status.small.drawings, "more.txt", content=b"more")
    status.near.clock.now = _world_now(status) + 90
    await status.near.run("delta")
    with status.near.app().ledger() as ledger:
        fresh = ledger.browse("intranet").freshness(now=status.near.clock(), sources={"interaxo"})
    assert fresh.measured >= 1
    assert fresh.median_s == pytest.approx(90, abs=60)


async def test_the_oldest_waiting_change_has_an_age(status: Open) -> None:
    await status.near.run("full")
    park(status.near)
    status.near.clock.pass_seconds(500)
    numbers = await status.page("/metrics")
    found = re.search(r'oldest_waiting_change_seconds\{target="intranet"\} (\S+)', numbers)
    assert found
    assert float(found[1]) == pytest.approx(500, abs=5)
    assert 'interact_connector_quarantine{reason="refused",target="intranet"} 1.0' in numbers


def _world_now(status: Open) -> float:
    """The clock of the rooms: what their items' times are told by."""
    return status.near.rooms.clock().timestamp()
