"""The names that records refer to, from lists that are read once a run and only when a record refers to one."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from typing import cast
from uuid import UUID

from connector.errors import ListingIncomplete, SourceUnavailable
from connector.sources.itr.kinds import (
    BATTERIES,
    CLIENT,
    GROUPS,
    LOGINS,
    PERSONS,
    REPORT_DEFINITIONS,
    SESSIONS,
    TESTS,
    Kind,
)
from connector.sources.itr.links import GROUP_SESSIONS, PUBLIC_SESSIONS
from connector.sources.itr.list_cache import ListCache
from connector.sources.itr.listing import key_of
from connector.sources.itr.named_alone import Named
from connector.sources.itr.parts import Progress, Related
from connector.sources.itr.renamed import TestNames
from connector.sources.itr.wire import (
    ROWS,
    ZERO,
    Battery,
    GeneratedReport,
    Group,
    Login,
    Person,
    Record,
    ReportDefinition,
    Row,
    Session,
    Test,
    Unreadable,
    keys_in,
    manager_of,
)
from connector.sources.itr.words import DONE, READY, REPORT_TYPES, name_of

DEFINITIONS = "definitions"
REPORT_KINDS = "report kinds"
PROGRESS = "progress"
Names = dict[bytes, str]
"""By the 16 bytes of a key: persons may be many."""


class Directory:
    """
    Names by key, for one run.

    Args:
        person_names: without it no list of persons is ever asked for.
    """

    def __init__(self, list_cache: ListCache, tests: TestNames, *, person_names: bool) -> None:
        self._list_cache = list_cache
        self._tests = tests
        self._person_names = person_names
        self._names: dict[str, Names] = {}
        self._progress: dict[bytes, Progress] | None = None
        """Of group sessions, by the 16 bytes of their keys."""
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def forget(self) -> None:
        """Read everything again when it is asked for next."""
        self._names.clear()
        self._progress = None
        self._tests.forget()

    async def related(self, row: Row, session: Session | None = None) -> Related:
        """
        Find the names that a record refers to.

        Args:
            session: of a generated report.

        Raises:
            SourceUnavailable, SourceRefused: a list of names cannot be read to its end.
        """
        if isinstance(row, Session):
            batteries = await self._all_of(BATTERIES.name, keys_in(row.used_battery_ids))
            return Related(
                person=await self._person(row),
                consultant=await self._manager(row),
                group=await self._one(GROUPS.name, row.group_id),
                parent=await self._one(DEFINITIONS, row.group_session_id),
                batteries=batteries,
                progress=await self._progress_of(row) if row.session_type in GROUP_SESSIONS else None,
            )
        if isinstance(row, GeneratedReport):
            return Related(
                session=session,
                person=await self._person(session) if session is not None else "",
                consultant=await self._manager(session) if session is not None else "",
                definition=await self._one(REPORT_DEFINITIONS.name, row.report_id),
                type=await self._one(REPORT_KINDS, row.report_id),
            )
        if isinstance(row, ReportDefinition):
            keys = [str(row.test_id)] if row.test_id != ZERO else []
            return Related(tests=await self.tests(dict.fromkeys([*keys, *keys_in(row.test_ids)])))
        return Related(consultant=await self._manager(row))

    async def others_in(self, row: Row, session: Session | None) -> list[Named]:
        """
        Which records a document names that not everybody may find who finds that: its candidate, group and parent, and its batteries.

        Args:
            session: of a generated report, which names its candidate only.
        """
        of = session if session is not None else row
        if not isinstance(of, Session):
            return []
        keys = [(PERSONS.name, of.person_id)] if self._person_names else []
        if session is None:
            keys += [(GROUPS.name, of.group_id), (DEFINITIONS, of.group_session_id)]
            keys += [(BATTERIES.name, UUID(key)) for key in keys_in(of.used_battery_ids)]
        return [
            Named(_NAMED[kind][0], key, await self._one(kind, key), partial(_name_in, kind))
            for kind, key in keys
            if key != ZERO
        ]

    async def _manager(self, row: Row) -> str:
        return await self._one(LOGINS.name, manager_of(row) or ZERO)

    async def _person(self, session: Session) -> str:
        return await self._one(PERSONS.name, session.person_id) if self._person_names else ""

    async def _progress_of(self, definition: Session) -> Progress:
        """How far the sessions of a group are, counted in the list of sessions."""
        async with self._locks[PROGRESS]:
            if self._progress is None:
                try:
                    self._progress = await self._count()
                except ListingIncomplete as error:
                    raise SourceUnavailable(f"the sessions of groups cannot be counted: {error}") from error
        return self._progress.get(definition.id.bytes, Progress())

    async def _count(self) -> dict[bytes, Progress]:
        found: dict[bytes, list[int]] = {}
        for page in (await self._list_cache.read(SESSIONS, CLIENT)).pages():
            for record in page:
                row = record.row if isinstance(record, Record) else record.as_far_as_told(Session)
                session = cast(Session, row)
                if session.group_session_id != ZERO:
                    counts = found.setdefault(session.group_session_id.bytes, [0, 0, 0])
                    counts[0 if session.status <= READY else 2 if session.status in DONE else 1] += 1
        return {key: Progress(*counts) for key, counts in found.items()}

    async def mark_of_tests(self) -> str:
        """Another one as soon as any test has another name."""
        return self._tests.mark(await self._known(TESTS.name))

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
        of, _ = _NAMED[kind]
        found: Names = {}
        for database in reversed(of.databases):  # the company's own wins over the master's
            for page in (await self._list_cache.read(of, database)).pages():
                for record in page:
                    if words := _name_in(kind, record):
                        found[UUID(key_of(record)).bytes] = words
        return found


def _name_in(kind: str, record: Record | Unreadable) -> str:
    of, name = _NAMED[kind]
    if isinstance(record, Record):
        return name(record.row)
    # what refers to it is not to look as if it referred to nothing
    return name(record.as_far_as_told(ROWS[of.name])) or f"{of.word} {record.key}"


def _name_of_definition(row: Row) -> str:
    """Sessions belong to groups, classes and public sessions only: the others need no place in memory."""
    session = cast(Session, row)
    return session.description.strip() if session.session_type in GROUP_SESSIONS | PUBLIC_SESSIONS else ""


def _type_of_definition(row: Row) -> str:
    return name_of(cast(ReportDefinition, row).report_type, REPORT_TYPES)


def _name_of_test(row: Row) -> str:
    test = cast(Test, row)
    return test.description.strip() or test.test_name.strip()


_NAMED: dict[str, tuple[Kind, Callable[[Row], str]]] = {
    DEFINITIONS: (SESSIONS, _name_of_definition),
    PERSONS.name: (PERSONS, lambda row: cast(Person, row).full_name),
    GROUPS.name: (GROUPS, lambda row: cast(Group, row).description.strip()),
    BATTERIES.name: (BATTERIES, lambda row: cast(Battery, row).battery_name.strip()),
    TESTS.name: (TESTS, _name_of_test),
    LOGINS.name: (LOGINS, lambda row: cast(Login, row).user_name.strip()),
    REPORT_DEFINITIONS.name: (
        REPORT_DEFINITIONS,
        lambda row: cast(ReportDefinition, row).description.strip(),
    ),
    REPORT_KINDS: (REPORT_DEFINITIONS, _type_of_definition),
}
"""Which list tells the names of what, and how."""
