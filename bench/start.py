"""
How soon the program is at work, and how much memory it has by then: against bare imports, in the same minutes.

    connector --help              beside  python -c "import typer, rich.console"
    connector status              beside  python -c "import typer, rich.console, sqlmodel, pydantic_settings"
    connector sync, first request beside  the same, in time and in memory

Each line is started several times, in turns; what is told are medians and their ratios. A ledger of this release stands
there, and what Python compiles, as in every start but the very first.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench.children import Children, NoMeasure
from bench.results import StartFound

WORDS = "import typer, rich.console"
BASE = f"{WORDS}, sqlmodel, pydantic_settings"
HELP, STATUS, REQUEST, MEMORY = 2.0, 1.3, 2.0, 1.4
"""What each ratio should be at most."""

SETTINGS = """
[http]
attempts = 1

[targets.intranet]
base_url = "http://127.0.0.1:{port}"
tenant = "bench"
app_id = 1
api_key = "bench-key"

[sources.interaxo]
kind = "interaxo"
id_prefix = "ix"
base_url = "http://127.0.0.1:{port}"
token_url = "http://127.0.0.1:{port}/token"
client_id = "bench-client"
client_secret = "bench-secret"
permissions = "room"
"""


class Start(NamedTuple):
    """One start."""

    seconds: float
    peak_mb: float


def to_the_end(arguments: list[str], children: Children) -> Start:
    """
    Start a process and wait for its end.

    Raises:
        NoMeasure: it failed.
    """
    began = time.perf_counter()
    process = _process(arguments, children)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise NoMeasure(f"{' '.join(arguments)} ended with {process.returncode}")
    return Start(seconds, usage.ru_maxrss / 1024)


def to_the_first_request(arguments: list[str], children: Children, listener: socket.socket) -> Start:
    """
    Start a process, wait for the first byte that it sends, and end it.

    Raises:
        NoMeasure: it sends none.
    """
    began = time.perf_counter()
    process = _process(arguments, children)
    try:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1)
            seconds = time.perf_counter() - began
            peak = _peak_mb(process.pid)
    except TimeoutError:
        raise NoMeasure(f"{' '.join(arguments)} asks for nothing") from None
    finally:
        process.kill()
        process.wait()
    return Start(seconds, peak)


def measure(children: Children, times: int) -> list[StartFound]:
    """
    Start everything in turns.

    Raises:
        NoMeasure: a start failed, or no request came.
    """
    found: dict[str, list[Start]] = defaultdict(list)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        settings = children.folder / "settings.toml"
        settings.write_text(SETTINGS.format(port=listener.getsockname()[1]), encoding="utf-8")
        ours = [sys.executable, "-m", "connector"]
        for number in range(times + 1):
            turn = {
                "words": to_the_end([sys.executable, "-c", WORDS], children),
                "help": to_the_end([*ours, "--help"], children),
                "base": to_the_end([sys.executable, "-c", BASE], children),
                "status": to_the_end([*ours, "status"], children),
                "sync": to_the_first_request([*ours, "sync"], children, listener),
            }
            if number:  # the first one makes the ledger, and the files that Python compiles
                for name, start in turn.items():
                    found[name].append(start)
    seconds = {name: median(one.seconds for one in starts) for name, starts in found.items()}
    memory = {name: median(one.peak_mb for one in starts) for name, starts in found.items()}
    return [
        StartFound(
            name=f"`connector --help` / `{WORDS}`", ratio=seconds["help"] / seconds["words"], at_most=HELP
        ),
        StartFound(
            name=f"`connector status` / `{BASE}`", ratio=seconds["status"] / seconds["base"], at_most=STATUS
        ),
        StartFound(
            name="`connector sync` to its first request / the same",
            ratio=seconds["sync"] / seconds["base"],
            at_most=REQUEST,
        ),
        StartFound(
            name="memory of `connector sync` at its first request / the same",
            ratio=memory["sync"] / memory["base"],
            at_most=MEMORY,
            note=f"{memory['sync']:.0f} MB",
        ),
    ]


def _process(arguments: list[str], children: Children) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        arguments,
        cwd=children.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=children.environment,
    )


def _peak_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    kilobytes = next(line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(kilobytes) / 1024
