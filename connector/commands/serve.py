"""`connector serve`: the daemon."""

from __future__ import annotations

from connector.app import App
from connector.commands.common_options import SettingsPath, asked, new_verb
from connector.commands.running import read_settings, run_verb
from connector.daemon.service import Service
from connector.engine.task_group import run_program

verb = new_verb()


@verb.command()
def serve(settings: SettingsPath = None) -> None:

    def run() -> int:
        run_program(Service(lambda: App(read_settings(settings, serving=True))).serve())
        return 0

    run_verb(run, asked.as_json)
