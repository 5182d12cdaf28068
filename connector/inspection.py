"""`connector check`: signs in everywhere, reads one thing from each, says what may and may not be seen. Changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import ceil
from typing import Any
from urllib.parse import urlsplit

from connector.app import App
from connector.document import Container
from connector.errors import ConnectorError
from connector.ledger.store import Ledger
from connector.ports import Peopled, Reading, Source
from connector.recall import matching_of
from connector.sources.interaxo.addresses import hosts_of
from connector.sources.interaxo.downloads import API, WAY_THAT_WORKED

NEVER_USED = "connector-check-0"
"""An id that no document has: asking for its state proves host, key, tenant and appid without touching anything."""
ROOMS_SHOWN = 50
CALLS_OF_A_PERSON = 2
"""Her profile and her groups."""
EXPOSED = {
    "room": "Everything in a room is shown to whoever may see the room's root; that is right only where rooms have no closed corners.",
    "folder": (
        "What stands in a folder or workflow step is shown to whoever may see that; a single entry or file with fewer readers is shown "
        "to the folder's until its turn in the rotation or a full run, and its room is read item by item from then on."
    ),
    "item": "Every item is shown to whoever may see that very item, as read in each run.",
    "fixed": "Every document is shown to whoever carries the identities of the setting, whatever rights they have in the source.",
}


async def inspect(app: App, *, now: float) -> dict[str, Any]:
    """
    Check every source and target.

    Returns:
        {"ok": bool, "ledger": {"ok", "message"}, "targets": {name: {"ok", "message"}}, "sources": {name: {"ok", "message", "rooms": [...]}}}
    """
    trouble = app.ledger_trouble()
    kept = {"ok": not trouble, "message": trouble or "Can be used."}
    result: dict[str, Any] = {"ok": True, "ledger": kept, "targets": {}, "sources": {}}
    for name in app.settings.targets:
        result["targets"][name] = await _inspect_target(app, name)
    ledger = Ledger("sqlite://", now=now)
    try:
        for name in app.settings.sources:
            async with app.source(name, ledger) as source:
                result["sources"][name] = await _inspect_source(app, name, source)
    finally:
        ledger.close()
    result["ok"] = kept["ok"] and all(
        part["ok"] for kind in ("targets", "sources") for part in result[kind].values()
    )
    return result


async def _inspect_target(app: App, name: str) -> dict[str, Any]:
    part = app.settings.targets[name]
    where = f"{part.base_url}, appid {part.app_id}{_way(app, part.base_url)}"
    try:
        async with app.target(name) as target:
            state = await target.state(NEVER_USED)
    except ConnectorError as error:
        return {"ok": False, "message": str(error)}
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


async def _inspect_source(app: App, name: str, source: Source) -> dict[str, Any]:
    try:
        await source.open(Reading(run=0, thorough=False))
        found = await source.scopes()
    except ConnectorError as error:
        return {"ok": False, "message": str(error), "rooms": []}
    rooms: list[dict[str, Any]] = []
    chosen = [one for one in found if one.included]
    problems: list[str] = []
    for one in found[:ROOMS_SHOWN]:
        rooms.append({"name": one.scope.name, "included": one.included, "public": one.public})
    if chosen:
        try:
            top = await source.top(chosen[0].scope, None, public=False)
            if isinstance(top, Container):
                # no document of its own was read: the first page is the one thing to read
                await anext(aiter(source.children(top, proven=None)), None)
            audience, _ = await source.audience(chosen[0].scope, None, [])
        except ConnectorError as error:
            problems.append(f"{chosen[0].scope.name} could not be read: {error}")
        else:
            if audience is None:
                problems.append(
                    f"who may see {chosen[0].scope.name} cannot be told (the list is empty or cut off): its documents would wait in quarantine"
                )
    way = _way(app, app.settings.sources[name].base_url)
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
    if app.settings.sources[name].kind == "itr" and isinstance(source, Peopled):
        words.append(await _people(app, name, source))
    choices = _choices(app, name, len(chosen))
    public = [one.scope.name for one in chosen if one.public]
    if public:
        words.append(
            f"PUBLIC to everybody in the intranet: {', '.join(public)} (sources.{name}.public_rooms)."
        )
    if not chosen:
        problems.append("no room is included, so nothing would be found")
    told: dict[str, Any] = {"ok": not problems, "message": " ".join([*words, *problems]), "rooms": rooms}
    return {**told, "choices": choices} if choices else told


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
    worked = f"{last.decode()} worked last" if last else "none has been asked for yet"
    way = "content_url, else by the API" if part.download == "auto" else "content_url alone"
    return [
        f"Files come by {way}; {worked}. A content_url may lead to {hosts} (sources.{name}.content_hosts adds to them)."
    ]


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
