"""The headline: what is the matter, why, and what to do about it."""

from __future__ import annotations

from typing import Any

import pytest

from connector.machine.verbs import ended
from connector.plan import words
from connector.status.headline import BAD, GOOD, WARNING, Facts, Last, State, states


def facts(outcome: str = "succeeded", *, report: dict[str, Any] | None = None, **more: Any) -> Facts:
    last = Last(id="01J", outcome=outcome, report=report or {"reasons": ["something was odd"]})
    return Facts(**{"last": last, "running": False, "late": False, "ready_after_h": 24, **more})


def first(**more: Any) -> State:
    return states(facts(**more))[0]


def test_nothing_is_the_matter() -> None:
    assert states(facts()) == [State(tone=GOOD, words="Everything is up to date")]


@pytest.mark.parametrize(
    ("more", "tone", "words", "why", "where"),
    [
        ({"outcome": "failed"}, BAD, "The last run failed: search lacks what changed since", "something was odd", "/runs/01J"),
        ({"late": True}, BAD, "Search is not up to date", "24 hours", "/runs"),
        ({"waiting": 1, "waiting_why": "a brake"}, WARNING, "1 change waits for your decision", "a brake", "/held"),
        ({"waiting": 5}, WARNING, "5 changes wait for your decision", "", "/held"),
        ({"outcome": "braked"}, WARNING, "The last run was braked", "something was odd", "/runs/01J"),
        ({"outcome": "withheld"}, WARNING, "Something is withheld", "something was odd", "/runs/01J"),
        ({"outcome": "cancelled"}, WARNING, "stopped before its end", "something was odd", "/runs/01J"),
        ({"parked": 2, "parked_why": "no title"}, WARNING, "2 documents are in quarantine", "no title", "/quarantine"),
    ],
)  # fmt: skip
def test_it_says_what_why_and_where_to_look(
    more: dict[str, Any], tone: str, words: str, why: str, where: str
) -> None:
    state = first(**more)
    assert state.tone == tone
    assert words in state.words
    assert why in state.why
    assert [step.path for step in state.steps if step.path] == [where]


@pytest.mark.parametrize("outcome", ["failed", "cancelled"])
def test_what_search_lacks_after_a_run_that_did_not_end_is_told_from_the_last_good_one_where_there_is_one(
    outcome: str,
) -> None:
    assert "search lacks what changed since the last good one" in first(outcome=outcome).words
    assert first(outcome=outcome, none_good=True).words.endswith("search may lack documents")


@pytest.mark.parametrize("missing", ["", "/var/ledger.db"])
def test_before_the_first_run_it_says_whether_the_service_begins_one(missing: str) -> None:
    assert "the service begins with a full run" in first(last=None, missing=missing).why.replace(
        "The s", "the s"
    )
    never = first(last=None, missing=missing, scheduled=False).why
    assert "begins with" not in never
    assert "schedule.delta and schedule.full are empty" in never


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", ""),
        ("The intranet has no room", "The intranet has no room."),
        (
            "Find out why in Interact; then: connector check",
            "Find out why in Interact; then: connector check",
        ),
        ("To keep: connector sync --keep 01M8", "To keep: connector sync --keep 01M8"),
        ("Run connector check. Then it ends", "Run connector check. Then it ends."),
        ("Write it into /etc/interact-connector/api_key", "Write it into /etc/interact-connector/api_key"),
        ("Is that all?", "Is that all?"),
    ],
)
def test_a_sentence_ends_in_a_full_stop_unless_it_would_be_copied_with_what_stands_before_it(
    words: str, expected: str
) -> None:
    assert ended(words) == expected


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, "look whether it runs"),
        ({"was_due": False}, "None was due: schedule.delta and schedule.full"),
        ({"was_due": False, "scheduled": False}, "schedule.delta and schedule.full are empty"),
    ],
)
def test_nobody_looks_for_a_service_where_the_schedule_began_nothing(more: dict[str, bool], why: str) -> None:
    state = first(late=True, idle=True, **more)
    assert why in state.why
    assert ("look whether it runs" in state.why) is (not more)
    assert [step.command for step in state.steps] == ["connector sync"]


def test_whoever_loaded_one_room_first_is_told_what_loads_everything() -> None:
    state = first(late=True, partly=True)
    assert state.words == "Search is not up to date"
    assert "no run has read everything yet" in state.why
    assert [step.command for step in state.steps] == ["connector backfill"]


