"""
Letters of fonts in PDF files that do not say which letter a glyph is: told by the order in which common fonts have their glyphs.

Fonts of Windows (Arial, Times New Roman, Courier New) begin with the glyphs of the Mac, without its blank at which no line breaks. A program
that embeds one without a table of letters leaves their numbers alone, and PDFium tells the number in place of the letter: `*HPHLQGH` for
Gemeinde. A page is read so only where what comes out looks like words: other fonts number their glyphs otherwise.

Source: OpenType, table `post`, version 1 (the glyphs of the Mac). That there are such files, and the blank that is not there: observed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pypdfium2 import raw  # type: ignore[import-untyped]

_BLANK: Final = 3
_LAST: Final = 182
"""A quotation mark. Fonts differ from there on: ł, ž and ě were observed at several numbers."""
_ROMAN: Final = [*map(chr, range(32, 127)), *bytes(range(128, 256)).decode("mac_roman")]
_NOT_IN_WINDOWS: Final = "\u00a0"
LETTERS: Final[Mapping[int, str]] = {
    number: letter
    for number, letter in enumerate((one for one in _ROMAN if one != _NOT_IN_WINDOWS), start=_BLANK)
    if number <= _LAST
}
"""By number of the glyph."""
_NUMBERS: Final = re.compile(r"[\x04-\x08\x0b\x0c\x0e-\x1f]")
"""Digits, full stops and commas, as numbers of their glyphs. Blanks are lost then: PDFium tells of none."""
_VOWELS: Final = frozenset("aeiouyæøåäöüéèêAEIOUYÆØÅÄÖÜÉÈÊ")
_FEWEST: Final = 10
"""Glyphs of a page, below which nothing can be told of it."""
_MOST_LOOKED_AT: Final = 100_000


def letters_of(text_page: Any, text: str) -> Mapping[int, str] | None:
    """
    Which letters the glyphs of a page are of whose letters its fonts do not tell; None where they tell them, or others number them.

    Args:
        text: of the page, as PDFium tells it.
    """
    if not _NUMBERS.search(text) and " " in text:
        return None
    untold = [
        raw.FPDFText_GetUnicode(text_page, number)
        for number in range(min(_MOST_LOOKED_AT, raw.FPDFText_CountChars(text_page)))
        if raw.FPDFText_HasUnicodeMapError(text_page, number) == 1
    ]
    return LETTERS if _are_words([LETTERS.get(one, "") for one in untold]) else None


def _are_words(told: list[str]) -> bool:
    """
    Whether letters are those of words: parted by blanks, most of them letters of the alphabet, a third of these vowels.

    Where a font has only the glyphs that are used, numbered as they came, the most frequent letters would be digits and signs here.
    """
    if len(told) < _FEWEST:
        return False
    blanks = told.count(" ")
    letters = [one for one in told if one.isalpha()]
    vowels = sum(one in _VOWELS for one in letters)
    return (
        len(told) / 25 <= blanks <= len(told) / 2
        and len(letters) >= 0.6 * (len(told) - blanks)
        and 0.2 <= vowels / len(letters) <= 0.6
    )


def char_at(text_page: Any, number: int, letters: Mapping[int, str] | None = None) -> str:
    """
    One letter of a page; `\\x02` where a hyphen parts a word at the end of a line.

    Args:
        letters: as `letters_of` tells them.
    """
    code = raw.FPDFText_GetUnicode(text_page, number)
    if letters is not None and raw.FPDFText_HasUnicodeMapError(text_page, number) == 1:
        return letters.get(code, "")
    return (
        "\x02" if raw.FPDFText_IsHyphen(text_page, number) == 1 else chr(code) if 0 < code < 0x110000 else ""
    )


def in_letters(text_page: Any, letters: Mapping[int, str]) -> str:
    """The text of a page with its glyphs as letters."""
    text = "".join(
        char_at(text_page, number, letters) for number in range(raw.FPDFText_CountChars(text_page))
    )
    return re.sub(r"(?<=\w)-(?=\r?\n)", "\x02", text)
