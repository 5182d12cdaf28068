"""
The tables of the ledger: the only schema. Migrations are held to it, and statements are expressions over it.

Nothing of this is loaded by a run (docs/adr/0010-one-schema.md), and no row is ever one of these objects.
Times are seconds since the epoch (UTC); hashes are bytes. `target` and `source` are names from the settings.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import DDL, Column, Index, LargeBinary, UniqueConstraint, event, false
from sqlalchemy import text as sa_text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Field, SQLModel

from connector.ledger.engines import titles_made
from connector.ledger.tables_of_counts import CountRow
from connector.ledger.tables_of_orders import HiddenRow, OrderRow
from connector.ledger.tables_of_quarantine import ParkedRow, UnconfirmedRow
from connector.ledger.tables_of_runs import LeaseRow, PeopleSessionRow, RunRow, SessionRow
from connector.ledger.tables_of_workers import MemberRow, MetRow, SeatRow, ShardRow, TakeoverRow, UnderWayRow

__all__ = [
    "CountRow",
    "HiddenRow",
    "LeaseRow",
    "MemberRow",
    "MetRow",
    "OrderRow",
    "ParkedRow",
    "PeopleSessionRow",
    "RunRow",
    "SeatRow",
    "SessionRow",
    "ShardRow",
    "TakeoverRow",
    "UnconfirmedRow",
    "UnderWayRow",
]


def _bytes(nullable: bool = True) -> Column[bytes]:
    return Column(LargeBinary, nullable=nullable)


class _no_bytes(FunctionElement[bytes]):
    """An empty value, as each database writes it."""

    inherit_cache = True


@compiles(_no_bytes, "sqlite")
def _of_sqlite(_element: object, _compiler: object, **_: object) -> str:
    return "x''"


@compiles(_no_bytes, "postgresql")
def _of_postgres(_element: object, _compiler: object, **_: object) -> str:
    return "'\\x'"


LATE = {"late": True}
"""
Of an index by which only people look something up: a file of SQLite gets it at the end of its first run, or when somebody asks.

