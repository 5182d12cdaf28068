"""A ledger in which everything is due that reading would write, and another process that lets nobody write."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from connector.ledger.store import Ledger
from tests import kept_connections, ledgers
from tests.ledger_pushes import make_push, push

LATE = ("documents_native", "documents_newest", "documents_url")
NEW = "ix-new"
"""A document that was sent since anybody counted or searched."""


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another process writes for long into a ledger."""
    kept_connections.let_go(file)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def leave_everything_due(ledger: Ledger, folder: Path, *, now: float) -> None:
    """As a first run whose process was killed: a document is new, one was given another title, none of both is counted."""
    documents, catalogue = ledger.documents("intranet"), ledger.catalogue("intranet")
    push(documents, make_push("ix-old", title="Altbau.pdf", text_key="k", url="https://ix.example.com/old"))
    ledger.counts("intranet").tally()
    assert catalogue.called("altbau.pdf") == ["ix-old"]
    push(documents, make_push("ix-old", title="Umbau.pdf", url="https://ix.example.com/old"))
    push(
        documents, make_push(NEW, title="Neubau.pdf", text_missing="broken", url="https://ix.example.com/new")
    )
    ledger.quarantine("intranet").park(
        "ix-odd", source="interaxo", native="odd", room="r", title="Odd one", reason="refused",
        values={"why": "the document has no title"}, version=None, now=now,
    )  # fmt: skip
    for index in LATE:
        ledgers.ask(folder, f"DROP INDEX IF EXISTS {index}")
    ledgers.ask(folder, "DELETE FROM notes WHERE kind IN ('scrubbed', 'duplicates')")
