"""
Where settings are read: the TOML file, the environment, and folders of secrets, each by the package's own source.

Ours is which of them had a key, how a variable spells a name with hyphens, `..._FILE`, and the words of errors.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple

from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NestedSecretsSettingsSource,
    SecretsSettingsSource,
    TomlConfigSettingsSource,
)

from connector.configuration.alike_names import TABLES_BY_NAME, spell
from connector.configuration.expected import toml_words
from connector.configuration.mistakes import is_secret
from connector.configuration.secret_files import read_secret
from connector.errors import SettingsError

PREFIX = "CONNECTOR_"
DELIMITER = "__"
NOT_SETTINGS = frozenset({"CONNECTOR_SETTINGS", "CONNECTOR_IMAGE", "CONNECTOR_COMMAND"})
"""Variables of ours that set nothing: they name the settings file, the image of deploy/compose.yaml, and the command in words."""
OF_KUBELET = re.compile(
    r"CONNECTOR(_[A-Z0-9_]+)?_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?)?)"
)
"""
What Kubernetes (and a linked Docker container) puts into every container where a service is called `connector` or
`connector-something`: CONNECTOR_PORT=tcp://10.0.0.1:9470, CONNECTOR_SERVICE_HOST ... No setting is spelt so: each has
two underscores after its table.
"""
IN_A_FILE = re.compile(
    r"(targets|sources|service|notify|canary)(\.[a-z0-9_-]+)+|http\.proxy_password|ledger\.url"
)
"""Keys that a file of their name may give."""
NO_TEXT = re.compile("[\0\ud800-\udfff]")
_HEADER = re.compile(r"^(?=[ \t]*\[)", re.MULTILINE)
"""Where a table of the file begins."""
ALWAYS_NEEDED = "ledger.url"
"""May hold a password, and is needed by whoever only looks too: without it another ledger would be opened, and found empty."""


class Read(NamedTuple):
    """One value, and where it was read."""

    origin: str
    """In words: a file, a variable, the file that a variable names."""
    path: list[str]
    value: Any
    file: str = ""
    """The file that holds it and nothing else: a secret's; empty for all others."""


# -- the file ------------------------------------------------------------------------------------


class _TomlFile(TomlConfigSettingsSource):
    def _read_file(self, file_path: Path | Traversable) -> dict[str, Any]:
        try:
            # Notepad begins a file with a byte order mark, which TOML does not know
            return tomllib.loads(file_path.read_bytes().decode("utf-8-sig"))
        except tomllib.TOMLDecodeError as error:
            raise SettingsError("", f"{file_path} is not valid TOML: {toml_words(str(error))}") from error
        except UnicodeDecodeError as error:
            raise SettingsError(
                "", f"{file_path} is not valid TOML: byte {error.start + 1} is not UTF-8; save it as UTF-8"
            ) from error
        except OSError as error:
            raise SettingsError("", f"{file_path} cannot be read: {error.strerror}") from error


def read_file(file: Path, model: type[BaseSettings]) -> dict[str, Any]:
    """
    Read the settings file.

    Raises:
        SettingsError: it cannot be read, or is no TOML.
    """
    return _TomlFile(model, file).toml_data


