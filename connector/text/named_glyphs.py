"""
Letters of fonts in PDF files that draw each glyph themselves (Type 3) and tell by its name alone which letter it is.

PDFium takes the number of such a glyph for its letter, though it knows the names of glyphs in other fonts: a page of Acrobat
Distiller's, whose fonts number their glyphs as they come, was found by signs or not at all. So the page is copied with these fonts
called common ones.

Source: ISO 32000-1, 9.6.5 (Type 3 fonts), 9.6.6 (names of glyphs). What PDFium does: observed.
"""

from __future__ import annotations

import ctypes
import io
import re
from typing import Any, Final

import pypdfium2  # type: ignore[import-untyped]
from pypdfium2 import raw

_MAX_CHARS: Final = 100_000
_MOST_LOOKED_AT: Final = 1_000
_MAX_COPIED_BYTES: Final = 50_000_000
_MAX_DEPTH: Final = 20
_MAX_FONTS: Final = 1_000
_MAX_DRAWINGS: Final = 5_000
_MAX_IN_VAIN: Final = 3
_CONTROLS: Final = re.compile(r"[\x01\x03-\x08\x0b\x0c\x0e-\x1f\x80-\x9f]")
_NUMBERED: Final = re.compile(r"/a\d+")
"""A name that says no more than the number, as TeX gives it; in a common font it is that of an ornament."""
_OF_DRAWN_GLYPHS: Final = ("/CharProcs", "/FontMatrix", "/FontBBox", "/FontDescriptor", "/Resources")


class NamedGlyphs:
    """Copies pages of one document so that they tell the letters of such fonts, until some pages were copied in vain."""

    def __init__(self) -> None:
        self._in_vain = 0
        """Pages one after the other that gave the same letters."""
        self._due = False
        """The page that was looked at last has glyphs of which PDFium knows no letter."""

    def look(self, text_page: Any, text: str) -> None:
        """Take the letters of a page as PDFium tells them: most look like words, and nobody looks at their fonts."""
        self._due = self._in_vain < _MAX_IN_VAIN and _looks_odd(text) and _has_untold_glyphs(text_page)

    def copy_page(self, document: Any, number: int) -> bytes | None:
        """
        Make a document of the page that was looked at last; None where PDFium knows all its letters, or its fonts name no glyphs.

        Args:
            number: of the page, from 0.
        """
        content = _copied(document, number) if self._due else None
        self._in_vain += self._due and content is None
        return content

    def count(self, *, in_vain: bool) -> None:
        """Take whether a copy gave the same letters."""
        self._in_vain = self._in_vain + 1 if in_vain else 0


def _looks_odd(text: str) -> bool:
    """Whether a text has controls in it, as numbers of glyphs are, or fewer letters than signs and digits."""
    if _CONTROLS.search(text):
        return True
    part = text[:_MOST_LOOKED_AT]
    return 2 * sum(map(str.isalpha, part)) < len(part) - part.count(" ")


def _has_untold_glyphs(text_page: Any) -> bool:
    """Whether a page has a glyph of which PDFium knows no letter, in a font that draws its glyphs: one without a file."""
    known: set[int] = set()
    size = ctypes.c_size_t()
    for number in range(min(_MAX_CHARS, raw.FPDFText_CountChars(text_page))):
        if raw.FPDFText_HasUnicodeMapError(text_page, number) != 1:
            continue
        font = raw.FPDFTextObj_GetFont(raw.FPDFText_GetTextObject(text_page, number))
        address = ctypes.cast(font, ctypes.c_void_p).value or 0
        if address and address not in known:
            known.add(address)
            if raw.FPDFFont_GetFontData(font, None, 0, size) and not size.value:
                return True
    return False


def _copied(document: Any, number: int) -> bytes | None:
    import pypdf

    from connector.text.layers import ODD

    copied, told = io.BytesIO(), io.BytesIO()
    try:
        with pypdfium2.PdfDocument.new() as alone:
            alone.import_pages(document, [number])
            alone.save(copied)
        if copied.tell() > _MAX_COPIED_BYTES:
            return None
        page = pypdf.PdfReader(copied).pages[0]
        if not _call_common(page.get("/Resources"), set(), _MAX_DEPTH):
            return None
        writer = pypdf.PdfWriter()
        writer.add_page(page)
        writer.write(told)
    except (*ODD, pypdfium2.PdfiumError):
        return None
    return told.getvalue()


def _call_common(resources: Any, seen: set[int], depth: int) -> bool:
    """Call the fonts common ones that draw their glyphs and name them; tell whether there is any."""
    from connector.text.layers import listed, table

    found = False
    resources = table(resources)
    if depth <= 0 or id(resources) in seen or len(seen) > _MAX_DRAWINGS:
        return False
    seen.add(id(resources))
    for one in [*table(resources.get("/Font")).values()][:_MAX_FONTS]:
        font = table(one)
        names = listed(table(font.get("/Encoding")).get("/Differences"))
        if any(_NUMBERED.fullmatch(str(name)) for name in names):
            continue
        if font.get("/Subtype") == "/Type3" and "/ToUnicode" not in font:
            _rename(font)
            found = True
    for one in [*table(resources.get("/XObject")).values()][:_MAX_DRAWINGS]:
        found = _call_common(table(one).get("/Resources"), seen, depth - 1) or found
    return found


def _rename(font: Any) -> None:
    from pypdf.generic import ArrayObject, NameObject, NumberObject

    from connector.text.layers import listed

    # widths are told in measures of the glyphs, and in thousandths of a common font
    scale = 1_000 * float(([*listed(font.get("/FontMatrix"))] or [0.001])[0])
    widths = (round(scale * float(one)) for one in listed(font.get("/Widths")))
    font[NameObject("/Widths")] = ArrayObject(NumberObject(one) for one in widths)
    font[NameObject("/Subtype")] = NameObject("/Type1")
    font[NameObject("/BaseFont")] = NameObject("/Helvetica")
    for key in _OF_DRAWN_GLYPHS:
        font.pop(NameObject(key), None)
