"""The terminal screen of who can find what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from connector.commands.paper import console, screen
from connector.document.counting import counted

SHOWN = 15
_LINE = "  {:>9}  {:>7}  {}"


@screen
def show_audiences(told: Mapping[str, Any]) -> None:
    """Who can find what, in 80 columns: the first of each list."""
    out = console()
    people = told["people"]
    out.print(
        f"{counted(told['documents'], 'document')} in the intranet {told['target']}; "
        f"{counted(people['known'], 'person', 'people')} whom it knows",
        style="bold",
    )
    if people["unknown"]:
        out.print(
            f"  {counted(people['unknown'], 'person', 'people')} more whom the intranet does not know: they find nothing"
        )
    if told["public"]:
        out.print(
            f"  {counted(told['public'], 'document')} found by EVERYBODY, since the settings name the room"
        )
    if told["nobody"]:
        out.print(f"  {counted(told['nobody'], 'document')} found by nobody")
    _table(out, "Rooms", told["rooms"], _room)
    _table(out, "Groups", told["groups"], lambda one: one["identity"])
    _table(out, "People", told["persons"], lambda one: one["address"], people="rooms", label="Rooms")
    shared = told["shared"]
    whom = (
        "everybody finds"
        if shared["more_than"] is None
        else f"more than {counted(shared['more_than'], 'person', 'people')} find"
    )
    _table(out, f"What {whom}: {counted(shared['documents'], 'document')}", shared["audiences"], _shared)
    if told["changes"]:
        _changes(out, told["changes"])


def _shared(one: Mapping[str, Any]) -> str:
    return f"{_room(one)}{', public' if one['public'] else ''}"


def _room(one: Mapping[str, Any]) -> str:
    return f"{one['title'] or one['room']} ({one['source']})"


def _table(
    out: Console,
    title: str,
    rows: Sequence[Mapping[str, Any]],
    named: Any,
    *,
    people: str = "people",
    label: str = "People",
) -> None:
    out.print(f"\n{title}", style="bold")
    if not rows:
        out.print("  none")
        return
    out.print(_LINE.format("Documents", label, ""))
    for one in rows[:SHOWN]:
        out.print(_LINE.format(one["documents"], one[people], named(one)))
    if len(rows) > SHOWN:
        out.print(f"  ... and {len(rows) - SHOWN} more (--html, --csv or --json)")


def _changes(out: Console, told: Mapping[str, Any]) -> None:
    out.print(f"\nSince {told['since']}", style="bold")
    out.print(
        f"  {counted(told['documents_widened'], 'document')} shown to more, {told['documents_narrowed']} to fewer; "
        f"{counted(told['people_widened'], 'person', 'people')} gained, {told['people_narrowed']} lost"
    )
    if told["kept_since"] is None or told["kept_since"] > told["since"]:
        out.print(f"  The ledger has kept changes since {told['kept_since'] or 'now'} only.")
    for one in told["runs"][:SHOWN]:
        out.print(f"  run {one['run_id'] or '(pruned)'}, {one['at']}")
        out.print(
            f"    documents: {one['documents_widened']} wider, {one['documents_narrowed']} narrower; "
            f"people: {one['people_widened']} wider, {one['people_narrowed']} narrower"
        )
    for one in told["list"][:SHOWN]:
        out.print(f"  {one['change']}: {one['title'] or one['id']}")
        if one["gained"]:
            out.print(f"    gained {', '.join(one['gained'][:3])}{' ...' if len(one['gained']) > 3 else ''}")
        if one["lost"]:
            out.print(f"    lost {', '.join(one['lost'][:3])}{' ...' if len(one['lost']) > 3 else ''}")
    if len(told["list"]) > SHOWN:
        out.print("  ... and more (--html, --csv or --json)")
