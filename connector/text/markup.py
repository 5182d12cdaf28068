"""
XML read as a stream, so that memory does not grow with the file and reading stops when enough text is there.

Entities cannot blow up: expat has its own guard against amplification (libexpat 2.4.1 and later).
"""

from __future__ import annotations

import re
from typing import IO, Final, Protocol
from xml.parsers import expat  # the guard above is why no defused parser is needed

from connector.document.clean import TextGatherer
from connector.text.archive import READ_BYTES
from connector.text.charset import Encoding, detect_file_encoding, read_characters
from connector.text.html import MAX_FILE_STEPS, markup_to_raw
from connector.text.inner import Readable
from connector.text.reasons import NoTextError, Reason

MAX_XML_BYTES: Final = 400_000_000
_PORTION_CHARS: Final = 1_500_000
_WORDY_ATTRIBUTE_NAMES: Final = """
    name desc description title label comment note remark text caption alt summary author subject keywords value
    displayname longname topictype topicstatus
"""
_WORDY_ATTRIBUTES: Final = frozenset(_WORDY_ATTRIBUTE_NAMES.split())
_SAYS_WORDS: Final = re.compile(r"[^\W\d_][\w.,()/&'-]*(?: [\w.,()/&'%-]+)+")
"""Two words or more, of which the first begins with a letter."""
_BORDER_CHARS: Final = 50_000
_BLOCK: Final = re.compile(r"<(?:p|div|tr|li|h[1-6]|table|ul|ol|section|article)\b", re.IGNORECASE)
_AMPLIFICATION: Final = 43  # XML_ERROR_AMPLIFICATION_LIMIT_BREACH, which pyexpat has no name for


class Handler(Protocol):
    """What is told about one XML document; names come without their prefix."""

    @property
    def done(self) -> bool:
        """True when nothing more is wanted."""
        ...

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element; attributes keep their prefixes."""
        ...

    def end(self, name: str) -> None:
        """Take the end of an element."""
        ...

    def characters(self, data: str) -> None:
        """Take a piece of character data; one text may come in several pieces."""
        ...


def read_xml(stream: IO[bytes], handler: Handler, *, encoding: Encoding | None = None) -> bool:
    """
    Feed one XML document to a handler until its end, until it is done, or until MAX_XML_BYTES.

    Args:
        encoding: decode as this codec; expat itself knows few.

    Returns:
        False when the reading stopped before the end.

    Raises:
        NoTextError: BROKEN, not well formed; BOMB, entities that multiply.
    """
    parser = expat.ParserCreate("utf-8" if encoding else None)
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: handler.start(name.rpartition(":")[2], attributes)
    parser.EndElementHandler = lambda name: handler.end(name.rpartition(":")[2])
    parser.CharacterDataHandler = handler.characters
    pieces = (
        (text.encode(errors="replace") for text in read_characters(stream, encoding))
        if encoding
        else iter(lambda: stream.read(READ_BYTES), b"")
    )
    count = 0
    try:
        for piece in pieces:
            parser.Parse(piece)
            count += len(piece)
            if handler.done or count > MAX_XML_BYTES:
                return False
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise NoTextError(Reason.BOMB if error.code == _AMPLIFICATION else Reason.BROKEN) from error
    return True


class AnyText:
    """
    Gathers all character data of an unknown vocabulary, and what its attributes say in words; elements part words.

    LandXML, BCF and many exports keep names in attributes alone; addresses, ids and measures there are left out.
    """

    def __init__(self, gatherer: TextGatherer) -> None:
        self._gatherer = gatherer

    @property
    def done(self) -> bool:
        return self._gatherer.full

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._gatherer.add("\n")
        for key, value in attributes.items():
            if key.rpartition(":")[2].lower() in _WORDY_ATTRIBUTES or _SAYS_WORDS.fullmatch(value):
                self._gatherer.add(value + "\n")

    def end(self, name: str) -> None:
        self._gatherer.add("\n")

    def characters(self, data: str) -> None:
        self._gatherer.add(data)


def read_xml_file(file: Readable, gatherer: TextGatherer) -> None:
    """
    Gather the text of an XML file of any vocabulary and encoding.

    A file that is not well formed is read once more as loosely as a browser would.

    Raises:
        NoTextError: BOMB.
    """
    with file.open("rb") as stream:
        encoding = detect_file_encoding(stream, use_declared=True)
        try:
            read_xml(stream, AnyText(gatherer), encoding=encoding)
        except NoTextError as error:
            if error.reason is not Reason.BROKEN:
                raise
            read_html_file(file, gatherer)


def read_html_file(file: Readable, gatherer: TextGatherer) -> None:
    """
    Gather the text of an HTML file in any encoding.

    A large one is read in portions that begin at a tag, since a tree takes thirty times the memory of its
    markup (observed): what spans two portions, such as a script, may leave some of its text behind.
    """
    with file.open("rb") as stream:
        encoding = detect_file_encoding(stream, use_declared=True)
        portion = ""
        for piece in read_characters(stream, encoding):
            portion += piece
            if len(portion) >= _PORTION_CHARS:
                border = _border(portion)
                gatherer.add(markup_to_raw(portion[:border], MAX_FILE_STEPS))
                portion = portion[border:]
                if gatherer.full:
                    return
        gatherer.add(markup_to_raw(portion, MAX_FILE_STEPS))


def _border(portion: str) -> int:
    """Where a page may be cut: before the last block, else before the last tag."""
    blocks = list(_BLOCK.finditer(portion, max(1, len(portion) - _BORDER_CHARS)))
    if blocks:
        return blocks[-1].start()
    return portion.rfind("<") if "<" in portion[1:] else len(portion)


def read_plain_file(file: Readable, gatherer: TextGatherer) -> None:
    """Gather a text file in any encoding; a large one is read only as far as it is needed."""
    with file.open("rb") as stream:
        encoding = detect_file_encoding(stream)
        for piece in read_characters(stream, encoding):
            gatherer.add(piece)
            if gatherer.full:
                return