@pytest.mark.parametrize(
    "more",
    [
        {"outcome": "failed", "report": {"reasons": ["It refused the key. Run: connector check"]}},
        {
            "outcome": "withheld",
            "report": {
                "reasons": ["The readers are unknown. Run: connector check"],
                "sources": {"itr": {"complete": False}},
            },
        },
        {"on_hold": words.on_hold("intranet", then=False)},
    ],
)
def test_what_a_reason_says_is_to_be_typed_is_not_said_twice(more: dict[str, Any]) -> None:
    (state,) = states(facts(**more))
    told = " ".join([state.why, *(step.command for step in state.steps)])
    assert told.count("connector check") == 1


@pytest.mark.parametrize(
    ("more", "also"),
    [
        ({}, []),
        ({"documents": {"suspect": 1}}, ["Something is withheld"]),
        ({"findings": [{"code": "held"}, {"code": "unanswered"}]}, ["Search may lack documents"]),
        ({"sources": {"itr": {"complete": False}}}, ["Search may lack what changed in itr"]),
    ],
)
def test_what_waits_for_a_decision_is_not_told_once_more_as_withheld(
    more: dict[str, Any], also: list[str]
) -> None:
    report = {
        "reasons": ["15 documents are on hold"],
        "findings": [{"code": "held"}, {"code": "no-full-run-yet"}],
    }
    told = [
        one.words.partition(":")[0]
        for one in states(facts("withheld", report={**report, **more}, waiting=15))
    ]
    assert sorted(told) == sorted(["15 changes wait for your decision", *also])
    assert (told[0] == "15 changes wait for your decision") is not any("may lack" in one for one in also)
    (decided,) = states(facts("withheld", report=report))
    assert decided.words.startswith("Something is withheld"), "somebody decided since"


@pytest.mark.parametrize("last", ["succeeded", None])
def test_an_order_that_is_not_carried_out_is_never_told_as_up_to_date(last: str | None) -> None:
    more = {} if last else {"last": None}
    told = states(facts(**more, ordered=2))
    assert told[0].tone == BAD
    assert told[0].words == "2 orders to hide or forget are not carried out yet"
    assert [step.command for step in told[0].steps] == ["connector hidden", "connector sync"]


def test_a_run_that_no_ledger_takes_is_never_told_as_up_to_date() -> None:
    (told,) = states(facts(unwritten="The disk of the ledger is full"))
    assert (told.tone, told.why) == (BAD, "The disk of the ledger is full")
    assert told.words.endswith("search lacks what changed since the last good one")


def test_a_disk_without_room_for_the_ledger_is_never_told_as_up_to_date_and_once() -> None:
    (told,) = states(facts(full="0 bytes are free at /srv. Free some space"))
    assert (told.tone, told.why) == (BAD, "0 bytes are free at /srv. Free some space")
    assert told.words.startswith("The disk of the ledger is full")
    assert len(states(facts(full="0 bytes are free", unwritten="The disk of the ledger is full"))) == 1


@pytest.mark.parametrize(
    ("reason", "more"),
    [
        (words.on_hold("intranet", 3), []),
        (words.on_hold("intranet", then=False), []),
        ("itr was not read to the end. The next run tries again.", ["Something else is withheld"]),
    ],
)
def test_where_nothing_new_is_sent_it_is_not_said_that_additions_go_on(reason: str, more: list[str]) -> None:
    told = states(facts("withheld", report={"reasons": [reason]}, on_hold=words.on_hold("intranet")))
    assert [one.words for one in told] == ["A stranger finds what is not for her: nothing new is sent", *more]


def test_what_is_still_to_be_erased_here_is_never_told_as_up_to_date() -> None:
    (told,) = states(facts(to_erase=1))
    assert (told.tone, told.words) == (WARNING, "1 erasure is not finished")
    assert [step.command for step in told.steps] == ["connector hidden", "connector forget ID"]


def test_of_several_in_quarantine_the_commonest_reason_is_told_as_that() -> None:
    assert first(parked=1, parked_why="Interact refuses it").why == "Interact refuses it"
    assert first(parked=2, parked_why="Interact refuses it").why == "Most often: Interact refuses it"


def test_the_worst_comes_first_and_nothing_is_left_out() -> None:
    told = states(facts("failed", late=True, waiting=2, parked=3, refused="x: y"))
    assert [one.tone for one in told] == [BAD, BAD, BAD, WARNING, WARNING]


