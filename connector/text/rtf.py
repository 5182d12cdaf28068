"""
Rich Text Format: what a reader of the document would see, its notes, comments, headers and text boxes included.

Deleted and hidden text stays out, and so do the instructions of fields. Our own reader, because the one of the
library that reads old formats ignores the character sets of fonts (a Polish paragraph of WordPad becomes another
language), leaks deleted text and has no text boxes; observed 2026-11.

Source: Rich Text Format (RTF) Specification 1.9.1; HTML within it: [MS-OXRTFEX].
"""

from __future__ import annotations

import codecs
import html
import re
from typing import Final

from connector.document.clean import TextGatherer
from connector.text.charset import decode_bytes
from connector.text.embedded import Readable
from connector.text.html import MAX_FILE_STEPS, MAX_MAIL_CHARS, markup_to_raw

MAX_DEPTH: Final = 2_000
_TOKEN: Final = re.compile(
    rb"\\(?:([a-zA-Z]{1,32})(-?\d{1,9})? ?|'([0-9a-fA-F]{2})|([^a-zA-Z]))|([{}])|[\r\n]+|([^\\{}\r\n]+)|\\",
    re.DOTALL,
)
_BREAKS: Final = {
    b"par": "\n", b"line": "\n", b"sect": "\n", b"page": "\n", b"column": "\n", b"row": "\n", b"nestrow": "\n",
    b"softline": "\n", b"tab": "\t", b"cell": "\t", b"nestcell": "\t",
}  # fmt: skip
_SIGNS: Final = {
    b"emdash": "—", b"endash": "–", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”",
    b"bullet": "•", b"emspace": " ", b"enspace": " ", b"qmspace": " ", b"~": "\xa0", b"_": "-", b"{": "{", b"}": "}",
    b"\\": "\\", b"\n": "\n", b"\r": "\n", b"\t": "\t",
}  # fmt: skip
# Groups that hold no running text, beside all that are marked as such (\*) and not named below.
_SKIPPED: Final = frozenset(
    b"fonttbl colortbl stylesheet info pict objdata objclass objname fldinst nonshppict listtable listoverridetable "
    b"revtbl rsidtbl generator xmlnstbl filetbl xe tc tcn rxe txe bkmkstart bkmkend atnid atnauthor atndate "
    b"atnicn atnref atrfstart atrfend template background shprslt".split()
)
_READ_THOUGH_MARKED: Final = frozenset(
    b"annotation footnote shpinst shptxt do dptxbxtext ud moMath mmath nesttableprops aftnsep fldrslt result".split()
)
_OWN_PARAGRAPH: Final = frozenset(
    b"footnote annotation header headerl headerr headerf footer footerl footerr footerf shptxt dptxbxtext".split()
)
_OF_FIRST_PAGES: Final = frozenset({b"headerf", b"footerf"})
_OF_LEFT_PAGES: Final = frozenset({b"headerl", b"footerl"})
_HAS_FIRST_PAGES: Final = re.compile(rb"\\titlepg(?![a-zA-Z0-9])")
_HAS_LEFT_PAGES: Final = re.compile(rb"\\facingp(?![a-zA-Z0-9])")
"""Both may stand behind the headers that they show; what stood on such pages is kept where a document has none of them any more."""
_MAX_NAME: Final = 100
_AS_SET_OUT: Final = 25
"""Of a drop-down list in which nobody has chosen yet."""
_NO_LETTERS: Final = "symbols"
_CHARSETS: Final = {
    2: _NO_LETTERS, 77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "cp950", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip


class _Group:
    """What holds inside one pair of braces."""

    __slots__ = ("aside", "begun", "deleted", "drawn", "font", "hidden", "marked", "shape", "skip", "uc")

    def __init__(self, outer: _Group | None = None) -> None:
        self.skip: bool = outer.skip if outer else False
        self.hidden: bool = outer.hidden if outer else False
        self.deleted: bool = outer.deleted if outer else False
        self.shape: bool = outer.shape if outer else False
        """Inside the description of a shape, of which only its text is text."""
        self.font: int | None = outer.font if outer else None
        self.uc: int = outer.uc if outer else 1
        self.drawn = False
        """It is the one that holds a shape."""
        self.marked = False
        self.begun = False
        """Something stands in it already: a mark of destinations means nothing any more."""
        self.aside = False
        """What it holds is a paragraph of its own, in the midst of another one."""

    @property
    def silent(self) -> bool:
        return self.skip or self.hidden or self.deleted or self.shape


class _Reader:
    """Walks through the tokens of one document."""

    def __init__(self, gatherer: TextGatherer) -> None:
        self._gatherer = gatherer
        self._codec = "cp1252"
        self._fonts: dict[int, str] = {}
        self._font = 0
        """The font that the table of fonts is telling about."""
        self._in_fonts = 0
        self._default_font = 0
        self._groups = [_Group()]
        self._too_deep = 0
        self._bytes = bytearray()
        self._high = 0
        """The first half of a character beyond the basic plane."""
        self._to_skip = 0
        """Characters that stand in for the last Unicode character."""
        self._chosen = 0
        """Number of the choice of a drop-down list; what it says stands in the list alone."""
        self._listed = 0
        """Choices that came already."""
        self._markup: list[str] | None = None
        self._told: list[bytes] | None = None
        """What of a shape is being told: the name of a property, and its value."""
        self._tag_depth = 0
        self._rtf_only = False
        self._unseen: frozenset[bytes] = frozenset()
        """Headers and footers of pages that the document has none of."""

    def read(self, content: bytes) -> None:
        self._unseen = (frozenset() if _HAS_FIRST_PAGES.search(content) else _OF_FIRST_PAGES) | (
            frozenset() if _HAS_LEFT_PAGES.search(content) else _OF_LEFT_PAGES
        )
        place, end = 0, len(content)
        while place < end and not self._gatherer.full:
            token = _TOKEN.match(content, place)
            if token is None:
                break
            place = token.end()
            word, number, code, sign, brace, plain = token.groups()
            if plain is not None:
                self._take(plain)
            elif code is not None:
                self._take(bytes([int(code, 16)]))
            elif word is not None:
                if word == b"bin":
                    self._settle()
                    place += max(0, int(number or 0))
                else:
                    self._word(word, None if number is None else int(number))
            elif brace is not None:
                self._settle()
                self._brace(brace)
            elif sign is not None:
                self._settle()
                self._sign(sign)
        self._settle()
        if self._markup is not None:
            self._gatherer.add(markup_to_raw("".join(self._markup)[:MAX_MAIL_CHARS], MAX_FILE_STEPS))

    def _brace(self, brace: bytes) -> None:
        if brace == b"{":
            if len(self._groups) > MAX_DEPTH:
                self._gatherer.cut = True
                self._too_deep += 1
            else:
                self._groups.append(_Group(self._groups[-1]))
            return
        if self._too_deep:
            self._too_deep -= 1
            return
        if self._told is not None and len(self._told) > 1:
            self._tell(*self._told[:2])
        if len(self._groups) > 1:
            if self._groups[-1].aside:
                self._say("\n")
            self._groups.pop()
        if len(self._groups) < self._in_fonts:
            self._in_fonts = 0
        if len(self._groups) < self._tag_depth:
            self._tag_depth = 0
        self._to_skip = 0

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._groups[-1].marked = not self._groups[-1].begun
        elif sign in _SIGNS:
            self._say(_SIGNS[sign])

    def _tell(self, name: bytes, value: bytes) -> None:
        """Pass over the rest of a shape that is switched off."""
        self._told = None
        shape = next((one for one in reversed(self._groups) if one.drawn), None)
        if name.strip() == b"fHidden" and value.strip() == b"1" and shape is not None:
            shape.skip = True

    def _take(self, raw: bytes) -> None:
        if self._told is not None:
            self._told[-1] = (self._told[-1] + raw)[:_MAX_NAME]
        if self._to_skip:
            skipped = min(self._to_skip, len(raw))
            self._to_skip -= skipped
            raw = raw[skipped:]
        if raw and not self._too_deep and not self._groups[-1].silent:
            self._bytes += raw

    def _settle(self) -> None:
        if not self._bytes:
            return
        raw, self._bytes = bytes(self._bytes), bytearray()
        font = self._groups[-1].font
        codec = self._fonts.get(self._default_font if font is None else font, "")
        if codec != _NO_LETTERS:
            self._say(raw.decode("ascii") if raw.isascii() else decode_bytes(raw, codec or self._codec))

    def _say(self, text: str) -> None:
        if self._groups[-1].silent:
            return
        if self._markup is None:
            self._gatherer.add(text)
        elif self._tag_depth:
            self._markup.append(text)
        elif not self._rtf_only:
            self._markup.append(html.escape(text, quote=False))

    def _word(self, word: bytes, number: int | None) -> None:
        group = self._groups[-1]
        if word == b"u" and number is not None:
            self._settle()
            self._say_code(number)
            self._to_skip = group.uc
            return
        self._settle()
        self._to_skip = 0
        if word in _BREAKS:
            self._say(_BREAKS[word])
        elif word in _SIGNS:
            self._say(_SIGNS[word])
        elif word == b"htmltag":
            group.skip, group.shape = False, False
            self._tag_depth = len(self._groups)
        elif word == b"htmlrtf":
            self._rtf_only = number != 0
        elif word == b"ffl":
            group.skip = self._listed != self._chosen
            self._listed += 1
        elif word == b"sn":
            group.skip, self._told = True, [b""]
        elif word == b"sv":
            group.skip, self._told = True, [*(self._told or [b""])[:1], b""]
        elif word in _SKIPPED or word in self._unseen or (group.marked and word not in _READ_THOUGH_MARKED):
            group.skip = True
            if word == b"fonttbl":
                self._in_fonts = len(self._groups)
            elif word == b"formfield":
                self._chosen = self._listed = 0
        elif word in _OWN_PARAGRAPH:
            group.shape = False
            group.aside = True
            self._say("\n")
        elif word == b"shpinst":
            group.shape = group.drawn = True
        else:
            self._property(group, word, number)
        group.marked = False
        group.begun = True

    def _property(self, group: _Group, word: bytes, number: int | None) -> None:
        on = number != 0
        if word == b"uc" and number is not None:
            group.uc = max(0, number)
        elif word == b"f" and number is not None:
            if self._in_fonts:
                self._font = number
            else:
                group.font = number
        elif word == b"fcharset" and self._in_fonts and number is not None:
            self._fonts[self._font] = _CHARSETS.get(number, "")
        elif word == b"cpg" and self._in_fonts and number is not None:
            self._fonts[self._font] = f"cp{number}"
        elif word == b"deff" and number is not None:
            self._default_font = number
        elif word == b"ansicpg" and number:
            self._codec = "utf-8" if number == 65001 else f"cp{number}"
        elif word in {b"mac", b"pc", b"pca"}:
            self._codec = {b"mac": "mac_roman", b"pc": "cp437", b"pca": "cp850"}[word]
        elif word in {b"ffdefres", b"ffres"} and number is not None:
            if number != _AS_SET_OUT:
                self._chosen = number
        elif word == b"v":
            group.hidden = on
        elif word in {b"deleted", b"mvf"}:  # mvf: moved away from here
            group.deleted = on
        elif word == b"plain":
            group.hidden = group.deleted = False
            group.font = None
        elif word == b"upr":
            group.skip = True  # said once more in Unicode, in the group \*\ud
        elif word == b"ud":
            group.skip = False
        elif word == b"fromhtml" and on:
            self._markup = []

    def _say_code(self, number: int) -> None:
        code = number + 65_536 if number < 0 else number
        if 0xF000 <= code <= 0xF0FF:
            code -= 0xF000  # of a symbol font
        if 0xD800 <= code <= 0xDBFF:
            self._high = code
        elif 0xDC00 <= code <= 0xDFFF:
            high, self._high = self._high, 0
            if high:
                self._say(chr(0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)))
        elif 0 < code <= 0x10FFFF:
            self._say(chr(code))


def read_rtf(file: Readable, gatherer: TextGatherer) -> None:
    """Gather the text of an RTF file, in the order in which it stands."""
    with file.open("rb") as stream:
        gather_rtf(stream.read(), gatherer)


def gather_rtf(content: bytes, gatherer: TextGatherer) -> None:
    """The same of bytes at hand."""
    _Reader(gatherer).read(content.removeprefix(codecs.BOM_UTF8))
