"""Runs, documents and the quarantine, as their pages list them: plain values from the ledger. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connector.app import App
from connector.document.durations import duration
from connector.document.states import Outcome
from connector.errors import NoSuchPage
from connector.ledger.browse import PastRun
from connector.ledger.catalogue import WITHOUT_TEXT, Wanted
from connector.ledger.store import Ledger
from connector.plan.report import deciding_reason, removed_in, stamp
from connector.plan.state_words import KILLED, STATES
from connector.status import removed, searchable
from connector.status.duplicates import kept_duplicates
from connector.status.quarantine import tell_parked, why_parked
from connector.status.runs import is_worked_on

RUNS_PER_PAGE = 50
SHOWN_OF_A_REASON = 50
MOST_REASONS = 20
"""Why something is in quarantine, that are told one by one."""
MOST_OF_VALUES = 200
"""Reasons with the values of their words, of which those are made."""


def page_of_runs(ledger: Ledger, target: str, page: int, *, now: float) -> dict[str, Any]:
    """The history, the newest first."""
    browse = ledger.browse(target)
    killed = killed_run(ledger, target, now=now) if page == 1 else []
    runs = list(browse.runs(limit=RUNS_PER_PAGE + 1, skipped=(page - 1) * RUNS_PER_PAGE))
    return {
        "runs": [*killed, *map(line_of, runs[:RUNS_PER_PAGE])],
        "page": page,
        "more": len(runs) > RUNS_PER_PAGE,
    }


def page_of_documents(
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


def page_of_quarantine(ledger: Ledger, target: str) -> dict[str, Any]:
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


def killed_run(ledger: Ledger, target: str, *, now: float) -> list[dict[str, Any]]:
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
