"""
Text of e-books (EPUB): the pages of a book in the order in which they are read.

A page is read as any page of the web, with the style sheets that it names: what those hide stays out. What a book
cannot give (a page that is missing, or damaged) costs itself alone.

Source: EPUB 3.3, 3.3 (reading order), 4.2.6 (container), 5.6 (manifest), 5.7 (spine); EPUB 2.0.1, Open Packaging Format.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from connector.document.clean import TextGatherer
from connector.text.archive import BAD
from connector.text.charset import decode_page
from connector.text.embedded import InnerFile, Readable
from connector.text.markup import read_html_file, read_xml_file
from connector.text.package import Package, open_office
from connector.text.page_sheets import PageSheets
from connector.text.reasons import NoTextError, Reason

_CONTAINER: Final = "meta-inf/container.xml"
_ENCRYPTION: Final = "meta-inf/encryption.xml"
_MAX_UNPACKED_BYTES: Final = 200_000_000
"""Of all pages."""
_MAX_PAGE_BYTES: Final = 25_000_000
_MAX_PAGES: Final = 10_000
_HEAD_BYTES: Final = 20_000
"""Of a page, in which it names its style sheets."""
_PAGES: Final = frozenset({"application/xhtml+xml", "text/html", "text/x-oeb1-document"})


class _Elements:
    """Gathers what elements of some names say of themselves, in their order."""

    done = False

    def __init__(self, *names: str) -> None:
        self.found: list[tuple[str, dict[str, str]]] = []
        self._names = names

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in self._names and len(self.found) < 2 * _MAX_PAGES:
            self.found.append((name, attributes))

    def end(self, name: str) -> None:
        """Nothing is left to be done."""

    def characters(self, data: str) -> None:
        """What names others has no text."""


class _Shelf:
    """The style sheets of a book."""

    def __init__(self, package: Package) -> None:
        self._package = package

    def place(self, page: str, address: str) -> str:
        """The part to which an address in another part leads."""
        return self._package.place(page.rpartition("/")[0], address)

    def content(self, name: str, most: int) -> bytes:
        """The bytes of a part; none where it is missing, damaged, or longer than wanted."""
        return _content(self._package, name, most) or b""


def read_book(file: Readable, gatherer: TextGatherer) -> None:
    """
    Gather the text of an e-book.

    Raises:
        NoTextError: ENCRYPTED, BOMB or BROKEN, as open_package; BROKEN where nothing tells which pages it has, or none can be read.
    """
    with open_office(file) as package:
        pages = _pages(package)
        locked = {
            one for _, said in _read(package, _ENCRYPTION, "CipherReference") if (one := said.get("URI"))
        }
        if {package.place("", one) for one in locked} & {name for name, _ in pages}:
            raise NoTextError(Reason.ENCRYPTED)
        sheets = PageSheets(_Shelf(package))
        left, some = _MAX_UNPACKED_BYTES, False
        for name, kind in pages:
            if gatherer.full:
                return
            content = _content(package, name, min(left, _MAX_PAGE_BYTES))
            if content is None:
                gatherer.cut = True
                continue
            some, left = True, left - len(content)
            page = InnerFile(content)
            if kind in _PAGES:
                read_html_file(
                    page, gatherer, sheets=sheets.of_page(name, decode_page(content[:_HEAD_BYTES]))
                )
            else:
                read_xml_file(page, gatherer)
            gatherer.add("\n")
        if not some:
            raise NoTextError(Reason.BROKEN)


def _pages(package: Package) -> list[tuple[str, str]]:
    """
    The parts that are read, in their order, and what kind each is.

    Raises:
        NoTextError: BROKEN, nothing tells.
    """
    roots = [said.get("full-path", "") for _, said in _read(package, _CONTAINER, "rootfile")]
    books = [name for one in roots if (name := package.place("", one)) in package]
    books = books or [name for name in package.names if name.endswith(".opf")]
    if not books:
        raise NoTextError(Reason.BROKEN)
    folder = books[0].rpartition("/")[0]
    told = _read(package, books[0], "item", "itemref")
    named: dict[str, tuple[str, str]] = {}
    for name, said in told:
        if name == "item":
            kind = said.get("media-type", "").strip().lower()
            named[said.get("id", "")] = package.place(folder, said.get("href", "")), kind
    order = [named.get(said.get("idref", ""), ("", "")) for name, said in told if name == "itemref"]
    if not order:  # then nothing says which comes first
        order = [one for one in named.values() if one[1] in _PAGES]
    return [
        (name, kind) for name, kind in dict.fromkeys(order) if not kind.startswith("image/") or "svg" in kind
    ][:_MAX_PAGES]


def _read(package: Package, name: str, *elements: str) -> list[tuple[str, dict[str, str]]]:
    """What elements of a part say; of a damaged one what stands before the damage."""
    found = _Elements(*elements)
    if name in package:
        with suppress(NoTextError):
            package.read_xml(name, found)
    return found.found


def _content(package: Package, name: str, most: int) -> bytes | None:
    """The bytes of a page; None where it is missing, damaged, or longer than wanted."""
    if name not in package or package.size(name) > most:
        return None
    try:
        return package.read(name, most)
    except BAD:
        return None
