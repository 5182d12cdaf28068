"""`connector quarantine`: what could not be synchronised."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from connector import account, screens
from connector.commands.asked import AsJson, SettingsPath, TargetName, asked, new_verb
from connector.commands.running import read_for_telling, run_verb, tell
from connector.offline import Offline

verb = new_verb(invoke_without_command=True)


@verb.callback()
def _quarantine(
    context: typer.Context, target: TargetName = None, settings: SettingsPath = None, as_json: AsJson = False
) -> None:
    asked.settings, asked.as_json = settings or asked.settings, as_json or asked.as_json
    if context.invoked_subcommand is None:
        quarantine_list(target=target)


@verb.command("list")
def quarantine_list(
    target: TargetName = None, settings: SettingsPath = None, as_json: AsJson = False
) -> None:
    printing = as_json or asked.as_json

    def run() -> int:
        app = Offline(read_for_telling(settings))
        with app.ledger() as ledger:
            told = {"quarantine": account.tell_quarantine(ledger, app.target_named(target))}
        tell(told, lambda one: screens.show_quarantine(one["quarantine"]), printing)
        return 0

    run_verb(run, printing)


@verb.command("retry")
def quarantine_retry(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None,
    target: TargetName = None,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    """Try again in the next run: the named documents, or all."""
    _change_quarantine("retry", ids, target, settings, as_json or asked.as_json)


@verb.command("drop")
def quarantine_drop(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None,
    target: TargetName = None,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    """Forget the retry, never the document: what the intranet has stays, and a change is tried again."""
    _change_quarantine("drop", ids, target, settings, as_json or asked.as_json)


def _change_quarantine(
    verb_name: str, ids: list[str] | None, target: str | None, settings: Path | None, printing: bool
) -> NoReturn:
    def run() -> int:
        app = Offline(read_for_telling(settings))
        with app.ledger() as ledger:
            parked = ledger.quarantine(app.target_named(target))
            change = parked.retry if verb_name == "retry" else parked.drop
            count = change([one.lower() for one in ids] if ids else None)
        words = (
            "are tried again in the next run"
            if verb_name == "retry"
            else "are no longer retried until they change"
        )
        tell(
            {"changed": count},
            lambda told: screens.console().print(f"{told['changed']} document(s) {words}."),
            printing,
        )
        return 0

    run_verb(run, printing)
