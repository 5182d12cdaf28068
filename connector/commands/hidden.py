"""`connector hidden`: what is kept out of the search by people's orders."""

from __future__ import annotations

from connector.commands import screens
from connector.commands.common_options import AsJson, SettingsPath, TargetName, new_verb
from connector.commands.running import read_for_telling, run_verb, tell
from connector.status.hidden import tell_hidden
from connector.wiring.offline import Offline

verb = new_verb()


@verb.command()
def hidden(target: TargetName = None, settings: SettingsPath = None, as_json: AsJson = False) -> None:
    def run() -> int:
        app = Offline(read_for_telling(settings))
        with app.ledger_to_tell() as ledger, app.orders_file().merged(ledger) as ledger:
            told = tell_hidden(ledger, app.target_named(target))
        tell(told, lambda one: screens.show_hidden(one, app.zone), as_json)
        return 0

    run_verb(run, as_json)
