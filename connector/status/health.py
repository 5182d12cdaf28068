"""
Health: live while the process advances, ready while search is fresh enough.

The age of the last good run decides readiness, nothing else (`service.ready_after_h`): one failed run makes nobody restart or
replace the service. The words tell how the last run ended, too, and that a target is on hold: of neither a restart makes anything
better, and `docs/service.md` names what to watch for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.app import App
from connector.daemon.progress import Progress
from connector.document.durations import HOUR_S
from connector.ledger.browse import PastRun
from connector.ledger.on_hold import read_hold
from connector.ledger.runs import GOOD
from connector.ledger.store import Ledger
from connector.plan.report import stamp


def tell_live(progress: Mapping[str, Progress]) -> tuple[bool, dict[str, Any]]:
    """Whether every run under way advances; the process between runs is alive as well."""
    stalled = {name: words for name, one in progress.items() if (words := one.stalled())}
    told = {name: stalled.get(name) or one.words() for name, one in progress.items()}
    return not stalled, {"live": not stalled, "targets": told}


def tell_ready(app: App, ledger: Ledger, *, now: float) -> tuple[bool, dict[str, Any]]:
    """Whether every target had a good run within `service.ready_after_h`."""
    oldest = now - app.settings.service.ready_after_h * HOUR_S
    told: dict[str, Any] = {}
    ready = True
    for name in app.settings.targets:
        browse = ledger.browse(name)
        run = browse.last_good(set(app.sources_of(name)))
        last = browse.last_real()
        fresh = run is not None and run.started_at >= oldest
        ready = ready and fresh
        is_on_hold = read_hold(ledger.notes(""), name) is not None
        told[name] = {
            "ready": fresh,
            "last_good_run": run.id if run else None,
            "at": stamp(run.started_at) if run else None,
            "last_run": last.id if last else None,
            "outcome": last.outcome if last else None,
            "on_hold": is_on_hold,
            "words": app.typed_for(_words(app, run, last, fresh=fresh, is_on_hold=is_on_hold), name),
        }
    return ready, {"ready": ready, "targets": told}


def _words(app: App, good: PastRun | None, last: PastRun | None, *, fresh: bool, is_on_hold: bool) -> str:
    hours = app.settings.service.ready_after_h
    if good is None:
        return "no run has read every source to its end and reached the intranet yet. See: connector runs"
    if not fresh:
        return f"the last good run is older than {hours:g} hours. See: connector runs"
    if is_on_hold:
        return (
            f"a good run is younger than {hours:g} hours, but the target is on hold: nothing new is sent. "
            "See: connector status"
        )
    if last is None or last.number == good.number or last.outcome in GOOD:
        return f"a good run is younger than {hours:g} hours"
    return (
        f"a good run is younger than {hours:g} hours, but the last run has the outcome {last.outcome}. "
        f"See: connector runs {last.id}"
    )
