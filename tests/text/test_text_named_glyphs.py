"""Fonts of a PDF that draw each glyph themselves tell its letter by its name."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_text_pdf import LAYERS, OFF, line, pdf, text_of

NAMES = {" ": "space", ".": "period", "ø": "oslash", "å": "aring"}
SAID = "Støp av såle i morgen."
DRAWN = "600 0 0 0 500 700 d1 0 0 500 700 re f"


def font(names: list[str], first: int, more: str = "") -> str:
    """A font whose glyphs are numbered from one on, as they come; they are all drawn alike."""
    drawn = "".join(f"/{name} 9 0 R" for name in names)
    widths = "600 " * len(names)
    return (
        f"<</Type/Font/Subtype/Type3/FontBBox[0 0 600 700]/FontMatrix[0.001 0 0 0.001 0 0]/CharProcs<<{drawn}>>/FirstChar {first}"
        f"/LastChar {first + len(names) - 1}/Widths[{widths}]/Encoding<</Differences[{first} /{' /'.join(names)}]>>{more}>>"
    )


def page(names: dict[str, str], first: int = 1, more: str = "", beside: str = "") -> bytes:
    letters = list(dict.fromkeys(SAID))
    numbers = "".join(f"{first + letters.index(letter):02x}" for letter in SAID)
    content = f"BT /F3 12 Tf 72 700 Td <{numbers}> Tj ET {beside}"
    glyph = f"<</Length {len(DRAWN)}>>\nstream\n{DRAWN}\nendstream"
    layers = ["<</Type/OCG/Name(Lag1)>>", "<</Type/OCG/Name(Lag2)>>"]
    drawn = font([names.get(letter, letter) for letter in letters], first, more)
    made = pdf(content, *layers, drawn, glyph, catalog=OFF if beside else "")
    return made.replace(b"/F1 5 0 R", b"/F1 5 0 R/F3 8 0 R")


@pytest.mark.parametrize("first", [1, 33, 130])
def test_letters_are_told_by_the_names_of_glyphs(tmp_path: Path, first: int) -> None:
    assert text_of(tmp_path, page(NAMES, first)) == SAID


def test_they_are_told_beside_layers_that_are_off(tmp_path: Path) -> None:
    said = text_of(tmp_path, page(NAMES, beside=LAYERS)).split("\n")
    assert said == [SAID, "second layer", "no layer"]


def test_names_that_say_no_more_than_the_number_change_nothing(tmp_path: Path) -> None:
    """As TeX names its glyphs; elsewhere a72 is an ornament."""
    named = {letter: f"a{number}" for number, letter in enumerate(SAID, start=70)}
    assert text_of(tmp_path, page(named, 65)).startswith("ABCD")
    assert text_of(
        tmp_path, page({letter: f"g{number}" for number, letter in enumerate(SAID)}, 65)
    ).startswith("ABCD")


def test_a_font_without_its_measures_costs_itself_only(tmp_path: Path) -> None:
    broken = page(NAMES, beside=line("vanlig", 500)).replace(b"/Widths[600", b"/Widths[(x)")
    assert "vanlig" in text_of(tmp_path, broken)
