"""What a source does in the event loop although it keeps everything else of the service waiting: files that it opens there, calls that it waits for."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

BLOCKING = {
    "open": "opens a file",
    "os.listdir": "lists a folder",
    "os.scandir": "lists a folder",
    "socket.connect": "waits for a connection",
    "socket.getaddrinfo": "waits for the name of a host",
    "socket.gethostbyname": "waits for the name of a host",
    "sqlite3.connect": "opens a database",
    "subprocess.Popen": "starts a program",
    "time.sleep": "sleeps",
    "urllib.Request": "waits for an answer",
}
"""Events of `sys.addaudithook`, each with what it means."""
LOADING = ("importlib.", "_frozen_importlib", "linecache", "tokenize")
"""Whoever loads a module does it once."""
_watched: list[tuple[str, str, set[str]]] = []
_hooked: list[bool] = []


@contextmanager
def watched(package: str, *, world: str) -> Iterator[set[str]]:
    """
    Watch what the code of a package does in an event loop.

    Args:
        package: name of a package or module; what it calls of others counts as its own, but for the connector's.
        world: the module that plays its system, which is no part of it.

    Returns:
        What was found, in words, until the end.
    """
    if not _hooked:  # a hook stays as long as the process
        _hooked.append(True)
        sys.addaudithook(_hear)
    found: set[str] = set()
    _watched.append((package, world, found))
    sleep = time.sleep

    def heard(seconds: Any) -> None:  # before 3.13 it is no event
        _hear("time.sleep", (seconds,))
        sleep(seconds)

    time.sleep = heard
    try:
        yield found
    finally:
        time.sleep = sleep
        _watched.remove((package, world, found))


def _hear(event: str, given: tuple[Any, ...]) -> None:
    if not _watched or event not in BLOCKING or asyncio._get_running_loop() is None:
        return
    if event == "socket.connect" and given[0].gettimeout() == 0:
        return  # it does not wait
    for package, world, found in [*_watched]:
        frame = _whose(sys._getframe(1), package, world)
        if frame is not None:
            code = frame.f_code
            found.add(
                f"{Path(code.co_filename).name}, line {frame.f_lineno}, in {code.co_name}: {BLOCKING[event]}"
            )


def _whose(frame: FrameType | None, package: str, world: str) -> FrameType | None:
    """The innermost frame of a package's code; None where the connector does it for it, or it is not there."""
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name.startswith(LOADING) or name == world:
            return None
        if name == package or name.startswith(f"{package}."):
            return frame
        if name.startswith("connector.") and name != __name__:
            return None
        frame = frame.f_back
    return None
