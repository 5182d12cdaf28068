"""The screen of those who work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.commands.screens_runs import UTC
from connector.commands.terminal import Page, screen
from connector.document.counting import Number, counted
from connector.document.dates import clock_time


@screen
def show_workers(told: Mapping[str, Any], zone: str = UTC) -> None:
    """Who works, on what, since when; runs that others began; what was taken over."""
    page = Page()
    for worker in told["workers"]:
        page.say(f"{worker['host']} {worker['words']}", style="bold")
        page.whole(worker["id"], by=2)
        page.say(f"since {clock_time(worker['since'], zone)}, last heard of {worker['heard']}", by=2)
        for work in worker["doing"]:
            page.say(f"{work['words']}, since {clock_time(work['since'], zone)}", by=2)
    if told["workers"]:
        page.say(f"{Number(told['waiting']):run waits/runs wait} for a worker.")
    elif told["shared"]:
        page.say("No service shares this ledger. Start one on each machine: connector serve")
    else:
        page.say("One service alone works with a ledger in a file. Several share one on PostgreSQL.")
    for run in told["runs"]:
        page.say(
            f"{run['mode']} run of {run['target']} by {run['by']} on {run['host']}, since {clock_time(run['since'], zone)}",
        )
        page.whole(run["run_id"], by=2)
    for walk in told["walks"]:
        page.say(
            f"{walk['done']} of {Number(walk['rooms']):room/rooms} of {walk['target']} ({walk['source']}) walked by {_hosts(walk)}"
            + (f"; {walk['given_up']} given up" if walk["given_up"] else "")
        )
    if told["takeovers"]:
        page.say(f"{counted(len(told['takeovers']), 'takeover')} within a day", style="bold")
    for one in told["takeovers"]:
        page.say(f"{clock_time(one['at'], zone)}  {one['words']}, from {one['host'] or one['member']}", by=2)


def _hosts(walk: Mapping[str, Any]) -> str:
    """Those who walk its rooms; a host that has two parts of the calls is told twice."""
    return ", ".join(one["host"] for one in walk["seats"] if one["state"] == "walking") or "nobody yet"
