"""
Running text of Word and PowerPoint packages, streamed out of their zip: body, headers, notes, comments, text boxes,
charts, diagrams, and what was inserted whole.

Our own reader, because the library that reads old formats loses headers, joins words across breaks and puts notes
first (observed 2026-11). Deleted, moved and hidden text stays out.

Source: ECMA-376 part 1, sections 17 (WordprocessingML), 19 (PresentationML), 21 (DrawingML).
"""

from __future__ import annotations

from functools import partial
from typing import Final

from connector.document.clean import TextGatherer
from connector.text.inner import Inside, Readable
from connector.text.markup import Handler
from connector.text.package import Package, main_or, open_office
from connector.text.reasons import NoTextError, Reason

_BREAKS: Final = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
# Repeated for old programs, moved away from here, tab stops of a style.
_SKIPPED: Final = frozenset({"Fallback", "moveFrom", "tabs", "instrText", "delText", "delInstrText"})
_OWN_PARAGRAPH: Final = frozenset({"txbxContent", "footnote", "endnote", "comment"})
_OFF: Final = frozenset({"0", "false", "off"})
_WORD_PARTS: Final = ("header", "footer", "footnotes", "endnotes", "comments")
_INSERTED: Final = ("aFChunk", "package")
_DIAGRAMS: Final = ("diagramData",)
_CHARTS: Final = ("chart", "chartEx")
_MAX_SLIDES: Final = 10_000


class WordText:
    """Gathers WordprocessingML and DrawingML: text stands in `t`, paragraphs are `p`, rows of tables `tr`."""

    def __init__(self, gatherer: TextGatherer) -> None:
        self._gatherer = gatherer
        self._in_text = False
        self._cell_depth = 0
        self._skip_depth = 0
        self._in_paragraph_properties = 0
        self._hidden = False
        """The run says of itself that it is hidden; what its paragraph's mark says is of the mark alone."""

    @property
    def done(self) -> bool:
        return self._gatherer.full

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _SKIPPED:
            self._skip_depth += 1
        elif self._skip_depth:
            return
        elif name in {"t", "text"}:
            self._in_text = True
        elif name == "r":
            self._hidden = False
        elif name == "pPr":
            self._in_paragraph_properties += 1
        elif name in {"vanish", "specVanish"} and not self._in_paragraph_properties:
            self._hidden = attributes.get("w:val", attributes.get("val", "1")).lower() not in _OFF
        elif name == "tc":
            self._cell_depth += 1
        elif name in _OWN_PARAGRAPH:
            self._gatherer.add("\n")
        elif name in _BREAKS and not self._hidden:
            self._gatherer.add(_BREAKS[name])

    def end(self, name: str) -> None:
        if name in _SKIPPED:
            self._skip_depth -= 1
        elif name in {"t", "text"}:
            self._in_text = False
        elif name == "r":
            self._hidden = False
        elif name == "pPr":
            self._in_paragraph_properties -= 1
        elif name == "p":
            self._gatherer.add(" " if self._cell_depth else "\n")
        elif name == "tc":
            self._cell_depth -= 1
            self._gatherer.add("\t")
        elif name == "tr" or name in _OWN_PARAGRAPH:
            self._gatherer.add("\n")

    def characters(self, data: str) -> None:
        if self._in_text and not self._skip_depth and not self._hidden:
            self._gatherer.add(data)


class ChartText:
    """Gathers a chart's titles, names of series and categories; its numbers are those of a table elsewhere."""

    def __init__(self, gatherer: TextGatherer) -> None:
        self._gatherer = gatherer
        self._strings = 0
        self._in_text = False

    @property
    def done(self) -> bool:
        return self._gatherer.full

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in {"strCache", "strLit", "multiLvlStrCache", "strDim"}:
            self._strings += 1
        self._in_text = name == "t" or (name in {"v", "pt"} and self._strings > 0)

    def end(self, name: str) -> None:
        if name in {"strCache", "strLit", "multiLvlStrCache", "strDim"}:
            self._strings -= 1
        if self._in_text:
            self._gatherer.add("\n")
        self._in_text = False

    def characters(self, data: str) -> None:
        if self._in_text:
            self._gatherer.add(data)


def read_word(file: Readable, gatherer: TextGatherer, inside: Inside) -> None:
    """
    Gather a DOCX.

    Raises:
        NoTextError: as open_package; BROKEN without a main part.
    """
    with open_office(file) as package:
        main = main_or(package, "word/document.xml", "word/document2.xml")
        read_part(package, main, gatherer, WordText(gatherer))
        for part in package.targets(main, *_WORD_PARTS):
            read_part(package, part, gatherer, WordText(gatherer))
        read_drawn(package, main, gatherer)
        for part in package.targets(main, *_INSERTED):
            inside.add(part.rpartition("/")[2], "", partial(_content, package, part), silent=True)


def read_slides(file: Readable, gatherer: TextGatherer) -> None:
    """
    Gather a PPTX: slides in their order, each with its diagrams, charts, notes and comments.

    Raises:
        NoTextError: as open_package; EMPTY without a slide, BROKEN without a main part.
    """
    with open_office(file) as package:
        main = main_or(package, "ppt/presentation.xml")
        slides = package.targets(main, "slide")[:_MAX_SLIDES] or sorted(
            (name for name in package.names if name.startswith("ppt/slides/slide")), key=part_number
        )
        if not slides:
            raise NoTextError(Reason.EMPTY)
        slides.sort(key=lambda name: part_number(name.rpartition("/")[2]))
        for slide in slides:
            if gatherer.full:
                return
            read_part(package, slide, gatherer, WordText(gatherer))
            read_drawn(package, slide, gatherer)
            for part in package.targets(slide, "notesSlide", "comments"):
                read_part(package, part, gatherer, WordText(gatherer))


def read_drawn(package: Package, part: str, gatherer: TextGatherer) -> None:
    """Gather the diagrams and charts that a part shows; a damaged one costs itself only."""
    for name in package.targets(part, *_DIAGRAMS):
        _read_or_pass(package, name, gatherer, WordText(gatherer))
    for name in package.targets(part, *_CHARTS):
        _read_or_pass(package, name, gatherer, ChartText(gatherer))


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


def _read_or_pass(package: Package, name: str, gatherer: TextGatherer, handler: Handler) -> None:
    try:
        read_part(package, name, gatherer, handler)
    except NoTextError as error:
        if error.reason is not Reason.BROKEN:
            raise
        gatherer.cut = True


def _content(package: Package, name: str, most: int) -> bytes | None:
    return package.read(name, most + 1) if package.size(name) <= most else None
