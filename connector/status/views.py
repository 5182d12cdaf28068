"""What each page tells, as plain values from the ledger. Reads only; opens nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from connector.app import App
from connector.daemon.progress import Progress
from connector.ledger.browse import Browse, PastRun
from connector.ledger.catalogue import WITHOUT_TEXT, Catalogue, Wanted
from connector.ledger.store import Ledger
from connector.plan.report import removed_in, stamp
from connector.plan.words import held as why_held
from connector.status import account, searchable
from connector.status.chart import SHOWN, Point, duration, plot_changes, plot_seconds
from connector.status.metrics import Metrics

LAST_RUNS = 8
RUNS_PER_PAGE = 50


def tell_overview(
    app: App, ledger: Ledger, target: str, metrics: Metrics, progress: Mapping[str, Progress], *, now: float
) -> dict[str, Any]:
    """How things stand: one sentence, a few numbers, the chart, the last and the next runs, the sources."""
    browse = ledger.browse(target)
    sources = set(app.sources_of(target))
    runs = list(browse.runs(limit=200))
    real = [run for run in runs if not run.dry_run]
    points = [_point(run, app.settings.schedule.timezone) for run in reversed(real[:SHOWN])]
    status = account.tell_status(
        app,
        ledger,
        now=now,
        formats=lambda name: metrics.formats(ledger, name, set(app.sources_of(name)), now=now),
    )["targets"][target]
    good = browse.last_good(sources)
    fresh = metrics.freshness(ledger, target, sources, now=now)
    held = sum(count for _, _, count in browse.held_by_run())
    running = _running(browse, progress.get(target))
    return {
        "headline": _headline(app, real, good, status, held, running, now=now),
        "running": running,
        "documents": status["documents"],
        "quarantine": status["quarantine"],
        "formats": status["texts"]["formats"],
        "lacking": status["texts"]["reasons"],
        "held": held,
        "fresh": {
            "median": duration(fresh.median_s) if fresh.median_s is not None else None,
            "p95": duration(fresh.p95_s) if fresh.p95_s is not None else None,
            "measured": fresh.measured,
        },
        "last_good": stamp(good.started_at) if good else None,
        "changes": plot_changes(points),
        "seconds": plot_seconds(points),
        "first_when": points[0].when if points else "",
        "last_when": points[-1].when if points else "",
        "runs": [line_of(run) for run in runs[:LAST_RUNS]],
        "next_runs": status["next_runs"],
        "sources": _sources(app, sources, real),
    }


def tell_runs(browse: Browse, page: int) -> dict[str, Any]:
    """The history, the newest first."""
    runs = list(browse.runs(limit=page * RUNS_PER_PAGE + 1))[(page - 1) * RUNS_PER_PAGE :]
    return {
        "runs": [line_of(run) for run in runs[:RUNS_PER_PAGE]],
        "page": page,
        "more": len(runs) > RUNS_PER_PAGE,
    }


def tell_held(browse: Browse, page: int) -> dict[str, Any]:
    """What waits for a decision, with the commands that decide it."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for run, why, count in browse.held_by_run():
        groups.setdefault(run, []).append({"why": why_held(why), "count": count})
    listed = browse.held(page=page)
    rows = [{**msgspec.structs.asdict(row), "why": why_held(row.held_why)} for row in listed.rows]
    return {"groups": groups, "rows": rows, "page": page, "more": listed.more}


def tell_documents(
    catalogue: Catalogue, app: App, target: str, asked: Mapping[str, str], page: int
) -> dict[str, Any]:
    """Documents as asked for; those without text with why, and what can be done."""
    wanted = Wanted(
        words=asked["q"],
        source=asked["source"],
        kind=asked["kind"],
        state=asked["state"],
        reason=asked["reason"],
        format=asked["format"].lower().lstrip("."),
    )
    found = catalogue.page(wanted, page=page)
    lacking = asked["state"] == WITHOUT_TEXT
    return {
        "asked": asked,
        "rows": found.rows,
        "page": page,
        "more": found.more,
        "sources": app.sources_of(target),
        "kinds": catalogue.kinds(),
        "states": searchable.STATES,
        "reasons": searchable.tell_reasons(catalogue.reasons(wanted)) if lacking else [],
        "any_filter": any(asked.values()),
    }


