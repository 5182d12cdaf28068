"""PDF files whose fonts do not say which letters their glyphs are: read where these are numbered as in common fonts, and left alone else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

import pytest

from connector.text import pdf as reader
from connector.text.glyph_order import LETTERS
from tests.text.test_text_pdf import pdf, text_of

NUMBERS = {letter: number for number, letter in LETTERS.items()}
MINUTES = (
    "Referat fra byggemøte nummer 17 på Nordby sykehus.",
    "Entreprenøren opplyser at armering er forsinket, fordi",
    "leveransen kom for sent: 3 uker. Größe Ål år",
)
FONT = (
    "<< /Type /Font /Subtype /Type0 /BaseFont /ABCDEF+Arial /Encoding /Identity-H /DescendantFonts [7 0 R] >>"
)
GLYPHS = (
    "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /ABCDEF+Arial /DW 500 /CIDToGIDMap /Identity /FontDescriptor 8 0 R"
    " /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>"
)
DESCRIPTOR = (
    "<< /Type /FontDescriptor /FontName /ABCDEF+Arial /Flags 4 /FontBBox [-665 -325 2000 1006] /ItalicAngle 0"
    " /Ascent 905 /Descent -212 /CapHeight 716 /StemV 80 >>"
)


def in_glyphs(lines: Sequence[str], number_of: Callable[[str], int], *, x: int = 50, y: int = 700) -> str:
    """Lines of a page, each letter by the number of its glyph."""
    shown = (f"<{''.join(f'{number_of(one):04X}' for one in line)}> Tj T*" for line in lines)
    return f"BT /G 12 Tf {x} {y} Td 14 TL {' '.join(shown)} ET"


def page_of(content: str) -> bytes:
    return pdf(content, FONT, GLYPHS, DESCRIPTOR, page="/Resources<</Font<</G 6 0 R>>>>")


def by_use() -> Callable[[str], int]:
    """As a program numbers them that leaves out of a font what is not used: 1, 2, 3 as they come."""
    numbers, taken = count(1), dict[str, int]()
    return lambda letter: taken[letter] if letter in taken else taken.setdefault(letter, next(numbers))


@pytest.mark.parametrize(
    "lines",
    [
        MINUTES,
        ("PLAN UNDERETASJE 1:50", "ARKITEKT: FJORD AS", "TEGNING A-40-2-017 DATO 15.03.2024"),
        ("Sprängning – vid “mynningen” sker 7.30",),
    ],
)
def test_they_are_read_by_the_order_of_the_glyphs(tmp_path: Path, lines: tuple[str, ...]) -> None:
    assert (
        text_of(tmp_path, page_of(in_glyphs(lines, NUMBERS.__getitem__))).split() == " ".join(lines).split()
    )


def test_a_word_that_is_parted_at_the_end_of_a_line_is_one(tmp_path: Path) -> None:
    lines = ("Vorschläge für Ehrungen der Bestleis-", "tungen bis zum 24. Februar")
    told = text_of(tmp_path, page_of(in_glyphs(lines, NUMBERS.__getitem__)))
    assert "Bestleistungen bis" in told


def test_what_lies_beside_the_page_stays_out_of_it(tmp_path: Path) -> None:
    content = in_glyphs(MINUTES, NUMBERS.__getitem__) + in_glyphs(
        ("beside 5.",), NUMBERS.__getitem__, x=5_000
    )
    assert text_of(tmp_path, page_of(content)).split() == " ".join(MINUTES).split()


def test_glyphs_that_are_numbered_otherwise_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = page_of(in_glyphs(MINUTES * 3, by_use()))
    told = text_of(tmp_path, content)
    monkeypatch.setattr(reader, "letters_of", lambda *_: None)
    assert told == text_of(tmp_path, content)
