"""
Text of OpenDocument files (ODT, ODS, ODP, ODG, and flat ones): body, notes, comments, forms, charts and other objects,
headers and footers, names of sheets.

Deleted and hidden text stays out, and so do the dates of comments.

Source: OASIS OpenDocument 1.3 part 3.
"""

from __future__ import annotations

import re
from collections.abc import Set
from contextlib import suppress
from functools import partial
from typing import Final

from connector.document.clean import TextGatherer
from connector.text.embedded import Inside, Readable
from connector.text.markup import read_flat
from connector.text.number_format import parse_format, write_number
from connector.text.open_styles import HIDING_PROPERTIES, Beforehand, HiddenStyles
from connector.text.open_tables import Grid
from connector.text.package import Package, open_office
from connector.text.reasons import NoTextError, Reason
from connector.text.wordprocessing import part_content, read_part

_SKIPPED: Final = frozenset(
    {
        "tracked-changes",
        "content-validations",  # what is said of wrong values
        "note-citation",
        "date-string",
        "creator-initials",
        "sender-initials",
        "ruby-text",  # how the letters below it are spoken
        "script",
        "binary-data",  # pictures of a flat file
    }
)
_SHAPES: Final = frozenset(
    [
        "frame", "custom-shape", "g", "rect", "line", "ellipse", "circle", "polygon", "polyline", "path", "connector", "control",
        "caption", "regular-polygon", "measure",
    ]
)  # fmt: skip
_FIELDS: Final = frozenset(
    {
        "hidden-text",
        "variable-set",
        "variable-get",
        "variable-input",
        "user-field-get",
        "user-field-input",
        "expression",
    }
)
"""What may be there to count only, and show nothing."""
_WITHIN: Final = frozenset({"span", "a"})
"""What stands within a paragraph and has a style."""
_GROUPS: Final = frozenset({"table-row-group", "table-column-group"})
_OPENED: Final = _SHAPES | _FIELDS | _WITHIN | {"p", "h", "section", "date"}
"""What may be hidden by itself."""
_OWN_PARAGRAPH: Final = frozenset({"annotation", "note", "note-body", "text-box", "creator"})
_MASTERS: Final = frozenset(
    {
        "master-page",
        "header",
        "footer",
        "header-left",
        "footer-left",
        "header-first",
        "footer-first",
    }
)
"""What stands on every page; some generators write headers without a page around them."""
_DECLARED: Final = frozenset({"header-decl", "footer-decl", "date-time-decl"})
"""What the slides show of it stands in the declaration itself."""
_SHOWN_ON_MASTERS: Final = frozenset({"", "header", "footer", "date-time"})
"""Classes of frames on a master page that are no mere placeholders."""
_BLANKS: Final = {"s": " ", "tab": "\t", "line-break": "\n"}
_IN_TABLES: Final = frozenset({"table-column", "table-row", "table-cell", "covered-table-cell"})
_LOCAL_TABLE: Final = "local-table"
"""The numbers of a chart."""
_HANDLED: Final = (
    _SKIPPED
    | _OWN_PARAGRAPH
    | _MASTERS
    | _DECLARED
    | _BLANKS.keys()
    | _OPENED
    | {
        "page-number",
        "style",
        "layer",
        "title",
        "desc",
        "text-properties",
        "table-properties",
        "drawing-page-properties",
        "forms",
        "notes",
    }
    | _GROUPS
    | {
        "table",
        "table-column",
        "table-cell",
        "covered-table-cell",
        "table-row",
        "page",
        "object",
        "object-ole",
    }
)
"""Most elements say how letters look, and are none of these."""
_HIDES: Final = re.compile(
    rb"(?:text|draw):display=[\"']none|table:display=[\"']false|presentation:visibility=[\"']hidden"
)
_MAX_STYLE_BYTES: Final = 10_000_000
_MAX_TYPE_BYTES: Final = 10_000
_IS_TEXT: Final = b"opendocument.text"
_HIDING_FIELD: Final = b"hidden-paragraph"
_MASTER_PAGE: Final = b":master-page "
_PIECE_BYTES: Final = 1_000_000
_OBJECT: Final = re.compile(r"[^/]+/content\.xml")
_FOREIGN_OBJECT: Final = re.compile(r"object [^/]+")
_MAX_OBJECTS: Final = 1_000
_OF_ANOTHER_FILE: Final = re.compile(r"'[a-z]{2,10}:.*'#")
"""How a sheet is called that nobody sees: what formulas took from other files, kept in this one."""


