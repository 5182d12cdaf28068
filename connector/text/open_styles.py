"""
What hides in OpenDocument, and has to be known before its text is read: styles, fields within what they hide, pages that nothing has. PURE.

Source: OASIS OpenDocument 1.3 part 3, 7.7.3 (hidden paragraph), 16.2 (styles), 16.9 (master pages), 19.501 (style:master-page-name).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

HIDING_PROPERTIES: Final = {
    "text-properties": ("text:display", "none"),
    "table-properties": ("table:display", "false"),
    "drawing-page-properties": ("presentation:visibility", "hidden"),
}
"""What hides what has a style: letters, sheets, slides."""
_STANDARD: Final = "Standard"
"""The page with which a text begins that names none."""
_MAX_PAGES: Final = 10_000


class HiddenStyles:
    """Finds the styles whose text is hidden, by themselves or by the one they come from."""

    done = False

    def __init__(self) -> None:
        self._hidden: dict[tuple[str, str], bool] = {}
        """By family and name: letters and paragraphs may have styles of the same name."""
        self._parents: dict[tuple[str, str], str] = {}
        self._family = self._style = ""
        self.layers: set[str] = set()
        """Those that are shown neither on a screen nor on paper."""
        self.pages: set[str] = set()
        """Master pages that are named."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if (page := named_page(name, attributes)) and len(self.pages) < _MAX_PAGES:
            self.pages.add(page)
        if name == "style":
            self._style = attributes.get("style:name", "")
            self._family = attributes.get("style:family", "")
            self._parents[self._family, self._style] = attributes.get("style:parent-style-name", "")
        elif name in HIDING_PROPERTIES and self._style and HIDING_PROPERTIES[name][0] in attributes:
            what, hiding = HIDING_PROPERTIES[name]
            self._hidden[self._family, self._style] = attributes[what] == hiding
        elif name == "layer" and attributes.get("draw:display") == "none":
            self.layers.add(attributes.get("draw:name", ""))

    def end(self, name: str) -> None:
        if name == "style":
            self._style = ""

    def characters(self, data: str) -> None:
        """Styles have no text."""

    def hides(self, style: str, family: str) -> bool:
        """Whether text of a style is hidden; some programs write no families."""
        for _ in range(100):  # some come from each other
            found = (family, style) if (family, style) in self._parents else ("", style)
            if found in self._hidden:
                return self._hidden[found]
            style = self._parents.get(found, "")
            if not style:
                return False
        return False


class Beforehand:
    """Finds the paragraphs that a field within them hides, by their numbers in the part, and which master pages are used."""

    done = False

    def __init__(self) -> None:
        self.hidden: set[int] = set()
        """Paragraphs and headings, counted from 0 as they begin."""
        self._named: set[str] = set()
        self._following: dict[str, str] = {}
        """Of each master page, which one comes after it."""
        self._open: list[int] = []
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in {"p", "h"}:
            self._open.append(self._count)
            self._count += 1
        elif name == "hidden-paragraph":
            if attributes.get("text:is-hidden") == "true" and self._open:
                self.hidden.add(self._open[-1])
        elif name == "master-page" and len(self._following) < _MAX_PAGES:
            following = attributes.get("style:next-style-name", "")
            self._following[attributes.get("style:name", "")] = following
        elif (page := named_page(name, attributes)) and len(self._named) < _MAX_PAGES:
            self._named.add(page)

    def end(self, name: str) -> None:
        if name in {"p", "h"} and self._open:
            self._open.pop()

    def characters(self, data: str) -> None:
        """No text is wanted of it."""

    def unused(self, named: Iterable[str] = (), *, is_text: bool) -> frozenset[str]:
        """
        The names of the master pages that nothing has; none where that cannot be told.

        Args:
            named: those that another part names.
            is_text: it is a text, which begins with the standard one.
        """
        waiting = [*self._named, *named]
        if is_text:
            waiting += [_STANDARD] if _STANDARD in self._following else [*self._following][:1]
        used: set[str] = set()
        while waiting:
            page = waiting.pop()
            if page in self._following and page not in used:
                used.add(page)
                waiting.append(self._following[page])
        return frozenset(self._following.keys() - used) if used else frozenset()


def named_page(name: str, attributes: dict[str, str]) -> str:
    """The master page that a style, a slide or a drawing names."""
    if name == "style":
        return attributes.get("style:master-page-name", "")
    return attributes.get("draw:master-page-name", "") if name == "page" else ""
