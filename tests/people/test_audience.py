"""One normaliser on both sides: identities, and the arithmetic of audiences."""

from __future__ import annotations

from unicodedata import normalize

from hypothesis import given
from hypothesis import strategies as st

from connector.document.audience import (
    MAX_IDENTITY,
    NOBODY,
    Audience,
    group_identity,
    make_audience,
    user_identity,
)

IDS = st.text(min_size=1, max_size=150)
AUDIENCES = st.builds(
    lambda names, public: make_audience(names, public=public),
    st.lists(st.sampled_from("abcdef"), max_size=5),
    st.booleans(),
)


@given(IDS)
def test_identities_are_short_lower_case_and_stable(native: str) -> None:
    for identity in (user_identity("ix", native), group_identity("ix", "Example", native)):
        assert len(identity) <= MAX_IDENTITY
        assert identity == identity.lower()
        assert identity.startswith(("ix:user:", "ix:group:example/"))
    assert user_identity("ix", f" {native} ") == user_identity("ix", native)


@given(IDS)
def test_users_groups_and_sources_never_share_an_identity(native: str) -> None:
    made = {
        user_identity("ix", native),
        user_identity("itr", native),
        group_identity("ix", "one", native),
        group_identity("ix", "two", native),
        group_identity("itr", "one", native),
    }
    assert len(made) == 5


@given(IDS, IDS)
def test_ids_that_differ_in_more_than_case_stay_apart(one: str, other: str) -> None:
    folded = {normalize("NFC", native.strip()).lower() for native in (one, other)}
    assert len({user_identity("s", one), user_identity("s", other)}) == len(folded)


def test_long_ids_that_begin_alike_stay_apart() -> None:
    assert user_identity("s", "x" * 150 + "1") != user_identity("s", "x" * 150 + "2")


@given(AUDIENCES, AUDIENCES)
def test_what_is_common_is_within_both(one: Audience, other: Audience) -> None:
    common = one.common(other)
    assert common.within(one)
    assert common.within(other)
    assert one.common(other) == other.common(one)
    assert one.within(one)


@given(AUDIENCES, AUDIENCES)
def test_an_audience_within_another_is_what_they_have_in_common_unless_everybody_sees_the_other(
    one: Audience, other: Audience
) -> None:
    if one.within(other) and one.public == other.public and not one.public:
        assert one.common(other) == one


@given(AUDIENCES)
def test_nobody_is_within_everybody(one: Audience) -> None:
    assert NOBODY.within(one)


@given(st.lists(st.sampled_from("abc")))
def test_order_and_repeats_make_no_difference(names: list[str]) -> None:
    assert make_audience(names).digest() == make_audience(reversed([*names, *names])).digest()
