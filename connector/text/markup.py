"""
XML read as a stream, so that memory does not grow with the file and reading stops when enough text is there.

Entities cannot blow up: expat has its own guard against amplification (libexpat 2.4.1 and later).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import IO, Final, Protocol
from xml.parsers import expat  # the guard above is why no defused parser is needed

from connector.document.clean import TextGatherer
from connector.document.encoded import pieces_without_encoded
from connector.text.archive import READ_BYTES
from connector.text.charset import Encoding, detect_file_encoding, read_characters
from connector.text.embedded import Readable
from connector.text.hidden_markup import as_html, find_hidden
from connector.text.html import MARKUP, MAX_FILE_STEPS, Levels, hiding_of, markup_to_raw
from connector.text.reasons import NoTextError, Reason
from connector.text.stylesheet import Hiding, find_hiding, sheets_in, sight_of

MAX_XML_BYTES: Final = 400_000_000
MAX_DEPTH: Final = 100_000
"""Elements within each other, of which a parser keeps each: with millions a reader had no memory left, and looked for some until its time was over."""
_PORTION_CHARS: Final = 1_500_000
_WORDY_ATTRIBUTE_NAMES: Final = """
    name desc description title label comment note remark text caption alt summary author subject keywords value
    displayname longname topictype topicstatus
    unicodestring navn namn tittel titel overskrift beskrivelse beskrivning beskrivelser emne ämne tekst merknad anmerkning anmärkning bemerkning
    bemærkning kommentar betegnelse benevnelse benevning benämning beteckning emneord nøkkelord nyckelord sammendrag forfatter
    bezeichnung beschreibung bemerkung anmerkung betreff nimi kuvaus otsikko selite nom titre libellé intitulé remarque
    naam omschrijving opmerking nazwa opis tytuł uwagi
