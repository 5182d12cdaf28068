"""`connector check`: sign in everywhere, read one thing from each."""

from __future__ import annotations

import time

from connector import inspection, screens
from connector.app import App
from connector.commands.asked import AsJson, SettingsPath, asked, new_verb
from connector.commands.running import FAILED, read_settings, run_verb, tell
from connector.together import run_program

verb = new_verb()


@verb.command()
def check(settings: SettingsPath = None, as_json: AsJson = False) -> None:
    printing = as_json or asked.as_json

    def run() -> int:
        result = run_program(inspection.inspect(App(read_settings(settings)), now=time.time()))
        tell(result, screens.show_check, printing)
        return 0 if result["ok"] else FAILED

    run_verb(run, printing)
