"""Other users of this machine, and a ledger that belongs to one of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connector.ledger.store import Ledger

NOW = 1_800_000_000.0
SOMEBODY, ELSE = 54_321, 54_322
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")


@contextmanager
def somebody(uid: int) -> Iterator[None]:
    """Be another user for a while."""
    os.setegid(uid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def open_ledger(folder: Path) -> Ledger:
    return Ledger(f"sqlite:///{folder}/ledger.db", now=NOW)


def park(ledger: Ledger, name: str = "ix-a") -> None:
    """Write something."""
    ledger.quarantine("intranet").park(
        name, source="interaxo", native=name, room="r", title="T" * 4_000, reason="refused", values={"why": "m"}, version=None, now=NOW
    )  # fmt: skip