"""
_WORDY_ATTRIBUTES: Final = frozenset(_WORDY_ATTRIBUTE_NAMES.split())
_SAYS_WORDS: Final = re.compile(r"[^\W\d_][\w.,()/&'-]*+(?: [\w.,()/&'%-]++)++")
"""Two words or more, of which the first begins with a letter."""
_UNSEEN: Final = frozenset({"style", "script", "metadata"})
"""Of a drawing."""
_DEFINING: Final = frozenset({"defs", "symbol", "clipPath", "mask", "marker", "pattern"})
"""Elements of a drawing whose content is drawn only where something calls it."""
_CALLED: Final = re.compile(r"#([^\s\"')]++)")
_MAX_DEFINED_CHARS: Final = 8_000_000
"""Of what is kept until the end of a drawing, and of the ids by which it is called: beyond it all is read."""
_COST: Final = 64
"""What one more of either costs beside its characters."""
_MAX_SHEET_PIECES: Final = 100
"""Of 8 kB each, as expat gives them."""
_BORDER_CHARS: Final = 50_000
_OPEN_SCRIPT: Final = "<script>"
"""As long as what may be the beginning of its end."""
_SCRIPT: Final = re.compile(r"<script\b(?:[^<]++|<(?!/script))*+", re.IGNORECASE)
_BLOCK: Final = re.compile(r"<(?:p|div|tr|li|h[1-6]|table|ul|ol|section|article)\b", re.IGNORECASE)
_IN_XML: Final = re.compile(
    r"\A\s*+<\?xml\b|<html\b[^<>]*\bxmlns\s*=\s*[\"']http://www\.w3\.org/1999/xhtml", re.IGNORECASE
)
"""What is a page that is written in XML."""
_DOCTYPE: Final = re.compile(r"<!doctype\s", re.IGNORECASE)
"""Of a page without one ids and classes are the same in letters of either case: HTML Living Standard, 13.2.6.4.1, Selectors 4, 6.6."""
_HEAD_CHARS: Final = 4_096
_MAX_NAME: Final = 1_000
"""Bytes of a tag before what is wrong in it."""
_TERMINAL: Final = re.compile(
    r"\x1b(?:\[[0-9;:?]{0,40}[ -/]?[@-~]|\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)|[()][A-B0-2]|[=>78])"
)
"""Colours, movements and titles (ECMA-48)."""
_JSON: Final = re.compile(r"\s*[\[{]\s*(?:[\[{\"\]}\d-]|true\b|false\b|null\b)")
_JSON_ESCAPE: Final = re.compile(r"((?:\\u[0-9a-fA-F]{4})+)|\\([\"\\/bfnrt])")
_JSON_SIGNS: Final = {"b": "", "f": "\n", "n": "\n", "r": "\n", "t": "\t"}
_LETTERS_ESCAPED: Final = re.compile(
    r"(?<!\\)(?:(?<=[A-Za-z])(?:\\u[0-9a-fA-F]{4})+|(?:\\u[0-9a-fA-F]{4}){2,}|\\u[0-9a-fA-F]{4}(?=[A-Za-z]))"
)
"""As programs write them in the midst of words, in texts and data of every kind."""
_MAX_ESCAPE: Final = 240
_OPEN_ESCAPE: Final = re.compile(
    r"[A-Za-z]\Z|(?<!\\)[A-Za-z]?(?:\\u[0-9a-fA-F]{0,4}|\\[^u]|\\)+\Z|\x1b[^\x1b]{0,200}\Z"
)
"""What stands at the end of a text and may be a part of an escape, and the letter before it."""
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


class Damaged(NoTextError):
    """A document that is not well formed from a place on, in bytes of UTF-8 where its encoding was told."""

    def __init__(self, place: int) -> None:
        super().__init__(Reason.BROKEN)
        self.place = place


class _TooDeep(Exception):
    """Elements stand in each other beyond reason."""


def read_flat(file: Readable, handler: Handler) -> bool:
    """Feed a whole file to a handler, in whatever encoding it is; otherwise as read_xml."""
    with file.open("rb") as stream:
        return read_xml(stream, handler, encoding=detect_file_encoding(stream, use_declared=True))


def read_xml(stream: IO[bytes], handler: Handler, *, encoding: Encoding | None = None) -> bool:
    """
    Feed one XML document to a handler until its end, until it is done, or until MAX_XML_BYTES or MAX_DEPTH.

    Args:
        encoding: decode as this codec; expat itself knows few.

    Returns:
        False when the reading stopped before the end.

    Raises:
        NoTextError: BROKEN, not well formed; BOMB, entities that multiply.
    """
    parser = expat.ParserCreate("utf-8" if encoding else None)
    parser.buffer_text = True
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise _TooDeep
        handler.start(name.rpartition(":")[2], attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        handler.end(name.rpartition(":")[2])

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = handler.characters
    pieces = (
        (text.encode(errors="replace") for text in pieces_without_encoded(read_characters(stream, encoding)))
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
    except _TooDeep:
        return False
    except (ValueError, LookupError) as error:  # an encoding that expat knows nothing of
        raise NoTextError(Reason.BROKEN) from error
    except expat.ExpatError as error:
        if error.code == _AMPLIFICATION:
            raise NoTextError(Reason.BOMB) from error
        parser.buffer_text = False  # hands over what stands right before the damage
        raise Damaged(parser.ErrorByteIndex) from error
    return True


class _Defined:
    """
    Keeps what a drawing defines until it is known whether anything calls it, by an id of it or of what stands in it.

    Source: SVG 2, 5.4 (defs), 5.5 (symbol), 5.6 (use), 4.3 (url()).
    """

    def __init__(self) -> None:
        self._kept: list[tuple[set[str], list[str]]] = []
        """Of each definition, its ids and its words."""
        self._called: set[str] = set()
        self._depth = 0
        """How many elements are open within one that defines, and it."""
        self._is_list = False
        """That one holds a definition in each of its elements."""
        self._left = _MAX_DEFINED_CHARS

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element: what it calls, and what it is called by."""
        for key, value in attributes.items():
            if key.startswith("aria-"):
                self._call(*value.split())
            elif "#" in value and (key.endswith("href") or "url(" in value):
                self.call_all_in(value)
        if not self._depth and name not in _DEFINING:
            return
        self._depth += 1
        if self._depth == 1:
            self._is_list = name == "defs"
        if self._left > 0 and (self._depth == 1 or (self._depth == 2 and self._is_list)):
            self._kept.append((set(), []))
            self._left -= 6 * _COST  # empty as they are
        if self._left > 0 and (identifier := attributes.get("id")):
            self._kept[-1][0].add(identifier)
            self._left -= len(identifier) + _COST

    def end(self) -> None:
        """Take the end of an element."""
        self._depth -= self._depth > 0

    def call_all_in(self, text: str) -> None:
        """Note what a style, or an address, calls."""
        self._call(*_CALLED.findall(text))

    def keep(self, text: str) -> bool:
        """Keep what stands in a definition; whether it does."""
        if not self._depth or self._left <= 0:
            return False
        words = self._kept[-1][1]
        if not (text.isspace() and words and words[-1].isspace()):
            self._left -= len(text) + _COST
            words.append(text)
        return True

    def shown(self) -> Iterator[str]:
        """The words of what something calls."""
        for ids, words in self._kept:
            if self._left <= 0 or not ids.isdisjoint(self._called):
                yield from words

    def _call(self, *identifiers: str) -> None:
        for identifier in identifiers:
            if self._left > 0 and identifier not in self._called:
                self._called.add(identifier)
                self._left -= len(identifier) + _COST


