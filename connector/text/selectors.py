"""
Selectors of style sheets: which elements a rule speaks of, by names, ids, classes, attributes, and what stands around. PURE.

What asks more of an element (its place among others, what a reader does with it) is passed over.

Source: Selectors 4, 3 (syntax), 4.2 to 4.4 (of several), 6 (attributes), 17 (strength); CSS Nesting 1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice, product
from typing import Final, NamedTuple

_ASKED: Final = r"\[([\w-]++)(?:([~^$*|]?)=(?:\"([^\"\[\]]*+)\"|'([^'\[\]]*+)'|([\w-]++))([iIsS]?))?\]"
_SELECTOR: Final = re.compile(
    rf"([a-zA-Z][\w-]*|\*)?((?:[.#](?:[\w-]|\\[^\n0-9a-fA-F])++|{re.sub(r'[(](?![?])', '(?:', _ASKED)})*+)"
)
_PART: Final = re.compile(rf"([.#])((?:[\w-]|\\.)++)|{_ASKED}")
_PARTED: Final = re.compile(r"(\s*+>\s*+|\s++)")
_BLANK_IN_BRACKETS: Final = re.compile(r"(?<=[(,])\s++|(?<!\s)\s++(?=[,)])")
_BRACKET_OR_COMMA: Final = re.compile(r"\\.|[(),]", re.DOTALL)
_QUOTED: Final = re.compile(r"\"[^\"\n]*+\"|'[^'\n]*+'")
_HOW_LETTERS: Final = re.compile(r"(?<=[\"'])\s++([iIsS])\s*+(?=\])")
_SIGNS: Final = {ord(sign): chr(0xE000 + ord(sign)) for sign in " \t,;:(){}[]<>+~&@*/"}
"""What parts selectors and rules, and stands within quotes: as a letter of nobody's there."""
_AS_WRITTEN: Final = {ord(letter): chr(sign) for sign, letter in _SIGNS.items()}
_ROOT: Final = re.compile(r":root\b", re.IGNORECASE)
ANY: Final = "*"
"""By which a rule is looked up that names nothing but what its elements stand in."""
_OF_SEVERAL: Final = re.compile(r"(?<!\\):(not|is|where)\(", re.IGNORECASE)
_MAX_OF_SEVERAL: Final = 3
"""Within one selector of an element, and in each other."""
_MAX_MEANT: Final = 20
"""Elements that one of these names."""
_MAX_AROUND: Final = 3
_MAX_SELECTORS: Final = 1_000
"""Of one rule."""
_MAX_SELECTOR_CHARS: Final = 2_000
MAX_NESTED: Final = 3
"""Rules within each other."""
_MAX_NESTED_SELECTORS: Final = 20_000
"""Of the rules of a sheet that stand in others."""

Attributes = Mapping[str, str | None]


class Asked(NamedTuple):
    """What an attribute is asked for: to be there, or what its value is, begins with (^), ends in ($), holds (*), or has as a word (~, |)."""

    name: str
    how: str
    value: str | None
    folded: bool = False
    """Its letters may be of either case."""

    def holds(self, attributes: Attributes) -> bool:
        """Whether it is as asked."""
        if self.name not in attributes or self.value is None:
            return self.name in attributes
        found, value = attributes[self.name] or "", self.value
        if self.folded:
            found, value = found.lower(), value.lower()
        match self.how:
            case "~":
                return value in found.split()
            case "|":
                return found == value or found.startswith(f"{value}-")
            case "":
                return found == value
            case _:
                return bool(value) and (
                    value in found
                    if self.how == "*"
                    else found.startswith(value)
                    if self.how == "^"
                    else found.endswith(value)
                )


class Element(NamedTuple):
    """One that rules may speak of."""

    tag: str
    identifier: str
    classes: frozenset[str]
    attributes: Attributes


