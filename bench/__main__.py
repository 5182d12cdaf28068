"""
The bench: the connector beside the bare loop, over the same requests, in the same minutes.

Each side runs in a process of its own, the neighbours in a third. A run of the connector is recorded first, once
for each kind of run; the bare loop replays that record. Then both take turns, round after round, and what is
told are medians and the ratio of the two within each turn: the speed of a shared machine may halve within
minutes, the ratio hardly moves. A run that did not do all of the work is told and dropped. Nothing is asserted.

Run: `python -m bench [--quick] [--write]`.
"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import start, table
from bench.cases import QUICK, WHOLE, Programme
from bench.children import Children
from bench.measuring import Drops, compare, compare_by_hand, compare_company, compare_several, grow
from bench.results import Results, StartFound, Surroundings

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
TOLD = ("interact-connector", "aiohttp", "uvloop", "msgspec")
"""Packages whose versions are told."""


def measure(programme: Programme, folder: Path) -> Results:
    """Measure all of a programme; progress goes to standard error."""
    began, load = time.monotonic(), os.getloadavg()[0]
    children, drops = Children(folder), Drops()
    starts: list[StartFound] = []
    _say("start")
    with drops.catching("the start"):
        starts = start.measure(children, programme.starts)
    _say("speed")
    work, rows = compare(
        children, programme.cases, drops, lambda row: _say(" | ".join(table.speed_cells(row)))
    )
    _say("growth")
    grown = grow(children, programme.growth, drops)
    _say("ITR")
    company = compare_company(children, programme.company, drops)
    _say("several targets")
    several = compare_several(children, programme.several, drops)
    _say("the loop by hand")
    by_hand = compare_by_hand(children, programme.by_hand, drops)
    return Results(
        programme=programme,
        surroundings=_surroundings(load, time.monotonic() - began),
        starts=starts,
        work=work,
        rows=rows,
        grown=grown,
        company=company,
        several=several,
        by_hand=by_hand,
        dropped=drops.told,
    )


def _surroundings(load: float, seconds: float) -> Surroundings:
    return Surroundings(
        day=f"{datetime.now(UTC):%-d %B %Y}",
        machine=f"{os.cpu_count()} cores ({_processor()}), {platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        versions=", ".join(
            [
                f"Python {platform.python_version()}",
                f"SQLite {sqlite3.sqlite_version}",
                *(f"{name} {version(name)}" for name in TOLD),
            ]
        ),
        load=load,
        minutes=seconds / 60,
    )


def _processor() -> str:
    """Its name, where Linux tells one."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _say(words: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {words}", file=sys.stderr, flush=True)


def main() -> None:
    """Measure, and print or write."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="The connector beside a bare loop.")
    parser.add_argument("--quick", action="store_true", help="fewer items and turns; says little")
    parser.add_argument("--write", action="store_true", help="write the table into docs/performance.md")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="connector-bench-") as folder:
        told = table.text(measure(QUICK if asked.quick else WHOLE, Path(folder)))
    print(told)
    if asked.write:
        PAGE.write_text(table.written(PAGE.read_text(encoding="utf-8"), told), encoding="utf-8")


if __name__ == "__main__":
    main()