class AnyText:
    """
    Gathers all character data of an unknown vocabulary, and what its attributes say in words; elements part words.

    LandXML, BCF and many exports keep names in attributes alone; addresses, ids and measures there are left out. Of a
    drawing (SVG), what is switched off, how it looks, and what is defined and called by nothing is left out, too. A page
    that stands in an element in letters, as those of feeds do, is read as a page.
    """

    def __init__(self, gatherer: TextGatherer) -> None:
        self._gatherer = gatherer
        self._is_drawing: bool | None = None
        self._skip_depth = 0
        """How many elements are open within one that is left out, and it."""
        self._levels = Levels()
        self._page: list[str] = []
        """What may be a page in letters, and how long it is."""
        self._page_chars = 0
        self._sheet: list[str] | None = None
        """The style sheet of a drawing that is being read."""
        self._hiding: Hiding | None = None
        self._defined = _Defined()

    @property
    def done(self) -> bool:
        return self._gatherer.full

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._page:
            self._end_page()
        if self._is_drawing is None:
            self._is_drawing = name == "svg"
        if self._is_drawing:
            self._defined.start(name, attributes)
        if self._is_drawing and not self._skip_depth:
            sight = sight_of(name, attributes, self._hiding)
            if sight.gone or name in _UNSEEN:
                self._skip_depth = 1
                if name == "style":
                    self._sheet = []
                return
            self._levels.down(visible=self._levels.visible if sight.visible is None else sight.visible)
        elif self._skip_depth:
            self._skip_depth += 1
            return
        self._add("\n")
        if not self._levels.visible:
            return
        for key, value in attributes.items():
            if key.rpartition(":")[2].lower() in _WORDY_ATTRIBUTES or _SAYS_WORDS.fullmatch(value):
                self._add(value + "\n")

    def end(self, name: str) -> None:
        if self._page:
            self._end_page()
        if self._sheet is not None and name == "style":
            sheet, self._sheet = "".join(self._sheet), None
            self._hiding = find_hiding(f"<style>{sheet}</style>") or self._hiding
            self._defined.call_all_in(sheet)
        if self._skip_depth:
            self._skip_depth -= 1
        elif self._is_drawing:
            self._levels.up()
        self._add("\n")
        self._defined.end()

    def characters(self, data: str) -> None:
        if self._skip_depth or not self._levels.visible:
            if self._sheet is not None and len(self._sheet) < _MAX_SHEET_PIECES:
                self._sheet.append(data)
        elif self._page or "<" in data:
            self._page.append(data)
            self._page_chars += len(data)
            if self._page_chars > _PORTION_CHARS:
                self._end_page()
        else:
            self._add(data)

    def finish(self) -> None:
        """Take what waits for the end."""
        for words in self._defined.shown():
            self._gatherer.add(words)

    def _add(self, text: str) -> None:
        if not self._defined.keep(text):
            self._gatherer.add(text)

    def _end_page(self) -> None:
        """Take what may be a page: what looks like none stays as it is."""
        text = "".join(self._page)
        self._add(markup_to_raw(text, MAX_FILE_STEPS) if MARKUP.search(text) else text)
        self._page, self._page_chars = [], 0


def read_xml_file(file: Readable, gatherer: TextGatherer) -> None:
    """
    Gather the text of an XML file of any vocabulary and encoding.

    What stands behind the place from which on a file is not well formed is read as loosely as a browser would.

    Raises:
        NoTextError: BOMB.
    """
    with file.open("rb") as stream:
        encoding = detect_file_encoding(stream, use_declared=True)
        text = AnyText(gatherer)
        try:
            read_xml(stream, text, encoding=encoding)
            text.finish()
        except Damaged as error:
            text.finish()
            read_html_file(file, gatherer, damage=error.place)
        except NoTextError as error:
            if error.reason is not Reason.BROKEN:
                raise
            read_html_file(file, gatherer)