Its keys come in no order: while documents are loaded each of them costs a page of its own, which in one go costs hardly anything.
"""


def _where(name: str, condition: str, *columns: str, in_file: str = "", **more: Any) -> Index:
    """An index of the rows of which something is true; `in_file`: as statements of SQLite say that."""
    there, here = sa_text(condition), sa_text(in_file or condition)
    return Index(name, *columns, sqlite_where=here, postgresql_where=there, **more)


def _where_set(name: str, column: str) -> Index:
    """An index of the few rows that have something in a column."""
    return _where(name, f"{column} IS NOT NULL", "target", column)


class DocumentRow(SQLModel, table=True):
    """One document that is, or may be, in the target."""

    __tablename__ = "documents"
    __table_args__ = (
        UniqueConstraint("target", "id"),
        Index("documents_container", "target", "container"),
        Index("documents_room", "target", "room", "number"),
        Index("documents_path", "target", "path"),
        _where_set("documents_missing", "missing_run"),
        _where_set("documents_redo", "redo_after"),
        # these have every column that is asked for: what waits is counted often
        _where("documents_held", "held_run IS NOT NULL", "target", "held_run", "held_why", "state", "kept"),
        Index("documents_native", "target", "native", info=LATE),
        Index("documents_newest", "target", "number", info=LATE),
        Index("documents_kind", "target", "source", "kind", "number"),
        _where("documents_state", "state != 'live'", "target", "state", "number").ddl_if("postgresql"),
        _where(
            *("documents_waiting", "state = 'held' AND NOT kept"),
            *("target", "source", "room", "path", "id", "state", "kept"),
            in_file="state = 'held' AND kept = 0",
        ),
        _where_set("documents_by_deltas", "delta_run"),
        _where("documents_without_text", "without_text != ''", "target", "without_text", "path", "id"),
        Index("documents_titles", sa_text("pieces(folded(title))"), postgresql_using="gin").ddl_if(
            "postgresql"
        ),
        # an address or a title may be longer than what PostgreSQL can have in any other kind of index
        _where("documents_called", "state != 'live'", "target", "state", "number", "title").ddl_if("sqlite"),
        _where("documents_url", "url != ''", "url", postgresql_using="hash", info=LATE),
    )
    number: int | None = Field(default=None, primary_key=True)
    """For the body, whose own index of random ids would cost a page for each."""
    target: str
    id: str
    source: str
    native: str
    """The source's own id."""
    room: str
    """Key of the scope it was last listed in."""
    container: str
    """Document id of the container it was last listed in; empty for a room."""
    kind: str
    title: str
    url: str = ""
    path: str = ""
    """MaterializedPath as last confirmed; empty before the first confirmation."""
    state: str
    """new: sent, never confirmed; live: confirmed; held: kept although it seems to go; removed: deletion to be repeated."""
    version: bytes | None = Field(default=None, sa_column=_bytes())
    fingerprint: bytes | None = Field(default=None, sa_column=_bytes())
    audience: bytes | None = Field(default=None, sa_column=_bytes())
    rules: bytes | None = Field(default=None, sa_column=_bytes())
    """Settings that decided at the last push what is left out."""
    pushed_run: int = 0
    pushed_at: float = 0.0
    session_run: int = 0
    """The full run in whose session it was last accepted."""
    backfill: int = 0
    """The backfill under which it was last accepted."""
    delta_run: int | None = None
    """
    The run that sent it last, where that was outside of a session and of a backfill.

    It stays empty from one full run to the next. An index over what each of them writes, be it of a part of the rows, would have
    PostgreSQL write all of a document's indexes anew in each of them.
    """
    missing_run: int | None = None
    """The first run whose complete listings lacked it."""
    missing_why: str = ""
    """absent: a listing lacked it; left-out: the settings leave it out. As noted last, in `noted_run`."""
    noted_run: int | None = None
    lacked_run: int | None = None
    """The first run in which a listing of its container that can be relied on lacked it."""
    gone_run: int | None = None
    """The first run that asked for it and found it gone, and could not tell whether it stands elsewhere."""
    also: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Another container that listed it in the same run: the last listing won, and that one is passed over from then on."""
    held_run: int | None = None
    held_why: str = ""
    held_note: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """What the words of `held_why` need: names of rooms."""
    kept: bool = False
    redo_after: float | None = None
    """An unanswered call may take effect until then; afterwards the last confirmed act is done once more."""
    lost: bytes | None = Field(default=None, sa_column=_bytes())
    """Fingerprint of the unanswered push; empty bytes for an unanswered deletion."""
    without_text: str = ""


_DDL: Any = DDL
_documents = SQLModel.metadata.tables["documents"]
for _statement in titles_made.OF_SQLITE:
    event.listen(_documents, "after_create", _DDL(_statement).execute_if(dialect="sqlite"))
for _statement in titles_made.OF_POSTGRES:
    event.listen(_documents, "before_create", _DDL(_statement).execute_if(dialect="postgresql"))


class BodyRow(SQLModel, table=True):
    """The document as last accepted: what a narrowing or a repair pushes when the source cannot be read."""

    __tablename__ = "bodies"
    document: int = Field(primary_key=True)
    """The document's number."""
    body: bytes = Field(sa_column=_bytes(nullable=False))
    text: bytes = Field(sa_column=_bytes(nullable=False))
    """The text that went with it, as JSON; empty also where it was too long to be kept here."""
    text_key: str = ""
    """Content hash of the file whose text it is: the text cache has it."""
    hidden: bytes = Field(
        default=b"", sa_column=Column(LargeBinary, nullable=False, server_default=_no_bytes())
    )
    """JSON of what its breadcrumb leaves out: id, label and link of each container."""


class IntentRow(SQLModel, table=True):
    """One batch that was about to be sent and is not settled: a killed process leaves it behind."""

    __tablename__ = "intents"
    number: int | None = Field(default=None, primary_key=True)
    target: str
    kind: str
    """push or delete."""
    run: int
    at: float
    documents: str
    """JSON list: id, and of a push what else the ledger must know if no answer ever comes."""


