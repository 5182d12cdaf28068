"""The `people` file of a source: e-mail addresses by id, as spreadsheets write them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from connector.document.labels import one_line
from connector.errors import SettingsError

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
        SettingsError: it cannot be read, or lacks one of the columns.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig").replace("\0", "")  # no text of PostgreSQL may hold it
    except OSError as error:
        raise SettingsError(key, f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(
            key, f'{file} is not UTF-8 (byte {error.start + 1}); Excel writes that as "CSV UTF-8"'
        ) from error
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
    try:
        rows = csv.DictReader(io.StringIO(text, newline=""), fieldnames=names, delimiter=separator)
        next(rows, None)
        found = [(rows.line_num, [(row[name] or "").strip() for name in columns]) for row in rows]
    except csv.Error as error:
        raise SettingsError(key, f"{file} cannot be read: {error}") from error
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


def _gather(rows: list[tuple[int, str, str]]) -> PeopleFile:
    addresses: dict[str, str] = {}
    lines: dict[str, int] = {}
    problems: list[str] = []
    for line, written, address in rows:
        if not written and not address:
            continue
        if not written or not address:
            problems.append(f"line {line} has no {'address' if written else 'id'}")
            continue
        earlier = lines.setdefault(written.casefold(), line)
        if earlier != line:
            problems.append(f"line {line} has the id of line {earlier}")
        elif "@" not in address:
            problems.append(f"line {line} has no @ in its address")
        elif _NO_ADDRESS.search(address):
            problems.append(f"line {line} has more than an address, or several")
        addresses[written] = address
    return PeopleFile(addresses, tuple(problems))


def tell_problems(problems: tuple[str, ...]) -> str:
    """Name the first of them, and how many more there are."""
    shown = "; ".join(problems[:SHOWN])
    return shown if len(problems) <= SHOWN else f"{shown}; and {len(problems) - SHOWN} more"
