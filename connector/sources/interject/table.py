"""
CSV as the add-in, the portal and spreadsheets write it, whatever its encoding and its separator, and whether it is whole. PURE.

A file that was cut is told by what a cut leaves: no header, a row with too few columns, an open quote, half a character.
A cut behind a line's end leaves nothing: `Table.ended` tells those apart who know how the file ended before.
"""

from __future__ import annotations

import csv
import io
import re
from codecs import getincrementaldecoder
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import IO

import msgspec

from connector.document.clean import HOLE
from connector.document.counting import counted
from connector.text.charset import SAMPLE_BYTES, detect_encoding, detect_file_encoding

SEPARATORS = ",;\t|"
CHUNK_BYTES = 262_144
END = "\ue000end of the file\ue000"
"""Read after the last line: where it lands inside a cell, a quote was open."""
HALF = "\ufffd"
SPOKEN_SEPARATOR = re.compile(r"\s*\"?sep=([^\s\"]|[\t ])\"?\s*", re.IGNORECASE)
LONGEST_CELL = 2**31 - 1
"""The csv module refuses longer cells, of itself such of more than 131,072 letters; files are bounded, so cells need no bound."""
WIDE = ("utf-16", "utf-32")
EMPTIED = "it is empty, as one whose cells were deleted"
"""Of a row that has cells, and nothing in them: a spreadsheet writes it where something stood."""
HOLED = "it holds zeros, so it may be made of two"


csv.field_size_limit(LONGEST_CELL)


class Damage(StrEnum):
    """What a table shows of not being whole."""

    NO_HEADER = "no-header"
    FEW_COLUMNS = "few-columns"
    OPEN_QUOTE = "open-quote"
    HALF_CHARACTER = "half-character"
    EMPTY = "empty"
    TWICE = "twice"
    HOLE = "hole"


class Row(msgspec.Struct, frozen=True, gc=False):
    """One row, by names of columns as `plain` writes them."""

    line: int
    """Where it ends, from 1."""
    cells: dict[str, str]
    problem: str = ""
    """Why its cells may be others than they seem; empty: nothing is odd."""
    beyond: tuple[str, ...] = ()
    """Cells that have no column."""

    def with_problem(self, why: str) -> Row:
        """The same row, whose problem is this where it had none; empty: nothing is odd about it."""
        return msgspec.structs.replace(self, problem=why) if why and not self.problem else self


class Form(msgspec.Struct, frozen=True):
    """A kind of table, told by its header."""

    name: str
    needed: frozenset[str]
    """Columns without which it is another one, as `plain` writes them."""
    known: frozenset[str]
    by_hand: bool = False
    """Whether people write it: one row among others that has too few columns is odd, and no sign of a cut."""

    def fits(self, names: Sequence[str]) -> bool:
        """Whether a header of these columns is its own; in what people write, one that stands there twice may be either."""
        if not self.needed <= set(names):
            return False
        return not self.by_hand or all(names.count(one) < 2 for one in self.known)


