"""What is wrong with settings, in words: every mistake at once, each with its key, what was expected, and where it stands."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError

from connector.configuration.expected import expected_words
from connector.errors import SettingsError

_NO_KIND = frozenset({"union_tag_not_found", "union_tag_invalid"})
_NO_TABLE = frozenset({"model_type", "model_attributes_type", "dict_type"})
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
        path = path_of(one["loc"])
        mistake, likely = _unknown(path, _inside_all(model, one["loc"][:-1]), origins, file)
        meant.add(".".join([*path[:-1], likely]))
        mistakes.append(mistake)
    for one in found:
        path = path_of(one["loc"])
        if one["type"] in _NO_KIND:
            of_source, kind_is_meant = _below_no_kind(model, one["loc"], origins, file)
            mistakes += of_source
            if kind_is_meant:
                continue
        if one["type"] == "extra_forbidden" or (one["type"] == "missing" and ".".join(path) in meant):
            continue
        mistakes.append(_mistake(model, one, origins, file, prefix))
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
    known = {name for kind in _kinds_of(model) for name in _inside_all(model, (*location, kind))}
    written = sorted({key[len(table) + 1 :].split(".")[0] for key in origins if key.startswith(f"{table}.")})
    mistakes, kind_is_meant = [], False
    for key in written:
        if key not in known:
            mistake, likely = _unknown([*table.split("."), key], known, origins, file)
            kind_is_meant = kind_is_meant or likely == "kind"
            mistakes.append(mistake)
    return mistakes, kind_is_meant


def _unknown(
    path: list[str], known: Collection[str], origins: Mapping[str, str], file: str
) -> tuple[SettingsError, str]:
    """What is said of a key that its table does not have, and which of those it has is most like it; empty: none is."""
    written = path[-1].lower().replace("-", "_")
    likely = next(iter(difflib.get_close_matches(written, sorted(known), 1, LIKE)), "")
    words = f"did you mean {likely}?" if likely else "check its spelling and its table"
    origin = _origin(path, origins, file)
    return SettingsError(".".join(path), f"unknown key; {words}", origin=origin), likely


def _inside_all(model: type[BaseModel], location: Location) -> list[str]:
    """The keys of a table."""
    table = _inside_at(model, location)
    return list(table.model_fields) if _is_table(table) else []


def _inside_at(model: type[BaseModel], location: Location) -> Any:
    """What stands at a location; None where nothing may."""
    table: Any = model
    for step in location:
        table = _inside(table, step)
    return table


def _kinds_of(model: type[BaseModel]) -> list[str]:
    """Names of the kinds of sources."""
    tables = annotations_at(model, ["sources", "any"])
    return [str(kind) for table in tables for kind in _kinds(table)]


def path_of(location: Location) -> list[str]:
    """The dotted path of a key; below a source pydantic names its kind as well, which is no part of the path."""
    path = [str(part) for part in location]
    if path[:1] == ["sources"]:
        del path[2:3]
    return path


def annotations_at(model: type[BaseModel], path: Sequence[str]) -> list[Any]:
    """What may stand at a dotted path, of every kind of source; empty where nothing may."""
    found: list[Any] = [model]
    for key in path:
        inner: list[Any] = []
        for one in found:
            if _is_table(one):
                field = one.model_fields.get(key)
                inner += _each_of(field.annotation) if field is not None else []
            elif get_origin(one) is dict:
                inner += _each_of(get_args(one)[1])
        found = inner
    return found


def _each_of(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Annotated:
        return _each_of(get_args(annotation)[0])
    if get_origin(annotation) in {Union, UnionType}:
        return [inner for one in get_args(annotation) for inner in _each_of(one)]
    return [annotation]


def is_secret(model: type[BaseModel], path: Sequence[str]) -> bool:
    """Whether what stands at a dotted path is secret, in any kind of source."""
    return SecretStr in annotations_at(model, path)


def is_secret_at(model: type[BaseModel], location: Location) -> bool:
    """Whether what pydantic found wrong at a location is secret."""
    return SecretStr in _each_of(_inside_at(model, location))


def check_number(model: type[BaseModel], value: Any, path: Sequence[str], origin: str) -> None:
    """
    Refuse `app_id = true`, which pydantic takes for 1.

    Raises:
        SettingsError: names the key.
    """
    if isinstance(value, bool) and set(annotations_at(model, path)) & {int, float}:
        raise SettingsError(".".join(path), "expected a number, not true or false", origin=origin)


def _mistake(
    model: type[BaseModel],
    one: Mapping[str, Any],
    origins: Mapping[str, str],
    file: str,
    prefix: str,
) -> SettingsError:
    kind, message, location, context = one["type"], one["msg"], one["loc"], one.get("ctx", {})
    path = path_of(location)
    key = ".".join(path)
    if kind in _NO_KIND:
        expected = f"expected {' or '.join(_kinds_of(model))}"
        words = expected if kind == "union_tag_invalid" else f"missing; {expected}"
        return SettingsError(f"{key}.kind", words, origin=_origin([*path, "kind"], origins, file))
    if kind == "missing" and is_secret_at(model, location):
        variable = prefix + "__".join(path).upper().replace("-", "_")
        return SettingsError(
            key,
            f"missing; give it as environment variable {variable} or {variable}_FILE, or as a file {key} in the credentials folder",
            origin=file,
        )
    if kind == "missing":
        begin = "; to write the first settings: connector init" if len(path) == 1 else ""
        return SettingsError(key, f"missing{begin}{_hint(model, location)}", origin=file)
    if kind in _NO_TABLE:
        return SettingsError(
            key, f"expected a table, which begins with [{key}]", origin=_origin(path, origins, file)
        )
    words = expected_words(kind, message, context)
    origin = _origin(path, origins, file)
    if path[-1] == "[key]":  # pydantic's name for a key that no table may be called by
        path.pop()
        words = f"the table may not be called so; {words}"
    elif isinstance(location[-1], int):
        path.pop()
        words = f"entry {location[-1] + 1} of the list: {words}"
    return SettingsError(".".join(path), words + _hint(model, location), origin=origin)


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


def _hint(model: type[BaseModel], location: Location) -> str:
    """What a source's own table tells of one of its keys."""
    table = _inside_at(model, location[:-1])
    hint = getattr(table, "hints", {}).get(location[-1], "")
    return f"; {hint}" if hint else ""


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
