"""
What people read in one line: titles, breadcrumbs, facets. PURE.

Letters are composed (NFC: names from a Mac come decomposed), nothing invisible stays (controls, direction marks, zero
width signs, letters that show nothing), and a line break or tab is a space. What is only invisible is empty, so that
whoever makes a title falls back on something else. Limits count UTF-16 units, in which .NET counts characters.
"""

from __future__ import annotations

import re
import unicodedata

from connector.document.clean import compose

_BREAKS = "\t\n\x0b\x0c\r\x85\u2028\u2029\u2800"
"""What parts words although it is no space, and the blank of braille."""
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""They choose how the sign before them looks."""
_HIDDEN = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e001f\U000e0080-\U000e00ff\U000e01f0-\U000e0fff"
)
_JOINED = "\u0600-\u1fff\u2100-\u2fff\u3040-\ufdff\ufe10-\ufffd\U00010000-\U000dffff"
"""Of these some are written joined or parted by an invisible sign: emoji, and scripts from Arabic on."""
_SELECTED = "0-9#*\xa9\xae\u1000-\u1fff\u2010-\u2027\u2070-\u2fff\u3001-\ufdff\ufe10-\U000dffff"
"""Of these some have several looks."""
_TAGS = "\U000e0020-\U000e007f"
"""Flags of England and others are made of a black flag and these."""
_BREAK = re.compile(f"[{_BREAKS}]+")
_INVISIBLE = re.compile(f"[{_HIDDEN}]+")
_ASTRAY = re.compile(
    f"(?<![{_JOINED}{_SELECTORS}])[\u200c\u200d]+|[\u200c\u200d]+(?![{_JOINED}])"
    f"|(?<=[{_SELECTORS}])[{_SELECTORS}]+|(?<![{_SELECTED}{_SELECTORS}])[{_SELECTORS}]"
    f"|(?<![\U0001f3f4{_TAGS}])[{_TAGS}]+"
)
"""Signs that belong to the sign before or after them, where no such sign stands."""
_ODD = re.compile(f"[{_HIDDEN}{_BREAKS}{_SELECTORS}{_TAGS}\u200c\u200d]")
_UNSEEN = re.compile(f"[{_HIDDEN}{_SELECTORS}{_TAGS}\u200c\u200d]")
"""What does not show, or not by itself; without it nothing goes but what is not composed."""
_BEYOND_LATIN = re.compile("[^ -~\xa0-\xac\xae-\u024f\t\n\u2010-\u2027\u20ac]")
"""What a text of Latin letters and their punctuation does not have. Most have no more, and this is told at a tenth of the price."""
_OTHER_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
LONGEST = 10_000
"""Characters of a name that are looked at: no target takes a tenth of that, and names are brought into form in the event loop, whoever wrote them."""
SUMMARY = 400
"""UTF-16 units of a summary that is the beginning of a longer text, in every source."""
_STEPS_BACK = 40
"""Characters of the longest joined sign that is kept whole: a family of four with its skin tones has eleven."""


def one_line(text: str) -> str:
    """Bring a name into the form that people read, its first LONGEST characters; empty when nothing of them can be seen."""
    if len(text) > LONGEST:
        text = text[:LONGEST]
    if text.isascii():
        if text.isprintable():
            return text.strip()
    elif (text.isprintable() and not _BEYOND_LATIN.search(text)) or not _ODD.search(text):
        return compose(text).strip()
    parts = (_seen(part).strip() for part in _BREAK.split(text))
    return " ".join(part for part in parts if part)


def lines(text: str) -> str:
    """The same for a text of several lines, whose tabs and line breaks stay."""
    if text.isascii() and text.isprintable():
        return text.strip()
    if _BEYOND_LATIN.search(text):
        text = _seen(_OTHER_BREAKS.sub("\n", text))
    return compose(text).strip()


def _seen(text: str) -> str:
    """What can be seen of a text, composed."""
    if not _UNSEEN.search(text):
        return compose(text)
    text = _INVISIBLE.sub("", text)
    for _ in range(3):  # what stood before a sign may be what went
        rest = _ASTRAY.sub("", text)
        if rest == text:
            break
        text = rest
    return compose(text)


def short(text: str, limit: int) -> str:
    """Cut a text to at most `limit` UTF-16 units, at a word where possible, never inside a joined sign, with an ellipsis."""
    if len(text) * 2 <= limit or (len(text) <= limit and (text.isascii() or _units(text) <= limit)):
        return text
    room = limit - 1
    units = text[:room].encode("utf-16-le", "surrogatepass")[: room * 2]
    end = len(units.decode("utf-16-le", "ignore"))
    for back in range(min(end, _STEPS_BACK)):
        if not _is_inside(text, end - back):
            end -= back
            break
    cut = text[:end]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit // 2 else cut).rstrip() + "…"


def beginning(text: str, limit: int) -> str:
    """The first words of a text, in one line and cut to at most `limit` UTF-16 units."""
    # of a file's megabyte no more than the first words, the last of which may be cut in two
    if len(text) > 4 * limit:
        head = " ".join(text[: 4 * limit].split()[:-1])
        if len(head) > limit:
            return short(head, limit)
    return short(" ".join(text.split()), limit)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _is_inside(text: str, at: int) -> bool:
    """Whether a place in a text lies within one sign that people see."""
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    if before == "\u200d" or after == "\u200d" or unicodedata.category(after).startswith("M"):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True  # tones of skin, and the tags of flags
    flags = 0
    while flags < at and "\U0001f1e6" <= text[at - 1 - flags] <= "\U0001f1ff":
        flags += 1
    return flags % 2 == 1 and "\U0001f1e6" <= after <= "\U0001f1ff"
