"""Text as a search engine wants it: PURE cleaning, folding and cutting."""

from __future__ import annotations

import re
import unicodedata

_LINE_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Removed without a trace, so that a word broken by them is whole again: controls, soft hyphen, zero width
# characters, direction marks, byte order marks, lone surrogates, non-characters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\ud800-\udfff]"
)
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
    text = unicodedata.normalize("NFC", raw)
    if not _is_clean(text):
        text = _INVISIBLE.sub("", _LINE_BREAKS.sub("\n", text))
        text = _BLANK_RUN.sub(lambda run: "\t" if "\t" in run.group() else " ", text)
        text = _LINE_EDGES.sub("\n", text)
    if "\n\n\n" not in text:
        return text.strip()
    return _EMPTY_LINES.sub("\n\n", text).strip()


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


class TextGatherer:
    """
    Collects pieces of text until enough bytes are there, so that a reader can stop early.

    Pieces are cleaned in batches: a file of nothing but blanks costs no memory.
    """

    _BATCH_CHARS = 65_536

    def __init__(self, max_text_bytes: int) -> None:
        self._max_text_bytes = max_text_bytes
        self._clean: list[str] = []
        self._clean_bytes = 0
        self._raw: list[str] = []
        self._raw_chars = 0
        self.cut = False

    @property
    def full(self) -> bool:
        """True when more text than wanted is there: the reader may stop."""
        return self._clean_bytes > self._max_text_bytes

    def add(self, piece: str) -> None:
        """Take one piece as it comes; spaces between pieces are the caller's business."""
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
            before = raw[:1] if raw[:1].isspace() else ""
            after = raw[-1:] if raw[-1:].isspace() else ""
            self._clean.append(before + batch + after)
            self._clean_bytes += len(batch.encode())
        elif raw:
            self._clean.append("\n" if "\n" in raw else " ")

    def text(self) -> tuple[str, bool]:
        """Return the cleaned text and whether anything was left out."""
        self._settle()
        text, cut = cut_text(clean_text("".join(self._clean)), self._max_text_bytes)
        return text, cut or self.cut
