"""
What the status page takes over a small ledger and over a large one: each page, list and search of it, as a browser asks for it.

Both ledgers are those of `bench.lists`. Each is served by a process of its own; told is the time that one request takes, in
milliseconds, and the processor time of the process for it, each of the fastest of several in turns: whatever else a machine does
makes some of them slower and none faster; the first overview after a run that changed something is told by itself.

Run: `python -m bench.pages [--small N] [--large N] [--folder FOLDER]`
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx

from bench.lists import NOW, made, native, parser
from connector.app import KINDS, App
from connector.pages.server import StatusServer
from connector.settings import load
from connector.status.metrics import Metrics

ROUNDS = 7
SETTINGS = """
[ledger]
url = "sqlite:///{ledger}"

[text]
cache = "{folder}/text"

[targets.intranet]
base_url = "http://127.0.0.1:9"
tenant = "bench"
app_id = 1
api_key = "bench-key"

[sources.interaxo]
kind = "interaxo"
id_prefix = "ix"
base_url = "http://127.0.0.1:9"
token_url = "http://127.0.0.1:9/token"
client_id = "bench-client"
client_secret = "bench-secret"
permissions = "room"
"""
RUN = re.compile(r'href="/runs/([^"?]+)"')
NEXT = re.compile(r'href="([^"]*[?&;]after=[^"]*)"')


def asked() -> Iterator[tuple[str, str]]:
    """What is asked for: its name, and its address."""
    yield "overview", "/"
    yield "its live part", "/?part=live"
    for name in ("runs", "documents", "documents/duplicates", "held", "quarantine", "people", "workers"):
        yield name, f"/{name}"
    yield "run", "/runs/{run}"
    yield "exchanges", "/exchanges"
    yield "person", "/people?q=p7@example.com"
    for name in ("metrics", "health/ready", "health/live"):
        yield name, f"/{name}"
    yield "document", f"/documents/ix-{native(3)}"
    yield "document, for a person", f"/documents/ix-{native(3)}?for=p7@example.com"
    for words in ("a", "qx", "rapport", "kvartalsrapport 7", "ÅTGÄRD", "xyzzy", f"ix-{native(3)}"):
        yield f"search for {words}", f"/documents?q={quote(words)}"
    for state in ("live", "held", "new", "without-text", "quarantined", "removed", "hidden"):
        yield f"documents that are {state}", f"/documents?state={state}"
        yield f"rapport among {state}", f"/documents?state={state}&q=rapport"
    for what in ("kind=folder", "source=interaxo", "room=r1", "format=pdf", "format=zip", "reason=broken"):
        yield f"documents of {what}", f"/documents?{what}"
    yield "rapport of room=r1", "/documents?q=rapport&room=r1"
    yield "reason=broken without text", "/documents?state=without-text&reason=broken"
    yield "hold of room r1", "/held?source=interaxo&room=r1"
    for place in ("documents", "held", "documents/duplicates"):
        yield f"{place}, page 5", f"/{place}?page=5"
    for state in ("held", "without-text", "removed", "hidden", "quarantined"):
        yield f"{state}, page 2", f"/documents?state={state}&page=2"


class Served:
    """One ledger, served by a process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self._process = process
        self.client = httpx.Client(base_url=process.stdout.readline().strip(), timeout=600)

    def ask(self, path: str) -> tuple[float, float, str]:
        """Ask for a page: how long it took and what processor time it cost, in ms, and what it said."""
        spent, began = self.spent(), time.perf_counter()
        answer = self.client.get(path)
        took = (time.perf_counter() - began) * 1_000
        assert answer.status_code in {200, 503}, (path, answer.status_code)
        return took, self.spent() - spent, answer.text

    def spent(self) -> float:
        """Processor time of the process until now, in ms."""
        tasks = Path(f"/proc/{self._process.pid}/task").glob("*/schedstat")
        return sum(int(one.read_text().split()[0]) for one in tasks) / 1e6


@contextmanager
def serving(ledger: Path) -> Iterator[Served]:
    """Serve a ledger as long as it is asked."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.pages", "--serve", str(ledger)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        served = Served(process)
        with served.client:
            yield served
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait()


async def serve(ledger: str) -> None:
    """Serve a ledger until standard input ends."""
    with tempfile.TemporaryDirectory(prefix="connector-pages-") as folder:
        file = Path(folder) / "settings.toml"
        file.write_text(SETTINGS.format(ledger=ledger, folder=folder), encoding="utf-8")
        app = App(load(file, {}, kinds=KINDS))
        server = StatusServer(app=lambda: app, metrics=Metrics(), lanes=dict, clock=lambda: NOW + 60)
        async with server.serving("127.0.0.1:0") as address:
            print(address, flush=True)
            await asyncio.to_thread(sys.stdin.read)


def main() -> None:
    """Serve both ledgers, ask, and print a table."""
    arguments = parser("python -m bench.pages", __doc__ or "")
    arguments.add_argument("--serve", metavar="LEDGER")
    told = arguments.parse_args()
    if told.serve:
        asyncio.run(serve(told.serve))
        return
    with ExitStack() as stack:
        files = stack.enter_context(made(told))
        both = [stack.enter_context(serving(file)) for file in files]
        print(
            f"| page | takes, ms, of {told.small:,} and {told.large:,} | processor, ms | of {told.large:,} | ratio |\n|---|--:|--:|--:|--:|"
        )
        first = [one.ask("/") for one in both]
        _tell("overview, first after a run", first[:1], first[1:])
        runs = [RUN.findall(one[2])[-1] for one in first]
        for name, path in asked():
            paths = [path.format(run=run) for run in runs]
            if path.endswith("page=2"):  # where the page before leads to
                found = [NEXT.search(one.ask(path.removesuffix("&page=2"))[2]) for one in both]
                paths = [one[1].replace("&amp;", "&") if one else path for one in found]
            times = [[one.ask(which) for one, which in zip(both, paths, strict=True)] for _ in range(ROUNDS)]
            _tell(name, [pair[0] for pair in times], [pair[1] for pair in times])


def _tell(name: str, small: list[tuple[float, float, str]], large: list[tuple[float, float, str]]) -> None:
    here, there = (min(one[0] for one in times) for times in (small, large))
    spent_here, spent_there = (min(one[1] for one in times) for times in (small, large))
    print(
        f"| {name} | {here:.1f}, {there:.1f} | {spent_here:.1f} | {spent_there:.1f} | {spent_there / max(spent_here, 0.01):.2f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
