"""What a record's row does not tell: fetched when its document is made, and again on a rotation."""

from __future__ import annotations

from connector.errors import RecordGone, RecordInvalid
from connector.sources.itr import wire
from connector.sources.itr.audit_trail import AuditHints
from connector.sources.itr.detail_rotation import DetailRotation
from connector.sources.itr.directory import Directory
from connector.sources.itr.exclusions import Decide
from connector.sources.itr.kinds import BATTERIES, CLIENT, SESSIONS, Place
from connector.sources.itr.named_alone import NamedAlone
from connector.sources.itr.own_answers import check_same
from connector.sources.itr.parts import Detail
from connector.sources.itr.records import Records
from connector.sources.itr.sessiontests import SessionTests
from connector.sources.itr.wire import Battery, GeneratedReport, Record, Row, Session

OF_SESSIONS = Place(kind=SESSIONS, database=CLIENT)


class Details:
    """The details of one source's records."""

    def __init__(
        self,
        records: Records,
        tests: SessionTests,
        directory: Directory,
        hints: AuditHints,
        turns: DetailRotation,
        named_alone: NamedAlone,
    ) -> None:
        self.reread = 0
        """Records that were read again for their turn, in this run."""
        self._records = records
        self._tests = tests
        self._directory = directory
        self._hints = hints
        self._turns = turns
        self._named_alone = named_alone

    async def marks(self, place: Place, key: str) -> list[str]:
        """What a record's version depends on besides its row."""
        marks = [self._hints.of(key)] if place.kind is SESSIONS else []
        if self._read_more(place):
            marks.append(str(self._turns.number(key)))
        if place.kind in (SESSIONS, BATTERIES):
            marks.append(await self._directory.mark_of_tests())
        return marks

    async def of(self, place: Place, row: Row, session: Session | None) -> Detail:
        """
        Fetch what a row does not tell, and make sure that the record itself tells what its row does.

        Args:
            session: of a generated report; who manages it finds the report.

        Raises:
            RecordGone: it is gone meanwhile. SourceUnavailable: later.
            RecordInvalid: the record itself, or the session, tells something else, or what it names is called otherwise.
        """
        if session is not None and not await self._records.confirms(OF_SESSIONS, session, ""):
            raise RecordInvalid(
                "ITR's list tells something else of its session than ITR does when it is asked for it"
            )
        if not await self._names_right(place, row, session):
            raise RecordInvalid(
                "ITR's list calls its candidate, group, parent or batteries otherwise than ITR does when it is asked for one of them alone"
            )
        if place.kind is SESSIONS:
            detail = await self._of_session(row.key, place)
            await self._records.prove(place, row, "")
        elif self._records.wanted(place):
            self.reread += not self._turns.reading.thorough and self._turns.due(row.key)
            detail = await self._of_record(row, place)
        else:
            await self._records.prove(place, row, linked_to(row))
            detail = Detail()
        return detail

    async def _of_session(self, key: str, place: Place) -> Detail:
        """The tests of a session; its own record only where the settings name a field of it."""
        many = self._turns.reading.thorough or self._turns.due(key)
        tests = await self._tests.of(key, ahead=many)
        named: tuple[tuple[str, str], ...] = ()
        if self._records.names(place.kind):
            named = (await self._records.read(place, key, "")).named
        names = await self._directory.tests(str(one.test_id) for one in tests)
        return Detail(named=named, session_tests=tuple(tests), tests=names)

    async def _of_record(self, listed: Row, place: Place) -> Detail:
        if place.kind.cached:
            await self._records.prove(place, listed, "")
        try:
            record = await self._records.read(place, listed.key, linked_to(listed))
        except RecordGone:
            if place.kind.cached:
                return Detail()  # its own answer proves nothing; the row was listed
            raise
        row = record.row
        if not place.kind.cached:
            check_same(listed, row)
        tests = await self._directory.tests(wire.tests_in(row)) if isinstance(row, Battery) else ()
        return Detail(row=row, named=record.named, tests=tests)

    async def confirms(self, place: Place, row: Row, session: Session | None) -> bool:
        """Whether a record tells by itself what its row tells, and what it names is called so."""
        is_same = await self._records.confirms(place, row, linked_to(row))
        return is_same and await self._names_right(place, row, session)

    async def decides_so(self, place: Place, record: Record, decide: Decide, *, rules: bytes) -> bool:
        """Whether a record by itself is left out by the settings, or is not, as by its list."""
        exclusions = self._records.exclusions
        return await exclusions.confirms(place, record, linked_to(record.row), decide, rules=rules)

    async def _names_right(self, place: Place, row: Row, session: Session | None) -> bool:
        others = await self._directory.others_in(row, session)
        known = self._records.is_known(place, row.key)
        known = known or (session is not None and self._records.is_known(OF_SESSIONS, session.key))
        return await self._named_alone.confirms(others, of_new=not known)

    def _read_more(self, place: Place) -> bool:
        """Whether a document holds what can change without its row."""
        return place.kind is SESSIONS or self._records.wanted(place)


def linked_to(row: Row) -> str:
    """The session in whose place a generated report is read; empty for everything else."""
    return str(row.linked_object_id) if isinstance(row, GeneratedReport) else ""
