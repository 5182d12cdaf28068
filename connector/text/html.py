"""Markup to text: PURE, for rich text, comments and HTML files."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

from connector.document.clean import clean_text
from connector.document.encoded import without_addresses
from connector.text.hidden_markup import NEVER_SHOWN, without_hidden
from connector.text.markup_cost import tree_steps
from connector.text.selectors import Attributes
from connector.text.stylesheet import MAY_HIDE, Hiding, Sight, find_hiding, sight_of

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

# Only a known element counts as markup, so that "a < b", "<kari@example.com>" or "x<y>z" stay as they are.
_ELEMENTS: Final = (
    "a|abbr|address|article|aside|b|big|blockquote|body|br|center|cite|code|col|colgroup|dd|del|details|dfn|div|dl|dt|em|"
    "figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|img|input|ins|kbd|label|li|link|main|mark|meta|"
    "nav|ol|option|p|pre|q|s|samp|script|section|select|small|span|strike|strong|style|sub|summary|sup|table|"
    "tbody|td|template|textarea|tfoot|th|thead|title|tr|tt|u|ul|var|video"
)
MARKUP: Final = re.compile(
    # what no name can be is told before any is tried: there may be a million signs "<" and no tag, or one tag and a million blanks
    rf"<(?:(?=/[a-z][a-z0-9]{{0,9}}[\s>])/(?:{_ELEMENTS})\s*+>"
    rf"|(?=[a-z][a-z0-9]{{0,9}}[\s/>])(?:{_ELEMENTS})(?:\s++[\w:.-]++\s*+=[^<>]*+|\s*+/?)>|!--|!doctype)",
    re.IGNORECASE,
)
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE)
_BLOCK_NAMES: Final = """
    address article aside blockquote body center dd details div dl dt figcaption figure footer form h1 h2 h3
    h4 h5 h6 header hr li main nav ol option p pre section summary table tbody tfoot thead title tr ul
    button caption dialog dir fieldset hgroup legend math menu optgroup search select svg text textarea
