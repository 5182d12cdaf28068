"""Words of others, as earlier releases stored them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from connector.ledger.scrub import WORDS
from connector.ledger.statements.expressions import TABLES, Batch, p


def _key(table: Any) -> Any:
    """One column that tells a row: its number, or what stands for one."""
    columns = table.c
    return columns.number if "number" in columns else (columns.target + "/" + columns.id)


def _read(table: Any, column: str) -> Any:
    key, words = _key(table), table.c[column]
    return select(key, words).where(key > p.last, words != "").order_by(key).limit(p.limit)


def _write(table: Any, column: str, first: int | str) -> Batch:
    key = _key(table)
    return Batch(
        lambda r: update(table).where(key == r.key).values({column: r.words}),
        ["key"],
        {"key": type(first), "words": str},
    )


READ = {f"read_{name}": _read(TABLES[name], column) for name, (column, _) in WORDS.items()}
WRITE = {f"write_{name}": _write(TABLES[name], column, first) for name, (column, first) in WORDS.items()}
read_told, write_told = _read(TABLES["quarantine"], "told"), _write(TABLES["quarantine"], "told", "")
"""Of the quarantine what its words are made of: since it is there, nothing is stored that was not looked through."""
