"""What is wrong with settings, in words: every mistake at once, each with its key, what was expected, and where it stands."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from connector.errors import SettingsError

SECRETS = frozenset({"api_key", "client_id", "client_secret", "token", "password", "user_id"})
"""Names of keys that must be given and do not belong into the file."""
OPTIONAL_SECRETS = frozenset({"totp_secret", "proxy_password"})
"""Those that need not be given."""
KINDS = ("interaxo", "itr")
_NO_KIND = frozenset({"union_tag_not_found", "union_tag_invalid"})
LIKE = 0.6
"""How alike two spellings are of which one is taken for the other: 0 to 1, difflib's ratio."""
Location = tuple[int | str, ...]


def explain(
    error: ValidationError, model: type[BaseModel], origins: Mapping[str, str], file: str, *, prefix: str
) -> SettingsError:
    """
    Turn pydantic's complaints into one error of ours, which carries the others.

    Args:
        model: what was validated.
        origins: where each value was read from, by dotted path.
        prefix: what variables begin with.
    """
    found = error.errors(include_input=False, include_url=False)
    unknown = [one for one in found if one["type"] == "extra_forbidden"]
    meant: set[str] = set()
    mistakes = []
    for one in unknown:
        likely = _meant(model, one["loc"])
        path = path_of(one["loc"])
        meant.add(".".join([*path[:-1], likely]))
        words = f"did you mean {likely}?" if likely else "check its spelling and the table it stands in"
        mistakes.append(
            SettingsError(".".join(path), f"unknown key; {words}", origin=_origin(path, origins, file))
        )
    for one in found:
        path = path_of(one["loc"])
        if one["type"] in _NO_KIND:
            of_source, kind_is_meant = _below_no_kind(model, one["loc"], origins, file)
            mistakes += of_source
            if kind_is_meant:
                continue
        if one["type"] == "extra_forbidden" or (one["type"] == "missing" and ".".join(path) in meant):
            continue
        mistakes.append(_mistake(one["type"], one["msg"], one["loc"], origins, file, prefix))
    first, *others = mistakes
    return SettingsError(first.key, first.message, origin=first.origin, also=others)


def _below_no_kind(
    model: type[BaseModel], location: Location, origins: Mapping[str, str], file: str
) -> tuple[list[SettingsError], bool]:
    """
    Misspelt keys of a source whose kind is not told, which pydantic does not look into.

    Returns:
        What no kind of source has, and whether one of it stands for the kind.
    """
    table = ".".join(str(part) for part in location)
    known = {name for kind in KINDS for name in _inside_all(model, (*location, kind))}
    written = sorted({key[len(table) + 1 :].split(".")[0] for key in origins if key.startswith(f"{table}.")})
    mistakes, kind_is_meant = [], False
    for key in written:
        if key in known:
            continue
        likely = next(
            iter(difflib.get_close_matches(key.lower().replace("-", "_"), sorted(known), 1, LIKE)), ""
        )
        kind_is_meant = kind_is_meant or likely == "kind"
        words = f"did you mean {likely}?" if likely else "check its spelling and the table it stands in"
        path = [*table.split("."), key]
        mistakes.append(
            SettingsError(".".join(path), f"unknown key; {words}", origin=_origin(path, origins, file))
        )
    return mistakes, kind_is_meant


def _inside_all(model: type[BaseModel], location: Location) -> list[str]:
    """The keys of a table."""
    table: Any = model
    for step in location:
        table = _inside(table, step)
    return list(table.model_fields) if _is_table(table) else []


def path_of(location: Location) -> list[str]:
    """The dotted path of a key; below a source pydantic names its kind as well, which is no part of the path."""
    path = [str(part) for part in location]
    if path[:1] == ["sources"] and path[2:3] in ([kind] for kind in KINDS):
        del path[2]
    return path


def _mistake(
    kind: str, message: str, location: Location, origins: Mapping[str, str], file: str, prefix: str
) -> SettingsError:
    path = path_of(location)
    key = ".".join(path)
    if kind in _NO_KIND:
        expected = f"expected {' or '.join(KINDS)}"
        words = expected if kind == "union_tag_invalid" else f"missing; {expected}"
        return SettingsError(f"{key}.kind", words, origin=_origin([*path, "kind"], origins, file))
    if kind == "missing" and path[-1] in SECRETS:
        variable = prefix + "__".join(path).upper().replace("-", "_")
        return SettingsError(
            key,
            f"missing; give it as environment variable {variable} or {variable}_FILE, or as a file {key} in the credentials folder",
            origin=file,
        )
    if kind == "missing":
        return SettingsError(key, f"missing{_hint(location)}", origin=file)
    words = message.removeprefix("Value error, ")
    return SettingsError(
        key, words[0].lower() + words[1:] + _hint(location), origin=_origin(path, origins, file)
    )


def _origin(path: list[str], origins: Mapping[str, str], file: str) -> str:
    """Where a key was read from; of a table, or of a key that lacks in it, where something of the table was."""
    key = ".".join(path)
    if key in origins:
        return origins[key]
    for table in (f"{key}.", f"{'.'.join(path[:-1])}."):
        of_table = [origin for known, origin in origins.items() if known.startswith(table)]
        if of_table:
            return file if file in of_table else of_table[0]
    return file


def _hint(location: Location) -> str:
    if location[2:] == ("interaxo", "permissions"):
        return (
            '; it has no default: "room" shows everything in a room to everybody who may see the room, "folder" follows the rights '
            'of folders and steps, "item" those of every item, "fixed" shows everything to the identities you list'
        )
    return ""


def _meant(model: type[BaseModel], location: Location) -> str:
    """The key that a misspelt one is most like; empty where nothing is."""
    names = _inside_all(model, location[:-1])
    written = str(location[-1]).lower().replace("-", "_")
    return next(iter(difflib.get_close_matches(written, names, 1, LIKE)), "")


def _is_table(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _inside(annotation: Any, step: int | str) -> Any:
    """What stands at a step below an annotation: a field, a value of a table, or the member of a union of that kind."""
    if _is_table(annotation):
        field = annotation.model_fields.get(step)
        return field.annotation if field else None
    origin = get_origin(annotation)
    if origin is Annotated:
        return _inside(get_args(annotation)[0], step)
    if origin is dict:
        return get_args(annotation)[1]
    if origin in {Union, UnionType}:
        tables = [one for one in get_args(annotation) if _is_table(one)]
        return next((one for one in tables if step in _kinds(one)), None)
    return None


def _kinds(table: type[BaseModel]) -> tuple[Any, ...]:
    field = table.model_fields.get("kind")
    return get_args(field.annotation) if field and get_origin(field.annotation) is Literal else ()