class Meant(NamedTuple):
    """Elements of which one is to be any (`:is`, `:where`), or none (`:not`)."""

    rules: tuple[Rule, ...]
    wanted: bool
    counts: bool
    """Whether they make their rule stronger."""

    def holds(self, one: Element) -> bool:
        """Whether it is so of an element."""
        return any(rule.speaks_of(one) for rule in self.rules) is self.wanted


class Rule(NamedTuple):
    """Which elements are meant: of this name (any, if empty), with this id, with all of these classes, with attributes as asked."""

    tag: str
    identifier: str
    classes: frozenset[str]
    asked: tuple[Asked, ...] = ()
    around: tuple[tuple[bool, Rule], ...] = ()
    """What it stands in, from within: whether that is right around it, and which element."""
    meant: tuple[Meant, ...] = ()
    named_again: tuple[int, int] = (0, 0)
    """Ids and classes, each time after the first: nothing but stronger."""

    def speaks_of(self, one: Element) -> bool:
        """Whether it is for an element, whatever that stands in."""
        return (
            self.tag in {"", one.tag}
            and self.identifier in {"", one.identifier}
            and self.classes <= one.classes
            and all(asked.holds(one.attributes) for asked in self.asked)
            and all(meant.holds(one) for meant in self.meant)
        )

    @property
    def names(self) -> list[str]:
        """What an element has by which the rule is looked up: one of all, or of several each; empty where that is nothing."""
        named = [f"#{self.identifier}"] * bool(self.identifier)
        named += [f".{one}" for one in sorted(self.classes)]
        named += [f"[{one.name}" for one in self.asked] + [self.tag] * bool(self.tag)
        if named:
            return named[:1]
        several = [
            [name for rule in one.rules for name in rule.names]
            for one in self.meant
            if one.wanted and all(rule.names for rule in one.rules)
        ]
        if several:
            return list(dict.fromkeys(several[0]))
        return [ANY] if self.around else []

    def folded(self) -> Rule:
        """The same with ids and classes in small letters."""
        return self._replace(
            identifier=self.identifier.lower(),
            classes=frozenset(one.lower() for one in self.classes),
            around=tuple((sign, rule.folded()) for sign, rule in self.around),
            meant=tuple(one._replace(rules=tuple(rule.folded() for rule in one.rules)) for one in self.meant),
        )

    @property
    def is_simple(self) -> bool:
        """Whether it asks for one thing alone."""
        several = bool(self.identifier) + len(self.classes) + bool(self.tag)
        return several == 1 and not (self.around or self.asked or self.meant)

    @property
    def cost(self) -> int:
        """How many elements it names, and so how many looks it takes to tell whether it speaks of one."""
        return 1 + sum(rule.cost for one in self.meant for rule in one.rules) if self.meant else 1

    @property
    def strength(self) -> tuple[int, int, int]:
        """How many ids, classes and names it asks for; the strongest of several count."""
        again = self.named_again
        own = (
            bool(self.identifier) + again[0],
            len(self.classes) + again[1] + len(self.asked),
            bool(self.tag),
        )
        counted = [max(rule.strength for rule in one.rules) for one in self.meant if one.counts]
        outer = [rule.strength for _, rule in self.around]
        ids, classes, tags = (sum(numbers) for numbers in zip(own, *counted, *outer, strict=True))
        return ids, classes, tags


def in_one_piece(sheet: str) -> str:
    """A sheet in which nothing within quotes parts what stands around it."""
    return _HOW_LETTERS.sub(r"\1", _QUOTED.sub(lambda found: found[0].translate(_SIGNS), sheet))


class Nesting:
    """Tells the selectors of rules that stand in others, of one sheet; of so many as a sheet may well have."""

    def __init__(self) -> None:
        self._left = _MAX_NESTED_SELECTORS

    def selectors(self, around: list[str]) -> list[str]:
        """
        The selectors of one rule.

        Args:
            around: what stands before its braces, and before those around them, from without.
        """
        if len(around) > 1 and self._left <= 0:
            return []
        outer = _parted(around[0])
        for selectors in around[1:]:
            several = (_joined(whole, one) for whole, one in product(outer, _parted(selectors)))
            outer = list(filter(None, islice(several, min(_MAX_SELECTORS, self._left))))
            self._left -= len(outer)
        return outer


