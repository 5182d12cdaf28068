"""The tables of what could not be sent; part of the one schema (`tables`)."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, false
from sqlmodel import Field, SQLModel


class ParkedRow(SQLModel, table=True):
    """One document in quarantine."""

    __tablename__ = "quarantine"
    __table_args__ = (
        Index("quarantine_reason", "target", "reason", "first_seen", "id"),
        # has what words are looked for in, so that nothing else is read of what has not got them
        Index("quarantine_called", "target", "id", "title", "native").ddl_if("sqlite"),
    )
    target: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    source: str
    native: str
    room: str
    title: str
    reason: str
    """A word for programs: record-invalid, refused, audience-unknown"""
    message: str
    """The sentence of a release before 0013; empty in what later ones wrote."""
    told: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """JSON: what the words of the reason need."""
    first_seen: float
    last_seen: float
    attempts: int
    next_try: float
    version: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))


class UnconfirmedRow(SQLModel, table=True):
    """One document that a run listed and could not push, and that this ledger never confirmed."""

    __tablename__ = "unconfirmed"
    target: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    source: str
    native: str
    room: str
    container: str
    kind: str
    title: str
    url: str
    audience: str | None = None
    """JSON list of identities, as the run read them; None: unknown."""
    public: bool = False
    run: int
    """The last run that could not push it."""
    there: bool | None = None
    """Whether the target said that it has it; None: not asked."""
    there_run: int | None = None
    kept: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """A person decided to keep it, bare."""
