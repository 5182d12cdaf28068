"""
Stretches of a page's markup that a browser shows nothing of, told in one pass without a tree: PURE.

For markup whose tree costs too much, and for pages that are read in portions: what is hidden where one ends goes on in
the next. No more is known of how elements close each other than that pages leave out some ends.

Source: HTML Living Standard, 13.1.2.4 (optional tags), 13.2.5 (comments, scripts).
"""

from __future__ import annotations

import html
import re
from typing import Final, NamedTuple

from connector.text.markup_cost import NOT_NESTED
from connector.text.stylesheet import MAY_HIDE, Hiding, hides

NEVER_SHOWN: Final = frozenset(
    [
        "script", "style", "template", "noscript", "iframe", "object", "noframes", "noembed", "datalist", "canvas", "video", "audio",
        "annotation", "annotation-xml",
    ]
)  # fmt: skip
"""What is run, kept, or said to those programs alone that cannot show the rest."""
_MAY_BE_HIDDEN: Final = re.compile(
    rf"<!--|<(?:{'|'.join(sorted(NEVER_SHOWN))})\b|{MAY_HIDE.pattern}", re.IGNORECASE
)
_MARK: Final = re.compile(r"<!--|<(/?)([a-zA-Z][a-zA-Z0-9:-]*+)([^<>]*+)>?")
_ATTRIBUTE: Final = re.compile(r"([^\s=/\"'>]++)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++)))?+")
_END_OF_RAW: Final = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style")}
_END_OF_COMMENT: Final = "-->"
_CLOSED: Final = re.compile(r"<([a-zA-Z][\w:-]*+)((?:[^<>\"'/]++|\"[^\"<]*+\"|'[^'<]*+'|/(?!>))*+)/>")
_SECTION, _END_OF_SECTION = "<![CDATA[", "]]>"
_ENDING_PARAGRAPHS: Final = """
    address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header
    hgroup hr main menu nav ol p pre search section summary table ul
"""
_ENDS_PARAGRAPH: Final = frozenset(_ENDING_PARAGRAPHS.split())
_AROUND: Final = frozenset({"ul", "ol", "dl", "table", "select", "div", "section", "article", "body"})
"""With the end of one, what it holds ends, too."""
_IN_TABLES: Final = {
    **dict.fromkeys(("td", "th", "caption"), ("<table>", "")),
    **dict.fromkeys(("tbody", "thead", "tfoot"), ("<table>", "<tr><td>")),
    "tr": ("<table>", "<td>"),
}
"""What stands around the content of elements that are nothing to a parser by themselves."""
_WITHOUT_CONTENT: Final = (
    "area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr"
)
_EMPTY: Final = frozenset(_WITHOUT_CONTENT.split())


class Stretches(NamedTuple):
    """Where nothing is shown, from and to, and the tag with which the last one goes on behind the end."""

    found: list[tuple[int, int]]
    open_tag: str


class _Open(NamedTuple):
    """The hidden element that is open: what stands in it is looked at for its end alone."""

    name: str
    begin: int
    tag: str


def find_hidden(markup: str, hiding: Hiding | None) -> Stretches:
    """Find all stretches that are hidden: comments, scripts and the like, and elements that say so or that style sheets hide."""
    found: list[tuple[int, int]] = []
    if not _MAY_BE_HIDDEN.search(markup):
        return Stretches(found, "")
    around: _Open | None = None
    depth = inner = place = 0
    while tag := _MARK.search(markup, place):
        place = tag.end()
        name = (tag[2] or "").lower()
        if not name or (name in _END_OF_RAW and not tag[1]):
            end = _end_of_raw(markup, place, name)
            if around is None:
                found.append((tag.start(), len(markup) if end is None else end))
            if end is None:
                return (
                    Stretches(found, f"<{name}>" if name else tag[0])
                    if around is None
                    else _open(found, around, markup)
                )
            place = end
        elif around is None:
            if (
                not tag[1]
                and name not in _EMPTY
                and (name in NEVER_SHOWN or _says_hidden(name, tag[3], hiding))
            ):
                around, depth, inner = _Open(name, tag.start(), tag[0]), 1, 0
        elif around.name in NOT_NESTED and inner == 0 and _ends(around.name, name, closes=bool(tag[1])):
            # what ends it may be hidden, too
            place = tag.end() if tag[1] and name == around.name else tag.start()
            found.append((around.begin, place))
            around = None
        else:
            depth += (-1 if tag[1] else 1) if name == around.name else 0
            inner += (-1 if tag[1] else 1) if name in _AROUND else 0
            if depth == 0:
                found.append((around.begin, place))
                around = None
    return Stretches(found, "") if around is None else _open(found, around, markup)


def without_hidden(markup: str, hiding: Hiding | None) -> str:
    """The markup without what is hidden."""
    pieces: list[str] = []
    place = 0
    for begin, end in find_hidden(markup, hiding).found:
        pieces.append(markup[place:begin])
        place = end
    return "".join([*pieces, markup[place:]])


def as_html(markup: str) -> str:
    """A page in XML as one in HTML, to which an empty element that ends in its own tag is open, and a marked section a comment."""
    markup = _CLOSED.sub(
        lambda tag: tag[0] if tag[1].lower() in _EMPTY else f"<{tag[1]}{tag[2]}></{tag[1]}>", markup
    )
    pieces: list[str] = []
    place = 0
    while (begin := markup.find(_SECTION, place)) >= 0 and (end := markup.find(_END_OF_SECTION, begin)) >= 0:
        pieces.append(markup[place:begin])
        words = markup[begin + len(_SECTION) : end]
        around = _MARK.match(markup, max(0, markup.rfind("<", place, begin)))
        is_raw = around is not None and (around[2] or "").lower() in _END_OF_RAW
        pieces.append(words if is_raw else html.escape(words))
        place = end + len(_END_OF_SECTION)
    return "".join([*pieces, markup[place:]])


def _open(found: list[tuple[int, int]], around: _Open, markup: str) -> Stretches:
    before, behind = _IN_TABLES.get(around.name, ("", ""))
    return Stretches([*found, (around.begin, len(markup))], f"{before}{around.tag.rstrip('>')}>{behind}")


def _end_of_raw(markup: str, place: int, name: str) -> int | None:
    """Where a comment, or a script or style sheet, is over; None where it is not."""
    if not name:
        end = markup.find(_END_OF_COMMENT, place)
        return end + len(_END_OF_COMMENT) if end >= 0 else None
    found = _END_OF_RAW[name].search(markup, place)
    return found.start() if found else None


def _ends(name: str, following: str, *, closes: bool) -> bool:
    """Whether a tag ends an element of a name whose own end may be left out."""
    if closes:
        return following == name or following in _AROUND
    return following == name or (name == "p" and following in _ENDS_PARAGRAPH)


def _says_hidden(name: str, said: str, hiding: Hiding | None) -> bool:
    if hiding is None and not MAY_HIDE.search(said):
        return False
    attributes: dict[str, str | None] = {}
    for key, *values in _ATTRIBUTE.findall(said):
        attributes.setdefault(key.lower(), html.unescape(next(filter(None, values), "")))
    return hides(name, attributes, hiding)
