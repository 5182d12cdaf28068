"""`connector check`: signs in everywhere, reads one thing from each, says what may and may not be seen. Changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from fnmatch import fnmatchcase
from math import ceil
from typing import Any, Protocol, runtime_checkable
from urllib.parse import urlsplit

from connector.app import App
from connector.document import Container, Scope
from connector.errors import ConnectorError
from connector.http import Neighbour
from connector.ledger.store import Ledger
from connector.ports import Advising, Filed, FoundScope, Peopled, Reading, Source
from connector.premises import look_here
from connector.recall import matching_of
from connector.scopes import unread_of
from connector.sources.interaxo.addresses import hosts_of
from connector.sources.interaxo.downloads import API, WAY_THAT_WORKED

NEVER_USED = "connector-check-0"
"""An id that no document has: asking for its state proves host, key, tenant and appid without touching anything."""
ROOMS_SHOWN = 50
CALLS_OF_A_PERSON = 2
"""Her profile and her groups."""
NAMES_SHOWN = 3
CLOCK_OFF_S = 60
"""More than this between two clocks is a clock that is not set."""
EXPOSED = {
    "room": "Everything in a room is shown to whoever may see the room's root; that is right only where rooms have no closed corners.",
    "folder": (
        "What stands in a folder or workflow step is shown to whoever may see that; a single entry or file with fewer readers is shown "
        "to the folder's until its turn in the rotation or a full run, and its room is read item by item from then on."
    ),
    "item": "Every item is shown to whoever may see that very item, as read in each run.",
    "fixed": "Every document is shown to whoever carries the identities of the setting, whatever rights they have in the source.",
}


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
        {"ok": bool, "ledger": {"ok", "message"}, "here": {"ok", "problems": [...]}, "targets": {name: {"ok", "message"}},
        "sources": {name: {"ok", "message", "rooms": [{"name", "included", "public", "readers"}]}}, "next": str}
    """
    trouble = app.ledger_trouble()
    kept = {"ok": not trouble, "message": trouble or "Can be used."}
    result: dict[str, Any] = {
        "ok": True,
        "ledger": kept,
        "here": _inspect_here(app),
        "targets": {},
        "sources": {},
    }
    for name in app.settings.targets:
        result["targets"][name] = await _inspect_target(app, name)
    ledger = Ledger("sqlite://", now=now)
    try:
        for name in app.settings.sources:
            async with app.source(name, ledger) as source:
                result["sources"][name] = await _inspect_source(app, name, source, explain=explain)
    finally:
        ledger.close()
    parts = [kept, result["here"], *result["targets"].values(), *result["sources"].values()]
    result["ok"] = all(part["ok"] for part in parts)
    result["next"] = _next_step(app) if result["ok"] else ""
    return result


def _inspect_here(app: App) -> dict[str, Any]:
    problems = look_here(app)
    return {"ok": not problems, "problems": problems}


def _next_step(app: App) -> str:
    if app.has_ledger():
        return "Next: connector sync --dry-run tells what a run would change."
    return "Next: connector sync --dry-run tells what would be pushed; connector backfill loads it."


async def _inspect_target(app: App, name: str) -> dict[str, Any]:
    part = app.settings.targets[name]
    where = f"{part.base_url}, appid {part.app_id}{_way(app, part.base_url)}"
    if not app.sources_of(name):
        return {
            "ok": False,
            "message": f"no source goes to it; name it in sources.NAME.target, or take [targets.{name}] out",
        }
    try:
        async with app.target(name) as target:
            state = await target.state(NEVER_USED)
            late = _clocks(target)
    except ConnectorError as error:
        return {"ok": False, "message": str(error)}
    if late:
        return {"ok": False, "message": late}
    if state.exists:
        return {
            "ok": False,
            "message": f"Interact says that a document {NEVER_USED} exists, which no connector makes; is {where} the right connector?",
        }
    return {
        "ok": True,
        "message": f"Signed in to {where}; documents can be written and their state can be read.",
    }


