"""
Names whose letters a spreadsheet could not write: it puts a question mark in place of each (Зарплата becomes ????????). PURE.

It does so where a file is saved as CSV, and not as CSV UTF-8. Beside the file of before such a name is no other one: nobody renames anything so.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from connector.sources.interject.model import fold

LOST = "?"
BEYOND = re.compile(r"[^\x00-\x7f]")
"""Letters that not every encoding has."""


class LostLetters:
    """Names that are known."""

    def __init__(self, known: Iterable[str]) -> None:
        """
        Args:
            known: folded.
        """
        self._known = {*known}
        self._like: dict[str, list[str]] = defaultdict(list)
        for name in sorted(self._known):
            if BEYOND.search(name):
                self._like[_outline(name)].append(name)

    def why(self, names: Iterable[str]) -> str:
        """Why a row of these names cannot be read, in words: letters of one of them are lost; empty: none are."""
        for told in names:
            if LOST in told and (was := self._of(fold(told))):
                return f"it says {told!r} for {was!r}, so letters were lost: save the file as CSV UTF-8, not as CSV"
        return ""

    def _of(self, told: str) -> str:
        like = () if told in self._known else self._like.get(_outline(told), ())
        return next((name for name in like if _is_left_of(told, name)), "")


def _outline(name: str) -> str:
    return BEYOND.sub(LOST, name)


def _is_left_of(told: str, name: str) -> bool:
    return all(letter in {LOST, was} for letter, was in zip(told, name, strict=True))
