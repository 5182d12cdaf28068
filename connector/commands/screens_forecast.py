"""The terminal's screen of what a first load would take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.commands.terminal import Page
from connector.document.counting import size
from connector.document.durations import HOUR_S, MINUTE_S


def show_forecast(page: Page, told: Mapping[str, Any]) -> None:
    """Calls, bytes, hours and disk, by source."""
    page.say("A first load would take about this:", style="bold")
    for name, one in told["sources"].items():
        if "calls" not in one:
            page.say(f"source {name}: unknown. {one['message']}", first="  ", by=4)
            continue
        page.say(
            f"source {name}: {one['documents']:,} documents, {one['calls']:,} calls, {size(one['bytes'])} to Interact, "
            f"{roughly(one['seconds'])}",
            first="  ",
            by=4,
        )
        part = "all of its listings" if one["whole"] else "a part of its listings"
        page.say(
            f"Disk: {size(one['ledger_bytes'])} for the ledger, {size(one['cache_bytes'])} for texts. From {part}, in {one['asked']:,} calls.",
            by=4,
        )
        if one["unread"]:
            page.say("Not counted:", by=4)
            for place, why in one["unread"].items():
                page.say(f"{place}: {why}", first="      ", by=8)
            if more := one["unread_count"] - len(one["unread"]):
                page.say(f"and {more:,} more", by=6)
    if len(told["sources"]) > 1:
        page.say(
            f"together: {roughly(told['seconds'])} side by side, {size(told['disk_bytes'])} of disk", by=2
        )


def roughly(seconds: float) -> str:
    """How long something foretold takes, no more exactly than it is known."""
    if seconds < MINUTE_S:
        return "under a minute"
    if seconds < 2 * HOUR_S:
        return f"{seconds / MINUTE_S:.0f} min"
    return f"{seconds / HOUR_S:.{0 if seconds >= 10 * HOUR_S else 1}f} h"
