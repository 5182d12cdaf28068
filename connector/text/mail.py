"""
Mails as they travel (EML, MHT): headers, the better of their bodies, appointments, names and text of attachments.

Our own reader around Python's email parser, because the library that reads old formats decodes attached pictures:
a mail with one scanned drawing cost more memory than a worker has (observed 2026-11).

Source: RFC 5322, 2045 to 2047, 2231, 6532, 6533; [MS-OXTNEF] for winmail.dat; RFC 8551 for signed mails.
"""

from __future__ import annotations

import base64
import binascii
import email.message
import quopri
import re
from collections.abc import Callable, Iterator
from email.errors import MissingHeaderBodySeparatorDefect
from email.parser import BytesParser
from email.policy import Compat32
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, cast

from connector.document.clean import TextGatherer
from connector.document.encoded import without_encoded
from connector.text.calendar import calendar_to_raw
from connector.text.charset import SAMPLE_BYTES, codec_named, decode_bytes, decode_page, detect_encoding
from connector.text.embedded import Inside, Readable
from connector.text.html import MAX_FILE_STEPS, markup_to_raw
from connector.text.page_sheets import PageSheets
from connector.text.reasons import NoTextError, Reason
from connector.text.saved_page import SHEET, SavedSheets, location_of
from connector.text.signed import signed_content
from connector.text.tnef import read_tnef

_FORWARDED: Final = frozenset({"message/rfc822", "message/global", "message/news"})
_NOT_DELIVERED: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
_SHOWN_HEADERS: Final = ("Subject", "From", "To", "Cc", "Date")
_MAX_HEADER_CHARS: Final = 20_000
_MAX_BODY_CHARS: Final = 3_000_000
_MAX_DEPTH: Final = 40
_RUN: Final = re.compile(rb"^(?:[A-Za-z0-9+/]{40,100}\r?\n)++", re.MULTILINE)
"""Whole runs of encoded lines, each looked at once: the short ones, of which a mail may have thousands, too."""
_LONG_RUN: Final = 100
"""Lines of a run that is left out of what the parser sees."""
_NO_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/]+")
_IN_CLEAR: Final = re.compile(rb"\s*+[^\s]{1,24}[ \t]++[^\s]")
"""How words begin that are told as base64 and are none: its lines are longer, also where blanks part them."""
_ASIDE: Final = b"put-aside:"
# the parser takes the last line break of a part for one of the border behind it
_PUT_ASIDE: Final = re.compile(r"^put-aside:(\d{1,9});(?:\n|\Z)", re.MULTILINE)
_PUT_ASIDE_BYTES: Final = re.compile(rb"^put-aside: ?(\d{1,9});(?:\n|\Z)", re.MULTILINE)
"""With a blank where the parser took it for a header."""
_LEAST_DECODED: Final = {"base64": 0.74, "quoted-printable": 0.33}
"""Bytes that one encoded byte gives at the least."""
_UU: Final = frozenset({"x-uuencode", "uuencode", "uue", "x-uue"})
_ENCODED_WORD: Final = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_BETWEEN_WORDS: Final = re.compile(r"(=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=)[ \t\r\n]+(?==\?)")
_UUENCODED: Final = re.compile(
    r"^begin [0-7]{3,4} ([^\r\n]{1,255})\r?\n(?:(?!end\b)[^\r\n]{1,62}\r?\n)*+(end\b)?", re.MULTILINE
)
"""With what follows, so that none of it is looked at again where it has no end."""
_WORD: Final = re.compile(r"\w+")
_SOFT_BREAK: Final = re.compile(r"(?<!^--) \r?\n(?:>+ ?)?", re.MULTILINE)
_BEGINNING: Final = 64
"""Bytes within which a mail in letters of two or four bytes has a zero."""
_WIDE: Final = ("utf-16", "utf-32")
_COUNTED: Final = re.compile(rb"\s*(\d{1,10})[ \t]*\r?\n(?=[A-Za-z-]+:)")
"""How a mail begins that Apple's program saved: with the number of its bytes."""
_IN_A_BOX: Final = re.compile(rb"(?:\A\s*|\n\r?\n)From [^\r\n]{1,200}\r?\n(?=[A-Za-z-]+:)")
"""How each mail of a mailbox (RFC 4155) begins."""
_ENCODING: Final = re.compile(r"[\s\"']*([A-Za-z0-9-]+)")
"""Some programs quote it, or say more behind it."""
if TYPE_CHECKING:
    Message = email.message.Message[str, str]
