"""Reads the statements that are kept beside an engine: their names, what they are handed, how the database reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

_HEAD = re.compile(
    r"-- (?P<name>[a-z_.]+) \((?P<common>[^)]*)\)(?: each \((?P<rows>[^)]*)\)(?: once (?P<key>.+))?)?"
)

_WRITES = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) (?P<table>[a-z_]+)")
_BULK = re.compile(r"%\((\w+)\)b::BYTEA\[\]")
NOTED = "\n-- and before that\n"
"""Between a statement and what is noted before it."""
LATER = "sqlite-later.sql"
"""What a file of SQLite gets once its first run is over."""
_LISTED = {"documents", "containers"}
"""Tables of what a walk asks about what it lists."""


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One statement."""

    sql: str
    common: tuple[str, ...]
    """What a call hands over, in the order of the parameters."""
    rows: tuple[str, ...]
    """What each row of a batch has; of SQLite they are the first parameters."""
    key: tuple[str, ...]
    """What no two rows of one call may have the same."""
    bulk: tuple[str, ...]
    """Those of a batch that PostgreSQL gets as arrays of their own, beside the JSON of the others."""
    before: str
    """What is to be noted before, with the first of the same parameters; empty: nothing. Only SQLite has it."""
    late: bool
    """Whether it is answered by an index that a file of SQLite may lack yet."""
    unaided: str
    """The same without that index: through all documents, or in the order of their numbers."""
    stirs: bool
    """Whether it writes what a walk may have asked ahead."""


@cache
def statements_in(file: str) -> Mapping[str, Statement]:
    """The statements of a file beside this one, by name."""
    found: dict[str, Statement] = {}
    for block in (Path(__file__).parent / file).read_text(encoding="utf-8").split("\n\n")[1:]:
        head, _, sql = block.strip().partition("\n")
        sql, _, before = sql.partition(NOTED)
        told = _HEAD.fullmatch(head)
        assert told, head
        found[told["name"]] = Statement(
            sql=sql,
            common=_names(told["common"]),
            rows=_names(told["rows"]),
            key=_names(told["key"]),
            before=before,
            bulk=tuple(_BULK.findall(sql)),
            late=(unaided := _unaided(sql)) != sql,
            unaided=unaided,
            stirs=any(one["table"] in _LISTED for one in _WRITES.finditer(sql)),
        )
    return found


def _unaided(sql: str) -> str:
    """A statement that names none of the indexes that a file of SQLite gets later."""
    for one in _late():
        sql = sql.replace(one, "NOT INDEXED")
    return sql


@cache
def _late() -> tuple[str, ...]:
    """How statements name the indexes that a file of SQLite gets later."""
    found = (one.split() for one in tables_in(LATER))
    return tuple(f"INDEXED BY {words[words.index('EXISTS') + 1]}" for words in found)


@cache
def tables_in(file: str) -> tuple[str, ...]:
    """The statements that make a new ledger, in their order: its tables, and the migration up to which it is."""
    return tuple((Path(__file__).parent / file).read_text(encoding="utf-8").strip().split("\n\n")[1:])


def _names(told: str | None) -> tuple[str, ...]:
    return tuple(told.split(", ")) if told else ()
