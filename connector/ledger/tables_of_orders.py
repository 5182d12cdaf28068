"""The tables of what people order; part of the one schema (`tables`)."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

_ADDRESSED = text("url != ''")


class OrderRow(SQLModel, table=True):
    """What a person ordered about one document or one person, and what became of it: hide, show again, forget."""

    __tablename__ = "orders"
    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    target: str
    kind: str
    """hide, unhide, forget."""
    about: str
    """document or person."""
    subject: str
    """Id of the document; of a person's record, which is a hash of her address."""
    title: str
    """As it was called; empty for what is forgotten."""
    who: str
    at: float
    because: str
    until: float | None = None
    """Hidden until then; None: until somebody shows it again."""
    done_at: float | None = None
    """When it was carried out; None: it waits for whoever has the lease."""
    told: str
    """JSON of what was done."""
    ended_at: float | None = None
    """When it ceased to hold: shown again, or its date came."""
    ended_by: str
    """The id of the order that ended it; empty: its date."""


class HiddenRow(SQLModel, table=True):
    """One document that an order keeps out of the target: what the order names, or what stands below it."""

    __tablename__ = "hidden"
    __table_args__ = (
        Index("hidden_container", "target", "container"),
        Index("hidden_path", "target", "path", "id").ddl_if("postgresql"),
        # the same, and what words are looked for in
        Index("hidden_called", "target", "path", "id", "title", "native").ddl_if("sqlite"),
        Index("hidden_native", "target", "native"),
        Index(
            "hidden_url", "url", sqlite_where=_ADDRESSED, postgresql_where=_ADDRESSED, postgresql_using="hash"
        ),
        Index("hidden_title", text("lower(title)"), postgresql_using="hash"),
    )
    target: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    root: str
    """Id of the document that the order names."""
    source: str
    native: str
    room: str
    container: str
    kind: str
    title: str
    url: str
    path: str
    at: float
    gone: bool
    """The target was told to remove it, and answered."""
