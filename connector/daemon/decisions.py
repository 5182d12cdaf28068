"""What people decided on the page and no run has carried out yet: in notes of the ledger, so that it outlives the service."""

from __future__ import annotations

import msgspec

from connector.ledger.notes import Notes
from connector.plan.options import Decision

KIND = "decided"
"""The kind of note: one for each run that was decided about, of the whole ledger; it depends on its target."""


def keep_decision(notes: Notes, target: str, decision: Decision) -> None:
    """Write down what a person decided about a run of a target."""
    notes.put_json(KIND, decision.about, decision, mark=target.encode())


def read_decisions(notes: Notes, target: str) -> list[Decision]:
    """What was decided and is not carried out yet, by the age of the runs that it is about."""
    return [msgspec.json.decode(value, type=Decision) for _, value in notes.page(KIND, target.encode())]


def drop_decision(notes: Notes, target: str, decision: Decision) -> None:
    """It was carried out, or no run can."""
    notes.drop(KIND, target.encode(), [decision.about])
