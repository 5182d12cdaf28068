"""`connector exchanges`: every call that can be made, for auditors."""

from __future__ import annotations

from typing import Annotated

import typer

from connector.app import App
from connector.commands import screens
from connector.commands.common_options import AsJson, SettingsPath, new_verb
from connector.commands.running import read_settings, run_verb, tell, write_out
from connector.engine.event_loop import run_program
from connector.status import exchanges as listed

verb = new_verb()


@verb.command()
def exchanges(
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print a Markdown document, for a security review.")
    ] = False,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    def run() -> int:
        told = run_program(listed.tell_exchanges(App(read_settings(settings))))
        if markdown and not as_json:
            write_out(listed.as_markdown(told))
        else:
            tell(told, screens.show_exchanges, as_json)
        return 0

    run_verb(run, as_json)
