"""`connector ledger`: what keeps the ledger right."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from connector.app import App
from connector.commands import screens
from connector.commands.common_options import MOST, AsJson, SettingsPath, TargetName, Yes, new_verb
from connector.commands.running import WITHHELD, agree, read_for_telling, read_settings, run_verb, tell
from connector.document.counting import Number
from connector.document.durations import DAY_S
from connector.engine.event_loop import run_program
from connector.ledger.database import locate
from connector.secrets import hiding
from connector.wiring.offline import Offline

CLEARED = {
    "sessions": "session/sessions",
    "people_sessions": "session for people/sessions for people",
    "runs": "run/runs",
    "removals": "removal of a document/removals of documents",
    "people_removals": "removal of a person/removals of people",
    "audience_changes": "change of who finds what/changes of who finds what",
    "audiences": "list of readers/lists of readers",
    "containers": "folder without a document/folders without a document",
    "orders": "order to hide or show/orders to hide or show",
    "workflows": "piece of work that services shared/pieces of work that services shared",
}
"""What `prune` clears, by what the ledger calls it."""

verb = new_verb(no_args_is_help=True)


@verb.command("verify")
def ledger_verify(
    target: TargetName = None,
    sample: Annotated[
        int,
        typer.Option(
            min=1, max=MOST, metavar="NUMBER", help="Ask for this many documents, chosen at random."
        ),
    ] = 200,
    everything: Annotated[bool, typer.Option("--all", help="Ask for every document.")] = False,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    """Ask the intranet whether it has what the ledger says. Nothing is changed."""

    def run() -> int:
        app = App(read_settings(settings))
        told = run_program(
            app.verify(app.target_named(target), sample=None if everything else sample)
        ).as_json()
        tell(told, screens.show_verification, as_json)
        return WITHHELD if told["drift"] else 0

    run_verb(run, as_json)


@verb.command("rebuild")
def ledger_rebuild(
    target: TargetName = None, yes: Yes = False, settings: SettingsPath = None, as_json: AsJson = False
) -> None:
    """Rebuild the ledger from the sources and the intranet. Only what differs is sent; the old ledger is kept, as a file or a schema."""

    def run() -> int:
        app = App(read_settings(settings))
        name = app.target_named(target)
        if app.has_ledger():
            agree(
                "The ledger will be rebuilt. The old one will be kept; the new one will know no earlier runs, holds or "
                "decisions. Continue?",
                yes=yes,
            )
        report, aside = run_program(app.rebuild(name))
        told = {**report.as_json(), "old_ledger": aside or None}
        tell(told, lambda one: screens.show_report(one, app.zone), as_json)
        if aside and not as_json:
            screens.say(
                f"  The old ledger is kept as {aside}. Documents that no source has any more are removed by the next full run."
            )
        return report.exit_code

    run_verb(run, as_json)


@verb.command("prune")
def ledger_prune(
    days: Annotated[
        int, typer.Option(min=2, max=MOST, metavar="DAYS", help="Keep the history of this many days.")
    ] = 90,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    """Clear old history: runs, sessions, removals. No document is changed."""

    def run() -> int:
        app = Offline(read_for_telling(settings))
        with app.ledger() as ledger:
            before = app.now() - days * DAY_S
            cleared = ledger.prune(before=before)
        if finished := app.services.forget_work(before=before):
            cleared["workflows"] = finished
        words = ", ".join(f"{Number(count):{CLEARED[kind]}}" for kind, count in cleared.items() if count)
        tell({"cleared": cleared}, lambda _: screens.say(f"Cleared: {words or 'nothing'}."), as_json)
        return 0

    run_verb(run, as_json)


@verb.command("copy")
def ledger_copy(
    here: Annotated[
        str, typer.Argument(metavar="FROM", help="The ledger: a URL as in ledger.url, or a file.")
    ],
    there: Annotated[str, typer.Argument(metavar="TO", help="A new file, or a database without tables.")],
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    """Copy a ledger into another database. From SQLite to PostgreSQL or back, compared row by row; needs no settings."""

    def run() -> int:
        from connector.ledger.copying import copy_ledger

        for url in (here, there):
            hiding.keep(hiding.passwords_of(url))
        copied = copy_ledger(_url_of(here), _url_of(there), now=time.time())
        told = {
            "from": hiding.without_login(here),
            "to": hiding.without_login(there),
            "ledger": copied.ledger,
            "rows": copied.rows,
        }
        tell(told, screens.show_copy, as_json)
        return 0

    run_verb(run, as_json)


def _url_of(named: str) -> str:
    """The URL of a ledger; a path is that of a file, from here."""
    return locate(named if "://" in named else f"sqlite:///{named}", Path.cwd())


@verb.command("backup")
def ledger_backup(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where to write the copy; an earlier one is replaced.")
    ],
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    """Copy the whole ledger into a file and check the copy. The service may run meanwhile."""

    def run() -> int:
        from connector.wiring.ledger_backup import back_up_ledger

        app = Offline(read_for_telling(settings))
        told = msgspec.to_builtins(back_up_ledger(app, file.absolute()))
        tell(told, lambda one: screens.show_backup(one, app.zone), as_json)
        return 0

    run_verb(run, as_json)


@verb.command("restore")
def ledger_restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A copy that `ledger backup` made.")],
    yes: Yes = False,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    """Check a copy of the ledger and put it back. Today's ledger is kept as a file; stop the service first."""

    def run() -> int:
        from connector.wiring.ledger_backup import look_at_copy, restore_ledger

        app = Offline(read_for_telling(settings))
        found = look_at_copy(app, file.absolute())
        if not as_json:
            screens.show_backup(msgspec.to_builtins(found), app.zone)
        agree(
            "This copy will become the ledger, and today's ledger will be kept as a file. The next run will send everything "
            "again and end no session. Continue?",
            yes=yes,
        )
        aside = restore_ledger(app, file.absolute(), now=time.time())
        told = {**msgspec.to_builtins(found), "old_ledger": str(aside) if aside else None}
        tell(told, screens.show_restored, as_json)
        return 0

    run_verb(run, as_json)
