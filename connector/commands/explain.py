"""`connector explain`: all about one document."""

from __future__ import annotations

from typing import Annotated

import typer

from connector.commands import screens
from connector.commands.common_options import AsJson, SettingsPath, TargetName, new_verb
from connector.commands.running import USAGE, read_for_telling, run_verb, tell
from connector.errors import SettingsError
from connector.status.explaining import explain as explain_document
from connector.status.explaining import tell_for, why_nothing_new
from connector.wiring.matching import matching_of
from connector.wiring.offline import Offline

NOT_THERE = "it was never sent, or it was removed"
NO_RUN = "no run was done with this ledger yet; it is new, or was lost"

verb = new_verb()


@verb.command()
def explain(
    identifier: Annotated[
        str,
        typer.Argument(
            metavar="ID|LINK|TITLE",
            help="The id of the document (ours or the source's), its address in a browser, or its title.",
        ),
    ],
    person: Annotated[
        str,
        typer.Option(
            "--for",
            metavar="PERSON",
            help="Say why this person finds it or not; give an e-mail address, an id or an identity.",
        ),
    ] = "",
    target: TargetName = None,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    def run() -> int:
        app = Offline(read_for_telling(settings))
        with app.ledger_to_tell() as ledger:
            name = app.target_named(target)
            told = explain_document(
                ledger,
                name,
                identifier.strip(),
                recall=app.recall,
            )
            if told is not None and "fits" in told:
                tell(told, screens.show_fitting, as_json)
                return USAGE
            if told is not None and person:
                matching = matching_of(app.settings.targets[name].people)
                told["for"] = tell_for(ledger, name, told, person, matching)
            waits = why_nothing_new(ledger, name) if told is None else ""
            knows = told is not None or ledger.runs(name).last() is not None
        if told is None:
            raise SettingsError(
                "ID|LINK|TITLE",
                f"the ledger has no document “{identifier}”: {NOT_THERE if knows else NO_RUN}. "
                + (f"{waits}. " if waits else "")
                + "To find its id: connector documents WORDS",
            )
        tell(told, lambda one: screens.show_explanation(one, app.zone), as_json)
        return 0

    run_verb(run, as_json)
