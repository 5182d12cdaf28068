"""
Odd JSON objects of Interaxo, read as far as nothing is lost by it. PURE.

A JSON null stands for *not there*. An author who cannot be told is nobody, a count that is none is not told; anything else
that is not as it should be is a reason not to read the object, in words that name places and never values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from connector.http.json_rows import REFUSALS, fields_of, why_unread

T = TypeVar("T", bound=msgspec.Struct)
LONGEST_ID = 255
"""Characters of an id that still fits into an address; the vendor's longest have a hundred."""
DEEPEST = 16
"""How deep the value of a field may be nested; a list of objects is the deepest that the vendor documents."""


def usable(identifier: str) -> bool:
    """Whether something can be asked for by this id: it becomes a part of an address."""
    return bool(identifier.strip()) and identifier not in {".", ".."} and len(identifier) <= LONGEST_ID


def tells_who(identifier: str) -> bool:
    """Whether an id can be somebody's: with blanks around it, it would have the identity of whoever is called so without them."""
    return usable(identifier) and identifier == identifier.strip()


def leniently(
    fields: Mapping[str, bytes],
    kind: type[T],
    hints: Mapping[str, Callable[[Any], Any]] | None = None,
    *,
    whole: Callable[[Any], Any] | None = None,
) -> T | str:
    """
    Read an object once more, without its nulls.

    Args:
        fields: as they stand in the text.
        hints: by name of a field that the object can do without: makes of any value one that fits, or None.
        whole: the same for the object itself.

    Returns:
        The value; or why it still cannot be read.
    """
    hints = hints or {}
    values: dict[str, Any] = {}
    for one in fields_of(kind):
        name = one.encode_name
        if name not in fields:
            continue
        try:
            value = without_nulls(msgspec.json.decode(fields[name]))
        except REFUSALS as error:
            if name not in hints:
                return f"{name}: {why_unread(error)}"
            continue
        value = hints[name](value) if name in hints else value
        if value is not None:
            values[name] = value
    if whole is not None:
        values = whole(values) or {}
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        return str(error)


def flat(value: Any, depth: int = DEEPEST) -> bool:
    """Whether a value is nested no deeper than a person could mean it."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return True
    if depth == 0:
        return False
    for one in value:  # noqa: SIM110 - of every row of a page: a generator costs twice as much
        if isinstance(one, list | dict) and not flat(one, depth - 1):
            return False
    return True


def without_nulls(value: Any) -> Any:
    """A value as if its nulls were not there."""
    if isinstance(value, dict):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [without_nulls(one) for one in value if one is not None]
    return value


def somebody(value: Any) -> dict[str, str] | None:
    """A user or a group, as far as it can be told; None without an id."""
    if not isinstance(value, dict):
        return None
    told = numbered(value.get("id"))
    if told is None or not usable(told):
        return None
    return {"id": told, **{key: value[key] for key in ("type", "name") if isinstance(value.get(key), str)}}


def numbered(value: Any) -> str | None:
    """An id, which may be written as a number; None for what is none."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= 64:
        return str(value)
    return said(value)


def said(value: Any) -> str | None:
    """A text; None for what is none."""
    return value if isinstance(value, str) else None


def count(value: Any) -> int | None:
    """A number of things; None for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def fits(value: Any, kind: Any) -> bool:
    """Whether a value can be read as this type."""
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def word_in(value: bytes | None) -> str:
    """A text as it stands in JSON; empty for anything else."""
    try:
        word = msgspec.json.decode(value or b"null")
    except REFUSALS:
        return ""
    return word if isinstance(word, str) else ""
