"""Has a run in the history that could not even begin, or whose end the ledger did not take: what is in none nobody is told of."""

from __future__ import annotations

from connector.errors import LedgerError
from connector.plan.item import Mode
from connector.runs import failed_start
from connector.wiring.opening import Opening, key_of


def note_failed_start(opening: Opening, target: str, mode: Mode, error: Exception) -> None:
    """
    Write it down, unless somebody else works on the target by now.

    Raises:
        LeaseHeld: somebody does. ConnectorError: the ledger cannot be used.
    """
    with opening.ledger() as ledger, opening.lock(key_of(opening, target)):
        failed_start.note_failed_start(ledger, target, mode, error, clock=opening.clock)


def note_lost_end(opening: Opening, target: str, error: LedgerError, *, since: float, at: float) -> None:
    """
    Write down how a run ended, now that the ledger takes it, unless somebody else works on the target by now.

    Args:
        since, at: it began then, or later, and ended then, in seconds since 1970.

    Raises:
        LeaseHeld: somebody does. ConnectorError: the ledger cannot be used, still.
    """
    with opening.ledger() as ledger, opening.lock(key_of(opening, target)):
        failed_start.note_lost_end(ledger, target, error, since=since, at=at, clock=opening.clock)
