"""
What a first load, a quiet delta and a full run cost by size: calls, bytes, processor time, memory, bytes on disk.

Run: `python -m bench.sizing [ITEMS ...]` (100,000 unless said otherwise; answers come after 20 ms). docs/sizing.md tells
what was measured. Nothing is asserted.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bench.cases import Estate, Round
from bench.children import Children, NoMeasure
from bench.outcome import Task

LATENCY_MS = 20
RUNS = (
    ("first load", "backfill", Round.FULL),
    ("full run", "full", Round.FULL),
    ("delta, one item in a hundred edited", "delta", Round.EDITED),
)
"""Its name, the connector's mode, and how the neighbours are to be."""


def disk(folder: Path) -> int:
    """Bytes of the ledger in a folder, with what is not yet moved into it."""
    return sum(one.stat().st_size for one in folder.glob("ledger.db*"))


def measure(items: int, children: Children) -> None:
    """Print one line a run."""
    ledger = children.new_folder("ledger-")
    with children.served(Estate(items)) as server:
        for name, mode, round_ in RUNS:
            server.begin(round_, latency_ms=LATENCY_MS)
            found = children.run("bench.whole", Task(origin=server.origin, folder=str(ledger), mode=mode))
            counts = server.counts()
            if found.outcome != "succeeded":
                raise NoMeasure(f"{name}: {found.outcome}: {'; '.join(found.reasons)}")
            print(
                f"| {items:,} | {name} | {counts['gets']:,} | {counts['puts']:,} | {counts['put_bytes'] / 1e6:,.0f} MB | "
                f"{found.seconds:,.0f} s | {found.cpu_seconds:,.0f} s | {found.peak_mb:.0f} MB | {disk(ledger) / items:,.0f} |",
                flush=True,
            )


def main() -> None:
    """Measure and print."""
    print("| items | run | GETs | PUTs | sent | duration | processor | memory | ledger, bytes a document |")
    print("|--:|---|--:|--:|--:|--:|--:|--:|--:|", flush=True)
    for items in [int(one.replace(",", "")) for one in sys.argv[1:]] or [100_000]:
        with tempfile.TemporaryDirectory(prefix="connector-sizing-") as folder:
            measure(items, Children(Path(folder)))


if __name__ == "__main__":
    main()
