"""The protocol with Interact: what may be sent next, the gate before the end, and what that would remove."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.plan import words
from connector.session.gate import Gate, Kind, Shut, ShutBy, SyncSession, predict

CALLS: dict[str, Callable[[SyncSession], object]] = {
    "begin": SyncSession.begin,
    "begin_answered": SyncSession.begin_answered,
    "begin_lost": SyncSession.begin_lost,
    "begin_given_up": SyncSession.begin_given_up,
    "may_end": lambda session: session.may_end(gate()),
    "end": SyncSession.end,
    "end_answered": SyncSession.end_answered,
    "end_lost": SyncSession.end_lost,
}
FIELDS = tuple(
    field
    for field in Gate.__struct_fields__
    if field not in {"predicted_removals", "removals_allowed", "braked", "on_hold"}
)
"""Every count that shuts the gate by itself."""
REMOVALS = st.integers(min_value=0, max_value=100_000)


def gate(**changes: int) -> Gate:
    closed = {**dict.fromkeys(FIELDS, 0), "predicted_removals": 0, "removals_allowed": 10, "braked": False}
    return Gate(**{**closed, **changes})


def said(reasons: list[Shut], kind: Kind = Kind.DOCUMENT) -> list[str]:
    return words.shut(msgspec.to_builtins(reasons), kind)


def opened() -> SyncSession:
    session = SyncSession()
    session.begin()
    session.begin_answered()
    return session


STEPS = {
    "closed": [],
    "beginning": ["begin"],
    "open": ["begin", "begin_answered"],
    "without": ["begin", "begin_given_up"],
    "ready": ["begin", "begin_answered", "may_end"],
    "ending": ["begin", "begin_answered", "may_end", "end"],
    "ended": ["begin", "begin_answered", "may_end", "end", "end_answered"],
    "unanswered": ["begin", "begin_answered", "may_end", "end", "end_lost"],
}
"""How each state of docs/safety.md is reached; `withheld` needs a shut gate."""
NEXT = {
    "closed": {"begin"},
    "beginning": {"begin_answered", "begin_lost", "begin_given_up"},
    "open": {"may_end"},
    "without": {"may_end"},
    "ready": {"end"},
    "ending": {"end_answered", "end_lost"},
    "ended": set(),
    "unanswered": set(),
}
"""What may happen in each state; anything else is a bug of ours."""


@pytest.mark.parametrize("state", STEPS)
def test_each_state_lets_happen_only_what_its_diagram_shows(state: str) -> None:
    allowed = set()
    for name, call in CALLS.items():
        session = SyncSession()
        for step in STEPS[state]:
            CALLS[step](session)
        assert session.state == state
        try:
            call(session)
        except RuntimeError:
            continue
        allowed.add(name)
    assert allowed == NEXT[state]


def test_a_withheld_session_is_over() -> None:
    for name, call in CALLS.items():
        session = opened()
        session.may_end(gate(held=1))
        with pytest.raises(RuntimeError, match="the session is withheld"):
            call(session)
        assert session.state == "withheld", name


def test_a_clean_session_is_ended() -> None:
    session = opened()
    assert session.may_end(gate()) == []
    session.end()
    session.end_answered()
    assert session.state == "ended"


@pytest.mark.parametrize("field", FIELDS)
def test_each_thing_that_is_not_right_shuts_the_gate(field: str) -> None:
    session = opened()
    reasons = session.may_end(gate(**{field: 3}))
    assert [(one.code.replace("-", "_"), one.count) for one in reasons] == [(field, 3)]
    assert "3" in said(reasons)[0]
    assert session.state == "withheld"
    with pytest.raises(RuntimeError, match="withheld"):
        session.end()


def test_the_brake_shuts_the_gate() -> None:
    assert opened().may_end(gate(predicted_removals=10)) == []
    (shut,) = opened().may_end(gate(predicted_removals=11, braked=True))
    assert (shut.code, shut.count, shut.allowed) == (ShutBy.BRAKED, 11, 10)
    assert "brake" in said([shut])[0]


def test_a_hold_shuts_the_gate_also_where_nothing_was_kept_back() -> None:
    assert opened().may_end(gate(on_hold=True)) == [Shut(ShutBy.ON_HOLD)]
    assert [one.code for one in opened().may_end(gate(on_hold=True, kept_back=3))] == [ShutBy.KEPT_BACK]
    assert (
        said([Shut(ShutBy.ON_HOLD)]) == said([Shut(ShutBy.ON_HOLD)], Kind.PERSON) == ["the target is on hold"]
    )


@given(
    st.fixed_dictionaries({field: st.integers(min_value=0, max_value=3) for field in FIELDS}),
    st.integers(min_value=0, max_value=20),
)
def test_the_gate_opens_only_when_nothing_speaks_against_it(counts: dict[str, int], predicted: int) -> None:
    reasons = opened().may_end(gate(**counts, predicted_removals=predicted, braked=predicted > 10))
    assert len(reasons) == sum(1 for count in counts.values() if count) + (predicted > 10)


def test_a_session_that_lost_a_begin_is_never_ended() -> None:
    session = SyncSession()
    session.begin()
    session.begin_lost()
    session.begin_answered()
    reasons = session.may_end(gate())
    assert [one.code for one in reasons] == [ShutBy.BEGIN_UNANSWERED]
    assert said(reasons) == ["its begin got no answer once and may still take effect"]
    with pytest.raises(RuntimeError, match="the session is withheld, not ready"):
        session.end()


def test_after_a_begin_that_never_came_through_the_run_goes_on_without_a_session() -> None:
    session = SyncSession()
    session.begin()
    session.begin_lost()
    session.begin_given_up()
    reasons = session.may_end(gate())
    assert [one.code for one in reasons] == [ShutBy.NOT_OPENED]
    assert said(reasons) == ["it could not be opened"]
    with pytest.raises(RuntimeError):
        session.end()


def test_an_end_is_sent_once_however_it_went() -> None:
    for after in (SyncSession.end_lost, SyncSession.end_answered):
        session = opened()
        session.may_end(gate())
        session.end()
        after(session)
        with pytest.raises(RuntimeError):
            session.end()


@given(st.lists(st.sampled_from(sorted(CALLS)), max_size=12))
def test_in_any_order_an_end_needs_a_clean_begin_and_an_open_gate_before_it(order: list[str]) -> None:
    session = SyncSession()
    done: list[str] = []
    for name in order:
        try:
            CALLS[name](session)
        except RuntimeError:
            continue
        done.append(name)
    if "end" in done:
        assert done[: done.index("end") + 1] == ["begin", "begin_answered", "may_end", "end"]
    assert done.count("begin") <= 1
    assert done.count("end") <= 1


@pytest.mark.parametrize("name", sorted(CALLS.keys() - {"begin"}))
def test_nothing_can_come_before_begin(name: str) -> None:
    with pytest.raises(RuntimeError, match="the session is closed"):
        CALLS[name](SyncSession())


# -- people -------------------------------------------------------------------------------------

OF_PEOPLE = {
    "incomplete": "2 of the sources, lists of readers and people files were not read",
    "unseen": "2 sources listed nothing at all",
    "unknown": "2 sources were last sent from another ledger",
    "unread": "2 people could not be looked up",
    "not_accepted": "2 people were not confirmed in this run",
    "suspects": "2 addresses belong to two people",
    "held": "2 people are on hold",
    "unsettled": "Interact did not confirm the list, or the removal, of 2 people",
}


@pytest.mark.parametrize("field", OF_PEOPLE)
def test_each_count_shuts_the_gate_of_people_by_itself(field: str) -> None:
    session = opened()
    (reason,) = said(session.may_end(gate(**{field: 2})), Kind.PERSON)
    assert reason.startswith(OF_PEOPLE[field])
    assert session.state == "withheld"


def test_the_gate_of_people_speaks_of_people_and_opens_when_nothing_stands() -> None:
    shut = gate(not_accepted=1).reasons()
    assert said(shut) != said(shut, Kind.PERSON)
    assert opened().may_end(gate(predicted_removals=3)) == []
    (reason,) = said(opened().may_end(gate(predicted_removals=3, braked=True)), Kind.PERSON)
    assert "about 3 people" in reason


def test_a_lost_begin_is_the_first_reason_of_people_too() -> None:
    session = SyncSession()
    session.begin()
    session.begin_lost()
    session.begin_answered()
    first, second = said(session.may_end(gate(held=1)), Kind.PERSON)
    assert "got no answer" in first
    assert second == "1 person is on hold"


# -- what the end of a session would remove ------------------------------------------------------


@given(REMOVALS, REMOVALS, REMOVALS)
def test_a_prediction_is_never_below_what_is_known_to_go(noted: int, since: int, accepted: int) -> None:
    told = predict(noted=noted, removed_since=since, accepted=accepted)
    assert told >= noted - since - accepted
    assert 0 <= told <= noted


def test_a_lost_ledger_does_not_blind_the_prediction() -> None:
    assert predict(noted=1_000, removed_since=0, accepted=400) == 600
    assert predict(noted=1_000, removed_since=0, accepted=1_200) == 0
    assert predict(noted=1_000, removed_since=97, accepted=900) == 3
