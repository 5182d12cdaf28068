"""Identities have one form, and audiences are compared as sets."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from connector.document.audience import (
    MAX_IDENTITY,
    NOBODY,
    Audience,
    group_identity,
    is_group,
    is_user,
    make_audience,
    user_identity,
)

SOURCES = st.from_regex(r"[a-z][a-z0-9_-]{0,30}", fullmatch=True)
IDS = st.text(min_size=1, max_size=300)
AUDIENCES = st.builds(
    lambda who, public: make_audience(who, public=public), st.sets(st.sampled_from("abcdef")), st.booleans()
)


@given(SOURCES, IDS)
def test_an_identity_has_one_form_and_at_most_a_hundred_characters(source: str, key: str) -> None:
    made = user_identity(source, key)
    assert len(made) <= MAX_IDENTITY == 100
    assert made == made.lower()
    assert unicodedata.is_normalized("NFC", made)
    assert made.startswith(f"{source}:user:")
    assert made == user_identity(source, f"  {key} ")


@given(SOURCES, st.from_regex(r"[\w.@~ -]{1,150}", fullmatch=True))
def test_bringing_an_identity_into_its_form_twice_changes_nothing(source: str, key: str) -> None:
    made = user_identity(source, key)
    if len(f"{source}:user:{key}") <= MAX_IDENTITY:
        assert user_identity(source, made.removeprefix(f"{source}:user:")) == made


@given(st.text("abcdefgh@.", min_size=1, max_size=150), st.text("abcdefgh@.", min_size=1, max_size=150))
def test_two_people_never_share_an_identity_however_long_their_ids(one: str, other: str) -> None:
    assume(one != other)
    assert user_identity("ix", one) != user_identity("ix", other)


@given(SOURCES, SOURCES, IDS, IDS)
def test_identities_of_two_sources_never_meet(one: str, other: str, key: str, scope: str) -> None:
    assume(one != other)
    mine = {user_identity(one, key), group_identity(one, scope, key)}
    theirs = {user_identity(other, key), group_identity(other, scope, key)}
    assert not mine & theirs


@given(SOURCES, IDS, IDS)
def test_a_user_is_never_a_group(source: str, key: str, scope: str) -> None:
    assert user_identity(source, key) != group_identity(source, scope, key)


@pytest.mark.parametrize("length", [99, 100, 101, 102, 130, 300])
def test_only_an_identity_that_is_too_long_is_cut_and_ends_in_a_hash(length: int) -> None:
    key = "k" * (length - len("ix:user:"))
    made = user_identity("ix", key)
    assert made == f"ix:user:{key}" if length <= MAX_IDENTITY else f"ix:user:{key}".startswith(made[:67])
    assert len(made) == min(length, MAX_IDENTITY)
    assert ("~" in made) == (length > MAX_IDENTITY)


@given(st.text("ab", min_size=95, max_size=150), st.text("ab", min_size=1, max_size=3))
def test_two_long_ids_that_differ_only_at_their_end_are_two_identities(key: str, end: str) -> None:
    assert user_identity("ix", key) != user_identity("ix", key + end)
    assert len(user_identity("ix", key + end)) == MAX_IDENTITY


def test_long_identities_are_the_same_in_every_release() -> None:
    """People keep the identity that their documents were pushed with; another hash would shut them out."""
    assert user_identity("ix", "k" * 120) == "ix:user:" + "k" * 59 + "~99e00ce677dc6952747928946dcc9bb3"


def test_identities_read_as_the_manual_says() -> None:
    assert user_identity("interaxo", " Kari@Example.com ") == "interaxo:user:kari@example.com"
    assert group_identity("interaxo", "Example.com", "G1") == "interaxo:group:example.com/g1"


PARTS = st.text("ab/~%2f", min_size=1, max_size=6)


@given(PARTS, PARTS, PARTS, PARTS)
def test_two_groups_never_share_an_identity_whatever_slashes_their_ids_hold(
    scope: str, group: str, other_scope: str, other: str
) -> None:
    assume((scope, group) != (other_scope, other))
    assert group_identity("ix", scope, group) != group_identity("ix", other_scope, other)


@given(st.text("abc.@%~- ", min_size=1, max_size=20), st.text("abc.@%~-/ ", min_size=1, max_size=20))
def test_groups_of_ordinary_scopes_keep_their_identity(scope: str, group: str) -> None:
    assert group_identity("ix", scope, group) == f"ix:group:{scope.strip()}/{group.strip()}"


def test_decomposed_letters_are_the_same_letters() -> None:
    assert user_identity("ix", "a\u030asa") == user_identity("ix", "åsa")


def test_an_audience_is_a_set() -> None:
    assert make_audience(["b", "a", "b"]) == make_audience(["a", "b"]) == Audience(("a", "b"))
    assert make_audience(["a"]).digest() != make_audience(["a"], public=True).digest()
    assert make_audience(["a", "b"]).digest() != make_audience(["ab"]).digest()


@given(AUDIENCES, AUDIENCES)
def test_what_two_audiences_share_is_within_both(one: Audience, other: Audience) -> None:
    shared = one.common(other)
    assert shared.within(one)
    assert shared.within(other)
    assert shared == other.common(one)


@given(AUDIENCES, AUDIENCES)
def test_an_audience_within_another_shares_all_of_itself(one: Audience, other: Audience) -> None:
    if one.within(other) and not (one.public and other.public):
        assert one.common(other) == one


def test_what_two_public_audiences_share_is_public_to_everybody_of_both() -> None:
    both = make_audience(["a"], public=True).common(make_audience(["b"], public=True))
    assert both == Audience(("a", "b"), public=True)


@given(AUDIENCES)
def test_nobody_is_within_every_audience_and_public_in_no_closed_one(one: Audience) -> None:
    assert NOBODY.within(one)
    assert make_audience([], public=True).within(one) == one.public


def test_a_group_is_a_group_whatever_its_own_id_says() -> None:
    """A role may be called anything; who counts groups to know whether a person loses all of them must count it."""
    group, user = group_identity("ij", "library", "Role :user: x"), user_identity("ij", "a:group:b")
    assert (is_group(group), is_user(group)) == (True, False)
    assert (is_group(user), is_user(user)) == (False, True)
    assert not is_user("kari@example.com")
    assert not is_group("kari@example.com")
