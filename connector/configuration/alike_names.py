"""Names that only letter case or a hyphen tells apart: which of them is meant is asked, never guessed. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connector.errors import SettingsError

TABLES_BY_NAME = frozenset({"sources", "targets"})
"""Tables whose keys people make up."""


def refuse_alike_tables(read: Iterable[tuple[Sequence[str], str]]) -> None:
    """
    Args:
        read: dotted paths, step by step, each with where it was read.

    Raises:
        SettingsError: two sources, or two targets, have names that letter case alone tells apart.
    """
    names: dict[tuple[str, str], str] = {}
    for path, origin in read:
        if path[0] not in TABLES_BY_NAME or len(path) < 2:
            continue
        table, name = path[:2]
        other = names.setdefault((table, name.lower()), name)
        if other != name:
            wrong, right = (name, other) if other == other.lower() else (other, name)
            raise SettingsError(
                f"{table}.{wrong}",
                f"[{table}.{right}] is there, too, and differs in letter case only. If both are one, put the keys of [{table}.{wrong}] into "
                f"[{table}.{right}] and delete it; else give it another name, in small letters",
                origin=origin,
            )


def spell(path: Sequence[str], known: Mapping[str, Any], origin: str) -> list[str]:
    """
    Give the names in a variable back what it cannot have, hyphens, where the file has such a name.

    Args:
        path: in small letters.
        known: what the file says.

    Raises:
        SettingsError: the file has two such names.
    """
    spelled: list[str] = []
    at: Any = known
    for part in path:
        alike = [key for key in at if as_variable(key) == part] if isinstance(at, dict) else []
        if len({key.lower() for key in alike}) > 1:
            fitting = " and ".join(".".join([*spelled, key]) for key in alike)
            raise SettingsError(
                ".".join(path),
                f"the variable fits {fitting}. Write the value into the file, or a secret into a file named after its key",
                origin=origin,
            )
        key = part if part in alike else (alike or [part])[0]
        spelled.append(key)
        at = at.get(key) if isinstance(at, dict) else None
    return spelled


def as_variable(name: str) -> str:
    """A name as a variable has it, in small letters."""
    return name.replace("-", "_").lower()
