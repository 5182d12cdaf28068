"""
Templates of the mapping settings: Jinja2 in its sandbox, checked before any request. PURE.

A template sees one `item` (and, in a few places, nothing else). What it may ask of it is a fixed list, so
that a misspelt attribute is a settings error and not an empty title in 50,000 documents.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from connector.errors import RecordInvalid, SettingsError

LONGEST = 20_000
"""Characters of what a template may make."""

Template = Callable[[Mapping[str, Any]], str]


def compile_template(key: str, source: str, attributes: Collection[str]) -> Template:
    """
    Make a function of a template.

    Args:
        key: the settings key, for messages.
        attributes: what may be asked of `item`.

    Raises:
        SettingsError: the template is not valid, or asks for something that does not exist.
    """
    from connector.document.jinja import parse  # brings Jinja2, which settings without a template need not

    try:
        template = parse(source)
    except ValueError as error:
        raise SettingsError(key, f"the template is not valid: {error}") from error
    if not template.alone:
        raise SettingsError(key, "the template is not valid: it cannot include another one")
    if template.variables:
        raise SettingsError(
            key, f"the template uses {template.variables[0]!r}, which does not exist; it may use item"
        )
    for asked in template.attributes:
        if asked not in attributes:
            raise SettingsError(
                key,
                f"the template uses item.{asked}, which does not exist; an item has {', '.join(sorted(attributes))}",
            )

    def render(item: Mapping[str, Any]) -> str:
        try:
            text = template.render(item)
        except Exception as error:
            raise RecordInvalid(
                f"the template {key} fails for this item: {type(error).__name__}: {error}"
            ) from error
        return text[:LONGEST].strip()

    return render


def says_yes(text: str) -> bool:
    """Read what an `exclude` template made: true, yes and 1 leave the item out; everything else keeps it."""
    return text.strip().lower() in {"true", "yes", "1"}
