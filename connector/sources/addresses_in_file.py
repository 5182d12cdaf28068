"""
The addresses of a people file beside what its source tells of the same people. They are of those whose address the source does not tell.

A row beside which the source told another address is out of date, and that address may be somebody else's by now: it gives nobody
an address any more, also once the source tells none, until the row is another one.
"""

from __future__ import annotations

from collections.abc import Mapping

from connector.document.ids import digest
from connector.ports.matching import is_address
from connector.ports.source import SourceNotes

OUT_OF_DATE = "people-file-out-of-date"
"""Kind of the notes of such rows: hashes of id and address, since nobody is to be named there."""


class AddressesInFile:
    """
    Those of one source.

    Args:
        rows: addresses by id.
    """

    def __init__(self, notes: SourceNotes, rows: Mapping[str, str]) -> None:
        self._notes = notes
        self._rows = rows

    def hear(self, person: str, told: str) -> None:
        """Compare what the source tells of a person with her row."""
        row = self._rows.get(person, "")
        if not row or not is_address(told):
            return
        value = b"" if told.strip().casefold() == row.casefold() else _hashed(row)
        if value != self._noted(person):
            self._notes.put(OUT_OF_DATE, _key(person), value)

    def of(self, person: str) -> str:
        """Her address as the file has it; empty where it has none, or an old one."""
        row = self._rows.get(person, "")
        return "" if not row or self._noted(person) == _hashed(row) else row

    def _noted(self, person: str) -> bytes:
        note = self._notes.get(OUT_OF_DATE, _key(person))
        return note.value if note is not None else b""


def _hashed(text: str) -> bytes:
    return digest([text], 16)


def _key(person: str) -> str:
    return _hashed(person).hex()
