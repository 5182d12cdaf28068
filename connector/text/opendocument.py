"""
Text of OpenDocument files (ODT, ODS, ODP, ODG, and flat ones): body, notes, comments, headers and footers, names of sheets.

Deleted and hidden text stays out, and so do the dates of comments.

Source: OASIS OpenDocument 1.3 part 3.
"""

from __future__ import annotations

from typing import Final

from connector.document.clean import TextGatherer
from connector.text.inner import Readable
from connector.text.markup import read_xml
from connector.text.package import open_office
from connector.text.reasons import NoTextError, Reason
from connector.text.wordprocessing import read_part

_SKIPPED: Final = frozenset(
    {
        "tracked-changes",
        "forms",
        "note-citation",
        "date",
        "date-string",
        "creator-initials",
        "hidden-text",
        "script",
    }
)
_OWN_PARAGRAPH: Final = frozenset({"annotation", "note", "note-body", "text-box", "frame", "creator"})
_HEADERS: Final = frozenset(
    {"header", "footer", "header-left", "footer-left", "header-first", "footer-first"}
)
_BLANKS: Final = {"s": " ", "tab": "\t", "line-break": "\n"}


class OpenDocumentText:
    """
    Gathers OpenDocument: text stands in paragraphs `p` and headings `h`, wherever these stand.

    Args:
        headers_only: of the part with the styles, where paragraphs elsewhere are none of the document.
    """

    def __init__(self, gatherer: TextGatherer, *, headers_only: bool = False) -> None:
        self._gatherer = gatherer
        self._headers_only = headers_only
        self._header_depth = 0
        self._paragraph_depth = 0
        self._cell_depth = 0
        self._skip_depth = 0
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._spans: list[bool] = []

    @property
    def done(self) -> bool:
        return self._gatherer.full

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _SKIPPED:
            self._skip_depth += 1
        elif name == "style":
            self._style = attributes.get("style:name", "")
        elif name == "text-properties" and attributes.get("text:display") == "none":
            self._hidden_styles.add(self._style)
        elif name in {"span", "p", "h"}:
            hidden = attributes.get("text:style-name", "") in self._hidden_styles
            self._spans.append(hidden)
            self._skip_depth += hidden
            self._paragraph_depth += name != "span"
        elif name in _HEADERS:
            self._header_depth += 1
        elif name in _OWN_PARAGRAPH:
            self._gatherer.add("\n")
        elif name == "table" and not self._headers_only and not self._cell_depth:
            self._gatherer.add(f"\n{attributes.get('table:name', '')}\n")
        elif name in {"table-cell", "covered-table-cell"}:
            self._cell_depth += 1
        elif self._paragraph_depth and name in _BLANKS:
            self._gatherer.add(_BLANKS[name])

    def end(self, name: str) -> None:
        if name in _SKIPPED:
            self._skip_depth -= 1
        elif name in {"span", "p", "h"}:
            self._skip_depth -= self._spans.pop() if self._spans else False
            if name != "span":
                self._paragraph_depth -= 1
                self._gatherer.add(" " if self._cell_depth else "\n")
        elif name in _HEADERS:
            self._header_depth -= 1
        elif name in {"table-cell", "covered-table-cell"}:
            self._cell_depth -= 1
            self._gatherer.add("\t")
        elif name in {"table-row", "page"} or name in _OWN_PARAGRAPH:
            self._gatherer.add("\n")

    def characters(self, data: str) -> None:
        wanted = self._header_depth if self._headers_only else True
        if self._paragraph_depth and wanted and not self._skip_depth:
            self._gatherer.add(data)


def read_open_document(file: Readable, gatherer: TextGatherer) -> None:
    """
    Gather the content of an ODT, ODS, ODP, ODG or a template of one, then its headers and footers.

    Raises:
        NoTextError: as open_package; BROKEN without content.
    """
    with open_office(file) as package:
        if "content.xml" not in package:
            raise NoTextError(Reason.BROKEN)
        read_part(package, "content.xml", gatherer, OpenDocumentText(gatherer))
        if "styles.xml" in package:
            read_part(package, "styles.xml", gatherer, OpenDocumentText(gatherer, headers_only=True))


def read_flat_document(file: Readable, gatherer: TextGatherer) -> None:
    """Gather a flat file (FODT, FODS, FODP), which is one piece of XML; raises NoTextError where it is damaged."""
    with file.open("rb") as stream:
        complete = read_xml(stream, OpenDocumentText(gatherer))
    gatherer.cut = gatherer.cut or not complete
