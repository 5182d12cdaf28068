"""
Whether a record's own answer tells the same of it as its list. PURE.

A list that was put together wrongly, or comes late, gives to one record what is another one's, or was its own: who manages it, whether it is
archived, what it is called. Nothing else is compared, since only that decides who finds what.
"""

from __future__ import annotations

from connector.document.ids import digest
from connector.errors import RecordInvalid
from connector.sources.itr.wire import (
    ZERO,
    Battery,
    GeneratedReport,
    Group,
    Organisation,
    Person,
    Row,
    Session,
    manager_of,
)

MARK = 8
"""Bytes of a hash."""
_NAMES: dict[type[Row], tuple[str, ...]] = {
    Session: ("description", "person_id"),
    Battery: ("battery_name",),
    Group: ("description",),
    Organisation: ("name",),
    Person: ("first_name", "last_name"),
    GeneratedReport: ("report_title", "linked_object_id"),
}


def mark_of(row: Row) -> bytes:
    """Hash of what is compared."""
    return digest([str(manager_of(row) or ZERO), *_told_by(row)], MARK)


def check_same(listed: Row, own: Row) -> None:
    """
    Compare what a list tells of a record with what its own answer tells; who manages it only where both tell.

    Raises:
        RecordInvalid: they differ.
    """
    managers = {manager_of(listed), manager_of(own)} - {None}
    if len(managers) > 1 or _told_by(listed) != _told_by(own):
        raise RecordInvalid(
            "ITR's list tells something else of this record than ITR does when it is asked for it"
        )


def _told_by(row: Row) -> list[str]:
    return [str(row.active), *(str(getattr(row, name)) for name in _NAMES.get(type(row), ()))]
