"""
A run that could not begin: a list that it needs cannot be read, a target has another name, too few files may be open.

Whoever types a command reads why. Of a service's run nobody would hear but the log: what is told of runs, by mail, page and
metrics, is told of those in the history.
"""

from __future__ import annotations

from collections.abc import Callable

from connector.errors import ConnectorError
from connector.ledger.store import Ledger
from connector.machine.storage import words_of_error
from connector.plan.context import open_books
from connector.plan.findings import Code
from connector.plan.item import Mode
from connector.plan.report import Report, fold
from connector.plan.tally import Tally
from connector.runs.closing import standing


def note_failed_start(
    ledger: Ledger, target: str, mode: Mode, error: Exception, *, clock: Callable[[], float]
) -> None:
    """
    Write it down as one that failed; not as the first of a ledger, since that says that the ledger was looked at.

    Raises:
        LeaseHeld: another run works on the target.
    """
    runs = ledger.runs(target)
    if runs.last() is None:
        return
    fence = runs.take_lease(now=clock())
    try:
        tally = Tally()
        why = words_of_error(error) if isinstance(error, OSError) else ""
        if why or isinstance(error, ConnectorError):
            tally.tell(Code.FAILED, error=type(error).__name__, why=why or str(error))
        else:
            tally.tell(Code.BUG, error=type(error).__name__)
        begun = runs.start(mode=mode.value, dry_run=False, now=clock(), wanted={"only": [], "rooms": []})
        report = fold(
            Report(
                run_id=begun.id,
                mode=mode.value,
                target=target,
                started=begun.started_at,
                finished=clock(),
                documents=standing(open_books(ledger, target)),
            ),
            tally,
        )
        runs.finish(begun.number, outcome=report.outcome, report=report.as_text(), now=report.finished)
    finally:
        runs.free_lease(fence)
