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


class SeatRow(SQLModel, table=True):
    """A part of the calls of one source in one run that several services do together: whoever has it walks rooms."""

    __tablename__ = "seats"
    target: str = Field(primary_key=True)
    run: int = Field(primary_key=True)
    source: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    fence: int
    """Raised by whoever takes the seat, and by the run when it is closed: what is written with an earlier one is not written."""
    lease: int
    """Fence of the lease of the run: it is over where another run has the target."""
    member: str
    """Id of the member that has it; empty where nobody took it yet."""
    host: str
    state: str
    """waiting, walking, left (whoever had it ended by itself) or closed."""
    stop: bool
    """Whoever has it is to put back what is not done."""
    terms: str
    """JSON of what the run is about, for whoever takes the seat."""
    told: str
    """JSON of what was counted and found so far beside rooms."""
    given_to: int | None = None
    """Number of the seat that makes its calls, where nobody needed it any more."""
    given_fence: int | None = None
    """That seat's fence then: whoever takes that seat later makes its own calls alone."""


class ShardRow(SQLModel, table=True):
    """One room of a run that several services do together."""

    __tablename__ = "shards"
    target: str = Field(primary_key=True)
    run: int = Field(primary_key=True)
    source: str = Field(primary_key=True)
    room: str = Field(primary_key=True)
    place: int
    """In this order they are taken."""
    sight: str
    """JSON of who may see it, as read in this run."""
    state: str
    """waiting, walking, done or failed."""
    seat: int | None = None
    """That walks it, or walked it."""
    taken: int
    """How often it was begun."""
    result: str
    """JSON of what its walk found; empty before."""


class UnderWayRow(SQLModel, table=True):
    """One document of which a push is under way from one of several services: of one document never two are."""

    __tablename__ = "under_way"
    target: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    intent: int
    run: int
    source: str
    seat: int


class MetRow(SQLModel, table=True):
    """One person whom a run of several services met in a room."""

    __tablename__ = "met"
    target: str = Field(primary_key=True)
    run: int = Field(primary_key=True)
    source: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    """The source's own."""