class AudienceRow(SQLModel, table=True):
    """One audience that documents were accepted with."""

    __tablename__ = "audiences"
    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    identities: str
    """JSON list."""
    public: bool


class AudienceChangeRow(SQLModel, table=True):
    """One document, or person, that was confirmed with another audience, or other identities, than before."""

    __tablename__ = "audience_changes"
    __table_args__ = (Index("audience_changes_at", "target", "at"),)
    number: int | None = Field(default=None, primary_key=True)
    target: str
    kind: str
    """document or person."""
    id: str
    run: int
    at: float
    before: bytes = Field(sa_column=_bytes(nullable=False))
    """Digest of what was confirmed before; `audiences` has what it stands for, of people as well."""
    after: bytes = Field(sa_column=_bytes(nullable=False))


class ContainerRow(SQLModel, table=True):
    """When the children of a container were last listed to the end."""

    __tablename__ = "containers"
    __table_args__ = (Index("containers_room", "target", "room"),)
    target: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    source: str
    room: str
    seen_run: int
    proven: bytes | None = Field(default=None, sa_column=_bytes())
    """Fingerprint of a listing whose end was proven by an empty page."""
    unsteady: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """The last listing repeated a row, or ended short of what its source counts: no witness for what it lacks."""
    told: bytes | None = Field(default=None, sa_column=_bytes())
    """Marks of the pages of the last listing, where every row was kept or every row was sent; MessagePack."""
    told_count: int = Field(default=0, sa_column_kwargs={"server_default": sa_text("0")})
    """How many rows it had: so many documents stand there, all as that listing left them, or it is not recognised."""
    told_from: int = Field(default=0, sa_column_kwargs={"server_default": sa_text("0")})
    """Runs in which those documents were sent last: that very run where all were sent, and runs before it where all were kept."""
    told_to: int = Field(default=0, sa_column_kwargs={"server_default": sa_text("0")})


class RoomRow(SQLModel, table=True):
    """One scope of a source: a room, or a kind of record in one database."""

    __tablename__ = "rooms"
    target: str = Field(primary_key=True)
    source: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    name: str
    included: bool = True
    public: bool = False
    rules: bytes | None = Field(default=None, sa_column=_bytes())
    """The globs that decided; a rename under the same globs changes nothing by itself."""
    audience: str | None = None
    """JSON list of identities as last read."""
    audience_at: float | None = None
    complete_run: int = 0
    unlisted_at: float | None = None
    """When the source's list of rooms lacked it first; None while it is listed."""
    decided: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """A person approved or kept what it held when it was not listed any more."""
    witnesses: str = "[]"
    """JSON list of native ids whose audiences together stand for a room that has no list of its own."""


class NoteRow(SQLModel, table=True):
    """What a source remembers for itself: details, names of people, what a host can do."""

    __tablename__ = "notes"
    source: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    value: bytes = Field(sa_column=_bytes(nullable=False))
    mark: bytes = Field(sa_column=_bytes(nullable=False))
    """What the value depended on; a different mark makes it stale."""
    read_run: int


class GrantRow(SQLModel, table=True):
    """Who may see one item of a source, as the source told last; only where rights are read below rooms."""

    __tablename__ = "grants"
    __table_args__ = (Index("grants_parent", "source", "parent"),)
    source: str = Field(primary_key=True)
    native: str = Field(primary_key=True)
    parent: str
    """Native id of the container; of the workflow folder for a step."""
    kind: str
    """The source's word: its types of items, and `step`."""
    step: str = ""
    identities: str | None = None
    """JSON list as last told; None when it was never told."""
    listless: bool = False
    """It answered that it has no list of its own; `identities` is then what the items in it have in common."""
    trouble: str = ""
    """Why the last question was not answered: unknown (cut off, empty, refused), unanswered (passing), missed or lacked (no list)."""
    inherited: bytes | None = Field(default=None, sa_column=_bytes())
    """Digest of what its container had when the list was told; equal to the list where nothing of its own is set."""
    asked_run: int = 0
    told_at: float = 0.0
    rendered: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """JSON list by which the breadcrumbs below it were made; empty: it had no list of its own then."""


