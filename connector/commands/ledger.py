"""`connector ledger`: what keeps the ledger right."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from connector.app import App
from connector.commands import screens
from connector.commands.asked import AsJson, SettingsPath, TargetName, Yes, asked, new_verb
from connector.commands.running import WITHHELD, agree, read_for_telling, read_settings, run_verb, tell
from connector.engine.together import run_program
from connector.ledger.database import locate
from connector.plan.words import counted
from connector.secrets import hiding
from connector.wiring.offline import Offline

verb = new_verb(no_args_is_help=True)


@verb.command("verify")
def ledger_verify(
    target: TargetName = None,
    sample: Annotated[
        int, typer.Option(min=1, help="How many documents to ask for, chosen at random.")
    ] = 200,
    everything: Annotated[bool, typer.Option("--all", help="Ask for every document.")] = False,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    """Ask whether the intranet has what the ledger says. Changes nothing."""
    printing = as_json or asked.as_json

    def run() -> int:
        app = App(read_settings(settings))
        told = run_program(
            app.verify(app.target_named(target), sample=None if everything else sample)
        ).as_json()
        tell(told, screens.show_verification, printing)
        return WITHHELD if told["drift"] else 0

    run_verb(run, printing)


@verb.command("rebuild")
def ledger_rebuild(
    target: TargetName = None, yes: Yes = False, settings: SettingsPath = None, as_json: AsJson = False
) -> None:
    """Make the ledger anew. From the sources and the intranet, pushing only what is not right; the old one is set aside."""
    printing = as_json or asked.as_json

    def run() -> int:
        app = App(read_settings(settings))
        name = app.target_named(target)
        if app.has_ledger():
            agree(
                "The ledger is made anew: the old one is set aside as a file, and the new one knows no earlier run, "
                "no hold and no decision. Go on?",
                yes=yes,
            )
        report, aside = run_program(app.rebuild(name))
        told = {**report.as_json(), "old_ledger": str(aside) if aside else None}
        tell(told, screens.show_report, printing)
        if aside and not printing:
            screens.console().print(
                f"  the old ledger is {aside}; what only the intranet has, and no source, goes with the next full run"
            )
        return report.exit_code

    run_verb(run, printing)


@verb.command("prune")
def ledger_prune(
    days: Annotated[int, typer.Option(min=2, help="Keep the history of so many days.")] = 90,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    """Clear old history: runs, sessions, removals. No document is touched."""
    printing = as_json or asked.as_json

    def run() -> int:
        with Offline(read_for_telling(settings)).ledger() as ledger:
            cleared = ledger.prune(before=time.time() - days * 86_400)
        words = ", ".join(f"{count} {table}" for table, count in cleared.items() if count) or "nothing"
        tell({"cleared": cleared}, lambda _: screens.console().print(f"Cleared: {words}."), printing)
        return 0

    run_verb(run, printing)


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
    printing = as_json or asked.as_json

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
        tell(told, screens.show_copy, printing)
        return 0

    run_verb(run, printing)


def _url_of(named: str) -> str:
    """The URL of a ledger; a path is that of a file, from here."""
    return locate(named if "://" in named else f"sqlite:///{named}", Path.cwd())


@verb.command("backup")
def ledger_backup(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where the copy goes; an earlier one is replaced.")
    ],
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    """Copy the whole ledger into a file, checked. The service may go on meanwhile."""
    printing = as_json or asked.as_json

    def run() -> int:
        from connector.wiring.whole import back_up_ledger

        told = msgspec.to_builtins(back_up_ledger(Offline(read_for_telling(settings)), file.absolute()))
        tell(told, _show_copy, printing)
        return 0

    run_verb(run, printing)


@verb.command("restore")
def ledger_restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A copy that `ledger backup` made.")],
    yes: Yes = False,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    """Put a copy of the ledger back, checked. The one of today is set aside; nothing may run meanwhile."""
    printing = as_json or asked.as_json

    def run() -> int:
        from connector.wiring.whole import look_at_copy, restore_ledger

        app = Offline(read_for_telling(settings))
        found = look_at_copy(app, file.absolute())
        if not printing:
            _show_copy(msgspec.to_builtins(found))
        agree(
            "This copy becomes the ledger, and the ledger of today is set aside as a file. The next run sends everything "
            "again and ends no session. Go on?",
            yes=yes,
        )
        aside = restore_ledger(app, file.absolute(), now=time.time())
        told = {**msgspec.to_builtins(found), "old_ledger": str(aside) if aside else None}
        tell(told, _show_restored, printing)
        return 0

    run_verb(run, printing)


def _show_copy(told: dict[str, Any]) -> None:
    out = screens.console()
    out.print(f"{told['file']}: {told['bytes']} bytes, whole, schema {told['schema']}. It holds:")
    for name, one in told["targets"].items():
        documents = sum(one["documents"].values())
        ended = one["finished_at"]
        last = (
            datetime.fromtimestamp(ended, UTC).strftime("%Y-%m-%d %H:%M UTC") if ended else "none ended yet"
        )
        out.print(
            f"  {name}: {counted(documents, 'document')}, {counted(one['people'], 'person', 'people')}, last run {last}"
        )
    if not told["targets"]:
        out.print("  no run yet")


def _show_restored(told: dict[str, Any]) -> None:
    aside = f" The ledger of before is {told['old_ledger']}." if told["old_ledger"] else ""
    screens.console().print(
        f"This copy is the ledger now.{aside} Go on with: connector check, then: connector sync --mode full"
    )
