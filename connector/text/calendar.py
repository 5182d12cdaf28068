"""
Appointments and address cards (ICS, VCF): what a person would read of them. PURE.

Source: RFC 5545 (folding in 3.1, text in 3.3.11), RFC 6350; quoted-printable of vCard 2.1.
"""

from __future__ import annotations

import quopri
import re
from typing import Final

from connector.document.clean import TextGatherer
from connector.text.charset import decode_bytes
from connector.text.embedded import Readable
from connector.text.html import html_to_text

_MAX_BYTES: Final = 20_000_000
_FOLD: Final = re.compile(r"(?<!=)(?<!=\r)\r?\n[ \t]")
_FOLDED_BYTES: Final = re.compile(rb"\r?\n[ \t]")
_CARD: Final = re.compile(rb"(?=^BEGIN:VCARD\b)", re.IGNORECASE | re.MULTILINE)
_OLD_CARD: Final = re.compile(rb"^VERSION:2\.1\b", re.IGNORECASE | re.MULTILINE)
_OLD_FOLD: Final = re.compile(rb"(?<!=)(?<!=\r)\r?\n(?=[ \t])")
"""Of vCard 2.1: a line goes on with the blank that it was parted at; behind "=" a soft break of quoted-printable stands."""
_LINE: Final = re.compile(r"(?:[\w-]+\.)?([\w-]+)((?:;(?:\"[^\"]*+\"|[^\":;]++)*+)*+):(.*)")
_NAME_IN_PARAMETERS: Final = re.compile(r";CN=(?:\"([^\"]*)\"|([^;:]*))", re.IGNORECASE)
_CHARSET_IN_PARAMETERS: Final = re.compile(r";CHARSET=([^;:]+)", re.IGNORECASE)
_ESCAPED: Final = re.compile(r"\\(.)")
_TEXTS: Final = frozenset(
    [
        "SUMMARY",
        "DESCRIPTION",
        "LOCATION",
        "COMMENT",
        "CATEGORIES",
        "CONTACT",
        "RESOURCES",
        "X-WR-CALNAME",
        "FN",
        "N",
        "ORG",
        "TITLE",
        "ROLE",
        "NOTE",
        "ADR",
        "NICKNAME",
        "TEL",
        "EMAIL",
        "URL",
        "LABEL",
        "BDAY-PLACE",
    ]
)
_PEOPLE: Final = frozenset({"ATTENDEE", "ORGANIZER"})
_DAYS: Final = frozenset({"DTSTART", "DTEND", "DUE"})
_DAY: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d))?")


def calendar_to_raw(content: bytes, charset: str = "") -> str:
    """Gather what a calendar or an address card says, a property a line; not yet cleaned."""
    lines: list[str] = []
    page, is_said = "", False
    """What an appointment says as a page, and whether it says it in letters, too, as most do."""
    # lines are folded by their bytes, many in the midst of a letter: they are joined before anything is decoded
    for line in _unfolded(decode_bytes(_joined(content), charset)):
        found = _LINE.match(line)
        if not found:
            continue
        name, parameters, value = found[1].upper(), found[2], found[3]
        if name == "X-ALT-DESC":
            page = _ESCAPED.sub(_meant, value)
        elif name in {"BEGIN", "END"}:
            if page and not is_said:
                lines.append(html_to_text(page))
            page, is_said = "", False
        elif name in _TEXTS:
            is_said = is_said or (name == "DESCRIPTION" and bool(value.strip()))
            lines.append(_plain(_decoded(parameters, value)))
        elif name in _PEOPLE:
            called = _NAME_IN_PARAMETERS.search(parameters)
            lines.append((called and (called[1] or called[2])) or re.sub(r"(?i)^mailto:", "", value))
        elif name in _DAYS and (day := _DAY.match(value)):
            lines.append("-".join(day.group(1, 2, 3)) + (f" {day[4]}:{day[5]}" if day[4] else ""))
    return "\n".join(lines)


def read_calendar(file: Readable, gatherer: TextGatherer) -> None:
    """Gather a file of appointments or address cards."""
    with file.open("rb") as stream:
        gatherer.add(calendar_to_raw(stream.read(_MAX_BYTES)))
        gatherer.cut = gatherer.cut or bool(stream.read(1))


def _joined(content: bytes) -> bytes:
    """Bytes without the folds of their lines: each card of an address book may be of another version."""
    if not _OLD_CARD.search(content):
        return _FOLDED_BYTES.sub(b"", content)
    cards = _CARD.split(content)
    return b"".join((_OLD_FOLD if _OLD_CARD.search(one) else _FOLDED_BYTES).sub(b"", one) for one in cards)


def _unfolded(text: str) -> list[str]:
    """Lines as they were before they were folded; a soft break of quoted-printable goes on in the next line."""
    lines: list[list[str]] = []
    """Of each its parts, joined once: there may be thousands."""
    for line in _FOLD.sub("", text).splitlines():
        if lines and lines[-1][-1].endswith("=") and "QUOTED-PRINTABLE" in lines[-1][0][:200].upper():
            lines[-1][-1] = lines[-1][-1][:-1]
            lines[-1].append(line)
        else:
            lines.append([line])
    return ["".join(parts) for parts in lines]


def _decoded(parameters: str, value: str) -> str:
    if "QUOTED-PRINTABLE" not in parameters.upper():
        return value
    charset = _CHARSET_IN_PARAMETERS.search(parameters)
    raw = quopri.decodestring(value.encode("latin-1", "replace"))
    return decode_bytes(raw, charset[1] if charset else "")


def _plain(value: str) -> str:
    parted = re.sub(r"(?<!\\);", " ", value)
    return _ESCAPED.sub(_meant, parted).strip()


def _meant(escaped: re.Match[str]) -> str:
    return "\n" if escaped[1] in "nN" else escaped[1]
