"""
How verbs are run: errors become words and exit codes here and nowhere else.

Exit codes: 0 done; 1 failed or cancelled; 2 usage or settings; 3 done, but something is in quarantine or
withheld; 4 braked; 75 another run holds the lease. JSON goes to standard output, one object and nothing
else; logs and progress go to standard error.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, NoReturn

import typer

from connector.app import KINDS
from connector.commands.common_options import asked
from connector.daemon import logs
from connector.document.printable import printable, safe_json
from connector.errors import ConnectorError, LeaseHeld, SettingsError
from connector.machine import owner, streams
from connector.machine.storage import words_of_error
from connector.machine.verbs import as_typed_here, name_settings, name_target, typed_in
from connector.secrets import hiding
from connector.settings import Loaded, load, load_what_is_right

STANDS = "Nothing was done. How it stands all the same: connector status"
NEEDED_TO_HIDE = (
    "Nothing was hidden. To hide something [ledger] and [targets] alone have to be right: correct these, or name a copy of the "
    "settings as they were. Run: connector hide ID --settings FILE"
)
HIDES_ANYWAY = (
    "{}\nThis is hidden by what is right in the settings. No run and no service begins with them until they are corrected. To see what "
    "else is wrong: connector check"
)
DONE, FAILED, USAGE, WITHHELD, BUSY = 0, 1, 2, 3, 75


def read_for_telling(named: Path | None) -> Loaded:
    """Read the settings for a verb that calls nobody: it needs no secret, and writes no logs."""
    file = _named(named)
    with _telling_where_it_stands(file):
        loaded = load(file, kinds=KINDS, secrets=False)
    hiding.keep(loaded.settings.secrets())
    return loaded


def read_what_is_right(named: Path | None) -> tuple[Loaded, SettingsError | None]:
    """The same, as far as settings that are refused tell anything; and why they are, None where they are not."""
    loaded, refused = load_what_is_right(_named(named), kinds=KINDS)
    hiding.keep(loaded.settings.secrets())
    return loaded, refused


def read_to_hide(named: Path | None) -> Loaded:
    """
    Read the settings for whoever has to hide something now: where the ledger and the intranets are, whatever is wrong elsewhere in them.

    Raises:
        SettingsError: they do not tell that for certain.
    """
    file = _named(named)
    try:
        loaded, refused = load_what_is_right(file, kinds=KINDS, needed=("targets",))
    except SettingsError as lacking:
        try:
            load(file, kinds=KINDS)  # which tells all that is wrong
            raise lacking
        except SettingsError as error:
            error.add_note(NEEDED_TO_HIDE)
            raise
    if refused is not None:
        warn(HIDES_ANYWAY.format(refused))
    _log_as(loaded, serving=False)
    return loaded


def read_settings(named: Path | None, *, serving: bool = False, needed: Sequence[str] = ()) -> Loaded:
    """
    Read the settings, and set up the logs as they say.

    Args:
        serving: nobody waits for what the verb tells; its log is all it says.
        needed: tables whose secrets are needed, such as sources.interaxo; empty: all of them.
    """
    file = _named(named, lasting=serving)
    with nullcontext() if serving else _telling_where_it_stands(file):
        loaded = load(file, kinds=KINDS, secrets=not needed, needed=needed)
    _log_as(loaded, serving=serving)
    return loaded


def read_what_is_right_to_serve(named: Path | None) -> Loaded | None:
    """What is right in the settings of a service that could not start, with its logs; None where they do not tell whose they are."""
    try:
        loaded, _ = read_what_is_right(named)
    except SettingsError:
        return None
    _log_as(loaded, serving=True)
    return loaded


def _log_as(loaded: Loaded, *, serving: bool) -> None:
    service = loaded.settings.service
    at_terminal = "console" if serving else "person"
    logs.set_up(
        style=at_terminal if sys.stderr.isatty() else service.log_format,
        secrets=loaded.settings.secrets(),
        names=service.log_names,
    )


@contextmanager
def _telling_where_it_stands(file: Path | None) -> Iterator[None]:
    """Have an error of the settings name the one verb that they keep from nothing, where that can tell anything by them."""
    try:
        yield
    except SettingsError as refused:
        with suppress(SettingsError):
            load_what_is_right(file, kinds=KINDS)
            refused.add_note(STANDS)
        raise


def _named(named: Path | None, *, lasting: bool = False) -> Path | None:
    """The settings that were named, and are from here on wherever a command is; lasting: whoever reads it may be elsewhere."""
    file = named or asked.settings
    name_settings(str(file.absolute() if lasting else file) if file else "")
    return file


def run_verb(verb: Callable[[], int], printing: bool) -> NoReturn:
    """Turn what a verb did into an exit code, and errors into words."""
    owner.keep_to_ourselves()
    try:
        code = verb()
    except SettingsError as error:
        _complain("\n".join([str(error), *getattr(error, "__notes__", ())]), told_of(error), printing)
        code = USAGE
    except LeaseHeld as error:
        _complain(str(error), {"message": str(error)}, printing)
        code = BUSY
    except ConnectorError as error:
        _complain(str(error), {"message": str(error)}, printing)
        code = FAILED
    except typer.Abort:  # Ctrl-C or Ctrl-D at a question, and nothing is done before those were answered
        streams.write(sys.stderr, "\n")
        _complain(NOT_DONE, {"message": NOT_DONE}, printing)
        code = FAILED
    except (KeyboardInterrupt, asyncio.CancelledError):
        code = FAILED
    except BrokenPipeError:
        code = FAILED
    except Exception as error:  # noqa: BLE001 - a bug of ours is caught here, once
        words = words_of_error(error)
        if words:
            _complain(words, {"message": words}, printing)
        else:
            _tell_bug()
        code = FAILED
    name_target("")
    raise SystemExit(code if _written() else FAILED)


def _written() -> bool:
    """Whether what was said reached standard output: a pipe may be closed, and a file's disk full."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return False
    except OSError as error:
        streams.write(sys.stderr, f"{streams.not_written(error)}\n")
        return False
    return True