class _Forms:
    """What the fields of forms show: values that were filled in, boxes that are ticked, choices that were made."""

    def __init__(self, gatherer: TextGatherer) -> None:
        self._gatherer = gatherer

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in {"checkbox", "radio"}:
            ticked = attributes.get("form:current-state") == "checked" or (
                attributes.get("form:current-selected") == "true"
            )
            said = attributes.get("form:label", "") if ticked else ""
        elif name == "option":
            said = (
                attributes.get("form:label", "") if attributes.get("form:current-selected") == "true" else ""
            )
        elif name in {"password", "hidden", "property"}:
            said = ""
        else:
            said = attributes.get("form:current-value", attributes.get("form:value", ""))
        if said:
            self._gatherer.add(f"\n{said}\n")


class OpenDocumentText:
    """
    Gathers OpenDocument: text stands in paragraphs `p` and headings `h`, wherever these stand.

    Args:
        masters_only: of the part with the styles, where paragraphs elsewhere are none of the document.
        hidden: numbers of the paragraphs that are hidden by a field, as `Beforehand` tells them.
        unused: names of the master pages that nothing has.
    """

    def __init__(
        self,
        gatherer: TextGatherer,
        styles: HiddenStyles,
        *,
        masters_only: bool = False,
        hidden: Set[int] = frozenset(),
        unused: Set[str] = frozenset(),
    ) -> None:
        self._gatherer = gatherer
        self._styles = styles
        self._hidden = hidden
        self._unused = unused
        self._number = -1
        """Of the last paragraph that began."""
        self._forms = _Forms(gatherer)
        self._masters_only = masters_only
        self._master_depth = 0
        self._form_depth = 0
        self._paragraph_depth = 0
        self._declared_depth = 0
        self._cell_depth = 0
        self._skip_depth = 0
        self._open: list[bool] = []
        """Of what is open and may be hidden, whether it is."""
        self._shapes: list[int] = []
        """Of the shapes around, in how many paragraphs each stands."""
        self._described = False
        """What is read says in words what a shape shows."""
        self._values: list[str] = []
        """Of the cells around, what each holds as long as no paragraph of it says so."""
        self._tables: list[bool] = []
        """Of the tables around, whether they are hidden, or kept of another file."""
        self._grids: list[Grid] = []
        """Of the tables around, what of each is."""
        self._objects: dict[str, bool] = {}
        """Of the objects to which something refers, by their addresses, whether one is shown."""

    @property
    def done(self) -> bool:
        return self._gatherer.full

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name not in _HANDLED and not self._form_depth:
            return
        if name in _SKIPPED or (name == "page-number" and self._master_depth):
            self._skip_depth += 1
        elif name in _OPENED:
            self._enter(name, attributes)
        elif name in HIDING_PROPERTIES or name in {"style", "layer"}:
            self._styles.start(name, attributes)
        elif name == "forms":
            self._form_depth += 1
        elif self._form_depth:
            self._forms.start(name, attributes)
        elif name in _MASTERS:
            self._master_depth += 1
            # a header stays there when it is switched off
            unseen = attributes.get("style:display") == "false"
            unseen = unseen or (name == "master-page" and attributes.get("style:name") in self._unused)
            self._open.append(unseen)
            self._skip_depth += self._open[-1]
        elif name == "notes" and self._master_depth:
            self._skip_depth += 1
        elif name in _DECLARED:
            self._declared_depth += 1
        elif name in _OWN_PARAGRAPH:
            self._gatherer.add("\n")
        elif name in {"title", "desc"}:
            self._described = bool(self._shapes) and self._paragraph_depth == self._shapes[-1]
            if self._described:
                self._gatherer.add("\n")
        elif name == "table":
            self._enter_table(attributes.get("table:name", ""), attributes.get("table:style-name", ""))
        elif name == "page":
            self._styles.start(name, attributes)
            self._open.append(self._styles.hides(attributes.get("draw:style-name", ""), "drawing-page"))
            self._skip_depth += self._open[-1]
        elif name in _IN_TABLES or name in _GROUPS:
            self._start_in_table(name, attributes)
        elif name in {"object", "object-ole"}:
            address = attributes.get("xlink:href", "")
            if len(self._objects) < _MAX_OBJECTS:
                self._objects[address] = self._objects.get(address, False) or not self._skip_depth
        elif self._paragraph_depth and name in _BLANKS:
            self._gatherer.add(_BLANKS[name])

    @property
    def hidden_objects(self) -> list[str]:
        """Addresses of the objects to which nothing refers that is shown, but something that is not."""
        return [address for address, shown in self._objects.items() if not shown]

    def _start_in_table(self, name: str, attributes: dict[str, str]) -> None:
        grid = self._grids[-1] if self._grids else Grid()
        if name in _GROUPS:
            grid.group(attributes)
        elif name == "table-column":
            grid.take_columns(attributes)
        elif name == "table-row":
            self._skip_depth += grid.row(attributes)
        else:
            self._skip_depth += grid.cell(attributes, covered=name == "covered-table-cell")
            self._cell_depth += 1
            self._values.append(_value(attributes))

    def _enter_table(self, title: str, style: str) -> None:
        foreign = _OF_ANOTHER_FILE.match(title) is not None
        self._tables.append(foreign or self._styles.hides(style, "table"))
        self._skip_depth += self._tables[-1]
        self._grids.append(Grid())
        if not self._masters_only and not self._cell_depth and not self._skip_depth:
            self._gatherer.add(f"\n{title}\n" if title != _LOCAL_TABLE else "\n")

    def _enter(self, name: str, attributes: dict[str, str]) -> None:
        hidden = False
        if name in _SHAPES:
            placeholder = attributes.get("presentation:class", "") not in _SHOWN_ON_MASTERS
            hidden = (
                (name == "frame" and self._master_depth > 0 and placeholder)
                or attributes.get("draw:display") == "none"
                or attributes.get("draw:layer") in self._styles.layers
            )
            self._shapes.append(self._paragraph_depth)
            if name == "frame":
                self._gatherer.add("\n")
        elif name in _FIELDS:
            hidden = attributes.get("text:display") == "none" or attributes.get("text:is-hidden") == "true"
        elif name == "date":
            hidden = not attributes  # of a comment; a field that shows a day says which, or how
        elif name == "section":
            shown = attributes.get("text:display", "true")
            hidden = shown == "none" or (shown == "condition" and attributes.get("text:is-hidden") == "true")
        else:
            family = "text" if name in _WITHIN else "paragraph"
            hidden = self._styles.hides(attributes.get("text:style-name", ""), family)
            if name not in _WITHIN:
                self._number += 1
                hidden = hidden or self._number in self._hidden
                if self._values:
                    self._values[-1] = ""
                if self._paragraph_depth:  # of a drawing in the midst of a paragraph
                    self._gatherer.add("\n")
                self._paragraph_depth += 1
        self._open.append(hidden)
        self._skip_depth += hidden

    def end(self, name: str) -> None:
        if name not in _HANDLED:
            return
        if name in _SKIPPED or (name == "page-number" and self._master_depth):
            self._skip_depth -= 1
        elif name in _OPENED:
            self._skip_depth -= self._open.pop() if self._open else False
            if name in {"p", "h"}:
                self._paragraph_depth -= 1
                self._gatherer.add(" " if self._cell_depth else "\n")
            elif name in _SHAPES:
                self._shapes.pop()
                if name == "frame":
                    self._gatherer.add("\n")
        elif name in {"title", "desc"}:
            if self._described:
                self._gatherer.add("\n")
            self._described = False
        elif name == "table":
            self._skip_depth -= self._tables.pop() if self._tables else False
            if self._grids:
                self._grids.pop()
        elif name in _GROUPS:
            if self._grids:
                self._grids[-1].end_group()
        elif name == "style":
            self._styles.end(name)
        elif name == "forms":
            self._form_depth -= 1
        elif name in _MASTERS:
            self._master_depth -= 1
            self._skip_depth -= self._open.pop() if self._open else False
        elif name == "notes" and self._master_depth:
            self._skip_depth -= 1
        elif name in _DECLARED:
            self._declared_depth -= 1
            self._gatherer.add("\n")
        elif name in {"table-cell", "covered-table-cell"}:
            self._cell_depth -= 1
            value = self._values.pop() if self._values else ""
            self._gatherer.add(("" if self._skip_depth or self._masters_only else value) + "\t")
            self._skip_depth -= self._grids[-1].end() if self._grids else False
        elif name in {"table-row", "page"} or name in _OWN_PARAGRAPH:
            if name == "page":
                self._skip_depth -= self._open.pop() if self._open else False
            elif name == "table-row":
                self._skip_depth -= self._grids[-1].end() if self._grids else False
            self._gatherer.add("\n")

    def characters(self, data: str) -> None:
        if self._skip_depth or self._form_depth or (self._masters_only and not self._master_depth):
            return
        if self._paragraph_depth or self._declared_depth or self._described:
            self._gatherer.add(data)