else:
    Message = email.message.Message


class Part(Message):
    """A mail, or a part of one, as the parser makes it."""

    written = ""
    """Its content as it came, still encoded; what the parser gives of it goes through a codec that the mail names."""

    def set_payload(self, payload: Any, charset: Any = None) -> None:
        """Take the content."""
        self.written = payload if isinstance(payload, str) else ""
        super().set_payload(payload, charset)

    def get_param(
        self, param: str, failobj: Any = None, header: str = "content-type", unquote: bool = True
    ) -> Any:
        """
        A parameter as text: the encoded one where both forms are there, in the letters that it says or looks like (RFC 2231, 6266).
        """
        try:
            given: Any = self.get_params([], header, unquote)
        except (TypeError, ValueError):  # parts of a value whose numbers make no sense
            return failobj
        values = [value for name, value in given if name.lower() == param]
        told = next((one for one in values if isinstance(one, tuple)), None)
        if told is None:
            return values[0] if values else failobj
        charset, _, text = told
        try:
            return decode_bytes(text.encode("latin-1"), charset or "")
        except UnicodeEncodeError:  # it was never encoded
            return text


class _RawHeaders(Compat32):
    """Headers as they came: raw bytes of any charset are no words that nobody can read any more."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        # parameters of one beyond reason take quadratic time; nothing of it is shown behind that, either
        value = value[:_MAX_HEADER_CHARS]
        if "\x1b$" in value:  # Japanese as it was written before headers were encoded
            return decode_bytes(value.encode("utf-8", "surrogateescape"), "iso-2022-jp")
        return value if value.isascii() else decode_bytes(value.encode("utf-8", "surrogateescape"))


_POLICY: Final = _RawHeaders()


class Letter:
    """
    The bytes of one mail, and its parts without the large ones.

    The parser takes ten times the bytes of what it parses and a second for each 10 MB (observed), so that long runs
    of base64 are left out of what it sees, and decoded where they are wanted.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._runs: list[tuple[int, int]] = []
        parser = BytesParser(Part, policy=_POLICY)
        seen = _RUN.sub(self._put_aside, content).lstrip(b"\r\n \xef\xbb\xbf")
        self.message = cast(Part, parser.parsebytes(seen))

    def _put_aside(self, run: re.Match[bytes]) -> bytes:
        if run[0].count(b"\n") < _LONG_RUN:
            return run[0]
        self._runs.append(run.span())
        return b"%s%d;\n" % (_ASIDE, len(self._runs) - 1)

    @cached_property
    def sheets(self) -> PageSheets:
        """The style sheets that stand beside its pages."""
        return PageSheets(SavedSheets(_parts(self.message), self.content))

    def content(self, part: Part, most: int = 1 << 40) -> bytes | None:
        """The bytes of a part, None where they are more than wanted."""
        aside = _PUT_ASIDE.findall(part.written) if self._runs else []
        runs = [self._runs[int(number)] for number in aside if int(number) < len(self._runs)]
        size = len(part.written) + sum(end - begin for begin, end in runs)
        encoding = _encoding_of(part)
        if size * _LEAST_DECODED.get(encoding, 1.0) > most:
            return None
        raw = self._restored(part.written.encode("utf-8", "surrogateescape"))
        decoded = self._decoded(part, encoding, raw)
        return decoded if len(decoded) <= most else None

    def _decoded(self, part: Part, encoding: str, raw: bytes) -> bytes:
        if encoding == "base64":
            return raw if _IN_CLEAR.match(raw) else _from_base64(raw)
        if encoding == "quoted-printable":
            return quopri.decodestring(raw)
        if encoding in _UU:
            decoded = part.get_payload(decode=True)
            return decoded if isinstance(decoded, bytes) else raw
        return raw

    def unwrapped(self, message: Part, encoding: str) -> bytes:
        """The bytes of a mail that was taken for one as it stands, and is encoded as a whole."""
        try:
            raw = self._restored(message.as_bytes(policy=_POLICY))
        except (UnicodeError, LookupError, TypeError, AttributeError):
            # what Python cannot write again is no mail
            return b""
        if encoding == "base64":
            return _from_base64(raw)
        if any(isinstance(one, MissingHeaderBodySeparatorDefect) for one in message.defects):
            raw = raw.replace(b"\n\n", b"\n", 1)  # a header was broken by the encoding, and none is missing
        return quopri.decodestring(raw)

    def _restored(self, raw: bytes) -> bytes:
        """With the runs in it that were put aside."""
        return _PUT_ASIDE_BYTES.sub(
            lambda found: (
                self._content[slice(*self._runs[int(found[1])])] if int(found[1]) < len(self._runs) else b""
            ),
            raw,
        )


