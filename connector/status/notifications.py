"""Whom the runs of a target were told to, and who could not be told: as plain values. Reads only."""

from __future__ import annotations

from typing import Any

from connector.ledger.store import Ledger
from connector.notify.events import TOLD
from connector.notify.stored_state import read_notify_state
from connector.plan.report import stamp


def tell_notifications(ledger: Ledger, target: str) -> dict[str, Any]:
    """Whether somebody could be told of runs: how many events wait, and by channel why the last attempt did not reach everybody, and what was told last."""
    state = read_notify_state(ledger.notes(""), target)
    return {
        "waiting": len(state.waiting) if state else 0,
        "trouble": state.trouble if state else {},
        "since": stamp(state.trouble_at) if state and state.trouble else None,
        "last": {
            "event": state.last.what.value,
            "words": TOLD[state.last.what],
            "run_id": state.last.run_id,
            "by": state.last.by,
            "at": stamp(state.last.at),
        }
        if state and state.last
        else None,
    }
