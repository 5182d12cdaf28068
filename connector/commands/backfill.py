"""`connector backfill`: the first load, resumable."""

from __future__ import annotations

from typing import Annotated

import typer

from connector.app import App
from connector.commands.common_options import AsJson, SettingsPath, SourceNames, TargetName, new_verb
from connector.commands.progress import run_and_tell
from connector.commands.running import read_settings, run_verb
from connector.plan.item import Mode

verb = new_verb()


@verb.command()
def backfill(
    target: TargetName = None,
    source: SourceNames = None,
    room: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID", help="Load only this room: community/room, or the id of its root. May be repeated."
        ),
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Start from the beginning instead of where it was stopped.")
    ] = False,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    def run() -> int:
        app = App(read_settings(settings))
        name = app.target_named(target)
        app.check_sources(name, source or [])
        options = app.options(name, Mode.BACKFILL, only=source or (), rooms=room or (), restart=restart)
        return run_and_tell(app, name, options, as_json)

    run_verb(run, as_json)
