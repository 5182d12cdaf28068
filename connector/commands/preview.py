"""`connector preview`: what people would find, on this machine, before anything leaves it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from connector.commands import preview_intranet, terminal
from connector.commands.common_options import AsJson, SettingsPath, SourceNames, TargetName, new_verb
from connector.commands.progress import is_watched
from connector.commands.running import print_json, read_settings, run_verb
from connector.engine.event_loop import run_program
from connector.wiring.offline import Offline

verb = new_verb()


@verb.command()
def preview(
    source: SourceNames = None,
    room: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Only this room: community/room or its root id; may be repeated."),
    ] = None,
    person: Annotated[
        str,
        typer.Option("--for", metavar="PERSON", help="Search as this person: an address, a name or an id."),
    ] = "",
    once: Annotated[
        bool,
        typer.Option(
            "--once",
            help="Tell what would be found and end, instead of serving the search page; so it does without a terminal.",
        ),
    ] = False,
    port: Annotated[
        int,
        typer.Option(
            min=0, max=65_535, metavar="PORT", help="Where the search page answers; 0 takes any free port."
        ),
    ] = 0,
    target: TargetName = None,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    def run() -> int:
        tables = [f"sources.{one}" for one in source or ()] or ["sources"]
        loaded = read_settings(settings, needed=tables)
        request = preview_intranet.PreviewRequest(
            target=target,
            sources=tuple(source or ()),
            rooms=tuple(room or ()),
            person=person.strip(),
            ending=once or as_json or not (sys.stdin.isatty() and sys.stdout.isatty()),
            port=port,
            bar=is_watched(as_json),
        )
        told = run_program(
            preview_intranet.preview(Offline(loaded), request, say=_silent if as_json else terminal.say)
        )
        if as_json:
            print_json(told)
        return int(told["exit_code"])

    run_verb(run, as_json)


def _silent(words: str, *, bold: str = "") -> None:
    """Say nothing of it."""