def read_right_tables(file: Path, needed: Sequence[str]) -> dict[str, Any]:
    """
    Read of a settings file the tables that are TOML, whatever stands in the others.

    Args:
        needed: tables of which nothing may be among the others, nor stand there twice, beside that of the ledger.

    Raises:
        SettingsError: it cannot be read, or another one may be that of the ledger, or one that is needed.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig", "replace")
    except OSError as error:
        raise SettingsError("", f"{file} cannot be read: {error.strerror}") from error
    found: dict[str, Any] = {}
    for part in _HEADER.split(text):
        try:
            table = tomllib.loads(part)
            is_unclear = "ledger" in table and "ledger" in found
            is_unclear |= any(_both_say(found.get(one), table.get(one)) for one in needed)
        except tomllib.TOMLDecodeError:
            table, is_unclear = {}, any(one in part for one in ("ledger", *needed))
        if is_unclear:
            raise SettingsError("", f"{file} does not tell where the ledger is, or {', '.join(needed)}")
        _merge(found, table)
    return found


def _both_say(one: Any, other: Any) -> bool:
    """Whether two tables, or what is in them, give a value to the same key."""
    if isinstance(one, dict) and isinstance(other, dict):
        return any(_both_say(one[key], other[key]) for key in one.keys() & other.keys())
    return one is not None and other is not None


def _merge(into: dict[str, Any], table: Mapping[str, Any]) -> None:
    for key, value in table.items():
        there = into.get(key)
        if isinstance(there, dict) and isinstance(value, dict):
            _merge(there, value)
        else:
            into[key] = value


def check_text(read: Read) -> None:
    """
    Raises:
        SettingsError: it holds what no text may: U+0000, which TOML can write, or bytes of the environment that are not UTF-8.
    """
    for one in read.value if isinstance(read.value, list) else [read.value]:
        if isinstance(one, str) and NO_TEXT.search(one):
            raise SettingsError(
                ".".join(read.path),
                "holds a character that is in no text (U+0000, or bytes that are not UTF-8)",
                origin=read.origin,
            )


def leaves(value: Mapping[str, Any], path: list[str]) -> Iterator[tuple[list[str], Any]]:
    """Every value of nested tables with its path; an empty table is a value."""
    for key, inner in value.items():
        if isinstance(inner, dict) and inner:
            yield from leaves(inner, [*path, key])
        else:
            yield [*path, key], inner


# -- the environment -------------------------------------------------------------------------------


class _Variables(EnvSettingsSource):
    """
    Variables under the names that their keys have in the settings.

    Args:
        given: text by path, its steps joined by `__`.
    """

    def __init__(self, model: type[BaseSettings], given: Mapping[str, str]) -> None:
        self._given = given
        super().__init__(model, case_sensitive=True, env_prefix="", env_nested_delimiter=DELIMITER)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._given

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """Read JSON where a list or a table is expected; what is none stays as it is, and is told by its key."""
        try:
            return json.loads(value) if str(value).strip().startswith(("[", "{")) else value
        except (ValueError, RecursionError):
            return value


class Environment:
    """
    Variables that set something.

    Args:
        known: what the settings file says; its names are those that variables mean, hyphens and all.
        needed: whether secrets are; else what this user may not read is passed over.

    Raises:
        SettingsError: a file that a variable names cannot be read, or it is not clear what a variable sets.
    """

    def __init__(
        self, environment: Mapping[str, str], known: Mapping[str, Any], *, needed: bool = True
    ) -> None:
        self.texts: list[Read] = []
        """As they stand, in order of their names."""
        self.files: list[Read] = []
        """Contents of the files that `..._FILE` names."""
        names: dict[tuple[str, ...], str] = {}
        for name in sorted(environment):
            if not name.upper().startswith(PREFIX) or name in NOT_SETTINGS or _is_of_kubelet(name):
                continue
            origin = f"environment variable {name}"
            path = spell([part.lower() for part in name[len(PREFIX) :].split(DELIMITER)], known, origin)
            key = ".".join(path)
            names_file = key.endswith("_file") and IN_A_FILE.fullmatch(key.removesuffix("_file"))
            if names_file:
                key = key.removesuffix("_file")
                path[-1] = path[-1].removesuffix("_file")
            other = names.setdefault(tuple(path), name)
            if other != name:
                raise SettingsError(key, f"{other} and {name} both set it; unset one of them", origin=origin)
            if names_file:
                file = environment[name]
                if needed or key == ALWAYS_NEEDED or os.access(file, os.R_OK):
                    secret = read_secret(Path(file), key)
                    self.files.append(Read(f"the file in ${name}", path, secret, file))
            else:
                self.texts.append(Read(origin, path, environment[name]))

    def values(self, model: type[BaseSettings]) -> list[Read]:
        """
        Every value as its key expects it.

        Raises:
            SettingsError: a variable sets something inside what another sets as a value.
        """
        tree = _Variables(model, {DELIMITER.join(one.path): one.value for one in self.texts})()
        return [
            *(
                one._replace(value=_value_at(tree, one) if one.path[0] in tree else one.value)
                for one in self.texts
            ),
            *self.files,
        ]


def _value_at(tree: dict[str, Any], one: Read) -> Any:
    at: Any = tree
    for above, key in zip(["", *one.path], one.path, strict=False):
        if not isinstance(at, dict):
            raise SettingsError(".".join(one.path), f"{above} is a value, not a table", origin=one.origin)
        at = at.get(key)
    return at


def _is_of_kubelet(name: str) -> bool:
    return DELIMITER not in name and OF_KUBELET.fullmatch(name.upper()) is not None


# -- folders of secrets ----------------------------------------------------------------------------


class _Secrets(NestedSecretsSettingsSource):
    """A folder whose files are named after keys; what else stands in it is not ours."""

    @staticmethod
    def _iter_secret_files(path: Path) -> Iterator[Path]:
        for file in sorted(path.iterdir()):
            if IN_A_FILE.fullmatch(file.name) and file.is_file():
                yield file

    @classmethod
    def load_secrets(cls, path: Path) -> dict[str, str]:
        return {file.name: read_secret(file, file.name) for file in cls._iter_secret_files(path)}


class _SecretsForUs(_Secrets):
    """The same, as far as this user may read it."""

    @staticmethod
    def _iter_secret_files(path: Path) -> Iterator[Path]:
        if os.access(path, os.R_OK | os.X_OK):
            yield from (
                file
                for file in _Secrets._iter_secret_files(path)
                if file.name == ALWAYS_NEEDED or os.access(file, os.R_OK)
            )


def read_secrets(
    folder: Path, model: type[BaseSettings], *, needed: bool, others: Sequence[Read]
) -> list[Read]:
    """
    Read a folder of secrets; nothing where there is none.

    A source or target that nobody names but a secret is none of the settings: who takes one out need not look for its secrets.

    Args:
        others: what is read elsewhere.

    Raises:
        SettingsError: a file in it cannot be read, or its name goes on after that of a key; not where secrets are not needed.
    """
    read = _Secrets if needed else _SecretsForUs
    try:
        if not folder.is_dir():
            return []
        tree = read(
            SecretsSettingsSource(model, folder), secrets_case_sensitive=True, secrets_nested_delimiter="."
        )()
    except OSError as error:
        raise SettingsError(
            "", f"the folder of secrets {folder} cannot be read: {error.strerror or error}"
        ) from error
    named = {tuple(one.path[:2]) for one in others}
    found = [
        Read(str(folder / ".".join(path)), path, value, str(folder / ".".join(path)))
        for path, value in leaves(tree, [])
        if path[0] not in TABLES_BY_NAME or tuple(path[:2]) in named
    ]
    misnamed = {one.file: key for one in found if (key := _key_within(one.path, model))}
    given = {".".join(one.path) for one in (*others, *found)}
    for file, key in misnamed.items():
        if needed and key not in given:
            raise SettingsError(key, f"its file is called just so, without an ending; rename {file}")
    return [one for one in found if one.file not in misnamed]


def _key_within(path: list[str], model: type[BaseSettings]) -> str:
    """The key that the name of a file begins with and goes on after, as `api_key.txt`; empty where it is a key itself."""
    for end in range(len(path) - 1, 0, -1):
        if is_secret(model, path[:end]):
            return ".".join(path[:end])
    return ""
