"""What changed between two settings, as a reload tells it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, SecretStr


def differences(old: BaseModel, new: BaseModel) -> dict[str, str]:
    """What changed between two settings, by key; a secret's values are never told."""
    before, after = dict(_leaves(old, "")), dict(_leaves(new, ""))
    told = {}
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        if was == now:
            continue
        secret = isinstance(was, SecretStr) or isinstance(now, SecretStr)
        told[key] = "changed" if secret else f"{was} -> {now}"
    return told


def _leaves(part: Any, path: str) -> list[tuple[str, Any]]:
    if isinstance(part, BaseModel):
        inner = {name: getattr(part, name) for name in type(part).model_fields}
    elif isinstance(part, dict):
        inner = part
    else:
        return [(path, part)]
    return [leaf for name, value in inner.items() for leaf in _leaves(value, f"{path}.{name}".lstrip("."))]
