"""Planning: what becomes of one listed item, and why it is pushed."""

from __future__ import annotations

from typing import Any

import pytest

from connector.document.document import Known
from connector.plan import reason_words
from connector.plan.item import Action, Mode, Purpose, decide, why
from tests.builders import audience_of, make_known, make_listed

DELTA = Purpose(mode=Mode.DELTA, run=7, now=1_000.0)
FULL = Purpose(mode=Mode.FULL, run=7, now=1_000.0, session=7)
BACKFILL = Purpose(mode=Mode.BACKFILL, run=7, now=1_000.0, backfill=3)


@pytest.mark.parametrize("purpose", [DELTA, FULL, BACKFILL], ids=lambda p: p.mode)
def test_what_settings_leave_out_is_left_in_every_mode(purpose: Purpose) -> None:
    assert decide(make_listed(left_out="historical step"), make_known(), purpose, None) is Action.LEAVE


@pytest.mark.parametrize("purpose", [DELTA, FULL, BACKFILL], ids=lambda p: p.mode)
@pytest.mark.parametrize("known", [None, make_known(fingerprint=None, version=None, state="new")])
def test_what_was_never_confirmed_is_pushed_in_every_mode(purpose: Purpose, known: Any) -> None:
    assert decide(make_listed(), known, purpose, None) is Action.FORCE


def test_a_delta_pushes_only_what_looks_changed() -> None:
    assert decide(make_listed(), make_known(), DELTA, None) is Action.KEEP
    assert decide(make_listed(version=b"v2"), make_known(), DELTA, None) is Action.PUSH


def test_a_full_run_pushes_everything_once_per_session() -> None:
    assert decide(make_listed(), make_known(), FULL, None) is Action.FORCE
    assert decide(make_listed(), make_known(session_run=7), FULL, None) is Action.KEEP
    assert decide(make_listed(version=b"v2"), make_known(session_run=7), FULL, None) is Action.PUSH


def test_a_push_of_this_run_outside_its_session_does_not_count_in_it() -> None:
    assert decide(make_listed(), make_known(pushed_run=7), FULL, None) is Action.FORCE


def test_a_full_run_without_a_session_pushes_everything_once() -> None:
    purpose = Purpose(mode=Mode.FULL, run=7, now=1_000.0)
    assert decide(make_listed(), make_known(pushed_run=6), purpose, None) is Action.FORCE
    assert decide(make_listed(), make_known(pushed_run=7), purpose, None) is Action.KEEP


def test_a_backfill_repeats_nothing_that_was_confirmed_under_it() -> None:
    assert decide(make_listed(), make_known(backfill=2), BACKFILL, None) is Action.FORCE
    assert decide(make_listed(), make_known(backfill=3), BACKFILL, None) is Action.KEEP
    assert decide(make_listed(version=b"v2"), make_known(backfill=3), BACKFILL, None) is Action.PUSH


def test_an_unanswered_call_is_made_good_once_it_can_no_longer_take_effect() -> None:
    assert decide(make_listed(), make_known(redo_after=1_000.5), DELTA, None) is Action.KEEP
    assert decide(make_listed(), make_known(redo_after=1_000.0), DELTA, None) is Action.FORCE


def test_quarantine_waits_except_in_a_full_run_or_after_a_change() -> None:
    assert decide(make_listed(), make_known(), DELTA, b"v1") is Action.WAIT
    assert decide(make_listed(), None, BACKFILL, b"v1") is Action.WAIT
    assert decide(make_listed(), None, FULL, b"v1") is Action.FORCE
    assert decide(make_listed(version=b"v2"), make_known(), DELTA, b"v1") is Action.PUSH


@pytest.mark.parametrize("known", [make_known(session_run=7, backfill=3)])
@pytest.mark.parametrize("purpose", [DELTA, FULL, BACKFILL], ids=lambda p: p.mode)
def test_a_new_audience_alone_costs_no_reading_and_an_unknown_one_changes_nothing(
    purpose: Purpose, known: Known
) -> None:
    narrowed = make_listed(audience=audience_of("ix:user:a"))
    assert decide(narrowed, known, purpose, None) is Action.SHOW
    assert decide(make_listed(audience=None), known, purpose, None) is Action.KEEP
    both = make_listed(audience=audience_of("ix:user:a"), version=b"v2")
    assert decide(both, known, purpose, None) is Action.PUSH


@pytest.mark.parametrize(
    ("listed", "known", "purpose", "said"),
    [
        (make_listed(), None, DELTA, "new"),
        (make_listed(), make_known(fingerprint=None, version=None, state="new"), DELTA, "new"),
        (make_listed(), make_known(fingerprint=None, version=None), DELTA, "sent again: Interact"),
        (
            make_listed(),
            make_known(fingerprint=None, version=b"", state="new"),
            DELTA,
            "sent again: Interact",
        ),
        (make_listed(), make_known(version=None, state="new"), DELTA, "changed in its source"),
        (make_listed(), make_known(redo_after=1_000.0), DELTA, "an earlier call got no answer"),
        (make_listed(), make_known(redo_after=1_000.5), FULL, "sent again by a full run"),
        (make_listed(version=b"v2"), make_known(), DELTA, "changed in its source"),
        (make_listed(audience=audience_of("ix:user:a")), make_known(), DELTA, "other people"),
        (make_listed(audience=None), make_known(), FULL, "sent again by a full run"),
        (make_listed(), make_known(), BACKFILL, "sent again by a backfill run"),
    ],
)
def test_every_reason_to_push_has_words(listed: Any, known: Any, purpose: Purpose, said: str) -> None:
    assert reason_words.why(why(listed, known, purpose), mode=purpose.mode).startswith(said)
