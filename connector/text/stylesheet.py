"""
What the style sheets of a page hide: rules of elements by names, ids, classes and attributes, and those of what stands around. PURE.

The page is taken as a screen shows it that is 1,280 pixels wide, and of two rules that speak of one element the stronger
one counts. What asks more of an element is passed over, and so is what hides a page as a whole, which a script shows once
it is there: what is found too much is better than a text lost. What is out of sight alone (letters of no size or no colour, a place
far beside the screen) is no less there for whoever hears a page, and hides nothing.

Source: CSS 2.2, 4.1.7 (rule sets), 5 (selectors), 6.4 (cascade), 9.2.4 (display); Media Queries 4, 2 and 4.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

from connector.text.selectors import (
    ANY,
    MAX_NESTED,
    Attributes,
    Element,
    Nesting,
    Rule,
    in_one_piece,
    read_selector,
)

HIDING: Final = re.compile(
    r"(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all)\b", re.IGNORECASE
)
MAY_HIDE: Final = re.compile(r"\bhidden\b|display|visibility|mso-hide|<dialog\b|\bpopover\b", re.IGNORECASE)
"""What stands in a page that hides anything."""
_SAID: Final = re.compile(
    r"(?<![\w-])(display|(?:content-)?visibility|mso-hide)\s*+:\s*+([a-z-]++)\s*+(!\s*+important)?",
    re.IGNORECASE,
)
_NOT_SHOWN: Final = frozenset(
    {
        ("display", "none"),
        ("visibility", "hidden"),
        ("visibility", "collapse"),
        ("content-visibility", "hidden"),
        ("mso-hide", "all"),
    }
)
# None of these is searched for with a run of anything before it: where what follows never comes, that takes quadratic time.
_SHEET: Final = re.compile(r"<style\b", re.IGNORECASE)
_END_OF_SHEET: Final = re.compile(r"</style", re.IGNORECASE)
_SEMICOLON_OR_BLOCK: Final = re.compile(r"[;{]")
_REMARK: Final = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_MEDIA_OF_SHEET: Final = re.compile(r"\bmedia\s*+=\s*+[\"']?([^\"'>]*+)", re.IGNORECASE)
_BLOCK: Final = re.compile(r"@(media|supports|layer)\b([^{]*+)", re.IGNORECASE)
_FEATURE: Final = re.compile(r"\(([^()]*+)\)")
_WIDTH: Final = re.compile(r"(min|max)-(?:device-)?width\s*+:\s*+(\d{1,5}(?:\.\d+)?)(px|r?em)")
_ELSEWHERE: Final = re.compile(r"\b(?:print|speech|aural|braille|embossed|handheld|projection|tty|tv)\b")
_SCREEN_PIXELS: Final = 1280
_PIXELS: Final = {"px": 1, "em": 16, "rem": 16}
_FOUND_BY_LOOKING: Final = "until-found"
"""Of what is hidden: whoever looks for its words on the page is shown it."""
_WHOLE: Final = frozenset({"html", "body"})
_BY_ITSELF: Final = 1_000
"""As many ids as no rule has: what an element says itself is stronger than any sheet."""
_BRACE: Final = re.compile(r"[{};]")
_MAX_LEVELS: Final = 40
_MAX_LOOKS: Final = 100_000
"""At rules of more than one name, and at what stands around elements, for one page: what comes behind is shown."""
_MAX_CHARS: Final = 500_000
_MAX_RULES: Final = 5_000
_MAX_OTHERS: Final = 20
"""Rules that name more than one class or id, of those that share their first."""


Around = Callable[[], Iterable[tuple[str, Attributes]]]
"""The elements in which one stands, from within, by names and attributes."""


class Weight(NamedTuple):
    """How strong it is what a rule says, the stronger the higher, and whether it hides."""

    important: bool
    ids: int
    classes: int
    tags: int
    place: int
    hides: bool


_Said = dict[str, Weight]
"""What a rule says, by property."""


class Hiding:
    """
    The rules of one page that hide, or show again; looking one element up costs little, however many there are.

    Args:
        folded: ids and classes are the same in letters of either case, and rules name them in small ones.
    """

    def __init__(self, rules: Mapping[Rule, _Said], *, folded: bool = False) -> None:
        self._folded = folded
        self._simple: dict[str, _Said] = {}
        """Of one class, or one id, by its name behind its sign, or of one kind of element."""
        self._others: dict[str, list[tuple[Rule, int, _Said]]] = {}
        """Of several, by one of them, with what a look at each costs."""
        self._looks = _MAX_LOOKS
        for rule, said in rules.items():
            for name in rule.names:
                if rule.is_simple:
                    _add(self._simple.setdefault(name, {}), said)
                elif len(others := self._others.setdefault(name, [])) < _MAX_OTHERS:
                    others.append((rule, rule.cost, said))

    def afresh(self) -> Hiding:
        """The same rules for another page, of which so much is looked at as of any."""
        other = Hiding({}, folded=self._folded)
        other._simple, other._others = self._simple, self._others
        return other

    def find(self, tag: str, attributes: Attributes, around: Around) -> _Said:
        """What the rules say of an element."""
        element = self._element(tag, attributes)
        found: _Said = {}
        outer: list[Element] | None = None
        for name in (
            *(f".{one}" for one in element.classes),
            f"#{element.identifier}",
            *(f"[{one}" for one in attributes),
            tag,
            ANY,
        ):
            _add(found, self._simple.get(name, {}))
            for rule, cost, said in self._others.get(name, ()) if self._looks > 0 else ():
                self._looks -= cost
                if not rule.speaks_of(element):
                    continue
                if rule.around and outer is None:
                    outer = [self._element(one, its) for one, its in islice(around(), _MAX_LEVELS)]
                    self._looks -= len(outer)
                within = outer or []
                if name == ANY:  # what hides all of a page is shown by a script once it is there
                    within = [one for one in within if one.tag not in _WHOLE]
                if not rule.around or self._stands_in(rule.around, within, 0):
                    _add(found, said)
        return found

    def _element(self, tag: str, attributes: Attributes) -> Element:
        classes, identifier = attributes.get("class") or "", attributes.get("id") or ""
        if self._folded:
            classes, identifier = classes.lower(), identifier.lower()
        return Element(tag, identifier, frozenset(classes.split()), attributes)

    def _stands_in(self, around: tuple[tuple[bool, Rule], ...], outer: list[Element], place: int) -> bool:
        """Whether what a rule wants around an element is there, from a place on; not looked for any more where a page asks too often."""
        if not around:
            return True
        right_around, rule = around[0]
        for level in range(place, min(len(outer), place + 1) if right_around else len(outer)):
            self._looks -= rule.cost
            if self._looks <= 0:
                return False
            if rule.speaks_of(outer[level]) and self._stands_in(around[1:], outer, level + 1):
                return True
        return False


def _add(found: _Said, said: _Said) -> None:
    """Take what is said where it is stronger."""
    for name, weight in said.items():
        if name not in found or found[name] < weight:
            found[name] = weight


class Sight(NamedTuple):
    """What is seen of an element: nothing of it and all within, or, where it says so, whether it and what says nothing else within is."""

    gone: bool
    visible: bool | None = None


_GONE: Final = Sight(gone=True)
_PLAIN: Final = Sight(gone=False)


def sight_of(tag: str, attributes: Attributes, hiding: Hiding | None, around: Around = tuple) -> Sight:
    """What a browser shows of an element, by what it says itself, or the page's style sheets."""
    if tag in _WHOLE:
        return _PLAIN
    if (
        (attributes.get("hidden", _FOUND_BY_LOOKING) or "").lower() != _FOUND_BY_LOOKING
        or "popover" in attributes
        or (tag == "dialog" and "open" not in attributes)
        or attributes.get("display") == "none"  # of drawings
    ):
        return _GONE
    said = {} if hiding is None else hiding.find(tag, attributes, around)
    style = attributes.get("style") or ""
    if MAY_HIDE.search(style):
        declared = _declared(_REMARK.sub("", style))
        _add(said, _said(declared, (_BY_ITSELF, 0, 1), place=0))
    drawn = attributes.get("visibility")
    if not said and drawn is None:
        return _PLAIN
    if any(weight.hides for name, weight in said.items() if name != "visibility"):
        return _GONE
    if "visibility" in said:
        return Sight(gone=False, visible=not said["visibility"].hides)
    return _PLAIN if drawn is None else Sight(gone=False, visible=drawn not in {"hidden", "collapse"})


