"""
The bench: the connector beside the bare loop, over the same requests, in the same minutes.

Each side runs in a process of its own, the neighbours in a third. A run of the connector is recorded first, once
for each kind of run; the bare loop replays that record. Then both take turns, round after round, and what is
told are medians and the ratio of the two within each round: the speed of a shared machine may halve within
minutes, the ratio hardly moves. A run that did not do all of the work is told and dropped. Nothing is asserted.

Run: `python -m bench [--quick]`.
"""

from __future__ import annotations

import argparse
import http.client
import json
import platform
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from bench import start

Json = dict[str, Any]
MODES = ("full", "delta")
LATENCIES_MS = (0, 20)


class Size(NamedTuple):
    """How much is measured."""

    items: int
    rounds: dict[int, int]
    """Rounds by latency in ms."""
    small: int
    large: int
    """Items of the two runs whose memory is compared."""


WHOLE = Size(items=20_000, rounds={0: 3, 20: 4}, small=5_000, large=50_000)
QUICK = Size(items=5_000, rounds={0: 1, 20: 1}, small=2_500, large=10_000)


class Server:
    """The simulated neighbours in their process."""

    def __init__(self, port: int, plans: Path) -> None:
        self.origin = f"http://127.0.0.1:{port}"
        self.plans = plans
        self._port = port

    def begin(self, *, latency_ms: int, mode: str, record: bool = False, replayed: bool = False) -> None:
        """Count from nothing; a delta finds one item in a hundred edited."""
        edited = int(mode == "delta")
        self._get(
            f"/bench/begin?latency_ms={latency_ms}&record={int(record)}&edited={edited}&replayed={int(replayed)}"
        )

    def counts(self) -> Json:
        """What was asked since."""
        return self._get("/bench/counts")

    def _get(self, target: str) -> Json:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        try:
            connection.request("GET", target)
            found: Json = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return found


@contextmanager
def served(items: int, folder: Path) -> Iterator[Server]:
    """Start the neighbours around so many items."""
    plans = folder / f"plans-{items}"
    plans.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.servers", str(items), str(plans)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        try:
            yield Server(int(process.stdout.readline()), plans)
        finally:
            process.stdin.close()


