"""The tables of who works with a ledger that several machines share; part of the one schema (`tables`)."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class MemberRow(SQLModel, table=True):
    """One service, from its start to its end. All moments are of the database's clock."""

    __tablename__ = "members"
    id: str = Field(primary_key=True)
    """Made at every start: who starts again is somebody else."""
    host: str
    """For people: two containers may have one name."""
    version: str
    """Of the steps of its work (`connector/engine/dbos.py`)."""
    state: str
    """working, left (ended by itself) or silent (others gave it up)."""
    started_at: float
    seen_at: float
    """Its last beat."""
    doing: str
    """JSON list of what it works on: what, target, since."""
    waiting: int
    """Runs that waited in the queue when it looked last."""


class TakeoverRow(SQLModel, table=True):
    """One piece of work that was taken from a member that fell silent."""

    __tablename__ = "takeovers"
    work: str = Field(primary_key=True)
    """Its name: what, target and the moment that it was due."""
    member: str = Field(primary_key=True)
    """Id of the member that it was taken from."""
    at: float
