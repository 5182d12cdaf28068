"""Numbers with their nouns."""

from __future__ import annotations

import pytest

from connector.document.counting import Number, counted, size, spaced


@pytest.mark.parametrize(
    ("count", "noun", "plural", "told"),
    [
        (0, "document", "", "0 documents"),
        (1, "document", "", "1 document"),
        (2, "person", "people", "2 people"),
        (1, "room is", "rooms are", "1 room is"),
    ],
)
def test_a_number_has_its_noun(count: int, noun: str, plural: str, told: str) -> None:
    assert counted(count, noun, plural) == told


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0"), (999, "999"), (1_000, "1\u202f000"), (1e6, "1\u202f000\u202f000")]
)
def test_thousands_stand_apart(number: float, told: str) -> None:
    assert spaced(number) == told


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (0, "0 kB"),
        (1, "under 1 kB"),
        (1_000, "1.0 kB"),
        (41_400, "41 kB"),
        (1_100_000, "1.1 MB"),
        (3e9, "3.0 GB"),
    ],
)
def test_bytes_are_told_as_people_read_them(count: float, told: str) -> None:
    assert size(count) == told


@pytest.mark.parametrize(
    ("template", "one", "several"),
    [
        ("{n}", "1", "12"),
        ("{n:>3}", "  1", " 12"),
        ("{n:document}", "1 document", "12 documents"),
        ("{n:person is/people are} here", "1 person is here", "12 people are here"),
        ("send {n:~it/them} again", "send it again", "send them again"),
    ],
)
def test_a_sentence_counts_with_its_number(template: str, one: str, several: str) -> None:
    assert (template.format(n=Number(1)), template.format(n=Number(12))) == (one, several)