def _way(app: App, url: str) -> str:
    words = app.way_to(url)
    return f" ({words})" if words else ""


async def _inspect_source(app: App, name: str, source: Source, *, explain: bool) -> dict[str, Any]:
    names = source.keep_names() if isinstance(source, Naming) else {}
    try:
        await source.open(Reading(run=0, thorough=False))
        found = await source.scopes()
    except ConnectorError as error:
        return {"ok": False, "message": str(error), "rooms": []}
    rooms: list[dict[str, Any]] = []
    chosen = [one for one in found if one.included]
    problems: list[str] = []
    if chosen:
        try:
            top = await source.top(chosen[0].scope, None, public=False)
            if isinstance(top, Container):
                # no document of its own was read: the first page is the one thing to read
                await anext(aiter(source.children(top, proven=None)), None)
        except ConnectorError as error:
            problems.append(f"{chosen[0].scope.name} could not be read: {error}")
    for one in found[:ROOMS_SHOWN]:
        room = {"name": one.scope.name, "included": one.included, "public": one.public}
        if one.included:
            room["readers"] = await _readers(source, one, names, problems)
        rooms.append(room)
    way = _way(app, app.settings.sources[name].base_url)
    problems += [f"{where}: {why}" for where, why in unread_of(source).items()]
    counts = Counter(one.included for one in found)
    words = [
        f"Signed in{way}; {counts[True]} of {len(found)} lists of records are read, as sources.{name}.records says."
        if app.settings.sources[name].kind == "itr"
        else f"Signed in{way}; {len(found)} room(s) are visible, {counts[True]} included, {counts[False]} excluded by sources.{name}.rooms."
    ]
    words.append(_exposure(app, name))
    words += [*_downloads(app, name), *_two_countries(app, name)]
    if late := _cadence(app, name):
        words.append(late)
    if chosen and isinstance(source, Filed) and getattr(app.settings.sources[name], "content", False):
        came, failed = await _try_file(name, source, chosen[0].scope)
        words += came
        problems += failed
    if app.settings.sources[name].kind == "itr" and isinstance(source, Peopled):
        words.append(await _people(app, name, source))
    if isinstance(source, Advising):
        for advice in await source.advice():
            (problems if advice.wrong else words).append(advice.words)
    choices = _choices(app, name, len(chosen)) if explain else {}
    problems += [off] if (off := _clocks(source)) else []
    problems += _globs_in_vain(app, name, [one.scope.name for one in found])
    public = [one.scope.name for one in chosen if one.public]
    if public:
        words.append(
            f"PUBLIC to everybody in the intranet: {', '.join(public)} (sources.{name}.public_rooms)."
        )
    if not chosen:
        problems.append("no room is included, so nothing would be found")
    told: dict[str, Any] = {"ok": not problems, "message": " ".join([*words, *problems]), "rooms": rooms}
    return {**told, "choices": choices} if choices else told


async def _readers(source: Source, room: FoundScope, names: Mapping[str, str], problems: list[str]) -> str:
    """How many may see a room, with three of their names."""
    try:
        audience, _ = await source.audience(room.scope, None, [])
    except ConnectorError as error:
        problems.append(f"who may see {room.scope.name} could not be read: {error}")
        return "unknown"
    if audience is None:
        problems.append(
            f"who may see {room.scope.name} cannot be told (the list is empty or cut off): its documents would wait in quarantine"
        )
        return "unknown"
    groups = [one for one in audience.identities if one.split(":")[1:2] == ["group"]]
    users = [one for one in audience.identities if one not in groups]
    shown = [names.get(one) or one for one in [*users, *groups][:NAMES_SHOWN]]
    more = ", ..." if len(audience.identities) > NAMES_SHOWN else ""
    return f"{_count(len(users), 'person', 'people')}, {_count(len(groups), 'group', 'groups')}: {', '.join(shown)}{more}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _globs_in_vain(app: App, name: str, found: Sequence[str]) -> list[str]:
    """Globs of the settings that no room of the source fits; one that excludes may do so beforehand."""
    told = []
    for key in ("rooms", "public_rooms"):
        for glob in getattr(app.settings.sources[name], key, []):
            wanted = glob.lower()
            if (
                found
                and not glob.startswith("!")
                and not any(
                    fnmatchcase(room.lower(), wanted) or fnmatchcase(room.lower().rpartition("/")[2], wanted)
                    for room in found
                )
            ):
                told.append(f"sources.{name}.{key}: {glob!r} fits no room")
    return told


