"""Whatever a ledger may hold goes from one database into the other and back, and is the same there."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, Float, Integer, LargeBinary
from sqlmodel import SQLModel

from connector.ledger.copying import copy_ledger
from connector.ledger.database import connect
from connector.ledger.shapes import COUNTED, shapes
from tests.ledger.cluster import Cluster
from tests.ledger_pushes import NOW

ROWS = 12
TEXTS = [
    "", " ", "x" * 1_000_000, "Å", "å", "A\u030a", "İ", "ß", "a'b\"c\\d\te\nf\r", "\\N", "\\.", "\ufeff", "\U0001f600", "\u202e",
    "NULL", "null", "1e5", "\x01\x1f\x7f", "100 %", "{}", "zZ", "Zz", "ﬁ",
]  # fmt: skip
INTEGERS = [0, 1, -1, 2**31 - 1, -(2**31)]
FLOATS = [0.0, -0.0, 1.5, NOW, 1e308, -1e308, 5e-324, float("inf"), float("-inf"), 1 / 3]
BYTES = [b"", b"\0", b"\xff" * 300_000, bytes(range(256))]


def odd_rows(dice: random.Random, table: Any) -> Iterator[list[Any]]:
    key = {column.name for column in table.primary_key}
    unique = {column.name for one in table.constraints for column in getattr(one, "columns", ())} - {"target"}
    for number in range(1, ROWS + 1):
        row: list[Any] = []
        for column in table.columns:
            if column.nullable and dice.random() < 0.2:
                row.append(None)
            elif isinstance(column.type, Boolean):
                row.append(dice.choice([0, 1]))
            elif isinstance(column.type, Integer):
                row.append(number if column.name in key else dice.choice(INTEGERS))
            elif isinstance(column.type, Float):
                row.append(dice.choice(FLOATS))
            elif isinstance(column.type, LargeBinary):
                row.append(bytes([number]) * 16 if column.name in key else dice.choice(BYTES))
            elif column.name in key | unique or any(column.name in one.columns for one in table.indexes):
                row.append(f"{dice.choice(TEXTS)[:99]}{number}")
            else:
                row.append(dice.choice(TEXTS))
        yield row


def rows(url: str) -> dict[str, list[tuple[Any, ...]]]:
    with closing(connect(url)) as database:
        return {
            shape.name: [tuple(row) for row in database.rows_of(shape.name, shape.columns, shape.key)]
            for shape in shapes()
            if shape.name != COUNTED
        }


def test_every_odd_value_is_the_same_in_the_other_database_and_back(cluster: Cluster, tmp_path: Path) -> None:
    first, last = (f"sqlite:///{tmp_path}/{name}.db" for name in ("first", "last"))
    other, dice = cluster.new_database(), random.Random(5)
    with closing(connect(first)) as database, database.at_once():
        for shape in shapes():
            if shape.name != COUNTED:
                table = SQLModel.metadata.tables[shape.name]
                database.fill(shape.name, shape.columns, odd_rows(dice, table), shape.truths)
        database.driver.execute("UPDATE leases SET expires_at=0")  # type: ignore[attr-defined]
    copy_ledger(first, other, now=NOW)
    copy_ledger(other, last, now=NOW)
    assert rows(first) == rows(other) == rows(last)
    cluster.drop(other)
