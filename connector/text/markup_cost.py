"""
What it would cost to build the tree of some markup: PURE, told in one pass, before a parser begins.

Any member of a room can write markup whose tree takes a parser quadratic time or memory: thousands of nested
elements (each new one looks up through all of them), formatting that is never closed (it is opened anew in every
paragraph), a tag with thousands of attributes (each is compared with the ones before). Source: HTML Living
Standard, 13.2.4.2 "has an element in scope", 13.2.4.3 "list of active formatting elements", 13.2.5.33.
"""

from __future__ import annotations

import re
from typing import Final

_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)([^<>]*)")
# These close each other or have no content: none of them can stand in its like without a container between.
NOT_NESTED: Final = frozenset(
    [
        "p",
        "li",
        "td",
        "th",
        "tr",
        "dt",
        "dd",
        "tbody",
        "thead",
        "tfoot",
        "option",
        "optgroup",
        "br",
        "hr",
        "img",
        "input",
        "col",
        "wbr",
        "area",
        "base",
        "link",
        "meta",
        "source",
        "track",
        "embed",
        "param",
        "keygen",
        "basefont",
        "bgsound",
        "frame",
    ]
)
_FORMATTING: Final = frozenset(
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"]
)
_LEVELS_A_STEP: Final = 16
"""A new element looks through so many open ones in about the time that it takes to be made (observed, lexbor)."""
_ATTRIBUTES_A_STEP: Final = 64


def tree_steps(markup: str, most: int) -> int:
    """
    Estimate how many elements, and looks at elements, the tree of some markup takes.

    Never too low: an end tag counts as such only where it closes the innermost element, so that markup whose tags
    cross counts as ever deeper.

    Args:
        most: stop counting here.
    """
    open_elements: list[str] = []
    formatting = 0
    steps = 0
    for tag in _TAG.finditer(markup):
        closing, name, rest = tag.group(1, 2, 3)
        name = name.lower()
        steps += 1 + formatting + len(open_elements) // _LEVELS_A_STEP
        if len(rest) > _ATTRIBUTES_A_STEP:
            attributes = len(rest.split())
            steps += attributes * attributes // _ATTRIBUTES_A_STEP
        if steps > most:
            return steps
        if name in NOT_NESTED:
            continue
        if not closing:
            open_elements.append(name)
            formatting += name in _FORMATTING
        elif open_elements and open_elements[-1] == name:
            open_elements.pop()
            formatting -= name in _FORMATTING
    return steps