def hides(tag: str, attributes: Attributes, hiding: Hiding | None, around: Around = tuple) -> bool:
    """Whether a browser shows nothing of an element, as far as nothing within it says else."""
    sight = sight_of(tag, attributes, hiding, around)
    return sight.gone or sight.visible is False


def _declared(body: str) -> dict[str, tuple[bool, bool]]:
    """What declarations say, by property: whether it is important, and whether it hides; the last one of the stronger counts."""
    found: dict[str, tuple[bool, bool]] = {}
    for name, value, important in _SAID.findall(body):
        name = name.lower()
        if important or not found.get(name, (False, False))[0]:
            found[name] = (bool(important), (name, value.lower()) in _NOT_SHOWN)
    return found


def _said(declared: Mapping[str, tuple[bool, bool]], strength: tuple[int, int, int], *, place: int) -> _Said:
    return {
        name: Weight(important, *strength, place, hidden) for name, (important, hidden) in declared.items()
    }


def find_hiding(markup: str, *, folded: bool = False) -> Hiding | None:
    """Find the rules that hide; None where a page has none of its own. `folded` as Hiding has it."""
    found = _hiding_of(tuple(_sheets(markup[:_MAX_CHARS])), folded)
    return None if found is None else found.afresh()


@lru_cache(maxsize=2)  # the pages of a book, and the portions of a page, have the same
def _hiding_of(sheets: tuple[str, ...], folded: bool) -> Hiding | None:
    rules: dict[Rule, _Said] = {}
    some, place = False, 0
    for sheet in sheets:
        for selectors, body in _rules(_without_blocks(_REMARK.sub(" ", sheet))):
            if len(rules) >= _MAX_RULES or not _SAID.search(body):
                continue
            declared = _declared(body)
            for rule in filter(None, map(read_selector, selectors)):
                place += 1
                rule = rule.folded() if folded else rule
                said = _said(declared, rule.strength, place=place)
                some = some or any(weight.hides for weight in said.values())
                _add(rules.setdefault(rule, {}), said)
    return Hiding(rules, folded=folded) if some else None


