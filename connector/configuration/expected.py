"""What was expected of a value, in plain words: pydantic and tomllib say it in those of a programmer. PURE."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_EXPECTED: dict[str, str] = {
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a smaller number",
    "float_parsing": "a number",
    "float_type": "a number",
    "finite_number": "a number",
    "string_type": "a text, in quotation marks",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "list_type": 'a list, such as ["one", "two"]',
    "literal_error": "{expected}",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
}
"""By the type of pydantic's error; what stands in braces is of its context. Source: docs.pydantic.dev, Validation Errors."""
_TABLE_TWICE = re.compile(r"Cannot declare \((?P<names>.*?),?\) twice")


def expected_words(kind: str, message: str, context: Mapping[str, Any]) -> str:
    """
    Say what was expected of a value.

    Args:
        kind: the type of pydantic's error.
        message: how pydantic says it, for what has no words here.
        context: what its error names beside that.
    """
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind].format_map({key: _said(one) for key, one in context.items()})}"
    words = message.removeprefix("Value error, ")
    return words[:1].lower() + words[1:]


def _said(value: Any) -> str:
    """A limit as the manual writes it."""
    return f"{value:,}".replace(",", " ").removesuffix(".0") if isinstance(value, int | float) else str(value)


def toml_words(message: str) -> str:
    """What tomllib found wrong in a file, without a list of Python in it; it ends with line and column."""
    if found := _TABLE_TWICE.match(message):
        table = ".".join(one.strip("' ") for one in found["names"].split(","))
        return f"the table [{table}] stands there twice{message[found.end() :]}"
    return message.replace("Cannot overwrite a value", "A key stands there twice", 1)
