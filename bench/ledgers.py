"""
The same runs with a ledger in a file and with one on PostgreSQL: `python -m bench.ledgers [ITEMS [LATENCY_MS [ROUNDS]]]`.

The server of PostgreSQL stands on this machine, in a temporary folder, and writes as it does in real life but for fsync; both sides
take turns. Ratios count, seconds do not: on two cores the database, the neighbours and the connector share them.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median

from bench.cases import Estate, Round
from bench.children import Children
from bench.outcome import Task
from tests.ledger.cluster import start

FILE, DATABASE = "a file", "PostgreSQL"
TURNS = ((Round.FULL, "full"), (Round.SAME, "full"), (Round.SAME, "delta"))
"""A first load, a full run that finds nothing changed, a delta that does."""


def main(arguments: list[str]) -> None:
    """Measure in turns, and print the ratios."""
    items, latency_ms, rounds = [*map(int, arguments), *(20_000, 20, 3)[len(arguments) :]]
    found: dict[tuple[int, str], list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as name, start() as cluster:
        children = Children(Path(name))
        with children.served(Estate(items)) as server:
            for _ in range(rounds):
                for kind, url in ((FILE, "sqlite:///ledger.db"), (DATABASE, cluster.new_database())):
                    folder = children.new_folder("ledger-")
                    for at, (round_, mode) in enumerate(TURNS):
                        server.begin(round_, latency_ms=latency_ms)
                        told = children.run(
                            "bench.whole",
                            Task(origin=server.origin, folder=str(folder), ledger=url, mode=mode),
                        )
                        assert told.outcome == "succeeded", told
                        found.setdefault((at, kind), []).append((told.seconds, told.cpu_seconds))
                        print(
                            kind,
                            at,
                            f"{told.seconds:.1f} s, {told.cpu_seconds:.1f} s of processor",
                            flush=True,
                        )
    for at, what in enumerate(("a first load", "a full run", "a delta")):
        pairs = list(zip(found[at, FILE], found[at, DATABASE], strict=True))
        seconds = median(there[0] / here[0] for here, there in pairs)
        processor = median(there[1] / here[1] for here, there in pairs)
        print(
            f"{what}, {items:,} items at {latency_ms} ms: {seconds:.2f} times as long, {processor:.2f} of the processor time"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
