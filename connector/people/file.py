"""The `people` file of a source: e-mail addresses by id, as spreadsheets write them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from connector.document.clean import HOLE
from connector.document.labels import one_line
from connector.document.mixed_up import mixed_up
from connector.errors import SettingsError
from connector.ledger.notes import Notes
from connector.ledger.people_rows import note_rows, rows_read_last

SEPARATORS = ",;\t"
"""What programs put between columns; which one it is, the first line tells."""
SHOWN = 5
_TOLD_TO_EXCEL = re.compile(r"\Asep=.\r?\n", re.IGNORECASE)
"""A line that tells Excel what parts the columns."""
_NO_ADDRESS = re.compile(r"[\s<>;,:\"]|@.*@")
LONGEST_CELL = 10_000
"""Letters; what is longer begins with a quote that nothing ends."""


def read_columns(file: Path, key: str, columns: Sequence[str]) -> list[tuple[int, list[str]]]:
    """
    Read some columns of a list that a spreadsheet wrote: the line of each row, and its cells without blanks around them and
    what nobody can see in them.

    Args:
        key: of the setting that names the file.
        columns: their names, in the first line in any order, case and quotes; `e-mail` is `email`.

    Raises:
        SettingsError: it cannot be read, or lacks one of the columns, or has it twice.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SettingsError(key, f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = 1 + error.object.count(b"\n", 0, error.start)
        raise SettingsError(
            key,
            f'{file} is not UTF-8 (line {line}, byte {error.start + 1}); Excel writes that as "CSV UTF-8"',
        ) from error
    if HOLE in text:
        line = 1 + text.count("\n", 0, text.index(HOLE))
        raise SettingsError(
            key, f"{file} holds zeros in place of text (line {line}): it was not copied whole"
        )
    text = text.replace("\0", "")  # no text of PostgreSQL may hold it
    if "\n" not in text:  # as Excel for the Mac may write it
        text = text.replace("\r", "\n")
    text = _TOLD_TO_EXCEL.sub("", text)
    first = text.partition("\n")[0]
    for separator in SEPARATORS:
        names = [
            name.strip().strip('"').lower().replace("e-mail", "email") for name in first.split(separator)
        ]
        if set(names) >= set(columns):
            break
    else:
        raise SettingsError(key, f"{file} needs a first line with the columns {','.join(columns)}")
    if twice := [name for name in columns if names.count(name) > 1]:
        raise SettingsError(
            key, f"{file} has the column {twice[0]} twice, so that nobody can tell which one counts"
        )
    try:
        rows = csv.DictReader(io.StringIO(text, newline=""), fieldnames=names, delimiter=separator)
        next(rows, None)
        found = [(rows.line_num, [(row[name] or "").strip() for name in columns]) for row in rows]
    except csv.Error as error:
        raise SettingsError(key, f"{file} cannot be read (line {rows.line_num}): {error}") from error
    for line, cells in found:
        if max(map(len, cells)) > LONGEST_CELL:
            raise SettingsError(
                key, f"{file} has a cell without an end, up to line {line}: is a quote missing?"
            )
    return [(line, [one_line(cell) for cell in cells]) for line, cells in found]


class PeopleFile(NamedTuple):
    """What a people file says."""

    addresses: dict[str, str]
    """By id, as written."""
    problems: tuple[str, ...] = ()
    """Rows that say nothing, or something odd, with their lines."""
    doubtful: frozenset[str] = frozenset()
    """Ids, as written, to which rows give different addresses: none of these counts."""


class PeopleRows(NamedTuple):
    """The rows of a people file that a run goes by."""

    addresses: dict[str, str]
    """By id, as written."""
    unread: str = ""
    """Why the file cannot be read now, so that these are its rows as they were read last; empty: it was read."""


def read_people_file(file: Path, key: str) -> PeopleFile:
    """
    Read a people file.

    Args:
        key: of the setting that names it.

    Raises:
        SettingsError: it cannot be read, or has no columns id and email.
    """
    rows = read_columns(file, key, ("id", "email"))
    return _gather([(line, written, address) for line, (written, address) in rows])


def read_or_recall(
    folder: Path, named: str, key: str, notes: Notes, *, leave_out: Callable[[str, str], bool]
) -> PeopleRows:
    """
    Read a people file and remember its rows; one that cannot be read now, or was mixed up, is taken as it was read last, and so is an
    id to which it gives different addresses.

    Args:
        folder: where relative paths begin.
        named: the file, as the settings name it.
        key: of the setting that names it.
        notes: of its source.
        leave_out: whether nothing is remembered of a row (id, address).

    Raises:
        SettingsError: it cannot be read, and never was.
    """
    last = rows_read_last(notes, named)
    try:
        read = read_people_file(folder / named, key)
    except SettingsError as error:
        if last is None:
            raise
        return PeopleRows(last, error.message)
    if last is not None and (mixed := say_mixed_up(last, read)):
        return PeopleRows(last, f"{folder / named} {mixed}")
    as_before = {i: one for i, one in (last or {}).items() if i in read.doubtful}
    addresses = {**read.addresses, **as_before}
    note_rows(notes, named, {i: one for i, one in addresses.items() if not leave_out(i, one)})
    return PeopleRows(addresses)


def _gather(rows: list[tuple[int, str, str]]) -> PeopleFile:
    addresses: dict[str, str] = {}
    firsts: dict[str, tuple[int, str]] = {}
    """Line and address of each id, whatever its case."""
    doubtful: set[str] = set()
    problems: list[str] = []
    for line, written, address in rows:
        if not written and not address:
            continue
        if not written or not address:
            problems.append(f"line {line} has no {'address' if written else 'id'}")
            continue
        earlier, said = firsts.setdefault(written.casefold(), (line, address))
        if said.casefold() != address.casefold():
            problems.append(f"line {line} has the id of line {earlier}, and another address")
            doubtful.add(written.casefold())
        elif earlier != line:
            problems.append(f"line {line} has the id of line {earlier}")
        elif "@" not in address:
            problems.append(f"line {line} has no @ in its address")
        elif _NO_ADDRESS.search(address):
            problems.append(f"line {line} has more than an address, or several")
        addresses[written] = address
    told = {written: address for written, address in addresses.items() if written.casefold() not in doubtful}
    return PeopleFile(told, tuple(problems), frozenset(addresses.keys() - told.keys()))


def say_mixed_up(last: Mapping[str, str], read: PeopleFile) -> str:
    """
    What is wrong with a file that gives people the addresses of one another; empty: it is right, as far as that tells.

    Args:
        last: its rows as they were read last.
    """
    ids = mixed_up(_folded(last), _folded(read.addresses))
    if not ids:
        return ""
    named = ", ".join(ids[:SHOWN]) + (" and others" if len(ids) > SHOWN else "")
    return (
        f"gives {len(ids)} people ({named}) addresses that it gave to others before, as a file does that was sorted by one column. "
        "Put its rows right; if they are right, leave these out for one run, and write them again"
    )


def _folded(addresses: Mapping[str, str]) -> dict[str, tuple[str]]:
    return {identifier: (address.casefold(),) for identifier, address in addresses.items()}


def tell_problems(problems: tuple[str, ...]) -> str:
    """Name the first of them, and how many more there are."""
    shown = "; ".join(problems[:SHOWN])
    return shown if len(problems) <= SHOWN else f"{shown}; and {len(problems) - SHOWN} more"