def plain(name: str) -> str:
    """Bring the name of a column into one form: no case, no spaces, no signs, no byte order mark."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


class Table:
    """
    One table; its rows are read once, as they come.

    Args:
        stream: the file, from its beginning; it is closed with the table.
        codec: how an earlier file of the same kind was written, for one that neither is UTF-8 nor says what it is.
    """

    def __init__(self, stream: IO[bytes], forms: Sequence[Form], *, codec: str = "") -> None:
        self.codec = encoding_of(stream, codec)
        stream.seek(0)
        self.form: Form | None = None
        self.damage: Damage | None = None
        self.damage_line = 0
        self.ended = False
        """Whether the last line ends with a line break; known after the last row."""
        self._last = ""
        self._line = 0
        self._hole = 0
        """The last line with a hole."""
        self._text = io.TextIOWrapper(stream, encoding=self.codec, errors="replace", newline="")
        self._rows: Iterator[list[str]] = iter(())
        self._names: list[str] = []
        self._begin(forms)

    def rows(self) -> Iterator[Row]:
        """Give the rows that hold anything; what is wrong with the table is known after the last one."""
        if self.form is None:
            self._hurt(Damage.NO_HEADER, 1)
            return
        needed = len(self._names)
        given, short, before = False, 0, 0
        for cells in self._safe():
            if any(END in cell for cell in cells):
                if len(cells) > 1 or cells[0] != END:
                    self._hurt(Damage.OPEN_QUOTE, self._line)
                break
            if not any(cell.strip() for cell in cells):
                if len(cells) > 1 and not self.form.by_hand:
                    yield Row(self._line, {}, EMPTIED)
                continue
            given, short = True, self._line if len(cells) < needed else 0
            if short and not self.form.by_hand:
                self._hurt(Damage.FEW_COLUMNS, self._line)
                continue
            if [plain(cell) for cell in cells[:needed]] == self._names:
                continue  # two files were joined
            told = dict(zip(self._names, cells, strict=False))
            problem = HOLED if self._hole > before else self._odd(cells, needed)
            before = self._line
            yield Row(self._line, told, problem, tuple(cells[needed:]))
        if short:
            self._hurt(Damage.FEW_COLUMNS, short)
        self.ended = self._last.endswith(("\n", "\r"))
        if self._last.endswith(HALF):
            self._hurt(Damage.HALF_CHARACTER, self._line)
        if not given:
            self._hurt(Damage.EMPTY, self._line)

    def _safe(self) -> Iterator[list[str]]:
        """The rows as the csv module reads them."""
        try:
            yield from self._rows
        except csv.Error:
            self._hurt(Damage.OPEN_QUOTE, self._line)

    @staticmethod
    def _odd(cells: Sequence[str], needed: int) -> str:
        if len(cells) < needed or any(cell.strip() for cell in cells[needed:]):
            return f"it has {counted(len(cells), 'column')}, and the header has {needed}"
        return ""

    def _begin(self, forms: Sequence[Form]) -> None:
        spoken = ""
        for line in self._lines():
            if not line.strip():
                continue
            told = SPOKEN_SEPARATOR.fullmatch(line)
            if told and not spoken:
                spoken = told[1]
                continue
            for separator in spoken or SEPARATORS:
                names = [plain(name) for name in next(csv.reader([line], delimiter=separator), [])]
                while names and not names[-1]:
                    names.pop()
                form = next((one for one in forms if one.fits(names)), None)
                if form is not None and any(names.count(name) > 1 for name in form.known):
                    self._hurt(Damage.TWICE, self._line)
                    return
                if form is not None:
                    self.form, self._names = form, names
                    self._rows = csv.reader(self._lines_and_end(), delimiter=separator)
                    return
            return

    def _lines(self) -> Iterator[str]:
        for line in self._text:
            self._line += 1
            if HOLE in line:
                self._hole = self._line
                self._hurt(Damage.HOLE, self._line)
            self._last = line = line.replace("\0", "")  # no text of PostgreSQL may hold it
            yield line

    def _lines_and_end(self) -> Iterator[str]:
        yield from self._lines()
        yield END

    def _hurt(self, damage: Damage, line: int) -> None:
        if self.damage is None:
            self.damage, self.damage_line = damage, line


def encoding_of(stream: IO[bytes], before: str) -> str:
    """
    Name the codec of a file, also of one that ends in the middle of a letter.

    Args:
        before: what the file of before was; taken where this one is neither UTF-8 nor says what it is.
    """
    stream.seek(0)
    sample = stream.read(SAMPLE_BYTES)
    certain = detect_encoding(sample)
    if certain.startswith(WIDE) or certain == "utf-8-sig":
        return certain
    stream.seek(0)
    decoder = getincrementaldecoder("utf-8")()
    try:
        while chunk := stream.read(CHUNK_BYTES):
            # without an end: a letter that was cut there is no sign of another encoding
            decoder.decode(chunk)
    except UnicodeDecodeError:
        if before and not before.startswith(("utf-8", *WIDE)):
            return before
        stream.seek(0)
        return detect_file_encoding(stream).codec
    return "utf-8"


def column(cells: Mapping[str, str], *names: str) -> str:
    """What the first of some columns that holds anything holds, trimmed."""
    for name in names:
        if value := cells.get(name, "").strip():
            return value
    return ""
