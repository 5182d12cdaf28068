"""
Words of drawings and models, streamed: texts and attributes of DXF, names and property values of IFC.

What stands on a layer that is off or frozen, and what is marked invisible, stays out. The same words said again, as by
each of a thousand doors, are gathered once.

Source: AutoCAD DXF reference (group codes); ISO 10303-21 clause 6.4 (strings), ISO 16739 (IFC).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Final

from connector.document.clean import TextGatherer
from connector.text.charset import codec_named, decode_bytes
from connector.text.embedded import Readable

_CHUNK_BYTES: Final = 1 << 20
_MAX_ENTRY_CHARS: Final = 200_000
_MAX_KNOWN: Final = 200_000
_MAX_LINE_BYTES: Final = 100_000


class _Once:
    """Gathers each text once, as long as there is room to remember them."""

    def __init__(self, gatherer: TextGatherer) -> None:
        self._gatherer = gatherer
        self._known: set[int] = set()

    def add(self, text: str) -> None:
        said = text.strip()
        mark = hash(said)
        if not said or mark in self._known:
            return
        if len(self._known) < _MAX_KNOWN:
            self._known.add(mark)
        self._gatherer.add(said + "\n")


# -- IFC ----------------------------------------------------------------------------------------

_STRING: Final = re.compile(r"'((?:[^']|'')*+)'")
_GLOBAL_ID: Final = re.compile(r"[0-3][0-9A-Za-z_$]{21}")
_STEP_ESCAPE: Final = re.compile(
    r"\\X2\\((?:[0-9A-Fa-f]{4})++)\\X0\\|\\X4\\((?:[0-9A-Fa-f]{8})++)\\X0\\|\\X\\([0-9A-Fa-f]{2})|\\S\\(.)"
    r"|\\P([A-I])\\|\\\\"
)
_SAYS_NOTHING: Final = re.compile(r"[\W\d_]*+")


def read_ifc(file: Readable, gatherer: TextGatherer) -> None:
    """Gather the names, descriptions and values that a model has in words."""
    once = _Once(gatherer)
    with file.open("rb") as stream:
        for entry in _entries(stream):
            for found in _STRING.finditer(entry):
                text = found[1]
                if not _GLOBAL_ID.fullmatch(text) and not _SAYS_NOTHING.fullmatch(text):
                    once.add(_step_text(text))
            if gatherer.full:
                return


def _entries(stream: IO[bytes]) -> Iterator[str]:
    """Portions that end with an entry's end, so that no string is cut; one beyond reason is passed over."""
    left = ""
    while chunk := stream.read(_CHUNK_BYTES):
        portion = left + chunk.decode("latin-1")
        end = portion.rfind(";\n")
        end = end if end >= 0 else portion.rfind(";")
        if end < 0:
            left = portion if len(portion) < 8 * _CHUNK_BYTES else ""
            continue
        yield _recoded(portion[: end + 1])
        left = portion[end + 1 :]
    yield _recoded(left)


def _recoded(portion: str) -> str:
    """Files should be ASCII, and some are UTF-8 or a code page (observed)."""
    return portion if portion.isascii() else decode_bytes(portion.encode("latin-1"))


def _step_text(text: str) -> str:
    page = "iso8859-1"

    def unescape(found: re.Match[str]) -> str:
        nonlocal page
        if found[1] is not None:
            return bytes.fromhex(found[1]).decode("utf-16-be", errors="replace")
        if found[2] is not None:
            return bytes.fromhex(found[2]).decode("utf-32-be", errors="replace")
        if found[3] is not None:
            return chr(int(found[3], 16))
        if found[4] is not None:
            letter = found[4]
            return bytes([ord(letter) + 128]).decode(page, errors="replace") if letter < "\x80" else letter
        if found[5] is not None:  # from here on it means another part of ISO 8859
            page = f"iso8859-{ord(found[5]) - ord('A') + 1}"
        return "\\" if found[0] == "\\\\" else ""

    text = text.replace("''", "'")
    return _STEP_ESCAPE.sub(unescape, text) if "\\" in text else text


# -- DXF ----------------------------------------------------------------------------------------

