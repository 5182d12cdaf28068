"""Runs as pages and commands tell them: in a line each, or one in full with what it holds and removed. Reads only."""

from __future__ import annotations

from typing import Any

from connector.document.states import RUNNING, Outcome
from connector.engine.batched import batched
from connector.ledger.browse import read_report
from connector.ledger.part import EVERYTHING
from connector.ledger.runs import Run
from connector.ledger.store import Ledger
from connector.plan import reason_words
from connector.plan.findings import Code, HoldReason
from connector.plan.report import Report, SourceReport, removed_in, stamp
from connector.plan.state_words import KILLED
from connector.status import removed

MOMENT_S = 60.0
"""So long nobody may have the lease of a run that is alive: a process that was frozen renews it late."""
CHUNK = 200
"""Documents whose folders are asked for at once."""


def is_worked_on(ledger: Ledger, target: str, *, now: float) -> bool:
    """Whether somebody has the lease of a target, or had it a moment ago, and is not dead for sure: else a run that has not ended was killed."""
    return target in ledger.members().worked_on(now=now - MOMENT_S)


def tell_runs(ledger: Ledger, target: str, *, limit: int, now: float) -> list[dict[str, Any]]:
    """The newest runs, in a line's worth of values each."""
    worked_on = is_worked_on(ledger, target, now=now)
    return [tell_run(run, worked_on=worked_on) for run in ledger.runs(target).recent(limit)]


def tell_run(run: Run, *, worked_on: bool = True) -> dict[str, Any]:
    """
    One run in a line's worth of values.

    Args:
        worked_on: somebody works on its target, so that a run which has not ended is under way.
    """
    report = read_report(run.report)
    outcome = run.outcome or (RUNNING if worked_on else Outcome.FAILED)
    return {
        "run_id": run.id,
        "mode": run.mode,
        "dry_run": run.dry_run,
        "outcome": outcome,
        "started_at": stamp(run.started_at),
        "finished_at": stamp(run.finished_at) if run.finished_at else None,
        "documents": report.get("documents", {}),
        "removed": removed_in(report),
        "decided": report.get("decided", {}),
        "reasons": report.get(
            "reasons",
            [] if run.report or outcome == RUNNING else [f"{KILLED}. The next run goes on."],
        ),
    }


def tell_whole_run(
    ledger: Ledger, target: str, run: Run, *, worked_on: bool = True, most: int = EVERYTHING
) -> dict[str, Any]:
    """
    One run in full: its report, with everything it holds and not only the first hundred.

    Args:
        worked_on: as `tell_run` takes it.
        most: so much of what is held is told, and of what was removed; `held_more` and `removed_more` say how many follow.
    """
    report = read_report(run.report)
    if not report:
        return tell_run(run, worked_on=worked_on)
    report = _filled(report, run)
    all_held = report["documents"]["held"] + report["people"]["held"]
    if run.dry_run:
        # what it would hold stands in its report alone, and as much of it as that keeps
        if more := max(0, all_held - len(report["held"])):
            report["held_more"] = more
    elif all_held:
        missing = [one for one in report["held"] if one.get("code") == Code.MISSING]
        held = _held(ledger, target, run.number, most)
        if most < EVERYTHING:
            report["held_more"] = _count_held(ledger, target, run.number) - len(held)
        report["held"] = _with_folders(ledger, target, [*held, *missing])
    if went := removed.tell_removed_by(ledger, target, run.number, most=most):
        report["removed_documents"] = went
        if len(went) == min(most, removed.FIRST_REMOVED):
            report["removed_more"] = max(0, report["documents"]["deleted"] - len(went))
    return report


def _filled(report: dict[str, Any], run: Run) -> dict[str, Any]:
    """A report with everything that one of this release has, whichever release wrote it."""
    blank = Report(
        run_id=run.id,
        mode=run.mode,
        target=run.target,
        started=run.started_at,
        finished=run.finished_at or run.started_at,
        outcome=run.outcome or "",
        sources={name: SourceReport() for name in report.get("sources", {})},
    ).as_json()
    whole = blank | report
    for part in ("documents", "people", "session", "push"):
        whole[part] = blank[part] | whole[part]
    whole["held"] = [{"kind": "document", "code": "", **one} for one in whole["held"]]
    whole["sources"] = {name: blank["sources"][name] | told for name, told in whole["sources"].items()}
    return whole


def _held(ledger: Ledger, target: str, run: int, most: int) -> list[dict[str, Any]]:
    """What is on hold since a run or an earlier one, the first of it: documents, then people."""
    documents, at = ledger.documents(target), {"up_to_run": run, "limit": most}
    told = [
        (one.id, one.title, one.held_why, reason_words.held(one.held_why, one.held_note, kept=one.kept))
        for one in (documents.held(**at) if most == EVERYTHING else documents.first_held(**at))
    ]
    told += [
        (one, title, HoldReason.WIDER, reason_words.held(HoldReason.WIDER, kept=kept))
        for one, title, kept in ledger.pending_audiences(target).held(**at)
    ]
    told += [
        (one.id, one.title, HoldReason.UNCONFIRMED, reason_words.held(HoldReason.UNCONFIRMED))
        for one in ledger.quarantine(target).unconfirmed.waiting(**at)
    ]
    found = [("document", *one) for one in told]
    found += [
        ("person", one.id, one.address, one.held_why, reason_words.held(one.held_why, kept=one.kept))
        for one in ledger.people(target).held(**at)
    ]
    return [
        {"kind": kind, "id": identifier, "title": title, "reason": reason, "code": str(code)}
        for kind, identifier, title, code, reason in found[:most]
    ]


def _count_held(ledger: Ledger, target: str, run: int) -> int:
    """How much that is in all."""
    return sum(
        (
            ledger.documents(target).count_held(up_to_run=run),
            ledger.pending_audiences(target).count_held(up_to_run=run),
            ledger.quarantine(target).unconfirmed.count_waiting(up_to_run=run),
            ledger.people(target).count_held(up_to_run=run),
        )
    )


def _with_folders(ledger: Ledger, target: str, held: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same, each document with the names of the folders in which it stands."""
    catalogue = ledger.catalogue(target)
    documents = [one["id"] for one in held if one["kind"] == "document"]
    folders: dict[str, list[str]] = {}
    for ids in batched(documents, CHUNK):
        folders |= catalogue.folders(ids)
    return [
        {**one, "folders": folders.get(one["id"], [])} if one["kind"] == "document" else one for one in held
    ]
