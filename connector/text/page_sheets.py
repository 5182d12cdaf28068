"""
The style sheets that stand beside pages: those that a page names, and those that a sheet takes in, as far as they hide anything.

Source: HTML Living Standard, 4.6.7 (link type stylesheet); CSS Cascading and Inheritance 4, 2 (@import); xml-stylesheet 1.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import islice
from typing import Final, Protocol

from connector.text.charset import decode_bytes
from connector.text.stylesheet import applies, sheets_in

_MAX_SHEET_BYTES: Final = 400_000
"""Of a style sheet, and about so much of all of one page."""
_MAX_SHEETS: Final = 200
"""Of one book or mail."""
_MAX_CHARS: Final = 1_000_000_000
"""Of sheets, for all pages: thousands of pages may name a long one, and each is read with it."""
_MAX_IMPORTED: Final = 20
"""By one sheet."""
_MAX_DEPTH: Final = 4
_HEAD_CHARS: Final = 20_000
"""Of a page, in which it names its style sheets."""
_LINK: Final = re.compile(r"<(?:link\b|\?xml-(?=stylesheet\b))([^<>]*+)", re.IGNORECASE)
_SAID: Final = re.compile(
    r"\b(rel|href|media)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'=<>`]++))", re.IGNORECASE
)
_IMPORT: Final = re.compile(
    r"@import\s++(?:url\(\s*+)?+(?:\"([^\"<>]{1,500}+)\"|'([^'<>]{1,500}+)'|([^\s\"'();<>]{1,500}+))\s*+\)?+([^;{}<>]{0,500}+)(?:;|\Z|(?=<))",
    re.IGNORECASE,
)
_ON_CONDITION: Final = re.compile(r"\b(?:layer|supports)\b(?:\((?:[^()]|\([^()]*+\))*+\))?+", re.IGNORECASE)
"""Of what is taken in: under which name, and where a browser knows something."""
_REMARK: Final = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)


class Shelf(Protocol):
    """Where the sheets stand."""

    def place(self, page: str, address: str) -> str:
        """The name of what an address leads to that stands in a page, or in a sheet, of some name."""
        ...

    def content(self, name: str, most: int) -> bytes:
        """The bytes of a sheet; none where it is missing, damaged, or longer than wanted."""
        ...


class PageSheets:
    """The style sheets of the pages of one book or mail, each read once."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._words: dict[str, str] = {}
        """Of each sheet that was read."""
        self._known: dict[str, str] = {}
        self._left = _MAX_CHARS

    def of_page(self, name: str, page: str) -> str:
        """The style sheets that a page names, as far as they hide anything."""
        found = ""
        if self._left <= 0:
            return found
        for address in _named(page[:_HEAD_CHARS]):
            found += self._hiding(self._shelf.place(name, address))
            if len(found) > _MAX_SHEET_BYTES:
                break
        self._left -= len(found)
        return found

    def _hiding(self, sheet: str) -> str:
        """What of a sheet, and of those that it takes in, may hide anything."""
        if sheet not in self._known and len(self._known) < _MAX_SHEETS:
            pieces, left = list[str](), _MAX_SHEET_BYTES
            for words in self._with_imported(sheet, ()):
                pieces.append(f"<style>{words[:left]}</style>")
                left -= len(pieces[-1])
                if left <= 0:
                    break
            self._known[sheet] = sheets_in("".join(pieces))
        return self._known.get(sheet, "")

    def _with_imported(self, sheet: str, around: tuple[str, ...]) -> Iterator[str]:
        """A sheet behind those that it takes in, as a browser puts them; none stands within itself."""
        if sheet in around or len(around) >= _MAX_DEPTH:
            return
        words = self._read(sheet)
        for address in _imported(words):
            yield from self._with_imported(self._shelf.place(sheet, address), (*around, sheet))
        yield words

    def _read(self, sheet: str) -> str:
        if sheet not in self._words and len(self._words) < _MAX_SHEETS:
            words = decode_bytes(self._shelf.content(sheet, _MAX_SHEET_BYTES))
            self._words[sheet] = words.replace("</style", "")
        return self._words.get(sheet, "")


def _named(head: str) -> Iterator[str]:
    """Addresses of the sheets for screens that the head of a page names, or takes in."""
    for link in _LINK.findall(head):
        said = {key.lower(): unescape("".join(values)) for key, *values in _SAID.findall(link)}
        rel = "stylesheet" if link.lower().startswith("stylesheet") else said.get("rel", "").lower()
        if rel.split() == ["stylesheet"] and applies(said.get("media", "all")):
            yield said.get("href", "")
    yield from _imported(head)


def _imported(sheet: str) -> list[str]:
    """Addresses of the sheets for screens that one takes in."""
    if "@import" not in sheet.lower():
        return []
    found = islice(_IMPORT.finditer(_REMARK.sub("", sheet)), _MAX_IMPORTED)
    return [
        one[1] or one[2] or one[3] for one in found if applies(_ON_CONDITION.sub("", one[4]).strip() or "all")
    ]
