"""
The command line: each verb of the table. A verb's module is loaded when it is called, so that `--help` starts at once.

How verbs are run, with their exit codes: `commands/running.py`.
"""

from __future__ import annotations

import sys

try:
    from connector.machine import early_signals

    if "serve" in sys.argv[1:]:
        early_signals.let_wait()  # what follows takes seconds on a busy machine

    from importlib import import_module
    from typing import Annotated, Any

    import typer
    from typer.core import TyperCommand, TyperGroup
    from typer.main import get_command

    from connector.commands.common_options import AsJsonFirst, SettingsPath, VerbGroup, asked, new_verb
    from connector.machine import streams
    from connector.machine.verbs import VERBS
except KeyboardInterrupt:  # Ctrl-C while the program is still being loaded
    sys.exit(1)

NOT_HERE = (
    "The connector runs on Linux only; this is {}. It needs Linux's locks and limits. "
    "Elsewhere, run it in a container: docs/service.md"
)


class LateVerb(TyperCommand):
    """A verb by name and words; what stands behind it is loaded when it is called."""

    def real(self) -> TyperCommand | TyperGroup:
        """Load the verb."""
        assert self.name
        if self.name != "serve":
            early_signals.let_come()
        if sys.platform != "linux":
            streams.write(sys.stderr, f"{NOT_HERE.format(sys.platform)}\n")
            raise typer.Exit(2)
        verb = get_command(import_module(f"connector.commands.{self.name}").verb)
        verb.name, verb.help = self.name, self.help
        return verb  # type: ignore[return-value]

    def make_context(self, *args: Any, **options: Any) -> Any:
        """Make the context of the verb itself, which then carries it out."""
        return self.real().make_context(*args, **options)


class Verbs(VerbGroup):
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
    help="Brings documents from Interaxo rooms, ITR records and Interject report libraries into the search of an Interact intranet.",
    epilog="Exit codes: 0 done; 1 failed or cancelled; 2 wrong usage or settings; 3 done, but something is in quarantine or withheld; "
    "4 braked, waits for your decision; 75 another run is at work. To begin: connector demo, then connector init.",
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("interact-connector"))
        raise typer.Exit


@program.callback()
def _before(
    settings: SettingsPath = None,
    as_json: AsJsonFirst = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    asked.settings, asked.as_json = settings, as_json


def main() -> None:
    """The console script."""
    try:
        if sys.platform == "linux":
            from connector.machine.program import settle

            settle()
        streams.prepare()
        sys.argv[1:] = streams.in_words(sys.argv[1:])
        program()
    except KeyboardInterrupt:
        sys.exit(1)
    except OSError as error:
        if error.filename is not None:
            raise
        # a page of help: what a verb says is looked after where it is run
        streams.write(sys.stderr, f"{streams.not_written(error)}\n")
        sys.exit(1)
    finally:
        streams.let_go()