class MailGatherer:
    """
    One mail on its way into the text.

    Args:
        inside: takes what is attached.
    """

    def __init__(self, letter: Letter, gatherer: TextGatherer, inside: Inside) -> None:
        self._letter = letter
        self._gatherer = gatherer
        self._inside = inside
        self._attached: list[Callable[[], None]] = []

    def mail(self, message: Part) -> None:
        """Gather a whole mail: headers, body, attachments."""
        for name in _SHOWN_HEADERS:
            value = header_text(message.get(name))
            if value:
                self._gatherer.add(f"{name}: {value}\n")
        self._gatherer.add("\n" + self._body(message, 0) + "\n")
        for attached in self._attached:
            attached()

    def _body(self, part: Part, depth: int) -> str:
        """The words of one part and those below it; what is attached is put aside."""
        kind = part.get_content_type()
        if depth > _MAX_DEPTH:
            self._gatherer.cut = True
            return ""
        if kind in _FORWARDED:
            self._attached.append(lambda: self._forwarded(part))
            return ""
        if kind in _NOT_DELIVERED:  # whom it did not reach, and why
            # the parser takes the second group of fields of the one for the next child, of the other for a body
            fields = [
                [*map(header_text, one.values()), self._body(one, depth + 1)] for one in _children(part)
            ]
            return "\n".join(field for one in fields for field in one if field)
        if part.is_multipart():
            children = _children(part)
            bodies = [self._body(child, depth + 1) for child in children]
            if kind == "multipart/alternative":
                # an appointment says more than the letter that it comes with
                bodies = [
                    _better([*_of(children, bodies, appointments=False)]),
                    *_of(children, bodies, appointments=True),
                ]
            return "\n\n".join(body for body in bodies if body)
        name = header_text(part.get_filename())
        if kind == "application/pkcs7-mime":
            return self._signed(part, name, depth)
        if kind == "application/ms-tnef" or name.lower() == "winmail.dat":
            self._attached.append(
                lambda: read_tnef(self._letter.content(part) or b"", self._gatherer, self._inside)
            )
            return ""
        if kind == "text/calendar":
            return calendar_to_raw(self._letter.content(part) or b"", part.get_content_charset() or "")
        attached = part.get_content_disposition() == "attachment" or bool(name)
        if kind in {"text/plain", "text/html"} and not attached:
            text = self._text(part)[:_MAX_BODY_CHARS]
            if kind == "text/html":
                sheets = self._letter.sheets.of_page(location_of(part), text)
                return markup_to_raw(sheets + text, MAX_FILE_STEPS)
            return _UUENCODED.sub(lambda found: found[1] if found[2] else found[0], text)
        if kind == SHEET and not attached:  # it says how a page beside it looks
            return ""
        if kind.startswith("message/") or kind == "text/rfc822-headers":
            return self._text(part)[:_MAX_BODY_CHARS]
        self._attached.append(
            lambda: self._inside.add(name, kind, lambda most: self._letter.content(part, most), mail=True)
        )
        return ""

    def _forwarded(self, part: Part) -> None:
        name = header_text(part.get_filename())
        messages = _children(part)
        if not messages:
            return
        letter, message = self._letter, messages[0]
        if _encoding_of(part) in _LEAST_DECODED:
            # no program may encode a mail as a whole, and some do (observed)
            letter = Letter(self._letter.unwrapped(message, _encoding_of(part)))
            message = letter.message
        within = self._inside.forwarded()
        self._gatherer.add("\n" + (name or header_text(message.get("Subject"))) + "\n")
        if within is not None:
            MailGatherer(letter, self._gatherer, within).mail(message)

    def _signed(self, part: Part, name: str, depth: int) -> str:
        """A mail within its signature; an encrypted one says no more than its headers."""
        content = signed_content(self._letter.content(part) or b"")
        if not content:
            self._inside.add(name, "application/octet-stream", lambda _most: None)
            return ""
        letter = Letter(content)
        within = MailGatherer(letter, self._gatherer, self._inside)
        body = within._body(letter.message, depth + 1)
        self._attached += within._attached
        return body

    def _text(self, part: Part) -> str:
        charset = part.get_content_charset() or ""
        raw = self._letter.content(part) or b""
        if not charset and part.get_content_type() == "text/html":
            return without_encoded(decode_page(raw))
        text = without_encoded(decode_bytes(raw, charset))
        if str(part.get_param("delsp", "")).lower() == "yes":
            # RFC 3676: of scripts that part no words by blanks
            text = _SOFT_BREAK.sub("", text)
        return text