def _clocks(client: object) -> str:
    """Whether this machine's clock is far from a neighbour's, in words; empty when it is not."""
    for one in vars(client).values():
        if isinstance(one, Neighbour):
            told, heard = one.dated
            ahead = clock_ahead_s(told, heard)
            if abs(ahead) > CLOCK_OFF_S:
                way = "ahead of" if ahead > 0 else "behind"
                return (
                    f"the clock of this machine is {abs(ahead):.0f} s {way} that of {one.base_url}: sign-ins, ages and schedules "
                    "go by it; set it (timedatectl)"
                )
    return ""


def clock_ahead_s(dated: str, heard: float) -> float:
    """
    How far our clock is ahead, in seconds; 0 where a host tells no date.

    Args:
        dated: a Date header (RFC 9110, 6.6.1).
        heard: when it was heard, by our clock.
    """
    try:
        return heard - parsedate_to_datetime(dated).timestamp()
    except (ValueError, TypeError, OverflowError):
        return 0.0


async def _people(app: App, name: str, source: Peopled) -> str:
    """Whom the source names, where one list tells of everybody."""
    found = await source.people(sorted(source.people_met()))
    part = app.settings.targets[app.loaded.target_of(name)].people
    nameless = sum(1 for one in found if not matching_of(part).address(one))
    words = f"{len(found)} people may sign in there and are told to the intranet"
    return (
        f"{words}, {nameless} of them without an address to be found by (sources.{name}.people)."
        if nameless
        else f"{words}."
    )


def _cadence(app: App, name: str) -> str:
    """Whether everybody can be asked for within people.max_age_h; empty where that is so, or nobody is known yet."""
    part, people = app.settings.sources[name], app.settings.people
    most = float(getattr(part, "calls_per_s", 0) or 0)
    if part.kind != "interaxo" or not most or not app.has_ledger():
        return ""
    with app.ledger() as ledger:
        count = ledger.people(app.loaded.target_of(name)).count(name)
    needed = CALLS_OF_A_PERSON * count / (people.max_age_h * 3_600)
    if needed <= most:
        return ""
    return (
        f"{count} people cannot all be asked for within people.max_age_h ({people.max_age_h:g} h): that takes {needed:.1f} calls a "
        f"second, and sources.{name}.calls_per_s is {most:g}. Raise one of them."
    )


def _exposure(app: App, name: str) -> str:
    """What the choice of permissions exposes, in words."""
    part = app.settings.sources[name]
    if part.permissions == "fixed":
        return f"Every document is shown to whoever carries {', '.join(part.identities)}, whatever rights they have in the source."
    if part.permissions == "company":
        return (
            "Every record is shown to every office user of the company; who may work with their own objects only finds what they manage. "
            "It costs the list of logins."
        )
    if part.permissions == "manager":
        return (
            "A record is shown to whoever manages it, and to the supervisors but those who may work with their own objects only. "
            "It costs the list of logins."
        )
    return EXPOSED[part.permissions]


