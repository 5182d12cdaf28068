"""Whether what a source tells is of the form that the contract promises (`connector.ports.source`), in words for whoever writes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from connector.document.audience import MAX_IDENTITY
from connector.document.document import Document, Listed
from connector.sources.answers import wrong_document, wrong_row


class Told(msgspec.Struct, frozen=True):
    """What a source tells when it is read once."""

    rows: Sequence[tuple[Listed, str]]
    """Each with the native key of its container."""
    documents: Mapping[str, Document]
    """By id of the row."""


def faults(told: Told, prefixes: Sequence[str]) -> Iterator[str]:
    """
    Say what is wrong with it.

    Args:
        prefixes: what the ids of the source begin with.
    """
    yield from _faults_of_rows(told, prefixes)
    for identifier, document in told.documents.items():
        if why := wrong_document(document, identifier):
            yield f"{identifier}: {why}"
            continue
        for key in ("created", "modified"):
            moment = getattr(document, key)
            if moment is not None and moment.tzinfo is None:
                yield f"{identifier}: {key} has no time zone, and would be taken for UTC: {moment.isoformat()}"


def _faults_of_rows(told: Told, prefixes: Sequence[str]) -> Iterator[str]:
    names: dict[str, str] = {}
    for (identifier, container), times in Counter((row.id, above) for row, above in told.rows).items():
        if times > 1:
            yield f"the listing of {container} names {identifier} {times} times"
    for row, _ in told.rows:
        if why := wrong_row(row, prefixes):
            yield why
            continue
        if names.setdefault(row.id, row.native) != row.native:
            yield f"{row.id} is the id of {names[row.id]!r} and of {row.native!r}: make it of the whole key"
        if not row.version:
            yield f"{row.id} has no version, so it is mapped anew in each run"
        for identity in row.audience.identities if row.audience is not None else ():
            if identity != identity.strip().lower() or not 0 < len(identity) <= MAX_IDENTITY:
                yield f"{row.id}: the identity {identity!r} is not made by user_identity or group_identity"


def changes(before: Told, after: Told) -> Iterator[str]:
    """Say what differs between two readings of which nothing was changed in between."""
    versions = {row.id: row.version for row, _ in before.rows}
    for row, _ in after.rows:
        if versions.get(row.id) != row.version:
            yield f"{row.id} has another version when it is read again, and nothing was changed"
    for identifier, document in after.documents.items():
        if (first := before.documents.get(identifier)) is not None and first != document:
            keys = [
                key for key in document.__struct_fields__ if getattr(first, key) != getattr(document, key)
            ]
            yield f"{identifier} has another {' and '.join(keys)} when it is read again, and nothing was changed"