def test_the_reason_that_made_the_outcome_is_told_not_the_first_one() -> None:
    report = {
        "reasons": ["the intranet has documents already", "Interact refuses the key"],
        "why": "Interact refuses the key",
    }
    assert first(outcome="failed", report=report).why == "Interact refuses the key"


def test_a_run_that_was_killed_says_so() -> None:
    last = Last(id="01J", outcome="failed", report={})
    assert "killed" in states(facts(last=last))[0].why


@pytest.mark.parametrize("running", [True, False])
def test_before_the_first_run_there_is_something_to_do_or_to_wait_for(running: bool) -> None:
    state = states(facts(last=None, running=running))[0]
    assert state.tone == WARNING
    assert bool(state.steps) != running


def test_additions_and_updates_are_not_said_to_go_on_where_interact_confirms_none() -> None:
    words = "Search may lack documents: Interact did not confirm what was sent"
    for code in ("unanswered", "unanswered-one"):
        report = {"reasons": ["Interact did not confirm 1 document"], "findings": [{"code": code}]}
        told = first(outcome="withheld", report=report)
        assert told.words == words
        assert [step.command for step in told.steps] == ["connector runs 01J", "connector check"]
        assert states(facts("withheld", report=report, on_hold="a stranger finds it"))[-1].words == words


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("nothing-chosen", "Search may lack what changed in a source: the settings choose nothing of it"),
        ("audience-unread", "Search may lack what is new: not every list of readers could be read"),
        ("unreadable", "Search may lack what changed: not every document could be read"),
    ],
)
def test_additions_and_updates_are_not_said_to_go_on_where_something_was_not_read(
    code: str, words: str
) -> None:
    """Beside what waits for a decision it comes first: that keeps nothing out of the search."""
    report = {"reasons": ["what was found"], "findings": [{"code": "held"}, {"code": code}]}
    told = states(facts("withheld", report=report, waiting=15))
    assert [one.words for one in told] == [words, "15 changes wait for your decision"]


def test_a_source_that_is_not_read_is_told_also_where_the_run_waits_for_a_decision() -> None:
    """A brake may wait for days; meanwhile a password expires."""
    sources = {
        "itr": {"complete": False, "errors": ["ITR refused to sign in", "more"]},
        "ix": {"complete": True},
    }
    report = {
        "reasons": ["15 documents would be removed"],
        "sources": sources,
        "findings": [{"code": "held-braked"}],
    }
    told = states(facts("braked", report=report, waiting=15))
    assert [(one.words, one.why) for one in told] == [
        ("Search may lack what changed in itr: it was not read to the end", "ITR refused to sign in"),
        ("15 changes wait for your decision", ""),
    ]
    assert [step.command for step in told[0].steps] == ["connector runs 01J", "connector check"]


@pytest.mark.parametrize(
    ("unread", "words"),
    [
        (["itr"], "Search may lack what changed in itr: it was not read to the end"),
        (["interaxo", "itr"], "Search may lack what changed in interaxo, itr: they were not read to the end"),
        ([], "Something is withheld: additions and updates go on"),
    ],
)
def test_additions_and_updates_are_said_to_go_on_only_where_every_source_was_read(
    unread: list[str], words: str
) -> None:
    sources = {one: {"complete": one not in unread} for one in ("interaxo", "itr", "interject")}
    report = {"reasons": ["it refused to sign in"], "sources": sources}
    told = first(outcome="withheld", report=report)
    assert told.words == words
    assert ("connector check" in [step.command for step in told.steps]) == bool(unread)
    assert told.steps[0].path == "/runs/01J"
    beside = states(facts("withheld", report=report, on_hold="a stranger finds it"))[-1]
    assert beside.words == (words if unread else "Something else is withheld")


def test_where_the_former_ledger_is_gone_its_backup_is_named_before_a_run_begins_anew() -> None:
    (told,) = states(facts(last=None, gone=True))
    assert (told.tone, told.words) == (BAD, "The former ledger is gone, and this one knows nothing yet")
    assert [step.command for step in told.steps] == [
        "connector ledger restore FILE",
        "connector sync --mode full",
    ]
    (begun,) = states(facts(last=None, gone=True, running=True))
    assert begun.words == "The first run is under way"


def test_documents_that_only_another_ledger_knew_are_never_told_as_up_to_date() -> None:
    (told,) = states(facts(unknown_rest=True))
    assert (told.tone, told.words) == (WARNING, "What is gone from its source may still be found")
    assert [step.command for step in told.steps] == ["connector sync --mode full"]
