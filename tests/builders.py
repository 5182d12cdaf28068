"""Things to test with: sane defaults, change what matters."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from connector import settings
from connector.app import KINDS
from connector.document.audience import Audience, make_audience
from connector.document.document import Crumb, Document, Facet, Known, Listed, Rendered
from connector.settings import Loaded
from connector.target import wire

load = partial(settings.load, kinds=KINDS)
check = partial(settings.check, kinds=KINDS)
"""As the program reads settings: with every kind of source."""

SAMPLES = Path(__file__).parent / "samples"
AUDIENCE = make_audience(["interaxo:group:example-corp/all"])
SECRETS = {
    "targets.intranet.api_key": "key-9f3c-hidden",
    "sources.interaxo.client_id": "client-51aa-hidden",
    "sources.interaxo.client_secret": "phrase-77d0-hidden",
}
"""Made-up secrets, easy to search for where they must not appear."""

SETTINGS: dict[str, Any] = {
    "targets.intranet.base_url": "https://api.example.com",
    "targets.intranet.tenant": "6d0f",
    "targets.intranet.app_id": 47,
    "sources.interaxo.kind": "interaxo",
    "sources.interaxo.id_prefix": "ix",
    "sources.interaxo.permissions": "room",
}
"""The least that a settings file needs, besides secrets."""


def sample(name: str) -> bytes:
    """A recorded or documented answer of a neighbour."""
    return (SAMPLES / name).read_bytes()


def make_settings(folder: Path = Path("/nowhere"), **changes: Any) -> Loaded:
    """Settings by dotted path; `__` stands for the dot: `safety__max_deletes=3`."""
    values = {**SETTINGS, **SECRETS, **{key.replace("__", "."): value for key, value in changes.items()}}
    return check(
        [("the test", key.split("."), value) for key, value in values.items()], file=folder / "settings.toml"
    )


def make_toml(**changes: Any) -> str:
    """The text of a settings file, secrets left out; a value of None leaves its key out."""
    values = {**SETTINGS, **{key.replace("__", "."): value for key, value in changes.items()}}
    tables: dict[str, list[str]] = {}
    for path, value in values.items():
        if value is not None:
            table, _, key = path.rpartition(".")
            tables.setdefault(table, []).append(f"{key} = {msgspec.json.encode(value).decode()}")
    return "\n".join(f"[{table}]\n" + "\n".join(lines) for table, lines in tables.items()) + "\n"


def make_document(**changes: Any) -> Document:
    """A file in a folder of a room."""
    defaults: dict[str, Any] = {
        "id": "ix-f1",
        "type_name": "Interaxo file",
        "title": "Plan",
        "url": "https://ix.example.com/f1",
        "audience": AUDIENCE,
        "path": "/ix-r1/ix-d1/ix-f1/",
        "summary": "A plan of the bridge",
        "author": "Kari Nordmann",
        "created": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "modified": datetime(2026, 2, 3, 4, 5, 6, 789_000, tzinfo=UTC),
        "facets": (Facet("Room", "The Bridge"), Facet("Amount", 1.5)),
        "crumbs": (Crumb("Example Corp"), Crumb("The Bridge", "https://ix.example.com/r1")),
        "keywords": "f1",
        "text": "piers and abutments",
    }
    return Document(**{**defaults, **changes})


def make_rendered(**changes: Any) -> Rendered:
    """A document as it goes over the wire."""
    return wire.render(make_document(**changes), deletion_mode="Session")


def make_listed(**changes: Any) -> Listed:
    """A file as a listing shows it."""
    defaults: dict[str, Any] = {
        "id": "ix-f1",
        "native": "f1",
        "kind": "file",
        "name": "plan.pdf",
        "version": b"v1",
        "audience": AUDIENCE,
    }
    return Listed(**{**defaults, **changes})


def make_known(**changes: Any) -> Known:
    """A file as the ledger confirmed it in run 1."""
    defaults: dict[str, Any] = {
        **dict.fromkeys(Known.__struct_fields__),
        "id": "ix-f1",
        "version": b"v1",
        "fingerprint": b"p1",
        "container": "ix-d1",
        "state": "live",
        "pushed_run": 1,
        "session_run": 0,
        "backfill": 0,
        "audience": AUDIENCE.digest(),
    }
    return Known(**{**defaults, **changes})


def audience_of(*identities: str, public: bool = False) -> Audience:
    """An audience of identities."""
    return make_audience(identities, public=public)
