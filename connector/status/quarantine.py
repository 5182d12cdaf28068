"""What is in quarantine, and why, as plain values. Reads only."""

from __future__ import annotations

from typing import Any

from connector.ledger.quarantine import Parked, values_of
from connector.ledger.store import Ledger
from connector.plan import reason_words
from connector.plan.report import stamp


def why_parked(message: str, reason: str, told: str) -> str:
    """Why it is in quarantine; what an earlier release wrote is shown as it is."""
    return message or reason_words.aside(reason, values_of(told))


def tell_parked(parked: Parked) -> dict[str, Any]:
    """One document in quarantine."""
    return {
        "id": parked.id,
        "title": parked.title,
        "source": parked.source,
        "reason": parked.reason,
        "message": why_parked(parked.message, parked.reason, parked.told),
        "values": parked.values,
        "attempts": parked.attempts,
        "first_seen": stamp(parked.first_seen),
        "last_seen": stamp(parked.last_seen),
        "next_try": stamp(parked.next_try) if parked.next_try else "next run",
    }


def tell_quarantine(ledger: Ledger, target: str) -> list[dict[str, Any]]:
    """What is in quarantine, the oldest first."""
    return [tell_parked(one) for one in ledger.quarantine(target).parked()]
