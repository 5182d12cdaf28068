"""
Kinds of sources that installed packages bring: entry points of the group `interact_connector.sources`.

A package is loaded where the settings name its kind, and nowhere else. One that cannot be used is a source that cannot be
read, and says why; the others go on, and nothing of it is removed. What it does wrong later is told in the same way (`guarded`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ConfigDict, create_model

from connector.errors import ConnectorError, SettingsError, SourceRefused
from connector.ports.source import Traffic
from connector.sources.kind import AnyKind, Known, SourceKind, Surroundings
from connector.sources.part import SourcePart

if TYPE_CHECKING:
    from connector.document.audience import Audience
    from connector.document.document import Container, Document, Listed, Scope
    from connector.http.exchange import Dated, Party
    from connector.ports.source import Advice, FoundScope, Page, Reading, Source, Verdict

GROUP = "interact_connector.sources"
"""Each entry point is a `SourceKind`, under the name that settings write as its `kind`."""


def with_named(kinds: Sequence[AnyKind], named: Iterable[str]) -> Sequence[AnyKind]:
    """
    The kinds that there are, and those of other packages that settings name.

    Args:
        kinds: our own; a package cannot take their place.
    """
    unknown = sorted(set(named) - {kind.kind for kind in kinds})
    found = [(name, list(entry_points(group=GROUP, name=name))) for name in unknown]
    return (*kinds, *(_load(name, points) for name, points in found if points))


def _load(name: str, points: Sequence[EntryPoint]) -> AnyKind:
    packages = [_package_of(point) for point in points]
    if len(points) > 1:
        return _unusable(name, f"{' and '.join(packages)} both bring it; uninstall one of them")
    (point,), (package,) = points, packages
    try:
        kind = point.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever another's code does when it is loaded
        return _unusable(name, f"{package} cannot be loaded: {type(error).__name__}: {error}")
    if not isinstance(kind, SourceKind) or kind.kind != name:
        return _unusable(name, f"{point.value} of {package} is no SourceKind of this name")
    return replace(
        kind,
        package=package,
        check=partial(_check_guarded, kind),
        open=partial(_open_guarded, kind, package),
        advise=partial(_advise_guarded, kind, package),
        choices=partial(_choices_guarded, kind),
    )


def _package_of(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else point.value


def _check_guarded(kind: AnyKind, name: str, part: Any) -> None:
    """Another's bug in its check is told as what it is."""
    try:
        kind.check(name, part)
    except SettingsError:
        raise
    except Exception as error:
        raise SettingsError(
            f"sources.{name}", f"cannot be checked: {type(error).__name__}: {error} (a bug of {kind.kind})"
        ) from error


@asynccontextmanager
async def _open_guarded(
    kind: AnyKind, package: str, part: SourcePart, around: Surroundings
) -> AsyncIterator[Source]:
    """Whatever becomes of it, what is done with it goes on."""
    from connector.sources.guarded import OURS, guard, mistake  # what --help loads stays small

    try:
        manager = kind.open(part, around)
        inner = await manager.__aenter__()
    except OURS:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever another's code does
        known = isinstance(error, ConnectorError)
        yield _Unusable(around.name, str(error) if known else mistake(around.name, package, "open", error))
        return
    try:
        yield guard(inner, around.name, package, part.id_prefixes())
    finally:
        try:
            await manager.__aexit__(None, None, None)
        except OURS:
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001 - what was read is read
            mistake(around.name, package, "close", error)


async def _advise_guarded(
    kind: AnyKind, package: str, source: Any, part: SourcePart, known: Known
) -> Sequence[Advice]:
    from connector.ports.source import Advice
    from connector.sources.guarded import mistake

    try:
        return list(await kind.advise(source.inner, part, known))
    except ConnectorError:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever another's code does
        return [Advice(words=mistake(known.name, package, "advise", error), wrong=True)]


def _choices_guarded(kind: AnyKind, part: SourcePart, known: Known) -> Mapping[str, str]:
    try:
        return dict(kind.choices(part, known))
    except Exception:  # noqa: BLE001 - its choices are not told
        return {}


# -- a kind that cannot be used ---------------------------------------------------------------------


class _UnusablePart(SourcePart):
    """A table that nobody can check: whatever it says is taken, and kept to ourselves."""

    model_config = ConfigDict(extra="allow", frozen=True)

    def exposure(self) -> str:
        return "Nothing of it is read."

    def secrets(self) -> list[str]:
        return [str(value) for value in (self.model_extra or {}).values()]


def _unusable(name: str, why: str) -> AnyKind:
    words = f'sources of kind "{name}" cannot be read: {why}'
    this: Any = Literal[name]
    part: Any = create_model("UnusablePart", __base__=_UnusablePart, kind=(this, ...))

    @asynccontextmanager
    async def opened(_: SourcePart, around: Surroundings) -> AsyncIterator[_Unusable]:
        yield _Unusable(around.name, words)

    return SourceKind[Any, Any](
        kind=name,
        settings=part,
        check=_no_check,
        open=opened,
        advise=_no_advice,
        choices=_no_choices,
        id_prefix="",
        rights={},
        questions=(),
    )


def _no_check(_: str, __: SourcePart) -> None:
    """It says why when it is opened."""


async def _no_advice(_: object, __: SourcePart, ___: Known) -> list[Advice]:
    return []


def _no_choices(_: SourcePart, __: Known) -> Mapping[str, str]:
    return {}


class _Unusable:
    """A source that refuses to be opened, with words. Implements `connector.ports.Source`."""

    concurrency = 0
    address = ""
    mapping_hash = b""
    left_out_rules = b""
    side_by_side = False

    def __init__(self, name: str, words: str) -> None:
        self.name = name
        self._words = words

    async def open(self, reading: Reading) -> None:
        raise SourceRefused(self._words)

    async def close(self) -> None:
        """There is nothing to sign out of."""

    def exchanges(self) -> list[Party]:
        """It calls nobody."""
        return []

    def dated(self) -> list[Dated]:
        """It calls nobody."""
        return []

    def traffic(self) -> Traffic:
        """It calls nobody."""
        return Traffic(requests=0, reread=0, bytes_sent=0)

    async def scopes(self) -> list[FoundScope]:
        raise SourceRefused(self._words)

    async def audience(
        self, scope: Scope, last: Audience | None, witnesses: Sequence[str]
    ) -> tuple[Audience | None, list[str]]:
        raise SourceRefused(self._words)

    def scope_id(self, scope: Scope) -> str | None:
        return None

    async def top(self, scope: Scope, audience: Audience | None, *, public: bool) -> Listed | Container:
        raise SourceRefused(self._words)

    async def children(self, container: Container, *, proven: bytes | None) -> AsyncIterator[Page]:
        raise SourceRefused(self._words)
        yield

    async def document(self, listed: Listed) -> Document:
        raise SourceRefused(self._words)

    def link(self, scope: Scope, listed: Listed) -> str:
        return ""

    async def ask(self, native: str, scope_key: str, ancestor: str, elsewhere: Collection[str]) -> Verdict:
        raise SourceRefused(self._words)
