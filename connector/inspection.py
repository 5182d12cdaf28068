"""`connector check`: signs in everywhere, reads one thing from each, says what may and may not be seen. Changes nothing."""

from __future__ import annotations

from collections import Counter
from typing import Any

from connector.app import App
from connector.errors import ConnectorError
from connector.ledger.store import Ledger
from connector.ports import Reading, Source

NEVER_USED = "connector-check-0"
"""An id that no document has: asking for its state proves host, key, tenant and appid without touching anything."""
ROOMS_SHOWN = 50


async def inspect(app: App, *, now: float) -> dict[str, Any]:
    """
    Check every source and target.

    Returns:
        {"ok": bool, "targets": {name: {"ok", "message"}}, "sources": {name: {"ok", "message", "rooms": [...]}}}
    """
    result: dict[str, Any] = {"ok": True, "targets": {}, "sources": {}}
    for name in app.settings.targets:
        result["targets"][name] = await _inspect_target(app, name)
    ledger = Ledger("sqlite://", now=now)
    try:
        for name in app.settings.sources:
            async with app.source(name, ledger) as source:
                result["sources"][name] = await _inspect_source(app, name, source)
    finally:
        ledger.close()
    result["ok"] = all(part["ok"] for kind in ("targets", "sources") for part in result[kind].values())
    return result


async def _inspect_target(app: App, name: str) -> dict[str, Any]:
    part = app.settings.targets[name]
    where = f"{part.base_url}, appid {part.app_id}"
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
            audience, _ = await source.audience(chosen[0].scope, None, [])
        except ConnectorError as error:
            problems.append(f"{chosen[0].scope.name} could not be read: {error}")
        else:
            if top is not None and audience is None:
                problems.append(
                    f"who may see {chosen[0].scope.name} cannot be told (the list is empty or cut off): its documents would wait in quarantine"
                )
    counts = Counter(one.included for one in found)
    words = [
        f"Signed in; {len(found)} room(s) are visible, {counts[True]} included, {counts[False]} excluded by sources.{name}.rooms."
    ]
    words.append(_exposure(app, name))
    public = [one.scope.name for one in chosen if one.public]
    if public:
        words.append(
            f"PUBLIC to everybody in the intranet: {', '.join(public)} (sources.{name}.public_rooms)."
        )
    if not chosen:
        problems.append("no room is included, so nothing would be found")
    return {"ok": not problems, "message": " ".join([*words, *problems]), "rooms": rooms}


def _exposure(app: App, name: str) -> str:
    """What the choice of permissions exposes, in words."""
    part = app.settings.sources[name]
    if part.permissions == "fixed":
        return f"Every document is shown to whoever carries {', '.join(part.identities)}, whatever rights they have in the source."
    return (
        "Everything in a room is shown to whoever may see the room's root; that is right only where rooms have no closed corners. "
        "It costs one request per room and run."
    )
