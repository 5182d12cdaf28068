"""Ids, paths and hashes of documents."""

from __future__ import annotations

import re
import uuid

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from connector.document.ids import MAX_ID, PLAIN_KEY, UUID, child_path, digest, document_id, path_ids

PREFIXES = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?", fullmatch=True)


@given(PREFIXES, st.text(min_size=1, max_size=200))
def test_an_id_is_short_lower_case_and_always_the_same(prefix: str, key: str) -> None:
    made = document_id(prefix, key)
    assert re.fullmatch(r"[a-z0-9-]+", made)
    assert made.startswith(f"{prefix}-")
    assert len(made) <= MAX_ID == 45
    assert made == document_id(prefix, key)


@given(
    PREFIXES, st.one_of(st.text(), st.from_regex(r"h?[a-f0-9-]{0,46}", fullmatch=True), st.uuids().map(str))
)
def test_a_key_stands_in_an_id_as_it_is_where_nothing_forbids_it(prefix: str, key: str) -> None:
    plain = key.lower() if UUID.fullmatch(key) else key
    fits = bool(PLAIN_KEY.fullmatch(plain)) and len(f"{prefix}-{plain}") <= MAX_ID
    try:
        assert (document_id(prefix, key) == f"{prefix}-{plain}") == fits
    except UnicodeEncodeError:  # half a character
        assert not fits


@given(st.from_regex(r"[A-Za-z0-9_./ -]{1,60}", fullmatch=True), st.data())
def test_keys_that_differ_only_by_case_get_two_ids(key: str, data: st.DataObject) -> None:
    other = "".join(letter.swapcase() if data.draw(st.booleans(), label=letter) else letter for letter in key)
    assume(other != key)
    assert document_id("ix", key).lower() != document_id("ix", other).lower()


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_two_keys_get_two_ids(one: str, other: str) -> None:
    assume(one != other)
    assert document_id("ix", one) != document_id("ix", other)


@given(st.uuids())
def test_a_uuid_is_the_same_document_in_any_case(key: uuid.UUID) -> None:
    made = document_id("ix", str(key).upper())
    assert made == f"ix-{key}"
    assert len(made) == 39


def test_a_plain_key_stays_readable_and_an_odd_one_is_hashed() -> None:
    assert document_id("ix", "f-17") == "ix-f-17"
    assert document_id("ix", "Ærlig/17").startswith("ix-h")
    assert document_id("ix", "x" * 42) == "ix-" + "x" * 42
    assert document_id("ix", "x" * 43).startswith("ix-h")


def test_a_plain_key_that_looks_like_a_hash_is_not_taken_for_one() -> None:
    hashed = document_id("ix", "Ærlig/17")
    assert document_id("ix", hashed.removeprefix("ix-")) != hashed


def test_a_path_is_the_ids_from_the_room_down_each_followed_by_a_slash() -> None:
    path = child_path(child_path("/", "ix-r"), "ix-d")
    assert path == "/ix-r/ix-d/"
    assert path_ids(path) == ["ix-r", "ix-d"]
    assert child_path("", "ix-r") == "/ix-r/"


@given(st.lists(st.binary(max_size=5), max_size=4), st.lists(st.binary(max_size=5), max_size=4))
def test_a_digest_tells_where_its_parts_end(one: list[bytes], other: list[bytes]) -> None:
    assert (digest(one) == digest(other)) == (one == other)


@pytest.mark.parametrize("key", ["", "a b", "a_b", "a.b", "å", "A"])
def test_only_plain_letters_stand_in_ids(key: str) -> None:
    assert re.fullmatch(r"ix-h[0-9a-f]{28}", document_id("ix", key))
