"""The rows of each source's people file as they were read last, for a run that meets the file unreadable; in notes of the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from connector.ledger.notes import Notes

KIND = "people-rows"


class _Rows(msgspec.Struct, frozen=True, kw_only=True):
    file: str
    """As the settings name it: the rows of another one say nothing of it."""
    addresses: dict[str, str]


def note_rows(notes: Notes, file: str, addresses: Mapping[str, str]) -> None:
    """Remember what a people file says: addresses by id."""
    noted = notes.get_json(KIND, "", _Rows)
    rows = _Rows(file=file, addresses=dict(addresses))
    if rows != noted:
        notes.put_json(KIND, "", rows)


def rows_read_last(notes: Notes, file: str) -> dict[str, str] | None:
    """What a people file said when it was read last; None: it never was."""
    noted = notes.get_json(KIND, "", _Rows)
    return noted.addresses if noted is not None and noted.file == file else None


def erase_rows(notes: Notes, addresses: Sequence[str], keys: Sequence[str]) -> None:
    """Leave out of what is remembered the rows of a person, by her addresses and by what a source calls her."""
    noted = notes.get_json(KIND, "", _Rows)
    if noted is None:
        return
    ids = {part.casefold() for key in keys for part in (key, key.partition("/")[2])}
    left = {
        identifier: address
        for identifier, address in noted.addresses.items()
        if identifier.casefold() not in ids and address.strip().lower() not in addresses
    }
    if left != noted.addresses:
        notes.put_json(KIND, "", msgspec.structs.replace(noted, addresses=left))
