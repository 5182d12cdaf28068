"""Which engine a service has: this process alone, or DBOS where services on several machines share a ledger."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import structlog

from connector.app import App
from connector.engine.one_process import Here
from connector.engine.rounds import Pulse
from connector.ports.engine import Engine, Executor


def engine_of(app: Callable[[], App], executor: Executor, pulse: Pulse) -> Engine:
    """
    Choose the engine, by where the ledger stands.

    Args:
        app: as the settings are now.
    """
    url = app().shared_ledger
    if not url:
        return Here(executor)
    if find_spec("dbos") is None:
        structlog.get_logger("connector.workers").warning(
            "workers.alone",
            why="DBOS is not installed: this service shares its runs with no other one. Install the extra `cluster` of this package.",
        )
        return Here(executor)
    from connector.engine.dbos import Dbos  # 3 s and 27 MB, where it is chosen only

    return Dbos(url, executor, lambda: app().roll(), lanes=lambda: _lanes(app()), pulse=pulse)


def _lanes(app: App) -> int:
    """How much may be under way at once: what is due of each target, and a night of reading scans, which takes hours."""
    return len(app.settings.targets) + bool(app.settings.text.ocr.languages)
