"""
The command line: the table of verbs. A verb's module is loaded when it is called, so that `--help` starts at once.

How verbs are run, with their exit codes: `commands/running.py`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from connector import streams
from connector.commands.asked import AsJson, SettingsPath, asked, new_verb

VERBS = {
    "demo": "Show it between simulated neighbours. Sample rooms become findable, are edited, and are found anew. Needs no settings.",
    "check": "Sign in everywhere, say what may be seen. Reads one thing from each source and target; changes nothing.",
    "sync": "One run now.",
    "backfill": "First load, or reload; goes on where it was stopped. Of everything, or of chosen sources or rooms.",
    "status": "Last runs, next runs, and what stands in the ledger.",
    "runs": "The history of runs, or one run in full.",
    "explain": "All about one document. Where it comes from, what was pushed and when, who may see it, why it was (not) changed.",
    "serve": "The daemon. Scheduled runs, health, metrics and the status page; SIGTERM ends it, SIGHUP reloads settings.",
    "exchanges": "Every call that can be made, for auditors. Hosts, calls, what data passes, what is kept. Calls nothing.",
    "sandbox": "Simulated neighbours to try things on. Interaxo and Interact over real HTTP, until Ctrl-C.",
    "quarantine": "What could not be synchronised, and why.",
    "ledger": "Compare the ledger with the intranet, make it anew. Or clear old history.",
}
"""Each verb, in the order of the help, whose list shows first sentences; its module in `connector/commands` has the same name."""


class LateVerb(TyperCommand):
    """A verb by name and words; what stands behind it is loaded when it is called."""

    def real(self) -> TyperCommand | TyperGroup:
        """Load the verb."""
        assert self.name
        # httpx has a command line of its own, with Click, Markdown and Pygments; without it, it says so where one asks
        sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
        verb = get_command(import_module(f"connector.commands.{self.name}").verb)
        verb.name, verb.help = self.name, self.help
        return verb  # type: ignore[return-value]

    def make_context(self, *args: Any, **options: Any) -> Any:
        """Make the context of the verb itself, which then carries it out."""
        return self.real().make_context(*args, **options)


class Verbs(TyperGroup):
    """The verbs of the table."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Name them in the order of the table."""
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> LateVerb | None:
        """Find one by its name."""
        return LateVerb(cmd_name, help=VERBS[cmd_name]) if cmd_name in VERBS else None


program = new_verb(
    cls=Verbs,
    add_completion=True,
    no_args_is_help=True,
    help="Brings documents from Interaxo rooms and records of ITR into the search of an Interact intranet.",
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("interact-connector"))
        raise typer.Exit


@program.callback()
def _before(
    settings: SettingsPath = None,
    as_json: AsJson = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version, and end."),
    ] = False,
) -> None:
    asked.settings, asked.as_json = settings, as_json


def main() -> None:
    """The console script."""
    streams.prepare()
    try:
        program()
    finally:
        streams.let_go()
