"""
One run by one service, and by three that walk its rooms: `python -m bench.shared [ITEMS [LATENCY_MS [ROUNDS]]]`.

Real services, a real PostgreSQL, the neighbours of the other benchmarks with rooms of 500 items. Ratios count, seconds do not:
on two cores the database, the neighbours and all services share them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import psycopg

from bench.cases import Round
from bench.children import Server
from bench.servers import Estate
from connector.engine.queue import DbosQueue, engine_for
from connector.ports.engine import Work
from tests.ledger.cluster import Cluster, start

ROOM_ITEMS = 500
CALLS, PUSHES = 16, 4
"""Of one service."""
SECRETS = {
    "CONNECTOR_TARGETS__INTRANET__API_KEY": "made-up",
    "CONNECTOR_SOURCES__INTERAXO__CLIENT_ID": "made-up",
    "CONNECTOR_SOURCES__INTERAXO__CLIENT_SECRET": "made-up",
}


@contextmanager
def served(items: int, folder: Path) -> Iterator[Server]:
    """The neighbours, with smaller rooms than elsewhere."""
    code = "import sys, runpy; from bench import tree; tree.ROOM_ITEMS = int(sys.argv.pop(1)); runpy.run_module('bench.servers', run_name='__main__', alter_sys=True)"
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            code,
            str(ROOM_ITEMS),
            msgspec.json.encode(Estate(items=items)).decode(),
            str(folder),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        try:
            yield Server(f"http://127.0.0.1:{int(process.stdout.readline())}", folder)
        finally:
            process.stdin.close()


def settings_of(origin: str, url: str, services: int) -> str:
    """So that each service has as many calls, however many there are."""
    return f"""
[ledger]
url = "{url}"
[targets.intranet]
base_url = "{origin}"
tenant = "00000000-0000-0000-0000-000000000000"
app_id = 1
concurrency = {PUSHES * services}
[sources.interaxo]
kind = "interaxo"
id_prefix = "ix"
base_url = "{origin}"
token_url = "{origin}/oauth/token"
audience = "bench"
web_url = "https://ix.example.com/{{community}}/{{room}}/documentLibrary/{{id}}"
permissions = "room"
content = false
concurrency = {CALLS * services}
[schedule]
delta = "0 0 1 1 *"
full = ""
[people]
every = ""
[service]
listen = "127.0.0.1:0"
"""


def ask(url: str, sql: str) -> list[Any]:
    """Ask the database."""
    with psycopg.connect(url, autocommit=True) as driver:
        return driver.execute(sql).fetchall()


def until(url: str, sql: str, wanted: int, within_s: float = 600.0) -> None:
    """Wait until a count is reached."""
    over = time.monotonic() + within_s
    while time.monotonic() < over:
        if ask(url, sql)[0][0] >= wanted:
            return
        time.sleep(0.2)
    raise SystemExit(f"not within {within_s:.0f} s: {sql}")


def measure(
    cluster: Cluster, server: Server, folder: Path, services: int, latency_ms: int
) -> tuple[float, float]:
    """Do one full run of an empty intranet; says its seconds, and those of the processors of all services."""
    url = cluster.new_database()
    settings = folder / f"settings-{services}.toml"
    settings.write_text(settings_of(server.origin, url, services), encoding="utf-8")
    server.begin(Round.FULL)
    log = (folder / f"log-{services}").open("a")
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "connector", "--settings", str(settings), "serve"],
            env={**os.environ, **SECRETS},
            stdout=log,
            stderr=log,
        )
        for _ in range(services)
    ]
    try:
        until(url, "SELECT count(*) FROM members", services)
        until(url, "SELECT count(*) FROM runs WHERE finished_at IS NOT NULL", 1)  # what fell due before
        ask(url, "UPDATE documents SET version=NULL RETURNING 1")
        server.begin(Round.FULL, latency_ms=latency_ms)
        cpu = [_cpu(one.pid) for one in processes]
        with closing(DbosQueue(engine_for(url))) as queue:
            queue.ask(Work("full", "intranet", time.time()))
        until(url, "SELECT count(*) FROM runs WHERE finished_at IS NOT NULL", 2)
        spent = sum(_cpu(one.pid) - before for one, before in zip(processes, cpu, strict=True))
        ((seconds, outcome),) = ask(
            url, "SELECT finished_at-started_at, outcome FROM runs ORDER BY number DESC LIMIT 1"
        )
        assert outcome == "succeeded", outcome
    finally:
        for one in processes:
            one.kill()
            one.wait()
        log.close()
    return float(seconds), spent


def _cpu(process: int) -> float:
    told = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def main(arguments: list[str]) -> None:
    """Measure in turns, and print the ratio."""
    items, latency_ms, rounds = [*map(int, arguments), *(20_000, 100, 2)[len(arguments) :]]
    with tempfile.TemporaryDirectory() as name, start() as cluster:
        folder = Path(name)
        (folder / "plans").mkdir()
        with served(items, folder / "plans") as server:
            found: dict[int, list[tuple[float, float]]] = {1: [], 3: []}
            for _ in range(rounds):
                for services, seconds in found.items():
                    seconds.append(measure(cluster, server, folder, services, latency_ms))
                    print(services, *(f"{one:.1f}" for one in seconds[-1]), flush=True)
    one, three = (median(seconds for seconds, _ in found[services]) for services in (1, 3))
    print(
        f"{items:,} items at {latency_ms} ms: {one:.1f} s by one service, {three:.1f} s by three: {one / three:.2f} times"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
