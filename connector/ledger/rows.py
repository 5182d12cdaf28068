"""Rows of documents as the rest of the program reads and writes them."""

from __future__ import annotations

from typing import Any

import msgspec

from connector.document.document import Known, Listed, Rendered

KNOWN = (
    "id, version, fingerprint, container, state, missing_run, pushed_run, session_run, backfill,"
    " CASE WHEN lost=fingerprint THEN NULL ELSE redo_after END, rules, audience, path, also"
)
STANDING = "id, native, source, room, container, kind, title, url, path, state, missing_run, missing_why, held_why, fingerprint IS NOT NULL, noted_run, lacked_run, gone_run, held_note"


def standing_columns(alias: str) -> str:
    """The columns that `read_standing` reads, of a table by its alias."""
    return ", ".join(f"{alias}.{column.strip()}" for column in STANDING.split(","))


STANDING_D = standing_columns("d")


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A document of the ledger, as removals and explanations need it."""

    id: str
    native: str
    source: str
    room: str
    container: str
    kind: str
    title: str
    url: str
    path: str
    state: str
    missing_run: int | None
    missing_why: str
    held_why: str
    confirmed: bool
    noted_run: int | None
    lacked_run: int | None
    gone_run: int | None
    held_note: str


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


class Pushed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is remembered of one accepted push."""

    source: str
    listed: Listed
    rendered: Rendered
    room: str
    container: str
    rules: bytes
    present: bool = True
    """It was listed where it stands; else the push says nothing about whether it is missing or held."""
    moved: bool = True
    """The ledger may have it in another place."""


def read_known(row: Any) -> Known:
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
    )


def read_standing(row: Any) -> Standing:
    return Standing(
        id=row[0],
        native=row[1],
        source=row[2],
        room=row[3],
        container=row[4],
        kind=row[5],
        title=row[6],
        url=row[7],
        path=row[8],
        state=row[9],
        missing_run=row[10],
        missing_why=row[11],
        held_why=row[12],
        confirmed=bool(row[13]),
        noted_run=row[14],
        lacked_run=row[15],
        gone_run=row[16],
        held_note=row[17],
    )


def place_of(row: Any) -> tuple[str, str]:
    """Where a row stands in the order of paths: what the next page of a walk begins after."""
    standing = read_standing(row)
    return standing.path, standing.id
