"""What is to happen to each person's record, for everything that sources can say and an intranet can have."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.document.audience import is_user, source_of
from connector.ledger.people import Record, Share
from connector.people.plan import (
    Act,
    Said,
    Step,
    choose_due,
    combine,
    groups_of,
    is_beyond_belief,
    people_in_a_turn,
    plan_granting,
    plan_in_doubt,
    plan_revoking,
    spare,
    takes_all_of,
)

OWN, OTHER_OWN, ITR_OWN = "ix:user:kari", "ix:user:per", "itr:user:7"
ALL, FEW, OFFICE = "ix:group:c/all", "ix:group:c/few", "itr:group:x/office"
RUN = 5


def record_of(
    *,
    may: tuple[str, ...] = (),
    sent: tuple[str, ...] | None = None,
    found: bool = True,
    redo_after: float | None = None,
) -> Record:
    return Record(id="", address="", may=may, sent=sent, found=found, redo_after=redo_after, session_run=0)


def kept(*may: str, sent: bool = True, found: bool = True, redo_after: float | None = None) -> Record:
    return record_of(may=may, sent=may if sent else None, found=found, redo_after=redo_after)


def told(*identities: str, source: str = "ix", run: int = RUN, key: str = "c/somebody") -> Share:
    return Share(source=source, key=key, address="", identities=identities, read_run=run)


shares = st.builds(
    told,
    st.sampled_from([OWN, OTHER_OWN]),
    *[st.sampled_from([ALL, FEW])] * 2,
    source=st.just("ix"),
    run=st.sampled_from([-1, 3, RUN]),
) | st.builds(told, source=st.sampled_from(["ix", "itr"]), run=st.sampled_from([-1, 3, RUN]))
people = st.lists(
    shares | st.builds(told, st.just(ITR_OWN), st.just(OFFICE), source=st.just("itr")), max_size=4
)
records = st.builds(
    record_of,
    may=st.lists(st.sampled_from([OWN, OTHER_OWN, ITR_OWN, ALL, FEW, OFFICE]), unique=True).map(tuple),
    sent=st.none() | st.just(()),
    found=st.booleans(),
    redo_after=st.none() | st.just(10.0),
)


# -- what the sources say -------------------------------------------------------------------------


def test_shares_of_all_sources_are_put_together() -> None:
    said = combine([told(OWN, ALL), told(ITR_OWN, OFFICE, source="itr", run=3)], run=RUN)
    assert said == Said(identities=tuple(sorted([OWN, ALL, ITR_OWN, OFFICE])), asked=frozenset({"ix"}))


def test_what_was_not_read_since_it_is_in_doubt_stands_apart() -> None:
    said = combine([told(OWN, ALL), told(ITR_OWN, OFFICE, source="itr", run=-1)], run=RUN)
    assert said.identities == tuple(sorted([OWN, ALL]))
    assert said.unsure == tuple(sorted([ITR_OWN, OFFICE]))
    assert said.waits


def test_one_share_says_nothing_of_the_next() -> None:
    gone_first = combine([told(source="itr", run=3), told(OWN, ALL, run=0)], run=RUN)
    assert gone_first == Said(identities=tuple(sorted([OWN, ALL])))
    assert combine([told(OWN, run=0), told(FEW, run=1)], run=RUN).waits is False, (
        "only what is below zero waits"
    )


def test_two_people_of_one_source_dispute_an_address_and_one_of_two_communities_does_not() -> None:
    assert combine([told(OWN, ALL), told(OTHER_OWN, FEW, run=3)], run=RUN).disputed == ("ix",)
    assert combine([told(OWN, ALL), told(OWN, FEW)], run=RUN).disputed == ()
    assert combine([told(OWN, ALL), told(ITR_OWN, source="itr")], run=RUN).disputed == ()
    assert combine([told(OWN, ALL), told()], run=RUN).disputed == (), "who is gone disputes nothing"


def test_people_to_whom_their_source_gives_no_identity_of_their_own_dispute_an_address_too() -> None:
    assert combine([told(ALL, key="kari"), told(FEW, key="per")], run=RUN).disputed == ("ix",)
    assert combine([told(ALL, key="kari"), told(FEW, key="kari")], run=RUN).disputed == ()
    assert combine([told(ALL, key="kari"), told(FEW, key="kari", source="itr")], run=RUN).disputed == ()


# -- what is taken first --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "said", "act"),
    [
        (kept(OWN, ALL), [told(OWN, ALL, FEW)], Act(Step.KEEP)),
        (kept(OWN, ALL, FEW), [told(OWN, ALL)], Act(Step.SHORTEN, (ALL, OWN))),
        (kept(OWN, ALL, FEW), [told(OWN, ALL, OFFICE)], Act(Step.SHORTEN, (ALL, OWN))),
        (kept(OWN, ALL), [told(OTHER_OWN)], Act(Step.SHORTEN, (OTHER_OWN,))),
        (kept(OWN, ALL), [told(OTHER_OWN, FEW)], Act(Step.SHORTEN, (OTHER_OWN,))),
        (kept(ALL), [told(FEW)], Act(Step.REMOVE)),
        (kept(OWN, ALL), [], Act(Step.REMOVE)),
        (kept(OWN, ALL), [told()], Act(Step.REMOVE)),
        (kept(), [], Act(Step.FORGET)),
        (kept(redo_after=9.0), [], Act(Step.KEEP)),
        (kept(), [told(OWN)], Act(Step.KEEP)),
        (kept(), [told(OWN, run=-1)], Act(Step.KEEP)),
        (kept(OWN, ALL), [told(OWN, ALL, run=-1)], Act(Step.KEEP)),
        (kept(OWN, ALL, FEW), [told(OWN, ALL, run=-1)], Act(Step.KEEP)),
        (kept(OWN, ALL, OFFICE), [told(OWN), told(OFFICE, source="itr", run=-1)], Act(Step.SHORTEN, (OWN,))),
        (kept(OWN, ALL), [told(OWN, ALL), told(OTHER_OWN)], Act(Step.KEEP)),
        (kept(OWN, FEW), [told(OWN, ALL), told(OTHER_OWN)], Act(Step.SHORTEN, (OWN,))),
        (kept(FEW), [told(OWN, ALL), told(OTHER_OWN)], Act(Step.REMOVE)),
        # what another one has of the same address gives back nothing of what she lost
        (kept(OWN, ALL, FEW), [told(OWN, ALL), told(OTHER_OWN, ALL, FEW)], Act(Step.SHORTEN, (ALL, OWN))),
        (kept(OWN, FEW), [told(OWN, run=-1), told(OTHER_OWN, FEW)], Act(Step.KEEP)),
        (kept(OWN, FEW), [told(OWN, FEW, run=-1), told(OTHER_OWN)], Act(Step.KEEP)),
        (kept(OWN, OTHER_OWN, FEW), [told(OWN), told(OTHER_OWN, FEW)], Act(Step.KEEP)),
        (
            kept(OWN, ALL, ITR_OWN, OFFICE),
            [told(OWN), told(OTHER_OWN, ALL), told(ITR_OWN, OFFICE, source="itr")],
            Act(Step.SHORTEN, (OFFICE, ITR_OWN, OWN)),
        ),
        (kept(OWN, ALL), [told(OWN), told(OTHER_OWN), told(ALL, source="itr")], Act(Step.KEEP)),
    ],
)
def test_what_she_has_too_much_is_taken_first(record: Record, said: list[Share], act: Act) -> None:
    assert plan_revoking(record, combine(said, run=RUN)) == act


@given(records, people)
def test_nothing_wider_than_what_was_read_and_had_is_ever_sent_first(
    record: Record, said: list[Share]
) -> None:
    told_now = combine(said, run=RUN).of_holder(record.may)
    act = plan_revoking(record, told_now)
    assert set(act.identities) <= set(told_now.identities)
    if act.step is Step.SHORTEN:
        assert act.identities
        rest = set(record.may) & set(told_now.identities)
        assert set(act.identities) == (rest or set(filter(is_user, told_now.identities)))
        assert not set(record.may) <= set(told_now.identities) | set(told_now.unsure)
    if act.step is Step.REMOVE:
        assert record.may
        assert told_now.identities or not told_now.waits
        assert not set(record.may) & set(told_now.identities)


@pytest.mark.parametrize(
    ("record", "said", "act"),
    [
        (kept(OWN, ALL), [told(OWN, ALL)], Act(Step.SHORTEN, (ALL, OWN))),
        (kept(OWN, ALL), [told(OWN, ALL, FEW)], Act(Step.SHORTEN, (ALL, OWN))),
        (kept(OWN), [told(OWN)], Act(Step.SHORTEN, (OWN,))),
        (kept(OWN), [told(OWN, ALL)], Act(Step.KEEP)),
        (kept(OWN, ALL), [told(OWN, ALL), told(OFFICE, source="itr")], Act(Step.KEEP)),
        (kept(OWN, ALL), [told(OWN, ALL, run=-1)], Act(Step.KEEP)),
        (kept(OWN, ALL), [told(OWN, ALL), told(OFFICE, source="itr", run=-1)], Act(Step.KEEP)),
        (kept(OWN, ALL), [told(OWN, ALL), told(OTHER_OWN, ALL)], Act(Step.KEEP)),
        (kept(), [told(OWN, ALL)], Act(Step.KEEP)),
        (kept(OWN, ALL), [], Act(Step.KEEP)),
    ],
)
def test_what_she_may_have_too_much_is_taken_where_the_ledger_was_put_back(
    record: Record, said: list[Share], act: Act
) -> None:
    told_now = combine(said, run=RUN)
    in_doubt = msgspec.structs.replace(record, sent=None)
    assert plan_in_doubt(in_doubt, told_now) == act
    assert plan_in_doubt(msgspec.structs.replace(record, sent=record.may), told_now) == Act(Step.KEEP)
    assert plan_in_doubt(msgspec.structs.replace(in_doubt, found=False), told_now) == Act(Step.KEEP)


@given(records, people)
def test_in_doubt_nobody_is_sent_what_she_had_not_and_has_not(record: Record, said: list[Share]) -> None:
    told_now = combine(said, run=RUN)
    act = plan_in_doubt(record, told_now)
    assert set(act.identities) <= set(record.may) & set(told_now.identities)
    if act.step is Step.SHORTEN:
        has, keeps = (
            {source_of(one) for one in groups_of(some)} for some in (told_now.identities, act.identities)
        )
        assert has == keeps, "nobody loses all of a source"


@given(records, people)
def test_after_what_was_taken_nothing_is_left_to_take(record: Record, said: list[Share]) -> None:
    told_now = combine(said, run=RUN)
    act = plan_revoking(record, told_now)
    if act.step is Step.SHORTEN:
        after = msgspec.structs.replace(record, may=act.identities, sent=act.identities)
        assert plan_revoking(after, told_now).step is Step.KEEP


@pytest.mark.parametrize(
    ("record", "said", "lost"),
    [
        (kept(OWN), [], {"ix"}),
        (kept(OWN, ALL), [told(OWN)], {"ix"}),
        (kept(OWN, ALL, FEW), [told(OWN, ALL)], set()),
        (kept(OWN, OTHER_OWN), [told(OWN)], set()),
        (kept(OWN, ALL), [told(OWN, ALL)], set()),
        (kept(), [], set()),
        (kept(OWN, ALL), [told(OWN, FEW)], set()),
        (kept(ALL), [told(OWN)], {"ix"}),
        (kept(ALL), [told(FEW)], set()),
        (kept(ALL), [told(FEW), told(ITR_OWN, OFFICE, source="itr", run=-1)], {"ix"}),
        (kept(OWN, ALL), [told(OWN), told(ITR_OWN, OFFICE, source="itr", run=3)], {"ix"}),
        (kept(OWN, ALL, ITR_OWN, OFFICE), [told(OWN), told(ITR_OWN, OFFICE, source="itr")], {"ix"}),
        (kept(OWN, ALL, FEW, OFFICE), [told(OWN, FEW), told(OFFICE, source="itr")], set()),
        (kept(OWN, ALL, ITR_OWN, OFFICE), [told(OWN), told(ITR_OWN, source="itr")], {"ix", "itr"}),
        (kept(OWN, ITR_OWN), [told(OWN)], set()),
        (kept(ALL, OFFICE), [], {"ix", "itr"}),
        (kept(OWN, ALL), [told(OWN, FEW), told(ITR_OWN, OFFICE, source="itr", run=-1)], {"ix"}),
        (kept(OWN, ALL), [told(OWN, FEW), told(OTHER_OWN, FEW)], {"ix"}),
        (record_of(may=(OWN, ALL), sent=(OWN,), redo_after=1.0), [told(OWN)], set()),
        (record_of(may=(OWN, ALL), sent=(OWN,), redo_after=1.0), [], {"ix"}),
    ],
)
def test_the_brake_counts_the_record_and_the_last_group_of_a_source(
    record: Record, said: list[Share], lost: set[str]
) -> None:
    told_now = combine(said, run=RUN)
    assert takes_all_of(record, told_now, plan_revoking(record, told_now)) == lost


@given(records, people)
def test_who_waits_keeps_what_is_doubted_and_loses_the_rest(record: Record, said: list[Share]) -> None:
    told_now = combine(said, run=RUN)
    doubted = takes_all_of(record, told_now, plan_revoking(record, told_now))
    act = spare(record, told_now, doubted)
    told_now = told_now.of_holder(record.may)
    stays = set(record.may if act.step is Step.KEEP else act.identities)
    assert stays <= set(record.may)
    for one in record.may:
        assert (one in stays) == (
            source_of(one) in doubted or one in {*told_now.identities, *told_now.unsure}
        )


def test_her_own_is_what_names_a_single_user() -> None:
    assert is_user(OWN)
    assert not is_user(ALL)
    assert groups_of([OWN, ALL, ITR_OWN, OFFICE]) == {ALL, OFFICE}


@pytest.mark.parametrize(
    ("going", "lately", "asked", "ratio", "doubt"),
    [
        (0, 9, 9, 0.1, False),
        (2, 0, 2, 0.1, False),
        (3, 0, 3, 0.1, True),
        (3, 0, 9, 0.1, False),
        (4, 0, 9, 0.1, True),
        (1, 2, 1, 0.1, True),
        (1, 2, 7, 0.1, False),
        (1, 2, 6, 0.1, True),
        (1, 1, 1, 0.1, False),
        (4, 0, 9, 0.5, False),
        (5, 0, 9, 0.5, True),
        (9, 0, 9, 1.0, False),
    ],
)
def test_many_at_once_are_in_doubt(going: int, lately: int, asked: int, ratio: float, doubt: bool) -> None:
    assert is_beyond_belief(going=going, lately=lately, asked=asked, ratio=ratio) == doubt


# -- what is given last ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "said", "step"),
    [
        (None, [told(OWN)], Step.PUSH),
        (None, [], Step.KEEP),
        (None, [told()], Step.KEEP),
        (kept(OWN), [told(OWN)], Step.KEEP),
        (kept(OWN), [told(OWN, ALL)], Step.PUSH),
        (kept(OWN, sent=False), [told(OWN)], Step.PUSH),
        (kept(OWN, found=False), [told(OWN)], Step.PUSH),
        (kept(OWN, redo_after=7.0), [told(OWN)], Step.PUSH),
        (kept(OWN, redo_after=7.1), [told(OWN)], Step.KEEP),
        (kept(OWN), [told(OWN, ALL, run=-1)], Step.WAIT),
        (kept(OWN), [told(OWN, ALL), told(OTHER_OWN)], Step.WAIT),
    ],
)
def test_what_she_lacks_is_given_last(record: Record | None, said: list[Share], step: Step) -> None:
    assert plan_granting(record, combine(said, run=RUN), whole=False, now=7.0).step is step


@given(st.none() | records, people, st.booleans())
def test_only_what_is_read_and_undisputed_is_ever_given(
    record: Record | None, said: list[Share], whole: bool
) -> None:
    told_now = combine(said, run=RUN)
    act = plan_granting(record, told_now, whole=whole, now=7.0)
    if act.step is Step.PUSH:
        assert act.identities == told_now.identities
        assert not told_now.disputed
        assert not told_now.waits
        assert act.identities
    elif whole:
        assert act.step is Step.WAIT or not (told_now.identities or told_now.unsure)


# -- whose turn it is -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "every_s", "max_age_s", "each"),
    [
        (70, 900, 7_200, 10),
        (71, 900, 7_200, 11),
        (9, 900, 900, 9),
        (9, 900, 600, 9),
        (9, 900, 901, 8_100),
        (0, 900, 7_200, 0),
    ],
)
def test_as_many_at_each_turn_as_it_takes(count: int, every_s: float, max_age_s: float, each: int) -> None:
    assert people_in_a_turn(count, every_s=every_s, max_age_s=max_age_s) == each


def test_who_would_get_too_old_comes_first_and_is_asked_for_whatever_the_number() -> None:
    assert choose_due(["a", "b", "c"], ["b", "d", "e"], most=2) == ["a", "b", "c"]
    assert choose_due(["a"], ["a", "d", "e"], most=2) == ["a", "d"]
    assert choose_due([], ["d", "e"], most=0) == []


@given(
    st.integers(0, 5_000),
    st.sampled_from([60.0, 300.0, 900.0, 3_600.0]),
    st.sampled_from([1_800.0, 7_200.0, 86_400.0]),
)
def test_all_have_their_turn_in_time(count: int, every_s: float, max_age_s: float) -> None:
    each = people_in_a_turn(count, every_s=every_s, max_age_s=max_age_s)
    assert each * max(1, max_age_s // every_s - 1) >= count
