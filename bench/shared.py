"""
One run by one service, and by three that walk its rooms: `python -m bench.shared [ITEMS [LATENCY_MS [ROUNDS [SCENE...]]]]`.

Real services, a real PostgreSQL, the neighbours of the other benchmarks with rooms of 500 items. Ratios count, seconds do not:
on two cores the database, the neighbours and all services share them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from enum import StrEnum
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import psycopg

from bench.cases import Estate, Round
from bench.children import Server
from connector.engine.queue import DbosQueue, engine_for
from connector.ledger.store import Ledger
from connector.ports.engine import Work
from tests.ledger.cluster import Cluster, start

ROOM_ITEMS = 500
CALLS, PUSHES = 16, 4
"""Of one service."""
WEB, MOVED = "https://ix.example.com/", "https://rooms.example.com/"
"""Every link of a document goes there; with the second one every document is another one."""


class Scene(StrEnum):
    """What the measured run finds. In each it reads and pushes every document."""

    LOST = "lost"
    FIRST = "first"
    CHANGED = "changed"

    @property
    def words(self) -> str:
        """What the results call it."""
        return {
            Scene.LOST: "an intranet that lost everything",
            Scene.FIRST: "a first load",
            Scene.CHANGED: "every document changed",
        }[self]


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
web_url = "{WEB}{{community}}/{{room}}/documentLibrary/{{id}}"
permissions = "room"
content = false
concurrency = {CALLS * services}
[schedule]
delta = "0 0 1 1 *"
full = "0 0 1 1 *"
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


def load(url: str, server: Server, settings: Path) -> None:
    """Have one service do a first run."""
    server.begin(Round.FULL, notes=True)
    with serving(settings, 1) as (one,):
        until(url, "SELECT count(*) FROM runs WHERE finished_at IS NOT NULL", 1)
        one.terminate()  # it leaves; else it would count among those who work
        one.wait()


def prepare(scene: Scene, url: str, server: Server, settings: Path) -> None:
    """Bring ledger and intranet to where the measured run finds them; nothing else falls due."""
    if scene is Scene.FIRST:
        with closing(Ledger(url, now=time.time())) as ledger:
            runs = ledger.runs("intranet")
            begun = runs.start(mode="full", dry_run=False, now=time.time(), backfill=0, wanted={})
            runs.finish(begun.number, outcome="failed", report="{}", now=time.time(), next_mode="")
        server.begin(Round.FULL, notes=True)
        return
    load(url, server, settings)
    if scene is Scene.LOST:
        server.begin(Round.FULL, notes=True)
    else:
        settings.write_text(settings.read_text(encoding="utf-8").replace(WEB, MOVED), encoding="utf-8")


def log_of(settings: Path) -> Path:
    """What the services of these settings tell."""
    return settings.with_suffix(".log")


@contextmanager
def serving(settings: Path, services: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many services; killed at the end, since they have nothing to do then."""
    with log_of(settings).open("w") as log, ExitStack() as stack:
        started: list[subprocess.Popen[bytes]] = []
        for _ in range(services):
            one = subprocess.Popen(
                [sys.executable, "-m", "connector", "--settings", str(settings), "serve"],
                env={**os.environ, **SECRETS},
                stdout=log,
                stderr=log,
            )
            stack.callback(one.wait)
            stack.callback(one.kill)
            started.append(one)
        yield started


def measure(
    cluster: Cluster, server: Server, folder: Path, scene: Scene, services: int, latency_ms: int
) -> tuple[float, float]:
    """Do one full run; says its seconds, and those of the processors of all services."""
    url = cluster.new_database()
    settings = folder / f"settings-{services}.toml"
    settings.write_text(settings_of(server.origin, url, services), encoding="utf-8")
    prepare(scene, url, server, settings)
    with serving(settings, services) as processes:
        until(url, "SELECT count(*) FROM members WHERE state='working'", services)
        while log_of(settings).read_text(encoding="utf-8").count("worker.joined") < services:
            time.sleep(0.2)
        server.begin(Round.SAME, latency_ms=latency_ms, notes=True)
        cpu = [_cpu(one.pid) for one in processes]
        with closing(DbosQueue(engine_for(url))) as queue:
            while not queue.ask(Work("full", "intranet", time.time())):
                time.sleep(0.2)  # the first run may have ended before its worker could write that down
        until(url, "SELECT count(*) FROM runs WHERE finished_at IS NOT NULL", 2)
        spent = sum(_cpu(one.pid) - before for one, before in zip(processes, cpu, strict=True))
        ((seconds, outcome, report),) = ask(
            url, "SELECT finished_at-started_at, outcome, report FROM runs ORDER BY number DESC LIMIT 1"
        )
    documents = json.loads(report)["documents"]
    pushed = documents["added"] + documents["updated"]
    if outcome != "succeeded" or pushed != documents["live"]:
        raise SystemExit(f"{scene}: {outcome}, {documents}")
    cluster.drop(url)
    return float(seconds), spent


def _cpu(process: int) -> float:
    told = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def main(arguments: list[str]) -> None:
    """Measure in turns, and print the ratios."""
    items, latency_ms, rounds = [*map(int, arguments[:3]), *(20_000, 100, 2)[len(arguments) :]]
    scenes = [Scene(one) for one in arguments[3:]] or [*Scene]
    found: dict[tuple[Scene, int], list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as name, start() as cluster:
        folder = Path(name)
        (folder / "plans").mkdir()
        with served(items, folder / "plans") as server:
            for scene, services in [(scene, n) for _ in range(rounds) for scene in scenes for n in (1, 3)]:
                told = measure(cluster, server, folder, scene, services, latency_ms)
                found.setdefault((scene, services), []).append(told)
                load_now = os.getloadavg()[0]
                print(
                    f"{scene}, {services}: {told[0]:.1f} s, {told[1]:.1f} s of processor (load {load_now:.1f})",
                    flush=True,
                )
    for scene in scenes:
        one, three = (median(seconds for seconds, _ in found[scene, services]) for services in (1, 3))
        print(
            f"{scene.words}, {items:,} items at {latency_ms} ms: {one:.1f} s by one service, {three:.1f} s by three: "
            f"{one / three:.2f} times"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
