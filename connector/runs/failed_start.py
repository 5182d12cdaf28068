"""
A run whose report somebody else has to write: it could not begin, since a list that it needs cannot be read, a target has another name,
too few files may be open; or its ledger took no report of its end, and does again.

Whoever types a command reads why. Of a service's run nobody would hear but the log: what is told of runs, by mail, page and
metrics, is told of those in the history.
"""

from __future__ import annotations

from collections.abc import Callable

from connector.errors import ConnectorError, LedgerError
from connector.ledger.runs import Run
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
    with runs.leased(now=clock()):
        begun = runs.start(mode=mode.value, dry_run=False, now=clock(), wanted={"only": [], "rooms": []})
        _finish(ledger, target, begun, error, at=clock())


def note_lost_end(
    ledger: Ledger, target: str, error: LedgerError, *, since: float, at: float, clock: Callable[[], float]
) -> None:
    """
    Write down how the newest run ended, where that is open: its ledger took no report then.

    Args:
        since: it began then, or later: an older one is somebody else's.
        at: when it ended, in seconds since 1970.

    Raises:
        LeaseHeld: another run works on the target, and has closed it.
    """
    runs = ledger.runs(target)
    with runs.leased(now=clock()):
        last = runs.last()
        if last is not None and last.outcome is None and last.started_at >= since:
            _finish(ledger, target, last, error, at=at)


def _finish(ledger: Ledger, target: str, begun: Run, error: Exception, *, at: float) -> None:
    tally = Tally()
    why = words_of_error(error)
    if why or isinstance(error, ConnectorError):
        tally.tell(Code.FAILED, error=type(error).__name__, why=why or str(error))
    else:
        tally.tell(Code.BUG, error=type(error).__name__)
    report = fold(
        Report(
            run_id=begun.id,
            mode=begun.mode,
            target=target,
            started=begun.started_at,
            finished=at,
            documents=standing(open_books(ledger, target)),
        ),
        tally,
    )
    ledger.runs(target).finish(begun.number, outcome=report.outcome, report=report.as_text(), now=at)
