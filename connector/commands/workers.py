"""`connector workers`: who works, on what, since when."""

from __future__ import annotations

from connector.commands.common_options import AsJson, SettingsPath, new_verb
from connector.commands.running import read_for_telling, run_verb, tell
from connector.commands.screens_workers import show_workers
from connector.status.workers import tell_workers
from connector.wiring.offline import Offline

verb = new_verb()


@verb.command()
def workers(settings: SettingsPath = None, as_json: AsJson = False) -> None:
    def run() -> int:
        app = Offline(read_for_telling(settings))
        with app.ledger() as ledger:
            told = tell_workers(
                ledger, list(app.settings.targets), shared=bool(app.shared_ledger), now=app.now()
            )
        tell(told, lambda one: show_workers(one, app.zone), as_json)
        return 0

    run_verb(run, as_json)
