"""The report: the worst outcome that applies, and the shape that the command line prints."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.plan.report import FIRST_CHANGES, FIRST_HELD, Held, Report, SourceReport, stamp

WORST_FIRST = ["failed", "cancelled", "braked", "withheld", "quarantined", "succeeded"]
EXITS = {"failed": 1, "cancelled": 1, "braked": 4, "withheld": 3, "quarantined": 3, "succeeded": 0}


def make_report(**changes: Any) -> Report:
    return Report(run_id="01J", mode="full", target="intranet", started=1_800_000_000.0, **changes)


def settled(*happened: str) -> Report:
    report = make_report()
    for one in happened:
        if one == "quarantined":
            report.documents.quarantined = 1
        elif one != "succeeded":
            setattr(report, one, True)
    report.settle()
    return report


@given(st.lists(st.sampled_from(WORST_FIRST), min_size=1))
def test_the_outcome_is_the_worst_that_applies(happened: list[str]) -> None:
    report = settled(*happened)
    assert report.outcome == min(happened, key=WORST_FIRST.index)
    assert report.exit_code == EXITS[report.outcome]


def test_a_suspect_alone_withholds() -> None:
    report = make_report()
    report.documents.suspect = 1
    report.settle()
    assert report.outcome == "withheld"


def test_what_is_pending_without_text_or_held_and_acknowledged_changes_no_outcome() -> None:
    report = make_report()
    report.documents.pending = report.documents.without_text = report.documents.held = 3
    report.settle()
    assert report.outcome == "succeeded"


def test_the_report_has_the_shape_that_operators_read() -> None:
    report = make_report(sources={"interaxo": SourceReport(complete=True, items=3, requests=5)})
    report.finished = report.started + 12.3456
    report.settle()
    shown = json.loads(report.as_text())
    assert shown == report.as_json()
    assert {
        "run_id", "mode", "target", "outcome", "reasons", "started_at", "finished_at", "duration_seconds", "sources", "documents",
        "held", "people", "session", "push",
    } == set(shown)  # fmt: skip
    assert shown["started_at"] == "2027-01-15T08:00:00Z"
    assert shown["duration_seconds"] == 12.346
    assert shown["sources"]["interaxo"].items() >= {
        "complete": True, "items": 3, "requests": 5, "errors": [],
    }.items()  # fmt: skip
    assert set(shown["documents"]) == {
        "live", "added", "updated", "unchanged", "deleted", "quarantined", "suspect", "pending", "held", "without_text",
    }  # fmt: skip
    assert shown["people"] == {"pushed": 0, "removed": 0, "held": 0, "oldest_h": None, "unknown": []}
    assert shown["session"] == {
        "opened": False, "ended": False, "predicted_removals": 0, "reported_removals": 0,
    }  # fmt: skip
    assert shown["push"] == {"requests": 0, "bytes": 0}


def test_a_dry_run_lists_its_first_thousand_changes() -> None:
    report = make_report(dry_run=True)
    for number in range(FIRST_CHANGES + 5):
        report.change(f"ix-{number}", "add", "Plan", "new")
    report.settle()
    shown = report.as_json()
    assert shown["dry_run"] is True
    assert len(shown["changes"]) == FIRST_CHANGES == 1_000
    assert shown["changes"][0] == {"id": "ix-0", "change": "add", "title": "Plan", "why": "new"}


def test_the_first_hundred_held_documents_are_listed() -> None:
    report = make_report(held=[Held(f"ix-{n}", "Plan", "brake") for n in range(150)])
    report.settle()
    assert len(report.as_json()["held"]) == FIRST_HELD == 100
    assert report.as_json()["held"][0] == {
        "id": "ix-0", "title": "Plan", "reason": "brake", "kind": "document", "code": "",
    }  # fmt: skip


def test_a_reason_is_said_once() -> None:
    report = make_report()
    report.say("no")
    report.withhold("no")
    assert report.reasons == ["no"]
    assert report.withheld


def test_two_reports_share_nothing() -> None:
    one, other = make_report(), make_report()
    one.say("x")
    one.documents.added = 1
    one.sources["a"] = SourceReport()
    assert other.reasons == []
    assert other.documents.added == 0
    assert other.sources == {}


@pytest.mark.parametrize(("seconds", "text"), [(0, "1970-01-01T00:00:00Z"), (1.9, "1970-01-01T00:00:01Z")])
def test_times_are_whole_seconds_in_utc(seconds: float, text: str) -> None:
    assert stamp(seconds) == text
