"""Text as a search engine wants it: PURE cleaning, folding and cutting."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from connector.document.encoded import without_addresses

HOLE = "\0" * 8
"""Zeros that stand in a text file where nothing was written yet, or was lost: a copy of it that is under way, a disk that was full."""
_LINE_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Removed without a trace, so that a word broken by them is whole again: controls, soft hyphen, zero width
# characters, direction marks, byte order marks, lone surrogates, non-characters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\ud800-\udfff]"
)
# The same of signs that are letters or marks to Unicode: how another one is drawn (an emoji, a Han sign of a name),
# and what keeps two apart. Ligatures are their letters, and a hyphen at which no line breaks is a hyphen.
_DRAWN_OTHERWISE = re.compile(
    "[\u034f\u061c\u180b-\u180f\u2010\u2011\ufb00-\ufb06\ufe00-\ufe0f\U000e0000-\U000e01ef]"
)
_DRAWN_AS = {
    "\u2010": "-", "\u2011": "-", "\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st",
    "\ufb06": "st",
}  # fmt: skip
# What puts combining marks in their order takes quadratic time in a row of them, so a row has an end: no letter of
# any language has more than a few. Source: Unicode Standard Annex 15, section 13 "Stream-Safe Text Format".
_MARKS = (
    "\u0300-\u034e\u0350-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711"
    "\u0730-\u074a\u07eb-\u07f3\u07fd\u0816-\u0819\u081b-\u0823\u0825-\u0827\u0829-\u082d"
    "\u0859-\u085b\u0898-\u089f\u08ca-\u08e1\u08e3-\u08ff\u093c\u094d\u0951-\u0954\u09bc\u09cd\u09fe"
    "\u0a3c\u0a4d\u0abc\u0acd\u0b3c\u0b4d\u0bcd\u0c3c\u0c4d\u0c55\u0c56\u0cbc\u0ccd\u0d3b\u0d3c\u0d4d"
    "\u0dca\u0e38-\u0e3a\u0e48-\u0e4b\u0eb8-\u0eba\u0ec8-\u0ecb\u0f18\u0f19\u0f35\u0f37\u0f39"
    "\u0f71-\u0f75\u0f7a-\u0f7d\u0f80-\u0f84\u0f86\u0f87\u0fc6\u1037\u1039\u103a\u108d\u135d-\u135f"
    "\u1714\u1715\u1734\u17d2\u17dd\u18a9\u1939-\u193b\u1a17\u1a18\u1a60\u1a75-\u1a7c\u1a7f"
    "\u1ab0-\u1abd\u1abf-\u1ace\u1b34\u1b44\u1b6b-\u1b73\u1baa\u1bab\u1be6\u1bf2\u1bf3\u1c37"
    "\u1cd0-\u1cd2\u1cd4-\u1ce0\u1ce2-\u1ce8\u1ced\u1cf4\u1cf8\u1cf9\u1dc0-\u1dff\u20d0-\u20dc\u20e1"
    "\u20e5-\u20f0\u2cef-\u2cf1\u2d7f\u2de0-\u2dff\u302a-\u302f\u3099\u309a\ua66f\ua674-\ua67d"
    "\ua69e\ua69f\ua6f0\ua6f1\ua806\ua82c\ua8c4\ua8e0-\ua8f1\ua92b-\ua92d\ua953\ua9b3\ua9c0\uaab0"
    "\uaab2-\uaab4\uaab7\uaab8\uaabe\uaabf\uaac1\uaaf6\uabed\ufb1e\ufe20-\ufe2f\U000101fd\U000102e0"
    "\U00010376-\U0001037a\U00010a0d\U00010a0f\U00010a38-\U00010a3a\U00010a3f\U00010ae5\U00010ae6"
    "\U00010d24-\U00010d27\U00010eab\U00010eac\U00010f46-\U00010f50\U00010f82-\U00010f85\U00011046"
    "\U00011070\U0001107f\U000110b9\U000110ba\U00011100-\U00011102\U00011133\U00011134\U00011173"
    "\U000111c0\U000111ca\U00011235\U00011236\U000112e9\U000112ea\U0001133b\U0001133c\U0001134d"
    "\U00011366-\U0001136c\U00011370-\U00011374\U00011442\U00011446\U0001145e\U000114c2\U000114c3"
    "\U000115bf\U000115c0\U0001163f\U000116b6\U000116b7\U0001172b\U00011839\U0001183a"
    "\U0001193d\U0001193e\U00011943\U000119e0\U00011a34\U00011a47\U00011a99\U00011c3f\U00011d42"
    "\U00011d44\U00011d45\U00011d97\U00016af0-\U00016af4\U00016b30-\U00016b36\U00016ff0\U00016ff1"
    "\U0001bc9e\U0001d165-\U0001d169\U0001d16d-\U0001d172\U0001d17b-\U0001d182\U0001d185-\U0001d18b"
    "\U0001d1aa-\U0001d1ad\U0001d242-\U0001d244\U0001e000-\U0001e006\U0001e008-\U0001e018"
    "\U0001e01b-\U0001e021\U0001e023\U0001e024\U0001e026-\U0001e02a\U0001e130-\U0001e136\U0001e2ae"
    "\U0001e2ec-\U0001e2ef\U0001e8d0-\U0001e8d6\U0001e944-\U0001e94a"
)
_MAY_BE_MARKS = re.compile("[^\x00-\u02ff]{31}")
_LONG_ROW_OF_MARKS = re.compile(f"([{_MARKS}]{{30}})[{_MARKS}]+")
# Folded first: each further pattern would take quadratic time on a long run of blanks.
# A single space, the most frequent of all blanks, stays and is not even looked at.
_BLANK_RUN = re.compile(r"[^\S\n]{2,}|[^\S\n ]")
_LINE_EDGES = re.compile(r"[ \t]*\n[ \t]*")
_EMPTY_LINES = re.compile(r"\n{3,}")


def clean_text(raw: str) -> str:
    """
    Make raw text fit for search: composed letters, no controls, single spaces, at most one empty line.

    A run of blanks with a tab in it (cells of a table) becomes one tab, any other one space.
    """
    text = compose(_as_read(raw))
    if not _is_clean(text):
        text = _INVISIBLE.sub("", _LINE_BREAKS.sub("\n", text))
        text = _BLANK_RUN.sub(lambda run: "\t" if "\t" in run.group() else " ", text)
        text = _LINE_EDGES.sub("\n", text)
    if "\n\n\n" not in text:
        return text.strip()
    if "\n\n\n\n" not in text:  # as between two paragraphs: a third of the price of the pattern
        return text.replace("\n\n\n", "\n\n").strip()
    return _EMPTY_LINES.sub("\n\n", text).strip()


def _as_read(text: str) -> str:
    """A text with its ligatures and hyphens as somebody types them who looks for it, and without signs that only say how others look."""
    try:
        text.encode("latin-1")  # a tenth of the price of the pattern, and most have no more letters
    except UnicodeEncodeError:
        return _DRAWN_OTHERWISE.sub(lambda sign: _DRAWN_AS.get(sign[0], ""), text)
    return text


def compose(text: str) -> str:
    """Compose letters and their marks (NFC), in linear time: a row of marks is cut after thirty."""
    if unicodedata.is_normalized("NFC", text):  # as nearly all is; told in one pass
        return text
    if _MAY_BE_MARKS.search(text):
        text = _LONG_ROW_OF_MARKS.sub(r"\1", text)
    return unicodedata.normalize("NFC", text)


def _is_clean(text: str) -> bool:
    """Whether only edges and empty lines are left to be cleaned, as in most rich text: a tenth of the price of the patterns."""
    # what the patterns remove or fold is not printable, apart from the space; a line break is not either, and stays
    return (
        text.replace("\n", "").isprintable() and "  " not in text and " \n" not in text and "\n " not in text
    )


def cut_text(text: str, max_bytes: int) -> tuple[str, bool]:
    """Cut text to at most max_bytes of UTF-8, never inside a character; tell whether anything was lost."""
    if len(text) * 4 <= max_bytes:
        return text, False
    encoded = text.encode()
    if len(encoded) <= max_bytes:
        return text, False
    return encoded[:max_bytes].decode(errors="ignore").rstrip(), True


class Allowance:
    """So many characters of several texts together: what is beyond is cut off before anything looks at it."""

    def __init__(self, chars: int) -> None:
        self.left = chars

    def cut(self, text: str) -> str:
        """As much of a text as is left, pictures that were pasted into it left out."""
        taken = without_addresses(text)[: self.left]
        self.left -= len(taken)
        return taken


class TextGatherer:
    """
    Collects pieces of text until enough bytes are there, so that a reader can stop early.

    Pieces are cleaned in batches: a file of nothing but blanks costs no memory.

    Args:
        late: whether there is no time left; what was collected until then is the text.
    """

    _BATCH_CHARS = 65_536

    def __init__(self, max_text_bytes: int, *, late: Callable[[], bool] = lambda: False) -> None:
        self._max_text_bytes = max_text_bytes
        self._late = late
        self.was_late = False
        self._clean: list[str] = []
        self._clean_bytes = 0
        self._raw: list[str] = []
        self._raw_chars = 0
        self.cut = False
        self.scanned: list[int] = []
        """Pages, from 0, that are pictures of words."""

    @property
    def full(self) -> bool:
        """True when more text than wanted is there, or no time is left: the reader may stop."""
        if self._clean_bytes > self._max_text_bytes:
            return True
        self.was_late = self.was_late or self._late()
        return self.was_late

    def add(self, piece: str) -> None:
        """Take one piece as it comes, until there is enough; spaces between pieces are the caller's business."""
        if self._clean_bytes > self._max_text_bytes:  # a parser tells of much more before it can be stopped
            return
        self._raw.append(piece)
        self._raw_chars += len(piece)
        if self._raw_chars >= self._BATCH_CHARS:
            self._settle()

    def _settle(self) -> None:
        raw = "".join(self._raw)
        self._raw = []
        self._raw_chars = 0
        batch = clean_text(raw)
        if batch:
            # The blanks at the edges were stripped; what stood there decides how two batches are joined.
            begin = _INVISIBLE.sub("", raw[:20])
            before = begin[:1] if begin[:1].isspace() else ""
            end = _INVISIBLE.sub("", raw[-20:])
            after = end[-1:] if end[-1:].isspace() else ""
            self._clean.append(before + batch + after)
            self._clean_bytes += len(batch.encode())
        elif raw:
            self._clean.append("\n" if "\n" in raw else " ")

    def text(self) -> tuple[str, bool]:
        """Return the cleaned text and whether anything was left out."""
        self._settle()
        text, cut = cut_text(clean_text("".join(self._clean)), self._max_text_bytes)
        return text, cut or self.cut or self.was_late
