"""The screen of files that stand in several places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.commands.screens import say_more
from connector.commands.terminal import Page, screen
from connector.document.counting import counted

SHOWN = 5
"""Places of one file that are shown one by one."""


@screen
def show_duplicates(told: Mapping[str, Any]) -> None:
    """One page of files, each with its places."""
    page = Page()
    if not told["duplicates"]:
        page.say(
            "No file stands in several places, as far as files are read."
            if told["page"] == 1
            else "No more files stand in several places."
        )
        return
    page.say(
        f"{counted(told['files'], 'file')} in several places, {counted(told['documents'], 'document')} together",
        style="bold",
    )
    for one in told["duplicates"]:
        places = one["places"]
        page.gap()
        page.say(f"{places[0]['title'] or places[0]['id']}: the same file in {counted(len(places), 'place')}")
        for place in places[:SHOWN]:
            page.say(" > ".join(place["folders"]) or place["source"], first="  - ", by=4)
            if place["title"] != places[0]["title"]:
                page.say(place["title"], by=4)
            page.whole(place["id"], by=4)
        if len(places) > SHOWN:
            page.say(f"and {counted(len(places) - SHOWN, 'place')} more: --csv lists them all", by=4)
    if told["more"]:
        page.gap()
        say_more(page, told, otherwise=", or with --csv for all of them")
