"""
What stands in a text in letters and is none: pictures and files in base64. PURE.

A page, a comment or an invoice may carry a picture of megabytes in its midst. Taken for words it fills what a text may
have, and what stands behind it is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

_LEAST: Final = 1_000
"""Characters in a row that can be no word of anybody."""
_LEAST_LINE: Final = 60
"""Of them in its first line."""
_SAMPLE: Final = 400
_HELD: Final = 8_192
"""Characters at the end of a piece that are looked at again, at the least, where a row goes on."""
_OF_ROWS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-=\r\n"
_LETTER: Final = r"[A-Za-z0-9+/_-]"
_BREAK: Final = r"(?:\\r)?(?:\\n)?\r?\n?[ \t]*+"
"""Between two lines of a row; JSON writes it in letters."""
_ROW: Final = re.compile(
    rf"(?<!{_LETTER}){_LETTER}{{{_LEAST_LINE},}}+(?:{_BREAK}{_LETTER}{{{_LEAST_LINE},}}+)*+"
    rf"(?:{_BREAK}(?:{_LETTER}*+={{1,2}}|{_LETTER}{{20,}}+(?=[\r\n<\"\\]|\Z)))?+"
)
_LINE: Final = re.compile(rf"{_LETTER}{{{_LEAST_LINE},}}+")
_ADDRESS: Final = re.compile(
    r"data:(?:[^,\"'<>()\s;d]|d(?!ata:)|;(?!base64,)){0,200}+;base64,(?:[A-Za-z0-9+/=%_-]++|[\r\n]++(?=[A-Za-z0-9+/=%_-]{40}))*+",
    re.IGNORECASE,
)


def without_addresses(text: str) -> str:
    """Leave out of rich text the pictures that stand in it whole, as pasted ones do: `data:image/png;base64,...`."""
    return _ADDRESS.sub("", text) if ";base64," in text else text


def without_encoded(text: str) -> str:
    """Leave every long row of base64 out of a text, in one line or in lines of one length."""
    if not _may_hold_row(text):  # as nearly all that is written: a twentieth of the price of the pattern
        return text
    return _ROW.sub(lambda row: "" if _is_encoded(row[0]) else row[0], text)


def pieces_without_encoded(pieces: Iterable[str]) -> Iterator[str]:
    """The same of a text that comes in pieces, of which a row may span any number."""
    left = ""
    for piece in pieces:
        text = left + piece
        cut = len(text.rstrip(_OF_ROWS))
        if len(text) - cut > 2 * _HELD:
            cut = len(text) - _HELD
            cut = text.rfind("\n", cut - _LEAST, cut) + 1 or cut  # a line stays whole
        left = text[cut:]
        yield without_encoded(text[:cut])
    yield without_encoded(left)


def _may_hold_row(text: str) -> bool:
    """Whether there are as many characters without a blank as a row begins with."""
    place = 0
    while place + _LEAST_LINE <= len(text):
        blank = text.rfind(" ", place, place + _LEAST_LINE)
        if blank < 0:
            return True
        place = blank + 1
    return False


def _is_encoded(row: str) -> bool:
    sample = row[:_SAMPLE]
    kinds = (str.islower, str.isupper, str.isdecimal)  # others' rows, as of hashes, have letters of one case
    if len(row) < _LEAST or not all(any(map(kind, sample)) for kind in kinds):
        return False
    lines = [len(line) for line in _LINE.findall(row)]
    return len({*lines[1:-1]}) < 2  # paths of folders may stand in such a row, too