class NarrowingRow(SQLModel, table=True):
    """One document that fewer, or other, people may see than have it: to be sent before anything else."""

    __tablename__ = "narrowings"
    target: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    audience: bytes = Field(sa_column=_bytes(nullable=False))
    """Digest of the audience that was read."""
    how: str
    """narrow: somebody stays; replace: nobody stays, others come; empty: nobody may see it."""


class WideningRow(SQLModel, table=True):
    """One document that more people may see than have it: sent after the others, or held."""

    __tablename__ = "widenings"
    target: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    audience: bytes = Field(sa_column=_bytes(nullable=False))
    run: int
    """The run that saw this audience first."""
    seen_run: int
    state: str = "pending"
    """pending, held, approved."""
    kept: bool = False
    version: bytes | None = Field(default=None, sa_column=_bytes())
    """As it was listed with that audience; NULL: by an earlier release."""


class PersonRow(SQLModel, table=True):
    """What one source says of one person: the share it gives to the person's identities."""

    __tablename__ = "persons"
    __table_args__ = (
        Index("persons_address", "target", "address"),
        Index("persons_asked", "target", "source", "asked_at"),
    )
    target: str = Field(primary_key=True)
    source: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    """The source's own key of the person."""
    address: str
    """What the person is matched by in the intranet, in its one form; empty where the source does not say."""
    identities: str
    """JSON list; empty for whoever is gone or may not be asked for."""
    read_run: int = 0
    """The run that read it; below zero: not read since it is not certain what the intranet has."""
    told_at: float | None = None
    """When the source told it last; None: by an earlier release."""
    asked_at: float | None = None
    asked_run: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """The run that asked last, with or without an answer."""


class RecordRow(SQLModel, table=True):
    """One person's record in the target."""

    __tablename__ = "people"
    target: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    address: str
    sent: str | None = None
    """JSON list as last confirmed; None when it is not clear what the target has."""
    may: str = "[]"
    """JSON list of everything that the target may have."""
    found: bool = True
    """Whether somebody in the intranet has this address."""
    session_run: int = 0
    redo_after: float | None = None
    held_run: int | None = None
    held_why: str = Field(default="", sa_column_kwargs={"server_default": ""})
    kept: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    refused: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """So many runs in a row the intranet refused the record."""


class PersonRemovalRow(SQLModel, table=True):
    """One person who lost her record, or her last identity besides her own: what the brake of the last 24 hours counts."""

    __tablename__ = "people_removals"
    __table_args__ = (Index("people_removals_at", "target", "at"),)
    number: int | None = Field(default=None, primary_key=True)
    target: str
    id: str
    """Of the record; empty for what the end of a session removed."""
    address: str
    run: int
    at: float
    whole: bool
    """The record itself; else she keeps her own identity."""
    approved: bool
    why: str


class RemovalRow(SQLModel, table=True):
    """One removal that was done: what the brake of the last 24 hours counts."""

    __tablename__ = "removals"
    __table_args__ = (
        Index("removals_at", "target", "at"),
        Index("removals_newest", "target", "number"),
        Index("removals_run", "target", "run", "path", "number"),
        Index("removals_id", "target", "id", "number"),
        Index("removals_native", "target", "native"),
        Index("removals_title", sa_text("lower(title)"), postgresql_using="hash"),
    )
    number: int | None = Field(default=None, primary_key=True)
    target: str
    source: str
    room: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Key of the scope it was last listed in; empty for what the end of a session removed."""
    id: str
    native: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """With the three that follow: what its row was. Empty where a release before noted it, and for the end of a session."""
    container: str = Field(default="", sa_column_kwargs={"server_default": ""})
    kind: str = Field(default="", sa_column_kwargs={"server_default": ""})
    path: str = Field(default="", sa_column_kwargs={"server_default": ""})
    title: str
    run: int
    at: float
    approved: bool
    why: str
    code: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """The same for programs; empty where a release before noted it, and for the end of a session."""


class LedgerRow(SQLModel, table=True):
    """The ledger's own name, made once; room documents carry it."""

    __tablename__ = "ledger"
    id: str = Field(primary_key=True)
    made_at: float
