"""
Reads ITR: the records of one company, and the central catalogue, as `connector.ports.Source`.

Nothing can be called that `exchanges` does not declare; above all not the detail of a sessiontest, which
bills the test it shows. Source: docs/itr.md (observed on a real server).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from heapq import nsmallest
from typing import cast

import msgspec

from connector.document.audience import Audience
from connector.document.document import Container, Document, Listed, Scope, digest, place_read
from connector.errors import (
    ListingIncomplete,
    RecordGone,
    RecordHidden,
    RecordInvalid,
    SourceRefused,
    SourceUnavailable,
)
from connector.http.exchange import Dated, Party
from connector.http.transports import Transport
from connector.ports.source import FoundScope, Page, PersonRead, Reading, Seen, Traffic, Verdict
from connector.sources.itr import wire
from connector.sources.itr.absence import Absences
from connector.sources.itr.account import Account, quote_key
from connector.sources.itr.credentials import Credentials
from connector.sources.itr.directory import Directory
from connector.sources.itr.hints import AuditHints
from connector.sources.itr.kinds import CLIENT, GENERATED_REPORTS, KINDS, MASTER, SESSIONS, Place
from connector.sources.itr.listing import Lists, is_nameless, key_of
from connector.sources.itr.mapping import Entry, RecordMapping
from connector.sources.itr.parts import Detail
from connector.sources.itr.people import Office, Sight
from connector.sources.itr.records import Records
from connector.sources.itr.rights import Rights
from connector.sources.itr.sessiontests import SessionTests
from connector.sources.itr.settings import CONCURRENCY, ItrPart
from connector.sources.itr.shelf import Shelf
from connector.sources.itr.wire import (
    Battery,
    GeneratedReport,
    Record,
    Row,
    Session,
    Unreadable,
)
from connector.sources.itr.witness import Doubt, Witnesses
from connector.sources.kind import Surroundings

LATER = "a complete listing that lacks it, an hour after the first one, brings it before a person"
CONSIDERED = 500
"""Records of a list among which the first that the settings do not leave out are looked for."""


class Itr:
    """One company of an ITR server as a source."""

    share = 1.0
    """Of the people known before: one list tells of all of them, in every run."""

    def __init__(
        self,
        client: Transport,
        *,
        mapping: RecordMapping,
        credentials: Credentials,
        part: ItrPart,
        around: Surroundings,
    ) -> None:
        rules, notes, clock = mapping.rules, around.notes, around.clock
        self.name = rules.source
        self.address = place_read(part.base_url, credentials.user_id)
        self.concurrency = CONCURRENCY
        self.account = Account(
            client,
            source=self.name,
            base_url=part.base_url,
            credentials=credentials,
            calls_per_s=part.calls_per_s,
            manner=around.manner,
        )
        self.neighbour = self.account.neighbour
        self._lists = Lists(self.account)
        self._shelf = Shelf(self._lists, notes, rules.fields, clock)
        self._directory = Directory(self._shelf, person_names=rules.person_names)
        self._tests = SessionTests(self._lists)
        self._absences = Absences(notes)
        self._rights = Rights(notes)
        self._records = Records(self.account, notes, rules.fields)
        self._witnesses = Witnesses(self.account, self._shelf, self._records, self._rights, clock)
        self._mapping = mapping
        self._office = Office(
            self.account,
            self._shelf,
            notes,
            self._absences,
            Sight(permissions=part.permissions, fixed=tuple(part.identities), file=around.people_file),
            clock,
        )
        self._clock = clock
        self._turns = max(1, round(1 / part.audience_share))
        self._reading = Reading(run=0, thorough=True)
        self._places: dict[str, Place] = {}
        self._audiences: dict[str, Audience | None] = {}
        self._hints = AuditHints(self._lists, notes, clock)
        self._reread = 0
        self._asked_before = 0

    @property
    def mapping_hash(self) -> bytes:
        """Hash of the code and the settings that make documents of items."""
        return self._mapping.digest

    @property
    def left_out_rules(self) -> bytes:
        """Hash of the settings that decide which listed records are left out."""
        return self._mapping.left_out_rules

    @property
    def side_by_side(self) -> bool:
        """Details are fetched one call at a time, each in its turn: several records wait at once."""
        return True

    async def open(self, reading: Reading) -> None:
        """Sign in, and learn which company this is; forget what an earlier run asked."""
        self._reading = reading
        self._shelf.forget(trusting=not reading.thorough)
        self._directory.forget()
        self._tests.forget()
        self._absences.forget()
        self._places.clear()
        self._audiences.clear()
        self._hints.forget()
        self._office.forget()
        self._witnesses.forget()
        self._reread = 0
        self._asked_before = self.neighbour.tally.requests
        await self.account.open()
        self._rights.meet(self.account.rights, at=self._clock())
        if SESSIONS.name in self._mapping.rules.records and not reading.thorough:
            await self._hints.read(run=reading.run)

    async def close(self) -> None:
        """Sign out."""
        self._absences.write()
        await self.account.close()

    def exchanges(self) -> list[Party]:
        """The one host that ITR is."""
        return [self.neighbour.party]

    def dated(self) -> list[Dated]:
        """What ITR's clock said last."""
        return [self.neighbour.dated]

    def traffic(self) -> Traffic:
        """What was asked since `open`."""
        requests = self.neighbour.tally.requests - self._asked_before
        reread = self._reread + (0 if self._reading.thorough else self._tests.calls_ahead)
        return Traffic(requests=requests, reread=reread, bytes_sent=0)

    # -- scopes -------------------------------------------------------------------------------

    async def scopes(self) -> list[FoundScope]:
        """Name every kind of record in every database; which of them are read, the settings say."""
        company = self.account.company_key
        found = []
        for kind in KINDS.values():
            for database in kind.databases:
                scope = Scope(
                    key=f"{self.name}/{company}/{kind.name}/{database}",
                    name=f"{company}/{kind.name}" + ("/master" if database == MASTER else ""),
                )
                self._places[scope.key] = Place(kind=kind, database=database)
                included = kind.name in self._mapping.rules.records
                found.append(
                    FoundScope(
                        scope=scope,
                        included=included,
                        public=False,
                        rules=digest([f"{kind.name}:{included}"], 8),
                    )
                )
        return found

    def is_common(self, scope_key: str) -> bool:
        """Whether a scope is of the master database: the catalogue that all companies share."""
        return scope_key.endswith(f"/{MASTER}")

    def scope_id(self, scope: Scope) -> str | None:
        """Companies and kinds have no documents of their own."""
        return None

    async def carriers(self, each: int) -> list[str]:
        """
        Ids of the first documents of every list that is read: the ledger's note may stand beside any of them.

        Reports are left out: there is no list of them, and a company with reports has sessions.
        """
        found: list[str] = []
        for key, place in self._places.items():
            if place.kind.name in self._mapping.rules.records and place.kind is not GENERATED_REPORTS:
                try:
                    found += await self._first_of(place, key, each)
                except (ListingIncomplete, SourceUnavailable, SourceRefused, RecordHidden):
                    continue  # the crawl tells of it
        return found

    async def _first_of(self, place: Place, scope: str, most: int) -> list[str]:
        """Ids of the first documents of a list, without what the settings leave out."""
        by_id: dict[str, Record | Unreadable] = {}
        for rows in (await self._shelf.read(place.kind, place.database)).pages():
            ids = {self._mapping.id_of(key_of(row), place.database): row for row in rows}
            by_id = dict(nsmallest(CONSIDERED, {**by_id, **ids}.items(), key=_first))
        found: list[str] = []
        for identifier, row in by_id.items():
            if len(found) < most and isinstance(row, Record):
                listed = await self._listed(row, place, scope, None)
                if not listed.left_out:
                    found.append(identifier)
        return found

    async def top(self, scope: Scope, audience: Audience | None, *, public: bool) -> Container:
        """Give the list of a kind; it is no document."""
        self._audiences[scope.key] = audience
        return Container(
            id=scope.key, native=scope.key, scope=scope, path="/", origin=self._places[scope.key]
        )

    async def audience(
        self, scope: Scope, last: Audience | None, witnesses: Sequence[str]
    ) -> tuple[Audience | None, list[str]]:
        """
        Who may see a kind of record at most: by setting, the company's office, or its supervisors and office users.

        Each record shows to its own manager of these; who may no longer sign in is not among them.
        """
        return await self._office.widest(), []

    @property
    def looks_below(self) -> bool:
        """Whether records of one kind differ in who may see them."""
        return self._office.tells_records_apart

    async def audiences(
        self, scope: Scope, audience: Audience | None, lost_at: float | None
    ) -> AsyncIterator[list[Seen]]:
        """
        Re-read who manages the records of a kind, before anything of it is pushed: a former manager is to lose them first.

        Ends early where the list breaks off; the run's own reading of it then tells why.
        """
        if audience is None:
            return
        place = self._places[scope.key]
        try:
            async for records, session in self._pages(place):
                seen = {
                    key_of(record): self._office.audience_of(
                        record.row if isinstance(record, Record) else record, session, audience
                    )
                    for record in records
                    if key_of(record)
                }
                yield [
                    Seen(id=self._mapping.id_of(key, place.database), audience=told)
                    for key, told in seen.items()
                    if told is not None
                ]
        except (ListingIncomplete, SourceUnavailable, SourceRefused, RecordHidden):
            return

    # -- people -------------------------------------------------------------------------------

    @property
    def doubts_absence(self) -> bool:
        """The list of logins tells of everybody: where many are missing, their absence has to last."""
        return True

    def renew_people(self) -> None:
        """What was read of people in this run is out of date: whoever is asked for next is read anew."""
        self._office.renew()

    def people_met(self) -> set[str]:
        """Keys of all office users who may sign in."""
        return self._office.met()

    async def people(self, keys: Sequence[str]) -> list[PersonRead]:
        """Tell of office users; whoever nothing is certain of is missing from the answer."""
        return await self._office.people(keys)

    # -- listings -----------------------------------------------------------------------------

    async def children(self, container: Container, *, proven: bytes | None) -> AsyncIterator[Page]:
        """
        List a kind of record to its end; without `proven` only a list whose end is proven in this run will do.

        While a list is read that nobody else has read before, pages without rows come: each is one call.
        """
        place: Place = container.origin
        key = container.scope.key
        if place.kind is GENERATED_REPORTS:
            began = self._clock()
            self._absences.begin(key, at=began)
            nameless = ""
            async for records, session in self._reports():
                nameless = next((row.problem for row in records if is_nameless(row)), nameless)
                yield await self._ready(records, place, key, session)
            _check_names(place, nameless)
            self._note_complete(place, key, began)
            return
        while not self._shelf.is_read(place.kind):
            await self._shelf.step(place.kind)
            yield Page(rows=[])
        listing = await self._shelf.read(place.kind, place.database)
        if not listing.proven and listing.digest != proven:
            listing = await self._shelf.prove(place.kind, place.database)
        self._absences.begin(key, at=listing.began)
        for rows in listing.pages():
            if place.kind is SESSIONS:
                self._tests.meet(min(key_of(row) for row in rows))
            yield await self._ready(rows, place, key, None)
        _check_names(place, listing.nameless)
        self._note_complete(place, key, listing.began)
        yield Page(rows=[], proof=listing.digest)

    def _note_complete(self, place: Place, scope: str, began: float) -> None:
        """A list counts for what it lacks; where a right may have kept records from it, only with rights that stood for long."""
        if not _proves_itself(place) or self._rights.settled(began):
            self._absences.complete(scope)

    async def _pages(
        self, place: Place
    ) -> AsyncIterator[tuple[list[Record | Unreadable], Session | Unreadable | None]]:
        """Read the rows of a kind to their end; reports with the session they were made for."""
        if place.kind is GENERATED_REPORTS:
            async for rows, session in self._reports():
                yield rows, session
            return
        for rows in (await self._shelf.read(place.kind, place.database)).pages():
            yield rows, None

    async def _reports(self) -> AsyncIterator[tuple[list[Record | Unreadable], Session | Unreadable]]:
        """List the reports of every session: there is no list of all."""
        names = self._records.names(GENERATED_REPORTS)
        sessions = await self._shelf.read(SESSIONS, CLIENT)
        for page in sessions.pages():
            for session in page:
                path = f"/generatedreports/{quote_key(key_of(session))}"
                rows = await self._lists.at_once(path, "/generatedreports", GeneratedReport, names)
                if not rows:
                    continue
                if isinstance(session, Unreadable):
                    why = f"the session it was made for cannot be read: {session.problem}"
                    yield (
                        [wire.unreadable(row.row, why) if isinstance(row, Record) else row for row in rows],
                        session,
                    )
                else:
                    yield rows, cast(Session, session.row)
        _check_names(Place(kind=SESSIONS, database=CLIENT), sessions.nameless)
        if not await self._lists.is_well(CLIENT):
            raise ListingIncomplete("ITR's lists of reports ended without a sign that its database is well")

    async def _ready(
        self,
        records: Sequence[Record | Unreadable],
        place: Place,
        scope: str,
        session: Session | Unreadable | None,
    ) -> Page:
        """Add to the rows of a page the names they refer to."""
        rows = []
        for record in records:
            if is_nameless(record):
                continue
            self._absences.saw(scope, key_of(record))
            if isinstance(record, Unreadable):
                audience = self._office.audience_of(record, session, self._audiences.get(scope))
                rows.append(self._mapping.unreadable(record, place.kind.name, place.database, audience))
            else:
                assert not isinstance(session, Unreadable)
                rows.append(await self._listed(record, place, scope, session))
        return Page(rows=rows)

    async def _listed(self, record: Record, place: Place, scope: str, session: Session | None) -> Listed:
        related = await self._directory.related(record.row)
        if session is not None:
            related = msgspec.structs.replace(related, session=session)
        entry = Entry(
            kind=place.kind.name,
            database=place.database,
            record=record,
            related=related,
            company=self.account.company_name,
            audience=self._office.audience_of(record.row, session, self._audiences.get(scope)),
        )
        extra = [self._hints.of(record.row.key)] if place.kind is SESSIONS else []
        if self._reads_more(place):
            extra.append(str(self._turn(record.row.key)))
        return self._mapping.listed(entry, extra=extra)

    # -- documents ----------------------------------------------------------------------------

    def link(self, scope: Scope, listed: Listed) -> str:
        """The address of a record, or of the start page where its row does not tell its screen."""
        return self._mapping.link(listed)

    async def document(self, listed: Listed) -> Document:
        """
        Fetch what the row does not tell, and map.

        Raises:
            RecordInvalid: it cannot be mapped. RecordGone: it is gone meanwhile. SourceUnavailable: later.
        """
        origin = listed.origin
        if isinstance(origin, Unreadable):
            raise RecordInvalid(
                f"ITR's row of this record cannot be read: {origin.problem}. What the intranet has of it stays"
            )
        entry: Entry = origin
        place = Place(kind=KINDS[entry.kind], database=entry.database)
        row = entry.record.row
        if place.kind is SESSIONS:
            detail = await self._session_detail(row.key, place)
            await self._records.prove(place, row.key, "")
        elif self._records.wanted(place):
            self._reread += not self._reading.thorough and self._is_due(row.key)
            detail = await self._detail(row, place)
        else:
            await self._records.prove(place, row.key, _linked(row))
            detail = Detail()
        return self._mapping.document(entry, detail)

    async def _session_detail(self, key: str, place: Place) -> Detail:
        """The tests of a session; its own record only where the settings name a field of it."""
        many = self._reading.thorough or self._is_due(key)
        tests = await self._tests.of(key, ahead=many)
        named: tuple[tuple[str, str], ...] = ()
        if self._records.names(place.kind):
            named = (await self._records.read(place, key, "")).named
        names = await self._directory.tests(str(one.test_id) for one in tests)
        return Detail(named=named, session_tests=tuple(tests), tests=names)

    async def _detail(self, listed: Row, place: Place) -> Detail:
        try:
            record = await self._records.read(place, listed.key, _linked(listed))
        except RecordGone:
            if place.kind.cached:
                return Detail()  # its own answer proves nothing; the row was listed
            raise
        row = record.row
        tests = await self._directory.tests(wire.tests_in(row)) if isinstance(row, Battery) else ()
        return Detail(row=row, named=record.named, tests=tests)

    def _reads_more(self, place: Place) -> bool:
        """Whether a document holds what can change without its row."""
        return place.kind is SESSIONS or self._records.wanted(place)

    def _turn(self, key: str) -> int:
        """Changes once in `1 / audience_share` runs: the details of the record are read again then."""
        return (self._reading.run - self._slot(key)) // self._turns

    def _is_due(self, key: str) -> bool:
        return (self._reading.run - self._slot(key)) % self._turns == 0

    def _slot(self, key: str) -> int:
        """In which of the turns a record is due: keys that follow each other in the same one, to be read in one call."""
        return int(key[:8], 16) * self._turns >> 32

    # -- suspects -----------------------------------------------------------------------------

    async def ask(self, native: str, scope_key: str, ancestor: str, elsewhere: Collection[str]) -> Verdict:
        """
        Ask for one record that its list lacks; it never moves to another one, so that nothing is asked elsewhere.

        A 404 counts only where this account had a 200 for that very record, and with a witness (`witness`). What is
        cached, or stands in the master database, is gone after two complete listings an hour apart; what answers 404
        without proof is then for a person to decide, and not asked for again before.
        """
        place = self._places.get(scope_key)
        if place is None:
            return Verdict(unsure="its company is not the one that the account belongs to now")
        if not _proves_itself(place):
            if self._absences.lasts(scope_key, native):
                return Verdict(gone=True)
            return Verdict(pending=True, unsure="a second complete listing, an hour after the first, decides")
        linked = self._records.answered(place, native)
        if place.kind is GENERATED_REPORTS and not linked:
            return self._doubt(scope_key, native, "the session that it was made for is not known")
        if self._absences.waits(scope_key, native) and (
            linked is None or not await self._witnesses.are_there(place.kind)
        ):
            return Verdict(absent=True, unsure=f"it answered 404, without proof; {LATER}")
        try:
            record = await self._records.read(place, native, linked or "")
        except RecordGone:
            if linked is None:
                return self._doubt(
                    scope_key, native, "it answers 404, but it never answered 200 to this account"
                )
            doubt = await self._witnesses.doubt(place.kind)
            if doubt is None:
                return Verdict(gone=True)
            words = f"it answers 404, but {doubt.value}"
            return (
                Verdict(unsure=words) if doubt is Doubt.NEW_RIGHTS else self._doubt(scope_key, native, words)
            )
        except (RecordHidden, RecordInvalid) as error:
            return Verdict(unsure=str(error))
        try:
            session = await self._session_of(record.row)
            listed = await self._listed(record, place, scope_key, session)
        except (RecordGone, RecordHidden, RecordInvalid) as error:
            return Verdict(unsure=f"it answers, but what it belongs to does not: {error}")
        return Verdict(listed=listed, names_repeat=True)

    def _doubt(self, scope: str, native: str, words: str) -> Verdict:
        """Say of what is absent without proof how it goes on."""
        if self._absences.lasts(scope, native):
            return Verdict(absent=True, lasting=True, unsure=words)
        return Verdict(absent=True, unsure=f"{words}; {LATER}")

    async def _session_of(self, row: Row) -> Session | None:
        """The session that a generated report was made for; None for everything else."""
        if not isinstance(row, GeneratedReport):
            return None
        sessions = Place(kind=SESSIONS, database=CLIENT)
        return cast(Session, (await self._records.read(sessions, str(row.linked_object_id), "")).row)


def _check_names(place: Place, nameless: str) -> None:
    """
    Raises:
        ListingIncomplete: a list holds a row without a key.
    """
    if nameless:
        raise ListingIncomplete(
            f"ITR's list of {place.kind.plural.lower()} holds a row without a key, which may be any that seems to be missing: "
            f"{nameless}"
        )


def _proves_itself(place: Place) -> bool:
    """Whether a record's own answer can tell that it is gone: neither from a cache nor from the master database."""
    return not place.kind.cached and place.database == CLIENT


def _first(item: tuple[str, object]) -> str:
    return item[0]


def _linked(row: Row) -> str:
    """The session in whose place a generated report is read; empty for everything else."""
    return str(row.linked_object_id) if isinstance(row, GeneratedReport) else ""