def told_of(error: SettingsError) -> dict[str, Any]:
    """What JSON says of settings that are refused, or of an option."""
    told: dict[str, Any] = {"key": error.key, "message": error.message}
    if error.also:
        told["also"] = [{"key": one.key, "message": one.message} for one in error.also]
    return told


NOT_DONE = "Nothing was changed."
ASKS = " Continue?"
"""How each question ends."""


def agree(question: str, *, yes: bool) -> None:
    """
    Have a person agree to what replaces or drops everything.

    Raises:
        SettingsError: there is nobody to ask, and nobody said yes before.
        ConnectorError: the answer was no.
    """
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        does = question.removesuffix(ASKS)
        raise SettingsError("--yes", f"there is no terminal to ask at, so this option is needed. {does}")
    if not typer.confirm(_at_its_width(question, less=len(" [y/N]: ")), err=True):
        raise ConnectorError(NOT_DONE)


def tell(told: Any, show: Callable[[Any], None], printing: bool) -> None:
    """
    Print what a verb found: as one JSON object, or as it is shown to people.

    Raises:
        ConnectorError: standard output cannot be written.
    """
    with _to_standard_output():
        if printing:
            print_json(told)
        else:
            show(told)


def write_out(text: str) -> None:
    """
    Print a text as it is.

    Raises:
        ConnectorError: standard output cannot be written.
    """
    with _to_standard_output():
        sys.stdout.write(text)


@contextmanager
def _to_standard_output() -> Iterator[None]:
    """What fails inside is no trouble of a disk of ours."""
    try:
        yield
    except BrokenPipeError:  # who reads it has enough
        raise
    except OSError as error:
        streams.let_go()  # else the last flush tries what is left once more, and it is told twice
        raise ConnectorError(streams.not_written(error)) from error


def print_json(told: Any) -> None:
    """Print one object, secrets hidden before it is encoded, and nothing in it that a terminal would obey."""
    sys.stdout.write(_as_json(told))


def _as_json(told: Any) -> str:
    written = json.dumps(
        typed_in(hiding.hidden(told)),
        ensure_ascii=not streams.speaks_unicode(sys.stdout),
        indent=2,
        default=str,
    )
    return safe_json(written) + "\n"


def _complain(words: str, told: dict[str, Any], printing: bool) -> None:
    if printing:
        streams.write(sys.stdout, _as_json({"error": told}))
    warn(words)


def warn(words: str) -> None:
    """Say on standard error what is wrong."""
    streams.write(sys.stderr, f"{_at_its_width(printable(hiding.hide_in_ours(words), lines=True))}\n")


def _at_its_width(words: str, *, less: int = 0) -> str:
    """
    Lines as wide as the terminal, or as $COLUMNS says; whole ones where neither tells, as in a log.

    Args:
        less: columns that something else takes at the end.
    """
    columns = os.environ.get("COLUMNS", "")
    if not (columns.isdecimal() and int(columns)) and not sys.stderr.isatty():
        return as_typed_here(words)
    from connector.commands.line_wrapping import (
        wrap,  # an error is told to somebody: what --help loads stays small
    )

    width = shutil.get_terminal_size().columns - less
    return "\n".join(line for one in words.split("\n") for line in wrap(one, width, by=2))


def _tell_bug() -> None:
    """Write a traceback with every secret hidden."""
    told = printable(hiding.hide(traceback.format_exc()), lines=True)
    streams.write(
        sys.stderr,
        f"{told}This is a bug of the connector. What Interact confirmed is kept, and the next run continues from there.\n",
    )
