"""How sentences of ours fit where there is little room."""

from __future__ import annotations

import pytest

from connector.pages.rendering import shortened

UNKNOWN = (
    "The readers of nordbru.example/ny-uten-lesere are unknown: the list is empty or cut off. What is in search keeps its readers; what is "
    "new stays out. Run: connector check"
)
ONE = "186 documents are on hold, see connector sync --approve 01M8N258NWVCZ9EFCY0GPKSWHP and then some more"


@pytest.mark.parametrize(
    ("words", "most", "short"),
    [
        (UNKNOWN, len(UNKNOWN), UNKNOWN),
        (UNKNOWN, 160, UNKNOWN.replace("Run: connector check", "...")),
        (
            UNKNOWN,
            120,
            "The readers of nordbru.example/ny-uten-lesere are unknown: the list is empty or cut off. ...",
        ),
        (UNKNOWN, 30, "The readers of ..."),
        (ONE, 60, "186 documents are on hold, see ..."),
        ("connector sync --approve 01M8N258NWVCZ9EFCY0GPKSWHP", 30, "..."),
        ("x" * 300, 160, f"{'x' * 160} ..."),
        ("", 160, ""),
    ],
)
def test_what_does_not_fit_ends_with_a_sentence_and_parts_no_command(
    words: str, most: int, short: str
) -> None:
    assert shortened(words, most) == short
