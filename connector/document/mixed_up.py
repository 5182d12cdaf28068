"""
Whether a table that people keep by hand was mixed up: somebody sorted one column alone, or moved its cells. PURE.

Each of its rows looks sound then, and gives to one what is another one's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

FEWEST = 3
"""Keys that have what others had: fewer are a correction of a row or two."""


def mixed_up(before: Mapping[str, Collection[str]], now: Mapping[str, Collection[str]]) -> list[str]:
    """
    Keys that have what others of them had; none where there are fewer than three.

    Each got something and lost something, and together they got what they lost.

    Args:
        before: what the table gave to each key.
        now: what it gives.
    """
    got: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    keys = []
    for key in sorted(before.keys() & now.keys()):
        new, gone = {*now[key]} - {*before[key]}, {*before[key]} - {*now[key]}
        got.update(new)
        lost.update(gone)
        if new and gone:
            keys.append(key)
    # whoever has the same in two rows now got it once
    return keys if len(keys) >= FEWEST and 4 * (got & lost).total() >= 3 * got.total() else []
