"""The tables of runs: their reports, their sessions with the intranet, and who may write; part of the one schema (`tables`)."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class RunRow(SQLModel, table=True):
    """One run, and its report when it ended."""

    __tablename__ = "runs"
    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    target: str
    mode: str
    dry_run: bool = False
    started_at: float
    finished_at: float | None = None
    outcome: str | None = None
    report: str | None = None
    backfill: int = 0
    wanted: str = "{}"
    """JSON: what the run was asked for."""
    next_mode: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """What it asks the next run to be: full, or nothing in particular."""


class SessionRow(SQLModel, table=True):
    """One synchronisation session of Interact, as far as we know its fate."""

    __tablename__ = "sessions"
    run: int = Field(primary_key=True)
    target: str
    state: str
    """beginning, open, withheld, ending, ended."""
    lost_at: float | None = None
    """When a begin or an end went unanswered."""
    at: float


class PeopleSessionRow(SQLModel, table=True):
    """The same of people's records: Interact has a session of each."""

    __tablename__ = "people_sessions"
    run: int = Field(primary_key=True)
    target: str
    state: str
    """As above, or braked: only the number that a note tells keeps it from being ended."""
    lost_at: float | None = None
    at: float


class LeaseRow(SQLModel, table=True):
    """Who may write to a target; the fence grows with every holder."""

    __tablename__ = "leases"
    target: str = Field(primary_key=True)
    fence: int
    holder: str
    host: str
    reach: str
    """What the holder's lock covers; within it, whoever has the lock knows that the holder is dead."""
    expires_at: float
