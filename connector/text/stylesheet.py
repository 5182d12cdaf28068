"""
What the style sheets of a page hide: rules of one element each, by its name, id and classes. PURE.

Rules for media (a narrow screen, a printer) and those that speak of elements within others are passed over: a page
without a browser has no width, and what is found too much is better than a text lost.

Source: CSS 2.2, 4.1.7 (rule sets), 5 (selectors), 9.2.4 (display).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

HIDING: Final = re.compile(
    r"(?:display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all)\b", re.IGNORECASE
)
# None of these is searched for with a run of anything before it: where what follows never comes, that takes quadratic time.
_SHEET: Final = re.compile(r"<style\b", re.IGNORECASE)
_END_OF_SHEET: Final = re.compile(r"</style", re.IGNORECASE)
_SEMICOLON_OR_BLOCK: Final = re.compile(r"[;{]")
_REMARK: Final = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_SELECTOR: Final = re.compile(r"([a-zA-Z][\w-]*|\*)?((?:[.#][\w-]+)*)")
_PART: Final = re.compile(r"([.#])([\w-]+)")
_MAX_CHARS: Final = 500_000
_MAX_RULES: Final = 5_000
_MAX_OTHERS: Final = 20
"""Rules that name more than one class or id."""


class Rule(NamedTuple):
    """Which elements are hidden: of this name (any, if empty), with this id, with all of these classes."""

    tag: str
    identifier: str
    classes: frozenset[str]


class Hiding:
    """The rules of one page that hide; looking one element up costs little, however many there are."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._classes: set[str] = set()
        self._ids: set[str] = set()
        self._others: list[Rule] = []
        for rule in rules:
            if not rule.tag and not rule.identifier and len(rule.classes) == 1:
                self._classes |= rule.classes
            elif not rule.tag and rule.identifier and not rule.classes:
                self._ids.add(rule.identifier)
            elif len(self._others) < _MAX_OTHERS:
                self._others.append(rule)

    def hides(self, tag: str, attributes: Mapping[str, str | None]) -> bool:
        """Whether an element is hidden."""
        identifier = attributes.get("id") or ""
        classes = frozenset((attributes.get("class") or "").split())
        if not identifier and not classes:
            return False
        return (
            identifier in self._ids
            or not self._classes.isdisjoint(classes)
            or any(
                rule.tag in {"", tag} and rule.identifier in {"", identifier} and rule.classes <= classes
                for rule in self._others
            )
        )


def find_hiding(markup: str) -> Hiding | None:
    """Find the rules that hide; None where a page has none of its own."""
    rules: list[Rule] = []
    for sheet in _sheets(markup[:_MAX_CHARS]):
        for selectors, body in _rules(_without_blocks(_REMARK.sub(" ", sheet))):
            if len(rules) < _MAX_RULES and HIDING.search(body):
                rules += filter(None, map(_read, selectors.split(",")))
    return Hiding(rules) if rules else None


def sheets_in(markup: str) -> str:
    """The style sheets of a page that hide something, as far as they are looked at: what the rest of the page goes by, too."""
    hiding = (sheet for sheet in _sheets(markup[:_MAX_CHARS]) if HIDING.search(sheet))
    return "".join(f"<style>{sheet}</style>" for sheet in hiding)


def _sheets(markup: str) -> Iterator[str]:
    """What stands between the tags of style sheets; the last one may have no end."""
    place = 0
    while (found := _SHEET.search(markup, place)) and (begin := markup.find(">", found.end()) + 1):
        end = _END_OF_SHEET.search(markup, begin)
        yield markup[begin : end.start() if end else len(markup)]
        place = end.end() if end else len(markup)


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """The rules of a sheet: selectors, and what stands in their braces."""
    for part in sheet.split("}")[:-1]:
        before, brace, body = part.rpartition("{")
        if brace:
            yield before.rpartition("{")[2], body


def _read(selector: str) -> Rule | None:
    found = _SELECTOR.fullmatch(selector.strip())
    if found is None or not found[2]:
        return None  # of a kind of element as a whole, or more than one element
    parts = _PART.findall(found[2])
    ids = [name for sign, name in parts if sign == "#"]
    tag = (found[1] or "").lower().replace("*", "")
    return Rule(tag, ids[0] if ids else "", frozenset(name for sign, name in parts if sign == "."))


def _without_blocks(sheet: str) -> str:
    """A sheet without its rules for media and the like, which stand in braces of their own."""
    pieces: list[str] = []
    place = 0
    while (at := sheet.find("@", place)) >= 0:
        pieces.append(sheet[place:at])
        found = _SEMICOLON_OR_BLOCK.search(sheet, at)
        if found is None or found[0] == ";":  # @import and the like
            place = found.end() if found else len(sheet)
            continue
        depth, place = 1, found.end()
        while depth and place < len(sheet):
            depth += {"{": 1, "}": -1}.get(sheet[place], 0)
            place += 1
    return "".join([*pieces, sheet[place:]])
