"""Documents that tests of every ledger put there, and the state that they are in."""

from __future__ import annotations

from connector.ledger.documents import Documents
from connector.ledger.quarantine import Quarantine
from tests.ledger_pushes import NOW, make_push, push


def state_of(documents: Documents, name: str = "ix-f1") -> str | None:
    facts = documents.facts(name)
    return facts["state"] if facts else None


def tree(documents: Documents) -> None:
    push(
        documents,
        make_push("ix-r1", container="", path="/ix-r1/"),
        make_push("ix-d1", container="ix-r1", path="/ix-r1/ix-d1/"),
        make_push("ix-f1", container="ix-d1", path="/ix-r1/ix-d1/ix-f1/"),
        make_push("ix-x1", container="", room="r2", path="/ix-x1/"),
    )


def park(
    quarantine: Quarantine, name: str = "ix-f1", *, now: float = NOW, version: bytes | None = b"v1"
) -> None:
    quarantine.park(
        name,
        source="interaxo",
        native="f1",
        room="r1",
        title="Plan",
        reason="refused",
        values={"why": "code 7"},
        version=version,
        now=now,
    )


AS_IT_WAS = {"told": b"marks", "told_count": 1, "told_from": 1, "told_to": 1}


def told(documents: Documents, **other: int) -> None:
    seen = {"id": "ix-d1", "source": "interaxo", "room": "r1", "run": 1, "proven": b"", "unsteady": False}
    documents.see_containers([{**seen, **AS_IT_WAS, **other}])
