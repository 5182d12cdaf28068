"""What the ledger knows of people: the share of each source, and each person's record in the target."""

from __future__ import annotations

from connector.ledger.records import Lost, Records
from connector.ledger.rows import Record, Share
from connector.ledger.shares import NOT_SINCE, Shares

__all__ = ["NOT_SINCE", "Lost", "People", "Record", "Share"]


class People(Shares, Records):
    """The people of one target."""
