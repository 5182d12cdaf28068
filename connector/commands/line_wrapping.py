"""
Words of any length as the lines of a terminal. PURE.

Lines break between words, counted in columns (a Chinese letter takes two, an accent none). What somebody copies is never
broken: an id, a path or an address, and a command with its words, goes on a line of its own and may pass the width.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from rich.cells import cell_len

from connector.machine.verbs import TYPED, as_typed_here

NARROWEST = 40
"""Columns; below that every line would be one word."""
_COPIED, _IN_NUMBERS = frozenset("/@_=:\\"), frozenset("-.")
"""What an id, a path or an address has, and a word of a sentence has not; the others have it beside digits only."""
_GLUE = "\x00"
_JOINER = "\u200d"


def wrap(text: str, width: int, *, first: str = "", by: int = 0) -> Iterator[str]:
    """
    Break words into lines, commands as they are typed on this machine.

    Args:
        width: columns.
        first: what the first line begins with, as it is.
        by: columns that each further line is further in.
    """
    width = max(NARROWEST, width)
    line, empty = first, True
    for word in _words(text):
        room = width - cell_len(line) - (0 if empty else 1)
        if cell_len(word) > room and not empty:
            yield line
            line, empty, room = " " * by, True, width - by
        if cell_len(word) > room and line.strip() and not _may_break(word, room):
            yield line.rstrip()
            line, room = " " * by, width - by
        while cell_len(word) > room and _may_break(word, room):
            start = _fitting(word, room)
            yield line + start
            word, line, room = word[len(start) :], " " * by, width - by
        line, empty = line + ("" if empty else " ") + word, False
    yield line.rstrip()


def fit(text: str, width: int) -> str:
    """A text padded to so many columns; a longer one stays whole."""
    return text + " " * max(0, width - cell_len(text))


def _words(text: str) -> list[str]:
    glued = TYPED.sub(lambda found: as_typed_here(found[0]).replace(" ", _GLUE), text)
    return [word.replace(_GLUE, " ") for word in glued.split()]


def _may_break(word: str, room: int) -> bool:
    """Whether a word too long for a line is one that nobody copies."""
    wide = cell_len(word) > len(word)
    return room >= 2 and " " not in word and (wide or not _is_copied(word))


def _is_copied(word: str) -> bool:
    """Whether it is an id, a path, an address or a date, as far as its letters tell."""
    letters = frozenset(word)
    return bool(letters & _COPIED) or bool(letters & _IN_NUMBERS and any(map(str.isdecimal, letters)))


def _fitting(word: str, room: int) -> str:
    """As much of a word's beginning as fits; at least one letter with all that belongs to it."""
    start = ""
    for letter in _letters(word):
        if start and cell_len(start + letter) > room:
            break
        start += letter
    return start


def _letters(word: str) -> Iterator[str]:
    """Letters, each with its accents, its joined parts and its look."""
    letter = ""
    for sign in word:
        joined = letter.endswith(_JOINER) or sign == _JOINER
        if letter and not joined and not _belongs(sign):
            yield letter
            letter = ""
        letter += sign
    if letter:
        yield letter


def _belongs(sign: str) -> bool:
    return unicodedata.category(sign) in {"Mn", "Me", "Mc"} or 0x1F3FB <= ord(sign) <= 0x1F3FF
