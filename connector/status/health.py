"""Health: live while the process advances, ready while search is fresh enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.app import App
from connector.daemon.progress import Progress
from connector.ledger.store import Ledger
from connector.plan.report import stamp


def tell_live(progress: Mapping[str, Progress]) -> tuple[bool, dict[str, Any]]:
    """Whether every run under way advances; the process between runs is alive as well."""
    stalled = {name: words for name, one in progress.items() if (words := one.stalled())}
    told = {name: stalled.get(name) or one.words() for name, one in progress.items()}
    return not stalled, {"live": not stalled, "targets": told}


def tell_ready(app: App, ledger: Ledger, *, now: float) -> tuple[bool, dict[str, Any]]:
    """Whether every target had a good run within `service.ready_after_h`."""
    oldest = now - app.settings.service.ready_after_h * 3_600
    told: dict[str, Any] = {}
    ready = True
    for name in app.settings.targets:
        run = ledger.browse(name).last_good(set(app.sources_of(name)))
        fresh = run is not None and run.started_at >= oldest
        ready = ready and fresh
        told[name] = {
            "ready": fresh,
            "last_good_run": run.id if run else None,
            "at": stamp(run.started_at) if run else None,
            "words": _words(app, run.started_at if run else None, fresh=fresh),
        }
    return ready, {"ready": ready, "targets": told}


def _words(app: App, at: float | None, *, fresh: bool) -> str:
    if at is None:
        return "no run has read every source to its end and reached the intranet yet. See: connector runs"
    if not fresh:
        return f"the last good run is older than {app.settings.service.ready_after_h:g} hours. See: connector runs"
    return "up to date"
