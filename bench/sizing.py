"""
What a first load, a quiet delta and a full run cost by size: calls, bytes, processor time, memory, bytes on disk.

Run: `python -m bench.sizing [ITEMS ...]` (100,000 unless said otherwise; answers come after 20 ms). docs/sizing.md tells
what was measured. Nothing is asserted.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bench.__main__ import child, served

LATENCY_MS = 20
RUNS = (
    ("first load", "backfill", "full"),
    ("full run", "full", "full"),
    ("delta, one item in a hundred edited", "delta", "delta"),
)
"""Its name, the connector's mode, and how the neighbours are to be."""


def disk(folder: Path) -> int:
    """Bytes of the ledger in a folder, with what is not yet moved into it."""
    return sum(one.stat().st_size for one in folder.glob("ledger.db*"))


def measure(items: int, folder: Path) -> None:
    """Print one line a run."""
    ledger = Path(tempfile.mkdtemp(prefix="ledger-", dir=folder))
    with served(items, folder) as server:
        for name, mode, kind in RUNS:
            server.begin(latency_ms=LATENCY_MS, mode=kind)
            found = child("bench.whole", server.origin, str(ledger), mode)
            counts = server.counts()
            if found["outcome"] != "succeeded":
                raise SystemExit(f"{name}: {found['outcome']}: {'; '.join(found['reasons'])}")
            print(
                f"| {items:,} | {name} | {counts['gets']:,} | {counts['puts']:,} | {counts['put_bytes'] / 1e6:,.0f} MB | "
                f"{found['seconds']:,.0f} s | {found['cpu_seconds']:,.0f} s | {found['peak_mb']:.0f} MB | {disk(ledger) / items:,.0f} |",
                flush=True,
            )


def main() -> None:
    """Measure and print."""
    print("| items | run | GETs | PUTs | sent | duration | processor | memory | ledger, bytes a document |")
    print("|--:|---|--:|--:|--:|--:|--:|--:|--:|", flush=True)
    for items in [int(one.replace(",", "")) for one in sys.argv[1:]] or [100_000]:
        with tempfile.TemporaryDirectory(prefix="connector-sizing-") as folder:
            measure(items, Path(folder))


if __name__ == "__main__":
    main()
