"""Values as Interaxo keeps them: field values, file versions, MIME types, what may lie in what."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connector.sandbox.interaxo_items import CHILDREN, FieldDefinition, FileVersion, Item, Step


def guess_mime_type(name: str) -> str:
    """The MIME type that a file name suggests."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def need_place(parent: Item, kind: str) -> None:
    """
    Refuse a kind of item where it cannot lie.

    Raises:
        ValueError: this container holds no such items.
    """
    if kind not in CHILDREN.get(parent.type, ()):
        raise ValueError(f"a {parent.type} holds no {kind}")


def make_version(label: str, content: bytes | Path, mime_type: str) -> FileVersion:
    """One version of a file from its bytes, or from a local file that is read when it is asked for."""
    size = content.stat().st_size if isinstance(content, Path) else len(content)
    return FileVersion(label, content, mime_type, size)


def store_value(definition: FieldDefinition, value: Any) -> Any:
    """
    A value in the form Interaxo keeps it.

    Raises:
        ValueError: the value does not fit the field's type.
    """
    if definition.type == "numeric":
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(f"{definition.name!r} takes integer hundredths, not {value!r}")
        return value
    if definition.type == "list":
        return [value] if isinstance(value, str) else list(value)
    if definition.type == "member":
        many = [value] if isinstance(value, tuple | dict) else list(value)
        return [(one["type"], one["id"]) if isinstance(one, dict) else tuple(one) for one in many]
    if definition.type == "auto-number":
        raise ValueError(f"{definition.name!r} is numbered by Interaxo")
    return str(value)


def step_named(container: Item, name: str) -> Step:
    """
    A step of a workflow folder, by its name.

    Raises:
        ValueError: it has no such step.
    """
    for step in container.steps:
        if step.name == name:
            return step
    raise ValueError(f"{container.name!r} has no step {name!r}")


def set_values(container: Item, entry: Item, values: Mapping[str, Any]) -> None:
    """
    Change fields of an entry by the names that its folder has for them; None takes a value away.

    Raises:
        ValueError: the folder has no such field, or a value does not fit its type.
    """
    by_name = {definition.name: definition for definition in container.definitions}
    for name, value in values.items():
        definition = by_name.get(name)
        if definition is None:
            raise ValueError(f"{container.name!r} has no field {name!r}")
        if value is None:
            entry.values.pop(definition.id, None)
        else:
            entry.values[definition.id] = store_value(definition, value)
