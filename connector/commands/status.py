"""`connector status`: what stands in the ledger, and when runs are due."""

from __future__ import annotations

import time

from connector.commands import screens
from connector.commands.common_options import AsJson, SettingsPath, new_verb
from connector.commands.running import read_for_telling, run_verb, tell
from connector.status.target_status import tell_status
from connector.wiring.offline import Offline

verb = new_verb()


@verb.command()
def status(settings: SettingsPath = None, as_json: AsJson = False) -> None:
    def run() -> int:
        app = Offline(read_for_telling(settings))
        with app.ledger_to_tell() as ledger:
            told = tell_status(app, ledger, now=time.time())
        tell(told, lambda one: screens.show_status(one, app.zone), as_json)
        return 0

    run_verb(run, as_json)
