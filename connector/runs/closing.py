"""The end of a run: what everybody wrote down is folded into the report, and kept."""

from __future__ import annotations

from contextlib import suppress

from connector.document.states import DocumentState
from connector.errors import LedgerError
from connector.ledger.erasing import SHORTEST, without
from connector.plan.context import Books, Run
from connector.plan.report import DocumentCounts, Push, Report, fold
from connector.plan.tally import Tally
from connector.runs.parts import Opened
from connector.runs.steps import Steps


def close(run: Run, opened: Opened, books: Books, steps: Steps, tally: Tally) -> Report:
    """Make the report of a run and keep it."""
    for source in opened.sources:
        traffic = source.traffic()
        sheet = steps.sources.reports[source.name]
        sheet.requests += traffic.requests
        sheet.reread += traffic.reread
    sent, elsewhere = opened.target.traffic(), steps.sources.pushes_elsewhere
    finished = run.now()
    report = fold(
        Report(
            run_id=run.id,
            mode=run.mode.value,
            target=run.target,
            started=run.started,
            finished=finished,
            dry_run=run.dry_run,
            decided=run.options.decided,
            sources=steps.sources.reports,
            documents=standing(books),
            held=steps.held,
            people=steps.told_of_people,
            session=steps.session,
            push=Push(requests=sent.requests + elsewhere.requests, bytes=sent.bytes_sent + elsewhere.bytes),
        ),
        tally,
    )
    books.runs.finish(
        run.number,
        outcome=report.outcome,
        report=_told(report, steps),
        now=finished,
        next_mode=report.next_mode,
    )
    books.audience_history.trim()
    with suppress(LedgerError):  # the next run does it, or whoever looks something up
        opened.ledger.catch_up()
    return report


def _told(report: Report, steps: Steps) -> str:
    """As it is kept: it names nothing that was forgotten while the run worked."""
    titles = sorted({one for one in steps.forgotten.values() if len(one) >= SHORTEST}, key=len, reverse=True)
    return without(report.as_text(), steps.forgotten, titles) if steps.forgotten else report.as_text()


def standing(books: Books) -> DocumentCounts:
    """What stands now."""
    tally, unconfirmed = books.counts.tally(), books.quarantine.unconfirmed
    held = tally.states.get(DocumentState.HELD, 0)
    return DocumentCounts(
        live=tally.in_target + unconfirmed.count_there(),
        held=held + books.pending_audiences.held_counts()[0] + unconfirmed.count(),
        quarantined=books.quarantine.count(),
        without_text=sum(tally.without_text.values()),
    )
