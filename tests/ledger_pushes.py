"""Pushes as the ledger is told of them, and a target that accepts each."""

from __future__ import annotations

from typing import Any

import msgspec

from connector.document.document import Listed, Rendered
from connector.document.ids import child_path
from connector.ledger.documents import Documents
from tests.builders import make_listed, make_rendered

NOW = 1_800_000_000.0
LIFE = {"run": 1, "session_run": 0, "backfill": 0}
UNTOLD = {"told": b"", "told_count": 0, "told_from": 0, "told_to": 0}
"""Of a listing that is not to be recognised."""


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """One accepted push, as the ledger is told of it."""

    source: str
    listed: Listed
    rendered: Rendered
    room: str
    container: str
    rules: bytes
    present: bool = True
    altered: bool = True
    reshown: bool = True
    others_wait: bool = False


def make_push(
    name: str = "ix-f1",
    *,
    container: str = "ix-d1",
    room: str = "r1",
    source: str = "interaxo",
    **rendered: Any,
) -> Pushed:
    path = rendered.pop("path", child_path(f"/ix-r1/{container}/" if container else "/", name))
    return Pushed(
        source=source,
        listed=make_listed(id=name, native=name.removeprefix("ix-")),
        rendered=make_rendered(id=name, path=path, **rendered),
        room=room,
        container=container,
        rules=b"rules",
    )


def push(documents: Documents, *pushes: Pushed, now: float = NOW, **life: int) -> None:
    """Push and have it accepted."""
    intent = documents.intend_pushes(pushes, run=life.get("run", 1), now=now)
    documents.confirm_pushes(pushes, **{**LIFE, **life}, now=now, settle_s=120.0)
    documents.settle(intent)