def child(module: str, *arguments: str) -> Json:
    """Do one run in a process of its own and read the line of JSON that it prints."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(
            f"{module} {' '.join(arguments)} ended with {done.returncode}; its words stand above"
        )
    found: Json = json.loads(done.stdout)
    return found


class Bench:
    """One size, measured against one server."""

    def __init__(self, server: Server, folder: Path, items: int) -> None:
        self.asked: dict[str, Json] = {}
        """By mode: what the recorded run asked and sent."""
        self._server = server
        self._folder = folder
        self._items = items

    def record(self) -> None:
        """Record a full run and a delta for the bare loop."""
        ledger = self._new_ledger()
        for mode in MODES:
            self._server.begin(latency_ms=0, mode=mode, record=True)
            found = child("bench.whole", self._server.origin, str(ledger), mode)
            self.asked[mode] = self._server.counts()
            trouble = self._trouble(mode, found, self.asked[mode])
            if trouble:
                raise SystemExit(f"the recorded {mode} run is no measure: {trouble}")
            plan = self._server.plans / mode
            plan.mkdir()
            for name in ("plan.json", "bodies"):
                shutil.copy(self._server.plans / name, plan / name)

    def round(self, latency_ms: int, *, bare_first: bool) -> dict[tuple[str, str], Json]:
        """Run both sides in both modes; a run that is no measure is left out."""
        ledger = self._new_ledger()
        results: dict[tuple[str, str], Json] = {}
        for mode in MODES:
            for side in ("bare", "connector") if bare_first else ("connector", "bare"):
                self._server.begin(latency_ms=latency_ms, mode=mode, replayed=side == "bare")
                if side == "bare":
                    found = child("bench.bare", self._server.origin, str(self._server.plans / mode))
                else:
                    found = child("bench.whole", self._server.origin, str(ledger), mode)
                counts = self._server.counts()
                trouble = self._trouble(mode, found, counts)
                if trouble:
                    print(f"dropped: {side}, {mode}, {latency_ms} ms: {trouble}", file=sys.stderr)
                else:
                    results[side, mode] = {**found, **counts}
        shutil.rmtree(ledger)
        return results

    def full(self) -> Json:
        """One full run into a new ledger at 0 ms, for its memory."""
        ledger = self._new_ledger()
        self._server.begin(latency_ms=0, mode="full")
        found = child("bench.whole", self._server.origin, str(ledger), "full")
        trouble = self._trouble("full", found, self._server.counts())
        if trouble:
            raise SystemExit(f"a full run over {self._items} items is no measure: {trouble}")
        shutil.rmtree(ledger)
        return found

    def _trouble(self, mode: str, found: Json, counts: Json) -> str:
        """Say what is missing from a run; empty when it did all of the work."""
        wanted = self.asked.get(mode)
        if found["outcome"] not in {"", "succeeded"}:
            return f"the connector says {found['outcome']}: {'; '.join(found['reasons'])}"
        if found["outcome"] and found["live"] != self._items:
            return f"{found['live']} documents are live, not {self._items}"
        if counts["strange"]:
            return f"calls that the neighbours do not know: {counts['strange']}"
        if mode == "full" and counts["documents"] != self._items:
            return f"{counts['documents']} different documents arrived, not {self._items}"
        if wanted is not None and counts["documents"] != wanted["documents"]:
            return f"{counts['documents']} different documents arrived, not {wanted['documents']}"
        if wanted is not None and not found["outcome"] and counts["put_bytes"] != wanted["put_bytes"]:
            return "the bare loop sent other bytes than were recorded"
        return ""

    def _new_ledger(self) -> Path:
        return Path(tempfile.mkdtemp(prefix="ledger-", dir=self._folder))


def compare(folder: Path, size: Size) -> None:
    """Print how fast both sides are, and the ratio."""
    with served(size.items, folder) as server:
        bench = Bench(server, folder, size.items)
        bench.record()
        full, delta = bench.asked["full"], bench.asked["delta"]
        print(
            f"{size.items:,} items; full: {full['gets']:,} GETs, {full['puts']:,} PUTs, {full['put_bytes'] / 1e6:.0f} MB sent;"
            f" delta: {delta['gets']:,} GETs, {delta['documents']:,} documents changed\n"
        )
        print(
            "| run | latency | rounds | connector items/s | bare items/s | connector / bare | CPU connector / bare |"
        )
        print("|---|--:|--:|--:|--:|--:|--:|", flush=True)
        for latency_ms in LATENCIES_MS:
            seconds: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
            ratios: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
            for number in range(size.rounds[latency_ms]):
                results = bench.round(latency_ms, bare_first=number % 2 == 1)
                for mode in MODES:
                    connector, bare = results.get(("connector", mode)), results.get(("bare", mode))
                    if connector is None or bare is None:
                        continue
                    seconds["connector", mode].append(connector["seconds"])
                    seconds["bare", mode].append(bare["seconds"])
                    ratios[mode].append(
                        (
                            bare["seconds"] / connector["seconds"],
                            connector["cpu_seconds"] / bare["cpu_seconds"],
                        )
                    )
            for mode, found in ratios.items():
                speeds = [size.items / median(seconds[side, mode]) for side in ("connector", "bare")]
                print(
                    f"| {mode} | {latency_ms} ms | {len(found)} | {speeds[0]:,.0f} | {speeds[1]:,.0f}"
                    f" | {median(one for one, _ in found):.2f} | {median(cpu for _, cpu in found):.1f} |",
                    flush=True,
                )


def compare_memory(folder: Path, size: Size) -> None:
    """Print the peak memory of a small and a large full run, and the ratio."""
    peaks = []
    for items in (size.small, size.large):
        with served(items, folder) as server:
            peaks.append(Bench(server, folder, items).full()["peak_mb"])
    print("\n| items | peak memory of a full run |\n|--:|--:|")
    for items, peak in zip((size.small, size.large), peaks, strict=True):
        print(f"| {items:,} | {peak:.0f} MB |")
    print(f"\nratio {peaks[1] / peaks[0]:.2f}")


def compare_start(folder: Path) -> None:
    """Print how soon the program is at work, against bare imports."""
    print("\n| start | ratio | at most |\n|---|--:|--:|")
    for name, (found, most) in start.ratios(start.measure(folder)).items():
        print(f"| {name} | {found:.2f} | {most:.1f} |", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="The connector beside a bare loop.")
    parser.add_argument("--quick", action="store_true", help="fewer items and rounds; says little")
    size = QUICK if parser.parse_args().quick else WHOLE
    print(
        f"Python {platform.python_version()}, {platform.system()} {platform.release()}, {platform.machine()}\n"
    )
    with tempfile.TemporaryDirectory(prefix="connector-bench-") as folder:
        compare_start(Path(folder))
        print()
        compare(Path(folder), size)
        compare_memory(Path(folder), size)


if __name__ == "__main__":
    main()
