"""Running text of office packages: DOCX, PPTX and the OpenDocument family, streamed out of their zip."""

from __future__ import annotations

import re
import zipfile
from typing import Final

from connector.text.archive import open_package
from connector.text.clean import TextGatherer
from connector.text.inner import Readable
from connector.text.markup import Handler, read_xml
from connector.text.reasons import NoTextError, Reason

# The main part is word/document.xml; Office 365 also writes document2.xml (observed).
_WORD_PARTS: Final = (
    re.compile(r"word/document\d*\.xml"),
    re.compile(r"word/header\d*\.xml"),
    re.compile(r"word/footer\d*\.xml"),
    re.compile(r"word/(?:footnotes|endnotes|comments)\d*\.xml"),
)
_SLIDE_PARTS: Final = (
    re.compile(r"ppt/slides/slide\d+\.xml"),
    re.compile(r"ppt/diagrams/data\d+\.xml"),
    re.compile(r"ppt/notesSlides/notesSlide\d+\.xml"),
    re.compile(r"ppt/comments/[^/]+\.xml"),
)
_OPEN_DOCUMENT_PARTS: Final = (re.compile(r"content\.xml"),)
_BREAKS: Final = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
# Repeated for old programs, or moved away from here.
_WORD_SKIPPED: Final = frozenset({"Fallback", "moveFrom"})
_OPEN_DOCUMENT_SKIPPED: Final = frozenset({"tracked-changes", "forms"})


class WordText:
    """Gathers WordprocessingML and DrawingML: text stands in `t`, paragraphs are `p`, rows of tables `tr`."""

    def __init__(self, gatherer: TextGatherer) -> None:
        self._gatherer = gatherer
        self._in_text = False
        self._cell_depth = 0
        self._skip_depth = 0

    @property
    def done(self) -> bool:
        return self._gatherer.full

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _WORD_SKIPPED:
            self._skip_depth += 1
        elif self._skip_depth:
            return
        elif name in {"t", "text"}:
            self._in_text = True
        elif name == "tc":
            self._cell_depth += 1
        elif name in _BREAKS and not attributes:
            # A tab with attributes is a tab stop in the paragraph's style, not in its text.
            self._gatherer.add(_BREAKS[name])

    def end(self, name: str) -> None:
        if name in _WORD_SKIPPED:
            self._skip_depth -= 1
        elif name in {"t", "text"}:
            self._in_text = False
        elif name == "p":
            self._gatherer.add(" " if self._cell_depth else "\n")
        elif name == "tc":
            self._cell_depth -= 1
            self._gatherer.add("\t")
        elif name == "tr":
            self._gatherer.add("\n")

    def characters(self, data: str) -> None:
        if self._in_text and not self._skip_depth:
            self._gatherer.add(data)


class OpenDocumentText:
    """Gathers OpenDocument: text stands in paragraphs `p` and headings `h`, wherever these stand."""

    def __init__(self, gatherer: TextGatherer) -> None:
        self._gatherer = gatherer
        self._paragraph_depth = 0
        self._cell_depth = 0
        self._skip_depth = 0

    @property
    def done(self) -> bool:
        return self._gatherer.full

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _OPEN_DOCUMENT_SKIPPED:
            self._skip_depth += 1
        elif name in {"p", "h"}:
            self._paragraph_depth += 1
        elif name == "table-cell":
            self._cell_depth += 1
        elif self._paragraph_depth and name in {"s", "tab", "line-break"}:
            self._gatherer.add({"s": " ", "tab": "\t"}.get(name, "\n"))

    def end(self, name: str) -> None:
        if name in _OPEN_DOCUMENT_SKIPPED:
            self._skip_depth -= 1
        elif name in {"p", "h"}:
            self._paragraph_depth -= 1
            self._gatherer.add(" " if self._cell_depth else "\n")
        elif name == "table-cell":
            self._cell_depth -= 1
            self._gatherer.add("\t")
        elif name in {"table-row", "page"}:
            self._gatherer.add("\n")

    def characters(self, data: str) -> None:
        if self._paragraph_depth and not self._skip_depth:
            self._gatherer.add(data)


def read_word(file: Readable, gatherer: TextGatherer) -> None:
    """Gather body, headers, footers, notes and comments of a DOCX; raises NoTextError."""
    _read_parts(file, gatherer, _WORD_PARTS, WordText(gatherer))


def read_slides(file: Readable, gatherer: TextGatherer) -> None:
    """Gather slides, diagrams, notes and comments of a PPTX, by their numbers; raises NoTextError."""
    _read_parts(file, gatherer, _SLIDE_PARTS, WordText(gatherer))


def read_open_document(file: Readable, gatherer: TextGatherer) -> None:
    """Gather the content of an ODT, ODS, ODP, ODG or a template of one; raises NoTextError."""
    _read_parts(file, gatherer, _OPEN_DOCUMENT_PARTS, OpenDocumentText(gatherer))


def part_number(name: str) -> int:
    """The number in a part's name: slide10 comes after slide9."""
    digits = re.sub(r"\D", "", name)
    return int(digits or 0)


def _read_parts(
    file: Readable, gatherer: TextGatherer, patterns: tuple[re.Pattern[str], ...], handler: Handler
) -> None:
    with open_package(file) as package:
        parts = [
            name
            for pattern in patterns
            for name in sorted(
                (name for name in package.namelist() if pattern.fullmatch(name)), key=part_number
            )
        ]
        if not any(patterns[0].fullmatch(name) for name in parts):
            raise NoTextError(Reason.BROKEN)
        for name in parts:
            if handler.done:
                return
            _read_part(package, name, gatherer, handler)


def _read_part(package: zipfile.ZipFile, name: str, gatherer: TextGatherer, handler: Handler) -> None:
    with package.open(name) as stream:
        complete = read_xml(stream, handler)
    gatherer.cut = gatherer.cut or not complete
    gatherer.add("\n")
