"""
Running text of Word and PowerPoint packages, streamed out of their zip: body, headers, notes, comments, text boxes,
charts, diagrams, and what was inserted whole.

Our own reader, because the library that reads old formats loses headers, joins words across breaks and puts notes
first (observed 2026-11). Deleted, moved and hidden text stays out.

Source: ECMA-376 part 1, sections 17 (WordprocessingML), 19 (PresentationML), 21 (DrawingML).
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import partial
from typing import Final

from connector.document.clean import TextGatherer
from connector.text.charts import ChartText
from connector.text.embedded import Inside, Readable
from connector.text.markup import Handler, read_flat
from connector.text.package import Package, main_or, open_office
from connector.text.reasons import NoTextError, Reason
from connector.text.wordml import BodyText, FlatText, HiddenStyles, NotesText, SlideText, WordText

_COMMENTS: Final = "comments"
_WORD_PARTS: Final = ("header", "footer", "footnotes", "endnotes", _COMMENTS)
_PAGE_EDGES: Final = ("header", "footer")
_INSERTED: Final = ("aFChunk", "subDocument", "package", "oleObject")
_DIAGRAMS: Final = ("diagramData",)
_CHARTS: Final = ("chart", "chartEx")
_MAX_SLIDES: Final = 10_000
_HIDES: Final = b"anish"
"""Of `vanish` and `specVanish`: most documents have no style that hides, and theirs need not be parsed."""
_MAX_STYLE_BYTES: Final = 10_000_000
_EVEN_PAGES: Final = re.compile(rb"evenAndOddHeaders(?![^<>]*val\s*=\s*[\"'](?:0|false|off))")
"""Of the settings of a document: headers of pages of even number are shown."""


def read_word(file: Readable, gatherer: TextGatherer, inside: Inside) -> None:
    """
    Gather a DOCX.

    Raises:
        NoTextError: as open_package; BROKEN without a main part.
    """
    with open_office(file) as package:
        main = main_or(package, "word/document.xml", "word/document2.xml")
        hidden = _hidden_styles(package, main)
        body = BodyText(gatherer, hidden)
        read_part(package, main, gatherer, body)
        headers = body.shown_headers(even_pages=_has_even_pages(package, main))
        related = [one for one in package.related(main) if one.kind in _WORD_PARTS]
        shown = {one.target for one in related if one.kind not in _PAGE_EDGES or one.id in headers}
        beside = [part for part in package.targets(main, *_WORD_PARTS) if part in shown]
        comments = {one.target for one in related if one.kind == _COMMENTS}
        unseen, referred = {main: body.unseen}, body.shown_notes | body.shown_comments
        for part in sorted(beside, key=comments.__contains__):  # notes may be commented on, too
            text = NotesText(gatherer, hidden, referred)
            read_part(package, part, gatherer, text)
            unseen[part], referred = text.unseen, referred | text.shown_comments
        for part, without in unseen.items():
            read_drawn(package, part, gatherer, without)
        for part, without in unseen.items():
            read_inserted(package, part, inside, without)


def read_flat_word(file: Readable, gatherer: TextGatherer) -> None:
    """
    Gather a document that is one piece of XML: as Word 2003 saved it, or a package in flat form.

    Raises:
        NoTextError: as read_xml.
    """
    styles = HiddenStyles()  # a flat package tells its styles after its text
    with suppress(NoTextError):
        read_flat(file, styles)
    complete = read_flat(file, FlatText(gatherer, styles.names()))
    gatherer.cut = gatherer.cut or not complete


def read_slides(file: Readable, gatherer: TextGatherer, inside: Inside) -> None:
    """
    Gather a PPTX: slides that are shown, in their order, each with its diagrams, charts, notes and comments, then what is embedded.

    Raises:
        NoTextError: as open_package; EMPTY without a slide, BROKEN without a main part.
    """
    with open_office(file) as package:
        main = main_or(package, "ppt/presentation.xml")
        slides = package.listed(main, "sldId", "slide")[:_MAX_SLIDES] or sorted(
            (name for name in package.names if name.startswith("ppt/slides/slide")), key=part_number
        )
        if not slides:
            raise NoTextError(Reason.EMPTY)
        slides.sort(key=lambda name: part_number(name.rpartition("/")[2]))
        shown: dict[str, frozenset[str]] = {}
        for slide in slides:
            if gatherer.full:
                return
            text = SlideText(gatherer)
            read_part(package, slide, gatherer, text)
            if not text.shown:
                continue
            shown[slide] = text.unseen
            read_drawn(package, slide, gatherer, text.unseen)
            for part in package.targets(slide, "notesSlide", "comments"):
                read_part(package, part, gatherer, WordText(gatherer))
        for slide, without in shown.items():
            read_inserted(package, slide, inside, without)


def read_drawn(package: Package, part: str, gatherer: TextGatherer, without: frozenset[str]) -> None:
    """
    Gather the diagrams and charts that a part shows; a damaged one costs itself only.

    Args:
        without: relationships that lead to what it does not show.
    """
    for name in package.targets(part, *_DIAGRAMS, without=without):
        read_or_pass(package, name, gatherer, WordText(gatherer))
    for name in package.targets(part, *_CHARTS, without=without):
        read_or_pass(package, name, gatherer, ChartText(gatherer))


def read_inserted(package: Package, part: str, inside: Inside, without: frozenset[str] = frozenset()) -> None:
    """Gather what was inserted whole into a part: other documents, tables, files that were dropped there; otherwise as read_drawn."""
    if inside.full:
        return
    for name in package.targets(part, *_INSERTED, without=without):
        file = name.rpartition("/")[2]
        called = "" if file.endswith(".bin") else file  # an object of any program: its content tells
        inside.add(called, "", partial(part_content, package, name), silent=True)


def part_number(name: str) -> int:
    """The number in a part's name: slide10 comes after slide9."""
    digits = "".join(char for char in name if char.isdecimal())
    return int(digits[:9] or 0)


def read_part(package: Package, name: str, gatherer: TextGatherer, handler: Handler) -> None:
    """Gather one part; raises NoTextError where it is damaged."""
    if gatherer.full:
        return
    complete = package.read_xml(name, handler)
    gatherer.cut = gatherer.cut or not complete
    gatherer.add("\n")


def _has_even_pages(package: Package, main: str) -> bool:
    return any(
        _EVEN_PAGES.search(package.read(name, _MAX_STYLE_BYTES)) for name in package.targets(main, "settings")
    )


def _hidden_styles(package: Package, main: str) -> frozenset[str]:
    styles = HiddenStyles()
    for name in package.targets(main, "styles")[:1]:
        if _HIDES in package.read(name, _MAX_STYLE_BYTES):
            with suppress(NoTextError):
                package.read_xml(name, styles)
    return styles.names()


def read_or_pass(package: Package, name: str, gatherer: TextGatherer, handler: Handler) -> None:
    """Gather one part; a damaged one costs itself only."""
    try:
        read_part(package, name, gatherer, handler)
    except NoTextError as error:
        if error.reason is not Reason.BROKEN:
            raise
        gatherer.cut = True


def part_content(package: Package, name: str, most: int) -> bytes | None:
    """The bytes of a part; None where they are more than wanted."""
    return package.read(name, most + 1) if package.size(name) <= most else None
