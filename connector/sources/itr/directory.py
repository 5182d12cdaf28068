"""The names that records refer to, from lists that are read once a run and only when a record refers to one."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import cast
from uuid import UUID

from connector.errors import ListingIncomplete, SourceUnavailable
from connector.sources.itr.kinds import BATTERIES, GROUPS, PERSONS, SESSIONS, TESTS, Kind
from connector.sources.itr.links import GROUP_SESSIONS, PUBLIC_SESSIONS
from connector.sources.itr.listing import key_of
from connector.sources.itr.parts import Related
from connector.sources.itr.shelf import Shelf
from connector.sources.itr.wire import (
    ROWS,
    ZERO,
    Battery,
    Group,
    Person,
    Record,
    ReportDefinition,
    Row,
    Session,
    Test,
    keys_in,
)

DEFINITIONS = "definitions"
Names = dict[bytes, str]
"""By the 16 bytes of a key: persons may be many."""


class Directory:
    """
    Names by key, for one run.

    Args:
        person_names: without it no list of persons is ever asked for.
    """

    def __init__(self, shelf: Shelf, *, person_names: bool) -> None:
        self._shelf = shelf
        self._person_names = person_names
        self._names: dict[str, Names] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def forget(self) -> None:
        """Read everything again when it is asked for next."""
        self._names.clear()

    async def related(self, row: Row) -> Related:
        """
        Find the names that a record refers to.

        Raises:
            SourceUnavailable, SourceRefused: a list of names cannot be read to its end.
        """
        if isinstance(row, Session):
            batteries = await self._all_of(BATTERIES.name, keys_in(row.used_battery_ids))
            return Related(
                person=await self._one(PERSONS.name, row.person_id) if self._person_names else "",
                group=await self._one(GROUPS.name, row.group_id),
                parent=await self._one(DEFINITIONS, row.group_session_id),
                batteries=batteries,
            )
        if isinstance(row, ReportDefinition):
            keys = [str(row.test_id)] if row.test_id != ZERO else []
            return Related(tests=await self.tests(dict.fromkeys([*keys, *keys_in(row.test_ids)])))
        return Related()

    async def tests(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Names of tests, of either database; what is not listed has none."""
        return await self._all_of(TESTS.name, keys)

    async def _all_of(self, kind: str, keys: Iterable[str]) -> tuple[str, ...]:
        wanted = [UUID(key) for key in keys]
        names = await self._known(kind) if wanted else {}
        return tuple(names[key.bytes] for key in wanted if key.bytes in names)

    async def _one(self, kind: str, key: UUID) -> str:
        return "" if key == ZERO else (await self._known(kind)).get(key.bytes, "")

    async def _known(self, kind: str) -> Names:
        async with self._locks[kind]:  # several lists ask for the same names at once: one of them reads
            if kind not in self._names:
                try:
                    self._names[kind] = await self._read(kind)
                except ListingIncomplete as error:
                    raise SourceUnavailable(f"the names of {kind} cannot be read: {error}") from error
        return self._names[kind]

    async def _read(self, kind: str) -> Names:
        of, name = _NAMED[kind]
        found: Names = {}
        for database in reversed(of.databases):  # the company's own wins over the master's
            for page in (await self._shelf.read(of, database)).pages():
                for record in page:
                    row = record.row if isinstance(record, Record) else record.as_far_as_told(ROWS[of.name])
                    # what refers to it is not to look as if it referred to nothing
                    odd = "" if isinstance(record, Record) else f"{of.word} {record.key}"
                    if words := name(row) or odd:
                        found[UUID(key_of(record)).bytes] = words
        return found


def _name_of_definition(row: Row) -> str:
    """Sessions belong to groups, classes and public sessions only: the others need no place in memory."""
    session = cast(Session, row)
    return session.description.strip() if session.session_type in GROUP_SESSIONS | PUBLIC_SESSIONS else ""


def _name_of_test(row: Row) -> str:
    test = cast(Test, row)
    return test.description.strip() or test.test_name.strip()


_NAMED: dict[str, tuple[Kind, Callable[[Row], str]]] = {
    DEFINITIONS: (SESSIONS, _name_of_definition),
    PERSONS.name: (PERSONS, lambda row: cast(Person, row).full_name),
    GROUPS.name: (GROUPS, lambda row: cast(Group, row).description.strip()),
    BATTERIES.name: (BATTERIES, lambda row: cast(Battery, row).battery_name.strip()),
    TESTS.name: (TESTS, _name_of_test),
}
"""Which list tells the names of what, and how."""
