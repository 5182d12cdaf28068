"""
The command line: one function per verb; errors become words and exit codes here and nowhere else.

Exit codes: 0 done; 1 failed or cancelled; 2 usage or settings; 3 done, but something is in quarantine or
withheld; 4 braked; 75 another run holds the lease. JSON goes to standard output, one object and nothing
else; logs and progress go to standard error.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
import traceback
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from connector import account, demo, exchanges, inspection, logs, screens
from connector.app import App, matching_of
from connector.errors import ConnectorError, LeaseHeld, SettingsError
from connector.options import Options, Watch
from connector.people_why import tell_why
from connector.plan import Mode
from connector.report import Report
from connector.service import Service
from connector.settings import load
from connector.together import run_program

T = TypeVar("T")
FAILED, USAGE, WITHHELD, BUSY = 1, 2, 3, 75

program = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Brings documents from Interaxo rooms into the search of an Interact intranet.",
)
quarantine_verbs = typer.Typer(no_args_is_help=False, help="What could not be synchronised, and why.")
program.add_typer(quarantine_verbs, name="quarantine", invoke_without_command=True)
ledger_verbs = typer.Typer(
    no_args_is_help=True, help="Compare the ledger with the intranet, make it anew, clear old history."
)
program.add_typer(ledger_verbs, name="ledger")

SettingsPath = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        help="Settings file; else $CONNECTOR_SETTINGS, ./settings.toml, /etc/interact-connector/settings.toml.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
TargetName = Annotated[str | None, typer.Option("--target", help="Needed where there are several targets.")]
SourceNames = Annotated[list[str] | None, typer.Option("--source", help="Only this source; may be repeated.")]


class Asked:
    """What was asked for before the verb."""

    settings: Path | None = None
    as_json: bool = False


asked = Asked()


@program.callback()
def _before(settings: SettingsPath = None, as_json: AsJson = False) -> None:
    asked.settings, asked.as_json = settings, as_json


# -- verbs --------------------------------------------------------------------------------------


@program.command("demo")
def demo_verb(
    once: Annotated[
        bool,
        typer.Option(
            "--once",
            help="Stop after the tour instead of serving the search page; so it does without a terminal.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show it: sample rooms become findable, are edited, and are found anew. Needs no settings."""
    printing = as_json or asked.as_json

    def verb() -> int:
        logs.set_up(style="console", secrets=[], level=logs.QUIET)
        ending = once or not _has_somebody()
        told = _wait(demo.show(once=ending, say=_silent if printing else screens.console().print))
        if printing:
            _print_json(told)
        return 0 if told["ok"] else FAILED

    _run(verb, printing)


@program.command("check")
def check_verb(settings: SettingsPath = None, as_json: AsJson = False) -> None:
    """Validate the settings, sign in everywhere, say what may and may not be seen. Changes nothing."""
    printing = as_json or asked.as_json

    def verb() -> int:
        result = _wait(inspection.inspect(_app(settings), now=time.time()))
        _tell(result, screens.show_check, printing)
        return 0 if result["ok"] else FAILED

    _run(verb, printing)


@program.command("sync")
def sync_verb(
    target: TargetName = None,
    mode: Annotated[
        Mode | None, typer.Option(help="delta or full; by itself a delta, or a full run where one is due.")
    ] = None,
    source: SourceNames = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change; write nothing to the intranet.")
    ] = False,
    approve: Annotated[
        str, typer.Option(metavar="RUN_ID", help="Remove what that run held, minus what has come back.")
    ] = "",
    keep: Annotated[
        str, typer.Option(metavar="RUN_ID", help="Acknowledge what that run held: it stays.")
    ] = "",
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    """One run now."""
    printing = as_json or asked.as_json

    def verb() -> int:
        if mode is Mode.BACKFILL:
            raise SettingsError("--mode", "a backfill has its own command: connector backfill")
        if dry_run and (approve or keep):
            raise SettingsError("--dry-run", "goes with neither --approve nor --keep")
        app = _app(settings)
        name = app.target_named(target)
        app.check_sources(name, source or [])
        chosen = mode or app.next_mode(name)
        options = app.options(name, chosen, only=source or (), dry_run=dry_run, approve=approve, keep=keep)
        return _go(app, name, options, printing)

    _run(verb, printing)


