"""The terminal screen of who can find what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connector.commands.screens_runs import UTC
from connector.commands.terminal import Page, listed, screen
from connector.document.counting import counted
from connector.document.dates import clock_time

SHOWN = 15
FIRST = 3
"""Identities that are named of a change."""
_LINE = "  {:>9}  {:>7}  "
_MORE = "--html, --csv or --json list all"


@screen
def show_audiences(told: Mapping[str, Any], zone: str = UTC) -> None:
    """Who can find what: the first of each list."""
    page = Page()
    people = told["people"]
    page.say(
        f"Target {told['target']}: {counted(told['documents'], 'document')} in the intranet, which knows "
        f"{counted(people['known'], 'person', 'people')}",
        style="bold",
    )
    if people["unknown"]:
        page.say(
            f"{counted(people['unknown'], 'person', 'people')} more whom the intranet does not know; they find nothing",
            first="  ",
            by=4,
        )
    if told["public"]:
        page.say(
            f"{counted(told['public'], 'document')} found by EVERYBODY, because the settings name the room",
            first="  ",
            by=4,
        )
    if told["nobody"]:
        page.say(f"{counted(told['nobody'], 'document')} found by nobody", first="  ", by=4)
    _table(page, "Rooms", told["rooms"], _room)
    _table(page, "Groups", told["groups"], lambda one: one["identity"])
    _table(page, "People", told["persons"], lambda one: one["address"], people="rooms", label="Rooms")
    shared = told["shared"]
    whom = (
        "everybody finds"
        if shared["more_than"] is None
        else f"more than {counted(shared['more_than'], 'person finds', 'people find')}"
    )
    _table(page, f"What {whom}: {counted(shared['documents'], 'document')}", shared["audiences"], _shared)
    if told["changes"]:
        _changes(page, told["changes"], zone)


def _shared(one: Mapping[str, Any]) -> str:
    return f"{_room(one)}{', public' if one['public'] else ''}"


def _room(one: Mapping[str, Any]) -> str:
    return f"{one['title'] or one['room']} ({one['source']})"


def _table(
    page: Page,
    title: str,
    rows: Sequence[Mapping[str, Any]],
    named: Any,
    *,
    people: str = "people",
    label: str = "People",
) -> None:
    page.gap()
    page.say(title, style="bold")
    if not rows:
        page.say("none", by=2)
        return
    head = _LINE.format("Documents", label)
    page.say("", first=head.rstrip())
    for one in rows[:SHOWN]:
        page.say(named(one), first=_LINE.format(one["documents"], one[people]), by=len(head))
    if len(rows) > SHOWN:
        page.say(f"and {len(rows) - SHOWN} more ({_MORE})", by=2)


def _changes(page: Page, told: Mapping[str, Any], zone: str) -> None:
    page.gap()
    page.say(f"Since {clock_time(told['since'], zone)} ({zone})", style="bold")
    page.say(
        f"{counted(told['documents_widened'], 'document')} shown to more people, {told['documents_narrowed']} to fewer; "
        f"{counted(told['people_widened'], 'person', 'people')} gained access, {told['people_narrowed']} lost access",
        first="  ",
        by=4,
    )
    if told["kept_since"] is None:
        page.say("No such change has been kept yet.", by=2)
    elif told["kept_since"] > told["since"]:
        page.say(f"The ledger has kept such changes since {clock_time(told['kept_since'], zone)} only.", by=2)
    for one in told["runs"][:SHOWN]:
        page.say(f"{clock_time(one['at'], zone)}  {one['run_id'] or '(pruned)'}", by=2)
        page.say(
            f"documents: {one['documents_widened']} to more people, {one['documents_narrowed']} to fewer; "
            f"people: {one['people_widened']} gained, {one['people_narrowed']} lost",
            first="    ",
            by=6,
        )
    for one in told["list"][:SHOWN]:
        page.say(f"{one['change']}: {one['title'] or one['id']}", first="  ", by=4)
        for key in ("gained", "lost"):
            if one[key]:
                more = len(one[key]) - FIRST
                page.say(
                    f"{key}: {listed(one[key][:FIRST])}{f' and {more} more' if more > 0 else ''}",
                    first="    ",
                    by=6,
                )
    if len(told["list"]) > SHOWN:
        page.say(f"and {len(told['list']) - SHOWN} more ({_MORE})", by=2)
