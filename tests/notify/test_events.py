"""What is told of the runs of a target: once per change, never every run."""

from __future__ import annotations

import msgspec
import pytest

from connector.notify.events import Event, Standing, What, counts_as, hear
from connector.notify.message_words import chat_text, letter, webhook_json
from connector.notify.weekly import last_monday

NAMES = {one[0]: one for one in ("failed", "braked", "withheld", "succeeded", "quarantined", "cancelled")}


def told(outcomes: str, *, on: tuple[str, ...] = tuple(What), withheld_runs: int = 3) -> list[str]:
    """What is told run by run; outcomes by their first letters."""
    standing, said = Standing(), []
    for first in outcomes:
        standing, what = hear(standing, NAMES[first], on=on, withheld_runs=withheld_runs)
        said.append(what.value if what else "")
    return said


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ("sqs", ["", "", ""]),
        ("fff", ["failed", "", ""]),
        ("fsfq", ["failed", "recovered", "failed", "recovered"]),
        ("wws", ["", "", ""]),
        ("wwwww", ["", "", "withheld", "", ""]),
        ("wwfws", ["", "", "failed", "withheld", "recovered"]),
        ("fbfbfb", ["failed", "braked", "", "", "", ""]),
        ("bcbs", ["braked", "", "", "recovered"]),
        ("fw", ["failed", ""]),
        ("ccs", ["", "", ""]),
    ],
)
def test_each_trouble_is_told_once_until_all_is_well(outcomes: str, expected: list[str]) -> None:
    assert told(outcomes) == expected


@pytest.mark.parametrize("on", [tuple(What), ("stalled", "recovered")])
def test_a_run_that_stood_still_is_told_once_until_all_is_well(on: tuple[str, ...]) -> None:
    standing, said = Standing(), []
    for outcome in ("stalled", "stalled", "cancelled", "stalled", "succeeded", "stalled"):
        standing, what = hear(standing, outcome, on=on, withheld_runs=3)
        said.append(what.value if what else "")
    assert said == ["stalled", "", "", "", "recovered", "stalled"]


@pytest.mark.parametrize("what", [What.FAILED, What.STALLED])
@pytest.mark.parametrize(
    ("none_good", "said"),
    [(True, "search may lack documents."), (False, "search lacks what changed since the last good one.")],
)
def test_nobody_is_told_of_a_last_good_run_where_there_was_none(
    what: What, none_good: bool, said: str
) -> None:
    event = msgspec.structs.replace(EVENT, what=what, none_good=none_good)
    over = msgspec.structs.replace(event, what=What.RECOVERED)
    for told in (letter(event).text, chat_text(event, titles=False)):
        assert said in told
    assert ("up to date again" in letter(over).text) is not none_good


def test_that_the_ledger_is_new_is_told_at_once_and_once() -> None:
    standing, said = Standing(), []
    for outcome, lost in (("withheld", True), ("withheld", True), ("succeeded", False), ("succeeded", True)):
        standing, what = hear(standing, outcome, on=tuple(What), withheld_runs=3, lost=lost)
        said.append(what.value if what else "")
    assert said == ["withheld", "", "recovered", ""]
    assert hear(Standing(), "withheld", on=("failed",), withheld_runs=3, lost=True)[1] is None


@pytest.mark.parametrize(
    ("outcome", "said"), [("failed", What.FAILED), ("braked", What.BRAKED), ("cancelled", None)]
)
def test_a_run_on_a_new_ledger_that_ended_otherwise_is_told_as_what_it_was(
    outcome: str, said: What | None
) -> None:
    standing, what = hear(Standing(), outcome, on=tuple(What), withheld_runs=3, lost=True)
    assert what == said
    assert hear(standing, "withheld", on=tuple(What), withheld_runs=3, lost=True)[1] is What.WITHHELD


def test_what_is_not_asked_for_is_not_told_and_nobody_hears_that_it_is_over() -> None:
    assert told("fsbs", on=("braked", "recovered")) == ["", "", "braked", "recovered"]
    assert told("fs", on=("failed",)) == ["failed", ""]
    assert told("ws", withheld_runs=1) == ["withheld", "recovered"]


