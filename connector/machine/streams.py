"""
Standard output and standard error as they may be: in another encoding, closed, full, or a pipe that nobody reads.

What tells a person how things stand must never end what it tells of: a line that cannot be written is lost, and
nothing else is.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Sequence
from typing import Any, TextIO


def prepare() -> None:
    """Let letters that the terminal's encoding lacks be written as escapes instead of ending the command; what is closed takes nothing."""
    _open_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _open_closed() -> None:
    """
    Put nothing in the place of standard streams that whoever started this closed (`>&-`), as a careless cron or wrapper does.

    Python has None for such a stream, and the next file that is opened would get its number: another program's words into a ledger.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is not None:
            continue
        nowhere = os.open(os.devnull, os.O_RDWR)
        if nowhere != number:
            os.dup2(nowhere, number)
            os.close(nowhere)
        setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - as long as the program


def speaks_unicode(stream: TextIO) -> bool:
    """Whether every letter can be written to a stream as it is."""
    return (getattr(stream, "encoding", None) or "").lower().replace("_", "-") in {"utf-8", "utf8"}


def write(stream: TextIO | None, text: str) -> None:
    """Write a text at once, if that is possible."""
    if stream is not None:
        with contextlib.suppress(OSError, ValueError):  # ValueError: the stream is closed
            stream.write(text)
            stream.flush()


def not_written(error: OSError) -> str:
    """In words that standard output did not take what was to be said."""
    return f"Standard output could not be written: {error.strerror}."


def let_go() -> None:
    """Give up what cannot be written any more, so that the interpreter's last flush changes no exit code."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, stream.fileno())
                os.close(nowhere)


class Lines:
    """
    Where log lines go: standard error as it is at this moment.

    structlog's own logger raises what a broken pipe or a full disk raises, into whoever only wanted to tell something
    (hynek/structlog#132).
    """

    def msg(self, message: str) -> None:
        """Write one line, or lose it."""
        write(sys.stderr, message + "\n")

    log = debug = info = warn = warning = fatal = failure = err = error = critical = exception = msg


def make_lines(*_: Any) -> Lines:
    """Make the logger that structlog asks for."""
    return Lines()


def in_words(given: Sequence[str]) -> list[str]:
    """What is given at the command line, as text: bytes that are not UTF-8 stay only where they name a file."""
    return [
        one if one.isascii() or os.path.exists(one) else os.fsencode(one).decode(errors="replace")
        for one in given
    ]
