"""`connector quarantine`: what could not be synchronised."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from connector.commands import screens
from connector.commands.common_options import AsJson, SettingsPath, TargetName, Yes, asked, new_verb
from connector.commands.running import agree, read_for_telling, run_verb, tell
from connector.document.counting import counted
from connector.errors import SettingsError
from connector.status.quarantine import tell_quarantine
from connector.wiring.offline import Offline

DONE = {
    "retry": "will be tried again in the next run",
    "drop": "will not be tried again until the source changes",
}

verb = new_verb(invoke_without_command=True)


@verb.callback()
def _quarantine(
    context: typer.Context, target: TargetName = None, settings: SettingsPath = None, as_json: AsJson = False
) -> None:
    asked.settings, asked.as_json = settings or asked.settings, as_json
    asked.target = target
    if context.invoked_subcommand is None:
        quarantine_list(as_json=as_json)


@verb.command("list")
def quarantine_list(
    target: TargetName = None, settings: SettingsPath = None, as_json: AsJson = False
) -> None:
    """List what is in quarantine, and why."""

    def run() -> int:
        app = Offline(read_for_telling(settings))
        with app.ledger_to_tell() as ledger:
            told = {"quarantine": tell_quarantine(ledger, app.target_named(target or asked.target))}
        tell(told, lambda one: screens.show_quarantine(one["quarantine"], app.zone), as_json)
        return 0

    run_verb(run, as_json)


@verb.command("retry")
def quarantine_retry(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Ids of documents; leave it out for all.")
    ] = None,
    target: TargetName = None,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    """Try the named documents, or all, again in the next run."""
    _change_quarantine("retry", ids, target, settings, as_json)


@verb.command("drop")
def quarantine_drop(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Ids of documents; leave it out for all.")
    ] = None,
    target: TargetName = None,
    yes: Yes = False,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    """Stop retrying. The document stays as it is in the intranet and is tried again when it changes."""
    _change_quarantine("drop", ids, target, settings, as_json, yes=yes)


def _change_quarantine(
    verb_name: str,
    ids: list[str] | None,
    target: str | None,
    settings: Path | None,
    printing: bool,
    *,
    yes: bool = False,
) -> NoReturn:
    def run() -> int:
        app = Offline(read_for_telling(settings))
        with app.ledger() as ledger:
            parked = ledger.quarantine(app.target_named(target or asked.target))
            named = [one.lower() for one in ids or ()]
            strange = [one for one in named if parked.get(one) is None]
            if strange:
                raise SettingsError(
                    "ID",
                    f"not in quarantine: {', '.join(strange)}. List what is: connector quarantine list",
                )
            waiting = len(named) or parked.count()
            if verb_name == "drop" and not named and waiting:
                agree(
                    f"{counted(waiting, 'document')} will not be tried again until the source changes: all in quarantine. Continue?",
                    yes=yes,
                )
            count = (parked.retry if verb_name == "retry" else parked.drop)(named or None)
        tell(
            {"changed": count},
            lambda told: screens.say(
                f"{counted(told['changed'], 'document')}: {DONE[verb_name]}."
                if told["changed"]
                else "Nothing is in quarantine."
            ),
            printing,
        )
        return 0

    run_verb(run, printing)
