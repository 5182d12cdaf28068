"""`connector runs`: the history."""

from __future__ import annotations

from typing import Annotated

import typer

from connector.commands import screens
from connector.commands.arguments import named_run
from connector.commands.common_options import MOST, AsJson, SettingsPath, TargetName, new_verb
from connector.commands.running import read_for_telling, run_verb, tell
from connector.status.runs import is_worked_on, tell_runs, tell_whole_run
from connector.wiring.offline import Offline

verb = new_verb()


@verb.command()
def runs(
    run_id: Annotated[str | None, typer.Argument(metavar="RUN_ID", help="Show this run in full.")] = None,
    target: TargetName = None,
    limit: Annotated[
        int, typer.Option(min=1, max=MOST, metavar="NUMBER", help="Show this many of the newest runs.")
    ] = 20,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    def run() -> int:
        app = Offline(read_for_telling(settings))
        name = app.target_of(target, run_id or "")
        with app.ledger_to_tell() as ledger:
            if run_id is None:
                runs = tell_runs(ledger, name, limit=limit, now=app.now())
                tell({"runs": runs}, lambda told: screens.show_runs(told["runs"], app.zone), as_json)
                return 0
            run = named_run(ledger.runs(name), run_id, option="RUN_ID")
            told = tell_whole_run(ledger, name, run, worked_on=is_worked_on(ledger, name, now=app.now()))
            show = screens.show_report if run.report else lambda one, zone: screens.show_runs([one], zone)
            tell(told, lambda one: show(one, app.zone), as_json)
        return 0

    run_verb(run, as_json)
