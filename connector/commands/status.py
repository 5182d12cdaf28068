"""`connector status`: what stands in the ledger, and when runs are due. Settings that are refused keep nobody from it."""

from __future__ import annotations

from typing import Any

from connector.commands import screens
from connector.commands.common_options import AsJson, SettingsPath, new_verb
from connector.commands.running import DONE, USAGE, read_what_is_right, run_verb, tell, told_of, warn
from connector.errors import ConnectorError, SettingsError
from connector.status.target_status import tell_status
from connector.wiring.offline import Offline

verb = new_verb()
REFUSED = (
    "{}\nNo run and no service begins with these settings. {} To see what else is wrong: connector check\n"
    "What follows is told without what is wrong in them."
)
MEANS = {
    True: "The service that runs goes on by those of before.",
    False: "No service runs with this ledger now: search stays as it is, and lacks what changes, until they are corrected and it is started.",
    None: "A service that runs goes on by those of before. Where none runs, search stays as it is, and lacks what changes.",
}
"""What refused settings mean, by whether a service runs with the ledger; None: that cannot be told."""


@verb.command()
def status(settings: SettingsPath = None, as_json: AsJson = False) -> None:
    def run() -> int:
        loaded, refused = read_what_is_right(settings)
        app = Offline(loaded)
        try:
            told = _told(app)
        except ConnectorError as error:
            if refused is None:
                raise
            raise refused from error
        if refused is not None:
            told = _by_refused(told, refused)
            warn(REFUSED.format(refused, MEANS[told["served"]]))
        tell(told, lambda one: screens.show_status(one, app.zone), as_json)
        return USAGE if refused else DONE

    run_verb(run, as_json)


def _told(app: Offline) -> dict[str, Any]:
    with app.ledger_to_tell() as ledger:
        return tell_status(app, ledger, now=app.now())


def _by_refused(told: dict[str, Any], refused: SettingsError) -> dict[str, Any]:
    """When runs are due is not known: a service that runs goes by other settings."""
    targets = {name: {**one, "next_runs": {}} for name, one in told["targets"].items()}
    return {"error": told_of(refused), **told, "targets": targets}
