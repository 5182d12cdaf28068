"""`connector sync`: one run now."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from connector.app import App
from connector.commands.arguments import named_run
from connector.commands.common_options import AsJson, SettingsPath, SourceNames, TargetName, new_verb
from connector.commands.progress import run_and_tell
from connector.commands.running import read_settings, run_verb
from connector.errors import SettingsError
from connector.plan.item import Mode

verb = new_verb()


class AskedMode(StrEnum):
    """What a run by hand may be; a backfill has a verb of its own."""

    DELTA = "delta"
    FULL = "full"


@verb.command()
def sync(
    target: TargetName = None,
    mode: Annotated[
        AskedMode | None,
        typer.Option(
            help="delta: only what changed. full: everything once more, and clean up. By default, whichever is due."
        ),
    ] = None,
    source: SourceNames = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Only say what would change; nothing is written to the intranet."),
    ] = False,
    approve: Annotated[
        str,
        typer.Option(
            metavar="RUN_ID",
            help="Remove the documents that run put on hold, except those that reappeared in the source.",
        ),
    ] = "",
    keep: Annotated[
        str,
        typer.Option(
            metavar="RUN_ID", help="Keep the documents that run put on hold, and stop warning about them."
        ),
    ] = "",
    by: Annotated[
        str,
        typer.Option("--as", metavar="NAME", help="Who decided; kept in the history of runs."),
    ] = "",
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    def run() -> int:
        if dry_run and (approve or keep):
            raise SettingsError("--dry-run", "cannot be combined with --approve or --keep")
        if by and not (approve or keep):
            raise SettingsError("--as", "needs --approve or --keep: it names who decides")
        app = App(read_settings(settings))
        name = app.target_of(target, approve, keep)
        app.check_sources(name, source or [])
        approved = _decided(app, name, "--approve", approve)
        kept = _decided(app, name, "--keep", keep)
        chosen = Mode(mode.value) if mode else _mode_due(app, name)
        options = app.options(
            name, chosen, only=source or (), dry_run=dry_run, approve=approved, keep=kept, by=by.strip()
        )
        return run_and_tell(app, name, options, as_json)

    run_verb(run, as_json)


def _decided(app: App, target: str, option: str, run_id: str) -> str:
    """
    The id of the run that is decided about, as the ledger has it; empty where none is.

    Raises:
        SettingsError: no such run was ever made, several fit, or it only rehearsed.
    """
    if not run_id:
        return ""
    with app.ledger() as ledger:
        run = named_run(ledger.runs(target), run_id, option=option)
    if run.dry_run:
        raise SettingsError(
            option, f"the run {run_id} was a dry run and put nothing on hold; name a real run"
        )
    return run.id


def _mode_due(app: App, target: str) -> Mode:
    """What a run is when nobody says: a delta while a host is to be left alone, else what is due."""
    return Mode.DELTA if app.quiet_until(target) else app.next_mode(target)