def read_html_file(
    file: Readable, gatherer: TextGatherer, *, sheets: str = "", damage: int | None = None
) -> None:
    """
    Gather the text of an HTML file in any encoding.

    A large one is read in portions that begin at a tag, since a tree takes thirty times the memory of its
    markup (observed); no script is cut.

    Args:
        sheets: style sheets that hold for it and stand elsewhere, as `sheets_in` gives them.
        damage: it is XML that is not well formed from this byte of UTF-8 on, and was read until there.
    """
    with file.open("rb") as stream:
        encoding = detect_file_encoding(stream, use_declared=True)
        portion, told, is_xml, folded = sheets, "", None, False
        pieces = pieces_without_encoded(read_characters(stream, encoding))
        for piece in pieces if damage is None else _behind(pieces, damage):
            if is_xml is None and piece:
                is_xml = _IN_XML.search(piece, 0, _HEAD_CHARS) is not None
                folded = not is_xml and _DOCTYPE.search(piece, 0, _HEAD_CHARS) is None
            portion += piece
            if len(portion) >= _PORTION_CHARS:
                border = _border(portion)
                if not border:  # a script fills it, and goes on
                    portion = _OPEN_SCRIPT + portion[-len(_OPEN_SCRIPT) :]
                    continue
                whole = as_html(portion[:border]) if is_xml else portion[:border]
                gatherer.add(markup_to_raw(whole, MAX_FILE_STEPS, folded=folded))
                told = told or sheets_in(whole)
                # what is hidden here goes on behind the border
                hidden = find_hidden(whole, hiding_of(whole, folded=folded)).open_tag
                portion = told + hidden + portion[border:]
                if gatherer.full:
                    return
        gatherer.add(markup_to_raw(as_html(portion) if is_xml else portion, MAX_FILE_STEPS, folded=folded))


def _behind(pieces: Iterable[str], damage: int) -> Iterator[str]:
    """Pieces of a document of XML from the tag on in which a byte of UTF-8 stands; what any of its elements holds stands by itself."""
    for piece in pieces:
        if damage > 0:
            raw = piece.encode(errors="replace")
            tag = raw.rfind(b"<", max(0, damage - _MAX_NAME), damage)
            place = tag if tag > raw.rfind(b">", 0, damage) else damage
            damage -= len(raw)
            piece = raw[place:].decode(errors="replace")
        yield piece.replace("<", "\n<")


def _border(portion: str) -> int:
    """Where a page may be cut: before the last block, else before the last tag; never amid a script, which may write both."""
    blocks = list(_BLOCK.finditer(portion, max(1, len(portion) - _BORDER_CHARS)))
    last_tag = portion.rfind("<") if "<" in portion[1:] else len(portion)
    border = blocks[-1].start() if blocks else last_tag
    reach = min(border, len(portion) - 1)
    around = next((one for one in _SCRIPT.finditer(portion) if one.end() > reach), None)
    return border if around is None else min(border, around.start())


def read_plain_file(file: Readable, gatherer: TextGatherer) -> None:
    """Gather a text file in any encoding; a large one is read only as far as it is needed."""
    with file.open("rb") as stream:
        encoding = detect_file_encoding(stream)
        left, is_json = "", None
        for piece in pieces_without_encoded(read_characters(stream, encoding)):
            if is_json is None and piece:
                is_json = bool(_JSON.match(piece))
            open_end = is_json or left or "\x1b" in piece or "\\" in piece
            text, left = _parted(left + piece) if open_end else (piece, "")
            gatherer.add(_plain(text, is_json=bool(is_json)))
            if gatherer.full:
                return
        gatherer.add(_plain(left, is_json=bool(is_json)))


def _parted(text: str) -> tuple[str, str]:
    """A text up to what may be an escape that goes on in the next piece, and that."""
    begin = max(0, len(text) - _MAX_ESCAPE)
    found = _OPEN_ESCAPE.search(text, begin)
    return (text[: found.start()], text[found.start() :]) if found else (text, "")


def _plain(text: str, *, is_json: bool) -> str:
    """The words of a plain text: without what colours a terminal, and JSON with its escapes as the letters that they are."""
    if "\x1d" in text:  # parts the values of one field
        text = text.replace("\x1d", "\n")
    if "\x1b" in text:
        text = _TERMINAL.sub("", text)
    if is_json and "\\" in text:
        return _JSON_ESCAPE.sub(_unescaped, text)
    return _LETTERS_ESCAPED.sub(_letters, text) if "\\u" in text else text


def _letters(found: re.Match[str]) -> str:
    """Letters beyond ASCII; what else follows the sign may be a path."""
    units = found[0].split("\\u")[1:]
    letters = bytes.fromhex("".join(units)).decode("utf-16-be", errors="replace")
    if len(letters) == len(units):
        return "".join(
            letter if letter.isalpha() and not letter.isascii() else f"\\u{unit}"
            for letter, unit in zip(letters, units, strict=True)
        )
    return letters if all(letter.isalpha() or letter > "\uffff" for letter in letters) else found[0]


def _unescaped(found: re.Match[str]) -> str:
    if found[1]:  # halves of a letter beyond the basic plane come as two
        units = bytes.fromhex("".join(found[1].split("\\u")[1:]))
        return units.decode("utf-16-be", errors="replace")
    return _JSON_SIGNS.get(found[2], found[2])
