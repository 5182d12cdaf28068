"""The table of how many documents there are; what keeps it is made by each database in its own way."""

from __future__ import annotations

from typing import Any

from sqlalchemy import DDL, event
from sqlmodel import Field, SQLModel

from connector.ledger.engines import counts_made

_DDL: Any = DDL


class CountRow(SQLModel, table=True):
    """So many documents more, or fewer, of one kind: what is told is the sum of all rows of that."""

    __tablename__ = "counts"
    number: int | None = Field(default=None, primary_key=True)
    target: str
    state: str
    reason: str
    """Why they have no text."""
    format: str
    """Of a file that was read, or could not be; empty of anything else."""
    text: bool
    many: int


_everything: Any = SQLModel.metadata
for _statement in counts_made.OF_SQLITE:
    event.listen(_everything, "after_create", _DDL(_statement).execute_if(dialect="sqlite"))
for _statement in counts_made.OF_POSTGRES:
    event.listen(_everything, "after_create", _DDL(_statement).execute_if(dialect="postgresql"))
