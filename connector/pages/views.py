"""What each page tells, as plain values from the ledger. Reads only; opens nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connector.app import App
from connector.daemon.progress import Progress
from connector.document.durations import DAY_S, duration
from connector.document.states import Outcome
from connector.errors import NoSuchPage
from connector.ledger.browse import Browse, PastRun
from connector.ledger.catalogue import WITHOUT_TEXT, Wanted
from connector.ledger.store import Ledger
from connector.pages.chart import DAYS, Point, plot_week
from connector.pages.service_view import ServiceView
from connector.plan.reading_words import how_far_read
from connector.plan.remaining_words import rest_words
from connector.plan.report import deciding_reason, removed_in, stamp
from connector.plan.state_words import KILLED, STATES
from connector.status import removed, searchable
from connector.status.duplicates import kept_duplicates
from connector.status.headline import GOOD
from connector.status.quarantine import tell_parked, why_parked
from connector.status.runs import is_worked_on
from connector.status.target_status import OfService, matters_of, tell_target, worst_of
from connector.status.workers import tell_workers

LAST_RUNS = 8
RUNS_PER_PAGE = 50
MOST_RUNS = 2_000
"""Runs of the chart's days that are looked at; the newest."""
SHOWN_OF_A_REASON = 50
MOST_REASONS = 20
"""Why something is in quarantine, that are told one by one."""
MOST_OF_VALUES = 200
"""Reasons with the values of their words, of which those are made."""


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
        refused=behind.refused() or app.words_of_service(ledger, now=now),
        differ=app.words_of_differing(ledger, now=now),
        services=app.count_serving(),
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
        "running": _running(browse, lane, matters.settings_at)
        if is_worked_on(ledger, target, now=now)
        else None,
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
        "runs": [*_killed(ledger, target, now=now), *map(line_of, runs)][:LAST_RUNS],
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


def tell_runs(ledger: Ledger, target: str, page: int, *, now: float) -> dict[str, Any]:
    """The history, the newest first."""
    browse = ledger.browse(target)
    killed = _killed(ledger, target, now=now) if page == 1 else []
    runs = list(browse.runs(limit=RUNS_PER_PAGE + 1, skipped=(page - 1) * RUNS_PER_PAGE))
    return {
        "runs": [*killed, *map(line_of, runs[:RUNS_PER_PAGE])],
        "page": page,
        "more": len(runs) > RUNS_PER_PAGE,
    }


def tell_documents(
    ledger: Ledger, app: App, target: str, asked: Mapping[str, str], page: int, *, after: str
) -> dict[str, Any]:
    """
    Documents as asked for; those without text with why, and what can be done.

    Args:
        after: where the page begins; empty: it is counted.

    Raises:
        NoSuchPage: documents have no such state; the place is none of this list.
    """
    if asked["state"] and asked["state"] not in STATES:
        raise NoSuchPage(f"Documents have no state “{asked['state']}”", said_by=("state",))
    catalogue = ledger.catalogue(target)
    wanted = Wanted(
        words=asked["q"],
        source=asked["source"],
        kind=asked["kind"],
        state=asked["state"],
        reason=asked["reason"],
        format=asked["format"].lower().lstrip("."),
        room=(asked["room"],) if asked["room"] else (),
    )
    rows: Sequence[Any]
    if asked["state"] in searchable.OUT:
        rows, following = removed.page_of(ledger, target, wanted, page=page, after=after)
        more = bool(following)
    else:
        found = catalogue.page(wanted, page=page, after=after)
        rows, more, following = found.rows, found.more, found.next
    lacking: Mapping[str, int] = {}
    of_page = False
    if asked["state"] == WITHOUT_TEXT:
        lacking, of_page = searchable.reasons(ledger, target, wanted, rows)
    return {
        "asked": asked,
        "rows": rows,
        "page": page,
        "more": more,
        "after": following,
        "sources": app.sources_of(target),
        "kinds": sorted({kind for _, kind in catalogue.kinds()}),
        "states": STATES,
        "reasons": searchable.tell_reasons(lacking),
        "reasons_of_page": of_page,
        "any_filter": any(asked.values()),
        "duplicates": kept_duplicates(ledger, target),
    }


def tell_quarantine(ledger: Ledger, target: str) -> dict[str, Any]:
    """
    What is in quarantine, what has one reason together, the most frequent first.

    Reasons are told one by one as far as they fit a page, and the first documents of each.
    """
    quarantine = ledger.quarantine(target)
    told: dict[str, dict[str, Any]] = {}
    for group in quarantine.groups(MOST_OF_VALUES):
        message = why_parked(group.message, group.reason, group.told)
        if message not in told and len(told) == MOST_REASONS:
            continue
        one = told.setdefault(message, {"message": message, "reason": group.reason, "count": 0, "rows": []})
        one["count"] += group.count
        if rest := SHOWN_OF_A_REASON - len(one["rows"]):
            one["rows"] += [tell_parked(row) for row in quarantine.first_of(group, rest)]
    groups = sorted(told.values(), key=lambda one: -one["count"])
    count = quarantine.count()
    return {"count": count, "groups": groups, "rest": count - sum(one["count"] for one in groups)}


def line_of(run: PastRun) -> dict[str, Any]:
    """One run as a line of a table."""
    documents = run.report.get("documents", {})
    reasons = run.report.get("reasons", [])
    if not run.report:
        reasons = [KILLED]
    return {
        "id": run.id,
        "mode": run.mode,
        "dry_run": run.dry_run,
        "outcome": run.outcome,
        "started_at": stamp(run.started_at),
        "seconds": duration(run.finished_at - run.started_at) if run.finished_at else "",
        "documents": {**documents, "removed": removed_in(run.report)},
        "reasons": reasons,
        "why": deciding_reason(run.report) or next(iter(reasons), ""),
    }


def _killed(ledger: Ledger, target: str, *, now: float) -> list[dict[str, Any]]:
    """The run that was killed last, as long as none began after it; else nothing."""
    run = ledger.browse(target).under_way()
    if run is None or is_worked_on(ledger, target, now=now):
        return []
    return [
        {
            "id": run.id,
            "mode": run.mode,
            "dry_run": False,
            "outcome": Outcome.FAILED,
            "started_at": stamp(run.started_at),
            "seconds": "",
            "documents": {},
            "reasons": [KILLED],
            "why": KILLED,
        }
    ]


def _point(run: PastRun) -> Point:
    documents = run.report.get("documents", {})
    return Point(
        run=run.id,
        outcome=run.outcome,
        at=run.started_at,
        changed=sum(documents.get(key, 0) for key in ("added", "updated")) + removed_in(run.report),
    )


def _running(browse: Browse, progress: Progress | None, settings_at: str | None) -> dict[str, Any] | None:
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
        "settings_at": settings_at,
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
