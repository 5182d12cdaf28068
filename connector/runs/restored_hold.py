"""A target stays on hold though its ledger was lost or restored: the note beside the canary in the intranet says so."""

from __future__ import annotations

from connector.canary.own_document import canary_id
from connector.ledger.on_hold import put_on_hold
from connector.plan.context import Books, Run
from connector.ports.target import Target


async def restore_hold(run: Run, target: Target, books: Books) -> None:
    """
    Put the target on hold again where the note beside the canary says so.

    Raises:
        TargetUnavailable, TargetRefused: nothing is known.
    """
    state = await target.state(canary_id(target.key))
    if state.exists and state.count:
        put_on_hold(books.notes(""), run.target, now=run.now())
