"""The report: the worst outcome that applies, and the shape that the command line prints."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.plan import reason_words, words
from connector.plan.brake import Cause, Tripped
from connector.plan.findings import EFFECTS, Aside, Code, Effect, Fewer, HoldReason, found
from connector.plan.report import (
    FIRST_HELD,
    DocumentCounts,
    Held,
    Report,
    SourceReport,
    deciding_reason,
    fold,
    stamp,
)
from connector.plan.tally import FIRST_CHANGES, FIRST_FINDINGS, Change, Counted, Tally

WORST_FIRST = ["failed", "cancelled", "braked", "withheld", "quarantined", "succeeded"]
EXITS = {"failed": 1, "cancelled": 1, "braked": 4, "withheld": 3, "quarantined": 3, "succeeded": 0}


def make_report(tally: Tally | None = None, **changes: Any) -> Report:
    blank = Report(run_id="01J", mode="full", target="intranet", started=1_800_000_000.0, **changes)
    return fold(blank, tally or Tally())


def told(*codes: Code) -> Tally:
    tally = Tally()
    for code in codes:
        tally.tell(code, title="Plan", id="ix-1", why="no", count=1, source="interaxo", room="r1")
    return tally


HAPPENED = {
    "failed": Code.FAILED,
    "cancelled": Code.CANCELLED,
    "braked": Code.EXCHANGED,
    "withheld": Code.UNANSWERED,
    "succeeded": Code.LEDGER_LOST,
}


@given(st.lists(st.sampled_from(WORST_FIRST), min_size=1))
def test_the_outcome_is_the_worst_that_applies(happened: list[str]) -> None:
    quarantined = DocumentCounts(quarantined=happened.count("quarantined"))
    codes = [HAPPENED[one] for one in happened if one in HAPPENED]
    report = make_report(told(*codes), documents=quarantined)
    assert report.outcome == min(happened, key=WORST_FIRST.index)
    assert report.exit_code == EXITS[report.outcome]


def test_a_suspect_alone_withholds() -> None:
    tally = Tally()
    tally.count(Counted.SUSPECT)
    assert make_report(tally).outcome == "withheld"


def test_what_is_pending_without_text_or_held_and_acknowledged_changes_no_outcome() -> None:
    tally = Tally()
    tally.count(Counted.PENDING, 3)
    report = make_report(tally, documents=DocumentCounts(without_text=3, held=3))
    assert report.outcome == "succeeded"


@pytest.mark.parametrize("code", Code)
def test_every_finding_has_an_effect_and_words_or_is_told_by_others(code: Code) -> None:
    values = {
        "title": "Plan", "id": "ix-1", "why": "no", "count": 2, "source": "interaxo", "room": "r1", "rooms": "r1", "patterns": "x",
        "errors": [], "tripped": (), "losing": 1, "asked": 3, "lately": 0, "reason": "brake", "kind": "document", "reasons": [],
        "seconds": 3.0, "target": "intranet", "limit": 5, "predicted": 1, "runs": 1, "sources": "a", "live_below": True, "others_go": False, "error": "X", "of": {"r1": ["name"]},
    }  # fmt: skip
    said = words.say(found(code, **values), run_id="01J")
    assert bool(said) == (code is not Code.EXCHANGED)
    assert "{" not in said
    assert EFFECTS[code] in Effect


@pytest.mark.parametrize("reason", Aside)
def test_every_reason_for_quarantine_has_words_made_of_its_values(reason: Aside) -> None:
    assert "code 7" in reason_words.aside(reason, {"why": "code 7"}) or reason is Aside.AUDIENCE_UNKNOWN
    assert len({reason_words.aside(Aside.REFUSED, {"fewer": one}) for one in Fewer}) == len(Fewer)
    assert reason_words.aside("of-a-newer-release", {"why": "{odd}"}) == "of-a-newer-release"


def test_the_list_for_which_something_is_on_hold_is_no_word() -> None:
    assert reason_words.held(HoldReason.LOST, "0a1b2c") == reason_words.held(HoldReason.LOST)
    assert "corp/bridge" in reason_words.held(HoldReason.MAY_HAVE_MOVED, "corp/bridge")


def test_the_report_has_the_shape_that_operators_read() -> None:
    one = SourceReport(complete=True, items=3, requests=5)
    report = make_report(sources={"interaxo": one}, finished=1_800_000_012.3456)
    shown = json.loads(report.as_text())
    assert shown == report.as_json()
    assert {
        "run_id", "mode", "target", "outcome", "reasons", "findings", "started_at", "finished_at", "duration_seconds", "sources", "documents",
        "held", "people", "session", "push",
    } == set(shown)  # fmt: skip
    assert shown["started_at"] == "2027-01-15T08:00:00Z"
    assert shown["duration_seconds"] == 12.346
    assert shown["sources"]["interaxo"].items() >= {
        "complete": True, "items": 3, "requests": 5, "errors": [], "problems": [],
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
    tally = Tally()
    for number in range(FIRST_CHANGES + 5):
        tally.foretell(Change(f"ix-{number}", "add", "Plan", "new", "new"))
    shown = make_report(tally, dry_run=True).as_json()
    assert shown["dry_run"] is True
    assert len(shown["changes"]) == FIRST_CHANGES == 1_000
    assert shown["changes"][0] == {
        "id": "ix-0", "change": "add", "title": "Plan", "why": "new", "code": "new",
    }  # fmt: skip


@pytest.mark.parametrize("dry", [True, False])
def test_only_a_real_run_says_how_to_approve_it(dry: bool) -> None:
    tally = Tally()
    tally.tell(Code.HELD, count=3, reason="brake")
    made = make_report(tally, dry_run=dry)
    for said in (made.reasons[0], made.why):
        assert ("--approve 01J" in said) is not dry
        assert ("A dry run cannot be approved" in said) is dry


def test_the_first_hundred_held_documents_are_listed() -> None:
    report = make_report(held=[Held(f"ix-{n}", "Plan", "brake") for n in range(150)])
    assert len(report.as_json()["held"]) == FIRST_HELD == 100
    assert report.as_json()["held"][0] == {
        "id": "ix-0", "title": "Plan", "reason": "brake", "kind": "document", "code": "",
    }  # fmt: skip


def test_a_finding_is_said_once_in_words_and_for_programs() -> None:
    report = make_report(told(Code.UNANSWERED_ONE, Code.UNANSWERED_ONE, Code.EXCHANGED))
    assert report.reasons == ["Interact did not confirm Plan (no). The next run sends it again."]
    shown = report.as_json()["findings"]
    assert [one["code"] for one in shown] == ["unanswered-one", "exchanged"]
    assert shown[0]["values"].items() >= {"title": "Plan", "id": "ix-1", "why": "no"}.items()
    assert report.names == ["Plan", "Plan"], "logs hide them"
    assert report.effects == {Effect.WITHHELD, Effect.BRAKED}


def test_what_decided_the_outcome_is_told_first() -> None:
    tally = Tally()
    tally.tell(Code.NO_FULL_RUN_YET)
    tally.tell(Code.PEOPLE_UNANSWERED, count=1)
    tally.tell(Code.HELD_BRAKED, count=2, reason="brake")
    braked, withheld, note = make_report(tally).reasons
    assert braked.startswith("2 documents are on hold")
    assert withheld.startswith("Interact did not confirm 1 person. The next run sends the record again.")
    assert note.startswith("No full run")


@pytest.mark.parametrize(("held", "reasons"), [(2, 1), (3, 2)])
def test_what_the_brake_of_a_run_stopped_is_not_told_again_as_on_hold(held: int, reasons: int) -> None:
    tally = Tally()
    stopped = Tripped(cause=Cause.MAX_DELETES, going=2, lately=0, standing=9, limit=1.0)
    tally.tell(Code.REMOVALS_BRAKED, tripped=[stopped], others_go=False)
    tally.tell(Code.HELD_BRAKED, count=held, reason="brake")
    report = make_report(tally)
    assert len(report.reasons) == reasons, "earlier runs put the third on hold"
    assert report.reasons[0].startswith("2 documents would be removed: more than safety.max_deletes (1)")
    assert [one["code"] for one in report.as_json()["findings"]] == ["removals-braked", "held-braked"]


def test_how_to_decide_is_told_once() -> None:
    tally = Tally()
    tally.tell(Code.HELD, count=2, reason="room-excluded")
    tally.tell(Code.PEOPLE_HELD, count=1, reason="person-brake")
    people, documents = make_report(tally).reasons
    assert people.endswith(words.how_to_decide(make_report().run_id))
    assert (
        documents
        == "2 documents are on hold: the settings now leave out their rooms or their kinds of record."
    )


def test_the_first_forty_findings_are_said_and_all_of_them_count() -> None:
    tally = Tally()
    for number in range(FIRST_FINDINGS + 5):
        tally.tell(Code.PEOPLE_REFUSED, count=number, why="no")
    tally.tell(Code.EXCHANGED)
    report = make_report(tally)
    assert len(report.reasons) == FIRST_FINDINGS == 40
    assert report.outcome == "braked"


def test_more_removals_than_predicted_ask_for_a_full_run() -> None:
    report = make_report(told(Code.LEDGER_LOST))
    assert (report.next_mode, "next_mode" in report.as_json()) == ("", False)
    tally = Tally()
    tally.tell(Code.UNEXPECTED_REMOVALS, kind="person", count=3, predicted=1)
    assert make_report(tally).as_json()["next_mode"] == "full"


def test_what_went_out_a_second_time_to_more_people_is_counted_once() -> None:
    tally = Tally()
    tally.count(Counted.UNCHANGED, 2)
    tally.count(Counted.UPDATED)
    tally.count(Counted.SHOWN_AGAIN)
    documents = make_report(tally).documents
    assert (documents.updated, documents.unchanged) == (1, 1)


def test_sheets_of_parts_add_up() -> None:
    one, other = told(Code.UNANSWERED_ONE), told(Code.UNANSWERED_ONE, Code.EXCHANGED)
    one.count(Counted.ADDED, 2)
    other.count(Counted.ADDED)
    one.take(other)
    assert one.counts[Counted.ADDED] == 3
    assert [finding.code for finding in one.findings] == [Code.UNANSWERED_ONE, Code.EXCHANGED]
    assert make_report().reasons == [], "and two reports share nothing"


@pytest.mark.parametrize(("seconds", "text"), [(0, "1970-01-01T00:00:00Z"), (1.9, "1970-01-01T00:00:01Z")])
def test_times_are_whole_seconds_in_utc(seconds: float, text: str) -> None:
    assert stamp(seconds) == text


def test_the_reason_that_made_the_outcome_is_the_first_one() -> None:
    tally = Tally()
    tally.tell(Code.LEDGER_LOST, source="interaxo")
    tally.tell(Code.FAILED, why="Interact refuses the key")
    told = fold(Report(run_id="01J", mode="full", target="intranet", started=1.0), tally).as_json()
    assert told["reasons"][0] == "Interact refuses the key." == deciding_reason(told)
    assert "ledger" in told["reasons"][1]
    assert deciding_reason({"why": "named", "reasons": ["of an earlier release"]}) == "named"
    assert deciding_reason({"reasons": ["of an earlier release"]}) == "of an earlier release"
    assert deciding_reason({}) == ""


def test_the_only_source_that_failed_is_no_second_reason_of_a_run_that_failed_for_it() -> None:
    why = "Interaxo: POST /oauth/token answered 503."
    ended = found(Code.FAILED, why=f"No source could be read: {why}")
    one = found(Code.SOURCE_FAILED, source="interaxo", why=why)
    other = found(Code.SOURCE_FAILED, source="itr", why="ITR: no answer")
    assert words.say_all([one, ended], run_id="r") == [f"No source could be read: {why}"]
    assert len(words.say_all([one, other, ended], run_id="r")) == 3, "each is named"
    assert len(words.say_all([one, found(Code.FAILED, why="The ledger is away")], run_id="r")) == 2
    assert len(words.say_all([one], run_id="r")) == 1
