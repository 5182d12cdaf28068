"""`connector demo`: what the connector does, between simulated neighbours on this machine."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from connector.commands import screens, tour
from connector.commands.common_options import AsJson, new_verb
from connector.commands.running import FAILED, print_json, run_verb
from connector.daemon import logs
from connector.engine.event_loop import run_program

verb = new_verb()


@verb.command()
def demo(
    once: Annotated[
        bool,
        typer.Option(
            "--once",
            help="Stop after the tour instead of serving the search page. Without a terminal it always stops.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    def run() -> int:
        logs.set_up(style="console", secrets=[], level=logs.QUIET)
        ending = once or not _has_somebody()
        told = run_program(tour.show(once=ending, say=_silent if as_json else screens.say))
        if as_json:
            print_json(told)
        return 0 if told["ok"] else FAILED

    run_verb(run, as_json)


def _silent(words: str, *, bold: str = "") -> None:
    """Say nothing of it."""


def _has_somebody() -> bool:
    """Whether there is a terminal on both sides: somebody who reads, and can end what goes on."""
    return sys.stdin.isatty() and sys.stdout.isatty()
