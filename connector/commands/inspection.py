"""`connector check`: signs in everywhere, reads one thing from each, says what may and may not be seen. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol, runtime_checkable

from connector.app import App
from connector.commands.local_inspection import look_at_ocr, look_here
from connector.crawl.scopes import idle_of, unread_of
from connector.document.audience import Audience, is_group
from connector.document.counting import counted
from connector.document.document import Container, Scope
from connector.engine.task_group import together
from connector.errors import ConnectorError
from connector.http.exchange import Dated
from connector.ledger.store import Ledger
from connector.machine.storage import words_of_little_room
from connector.machine.verbs import ended
from connector.ports.source import Advice, FoundScope, Reading, Source
from connector.sources.kind import AnyKind, Known
from connector.sources.part import SourcePart
from connector.wiring.canary import canary_of
from connector.wiring.matching import matching_of

NEVER_USED = "connector-check-0"
"""An id that no document has: asking for its state proves host, key, tenant and appid without touching anything."""
ROOMS_SHOWN = 50
NAMES_SHOWN = 3
CLOCK_OFF_S = 60
"""More than this between two clocks is a clock that is not set."""


@runtime_checkable
class Naming(Protocol):
    """A source whose lists name people beside their ids."""

    def keep_names(self) -> dict[str, str]:
        """Keep from now on how identities are called; what was met is in what is returned."""


async def inspect(app: App, *, now: float, explain: bool = False) -> dict[str, Any]:
    """
    Check this machine, every source and every target.

    Args:
        explain: tell what each choice of `permissions` would expose and cost.

    Returns:
        {"ok": bool, "ledger": {"ok", "message"}, "here": {"ok", "problems": [...]}, "ocr": {"ok", "message"}, "canary": {"ok", "message"}, "targets": {name: {"ok", "message"}},
        "sources": {name: {"ok", "message", "rooms": [{"name", "included", "public", "readers"}]}}, "next": str}
    """
    trouble = app.ledger_trouble()
    if not trouble and (full := words_of_little_room(app.ledger_file)):
        trouble = f"The disk of the ledger is full, so runs fail, or will soon: {full}."
    kept = {"ok": not trouble, "message": trouble or "Can be used."}
    result: dict[str, Any] = {
        "ok": True,
        "ledger": kept,
        "here": await _inspect_here(app),
        "ocr": _inspect_ocr(app),
        "targets": {},
        "sources": {},
    }
    targets, sources = list(app.settings.targets), list(app.settings.sources)
    told = await together(_inspect_target(app, name) for name in targets)
    result["targets"] = dict(zip(targets, told, strict=True))
    ledger = Ledger("sqlite://", now=now)
    try:
        told = await together(_open_and_inspect(app, name, ledger, explain=explain) for name in sources)
        result["sources"] = dict(zip(sources, told, strict=True))
    finally:
        ledger.close()
    if canary := await _inspect_canary(app):
        result["canary"] = canary
    parts = [kept, result["here"], result["ocr"], *result["targets"].values(), *result["sources"].values()]
    parts += [canary] if canary else []
    result["ok"] = all(part["ok"] for part in parts)
    result["next"] = _next_step(app) if result["ok"] else ""
    return result


async def _inspect_canary(app: App) -> dict[str, Any] | None:
    """Search as both test people; a hold ends where the stranger finds nothing. None where there is no canary."""
    try:
        tested = await canary_of(lambda: app).test()
    except ConnectorError as error:
        tested = False, str(error)
    return {"ok": tested[0], "message": tested[1]} if tested else None


def _inspect_ocr(app: App) -> dict[str, Any]:
    ok, message = look_at_ocr(app)
    return {"ok": ok, "message": message}


async def _inspect_here(app: App) -> dict[str, Any]:
    problems = look_here(app)
    if why := await app.readers_trouble():
        problems.append(f"No reader can be started, so files are found by their names only: {why}")
    return {"ok": not problems, "problems": problems}


def _next_step(app: App) -> str:
    if app.has_ledger():
        return "Next: connector sync --dry-run says what a run would change."
    return "Next: connector sync --dry-run says what would be sent; connector backfill sends it."


async def _inspect_target(app: App, name: str) -> dict[str, Any]:
    part = app.settings.targets[name]
    where = f"{part.base_url}, appid {part.app_id}{_way(app, part.base_url)}"
    if not app.sources_of(name):
        return {
            "ok": False,
            "message": f"no source belongs to it; name it in sources.NAME.target, or remove [targets.{name}]",
        }
    try:
        async with app.target(name) as target:
            state = await target.state(NEVER_USED)
            late = _clocks(target.dated())
    except ConnectorError as error:
        return {"ok": False, "message": str(error)}
    if late:
        return {"ok": False, "message": late}
    if state.exists:
        return {
            "ok": False,
            "message": f"Interact already has a document {NEVER_USED}, which no connector makes. Is {where} the right connector?",
        }
    return {
        "ok": True,
        "message": f"Signed in to {where}; documents can be written and their state can be read.",
    }


def _way(app: App, url: str) -> str:
    words = app.way_to(url)
    return f" ({words})" if words else ""


async def _open_and_inspect(app: App, name: str, ledger: Ledger, *, explain: bool) -> dict[str, Any]:
    async with app.source(name, ledger) as source:
        return await _inspect_source(app, name, source, explain=explain)


async def _inspect_source(app: App, name: str, source: Source, *, explain: bool) -> dict[str, Any]:
    names = source.keep_names() if isinstance(source, Naming) else {}
    try:
        await source.open(Reading(run=0, thorough=False))
        found = await source.scopes()
    except ConnectorError as error:
        return {"ok": False, "message": str(error), "rooms": []}
    part, kind = app.settings.sources[name], app.loaded.kind_of(name)
    chosen = [one for one in found if one.included]
    problems = await _problems_reading(source, chosen[:1])
    rooms = await _rooms(source, found[:ROOMS_SHOWN], names, problems)
    problems += [f"{where}: {why}" for where, why in unread_of(source).items()]
    with _known(app, name, [one.scope for one in chosen]) as known:
        choices = dict(kind.choices(part, known)) if explain else {}
        advice = await _advice(kind, source, part, known)
    problems += [one.words for one in advice if one.wrong]
    problems += [off] if (off := _clocks(source.dated())) else []
    problems += _idle_patterns(source, name) if found else []
    if not chosen:
        problems.append(
            "Nothing is included, so nothing would be found"
            if found
            else "Nothing is listed there, so nothing new would be found: ask whoever gives its account rights"
        )
    words = _as_set(app, name, len(found), len(chosen), is_well=not problems)
    words += [one.words for one in advice if not one.wrong]
    if public := [one.scope.name for one in chosen if one.public]:
        words.append(
            f"PUBLIC to everybody in the intranet: {', '.join(public)} (sources.{name}.public_rooms)."
        )
    told: dict[str, Any] = {
        "ok": not problems,
        "message": " ".join(map(ended, dict.fromkeys([*problems, *words]))),
        "rooms": rooms,
    }
    return {**told, "choices": choices} if choices else told


def _as_set(app: App, name: str, found: int, chosen: int, *, is_well: bool) -> list[str]:
    """What the settings make of a source: the way to it, how much of it is included, and who would see that."""
    part, kind = app.settings.sources[name], app.loaded.kind_of(name)
    way = "".join(_way(app, url) for url in part.addresses()[:1])
    seen = "Signed in" if part.addresses() else "Can be read" if is_well else "Its files are looked for"
    return [
        f"{seen}{way}; {part.scopes_in_words(f'sources.{name}', found, chosen)}",
        part.exposure(),
        *([f"Its kind came with {kind.package}."] if kind.package else []),
    ]


async def _problems_reading(source: Source, scopes: Sequence[FoundScope]) -> list[str]:
    """Read one thing of each scope, and say what kept it from being read."""
    problems = []
    for one in scopes:
        try:
            top = await source.top(one.scope, None, public=False)
            if isinstance(top, Container):
                # no document of its own was read: the first page is the one thing to read
                await anext(aiter(source.children(top, proven=None)), None)
        except ConnectorError as error:
            problems.append(f"{one.scope.name} could not be read: {error}")
    return problems


async def _rooms(
    source: Source, shown: Sequence[FoundScope], names: Mapping[str, str], problems: list[str]
) -> list[dict[str, Any]]:
    """Say of each scope who may see it; what is wrong there is added to the problems."""
    # side by side: the source's own client keeps to its limits
    read = iter(await together(_audience(source, one) for one in shown if one.included))
    rooms: list[dict[str, Any]] = []
    for one in shown:
        room = {"name": one.scope.name, "included": one.included, "public": one.public}
        if one.included:
            room["readers"] = _readers(one, next(read), names, problems)
        rooms.append(room)
    return rooms


async def _advice(kind: AnyKind, source: Source, part: SourcePart, known: Known) -> Sequence[Advice]:
    """What a source's kind has to say of it; what kept it from looking is a mistake as well."""
    try:
        return await kind.advise(source, part, known)
    except ConnectorError as error:
        return [Advice(words=str(error), wrong=True)]


