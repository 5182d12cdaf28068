"""
Interaxo's search over one folder and everything below it. Source: Interaxo API, Search; what it leaves open is noted.

`type` and at least one criterion are required; several types or values of one field are alternatives, several fields
must all be met. Links are not searched. Nothing found is answered with 404 (observed), and so is a type that does not
exist, such as simple-folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from fnmatch import fnmatchcase
from typing import Any

from connector.sandbox.interaxo import InteraxoWorld
from connector.sandbox.interaxo_items import CHILDREN, Item

TYPES = {
    "file": "file",
    "folder": "simple-folder",
    "active-folder": "active-folder",
    "workflow-folder": "workflow-folder",
    "entry": "entry",
}
"""Types by the word that the search has for them."""
RESERVED = frozenset({"type", "limit", "skip", "sort", "folder_id"})
_FROM, _TO = "_from", "_to"


def search(world: InteraxoWorld, root: Item, query: Sequence[tuple[str, str]], step: str = "") -> list[Item]:
    """
    Find visible items below a folder, in the order of the tree.

    Args:
        step: id of a workflow's step: only what stands in it.
    """
    types = {TYPES.get(value, "") for key, value in query if key == "type"}
    folders = {value for key, value in query if key == "folder_id"}
    wanted = criteria_of(query)
    return [
        item
        for item, above in below(world, root)
        if item.type in types
        and (not folders or folders & above)
        and (not step or item.step_id == step)
        and all(_meets(world, item, field, values) for field, values in wanted.items())
    ]


def search_files(world: InteraxoWorld, root: Item, name: str) -> list[Item]:
    """Files whose name matches, and files in folders whose name does; whether it looks deeper than one folder is not said."""
    named = {item.id for item, _ in below(world, root) if _matches(item.name, name)}
    return [
        item
        for item, _ in below(world, root)
        if item.type == "file" and (item.id in named or item.parent_id in named)
    ]


def criteria_of(query: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """What is asked for, by field."""
    wanted: dict[str, list[str]] = {}
    for key, value in query:
        if key not in RESERVED:
            wanted.setdefault(key, []).append(value)
    return wanted


def below(world: InteraxoWorld, root: Item) -> Iterator[tuple[Item, set[str]]]:
    """Every visible item below a container, with the ids of what it stands in."""
    pending = [(child, {root.id}) for child in reversed(world.visible_children(root))]
    while pending:
        item, above = pending.pop()
        yield item, above
        if item.type in CHILDREN:
            inner = above | {item.id}
            pending += [(child, inner) for child in reversed(world.visible_children(item))]


def _meets(world: InteraxoWorld, item: Item, field: str, values: Sequence[str]) -> bool:
    told = _told(world, item, field)
    if any(any(_matches(str(one), value) for one in told) for value in values):
        return True
    for ending, fits in ((_FROM, lambda one, value: one >= value), (_TO, lambda one, value: one <= value)):
        if field.endswith(ending):
            told = _told(world, item, field.removesuffix(ending))
            return any(_compared(one, value, fits) for one in told for value in values)
    return False


def _told(world: InteraxoWorld, item: Item, field: str) -> list[Any]:
    """What an item has under the name of a field, as the search knows it."""
    newest = item.versions[-1] if item.versions else None
    if field == "name":
        return [item.name]
    if field == "created":
        return [f"{item.created:%Y-%m-%d}", f"{item.created:%Y-%m-%dT%H:%M:%SZ}"]
    if field == "version":
        return [newest.label] if newest else []
    if field == "content":
        held = newest.content if newest and isinstance(newest.content, bytes) else b""
        return held.decode(errors="replace").split()
    folder = world.find(item.parent_id) if item.type == "entry" and item.parent_id else None
    ids = [one.id for one in (folder.definitions if folder else []) if one.name == field]
    found: list[Any] = []
    for value in (item.values[key] for key in ids if key in item.values):
        found += value if isinstance(value, list) else [value]
    return found


def _matches(told: str, asked: str) -> bool:
    """`*` stands for anything; letter case counts (vendor's help on search links)."""
    return fnmatchcase(told, asked.replace("[", "[[]").replace("?", "[?]"))


def _compared(told: Any, asked: str, fits: Any) -> bool:
    """Numbers as they are stored (whether the search means hundredths is not said), days as days."""
    try:
        if isinstance(told, int | float):
            return bool(fits(told, float(asked)))
        return bool(fits(date.fromisoformat(str(told)[:10]), datetime.fromisoformat(asked).date()))
    except ValueError:
        return False
