"""
Finds and reads the files that the settings name, in threads: looked at twice where they are new, bounded, read while they stay as they are.
"""

from __future__ import annotations

import glob
import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path

import msgspec

from connector.sources.interject.catalogue import compose
from connector.sources.interject.entries import Entry, entries_of
from connector.sources.interject.forms import EXPORTS
from connector.sources.interject.model import place_text
from connector.sources.interject.moved_texts import texts_of
from connector.sources.interject.series import WORDS, Export, Look
from connector.sources.interject.table import Form, Row, Table
from connector.sources.interject.taken_over import names_of

PAUSE_S = 3.0
"""Between two looks at a file that nobody has read yet: one that is still being written differs."""
MAX_BYTES = 50_000_000
"""Of one file; 20,000 reports take some 5,000,000."""
MOST_FILES = 1_000
"""Of one pattern or folder, the newest of them."""
BEING_WRITTEN = "it is still being written (its size or time changed meanwhile)"
ODD_NAME = "its name is not UTF-8, so that nothing can be noted of it; rename it"
PATTERN = "*?["
HALVES = re.compile(r"\\udc[89a-f][0-9a-f]")
"""What `_utf8` makes of a byte of a name that is no UTF-8."""
SUFFIX = ".csv"
BESIDE = (".", "~$")
"""How names begin of files that programs lay beside the one that is open in them."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What one entry of the settings leads to now."""

    entry: str
    alone: bool
    looks: tuple[Look, ...] = ()
    trouble: str = ""


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of one file, or why there are none that can be relied on."""

    look: Look
    rows: list[Row] = []
    form: Form | None = None
    table: Table | None = None
    trouble: str = ""


def find(entry: str, folder: Path) -> Found:
    """Look where an entry of the settings leads; it may name a file, a folder, or a pattern."""
    path = folder / entry
    try:
        if path.is_dir():
            names = [one.path for one in os.scandir(path) if one.name.lower().endswith(SUFFIX)]
            names = [name for name in names if not os.path.basename(name).startswith(BESIDE)]
        elif any(sign in entry for sign in PATTERN) and not path.exists():
            names = [name for name in glob.glob(str(path)) if not os.path.basename(name).startswith(BESIDE)]
        else:
            look = look_at(str(path))
            return Found(
                entry=entry,
                alone=True,
                looks=(look,) if look else (),
                trouble="" if look else "it is not there",
            )
    except OSError as error:
        return Found(entry=entry, alone=True, trouble=f"it cannot be read: {error.strerror}")
    looks, trouble = _look_at_each(names)
    return Found(
        entry=entry,
        alone=False,
        looks=tuple(looks[:MOST_FILES]),
        trouble=trouble if looks or trouble else "no file is there",
    )


def _look_at_each(names: Sequence[str]) -> tuple[list[Look], str]:
    """Look at some files, the newest first; and why one of them cannot be looked at, which costs the others nothing."""
    looks: list[Look] = []
    trouble = ""
    for name in sorted(names):
        try:
            look = look_at(name)
        except OSError as error:
            trouble = trouble or f"{_utf8(os.path.basename(name))} cannot be read: {error.strerror}"
            continue
        looks += [look] if look is not None else []
    looks.sort(key=lambda one: (one.time_ns, one.path), reverse=True)
    return looks, trouble


def look_at(path: str) -> Look | None:
    """Look at one file; None where there is none that can be read as such."""
    try:
        told = os.stat(path)
    except FileNotFoundError:
        return None
    return Look(_utf8(path), told.st_size, told.st_mtime_ns) if stat.S_ISREG(told.st_mode) else None


def unlike(first: Sequence[Found], second: Sequence[Found]) -> set[str]:
    """Paths of the files that the second look found otherwise than the first."""
    before = {look for one in first for look in one.looks}
    return {look.path for one in second for look in one.looks if look not in before}


def read_table(look: Look, forms: Sequence[Form], *, codec: str = "") -> Content:
    """Read a file that is expected to be as it was looked at; whatever is wrong is told in words."""
    if HALVES.search(look.path):
        return Content(look=look, trouble=ODD_NAME)
    if look.size > MAX_BYTES:
        return Content(
            look=look, trouble=f"it has {look.size} bytes, more than the {MAX_BYTES} that are read"
        )
    try:
        with open(look.path, "rb") as stream:
            if _looked(look.path, stream.fileno()) != look:
                return Content(look=look, trouble=BEING_WRITTEN)
            table = Table(stream, forms, codec=codec)
            rows = list(table.rows())
            if _looked(look.path, stream.fileno()) != look:
                return Content(look=look, trouble=BEING_WRITTEN)
    except OSError as error:
        return Content(look=look, trouble=f"it cannot be read: {error.strerror}")
    return Content(look=look, rows=rows, form=table.form, table=table)


def _utf8(path: str) -> str:
    """A path as it can be noted and told; what of it is no UTF-8 is told by its bytes."""
    return path.encode(errors="backslashreplace").decode()


def _looked(path: str, descriptor: int) -> Look:
    told = os.fstat(descriptor)
    return Look(path, told.st_size, told.st_mtime_ns)


def read_export(export: Export, codec: str) -> tuple[Export, list[Entry]]:
    """Read one export, or read it again: what there is to decide about it, and its links."""
    look = export.look
    content = read_table(look, EXPORTS, codec=codec)
    table, unread = content.table, Export(look=look, entry=export.entry, alone=export.alone)
    if table is None or content.form is None:
        damage = table.damage if table is not None else None
        return msgspec.structs.replace(unread, trouble=content.trouble, damage=damage), []
    entries = entries_of(content.form, content.rows, file=look.path)
    library = compose(entries)
    members = {key: place_text(report.place) for key, report in library.reports.items()}
    members |= {key: place_text(place) for key, place in library.folders.items()}
    read = msgspec.structs.replace(
        unread,
        form=content.form.name,
        codec=table.codec,
        damage=table.damage,
        line=table.damage_line,
        ended=table.ended,
        members=members,
        names=names_of(entries),
        texts=texts_of(entries),
        has_statuses=any(one.version.status for one in entries),
        reports=len(library.reports),
    )
    return read, entries


def trouble_of(content: Content) -> str:
    """Why a file that is no export does not tell all, in words; empty: it does."""
    if content.trouble:
        return content.trouble
    if content.form is None:
        return "its first line does not name the columns that it needs, each of them once"
    table = content.table
    if table is not None and table.damage is not None:
        return WORDS[table.damage].format(line=table.damage_line)
    return ""