def _downloads(app: App, name: str) -> list[str]:
    """How files come, from which hosts, and what worked last, as the ledger remembers it."""
    part = app.settings.sources[name]
    if part.kind != "interaxo" or not part.content:
        return []
    if part.download == API:
        return ['Files come by the API alone (download = "api").']
    hosts = ", ".join(sorted(hosts_of(part.base_url, part.web_url, part.content_hosts)))
    last = b""
    if app.has_ledger():
        with app.ledger() as ledger:
            note = ledger.notes(name).get(WAY_THAT_WORKED, urlsplit(part.base_url).netloc)
            last = note[0] if note is not None else b""
    worked = f"{last.decode()} worked last" if last else "no run has asked for a file yet"
    way = "content_url, else by the API" if part.download == "auto" else "content_url alone"
    return [
        f"Files come by {way}; {worked}. A content_url may lead to {hosts} (sources.{name}.content_hosts adds to them)."
    ]


async def _try_file(name: str, source: Filed, scope: Scope) -> tuple[list[str], list[str]]:
    """Whether a file comes, by each way: what to say, and what is wrong when none does."""
    try:
        ways = await source.try_file(scope)
    except ConnectorError as error:
        return [], [f"no file of {scope.name} could be looked for: {error}"]
    if not ways:
        return [f"No small file was met in the first folders of {scope.name}, so none was tried."], []
    failed = [f"{way} gave none ({why})" for way, why in ways.items() if why]
    came = [way for way, why in ways.items() if not why]
    if not came:
        return [], [
            f"a file of {scope.name} could not be downloaded, so texts would be missing: {'; '.join(failed)}. "
            f"Check sources.{name}.download and content_hosts, or ask Interaxo's support"
        ]
    return [
        f"A file of {scope.name} came by {' and by '.join(came)}{'; ' if failed else ''}{'; '.join(failed)}."
    ], []


def _two_countries(app: App, name: str) -> list[str]:
    """Interaxo has hosts under .com and under .se; links of the one do not open what stands in the other."""
    part = app.settings.sources[name]
    if part.kind != "interaxo":
        return []
    api, web = (urlsplit(url).hostname or "" for url in (part.base_url, part.web_url))
    ends = {
        host.rpartition(".")[2] for host in (api, web) if host.endswith((".interaxo.com", ".interaxo.se"))
    }
    if len(ends) < 2:
        return []
    return [
        f"sources.{name}.base_url is at {api} and web_url at {web}: do links open there? Interaxo has hosts of both endings."
    ]


def _choices(app: App, name: str, rooms: int) -> dict[str, str]:
    """What every choice of permissions would expose, and cost in requests for audiences; by the ledger's counts, once there is one."""
    part = app.settings.sources[name]
    if part.kind != "interaxo":
        return {}
    kinds: dict[str, int] = {}
    if app.has_ledger() and not app.ledger_trouble():
        with app.ledger() as ledger:
            kinds = ledger.documents(app.loaded.target_of(name)).kinds(name)
    told = {}
    for choice, words in EXPOSED.items():
        delta, full = forecast(choice, kinds, rooms=rooms, share=part.audience_share)
        cost = (
            f"About {delta} request(s) for audiences in a delta, {full} in a full run."
            if kinds or choice in {"room", "fixed"}
            else f"At least {delta} request(s) for audiences in a run; after the first load this tells more."
        )
        told[choice] = f"{words} {cost}"
    return told


def forecast(choice: str, kinds: Mapping[str, int], *, rooms: int, share: float) -> tuple[int, int]:
    """
    Foretell the requests for audiences.

    Args:
        choice: room, folder, item or fixed.
        kinds: documents by kind, as the ledger counts them.

    Returns:
        In a delta without any change, and in a full run; steps of workflow folders come on top.
    """
    if choice == "fixed":
        return 0, rooms
    if choice == "room":
        return rooms, rooms
    folders = kinds.get("folder", 0)
    items = sum(count for kind, count in kinds.items() if kind in {"entry", "file", "attachment"})
    links = kinds.get("link", 0)
    everything = rooms + folders + items + links
    if choice == "item":
        return everything, everything
    return rooms + folders + ceil(items * share), everything
