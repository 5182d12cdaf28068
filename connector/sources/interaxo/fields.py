"""The fields of an entry as facets, values and words: PURE. Numeric fields are hundredths (Interaxo API, Defining number fields)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connector.document.clean import Allowance
from connector.document.document import Facet
from connector.document.labels import LONGEST, one_line
from connector.sources.interaxo.wire import Field, Item, parse_date, parse_hundredths
from connector.text.html import MAX_RICH_CHARS, html_to_text

NOTHING = frozenset({"-", "\N{EN DASH}", "\N{EM DASH}"})
"""What people put into a mandatory field that they have nothing for (observed): no value to filter by."""

MANY = 1_000
"""Values of one list that are looked at, and people in one entry whose names are asked for."""
EACH = 50
"""Characters of a text that take as long to read as a field, or a value of a list, does by itself."""


def read_fields(fields: list[Field]) -> tuple[list[tuple[str, Facet]], dict[str, Any], list[str], str]:
    """
    Read an entry's fields; one without a name is left out, since nobody could tell what it means.

    What stands in a number's or a date's field without being one ("1,5", "approx. 3", "next week") is found by its words;
    it is no facet, since one name has one type of value. Of all that is written in them together, MAX_RICH_CHARS are read.

    Returns:
        Facets with the display name they belong to; values by display name for templates; lines of text;
        the rich texts as one plain text.
    """
    facets: list[tuple[str, Facet]] = []
    values: dict[str, Any] = {}
    lines: list[str] = []
    rich: list[str] = []
    allowance = Allowance(MAX_RICH_CHARS)
    for field in fields:
        value = field.content
        if value is None or value == "" or value == []:
            continue
        name = one_line(field.name)
        if not name:
            continue
        kind = _kind_of(field)
        if (typed := _typed(value, kind)) is not None:
            of_facet, values[name] = typed
            facets.append((name, Facet(name, of_facet)))
            lines.append(f"{name}: {values[name]}")
            continue
        words = _words(value, kind, allowance)
        if not words:
            continue
        values[name] = words if kind in {"list", "member"} else words[0]
        if kind == "rich-text":
            rich.append(words[0])
            lines.append(f"{name}: {words[0]}")
            continue
        if kind not in {"numeric", "date"}:
            for word in words:
                if word not in NOTHING:
                    facets.append((name, Facet(name, word)))
        lines.append(f"{name}: {', '.join(words)}")
    return facets, values, lines, "\n".join(rich)


def _typed(value: Any, kind: str) -> tuple[int | float | datetime, int | float | str] | None:
    """What stands in a field for a number or a date: for its facet, and for people; None: it is none, whatever the field is for."""
    if kind == "numeric" and (number := parse_hundredths(value)) is not None:
        return number, number
    if kind == "date" and (day := parse_date(value)) is not None:
        return day, day.date().isoformat()
    return None


def words_of(field: Field) -> list[str]:
    """The beginning of a field's value as words for people, one for each value of a list."""
    return _words(field.content, _kind_of(field), Allowance(LONGEST))


def written_in(item: Item) -> int:
    """How many characters stand in the fields and the instruction of an item, about: what reading them costs goes by it."""
    return sum(_amount(field.content) for field in item.fields or ()) + len(item.instruction or "")


def _amount(value: Any) -> int:
    if isinstance(value, str):
        return EACH + len(value)
    return EACH + sum(map(_amount, value[:MANY])) if isinstance(value, list) else EACH


def _kind_of(field: Field) -> str:
    return field.type.replace("_", "-")


def _words(value: Any, kind: str, allowance: Allowance) -> list[str]:
    if kind == "rich-text":
        text = html_to_text(allowance.cut(value)) if isinstance(value, str) else ""
        return [text] if text.strip() else []
    if kind == "numeric":
        number = parse_hundredths(value)
        if number is not None:
            return [str(number)]
    if isinstance(value, str):  # as most are
        word = allowance.cut(value).strip()
        return [word] if word else []
    words = []
    for entry in value[:MANY] if isinstance(value, list) else [value]:
        if isinstance(entry, dict):
            entry = entry.get("name") or entry.get("id")
        if entry is not None and (word := allowance.cut(str(entry)).strip()):
            words.append(word)
    return words
