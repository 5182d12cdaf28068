"""
Which pages of a PDF are pictures of words: scans, and text that a drawing program wrote as lines.

A page with many letters is none, whatever lies behind them: a scan that was searchable already has its words. What
covers a page is told by the boxes of its objects, which costs no drawing.

Source: PDFium's public headers (fpdf_edit.h).
"""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import c_float
from typing import Any, Final

from pypdfium2 import raw  # type: ignore[import-untyped]

_FEW_LETTERS: Final = 100
"""A stamp, a page number or the name of the scanner's program on top of a scan."""
_COVERED: Final = 0.4
"""Share of the page under pictures, where it has a few letters."""
_SHOWN: Final = 0.02
"""The same where it has no letter at all."""
_MANY_PATHS: Final = 150
"""Of a page without a letter: words that were drawn, or a drawing with some; a form's rules and frames are fewer."""
_MAX_OBJECTS: Final = 3_000
_MAX_DEPTH: Final = 3


def is_scan(page: Any, text: str) -> bool:
    """Whether OCR may find words on a page that its text does not have."""
    letters = sum(map(str.isalpha, text)) if len(text) < 20 * _FEW_LETTERS else _FEW_LETTERS
    if letters >= _FEW_LETTERS:
        return False
    width, height = page.get_size()
    pictures, paths = _count(page, max(1.0, width * height))
    if letters:
        return pictures >= _COVERED
    return pictures >= _SHOWN or paths >= _MANY_PATHS


def _count(page: Any, area: float) -> tuple[float, int]:
    """The share of the page under pictures (as if none lay upon another), and how many paths it has."""
    pictures, paths = 0.0, 0
    for item, scale in _objects(page.raw, raw.FPDFPage_CountObjects, raw.FPDFPage_GetObject, 0):
        kind = raw.FPDFPageObj_GetType(item)
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            pictures += _area(item) * scale / area
        elif kind in {raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_SHADING}:
            paths += 1
    return pictures, paths


def _objects(
    holder: Any, count: Any, get: Any, depth: int, scale: float = 1.0
) -> Iterator[tuple[Any, float]]:
    """The objects of a page, and those in its forms, with by how much their form makes them larger."""
    for number in range(min(_MAX_OBJECTS, count(holder))):
        item = get(holder, number)
        if raw.FPDFPageObj_GetType(item) != raw.FPDF_PAGEOBJ_FORM:
            yield item, scale
        elif depth < _MAX_DEPTH:
            matrix = raw.FS_MATRIX()
            raw.FPDFPageObj_GetMatrix(item, matrix)
            larger = abs(matrix.a * matrix.d - matrix.b * matrix.c)
            yield from _objects(
                item, raw.FPDFFormObj_CountObjects, raw.FPDFFormObj_GetObject, depth + 1, scale * larger
            )


def _area(item: Any) -> float:
    left, bottom, right, top = c_float(), c_float(), c_float(), c_float()
    if not raw.FPDFPageObj_GetBounds(item, left, bottom, right, top):
        return 0.0
    return max(0.0, right.value - left.value) * max(0.0, top.value - bottom.value)
