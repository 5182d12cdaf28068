"""`connector check`: sign in everywhere, read one thing from each."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from connector.app import App
from connector.commands import inspection, screens
from connector.commands.common_options import AsJson, SettingsPath, new_verb
from connector.commands.running import FAILED, read_settings, run_verb, tell
from connector.engine.event_loop import run_program

verb = new_verb()


@verb.command()
def check(
    explain_permissions: Annotated[
        bool,
        typer.Option(
            "--explain-permissions", help="Also say what each choice of `permissions` would expose and cost."
        ),
    ] = False,
    forecast: Annotated[
        bool,
        typer.Option(
            "--forecast", help="Also say what a first load would take: calls, bytes, hours and disk."
        ),
    ] = False,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    def run() -> int:
        app = App(read_settings(settings))
        app.must_read_owners()
        result = run_program(inspection.inspect(app, now=time.time(), explain=explain_permissions))
        if forecast:
            from connector.commands.forecasting import WORDS, tell_forecast
            from connector.wiring.forecast_note import remember

            screens.say(WORDS, stderr=True)
            result["forecast"] = told = run_program(tell_forecast(app, now=time.time()))
            known = {name: one["documents"] for name, one in told["sources"].items() if "calls" in one}
            remember(app.beside, known)
        tell(result, screens.show_check, as_json)
        return 0 if result["ok"] else FAILED

    run_verb(run, as_json)
