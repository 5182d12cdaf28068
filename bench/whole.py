"""
The connector's side: one run of the whole program, wired by its settings, on uvloop.

Run: `python -m bench.whole ORIGIN FOLDER MODE`; the ledger stays in the folder. Prints one line of JSON.
"""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path

import msgspec

from bench.bare import READERS, WRITERS
from bench.outcome import Outcome, peak_mb
from connector.app import KINDS, App
from connector.daemon.logs import set_up
from connector.engine.together import run_program
from connector.plan.item import Mode
from connector.settings import check


def make_app(origin: str, folder: Path) -> App:
    """The connector between the two simulated neighbours."""
    values = {
        "targets.intranet.base_url": origin,
        "targets.intranet.tenant": "00000000-0000-0000-0000-000000000000",
        "targets.intranet.app_id": "1",
        "targets.intranet.api_key": "made-up",
        "targets.intranet.concurrency": WRITERS,
        "sources.interaxo.kind": "interaxo",
        "sources.interaxo.id_prefix": "ix",
        "sources.interaxo.base_url": origin,
        "sources.interaxo.token_url": f"{origin}/oauth/token",
        "sources.interaxo.audience": "bench",
        "sources.interaxo.client_id": "made-up",
        "sources.interaxo.client_secret": "made-up",
        "sources.interaxo.web_url": "https://ix.example.com/{community}/{room}/documentLibrary/{id}",
        "sources.interaxo.permissions": "room",
        "sources.interaxo.concurrency": READERS,
        "sources.interaxo.content": False,
        "ledger.url": "sqlite:///ledger.db",
    }
    layers = [("bench", key.split("."), value) for key, value in values.items()]
    return App(check(layers, file=folder / "settings.toml", kinds=KINDS))


async def run(origin: str, folder: Path, mode: Mode) -> Outcome:
    """Do one run."""
    app = make_app(origin, folder)
    started, cpu = time.perf_counter(), time.process_time()
    report = await app.run("intranet", app.options("intranet", mode))
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    return Outcome(
        seconds=seconds,
        cpu_seconds=cpu,
        peak_mb=peak_mb(),
        outcome=report.outcome,
        live=report.documents.live,
        reasons=report.reasons[:3],
    )


if __name__ == "__main__":
    set_up(style="json", secrets=[], level=logging.WARNING)
    outcome = run_program(run(sys.argv[1], Path(sys.argv[2]), Mode(sys.argv[3])))
    print(msgspec.json.encode(outcome).decode())