def _value(attributes: dict[str, str]) -> str:
    """What a cell holds, as some programs write it without a paragraph that shows it."""
    for name in ("string-value", "date-value", "value"):
        if value := attributes.get(f"office:{name}", ""):
            percent = attributes.get("office:value-type") == "percentage"
            code = "0%" if percent else "General"
            if name == "date-value":
                return value.removesuffix("T00:00:00").replace("T", " ")
            return value if name == "string-value" else write_number(value, parse_format(code))
    return ""


def read_open_document(file: Readable, gatherer: TextGatherer, inside: Inside) -> None:
    """
    Gather the content of an ODT, ODS, ODP, ODG or a template of one, its objects, then its headers and footers.

    Raises:
        NoTextError: as open_package; BROKEN without content.
    """
    with open_office(file) as package:
        if "content.xml" not in package:
            raise NoTextError(Reason.BROKEN)
        styles = _styles_of(package, "styles.xml")
        is_text = _IS_TEXT in package.read("mimetype", _MAX_TYPE_BYTES)
        before = Beforehand()
        if is_text and _has_hiding_field(package):
            with suppress(NoTextError):
                package.read_xml("content.xml", before)
        text = OpenDocumentText(gatherer, styles, hidden=before.hidden)
        read_part(package, "content.xml", gatherer, text)
        hidden = {package.place("", address) for address in text.hidden_objects}
        if "styles.xml" in package:
            before = Beforehand()
            head = package.read("styles.xml", _MAX_STYLE_BYTES)
            if head.count(_MASTER_PAGE) > 1 or _HIDING_FIELD in head:
                with suppress(NoTextError):
                    package.read_xml("styles.xml", before)
            unused = before.unused(styles.pages, is_text=is_text)
            masters = OpenDocumentText(
                gatherer, styles, masters_only=True, hidden=before.hidden, unused=unused
            )
            read_part(package, "styles.xml", gatherer, masters)
        objects = [
            name
            for name in package.names
            if _OBJECT.fullmatch(name) and name.rpartition("/")[0] not in hidden
        ]
        for name in objects[:_MAX_OBJECTS]:
            try:
                own = _styles_of(package, name.replace("content.xml", "styles.xml"))
                read_part(package, name, gatherer, OpenDocumentText(gatherer, own))
            except NoTextError as error:
                if error.reason is not Reason.BROKEN:
                    raise
                gatherer.cut = True  # a chart is not worth the loss of the whole
        foreign = [name for name in package.names if _FOREIGN_OBJECT.fullmatch(name) and name not in hidden]
        for name in foreign[:_MAX_OBJECTS]:
            inside.add("", "", partial(part_content, package, name), silent=True)