def read_mail(file: Readable, gatherer: TextGatherer, inside: Inside) -> None:
    """
    Gather a mail.

    Raises:
        NoTextError: BROKEN, its parts stand in each other beyond reason.
    """
    with file.open("rb") as stream:
        content = _narrow(stream.read())
    try:
        for one in _mails_in(content):
            if gatherer.full:
                return
            letter = Letter(one)
            MailGatherer(letter, gatherer, inside).mail(letter.message)
    except RecursionError as error:
        raise NoTextError(Reason.BROKEN) from error


def _narrow(content: bytes) -> bytes:
    """A mail that an editor or a shell of Windows saved in letters of two bytes, as it was before."""
    if b"\0" not in content[:_BEGINNING]:
        return content
    encoding = detect_encoding(content[:SAMPLE_BYTES])
    return content.decode(encoding, "replace").encode() if encoding.startswith(_WIDE) else content


def _mails_in(content: bytes) -> Iterator[bytes]:
    """The one mail of a file, or all that a mailbox has."""
    counted = _COUNTED.match(content)
    if counted:
        yield content[counted.end() : counted.end() + int(counted[1])]
        return
    begins = _IN_A_BOX.match(content)
    if begins is None:
        yield content
    while begins is not None:
        following = _IN_A_BOX.search(content, begins.end())
        yield content[begins.end() : following.start() if following else len(content)]
        begins = following


def _encoding_of(part: Part) -> str:
    found = _ENCODING.match(str(part.get("Content-Transfer-Encoding", "")))
    return found[1].lower() if found else ""


def _from_base64(raw: bytes) -> bytes:
    try:
        return binascii.a2b_base64(raw)
    except binascii.Error:  # it was cut, or has signs in it that are none of its own
        letters = _NO_BASE64.sub(b"", raw)
        letters = letters[: len(letters) - (len(letters) % 4 == 1)]
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def _children(part: Part) -> list[Part]:
    payload = part.get_payload()
    return [child for child in payload if isinstance(child, Part)] if isinstance(payload, list) else []


def _parts(message: Part) -> Iterator[Part]:
    """A mail and all its parts in their order, however deep they stand."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        yield part
        waiting += reversed(_children(part))


def _of(children: list[Part], bodies: list[str], *, appointments: bool) -> Iterator[str]:
    """The bodies of the parts that are, or are not, appointments."""
    for child, body in zip(children, bodies, strict=True):
        if (child.get_content_type() == "text/calendar") is appointments:
            yield body


def _better(bodies: list[str]) -> str:
    """The better of alternatives: the first with nearly all the words that any of them has."""
    counts = [len(_WORD.findall(body)) for body in bodies]
    most = max(counts, default=0)
    return next((body for body, count in zip(bodies, counts, strict=True) if count >= 0.8 * most), "")


def header_text(value: object) -> str:
    """
    Decode a header: encoded words of any charset, also ones that are split in the middle of a letter; raw bytes as they look.
    """
    raw = "" if value is None else str(value)[:_MAX_HEADER_CHARS]
    if "=?" not in raw:
        return " ".join(raw.split())
    raw = _BETWEEN_WORDS.sub(r"\1", raw)
    pieces: list[str] = []
    waiting, charset, place = b"", "", 0
    for word in _ENCODED_WORD.finditer(raw):
        name = word[1].partition("*")[0].lower()
        if waiting and (word.start() > place or name != charset):
            pieces.append(decode_bytes(waiting, charset))
            waiting = b""
        pieces.append(raw[place : word.start()])
        place, charset = word.end(), name
        waiting += _decode_word(word[2], word[3])
        if codec_named(name) in {"iso2022_jp_ext", "iso2022_kr", "hz", "utf-7"}:
            # each begins in its first state
            pieces.append(decode_bytes(waiting, charset))
            waiting = b""
    if waiting:
        pieces.append(decode_bytes(waiting, charset))
    return " ".join("".join([*pieces, raw[place:]]).split())


def _decode_word(encoding: str, word: str) -> bytes:
    if encoding in "qQ":
        return quopri.decodestring(word.replace("_", "=20").encode("latin-1", "replace"))
    try:
        return base64.b64decode(word + "=" * (-len(word) % 4))
    except (binascii.Error, ValueError):
        return b""