def _idle_patterns(source: Source, name: str) -> list[str]:
    """Patterns of the settings that match nothing."""
    idle = [one.partition(": ") for one in idle_of(source)]
    return [f"sources.{name}.{key}: {glob!r} matches no room" for key, _, glob in idle]


async def _audience(source: Source, room: FoundScope) -> Audience | ConnectorError | None:
    """Who may see a room, or why that cannot be read; None: it is unknown."""
    try:
        return (await source.audience(room.scope, None, []))[0]
    except ConnectorError as error:
        return error


def _readers(
    room: FoundScope,
    audience: Audience | ConnectorError | None,
    names: Mapping[str, str],
    problems: list[str],
) -> str:
    """How many may see a room, with three of their names."""
    if isinstance(audience, ConnectorError):
        problems.append(f"The readers of {room.scope.name} could not be read: {audience}")
        return "unknown"
    if audience is None:
        problems.append(
            f"The readers of {room.scope.name} are unknown (the list is empty or cut off), so its documents would go to quarantine"
        )
        return "unknown"
    groups = [one for one in audience.identities if is_group(one)]
    users = [one for one in audience.identities if one not in groups]
    shown = [names.get(one) or one for one in [*users, *groups][:NAMES_SHOWN]]
    more = ", ..." if len(audience.identities) > NAMES_SHOWN else ""
    return f"{counted(len(users), 'person', 'people')}, {counted(len(groups), 'group')}: {', '.join(shown)}{more}"


def _clocks(heard: Sequence[Dated]) -> str:
    """Whether this machine's clock is far from a neighbour's, in words; empty when it is not."""
    for one in heard:
        ahead = one.ahead_s
        if abs(ahead) > CLOCK_OFF_S:
            way = "ahead of" if ahead > 0 else "behind"
            return (
                f"the clock of this machine is {abs(ahead):.0f} s {way} that of {one.base_url}: sign-ins and schedules depend "
                "on it. Set it (timedatectl)"
            )
    return ""


@contextmanager
def _known(app: App, name: str, chosen: Sequence[Scope]) -> Iterator[Known]:
    """What the ledger tells of a source; nothing is made where there is none."""
    target = app.loaded.target_of(name)
    with ExitStack() as stack:
        ledger = stack.enter_context(app.ledger()) if not app.ledger_trouble() and app.has_ledger() else None
        yield Known(
            name=name,
            chosen=chosen,
            kinds=ledger.documents(target).kinds(name) if ledger else {},
            people=ledger.people(target).count(name) if ledger else 0,
            notes=ledger.notes(name) if ledger else None,
            matching=matching_of(app.settings.targets[target].people),
            max_age_h=app.settings.people.max_age_h,
        )
