"""How many documents a list has: read from the counts that the ledger keeps, where it keeps one; and whether an earlier count still holds."""

from __future__ import annotations

from connector.document.states import DocumentState
from connector.ledger.browse import PastRun
from connector.ledger.catalogue import QUARANTINED, WITHOUT_TEXT, Count, Wanted
from connector.ledger.counts import Tally
from connector.ledger.store import Ledger
from connector.plan.report import removed_in

FRESH_S = 60.0
"""How old it may be while a run goes on."""
RUNS = 50
"""That changed nothing, at most, since it was counted."""


def count_of(ledger: Ledger, target: str, wanted: Wanted) -> Count | None:
    """How many documents are wanted, where only a state was asked for, or nothing; None: it is not kept."""
    if wanted != Wanted(state=wanted.state) or wanted.state == QUARANTINED:
        return None
    tally = ledger.counts(target).tally()
    reasons = dict(sorted(tally.without_text.items(), key=lambda one: (-one[1], one[0])))
    if not wanted.state:
        never_sent = ledger.catalogue(target).never_sent()
        return Count(documents=_there(tally) + never_sent, at_least=False, reasons=reasons)
    if wanted.state == WITHOUT_TEXT:
        return Count(documents=sum(reasons.values()), at_least=False, reasons=reasons)
    return Count(documents=tally.states.get(wanted.state, 0), at_least=False, reasons={})


def _there(tally: Tally) -> int:
    return sum(many for state, many in tally.states.items() if state != DocumentState.REMOVED)


def still_holds(
    ledger: Ledger,
    target: str,
    *,
    run: int,
    at: float,
    now: float,
) -> bool:
    """
    Whether nothing was written since that changes what was counted: by a run that ended or goes on, or by an order.

    Args:
        run, at: the newest run when it was counted, and when that was.
    """
    if any((one.done_at or 0.0) > at for one in ledger.orders(target).standing()):
        return False
    browse = ledger.browse(target)
    if run != browse.last_number():
        since = list(browse.runs(after=run, limit=RUNS + 1))
        if len(since) > RUNS or not all(one.dry_run or _changed_nothing(one) for one in since):
            return False
    return 0 <= now - at < FRESH_S or browse.under_way() is None


def _changed_nothing(run: PastRun) -> bool:
    told = run.report.get("documents", {})
    changed = [told.get(key, 0) for key in ("added", "updated", "held", "quarantined")]
    return not any(changed) and not removed_in(run.report)
