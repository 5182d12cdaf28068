"""Whom the runs of a target were told to, and who could not be told: as plain values. Reads only."""

from __future__ import annotations

from typing import Any

from connector.ledger.store import Ledger
from connector.notify.events import TOLD
from connector.notify.memory import read_memory
from connector.plan.report import stamp


def tell_told(ledger: Ledger, target: str) -> dict[str, Any]:
    """Whether somebody could be told of runs: how many events wait, and by channel why the last attempt did not reach everybody, and what was told last."""
    memory = read_memory(ledger.notes(""), target)
    return {
        "waiting": len(memory.waiting) if memory else 0,
        "trouble": memory.trouble if memory else {},
        "since": stamp(memory.trouble_at) if memory and memory.trouble else None,
        "last": {
            "event": memory.last.what.value,
            "words": TOLD[memory.last.what],
            "run_id": memory.last.run_id,
            "by": memory.last.by,
            "at": stamp(memory.last.at),
        }
        if memory and memory.last
        else None,
    }
