"""The names that records refer to, read once a run and only when a record refers to one."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import cast
from uuid import UUID

from connector.errors import ListingIncomplete, SourceUnavailable
from connector.sources.itr.kinds import BATTERIES, CLIENT, GROUPS, PERSONS, TESTS, Kind
from connector.sources.itr.links import GROUP_SESSIONS, PUBLIC_SESSIONS
from connector.sources.itr.listing import Lists
from connector.sources.itr.parts import Related
from connector.sources.itr.wire import (
    ROWS,
    ZERO,
    Battery,
    Group,
    Person,
    ReportDefinition,
    Row,
    Session,
    Test,
    Unreadable,
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

    def __init__(self, lists: Lists, *, person_names: bool) -> None:
        self._lists = lists
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
        if kind == DEFINITIONS:
            names: Names = {}
            for session_type in sorted(GROUP_SESSIONS | PUBLIC_SESSIONS):
                where = f"SessionType={session_type}"
                names |= await self._listed("/sessions", Session, CLIENT, _name_of_session, where)
            return names
        named: dict[str, tuple[Kind, Callable[[Row], str]]] = {
            PERSONS.name: (PERSONS, lambda row: cast(Person, row).full_name),
            GROUPS.name: (GROUPS, lambda row: cast(Group, row).description.strip()),
            BATTERIES.name: (BATTERIES, lambda row: cast(Battery, row).battery_name.strip()),
            TESTS.name: (TESTS, _name_of_test),
        }
        of, name = named[kind]
        found: Names = {}
        for database in reversed(of.databases):  # the company's own wins over the master's
            found |= await self._listed(f"/{of.name}", ROWS[of.name], database, name, "")
        return found

    async def _listed(
        self, path: str, kind: type[Row], database: str, name: Callable[[Row], str], where: str
    ) -> Names:
        names: Names = {}
        async for page in self._lists.pages(path, kind, database, where=where):
            for record in page:
                if not isinstance(record, Unreadable) and (words := name(record.row)):
                    names[record.row.id.bytes] = words
        return names


def _name_of_session(row: Row) -> str:
    return cast(Session, row).description.strip()


def _name_of_test(row: Row) -> str:
    test = cast(Test, row)
    return test.description.strip() or test.test_name.strip()
