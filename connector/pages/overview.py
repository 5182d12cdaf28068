"""The overview, as plain values: what is the matter, a few numbers, the chart, the last and the next runs, the sources. Reads only."""

from __future__ import annotations

from typing import Any

from connector.app import App
from connector.daemon.progress import Progress
from connector.document.durations import DAY_S, duration
from connector.ledger.browse import Browse, PastRun
from connector.ledger.store import Ledger
from connector.pages.chart import DAYS, Point, plot_week
from connector.pages.lists import killed_run, line_of
from connector.pages.service_view import ServiceView
from connector.plan.reading_words import how_far_read
from connector.plan.remaining_words import rest_words
from connector.plan.report import removed_in, stamp
from connector.status.headline import GOOD
from connector.status.runs import is_worked_on
from connector.status.target_status import Matters, OfService, matters_of, tell_target, worst_of
from connector.status.workers import tell_workers

LAST_RUNS = 8
MOST_RUNS = 2_000
"""Runs of the chart's days that are looked at; the newest."""


def tell_overview(behind: ServiceView, app: App, ledger: Ledger, target: str) -> dict[str, Any]:
    """How things stand: what is the matter, a few numbers, the chart, the last and the next runs, the sources."""
    browse, metrics, now = ledger.browse(target), behind.metrics, behind.clock()
    sources = set(app.sources_of(target))
    runs = list(browse.runs(since=now - DAYS * DAY_S, limit=MOST_RUNS))
    if len(runs) < LAST_RUNS:
        runs = list(browse.runs(limit=LAST_RUNS))
    real = [run for run in runs if not run.dry_run]
    status = tell_target(app, ledger, target, now=now)
    lane = behind.lanes().get(target)
    of_service = OfService(
        refused=behind.refused() or app.services.refused(ledger, now=now),
        differ=app.services.differ(ledger, now=now),
        services=app.services.count(),
        unwritten=lane.unwritten if lane else "",
        unwritten_at=lane.unwritten_at if lane else 0.0,
    )
    matters = matters_of(app, ledger, target, status, now=now, service=of_service)
    good, (first, *also) = matters.good, matters.states
    fresh = metrics.freshness(ledger, target, sources, now=now)
    return {
        "headline": first,
        "also": also,
        "others": _others(app, ledger, target, now=now),
        "running": _running(browse, lane, matters) if is_worked_on(ledger, target, now=now) else None,
        "documents": status["documents"],
        "quarantine": status["quarantine"],
        "formats": status["texts"]["formats"],
        "lacking": status["texts"]["reasons"],
        "held": matters.held,
        "fresh": {
            "median": duration(fresh.median_s) if fresh.median_s is not None else None,
            "p95": duration(fresh.p95_s) if fresh.p95_s is not None else None,
            "measured": fresh.measured,
        },
        "search": status["search"],
        "told": status["told"],
        "compared": status["compared"],
        "last_good": stamp(good.started_at) if good else None,
        "changes": plot_week([_point(run) for run in real], now=now, timezone=app.settings.schedule.timezone),
        "runs": [*killed_run(ledger, target, now=now), *map(line_of, runs)][:LAST_RUNS],
        "next_runs": status["next_runs"],
        "workers": tell_workers(ledger, [], shared=True, now=now) if app.shared_ledger else None,
        "sources": _sources(app, target, [*real, *([good] if good else [])]),
    }


def _others(app: App, ledger: Ledger, target: str, *, now: float) -> list[dict[str, Any]]:
    """What is the matter with the targets that an overview does not show, the worst of each; those that are well are left out."""
    told = []
    for name in app.settings.targets:
        if name != target:
            first = worst_of(app, ledger, name, now=now)
            told += [{"target": name, "tone": first.tone, "words": first.words}] if first.tone != GOOD else []
    return told


def _point(run: PastRun) -> Point:
    documents = run.report.get("documents", {})
    return Point(
        run=run.id,
        outcome=run.outcome,
        at=run.started_at,
        changed=sum(documents.get(key, 0) for key in ("added", "updated")) + removed_in(run.report),
    )


def _running(browse: Browse, progress: Progress | None, matters: Matters) -> dict[str, Any] | None:
    """The run under way, of this service or of somebody else."""
    open_run = browse.under_way()
    if open_run is None:
        return None
    ours = progress is not None and progress.mode == open_run.mode
    return {
        "id": open_run.id,
        "mode": open_run.mode,
        "started_at": stamp(open_run.started_at),
        "ours": ours,
        "seen": progress.seen if progress is not None and ours else None,
        "pushed": progress.pushed if progress is not None and ours else None,
        "settings_at": matters.settings_at,
        "waits_for": progress.waits_for if progress is not None and ours else matters.waits_for,
        "rest": rest_words(progress.outlook.rest)
        if progress is not None and ours and open_run.mode != "delta"
        else "",
    }


def _sources(app: App, target: str, runs: list[PastRun]) -> list[dict[str, Any]]:
    """Each source as its newest run left it, in the order of the settings."""
    told = []
    for name in app.sources_of(target):
        run = next((one for one in runs if name in one.report.get("sources", {})), None)
        sheet = run.report["sources"][name] if run else {}
        told.append(
            {
                "name": name,
                "kind": app.settings.sources[name].kind,
                "complete": sheet.get("complete"),
                "read": how_far_read(sheet) if sheet else "",
                "items": sheet.get("items"),
                "requests": sheet.get("requests"),
                "errors": sheet.get("errors", []),
                "run": run.id if run else None,
                "at": stamp(run.started_at) if run else None,
            }
        )
    return told
