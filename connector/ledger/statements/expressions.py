"""
Expressions of which statements are made, where databases differ or SQLAlchemy has none.

A statement is an expression (`select`, `update` ...), or of a batch: a function of the rows, made by `batch`. What a
call hands over is `p.name`: one value for the whole statement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    Boolean,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    bindparam,
    case,
    column,
    func,
    literal_column,
    select,
    true,
    types,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import functions
from sqlmodel import SQLModel

from connector.ledger import tables

assert tables  # its classes are what SQLModel knows
TABLES: Mapping[str, Any] = SQLModel.metadata.tables


class Bulk(bytes):
    """Kind of a column that holds most of what a batch hands over: PostgreSQL gets it as it is, beside the JSON of the others."""


TYPES = {
    str: String,
    int: Integer,
    float: Float,
    bool: Boolean,
    bytes: LargeBinary,
    Bulk: LargeBinary,
}


ONE: Any = literal_column("1")
"""What is selected where only whether there is a row matters."""


class _Parameters:
    """What a call hands over, by name; the type is that of what it is compared with."""

    def __getattr__(self, name: str) -> Any:
        return bindparam(name)


p = _Parameters()


def typed(name: str, kind: type) -> BindParameter[Any]:
    """A value that stands where nothing tells its type."""
    return bindparam(name, type_=TYPES[kind]())


class elements(functions.GenericFunction[Any]):
    """The elements of a JSON list of strings, as a table with the column `value`."""

    inherit_cache = True


@compiles(elements, "sqlite")
def _json_each(element: Any, compiler: Any, **more: Any) -> str:
    return f"json_each{compiler.process(element.clause_expr, **more)}"


@compiles(elements, "postgresql")
def _json_array(element: Any, compiler: Any, **more: Any) -> str:
    return f"json_array_elements_text(({compiler.process(element.clauses, **more)})::json)"


class has_letters(functions.GenericFunction[Any]):
    """
    Whether a text is like a folded pattern, in any letter case.

    SQLite asks Python for small letters, each time: where the pattern has only letters that it knows itself, it is not asked.
    """

    inherit_cache = True


@compiles(has_letters, "postgresql")
def _like_folded(element: Any, compiler: Any, **more: Any) -> str:
    text, pattern = (compiler.process(one, **more) for one in element.clauses)
    return rf"folded({text}) LIKE {pattern} ESCAPE '\'"


@compiles(has_letters, "sqlite")
def _like_or_folded(element: Any, compiler: Any, **more: Any) -> str:
    text, pattern = (compiler.process(one, **more) for one in element.clauses)
    plain = f"length(CAST({pattern} AS BLOB)) = length({pattern})"
    like = rf"LIKE {pattern} ESCAPE '\'"
    return f"CASE WHEN {plain} THEN {text} {like} ELSE folded({text}) {like} END"


class in_small(functions.GenericFunction[Any]):
    """
    A text in small letters, A to Z alone, as the index of a title has it.

    What is handed over has the order of the database, in which `lower` may know more letters than it does of a column.
    """

    inherit_cache = True


@compiles(in_small, "sqlite")
def _lower(element: Any, compiler: Any, **more: Any) -> str:
    return f"lower{compiler.process(element.clause_expr, **more)}"


@compiles(in_small, "postgresql")
def _lower_by_bytes(element: Any, compiler: Any, **more: Any) -> str:
    return f'lower({compiler.process(element.clause_expr, **more)} COLLATE "C")'


def ends_with(text: Any, ending: Any) -> Any:
    """Whether a text ends so, to the letter: nothing of what people type stands for other letters, as % and _ do in LIKE."""
    return func.substr(text, func.length(text) - func.length(ending) + 1) == ending


def elements_of(told: Any) -> Any:
    """The elements of a JSON list, as a column."""
    return elements(told).table_valued(column("value", String)).c.value


def each_of(told: Any) -> Any:
    """Select the elements of a JSON list."""
    return select(elements_of(told))


def least(a: Any, b: Any) -> Any:
    """The smaller of two; the first where either is NULL."""
    return case((a > b, b), else_=a)


def greatest(a: Any, b: Any) -> Any:
    """The greater of two; the first where either is NULL."""
    return case((a < b, b), else_=a)


def beside(column: Any) -> Any:
    """
    A column by which nothing is to be looked up, only chosen from what is found by others.

    Without statistics PostgreSQL takes any index for as good that has as many of the columns that are asked for: of a new
    ledger it would read every document of a source, and once for each container.
    """
    return func.coalesce(column, "")


def is_any(rows: Any) -> Any:
    """Whether a query finds anything: asked anew for each row, where PostgreSQL would read the whole table for `EXISTS` once."""
    return rows.limit(1).scalar_subquery().is_not(None)


def hinted(statement: Any, table: Any, index: str) -> Any:
    """Name the index that SQLite is to use: without statistics it takes another."""
    return statement.with_hint(table, f"INDEXED BY {index}", "sqlite")


# -- batches --------------------------------------------------------------------------------------


class Rows:
    """
    The rows of a batch, by column.

    SQLite runs the statement once a row, in one call of the driver: a join with `json_each` would let it look at every
    document of the target, having no statistics. PostgreSQL gets all rows as one JSON argument.
    """

    def __init__(self, dialect: str, columns: Mapping[str, type]) -> None:
        self._dialect = dialect
        self._columns: dict[str, Any] = {
            name: bindparam(name, type_=TYPES[kind]()) for name, kind in columns.items()
        }
        if dialect == "postgresql" and columns:
            said = func.json_to_recordset(bindparam("rows", type_=types.JSON()))
            table = said.table_valued(
                *(column(name, TYPES[str if kind is bytes else kind]()) for name, kind in columns.items())
            ).render_derived(name="r", with_types=True)
            self._columns = {
                name: func.decode(table.c[name], "base64", type_=LargeBinary())
                if kind is bytes
                else table.c[name]
                for name, kind in columns.items()
            }

    def __getattr__(self, name: str) -> Any:
        try:
            return self._columns[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def now(self) -> Any:
        """Seconds since the epoch: of the one clock that all who ask have, else as the call says."""
        if self._dialect == "postgresql":
            return func.date_part("epoch", func.clock_timestamp(), type_=Float())
        return typed("now", float)

    @property
    def one_machine(self) -> bool:
        """Whether all who use the database may be within the reach of one lock."""
        return self._dialect == "sqlite"

    def insert(self, table: Table, values: Mapping[str, Any], *more: Any, frm: Any = None) -> Any:
        """
        Insert a row for each of these; conflicts are then decided about by `on_conflict_do_update` or `on_conflict_do_nothing`.

        Args:
            values: expression by column.
            more: conditions.
            frm: another table that is read.
        """
        chosen = select(*values.values()).where(true(), *more)
        if frm is not None:
            chosen = chosen.select_from(frm)
        return self._insert(table, list(values), chosen)

    def upsert(
        self,
        table: Table,
        key: Sequence[str],
        values: Mapping[str, Any],
        then: Callable[[Any], Mapping[str, Any]] | None,
        *,
        where: Any = None,
    ) -> Any:
        """
        Insert, or change what has the key already.

        Args:
            then: what is set where the row stands already, of what was to be inserted; None: nothing.
            where: only then is it set.
        """
        if self._dialect == "sqlite":  # a quarter less than by a select, for each row
            return self._resolved(sqlite.insert(table).values(dict(values)), key, then, where)
        return self._resolved(self.insert(table, self._numbered(table, key, values)), key, then, where)

    def _numbered(self, table: Table, key: Sequence[str], values: Mapping[str, Any]) -> Mapping[str, Any]:
        """
        The same with the number that a row has already, in a table whose rows are numbered.

        PostgreSQL draws a new number for each row that is handed over, also for one that stands already. Numbers end at
        2,147,483,647, and full runs hand over every document.
        """
        if "number" not in table.c:
            return values
        there = table.alias("there")
        known = select(there.c.number).where(*(there.c[name] == values[name] for name in key))
        drawn: Any = literal_column(f"nextval('{table.name}_number_seq')")
        return {"number": func.coalesce(known.scalar_subquery(), drawn), **values}

    def upsert_from(
        self,
        table: Table,
        key: Sequence[str],
        chosen: Any,
        then: Callable[[Any], Mapping[str, Any]],
        *,
        where: Any = None,
    ) -> Any:
        """The same of what a select finds, whose columns are called as those of the table."""
        return self._resolved(
            self._insert(table, [one.name for one in chosen.selected_columns], chosen), key, then, where
        )

    def _insert(self, table: Table, columns: Sequence[str], chosen: Any) -> Any:
        new = postgresql.insert(table) if self._dialect == "postgresql" else sqlite.insert(table)
        return new.from_select(list(columns), chosen, include_defaults=False)

    @staticmethod
    def _resolved(
        new: Any, key: Sequence[str], then: Callable[[Any], Mapping[str, Any]] | None, where: Any
    ) -> Any:
        if then is None:
            return new.on_conflict_do_nothing(index_elements=list(key))
        return new.on_conflict_do_update(index_elements=list(key), set_=dict(then(new.excluded)), where=where)


class Batch:
    """A statement over rows."""

    def __init__(
        self,
        make: Callable[[Rows], Any],
        key: Sequence[str],
        columns: Mapping[str, type],
        *,
        is_noted: bool = False,
    ) -> None:
        """
        Args:
            is_noted: whoever runs it notes first what is counted of documents that it changes (`Database.note_counts`).
        """
        self.make, self.key, self.columns, self.is_noted = make, key, columns, is_noted


def batch(*key: str, **columns: type) -> Callable[[Callable[[Rows], Any]], Batch]:
    """
    Make a statement of a batch.

    Args:
        key: columns of which no two rows of one statement may have the same.
        columns: what each row has, and its type.
    """
    return lambda make: Batch(make, key, columns)