def _joined(outer: str, inner: str) -> str:
    """A selector within another one, which "&" stands for; empty where it becomes too long."""
    if "&" not in inner:
        inner = f"& {inner}"
    size = len(inner) + inner.count("&") * len(outer)
    return inner.replace("&", outer.strip()) if size <= _MAX_SELECTOR_CHARS else ""


@lru_cache(maxsize=2 * MAX_NESTED)  # those around many rules are the same
def _parted(selectors: str) -> list[str]:
    """Selectors parted by the commas that stand in no brackets."""
    if "(" not in selectors:
        return selectors.split(",")[:_MAX_SELECTORS]
    found, begin, depth = list[str](), 0, 0
    for sign in _BRACKET_OR_COMMA.finditer(selectors):
        depth += (sign[0] == "(") - (sign[0] == ")")
        if sign[0] == "," and not depth:
            found.append(selectors[begin : sign.start()])
            begin = sign.end()
    return [*found, selectors[begin:]][:_MAX_SELECTORS]


def read_selector(selector: str) -> Rule | None:
    """The rule of one selector; None where it is of elements of every kind, or asks for more than is looked at."""
    if ":" in selector:
        selector = _ROOT.sub("html", selector)
    if "(" in selector:
        selector = _BLANK_IN_BRACKETS.sub("", selector)
    first, *others = _PARTED.split(selector.strip())
    if len(others) > 2 * _MAX_AROUND:
        return None
    rule = _compound(first)
    for sign, part in zip(others[::2], others[1::2], strict=True):
        following = _compound(part)
        if rule is None or following is None:
            return None
        rule = following._replace(around=((sign.strip() == ">", rule._replace(around=())), *rule.around))
    return rule if rule is not None and rule.names else None


def _compound(selector: str, depth: int = 0) -> Rule | None:
    """What one element is to be; None where it asks for more than is looked at."""
    meant: list[Meant] = []
    while several := _OF_SEVERAL.search(selector):
        end = _closing(selector, several.end())
        if len(meant) >= _MAX_OF_SEVERAL or depth >= _MAX_OF_SEVERAL or end is None:
            return None
        named = _parted(selector[several.end() : end])
        rules = [_compound(one, depth + 1) for one in named[: _MAX_MEANT + 1]]
        known = tuple(rule for rule in rules if rule is not None)
        if len(known) != len(named) or len(named) > _MAX_MEANT:
            return None
        how = several[1].lower()
        meant.append(Meant(known, wanted=how != "not", counts=how != "where"))
        selector = selector[: several.start()] + selector[end + 1 :]
    found = _SELECTOR.fullmatch(selector)
    if found is None or not (selector or meant):
        return None
    ids, classes, asked = list[str](), list[str](), list[Asked]()
    for part in _PART.finditer(found[2]):
        if part[1]:
            (ids if part[1] == "#" else classes).append(part[2].replace("\\", ""))
        else:
            value = next((one for one in (part[5], part[6], part[7]) if one is not None), None)
            value = None if value is None else value.translate(_AS_WRITTEN)
            asked.append(Asked(part[3].lower(), part[4] or "", value, (part[8] or "").lower() == "i"))
    if len(set(ids)) > 1:  # no element has two
        return None
    tag = (found[1] or "").lower().replace("*", "")
    again = (max(0, len(ids) - 1), len(classes) - len(set(classes)))
    return Rule(
        tag, "".join(ids[:1]), frozenset(classes), tuple(asked), meant=tuple(meant), named_again=again
    )


def _closing(selector: str, place: int) -> int | None:
    """Where a bracket ends that was opened before a place."""
    depth = 1
    for sign in _BRACKET_OR_COMMA.finditer(selector, place):
        depth += (sign[0] == "(") - (sign[0] == ")")
        if not depth:
            return sign.start()
    return None
