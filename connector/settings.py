"""
The settings: `settings.toml`, environment variables, and secrets from files, checked before any request.

Layers, the later one wins: the TOML file; files named after keys in `/run/secrets` and in systemd's
`$CREDENTIALS_DIRECTORY` (`targets.intranet.api_key`); environment variables
(`CONNECTOR_TARGETS__INTRANET__API_KEY`, or `..._FILE` with a path). Every error names the key, what was
expected, and where the value was read from.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Union

from pydantic import BaseModel, Field, SecretStr, ValidationError, create_model
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from connector.canary.settings import CanaryPart
from connector.configuration import layers
from connector.configuration.alike_names import refuse_alike_tables
from connector.configuration.layers import Read
from connector.configuration.mistakes import check_number, explain, is_secret, is_secret_at, path_of
from connector.configuration.secret_files import check_secret
from connector.configuration.tables import (
    HttpPart,
    LedgerPart,
    MembershipsPart,
    SafetyPart,
    SchedulePart,
    ServicePart,
    TargetPart,
    TextPart,
)
from connector.errors import SettingsError
from connector.http.hosts import HIGHEST_PORT, is_loopback
from connector.notify.settings import NotifyPart
from connector.secrets.hiding import LEAST, passwords_of
from connector.sources.kind import AnyKind
from connector.sources.packages import with_named
from connector.sources.part import SourcePart

SYSTEM_FILE = Path("/etc/interact-connector/settings.toml")
RUN_SECRETS = Path("/run/secrets")


class Settings(BaseSettings):
    """Everything that an administrator can set. Values are read into `model_of` kinds, which knows the table of each."""

    # else the package takes [Safety] for [safety], and passes over it where both are there
    model_config = SettingsConfigDict(extra="forbid", frozen=True, defer_build=True, case_sensitive=True)

    ledger: LedgerPart = LedgerPart()
    http: HttpPart = HttpPart()
    targets: Annotated[dict[str, TargetPart], Field(min_length=1)]
    sources: dict[str, SourcePart]
    schedule: SchedulePart = SchedulePart()
    safety: SafetyPart = SafetyPart()
    text: TextPart = TextPart()
    people: MembershipsPart = MembershipsPart()
    notify: NotifyPart = NotifyPart()
    canary: CanaryPart = CanaryPart()
    service: ServicePart = ServicePart()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load` put together of the package's own sources (layers.py): it knows where each value came from."""
        return (init_settings,)

    def secrets(self) -> list[str]:
        """Every secret value, so that logs and tracebacks can hide them."""
        found = {secret for _, secret, _ in _secrets_of(self)}
        found = {
            one
            for one in found.union(
                passwords_of(self.ledger.url), *(part.secrets() for part in self.sources.values())
            )
            if len(one) >= LEAST
        }
        return sorted(found, key=len, reverse=True)


def model_of(kinds: Sequence[AnyKind]) -> type[Settings]:
    """Settings in which a source's table is that of its kind."""
    return _model_of(tuple(kind.settings for kind in kinds))