_TEXT_CODES: Final = {
    "TEXT": {1}, "MTEXT": {1, 3}, "ATTRIB": {1}, "ATTDEF": {1, 3}, "DIMENSION": {1}, "ACAD_TABLE": {1, 301, 302, 303},
    "MULTILEADER": {304}, "MLEADER": {304}, "TOLERANCE": {1}, "ARCALIGNEDTEXT": {1}, "RTEXT": {1}, "LAYOUT": {1},
}  # fmt: skip
_JOINED: Final = frozenset({3, 303})
"""Codes of the parts of one long text, which the other codes end."""
_INVISIBLE_ATTRIBUTE: Final = 1
_FROZEN: Final = 1
_MTEXT_CODE: Final = re.compile(
    r"\\([PX~])|\\S([^;^#/]{0,255})[\^#/]([^;]{0,255});|\\[ACFHQTWacfhpqtw][^;\\{}]*;|\\[LlOoKk]|\\([\\{}])|([{}])"
)
_PERCENT: Final = {"c": "Ø", "d": "°", "p": "±", "%": "%", "u": "", "o": "", "k": ""}
_PERCENT_CODE: Final = re.compile(r"%%(\d{3}|[cdpuok%])", re.IGNORECASE)
_EASTERN_CODE: Final = re.compile(r"\\M\+([1-5])([0-9A-Fa-f]{4})")
_EASTERN_PAGES: Final = {"1": "cp932", "2": "cp950", "3": "cp949", "4": "johab", "5": "cp936"}
_UNICODE_CODE: Final = re.compile(r"\\U\+([0-9A-Fa-f]{4})")


class _Entity:
    """One entity while its pairs come."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.layer = ""
        self.visible = True
        self.name = ""
        self.color = 7
        self.flags = 0
        self.pieces: list[str] = []
        self.size = 0

    def take(self, code: int, raw: str) -> None:
        value = raw.strip()
        if code == 8:
            self.layer = value.lower()
        elif code == 60 and value == "1":
            self.visible = False
        elif code == 2:
            self.name = value
        elif code in {62, 70} and value.lstrip("-").isdecimal() and len(value) < 9:
            if code == 62:
                self.color = int(value)
            else:
                self.flags = int(value)
        elif code in _TEXT_CODES.get(self.kind, ()) and self.size < _MAX_ENTRY_CHARS:
            self.size += len(raw)
            self.pieces.append(raw if code in _JOINED else raw + "\n")


def read_dxf(file: Readable, gatherer: TextGatherer) -> None:
    """Gather the texts, attributes, dimensions with words and names of layouts of a drawing."""
    once = _Once(gatherer)
    unseen: set[str] = set()
    with file.open("rb") as stream:
        page = _drawing_page(stream)
        entity = _Entity("")
        for code, raw in _pairs(stream):
            if code != 0:
                entity.take(code, decode_bytes(raw, page) if not raw.isascii() else raw.decode("ascii"))
                continue
            _close(entity, unseen, once)
            if gatherer.full:
                return
            entity = _Entity(raw.decode("ascii", errors="replace").strip().upper())
        _close(entity, unseen, once)


def _close(entity: _Entity, unseen: set[str], once: _Once) -> None:
    if entity.kind == "LAYER":
        if entity.color < 0 or entity.flags & _FROZEN:
            unseen.add(entity.name.lower())
        return
    hidden = entity.kind in {"ATTRIB", "ATTDEF"} and entity.flags & _INVISIBLE_ATTRIBUTE
    if entity.pieces and entity.visible and not hidden and entity.layer not in unseen:
        once.add(_drawn_text("".join(entity.pieces)))


def _drawn_text(text: str) -> str:
    text = _EASTERN_CODE.sub(
        lambda found: bytes.fromhex(found[2]).decode(_EASTERN_PAGES[found[1]], errors="replace"), text
    )
    text = _UNICODE_CODE.sub(lambda found: chr(int(found[1], 16)), text)
    text = _MTEXT_CODE.sub(_plain, text)
    return _PERCENT_CODE.sub(
        lambda found: chr(int(found[1])) if found[1].isdecimal() else _PERCENT.get(found[1].lower(), ""), text
    )


def _plain(found: re.Match[str]) -> str:
    sign, above, below, literal, _ = found.groups()
    if sign:
        return " " if sign == "~" else "\n"
    if above is not None:
        return f"{above}/{below}" if below else above
    return literal or ""


def _drawing_page(stream: IO[bytes]) -> str:
    """The code page of a drawing: UTF-8 since 2007, else as its header says."""
    head = stream.read(65_536)
    stream.seek(0)
    version = re.search(rb"\$ACADVER\s+1\s+AC(\d{4})", head)
    if version and int(version[1]) >= 1021:
        return "utf-8"
    page = re.search(rb"\$DWGCODEPAGE\s+3\s+(?:ANSI|ansi|dos|DOS)_(\d{3,5})", head)
    name = f"cp{page[1].decode()}" if page else ""
    return name if name and codec_named(name) else ""


def _pairs(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Pairs of a code and a value, a line each; what is no code ends the reading."""
    while code := stream.readline(_MAX_LINE_BYTES):
        value = stream.readline(_MAX_LINE_BYTES)
        digits = code.strip()
        if not digits.lstrip(b"-").isdigit() or len(digits) > 9:
            return
        yield int(digits), value.rstrip(b"\r\n")