def _styles_of(package: Package, part: str) -> HiddenStyles:
    """The styles of a document, where any of them hides; the text's own ones stand before it."""
    styles = HiddenStyles()
    if _HIDES.search(package.read(part, _MAX_STYLE_BYTES)):
        with suppress(NoTextError):
            package.read_xml(part, styles)
    return styles


def _has_hiding_field(package: Package) -> bool:
    """Whether any paragraph of a text may be hidden by a field within it: most have none, and are read once."""
    tail = b""
    with package.open("content.xml") as stream:
        while piece := stream.read(_PIECE_BYTES):
            if _HIDING_FIELD in tail + piece:
                return True
            tail = piece[-len(_HIDING_FIELD) :]
    return False


def read_flat_document(file: Readable, gatherer: TextGatherer) -> None:
    """Gather a flat file (FODT, FODS, FODP), which is one piece of XML; raises NoTextError where it is damaged."""
    before = Beforehand()
    with suppress(NoTextError):
        read_flat(file, before)
    with file.open("rb") as stream:
        is_text = _IS_TEXT in stream.read(_MAX_TYPE_BYTES).replace(b"\0", b"")
    text = OpenDocumentText(
        gatherer, HiddenStyles(), hidden=before.hidden, unused=before.unused(is_text=is_text)
    )
    complete = read_flat(file, text)
    gatherer.cut = gatherer.cut or not complete
