"""The step of one listed item: the whole decision about it, and the rules of audiences, without a run."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.document.audience import NOBODY, Audience
from connector.document.document import Known, Listed
from connector.plan.item import Action, Mode, Purpose, decide
from connector.plan.step import (
    KEEP,
    PARK,
    AudienceUpdate,
    Facts,
    How,
    Keep,
    Leave,
    Note,
    Park,
    Push,
    Show,
    Stay,
    Step,
    Wait,
    audience_update_of,
    moved_into,
    narrows,
    plan_item,
)
from tests.builders import audience_of, make_known, make_listed

A, B, C = "ix:group:a", "ix:group:b", "ix:group:c"
ONE, TWO, OTHER, ALL = audience_of(A), audience_of(A, B), audience_of(C), audience_of(A, B, C)
PUBLIC = audience_of(A, public=True)
DELTA = Purpose(mode=Mode.DELTA, run=7, now=1_000.0)
FULL = Purpose(mode=Mode.FULL, run=7, now=1_000.0, session=7)
BACKFILL = Purpose(mode=Mode.BACKFILL, run=7, now=1_000.0, backfill=3)


def known_of(had: Audience | None, **changes: Any) -> Known:
    return make_known(**{"audience": None if had is None else had.digest(), **changes})


def plan(
    read: Audience | None,
    had: Audience | None = TWO,
    purpose: Purpose = DELTA,
    *,
    listed: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
    **known: Any,
) -> Step:
    item = make_listed(**{"audience": read, **(listed or {})})
    return plan_item(item, known_of(had, **known), purpose, Facts(had=had, **(facts or {})))


# -- the way of an item --------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", [DELTA, FULL, BACKFILL], ids=lambda one: one.mode)
@pytest.mark.parametrize(
    ("known", "step"),
    [
        (None, Leave()),
        (known_of(TWO, state="held"), Leave()),
        (known_of(TWO, state="removed"), Leave()),
        (known_of(TWO, rules=None), Leave(gone=True)),
        (known_of(TWO, rules=b"now"), Leave(gone=True)),
        (known_of(TWO, rules=b"before"), Leave(held=True)),
    ],
)
def test_what_settings_leave_out_is_gone_unless_it_is_they_that_changed(
    purpose: Purpose, known: Known | None, step: Step
) -> None:
    item = make_listed(left_out="historical step")
    assert plan_item(item, known, purpose, Facts(rules=b"now", had=TWO)) == step


def test_what_looks_the_same_is_kept() -> None:
    assert plan(TWO) is KEEP
    assert plan(None) is KEEP, "nothing tells that somebody else may see it"


@pytest.mark.parametrize("purpose", [DELTA, FULL, BACKFILL], ids=lambda one: one.mode)
@pytest.mark.parametrize("read", [None, ONE, TWO, ALL, OTHER, NOBODY])
def test_the_first_decision_is_about_versions_alone(purpose: Purpose, read: Audience | None) -> None:
    """What is decided about audiences changes nothing of what a run is about."""
    item = make_listed(version=b"v2", audience=read)
    action = decide(item, known_of(TWO), purpose, None)
    step = plan(read, purpose=purpose, listed={"version": b"v2"})
    assert isinstance(step, Push | Stay)
    if isinstance(step, Push):
        assert step.force == (action is Action.FORCE)


def test_a_new_item_goes_out_as_it_is_told_or_is_parked() -> None:
    item = make_listed(audience=ALL)
    assert plan_item(item, None, DELTA, Facts()) == Push(
        update=AudienceUpdate(audience=ALL, read=ALL), audience=ALL, force=True
    )
    assert plan_item(make_listed(audience=None), None, DELTA, Facts()) is PARK


def test_what_was_taken_as_new_is_parked_while_its_audience_is_unknown() -> None:
    assert plan(None, fingerprint=None, state="live") is PARK


@pytest.mark.parametrize(
    ("read", "step"),
    [
        (ONE, "show"),
        (audience_of(B, C), "show"),
        (ALL, "note"),
        (OTHER, "show"),
        (NOBODY, "note"),
    ],
)
def test_an_item_whose_audience_alone_changed_is_shown_to_those_who_may_see_it_now(
    read: Audience, step: str
) -> None:
    made = plan(read)
    if step == "note":
        assert isinstance(made, Note)
        return
    assert isinstance(made, Show)
    assert made.audience == made.anew.audience
    assert not made.anew.force


def update_of_two(read: Audience) -> AudienceUpdate:
    """What is noted of an item that two groups could find."""
    return audience_update_of(make_listed(audience=read), known_of(TWO), Facts(had=TWO))


@pytest.mark.parametrize(
    ("read", "refused", "narrowed"),
    [
        (TWO, False, None),
        (ONE, False, ONE),
        (ONE, True, None),
        (audience_of(B, C), False, audience_of(B)),
        (OTHER, False, NOBODY),
        (ALL, False, None),
        (None, False, None),
    ],
)
def test_a_narrower_audience_waits_neither_for_quarantine_nor_for_content(
    read: Audience | None, refused: bool, narrowed: Audience | None
) -> None:
    waiting = plan(
        read, listed={"version": b"v2"}, facts={"waiting": b"v2", "is_refused": refused}, version=b"v1"
    )
    assert isinstance(waiting, Wait)
    assert waiting.narrowed == narrowed
    assert waiting.update == (None if refused or read is None else update_of_two(read))
    pushed = plan(read, listed={"version": b"v2"}, facts={"is_refused": refused}, version=b"v1")
    assert isinstance(pushed, Push)
    assert pushed.narrowed == narrowed


def test_others_altogether_find_what_they_may_see_though_it_cannot_be_read_now() -> None:
    """In a full run, say: it is as it was."""
    pushed = plan(OTHER, purpose=FULL)
    assert isinstance(pushed, Push)
    assert (pushed.audience, pushed.narrowed) == (OTHER, OTHER)


@pytest.mark.parametrize(
    ("goes", "audience"), [(True, OTHER), (False, NOBODY)], ids=["in this run", "in an earlier one"]
)
def test_what_nobody_finds_meanwhile_goes_to_others_when_it_is_met(goes: bool, audience: Audience) -> None:
    met = plan(OTHER, had=NOBODY, facts={"goes_to_others": goes})
    assert isinstance(met, Show if goes else Note)
    assert met.update.audience == audience
    changed = plan(OTHER, had=NOBODY, listed={"version": b"v2"}, facts={"goes_to_others": goes})
    assert isinstance(changed, Push)
    assert changed.update == AudienceUpdate(audience=audience, read=OTHER, wider=True)
    assert (changed.audience, changed.narrowed) == (audience, None), "nor while it cannot be read"


def test_what_nobody_may_see_any_more_is_noted_while_it_waits_in_quarantine() -> None:
    waiting = plan(NOBODY, listed={"version": b"v2"}, facts={"waiting": b"v2"}, version=b"v1")
    assert waiting == Wait(update=AudienceUpdate(audience=TWO, read=NOBODY, how=How.EMPTY))


# -- who may find it -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("read", "update"),
    [
        (TWO, AudienceUpdate(audience=TWO, read=TWO)),
        (ONE, AudienceUpdate(audience=ONE, read=ONE, how=How.NARROW)),
        (None, AudienceUpdate(audience=TWO)),
        (ALL, AudienceUpdate(audience=TWO, read=ALL, wider=True)),
        (
            audience_of(B, C),
            AudienceUpdate(audience=audience_of(B), read=audience_of(B, C), how=How.NARROW, wider=True),
        ),
        (OTHER, AudienceUpdate(audience=OTHER, read=OTHER, how=How.REPLACE, wider=True)),
        (NOBODY, AudienceUpdate(audience=TWO, read=NOBODY, how=How.EMPTY)),
        (PUBLIC, AudienceUpdate(audience=TWO, read=PUBLIC, wider=True)),
    ],
)
def test_who_may_find_a_document_that_two_groups_could(read: Audience | None, update: AudienceUpdate) -> None:
    assert audience_update_of(make_listed(audience=read), known_of(TWO), Facts(had=TWO)) == update


@pytest.mark.parametrize(
    ("facts", "update"),
    [
        ({"is_held_as_lost": True}, AudienceUpdate(audience=TWO, read=OTHER)),
        ({"may_exchange": False}, AudienceUpdate(audience=TWO, read=OTHER, holds=True)),
        ({"is_held_as_lost": True, "may_exchange": False}, AudienceUpdate(audience=TWO, read=OTHER)),
    ],
)
def test_an_exchange_is_held_where_it_is_one_too_many(facts: dict[str, Any], update: AudienceUpdate) -> None:
    item = make_listed(audience=OTHER)
    assert audience_update_of(item, known_of(TWO), Facts(had=TWO, **facts)) == update
    changed = plan(OTHER, listed={"version": b"v2"}, facts=facts)
    assert changed == Stay(update), "and its new content waits with it"


@pytest.mark.parametrize(
    ("had", "read", "how"),
    [
        (TWO, TWO, None),
        (TWO, ALL, None),
        (TWO, ONE, How.NARROW),
        (TWO, audience_of(B, C), How.NARROW),
        (TWO, OTHER, How.REPLACE),
        (TWO, NOBODY, How.EMPTY),
        (NOBODY, NOBODY, None),
        (PUBLIC, ONE, How.NARROW),
        (ONE, audience_of(C, public=True), None),
    ],
)
def test_each_way_to_narrow_has_its_name(had: Audience, read: Audience, how: How | None) -> None:
    assert narrows(had, read) is how


def test_an_item_that_moved_is_shown_to_none_but_those_who_saw_its_new_place() -> None:
    item = make_listed(audience=None)
    assert moved_into(item, TWO, known_of(TWO), audience_of(B, C)).audience == audience_of(B)
    assert moved_into(item, TWO, known_of(TWO), None) is item
    assert moved_into(item, None, known_of(None), TWO) is item
    assert moved_into(item, TWO, known_of(TWO, fingerprint=None), ONE) is item


# -- what holds for every item -------------------------------------------------------------------

AUDIENCES = st.builds(
    lambda who, public: audience_of(*sorted(who), public=public),
    st.sets(st.sampled_from([A, B, C])),
    st.booleans(),
)
MAYBE = st.none() | AUDIENCES
PURPOSES = st.sampled_from([DELTA, FULL, BACKFILL])
LISTED = st.builds(
    make_listed,
    audience=MAYBE,
    version=st.sampled_from([b"v1", b"v2"]),
    left_out=st.sampled_from(["", "", "", "historical step"]),
)
SITUATIONS = st.fixed_dictionaries(
    {
        "had": MAYBE,
        "state": st.sampled_from(["live", "held", "new", "removed"]),
        "fingerprint": st.sampled_from([b"f", None]),
        "redo_after": st.sampled_from([None, 5.0, 5_000.0]),
        "session_run": st.sampled_from([0, 7]),
        "backfill": st.sampled_from([0, 3]),
        "rules": st.sampled_from([None, b"now", b"before"]),
    }
)
FLAGS = st.fixed_dictionaries(
    {
        "rules": st.just(b"now"),
        "waiting": st.sampled_from([None, b"v1", b"v2"]),
        "is_refused": st.booleans(),
        "is_held_as_lost": st.booleans(),
        "may_exchange": st.booleans(),
        "goes_to_others": st.booleans(),
    }
)


def goes_out(step: Step) -> list[Audience]:
    """Every audience with which a step may push anything before the end of the run."""
    match step:
        case Push():
            return [step.audience, *([step.narrowed] if step.narrowed is not None else [])]
        case Show():
            return [step.audience, *goes_out(step.anew)]
        case Wait(narrowed=narrowed) if narrowed is not None:
            return [narrowed]
    return []


@given(LISTED, SITUATIONS, PURPOSES, FLAGS)
def test_nobody_outside_the_audience_last_read_is_given_anything(
    listed: Listed, situation: dict[str, Any], purpose: Purpose, flags: dict[str, Any]
) -> None:
    """Rule 6: what goes out goes to people whom the listing names, or, where it names none, to those who have it already."""
    had = situation["had"]
    known = known_of(had, **{key: value for key, value in situation.items() if key != "had"})
    for audience in goes_out(plan_item(listed, known, purpose, Facts(had=had, **flags))):
        allowed = had if listed.audience is None else listed.audience
        assert allowed is not None, "an unknown audience widens nothing, and makes nothing"
        assert audience.within(allowed)


@given(LISTED, SITUATIONS, PURPOSES, FLAGS)
def test_more_people_wait_for_the_end(
    listed: Listed, situation: dict[str, Any], purpose: Purpose, flags: dict[str, Any]
) -> None:
    """Rule 7: before the end a document goes to nobody new, but where all who had it lose it at once."""
    had = situation["had"]
    if had is None:
        return
    known = known_of(had, **{key: value for key, value in situation.items() if key != "had"})
    for audience in goes_out(plan_item(listed, known, purpose, Facts(had=had, **flags))):
        assert listed.audience is not None or audience == had
        exchanged = listed.audience is not None and narrows(had, listed.audience) is How.REPLACE
        assert (
            audience.within(had)
            or (exchanged and flags["may_exchange"])
            or (had == NOBODY and flags["goes_to_others"])
        )


def goes_out_as_accepted(step: Step) -> list[Audience]:
    """Every audience with which a step may push what was accepted last."""
    match step:
        case Push(narrowed=narrowed) | Wait(narrowed=narrowed):
            return [narrowed] if narrowed is not None else []
        case Show():
            return [step.audience, *goes_out_as_accepted(step.anew)]
    return []


@given(LISTED, SITUATIONS, PURPOSES, FLAGS)
def test_an_earlier_version_is_found_by_none_but_its_own_readers(
    listed: Listed, situation: dict[str, Any], purpose: Purpose, flags: dict[str, Any]
) -> None:
    """Who may see what it is now may not have seen what it was."""
    had = situation["had"]
    if had is None:
        return
    known = known_of(had, **{key: value for key, value in situation.items() if key != "had"})
    for audience in goes_out_as_accepted(plan_item(listed, known, purpose, Facts(had=had, **flags))):
        assert audience.within(had) or known.version == listed.version


@given(LISTED, SITUATIONS, PURPOSES, FLAGS)
def test_whoever_loses_a_document_is_noted_whatever_becomes_of_its_content(
    listed: Listed, situation: dict[str, Any], purpose: Purpose, flags: dict[str, Any]
) -> None:
    """Rule 7: a step that leaves somebody who may not see it any more says so, or the document is held or refused."""
    had, read = situation["had"], listed.audience
    known = known_of(had, **{key: value for key, value in situation.items() if key != "had"})
    step = plan_item(listed, known, purpose, Facts(had=had, **flags))
    if had is None or read is None or listed.left_out or had.within(read):
        return
    match step:
        case Keep() | Leave() | Park():
            # a version that was accepted in this very session, say: the reading of audiences has noted it
            assert isinstance(step, Keep)
            assert decide(listed, known, purpose, flags["waiting"]) is Action.KEEP
        case Wait(update=None):
            assert flags["is_refused"]
        case Wait() | Note() | Stay() | Push() | Show():
            assert step.update is not None
            assert step.update.how is not None or step.update.holds or flags["is_held_as_lost"]


@given(LISTED, SITUATIONS, PURPOSES, FLAGS)
def test_nothing_is_left_to_nobody_by_a_listing(
    listed: Listed, situation: dict[str, Any], purpose: Purpose, flags: dict[str, Any]
) -> None:
    """Rule 1: losing the whole audience counts as removal, and meets the brake first; others altogether only wait for what it is now."""
    had, read = situation["had"], listed.audience
    if had is None or had == NOBODY:
        return
    known = known_of(had, **{key: value for key, value in situation.items() if key != "had"})
    exchanged = read is not None and narrows(had, read) is How.REPLACE
    for audience in goes_out(plan_item(listed, known, purpose, Facts(had=had, **flags))):
        assert audience != NOBODY or (exchanged and known.version != listed.version)


@given(LISTED, SITUATIONS, PURPOSES, FLAGS)
def test_the_same_item_is_decided_alike_twice(
    listed: Listed, situation: dict[str, Any], purpose: Purpose, flags: dict[str, Any]
) -> None:
    had = situation["had"]
    known = known_of(had, **{key: value for key, value in situation.items() if key != "had"})
    facts = Facts(had=had, **flags)
    assert plan_item(listed, known, purpose, facts) == plan_item(listed, known, purpose, facts)
