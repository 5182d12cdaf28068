"""Rows of documents and people as the rest of the program reads and writes them; statements select the fields of these by name."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from connector.document.audience import Audience
from connector.document.document import Known, Listed, Met, Rendered


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """
    Which document it is, and where it stands: what every row that speaks of a document says of it.

    What is not known is empty: of a removal that is about to be sent only the id is told.
    """

    id: str
    source: str = ""
    """Name of the source."""
    native: str = ""
    """The source's own id."""
    room: str = ""
    """Key of the scope it was listed in."""
    container: str = ""
    """Document id of the container it was listed in; empty for a room."""
    kind: str = ""
    title: str = ""
    url: str = ""
    path: str = ""
    """MaterializedPath."""


class Standing(Described, frozen=True, kw_only=True):
    """A document of the ledger, as removals and explanations need it."""

    state: str
    missing_run: int | None
    missing_why: str
    held_why: str
    confirmed: bool
    noted_run: int | None
    lacked_run: int | None
    gone_run: int | None
    held_note: str
    kept: bool = False
    """A person decided that it stays."""


class SameAgain(msgspec.Struct, frozen=True, kw_only=True):
    """A document that came out of a newer version just as the target has it."""

    id: str
    version: bytes
    without_text: str
    """Why it has no text, which may be another reason by now."""
    fingerprint: bytes
    hidden: bytes = b""
    """What its breadcrumb left out: nobody saw it, and it may be called otherwise by now."""


class Body(msgspec.Struct, frozen=True):
    """A document as the target accepted it last."""

    body: bytes
    text: bytes
    """As JSON; empty also where it was too long to be kept."""
    text_key: str
    """Where a long text is remembered."""
    text_missing: str
    hidden: bytes = b""
    """What its breadcrumb leaves out."""


class Pushed(Protocol):
    """What is remembered of one accepted push: the source it came from, the row of its listing, and what the target was sent."""

    @property
    def source(self) -> str: ...
    @property
    def listed(self) -> Listed: ...
    @property
    def rendered(self) -> Rendered: ...
    @property
    def room(self) -> str: ...
    @property
    def container(self) -> str: ...
    @property
    def rules(self) -> bytes: ...

    @property
    def present(self) -> bool:
        """It was listed where it stands; else the push says nothing about whether it is missing or held."""

    @property
    def altered(self) -> bool:
        """What it is found by (its place, title, address, kind) may be another than the ledger has."""

    @property
    def reshown(self) -> bool:
        """The ledger may have it with another audience."""

    @property
    def others_wait(self) -> bool:
        """Nobody finds it until others altogether do: that is no removal."""

    @property
    def met_in(self) -> Met | None:
        """Where it was met; None: nobody had accepted it anywhere then."""


DESCRIBED = Described.__struct_fields__
"""Its columns in every table that has them, the id first."""
_STANDING = Standing.__struct_fields__
STANDING = len(_STANDING)
"""So many columns begin a row that `read_standing` reads."""
BODY = len(Body.__struct_fields__)


def described(push: Pushed) -> dict[str, Any]:
    """Which document is pushed, and where it stands: the fields of `Described`, in the words that are sent."""
    rendered, listed = push.rendered, push.listed
    return {
        "id": rendered.id,
        "source": push.source,
        "native": listed.native,
        "room": push.room,
        "container": push.container,
        "kind": listed.kind,
        "title": rendered.title,
        "url": rendered.url,
        "path": rendered.path,
    }


def read_known(row: Any) -> Known:
    """Of all fields in their order; said one by one, since every listed item has one."""
    return Known(
        id=row[0],
        version=row[1],
        fingerprint=row[2],
        container=row[3],
        state=row[4],
        missing_run=row[5],
        pushed_run=row[6],
        session_run=row[7],
        backfill=row[8],
        redo_after=row[9],
        rules=row[10],
        audience=row[11],
        path=row[12],
        also=row[13],
        room=row[14],
    )


def read_standing(row: Any) -> Standing:
    """Of all fields in their order, at the beginning of a row."""
    values = dict(zip(_STANDING, row, strict=False))
    values["confirmed"], values["kept"] = bool(values["confirmed"]), bool(values["kept"])
    return Standing(**values)


def read_body(row: Any) -> Body:
    """Of the fields that follow a `Standing`."""
    return Body(*row[STANDING : STANDING + BODY])


def read_audience(identities: str, public: object) -> Audience:
    """An audience as it is kept by its digest."""
    return Audience(tuple(msgspec.json.decode(identities, type=list[str])), public=bool(public))


def kept_audience(audience: Audience) -> dict[str, Any]:
    """An audience as `pushes.remember_audience` is handed it."""
    return {
        "digest": audience.digest(),
        "identities": msgspec.json.encode(audience.identities).decode(),
        "public": audience.public,
    }


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """What one source says of one person."""

    source: str
    """Its name."""
    key: str
    """What the source calls her; she may have several, as in two communities."""
    address: str
    identities: tuple[str, ...]
    """Empty for whoever is gone, or may not be asked for."""
    read_run: int
    """The run that read it; below zero: not read since it is not certain what the target has."""
    told_at: float | None = None
    """When the source told it last; None: by an earlier release."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One person's record in the target."""

    id: str
    address: str
    sent: tuple[str, ...] | None
    """As last confirmed; None when it is not clear what the target has."""
    may: tuple[str, ...]
    """Everything that the target may have; empty: it has no such record."""
    found: bool
    """Whether somebody there has this address."""
    session_run: int
    redo_after: float | None
    """An unanswered call may take effect until then; afterwards the push is done once more."""
    held_run: int | None = None
    held_why: str = ""
    kept: bool = False
    refused: int = 0
    """So many runs in a row."""