def clock_time(moment: str, timezone: str) -> str:
    """A time of the ledger as a clock on the wall of a zone shows it."""
    return datetime.fromisoformat(moment).astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%d %H:%M")


def line_of(run: PastRun) -> dict[str, Any]:
    """One run as a line of a table."""
    documents = run.report.get("documents", {})
    reasons = run.report.get("reasons", [])
    if not run.report:
        reasons = ["the process was killed before its end"]
    return {
        "id": run.id,
        "mode": run.mode,
        "dry_run": run.dry_run,
        "outcome": run.outcome,
        "started_at": stamp(run.started_at),
        "seconds": duration(run.finished_at - run.started_at) if run.finished_at else "",
        "documents": {**documents, "removed": removed_in(run.report)},
        "reasons": reasons,
    }


def _point(run: PastRun, timezone: str) -> Point:
    documents = run.report.get("documents", {})
    return Point(
        run=run.id,
        mode=run.mode,
        outcome=run.outcome,
        when=clock_time(stamp(run.started_at), timezone),
        changed=sum(documents.get(key, 0) for key in ("added", "updated")) + removed_in(run.report),
        seconds=(run.finished_at or run.started_at) - run.started_at,
    )


def _running(browse: Browse, progress: Progress | None) -> dict[str, Any] | None:
    """The run under way, of this service or of somebody else."""
    open_run = browse.under_way()
    if open_run is None:
        return None
    identifier, mode, started = open_run
    ours = progress is not None and progress.mode == mode
    return {
        "id": identifier,
        "mode": mode,
        "started_at": stamp(started),
        "ours": ours,
        "seen": progress.seen if progress is not None and ours else None,
        "pushed": progress.pushed if progress is not None and ours else None,
    }


def _headline(
    app: App,
    runs: list[PastRun],
    good: PastRun | None,
    status: Mapping[str, Any],
    held: int,
    running: Mapping[str, Any] | None,
    *,
    now: float,
) -> dict[str, Any]:
    """The state of things in one sentence, the worst first."""
    late = good is None or good.started_at < now - app.settings.service.ready_after_h * 3_600
    if not runs:
        words = "The first run is under way" if running else "Nothing has been synchronised yet"
        return {"tone": "warning", "words": words}
    last = runs[0]
    if last.outcome == "failed":
        return {"tone": "bad", "words": "The last run failed"}
    if late:
        return {"tone": "bad", "words": "Search is not up to date"}
    if last.outcome == "braked" or held:
        return {"tone": "warning", "words": "Removals wait for a decision"}
    if last.outcome == "withheld":
        return {"tone": "warning", "words": "Up to date, with something withheld"}
    if status["quarantine"]:
        return {"tone": "warning", "words": "Up to date, but for what is in quarantine"}
    return {"tone": "good", "words": "Everything is up to date"}


def _sources(app: App, sources: set[str], runs: list[PastRun]) -> list[dict[str, Any]]:
    """Each source as its newest run left it."""
    told = []
    for name in sorted(sources):
        run = next((one for one in runs if name in one.report.get("sources", {})), None)
        sheet = run.report["sources"][name] if run else {}
        told.append(
            {
                "name": name,
                "kind": app.settings.sources[name].kind,
                "complete": sheet.get("complete"),
                "items": sheet.get("items"),
                "requests": sheet.get("requests"),
                "errors": sheet.get("errors", []),
                "run": run.id if run else None,
                "at": stamp(run.started_at) if run else None,
            }
        )
    return told
