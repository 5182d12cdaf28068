"""
How soon the program is at work, and how much memory it has by then: against bare imports, in the same minutes.

    connector --help              beside  python -c "import typer, rich.console"
    connector status              beside  python -c "import typer, rich.console, sqlmodel, pydantic_settings"
    connector sync, first request beside  the same, in time and in memory

Each line is started five times, in turns; what is told are medians and their ratios. A ledger of this release stands
there, as it does in every start but the very first.
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

ROUNDS = 5
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


def to_the_end(arguments: list[str], folder: Path) -> Start:
    """Start a process and wait for its end."""
    began = time.perf_counter()
    process = subprocess.Popen(
        arguments, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_environment()
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}")
    return Start(seconds, usage.ru_maxrss / 1024)


def to_the_first_request(arguments: list[str], folder: Path, listener: socket.socket) -> Start:
    """Start a process, wait for the first byte that it sends, and end it."""
    began = time.perf_counter()
    process = subprocess.Popen(
        arguments, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_environment()
    )
    try:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1)
            seconds = time.perf_counter() - began
            peak = _peak_mb(process.pid)
    finally:
        process.kill()
        process.wait()
    return Start(seconds, peak)


def measure(folder: Path) -> dict[str, Start]:
    """Start everything in turns; medians by name."""
    found: dict[str, list[Start]] = defaultdict(list)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        settings = folder / "settings.toml"
        settings.write_text(SETTINGS.format(port=listener.getsockname()[1]), encoding="utf-8")
        ours = [sys.executable, "-m", "connector"]
        to_the_end([*ours, "status"], folder)  # makes the ledger, and the files that Python compiles
        for _ in range(ROUNDS):
            found["words"].append(to_the_end([sys.executable, "-c", WORDS], folder))
            found["help"].append(to_the_end([*ours, "--help"], folder))
            found["base"].append(to_the_end([sys.executable, "-c", BASE], folder))
            found["status"].append(to_the_end([*ours, "status"], folder))
            found["sync"].append(to_the_first_request([*ours, "sync"], folder, listener))
    return {
        name: Start(median(one.seconds for one in starts), median(one.peak_mb for one in starts))
        for name, starts in found.items()
    }


def ratios(found: dict[str, Start]) -> dict[str, tuple[float, float]]:
    """Each ratio, and what it should be at most."""
    base = found["base"]
    return {
        "connector --help / its imports": (found["help"].seconds / found["words"].seconds, HELP),
        "connector status / its imports": (found["status"].seconds / base.seconds, STATUS),
        "connector sync to its first request / the same imports": (
            found["sync"].seconds / base.seconds,
            REQUEST,
        ),
        "memory of connector sync at its first request / the same imports": (
            found["sync"].peak_mb / base.peak_mb,
            MEMORY,
        ),
    }


def _environment() -> dict[str, str]:
    """This process's environment without settings of a connector."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith("CONNECTOR_")}


def _peak_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    kilobytes = next(line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(kilobytes) / 1024
