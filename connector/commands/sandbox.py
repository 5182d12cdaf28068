"""`connector sandbox`: simulated neighbours to try things on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from connector.commands import screens
from connector.commands import tour as demo
from connector.commands.common_options import AsJson, new_verb
from connector.commands.running import run_verb, tell
from connector.engine.event_loop import run_program
from connector.errors import SettingsError
from connector.sandbox.run import Ports

verb = new_verb()


@verb.command()
def sandbox(
    room: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=FOLDER", help="Serve a local folder as a room. May be repeated."),
    ] = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Also serve the sample rooms of the demo.")
    ] = False,
    port_interaxo: Annotated[
        int, typer.Option(min=0, max=65_535, metavar="PORT", help="0 takes any free port.")
    ] = 0,
    port_interact: Annotated[
        int, typer.Option(min=0, max=65_535, metavar="PORT", help="0 takes any free port.")
    ] = 0,
    port_itr: Annotated[
        int, typer.Option(min=0, max=65_535, metavar="PORT", help="0 takes any free port.")
    ] = 0,
    write_settings: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Write a settings file for it, to try commands with.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    def run() -> int:
        rooms = demo.rooms_of(room or [])
        if not rooms and not sample:
            raise SettingsError(
                "--room", "name a folder to serve, such as --room docs=./docs, or give --sample"
            )

        def announce(told: dict[str, Any]) -> None:
            tell(told, lambda one: screens.say(one["words"]), as_json)
            sys.stdout.flush()

        serving = demo.serve_sandbox(
            rooms,
            sample=sample,
            ports=Ports(port_interaxo, port_interact, port_itr),
            write_settings=write_settings,
            announce=announce,
        )
        try:
            run_program(serving)
        except KeyboardInterrupt:
            return 0
        return 0

    run_verb(run, as_json)