def test_a_source_that_is_not_read_is_told_also_while_a_decision_is_waited_for() -> None:
    """A brake may wait for weeks, and is told once; meanwhile a password expires."""
    runs = [("braked", False), ("braked", False), *[("braked", True)] * 4, ("succeeded", False)]
    for on in (tuple(What), ("withheld", "recovered")):
        standing, said = Standing(), []
        for outcome, unread in runs:
            counted = counts_as(standing, outcome, on=on, unread=unread)
            standing, what = hear(standing, counted, on=on, withheld_runs=3)
            said.append(what.value if what else "")
        assert said == ["braked" if "braked" in on else "", "", "", "", "withheld", "", "recovered"]
    event = msgspec.structs.replace(EVENT, what=What.WITHHELD, runs=3)
    assert "3 runs in a row into intranet did not read every source to the end" in letter(event).text
    assert letter(event).text.rstrip().endswith("then: connector check")


EVENT = Event(
    what=What.BRAKED, target="intranet", run_id="01RUN", mode="full", outcome="braked", at=1_800_000_000.0,
    reasons=("Secret plan.pdf is missing",), untitled=("ix-1 is missing",), codes=("missing",), documents={"held": 3},
)  # fmt: skip


def test_a_webhook_names_no_document_unless_logs_may() -> None:
    for closed in (webhook_json(EVENT, titles=False), chat_text(EVENT, titles=False)):
        assert "Secret" not in str(closed)
        assert "ix-1 is missing" in str(closed)
    assert "Secret plan.pdf" in chat_text(EVENT, titles=True)
    assert "Secret plan.pdf" in letter(EVENT).text
    body = webhook_json(EVENT, titles=False)
    assert (body["event"], body["documents"], body["codes"]) == ("braked", {"held": 3}, ["missing"])
    assert "connector sync --approve 01RUN" in body["text"]


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("<!channel> all hands", "‹!channel> all hands"),
        ("<!subteam^S012|crew>", "‹!subteam^S012|crew>"),
        ("<@U012>, come", "‹@\u200bU012>, come"),
        ("<https://elsewhere.example|Our intranet>", "‹https://elsewhere.example|Our intranet>"),
        ("@here: plan (@all)", "@\u200bhere: plan (@\u200ball)"),
        ("a < b, kari@example.com @ 9", "a < b, kari@example.com @ 9"),
    ],
)
def test_a_title_calls_nobody_in_a_chat(title: str, shown: str) -> None:
    event = msgspec.structs.replace(EVENT, reasons=(f"{title} is missing",))
    told = webhook_json(event, titles=True)
    assert f"• {shown} is missing" in chat_text(event, titles=True)
    assert (f"• {shown} is missing" in told["text"], told["reasons"]) == (True, [f"{shown} is missing"])
    assert f"* {title} is missing" in letter(event).text, "a mail calls nobody anyhow"


@pytest.mark.parametrize("what", What)
def test_a_mail_says_what_is_typed_without_a_full_stop_that_would_be_copied_with_it(what: What) -> None:
    last = letter(msgspec.structs.replace(EVENT, what=what)).text.splitlines()[-1]
    assert what is What.RECOVERED or last.endswith(("connector check", "01RUN", "connector status"))


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        (1, "1 run into intranet was withheld: search"),
        (3, "3 runs in a row into intranet were withheld: search"),
    ],
)
def test_one_withheld_run_is_told_as_one(runs: int, said: str) -> None:
    event = msgspec.structs.replace(EVENT, what=What.WITHHELD, outcome="withheld", runs=runs)
    assert said in letter(event).text


def test_a_week_begins_on_monday_at_seven_where_the_connector_lives() -> None:
    monday = 1_800_252_000.0  # 2027-01-18 06:00 UTC
    assert last_monday(monday, "Europe/Oslo") == monday
    assert last_monday(monday - 1, "Europe/Oslo") == monday - 7 * 86_400
    assert last_monday(monday + 6 * 86_400, "Europe/Oslo") == monday