"""
_BLOCKS: Final = frozenset(_BLOCK_NAMES.split())
_CELLS: Final = frozenset({"td", "th"})
_DROPPED: Final = NEVER_SHOWN | {"-comment", "rt", "rp", "rtc"}
"""The last three say how the letters beside them are spoken."""
# Most rich text is no more than this, and needs no tree: paragraphs and lists, emphasis in them, no attributes.
_WORDS: Final = r"(?:[^<&\x00]++|&(?:amp|lt|gt|quot|nbsp);|<br ?/?>|</?(?:b|strong|i|em|u)>)*+"
_PLAIN: Final = re.compile(rf"(?:\s|<p>{_WORDS}</p>|<(ul|ol)>(?:\s|<li>{_WORDS}</li>)*+</\1>)*+")
_TAG: Final = re.compile(r"<[^>]*>")
_PLAIN_BREAK: Final = re.compile(r"</?(?:p|ul|ol)>|<br ?/?>")
_BLANKS: Final = re.compile(r"[ \t\n\r\f]{2,}|[\t\n\r\f]")
_SHORT: Final = 2_000
"""Characters of markup whose tree is cheap, whatever it looks like: the worst known takes 3 ms (observed)."""
MAX_RICH_CHARS: Final = 1_000_000
"""What is longer is cut: rich text is read in the event loop, and the search takes no more of a document anyway."""
MAX_RICH_STEPS: Final = 100_000
"""Of `tree_steps`, in the event loop: about a tenth of a second (observed)."""
MAX_FILE_STEPS: Final = 2_000_000
"""The same in a worker, for each portion of a file."""
MAX_MAIL_CHARS: Final = 3_000_000
"""Of the page that a mail of Outlook is."""
_HAS_SHEET: Final = re.compile(r"<style\b", re.IGNORECASE)
_TYPED_IN: Final = frozenset(
    {"", "text", "email", "tel", "url", "number", "search", "date", "datetime-local", "month", "week", "time"}
    | {"submit", "button", "reset"}
)
"""Kinds of fields and buttons whose value a page shows."""
_JUST_SHOWN: Final = Sight(gone=False)
_ANY_TAG: Final = re.compile(r"<[^<>]*>")
_HAS_DRAWING: Final = re.compile(r"<svg\b", re.IGNORECASE)
_DEFINING: Final = frozenset({"symbol", "clippath", "mask", "marker", "pattern"})
"""Elements of a drawing that are drawn only where something calls them; `defs` holds more of them."""
_CALLED: Final = re.compile(r"#([^\s\"'()<>]++)")
_MAX_WITHIN: Final = 100
_MAX_DEFINED: Final = 20_000
"""Elements within all definitions of a page that are looked at: what comes behind is shown."""


@lru_cache(maxsize=1_000)
def _sign(entity: str) -> str:
    return html.unescape(entity)


def html_to_text(markup: str) -> str:
    """
    Turn rich text into clean text; text that is not markup passes through with its entities decoded.

    Blocks and list items stand on their own lines (items after "- "), cells are separated by tabs, and
    pictures give their alternative text. A mention, `<span data-mentionid="id">Name</span>`, gives its
    name, or the id when it has none. Markup whose tree would cost too much gives
    its words alone, without lists and cells.
    """
    markup = without_addresses(markup)[:MAX_RICH_CHARS]
    if _PLAIN.fullmatch(markup):
        return clean_text(_plain_to_raw(markup))
    if not MARKUP.search(markup):
        return clean_text(_ENTITY.sub(lambda found: _sign(found.group()), markup))
    return clean_text(markup_to_raw(markup))


def _plain_to_raw(markup: str) -> str:
    """What `markup_to_raw` gives, of paragraphs and lists alone."""
    if "  " in markup or not markup.isprintable():  # else there is nothing to fold, as in most
        markup = _BLANKS.sub(" ", markup)
    raw = _PLAIN_BREAK.sub("\n", markup.replace("<li>", "\n- ").replace("</li>", ""))
    if "<" in raw:  # what is left does no more than stress words
        raw = _TAG.sub("", raw)
    return html.unescape(raw) if "&" in raw else raw


def markup_to_raw(
    markup: str, max_steps: int = MAX_RICH_STEPS, *, is_frame: bool = False, folded: bool = False
) -> str:
    """
    Turn a whole HTML page into text that is not yet cleaned; never fails, however broken the markup.

    Args:
        is_frame: it stands in an attribute of another page; frames within it are not looked into.
        folded: its ids and classes are the same in letters of either case.
    """
    if len(markup) > _SHORT and tree_steps(markup, max_steps) > max_steps:
        return _words_of(markup, folded=folded)
    from selectolax.lexbor import (
        LexborHTMLParser,  # most runs parse nothing, and no command that only tells does
    )

    root = LexborHTMLParser(markup.replace("\x00", "")).root
    if root is None:
        return ""
    pieces: list[str] = []
    cell_depth = 0
    pre_depth = 0
    may_hide = bool(MAY_HIDE.search(markup))
    hiding = hiding_of(markup, folded=folded) if may_hide else None
    drawn = _Drawn(markup) if _HAS_DRAWING.search(markup) else None
    levels = Levels()
    node: LexborNode | None = root
    while node is not None:
        tag = node.tag or ""
        if tag == "-text":
            if levels.visible:
                content = node.text_content or ""
                pieces.append(content if pre_depth else _BLANKS.sub(" ", content))
        elif drawn is not None and drawn.leaves_out(node, tag.lower()):
            pass
        elif tag not in _DROPPED or (tag == "iframe" and not is_frame):
            sight = (
                sight_of(tag, node.attributes, hiding, partial(_around, node)) if may_hide else _JUST_SHOWN
            )
            visible = levels.visible if sight.visible is None else sight.visible
            if tag == "iframe":
                if visible and not sight.gone:
                    page = markup_to_raw(node.attributes.get("srcdoc") or "", max_steps, is_frame=True)
                    pieces.append(f"\n{page}\n")
            elif not sight.gone:
                cell_depth += tag in _CELLS
                pre_depth += tag == "pre"
                opening = _opening(node, tag, in_cell=cell_depth > 0)
                pieces.append(opening if visible or opening.isspace() else "")
                if node.child is not None:
                    node = node.child
                    levels.down(visible=visible)
                    continue
                cell_depth, pre_depth = _close(tag, pieces, cell_depth, pre_depth)
        # Up until there is a next sibling: a stack would be as deep as hostile markup wants it.
        while node is not None and node.next is None:
            node = node.parent
            if node is not None:
                levels.up()
                cell_depth, pre_depth = _close(node.tag or "", pieces, cell_depth, pre_depth)
        node = node.next if node is not None else None
    return "".join(pieces)


class Levels:
    """How deep one stands in a page, and whether what stands there is visible."""

    def __init__(self) -> None:
        self.visible = True
        self._depth = 0
        self._changed: list[int] = []
        """At what depths the visible becomes invisible, or the other way round."""

    def down(self, *, visible: bool) -> None:
        """Into an element."""
        self._depth += 1
        if visible != self.visible:
            self.visible = visible
            self._changed.append(self._depth)

    def up(self) -> None:
        """Out of it."""
        if self._changed and self._changed[-1] == self._depth:
            self._changed.pop()
            self.visible = not self.visible
        self._depth -= 1


class _Drawn:
    """
    Tells what of the drawings (SVG) in a page is drawn nowhere: definitions that nothing calls, by an id of them or within them.

    Source: SVG 2, 5.4 to 5.6.
    """

    def __init__(self, markup: str) -> None:
        self._called = frozenset(_CALLED.findall(markup))
        self._left = _MAX_DEFINED

    def leaves_out(self, node: LexborNode, tag: str) -> bool:
        """Whether an element is none of what is drawn."""
        if tag == "metadata":
            return True
        parent = node.parent
        if tag not in _DEFINING and (parent is None or parent.tag != "defs"):
            return False
        for count, one in enumerate(node.traverse(include_text=False)):
            self._left -= 1
            if count >= _MAX_WITHIN or self._left < 0 or one.attributes.get("id") in self._called:
                return False
        return True


def _words_of(markup: str, *, folded: bool) -> str:
    """What stands between the tags, in one pass without a tree."""
    words = _ANY_TAG.sub("\n", without_hidden(markup, hiding_of(markup, folded=folded)))
    return _ENTITY.sub(lambda entity: _sign(entity.group()), words)


def _around(node: LexborNode) -> Iterator[tuple[str, Attributes]]:
    """The elements in which one stands, from within."""
    outer = node.parent
    while outer is not None and outer.tag and outer.tag[0] != "-":
        yield outer.tag, outer.attributes
        outer = outer.parent


def hiding_of(markup: str, *, folded: bool) -> Hiding | None:
    """What the style sheets of a page hide; None where it has none that do."""
    return find_hiding(markup, folded=folded) if _HAS_SHEET.search(markup) else None


def _opening(node: LexborNode, tag: str, *, in_cell: bool) -> str:
    if tag == "br":
        return " " if in_cell else "\n"
    if tag == "li":
        return " - " if in_cell else "\n- "
    if tag in _BLOCKS and tag != "tr":
        return "\n" if tag == "table" or not in_cell else " "
    if tag in {"img", "area"}:
        return f" {node.attributes.get('alt') or ''} "
    if tag == "input" and (node.attributes.get("type") or "").lower() in _TYPED_IN:
        return f" {node.attributes.get('value') or ''} "
    if tag == "span" and "data-mentionid" in node.attributes and _is_empty(node):
        return node.attributes["data-mentionid"] or ""
    return ""


def _is_empty(node: LexborNode) -> bool:
    """Whether an element has no more than blanks in it; not looked for deeper, since hostile markup nests by thousands."""
    child = node.child
    return child is None or (
        child.next is None and child.tag == "-text" and not (child.text_content or "").strip()
    )


def _close(tag: str, pieces: list[str], cell_depth: int, pre_depth: int) -> tuple[int, int]:
    """Write what follows an element; return the depths outside of it."""
    if tag in _CELLS:
        pieces.append("\t")
        return cell_depth - 1, pre_depth
    if tag in _BLOCKS and tag != "li":
        pieces.append("\n" if tag in {"tr", "table"} or not cell_depth else " ")
    return cell_depth, pre_depth - (tag == "pre")