# a process has few sets of kinds, and building the checks of one takes longer than checking
@lru_cache(maxsize=8)
def _model_of(of_kinds: tuple[type[SourcePart], ...]) -> type[Settings]:
    tables: Any = Union[of_kinds]  # noqa: UP007 - of a tuple
    source: Any = Annotated[tables, Field(discriminator="kind")]
    sources: Any = Annotated[dict[str, source], Field(min_length=1)]
    return create_model("Settings", __base__=Settings, sources=(sources, ...))


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Settings, and the folder and address that they speak of."""

    settings: Settings
    file: str
    folder: Path
    """Where relative paths start."""
    kinds: Mapping[str, AnyKind]
    """Kinds of sources by name."""
    whole: bool
    """Whether every secret is there; else those that nobody needs may be missing."""
    secret_files: tuple[str, ...] = ()
    """Files of ours that secrets were read from; those of systemd and of containers are kept by them."""

    def target_of(self, source: str) -> str:
        """Name of the target that a source goes to."""
        part = self.settings.sources[source]
        return part.target or next(iter(self.settings.targets))

    def kind_of(self, source: str) -> AnyKind:
        """The kind of a source."""
        return self.kinds[self.settings.sources[source].kind]


def find_file(named: Path | None, environment: Mapping[str, str]) -> Path:
    """Find the settings file: as named, as `$CONNECTOR_SETTINGS` names it, here, or in /etc."""
    if named is not None:
        candidates = [named]
    elif environment.get("CONNECTOR_SETTINGS"):
        candidates = [Path(environment["CONNECTOR_SETTINGS"])]
    else:
        candidates = [Path("settings.toml"), SYSTEM_FILE]
    for candidate in candidates:
        try:
            if candidate.is_file():
                return candidate
        except OSError as error:
            raise SettingsError("", f"{candidate} cannot be read: {error.strerror}") from error
    for candidate in candidates:
        if candidate.is_dir():
            raise SettingsError(
                "", f"{candidate} is a folder, not a settings file. Name the file in it with --settings PATH"
            )
    tried = ", ".join(str(c) for c in candidates)
    raise SettingsError(
        "",
        f"No settings file found (looked at {tried}). Name one with --settings PATH, or let it be written: connector init",
    )


def load(
    named: Path | None = None,
    environment: Mapping[str, str] | None = None,
    *,
    kinds: Sequence[AnyKind],
    secrets: bool = True,
    needed: Sequence[str] = (),
) -> Loaded:
    """
    Read and check the settings.

    Args:
        kinds: of sources that there are.
        secrets: whether they are needed; else those that are missing, or that this user may not read, are empty.
        needed: where they are not: tables whose secrets are needed all the same, such as sources.interaxo.

    Raises:
        SettingsError: unknown key, missing secret, bad value; names the key, what was expected, and where it was read from.
    """
    environment = os.environ if environment is None else environment
    file = find_file(named, environment)
    read, model, known = _read(file, layers.read_file(file, Settings), environment, kinds, needed=secrets)
    loaded = _check(read, model, known, file=file, secrets=secrets)
    for table in needed:
        _need(loaded, table)
    return replace(loaded, secret_files=tuple(dict.fromkeys(_secret_files(read, model, environment))))


def load_what_is_right(
    named: Path | None,
    environment: Mapping[str, str] | None = None,
    *,
    kinds: Sequence[AnyKind],
    needed: Sequence[str] = (),
) -> tuple[Loaded, SettingsError | None]:
    """
    Read the settings for whoever only looks, or needs little of them: of those that are refused, what is right in them.

    Args:
        needed: tables that have to be right, each with all its secrets, such as targets.

    Returns:
        The settings, without what is wrong; and all that is, None where nothing is.

    Raises:
        SettingsError: what is right does not tell of which targets they speak, or where the ledger is, or lacks what is needed.
    """
    environment = os.environ if environment is None else environment
    try:
        return load(named, environment, kinds=kinds, secrets=False, needed=needed), None
    except SettingsError as refused:
        file = find_file(named, environment)
        try:
            written = layers.read_right_tables(file, needed)
            read, model, known = _read(file, written, environment, kinds, needed=False)
            model = _with_any_sources(model)
            while True:
                try:
                    loaded = _check(read, model, known, file=file, secrets=False)
                    break
                except SettingsError as error:
                    read = _without_mistakes(read, error, {"ledger", *needed})
            for table in needed:
                _need(loaded, table)
            return loaded, refused
        except SettingsError as error:
            raise refused from error


def _read(
    file: Path,
    written: Mapping[str, Any],
    environment: Mapping[str, str],
    kinds: Sequence[AnyKind],
    *,
    needed: bool,
) -> tuple[list[Read], type[Settings], Sequence[AnyKind]]:
    """
    Read every layer.

    Args:
        written: what the file says.
        needed: whether secrets are.

    Returns:
        The values, the later ones over the earlier ones; the model into which they go; and every kind of source that there is.
    """
    variables = layers.Environment(environment, written, needed=needed)
    in_file = [Read(str(file), path, value, str(file)) for path, value in layers.leaves(written, [])]
    known = with_named(kinds, _kinds_in([*in_file, *variables.texts]))
    model = model_of(known)
    read = [*in_file]
    others = [*in_file, *variables.texts, *variables.files]
    for folder in _folders(environment):
        read += layers.read_secrets(folder, model, needed=needed, others=others)
    return [*read, *variables.values(model)], model, known


def _with_any_sources(model: type[Settings]) -> type[Settings]:
    """The same where what is wrong may leave no source: that tells of the targets, and of the ledger, all the same."""
    sources: Any = model.model_fields["sources"].annotation
    return create_model("Settings", __base__=model, sources=(sources, {}))


def _without_mistakes(read: Sequence[Read], error: SettingsError, needed: Collection[str]) -> list[Read]:
    """
    What was read without what is wrong in it; where a key is missing, without its table.

    Raises:
        SettingsError: that is no part of it, or of a table that is needed, or may be where the ledger is.
    """
    wrong = [one.key.split(".") for one in (error, *error.also)]
    lost = [
        key if any(one.path[: len(key)] == key for one in read) else key[:-1]
        for key in wrong
        if len(key) > 1 or any(one.path[0] == key[0] for one in read)
    ]
    names_ledger = any(one.path[0] == "ledger" for one in read)
    right = [one for one in read if not any(one.path[: len(key)] == key for key in lost)]
    if len(right) == len(read) or any(
        key[0] in needed or (len(key) == 1 and not names_ledger) for key in lost
    ):
        raise error
    return right


def check(
    given: list[tuple[str, list[str], Any]], *, file: Path, kinds: Sequence[AnyKind], secrets: bool = True
) -> Loaded:
    """Make settings of (origin, path, value) triples, the later ones over the earlier ones."""
    read = [Read(*one) for one in given]
    known = with_named(kinds, _kinds_in(read))
    return _check(read, model_of(known), known, file=file, secrets=secrets)


def _need(loaded: Loaded, table: str) -> None:
    """
    Raises:
        SettingsError: a secret of this table is missing.
    """
    for key, secret, required in _secrets_of(loaded.settings):
        if key.startswith(f"{table}."):
            check_secret(secret, key, loaded.file, required=required)


def _kinds_in(read: Iterable[Read]) -> set[str]:
    """Kinds of sources that are named."""
    return {
        str(one.value)
        for one in read
        if one.path[:1] == ["sources"] and len(one.path) == 3 and one.path[2] == "kind"
    }


def _check(
    read: list[Read], model: type[Settings], kinds: Sequence[AnyKind], *, file: Path, secrets: bool
) -> Loaded:
    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    refuse_alike_tables((one.path, one.origin) for one in read)
    for one in read:
        _put(merged, one.path, one.value, one.origin)
        origins[".".join(one.path)] = one.origin
    try:
        settings = _settings_of(merged, model, secrets=secrets)
    except ValidationError as error:
        raise explain(error, model, origins, str(file), prefix=layers.PREFIX) from error
    folder = file.resolve().parent
    _check_together(settings, origins, str(file), secrets=secrets)
    for one in read:
        layers.check_text(one)
        check_number(model, one.value, one.path, one.origin)
    by_name = {kind.kind: kind for kind in kinds}
    return Loaded(settings=settings, file=str(file), folder=folder, kinds=by_name, whole=secrets)


def _settings_of(merged: dict[str, Any], model: type[Settings], *, secrets: bool) -> Settings:
    """Validate; where secrets are not needed, the missing ones become empty."""
    try:
        return model(**merged)
    except ValidationError as error:
        missing = [one["loc"] for one in error.errors() if one["type"] == "missing"]
        absent = [path_of(one) for one in missing if is_secret_at(model, one)]
        if secrets or not absent:
            raise
        for path in absent:
            _put(merged, path, "", "")
    return model(**merged)


def _check_together(settings: Settings, origins: Mapping[str, str], file: str, *, secrets: bool) -> None:
    """What no single key can tell."""
    for key, secret, required in _secrets_of(settings) if secrets else ():
        check_secret(secret, key, origins.get(key, file), required=required)
    _check_sources(settings, origins, file)
    _check_targets(settings, origins, file)
    _check_canary(settings, origins, file, secrets=secrets)
    _check_service(settings, origins, file, secrets=secrets)


def _check_sources(settings: Settings, origins: Mapping[str, str], file: str) -> None:
    """Where each source goes, and that the documents of no two collide there."""
    prefixes: dict[tuple[str, str], str] = {}
    for name, part in settings.sources.items():
        _check_name(f"sources.{name}", name, file)
        if not part.target and len(settings.targets) > 1:
            names = ", ".join(settings.targets)
            raise SettingsError(
                f"sources.{name}.target",
                f"missing; the settings have several targets ({names}); name one",
                origin=file,
            )
        target = part.target or next(iter(settings.targets))
        if target not in settings.targets:
            key = f"sources.{name}.target"
            raise SettingsError(key, f"there is no [targets.{target}]", origin=origins.get(key, file))
        for prefix in part.id_prefixes():
            other = prefixes.setdefault((target, prefix), name)
            if other != name:
                raise SettingsError(
                    f"sources.{name}.id_prefix",
                    f"ids that begin with {prefix!r} are also those of sources.{other}, which goes to the same target; "
                    "their documents would collide",
                    origin=file,
                )


def _check_targets(settings: Settings, origins: Mapping[str, str], file: str) -> None:
    """That no two are one connector of one intranet."""
    intranets: dict[tuple[str, str, int], str] = {}
    for name, one in settings.targets.items():
        _check_name(f"targets.{name}", name, file)
        other = intranets.setdefault((one.base_url.lower(), one.tenant.lower(), one.app_id), name)
        if other != name:
            raise SettingsError(
                f"targets.{name}.app_id",
                f"it is the connector of the intranet that targets.{other} names, too: a full run of one would remove what the other "
                f"sent. Let the sources of both go to targets.{other}, or create a second connector in Interact",
                origin=origins.get(f"targets.{name}.app_id", file),
            )


def _check_service(settings: Settings, origins: Mapping[str, str], file: str, *, secrets: bool) -> None:
    """Where the status page listens, and that beyond this machine it asks for a token."""
    host = settings.service.listen.rpartition(":")[0].strip("[]")
    port = re.fullmatch(r".+:([0-9]{1,5})", settings.service.listen)
    if port is None or int(port[1]) > HIGHEST_PORT:
        raise SettingsError(
            "service.listen",
            f"expected host:port with a port of 0 to {HIGHEST_PORT}, such as 127.0.0.1:9470, not {settings.service.listen!r}",
            origin=origins.get("service.listen", file),
        )
    if secrets and not is_loopback(host) and settings.service.token is None:
        raise SettingsError(
            "service.token",
            "missing; it is required to listen beyond this machine",
            origin=origins.get("service.listen", file),
        )


def _check_canary(settings: Settings, origins: Mapping[str, str], file: str, *, secrets: bool) -> None:
    for name in settings.canary.needed if secrets else ():
        if not getattr(settings.canary, name).get_secret_value():
            key = f"canary.{name}"
            raise SettingsError(
                key,
                f'missing; canary.reader = "{settings.canary.reader}" needs it',
                origin=origins.get(key, file),
            )
    named, names = settings.canary.target, list(settings.targets)
    if settings.canary.reader and not (named in names or (not named and len(names) == 1)):
        where = origins.get("canary.target", origins.get("canary.reader", file))
        raise SettingsError("canary.target", f"expected one of the targets: {', '.join(names)}", origin=where)


def _folders(environment: Mapping[str, str]) -> list[Path]:
    """Folders of secrets, which systemd or a container keeps."""
    given = environment.get("CREDENTIALS_DIRECTORY")
    return [RUN_SECRETS, *([Path(given)] if given else [])]


def _secret_files(read: list[Read], model: type[Settings], environment: Mapping[str, str]) -> Iterator[str]:
    """Name the files that hold a secret, but those that systemd or a container keeps."""
    kept = _folders(environment)
    for one in read:
        is_kept = any(folder in Path(one.file).parents for folder in kept)
        held = is_secret(model, one.path) or (
            one.path == ["ledger", "url"] and bool(passwords_of(str(one.value)))
        )
        if one.file and one.value and not is_kept and held:
            yield one.file


def _check_name(key: str, name: str, file: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,30}", name):
        raise SettingsError(key, "expected a name of a-z, 0-9, _ and -, starting with a letter", origin=file)


def _put(tree: dict[str, Any], path: list[str], value: Any, origin: str) -> None:
    for key in path[:-1]:
        inner = tree.setdefault(key, {})
        if not isinstance(inner, dict):
            raise SettingsError(".".join(path), f"{key} is a value, not a table", origin=origin)
        tree = inner
    tree[path[-1]] = value


def _secrets_of(part: BaseModel, path: str = "") -> Iterator[tuple[str, str, bool]]:
    """Every secret with its key, and whether it must be given."""
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        for key, inner in value.items() if isinstance(value, dict) else [("", value)]:
            at = ".".join(step for step in (path, name, str(key)) if step)
            if isinstance(inner, SecretStr):
                yield at, inner.get_secret_value(), field.is_required()
            elif isinstance(inner, BaseModel):
                yield from _secrets_of(inner, at)