@program.command("backfill")
def backfill_verb(
    target: TargetName = None,
    source: SourceNames = None,
    room: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Only this room: community/room or its root id; may be repeated."),
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin anew instead of going on where it was stopped.")
    ] = False,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    """First load, or reload of chosen sources or rooms; goes on where it was stopped."""
    printing = as_json or asked.as_json

    def verb() -> int:
        app = _app(settings)
        name = app.target_named(target)
        app.check_sources(name, source or [])
        options = app.options(name, Mode.BACKFILL, only=source or (), rooms=room or (), restart=restart)
        return _go(app, name, options, printing)

    _run(verb, printing)


@program.command("status")
def status_verb(settings: SettingsPath = None, as_json: AsJson = False) -> None:
    """Last runs, next runs, and what stands in the ledger."""
    printing = as_json or asked.as_json

    def verb() -> int:
        app = _app(settings)
        with app.ledger() as ledger:
            _tell(account.tell_status(app, ledger, now=time.time()), screens.show_status, printing)
        return 0

    _run(verb, printing)


@program.command("runs")
def runs_verb(
    run_id: Annotated[str | None, typer.Argument(metavar="[RUN_ID]")] = None,
    target: TargetName = None,
    limit: Annotated[int, typer.Option(min=1, help="How many of the newest runs.")] = 20,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    """The history of runs, or one run in full."""
    printing = as_json or asked.as_json

    def verb() -> int:
        app = _app(settings)
        name = app.target_named(target)
        with app.ledger() as ledger:
            if run_id is None:
                runs = [account.tell_run(run) for run in ledger.runs(name).recent(limit)]
                _tell({"runs": runs}, lambda told: screens.show_runs(told["runs"]), printing)
                return 0
            run = ledger.runs(name).get(run_id)
            if run is None:
                raise SettingsError("RUN_ID", f"there is no run {run_id}; list them with: connector runs")
            told = account.tell_whole_run(ledger, name, run)
            _tell(told, screens.show_report if run.report else lambda one: screens.show_runs([one]), printing)
        return 0

    _run(verb, printing)


@quarantine_verbs.callback()
def _quarantine(
    context: typer.Context, target: TargetName = None, settings: SettingsPath = None, as_json: AsJson = False
) -> None:
    asked.settings, asked.as_json = settings or asked.settings, as_json or asked.as_json
    if context.invoked_subcommand is None:
        quarantine_list(target=target)


@quarantine_verbs.command("list")
def quarantine_list(
    target: TargetName = None, settings: SettingsPath = None, as_json: AsJson = False
) -> None:
    """What is in quarantine, since when, why, and when it is tried again."""
    printing = as_json or asked.as_json

    def verb() -> int:
        app = _app(settings)
        with app.ledger() as ledger:
            told = {"quarantine": account.tell_quarantine(ledger, app.target_named(target))}
        _tell(told, lambda one: screens.show_quarantine(one["quarantine"]), printing)
        return 0

    _run(verb, printing)


@quarantine_verbs.command("retry")
def quarantine_retry(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None,
    target: TargetName = None,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    """Try again in the next run: the named documents, or all."""
    _change_quarantine("retry", ids, target, settings, as_json or asked.as_json)


@quarantine_verbs.command("drop")
def quarantine_drop(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None,
    target: TargetName = None,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    """Forget the retry, never the document: what the intranet has stays, and a change is tried again."""
    _change_quarantine("drop", ids, target, settings, as_json or asked.as_json)


@program.command("explain")
def explain_verb(
    identifier: Annotated[
        str, typer.Argument(metavar="ID", help="A GloballyUniqueId or the source's own id.")
    ],
    person: Annotated[
        str,
        typer.Option(
            "--for", metavar="PERSON", help="Why this person finds it or not: an address, id or identity."
        ),
    ] = "",
    target: TargetName = None,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    """One document: where it comes from, what was pushed and when, who may see it, why it was (not) changed."""
    printing = as_json or asked.as_json

    def verb() -> int:
        app = _app(settings)
        with app.ledger() as ledger:
            name = app.target_named(target)
            told = account.explain(ledger, name, identifier.strip(), recall=app.recall)
            if told is not None and person:
                matching = matching_of(app.settings.targets[name].people)
                told["for"] = tell_why(ledger, name, identifier.strip(), person, matching)
        if told is None:
            raise ConnectorError(
                f"The ledger knows no document {identifier}. It was never pushed, or it was removed. "
                "See what a run would do with: connector sync --dry-run"
            )
        _tell(told, screens.show_explanation, printing)
        return 0

    _run(verb, printing)


@program.command("serve")
def serve_verb(settings: SettingsPath = None) -> None:
    """The daemon: scheduled runs, health, metrics and the status page. SIGTERM ends it, SIGHUP reloads settings."""

    def verb() -> int:
        _wait(Service(lambda: _app(settings)).serve())
        return 0

    _run(verb, asked.as_json)


@program.command("exchanges")
def exchanges_verb(
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print a document for a security review.")
    ] = False,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    """Every exchange this configuration can make: hosts, calls, what data passes, what is kept. Calls nothing."""
    printing = as_json or asked.as_json

    def verb() -> int:
        told = _wait(exchanges.tell_exchanges(_app(settings)))
        if markdown and not printing:
            sys.stdout.write(exchanges.as_markdown(told))
        else:
            _tell(told, screens.show_exchanges, printing)
        return 0

    _run(verb, printing)


@program.command("sandbox")
def sandbox_verb(
    room: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=FOLDER", help="Serve a local folder as a room; may be repeated."),
    ] = None,
    sample: Annotated[bool, typer.Option("--sample", help="Also the sample rooms of the demo.")] = False,
    port_interaxo: Annotated[int, typer.Option(help="0 takes any free port.")] = 0,
    port_interact: Annotated[int, typer.Option(help="0 takes any free port.")] = 0,
    write_settings: Annotated[
        Path | None, typer.Option(help="Write a settings file that fits, to try commands with.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Simulated Interaxo and Interact over real HTTP, until Ctrl-C: for trying mappings and for tests."""
    printing = as_json or asked.as_json

    def verb() -> int:
        rooms = demo.rooms_of(room or [])
        if not rooms and not sample:
            raise SettingsError(
                "--room", "name a folder to serve, such as --room docs=./docs, or take --sample"
            )

        def announce(told: dict[str, Any]) -> None:
            _tell(told, lambda one: screens.console().print(one["words"], markup=False), printing)
            sys.stdout.flush()

        serving = demo.serve_sandbox(
            rooms,
            sample=sample,
            ports=(port_interaxo, port_interact),
            write_settings=write_settings,
            announce=announce,
        )
        try:
            _wait(serving)
        except KeyboardInterrupt:
            return 0
        return 0

    _run(verb, printing)


@ledger_verbs.command("verify")
def ledger_verify(
    target: TargetName = None,
    sample: Annotated[
        int, typer.Option(min=1, help="How many documents to ask for, chosen at random.")
    ] = 200,
    everything: Annotated[bool, typer.Option("--all", help="Ask for every document.")] = False,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    """Ask the intranet whether it has what the ledger says; what differs is pushed again by the next run."""
    printing = as_json or asked.as_json

    def verb() -> int:
        app = _app(settings)
        told = _wait(app.verify(app.target_named(target), sample=None if everything else sample)).as_json()
        _tell(told, screens.show_verification, printing)
        return WITHHELD if told["drift"] else 0

    _run(verb, printing)


@ledger_verbs.command("rebuild")
def ledger_rebuild(target: TargetName = None, settings: SettingsPath = None, as_json: AsJson = False) -> None:
    """Make the ledger anew from the sources and the intranet, pushing only what is not right; the old one is set aside."""
    printing = as_json or asked.as_json

    def verb() -> int:
        app = _app(settings)
        report, aside = _wait(app.rebuild(app.target_named(target)))
        told = {**report.as_json(), "old_ledger": str(aside) if aside else None}
        _tell(told, screens.show_report, printing)
        if aside and not printing:
            screens.console().print(
                f"  the old ledger is {aside}; what only the intranet has goes with the next full run"
            )
        return report.exit_code

    _run(verb, printing)


@ledger_verbs.command("prune")
def ledger_prune(
    days: Annotated[int, typer.Option(min=2, help="Keep the history of so many days.")] = 90,
    settings: SettingsPath = None,
    as_json: AsJson = False,
) -> None:
    """Clear old history: runs, sessions, removals. No document is touched."""
    printing = as_json or asked.as_json

    def verb() -> int:
        app = _app(settings)
        with app.ledger() as ledger:
            cleared = ledger.prune(before=time.time() - days * 86_400)
        words = ", ".join(f"{count} {table}" for table, count in cleared.items() if count) or "nothing"
        _tell({"cleared": cleared}, lambda _: screens.console().print(f"Cleared: {words}."), printing)
        return 0

    _run(verb, printing)


# -- how verbs are run ----------------------------------------------------------------------------


def _app(settings: Path | None) -> App:
    """Read the settings, and set up the logs as they say."""
    loaded = load(settings or asked.settings)
    service = loaded.settings.service
    logs.set_up(
        style="console" if sys.stderr.isatty() else service.log_format,
        secrets=loaded.settings.secrets(),
        names=service.log_names,
    )
    return App(loaded)


def _go(app: App, target: str, options: Options, printing: bool) -> int:
    """Do a run with progress on standard error; its report is printed however it ends."""
    reports: list[Report] = []
    stop = _Stop()
    bar = _Bar(shown=sys.stderr.isatty() and not printing)
    watch = Watch(seen=bar.seen, pushed=bar.pushed, stopping=stop.asked, finished=reports.append)
    try:
        with bar:
            _wait(app.run(target, options, watch), stop)
    finally:
        if reports:
            _tell(reports[-1].as_json(), screens.show_report, printing)
    return reports[-1].exit_code


class _Stop:
    """The first SIGINT or SIGTERM lets the run finish the calls in hand; a second SIGINT cancels it."""

    def __init__(self) -> None:
        self._asked = False

    def asked(self) -> bool:
        """Whether the run should end."""
        return self._asked

    def install(self, loop: asyncio.AbstractEventLoop) -> None:
        """Listen for signals."""
        main = asyncio.current_task(loop)

        def interrupted() -> None:
            if self._asked and main is not None:
                main.cancel()
            self._asked = True

        loop.add_signal_handler(signal.SIGINT, interrupted)
        loop.add_signal_handler(signal.SIGTERM, interrupted)


class _Bar:
    """Items seen and documents accepted, on a terminal's standard error."""

    def __init__(self, *, shown: bool) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed} of {task.total} items seen"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            disable=not shown,
            transient=True,
        )
        self._task = self._progress.add_task("accepted", total=0)
        self._total = 0

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def seen(self, count: int) -> None:
        """Items appeared in listings."""
        self._total += count
        self._progress.update(self._task, total=self._total)

    def pushed(self, count: int) -> None:
        """The target accepted documents."""
        self._progress.advance(self._task, count)


def _wait(work: Coroutine[Any, Any, T], stop: _Stop | None = None) -> T:
    async def main() -> T:
        if stop is not None:
            stop.install(asyncio.get_running_loop())
        return await work

    return run_program(main())


def _run(verb: Callable[[], int], printing: bool) -> NoReturn:
    """Turn what a verb did into an exit code, and errors into words."""
    try:
        code = verb()
    except SettingsError as error:
        _complain(str(error), {"key": error.key, "message": error.message}, printing)
        code = USAGE
    except LeaseHeld as error:
        _complain(str(error), {"message": str(error)}, printing)
        code = BUSY
    except ConnectorError as error:
        _complain(str(error), {"message": str(error)}, printing)
        code = FAILED
    except (KeyboardInterrupt, asyncio.CancelledError):
        code = FAILED
    except BrokenPipeError:
        code = FAILED
    except Exception:  # noqa: BLE001 - a bug of ours is caught here, once
        _tell_bug()
        code = FAILED
    sys.stdout.flush()
    raise SystemExit(code)


def _complain(words: str, told: dict[str, Any], printing: bool) -> None:
    if printing:
        _print_json({"error": told})
    sys.stderr.write(f"{logs.hide(words)}\n")


def _tell_bug() -> None:
    """Write a traceback with every secret hidden."""
    sys.stderr.write(logs.hide(traceback.format_exc()))
    sys.stderr.write(
        "This is a bug of the connector. Nothing confirmed is lost; the next run goes on from there.\n"
    )


def _tell(told: Any, show: Callable[[Any], None], printing: bool) -> None:
    if printing:
        _print_json(told)
    else:
        show(told)


def _print_json(told: Any) -> None:
    sys.stdout.write(logs.hide(json.dumps(told, ensure_ascii=False, indent=2, default=str)) + "\n")


def _has_somebody() -> bool:
    """Whether there is a terminal on both sides: somebody who reads, and can end what goes on."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _silent(*_: object) -> None:
    """Say nothing."""


def _change_quarantine(
    verb_name: str, ids: list[str] | None, target: str | None, settings: Path | None, printing: bool
) -> NoReturn:
    def verb() -> int:
        app = _app(settings)
        with app.ledger() as ledger:
            parked = ledger.quarantine(app.target_named(target))
            change = parked.retry if verb_name == "retry" else parked.drop
            count = change([one.lower() for one in ids] if ids else None)
        words = (
            "are tried again in the next run"
            if verb_name == "retry"
            else "are no longer retried until they change"
        )
        _tell(
            {"changed": count},
            lambda told: screens.console().print(f"{told['changed']} document(s) {words}."),
            printing,
        )
        return 0

    _run(verb, printing)


def main() -> None:
    """The console script."""
    program()