def sheets_in(markup: str) -> str:
    """The style sheets of a page that hide something, as far as they are looked at: what the rest of the page goes by, too."""
    sheets = [sheet for sheet in _sheets(markup[:_MAX_CHARS]) if _SAID.search(sheet)]
    return "".join(f"<style>{sheet}</style>" for sheet in sheets) if any(map(HIDING.search, sheets)) else ""


def _sheets(markup: str) -> Iterator[str]:
    """What stands between the tags of style sheets; the last one may have no end."""
    place = 0
    while (found := _SHEET.search(markup, place)) and (begin := markup.find(">", found.end()) + 1):
        end = _END_OF_SHEET.search(markup, begin)
        media = _MEDIA_OF_SHEET.search(markup, found.end(), begin)
        if media is None or applies(media[1]):
            yield markup[begin : end.start() if end else len(markup)]
        place = end.end() if end else len(markup)


def _rules(sheet: str) -> Iterator[tuple[list[str], str]]:
    """The rules of a sheet, those within others among them: selectors, and what stands in their braces."""
    if "{" in sheet and ("'" in sheet or '"' in sheet):
        sheet = in_one_piece(sheet)
    nesting = Nesting()
    around: list[str] = []
    bodies: list[list[str]] = []
    place = 0
    for found in _BRACE.finditer(sheet):
        said, place = sheet[place : found.start()], found.end()
        if found[0] == "{":
            around.append(said)
            bodies.append([])
        elif bodies:
            bodies[-1].append(said)
            if found[0] == "}":
                body = ";".join(bodies.pop())
                if _SAID.search(body) and len(around) <= MAX_NESTED:
                    yield nesting.selectors(around), body
                around.pop()


def _without_blocks(sheet: str) -> str:
    """A sheet without its rules for other media and the like, which stand in braces of their own."""
    pieces: list[str] = []
    place = 0
    while (at := sheet.find("@", place)) >= 0:
        pieces.append(sheet[place:at])
        found = _SEMICOLON_OR_BLOCK.search(sheet, at)
        if found is None or found[0] == ";":  # @import and the like
            place = found.end() if found else len(sheet)
            continue
        depth, place = 1, found.end()
        block = _BLOCK.match(sheet, at, found.start())
        if block and (block[1].lower() != "media" or applies(block[2])):
            continue  # its rules hold; the brace behind them is none of any rule
        while depth and place < len(sheet):
            depth += {"{": 1, "}": -1}.get(sheet[place], 0)
            place += 1
    return "".join([*pieces, sheet[place:]])


def applies(media: str) -> bool:
    """Whether a list of media speaks of the screen that a page is taken to be shown on; what it asks beside widths is passed over."""
    return any(map(_is_of_screen, media.lower().split(",")))


def _is_of_screen(media: str) -> bool:
    features = _FEATURE.findall(media)
    widths = [_WIDTH.fullmatch(one.strip()) for one in features]
    if "not" in media.split() or _ELSEWHERE.search(media) or not all(widths):
        return False
    return all(
        (pixels <= _SCREEN_PIXELS if width[1] == "min" else pixels >= _SCREEN_PIXELS)
        for width in widths
        if width is not None
        for pixels in [float(width[2]) * _PIXELS[width[3]]]
    )
