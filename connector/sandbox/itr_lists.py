"""
How a simulated ITR filters, sorts and pages a list, unlucky rules included. Source: docs/itr.md, lists (observed).

Three outcomes: rows; `ServerError` (the words `500 error`, status 200); `SqlError` (swallowed: an empty list).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

Record = dict[str, Any]
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T")


class ServerError(Exception):
    """An unhandled exception of the server."""


class SqlError(Exception):
    """A query that fails in the database."""


def choose(
    rows: Sequence[Record], headers: Mapping[str, str], *, archive: str, default_sort: str
) -> list[Record]:
    """
    The page that the headers ask for.

    Args:
        headers: by lower-case name.
        archive: the column of IncludeArchived; empty where it has no effect.
    """
    columns = {column for row in rows for column in row}
    kept = [row for row in rows if _archived_fits(row, archive, headers.get("includearchived", ""))]
    kept = _filtered(kept, headers.get("filter", ""), columns)
    kept = _sorted(kept, headers.get("sort", "") or default_sort, columns)
    return _page(kept, headers)


def _archived_fits(row: Record, column: str, wanted: str) -> bool:
    if not column or wanted not in {"Y", "N"}:
        return True
    return bool(row[column]) == (wanted == "N")


def _filtered(rows: list[Record], text: str, columns: set[str]) -> list[Record]:
    """Conditions are joined by AND; the same column twice in a row by OR, around everything before."""
    if not text:
        return rows
    kept = [True] * len(rows)
    before = ""
    for part in text.split(","):
        match = re.fullmatch(r"\s*([A-Za-z]+)(>=|<=|!=|%=|=)\s*(.*?)\s*", part)
        if match is None or not match[3]:
            raise ServerError
        column, sign, value = match[1], match[2], match[3].strip("'")
        if column not in columns:
            continue  # an unknown column is silently ignored
        hits = [_meets(row.get(column), sign, value) for row in rows]
        either = column == before
        kept = [(a or b) if either else (a and b) for a, b in zip(kept, hits, strict=True)]
        before = column
    return [row for row, stays in zip(rows, kept, strict=True) if stays]


def _meets(held: Any, sign: str, value: str) -> bool:
    if sign == "%=":
        pattern = re.escape(value).replace("%", ".*").replace("_", ".")
        return re.fullmatch(pattern, str(held), re.DOTALL) is not None
    left, right = _comparable(held, value)
    if type(left) is not type(right):
        return (
            sign != "="
        )  # an odd row that a test plays is told whatever is asked for, unless by its very value
    return bool({"=": left == right, "!=": left != right, ">=": left >= right, "<=": left <= right}[sign])


def _comparable(held: Any, value: str) -> tuple[Any, Any]:
    """Bring a value of the database and one of a header to the same type."""
    try:
        if isinstance(held, bool):
            return held, {"true": True, "false": False}[value.lower()]
        if isinstance(held, int):
            return held, int(value)
        if isinstance(held, str) and _UUID.fullmatch(held):
            return held, str(UUID(value))
        if isinstance(held, str) and _TIME.match(held):
            return _time(held), _time(value)
    except (ValueError, KeyError):
        raise SqlError from None
    return held, value


def _time(text: str) -> datetime:
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _sorted(rows: list[Record], text: str, columns: set[str]) -> list[Record]:
    """Any second word means descending, `ASC` too; an unknown column fails in SQL."""
    for part in reversed(text.split(",")):
        words = part.split()
        if not words:
            continue
        if rows and words[0] not in columns:
            raise SqlError
        rows = sorted(rows, key=lambda row: str(row.get(words[0])), reverse=len(words) > 1)
    return rows


def _page(rows: list[Record], headers: Mapping[str, str]) -> list[Record]:
    number = _number(headers.get("startpage", ""), 0)
    size = _number(headers.get("pagesize", ""), 20)
    if number == -1:
        return rows
    number = max(number, 0)
    return rows[number * size : (number + 1) * size] if size > 0 else []


def _number(text: str, otherwise: int) -> int:
    return int(text) if re.fullmatch(r"-?\d+", text) else otherwise
