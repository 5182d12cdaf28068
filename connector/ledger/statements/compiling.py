"""
Makes each dialect's text of the statements, and of the tables of a new ledger: `python -m
connector.ledger.statements.compiling` writes what the engines keep.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Executable, Float
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql.base import PGTypeCompiler
from sqlalchemy.dialects.postgresql.psycopg import PGCompiler_psycopg, PGDialect_psycopg
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql.compiler import SQLCompiler

from connector.ledger import statements
from connector.ledger.database import revisions
from connector.ledger.engines import counts_made, titles_made
from connector.ledger.engines.statement_files import LATER, NOTED
from connector.ledger.statements.counts import noting
from connector.ledger.statements.expressions import Batch, Bulk, Rows
from connector.ledger.tables import DocumentRow

ENGINES = Path(__file__).parents[1] / "engines"
BREAKS = re.compile(r"\s*\n\s*")
FILES = {"sqlite": "sqlite.sql", "postgresql": "postgres.sql"}
"""What each engine keeps, beside it."""
TABLES = {"sqlite": "sqlite-tables.sql", "postgresql": "postgres-tables.sql"}
"""What each makes a new ledger of."""
HEAD = {
    "sqlite": "Every statement of the ledger as SQLite reads it",
    "postgresql": "Every statement of the ledger as PostgreSQL reads it",
}
OF_ONE = {
    "documents_titles": "postgresql",
    "documents_state": "postgresql",
    "documents_called": "sqlite",  # the same, and titles besides
    "hidden_path": "postgresql",
    "hidden_called": "sqlite",
    "quarantine_called": "sqlite",
}
"""Indexes that one database has."""
RELEASE = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))",
    "INSERT INTO alembic_version (version_num) VALUES ('{revision}')",
)
"""As Alembic notes up to which migration a ledger is."""


class _Inline(SQLCompiler):
    """What is said in the expression itself is written out; what a call hands over is a parameter."""

    def visit_bindparam(self, bindparam: Any, *rest: Any, **more: Any) -> Any:
        compiler: Any = super()
        if not bindparam.required:
            more["literal_binds"] = True
        else:
            order = self.dialect.order  # type: ignore[attr-defined]
            if bindparam.key not in order:
                order.append(bindparam.key)
        return compiler.visit_bindparam(bindparam, *rest, **more)

    def get_from_hint_text(self, _table: Any, text: str | None) -> str | None:
        return text

    def render_literal_value(self, value: Any, type_: Any) -> str:
        compiler: Any = super()
        return (
            self.bytes_as(value)
            if isinstance(value, bytes)
            else str(compiler.render_literal_value(value, type_))
        )

    def bytes_as(self, value: bytes) -> str:
        raise NotImplementedError


class _SqliteCompiler(_Inline, SQLiteCompiler):
    def bindparam_string(self, name: str, *_: Any, **__: Any) -> str:
        order: list[str] = self.dialect.order  # type: ignore[attr-defined]
        return f"?{order.index(name) + 1}"

    def bytes_as(self, value: bytes) -> str:
        return f"x'{value.hex()}'"


class _PostgresCompiler(_Inline, PGCompiler_psycopg):
    def bytes_as(self, value: bytes) -> str:
        return f"'\\x{value.hex()}'::bytea"


class _Sqlite(sqlite.dialect):  # type: ignore[misc, valid-type]
    statement_compiler = _SqliteCompiler
    supports_statement_cache = False


class _PostgresFloat(Float[float]):
    """Told with its type: an empty value has none of its own."""

    render_bind_cast = True


class _Postgres(PGDialect_psycopg):
    statement_compiler = _PostgresCompiler
    supports_statement_cache = False
    colspecs = {**PGDialect_psycopg.colspecs, Float: _PostgresFloat}  # noqa: RUF012 - as the base has it


class _PostgresTypes(PGTypeCompiler):
    """Text is compared byte by byte, whatever the locale of the database."""

    def visit_VARCHAR(self, type_: Any, **more: Any) -> str:
        compiler: Any = super()
        return f'{compiler.visit_VARCHAR(type_, **more)} COLLATE "C"'


class _PostgresTables(_Postgres):
    type_compiler_cls = _PostgresTypes


DIALECTS: dict[str, type[Dialect]] = {"sqlite": _Sqlite, "postgresql": _Postgres}
OF_TABLES: dict[str, type[Dialect]] = {"sqlite": _Sqlite, "postgresql": _PostgresTables}


AMONG = re.compile(
    r"(?<!NOT )IN (\(SELECT \w+\.value FROM json_array_elements_text\(\(%\(\w+\)s\)::json\) AS \w+\))"
)
"""
Whether a column is among values that are handed over: PostgreSQL looks each up in an index where it is told as an array, also
in a table whose statistics it has not gathered yet. Else the first run on a new ledger reads the whole table each time.
"""


def modules() -> Iterator[ModuleType]:
    """The modules of statements."""
    for found in pkgutil.iter_modules(statements.__path__, f"{statements.__name__}."):
        if found.name.rpartition(".")[2] not in {"words", "compiling"}:
            yield importlib.import_module(found.name)


def all_statements() -> dict[str, Any]:
    """Every statement by module and name."""
    found: dict[str, Any] = {}
    for module in modules():
        place = module.__name__.rpartition(".")[2]
        for name, value in vars(module).items():
            if name.startswith("_"):
                continue
            members = value if isinstance(value, dict) else {name: value}
            for one, statement in members.items():
                if isinstance(statement, (Executable, Batch)):
                    found[f"{place}.{one}"] = statement
    return found


def compile_all(name: str) -> str:
    """The text that an engine keeps: for each statement its name, what it is handed, and how the database reads it."""
    lines = [f"-- {HEAD[name]}: made of connector/ledger/statements by tools/statements, not by hand.\n"]
    for called, statement in sorted(all_statements().items()):
        dialect: Any = DIALECTS[name]()
        rows: list[str] = []
        bulk: list[str] = []
        key = ""
        dialect.order = []
        is_noted = isinstance(statement, Batch) and statement.is_noted
        if isinstance(statement, Batch):
            rows = list(statement.columns)
            bulk = [one for one, kind in statement.columns.items() if kind is Bulk]
            dialect.order = list(rows) if name == "sqlite" else []
            key = f" once {', '.join(statement.key)}" if statement.key else ""
            statement = statement.make(Rows(name, statement.columns))
        text = _text(statement, dialect)
        if name == "sqlite" and not is_noted and (first := noting(statement)) is not None:
            text += NOTED + _text(first, dialect)
        if name == "postgresql":
            text = AMONG.sub(r"= ANY(ARRAY\1)", text)
            if bulk:
                text = _beside_the_json(text, bulk)
        common = [one for one in dialect.order if one not in rows and one != "rows"]
        head = f"-- {called} ({', '.join(common)})" + (f" each ({', '.join(rows)}){key}" if rows else "")
        lines.append(f"{head}\n{text}\n")
    return "\n".join(lines)


def _text(statement: Any, dialect: Any) -> str:
    return BREAKS.sub(" ", str(statement.compile(dialect=dialect)).strip())


ROWS = re.compile(r"(json_to_recordset\(%\(rows\)s::JSON\)) AS r\((?P<columns>[^)]*)\)")


def _beside_the_json(text: str, bulk: Sequence[str]) -> str:
    """Let some columns of a batch come as arrays, which the server need not take out of a text: that is half of its work."""

    def apart(found: re.Match[str]) -> str:
        columns = found["columns"].split(", ")
        told = [one for one in columns if one.partition(" ")[0] not in bulk]
        names = [*(one.partition(" ")[0] for one in told), *bulk]
        arrays = ", ".join(f"unnest(%({one})b::BYTEA[])" for one in bulk)
        return f"ROWS FROM ({found[1]} AS ({', '.join(told)}), {arrays}) AS r({', '.join(names)})"

    return ROWS.sub(apart, text)


def compile_tables(name: str) -> str:
    """The text of the tables that an engine keeps: a new ledger is made of it at once, and counts as migrated."""
    dialect = OF_TABLES[name]()
    made: list[str] = []
    for table in sorted(DocumentRow.metadata.tables.values(), key=lambda table: table.name):
        besides = {
            "sqlite": ([], (*titles_made.OF_SQLITE, *counts_made.OF_SQLITE)),
            "postgresql": (titles_made.OF_POSTGRES, counts_made.OF_POSTGRES),
        }[name]
        first, last = besides if table.name == DocumentRow.__tablename__ else ([], [])
        made += [*first, str(CreateTable(table).compile(dialect=dialect))]
        made += [
            str(CreateIndex(index).compile(dialect=dialect))
            for index in sorted(table.indexes, key=lambda index: str(index.name))
            if OF_ONE.get(str(index.name), name) == name and not (name == "sqlite" and index.info.get("late"))
        ]
        made += last
    made += [one.format(revision=revisions()[-1]) for one in RELEASE]
    lines = [
        "-- The tables of a new ledger: made of connector/ledger/tables.py by tools/statements, not by hand."
    ]
    return "\n\n".join([*lines, *(BREAKS.sub(" ", one.strip()).replace("\t", "") for one in made)]) + "\n"


def compile_later() -> str:
    """The text of the indexes that a file of SQLite gets later."""
    found = [
        str(CreateIndex(index, if_not_exists=True).compile(dialect=_Sqlite()))
        for table in DocumentRow.metadata.tables.values()
        for index in table.indexes
        if index.info.get("late")
    ]
    head = "-- Indexes of a ledger whose first run is over: made of connector/ledger/tables.py by tools/statements, not by hand."
    return "\n\n".join([head, *(BREAKS.sub(" ", one.strip()) for one in sorted(found))]) + "\n"


if __name__ == "__main__":
    for dialect_name, file in FILES.items():
        (ENGINES / file).write_text(compile_all(dialect_name), encoding="utf-8")
    for dialect_name, file in TABLES.items():
        (ENGINES / file).write_text(compile_tables(dialect_name), encoding="utf-8")
    (ENGINES / LATER).write_text(compile_later(), encoding="utf-8")
