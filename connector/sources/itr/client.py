"""
Reads ITR: the records of one company, and the central catalogue, as `connector.ports.Source`.

Nothing can be called that `exchanges` does not declare; above all not the detail of a sessiontest, which
bills the test it shows. Source: docs/itr.md (observed on a real server).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence

from connector.document.audience import Audience
from connector.document.document import Container, Document, Listed, Scope
from connector.document.ids import digest, place_read
from connector.errors import BROKEN_OFF, RecordInvalid
from connector.http.exchange import Dated, Party
from connector.http.transport import Transport
from connector.ports.source import FoundScope, Page, PersonRead, Reading, Seen, Traffic, Verdict
from connector.sources.itr.absence import Absences
from connector.sources.itr.account import Account
from connector.sources.itr.audit_trail import AuditHints
from connector.sources.itr.company_name import CompanyName
from connector.sources.itr.credentials import Credentials
from connector.sources.itr.detail_rotation import DetailRotation
from connector.sources.itr.details import Details
from connector.sources.itr.directory import Directory
from connector.sources.itr.entries import Entries
from connector.sources.itr.kinds import GENERATED_REPORTS, SESSIONS, Place
from connector.sources.itr.list_cache import ListCache
from connector.sources.itr.listing import Lists, is_nameless, key_of
from connector.sources.itr.mapping import RecordMapping
from connector.sources.itr.named_alone import NamedAlone
from connector.sources.itr.not_found_proof import NotFoundProof
from connector.sources.itr.people import Office, Visibility
from connector.sources.itr.records import Records
from connector.sources.itr.renamed import TestNames
from connector.sources.itr.reports import ReportLists
from connector.sources.itr.rights import Rights
from connector.sources.itr.rows import Rows, check_names
from connector.sources.itr.scopes import is_of_all_companies, scopes_of
from connector.sources.itr.sessiontests import SessionTests
from connector.sources.itr.settings import CONCURRENCY, ItrPart
from connector.sources.itr.suspects import Suspects
from connector.sources.itr.wire import (
    Record,
    Session,
    Unreadable,
)
from connector.sources.kind import Surroundings


class Itr:
    """One company of an ITR server as a source."""

    share = 1.0
    """Of the people known before: one list tells of all of them, in every run."""
    side_by_side = True
    """Details are fetched one call at a time, each in its turn: several records wait at once."""

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
            policy=around.policy,
        )
        self.neighbour = self.account.neighbour
        self.overlooked = self.account.overlooked
        self._lists = Lists(self.account)
        self._list_cache = ListCache(self._lists, notes, rules.fields, around.ages)
        self._directory = Directory(self._list_cache, TestNames(notes), person_names=rules.person_names)
        self._tests = SessionTests(self._lists)
        self.absences = Absences(notes)
        self._rights = Rights(notes)
        self._company_name = CompanyName(notes)
        self._records = Records(self.account, notes, rules.fields, self._list_cache)
        self._proof = NotFoundProof(self.account, self._list_cache, self._records, self._rights, around.ages)
        self._mapping = mapping
        self.mapping_hash, self.left_out_rules = mapping.digest, mapping.left_out_rules
        visibility = Visibility(
            permissions=part.permissions, fixed=tuple(part.identities), file=around.people_file
        )
        self._office = Office(
            self.account,
            self._list_cache,
            notes,
            self.absences,
            visibility,
            lambda: clock() - self.neighbour.dated.ahead_s,
        )
        self._ages = around.ages
        self._places: dict[str, Place] = {}
        self._hints = AuditHints(self._lists, notes, clock)
        self._turns = DetailRotation(part.audience_share)
        self._named_alone = NamedAlone(notes, self._list_cache)
        self._details = Details(
            self._records, self._tests, self._directory, self._hints, self._turns, self._named_alone
        )
        self._reports = ReportLists(
            self._lists, notes, self._hints, self._records, self._turns, around.forgotten
        )
        self._rows = Rows(self._list_cache, self._reports)
        self._entries = Entries(
            self.account, mapping, self._directory, self._office, self.absences, self._details
        )
        self._suspects = Suspects(self._records, self._rows, self.absences, self._proof, self._entries)
        self._asked_before = 0

    async def open(self, reading: Reading) -> None:
        """Sign in, and learn which company this is; forget what an earlier run asked."""
        self._turns.reading = reading
        self._list_cache.forget(trusting=not reading.thorough)
        self._directory.forget()
        self._named_alone.forget()
        self._tests.forget()
        self.absences.forget()
        self._places.clear()
        self._entries.forget()
        self._suspects.forget()
        self._hints.forget()
        self._reports.forget()
        self._office.forget()
        self._proof.forget()
        self._details.reread = 0
        self._asked_before = self.neighbour.tally.requests
        await self.account.open()
        self._company_name.settle(self.account)
        self._rights.meet(self.account.rights, at=self._ages())
        if not reading.thorough and {SESSIONS.name, GENERATED_REPORTS.name} & {*self._mapping.rules.records}:
            await self._hints.read(run=reading.run)

    async def close(self) -> None:
        """Sign out."""
        self.absences.write()
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
        reread = self._details.reread + self._reports.in_turn
        reread += 0 if self._turns.reading.thorough else self._tests.calls_ahead
        return Traffic(requests=requests, reread=reread, bytes_sent=0, answered=self.neighbour.tally.answered)

    # -- scopes -------------------------------------------------------------------------------

    async def scopes(self) -> list[FoundScope]:
        """Name every kind of record in every database; which of them are read, the settings say."""
        found = scopes_of(self.name, self.account.company_key, self._mapping.rules.records)
        self._places = {one.scope.key: place for one, place in found}
        return [one for one, _ in found]

    def is_common(self, scope_key: str) -> bool:
        """Whether a scope is of the master database: the catalogue that all companies share."""
        return is_of_all_companies(scope_key)

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
                    found += await self._entries.first_of(
                        await self._list_cache.read(place.kind, place.database), place, key, each
                    )
                except BROKEN_OFF:
                    continue  # the crawl tells of it
        return found

    async def top(self, scope: Scope, audience: Audience | None, *, public: bool) -> Container:
        """Give the list of a kind; it is no document."""
        self._entries.show(scope.key, audience)
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
        Re-read who manages the records of a kind, before anything of it is pushed: a former manager is to lose them first, also
        where nobody can tell who of the office may sign in.

        Ends early where the list breaks off; the run's own reading of it then tells why.
        """
        place = self._places[scope.key]
        try:
            async for records, session in self._rows.pages(place):
                yield [
                    seen
                    for record in records
                    if key_of(record) and (seen := self._seen(record, session, place, audience)) is not None
                ]
        except BROKEN_OFF:
            return

    def _seen(
        self,
        record: Record | Unreadable,
        session: Session | Unreadable | None,
        place: Place,
        widest: Audience | None,
    ) -> Seen | None:
        """Who may see a record, or may at most; None: nothing is told of that."""
        row = record.row if isinstance(record, Record) else record
        audience = self._office.audience_of(row, session, widest)
        most = self._office.most_of(row, session) if widest is None else None
        if audience is None and most is None:
            return None
        return Seen(id=self._mapping.id_of(key_of(record), place.database), audience=audience, most=most)

    # -- people -------------------------------------------------------------------------------

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
            began = self._ages()
            self.absences.begin(key, at=began)
            nameless, read = "", b""
            async for records, session in self._rows.of_sessions():
                nameless = next((row.problem for row in records if is_nameless(row)), nameless)
                read = digest([read, *map(key_of, records)])
                yield await self._entries.page(records, place, key, session)
            check_names(place, nameless)
            self._note_complete(place, key, began)
            yield Page(rows=[], proof=digest([read]))
            return
        while not self._list_cache.is_read(place.kind):
            await self._list_cache.step(place.kind)
            yield Page(rows=[])
        listing = await self._list_cache.read(place.kind, place.database)
        if not listing.proven and listing.digest != proven:
            listing = await self._list_cache.prove(place.kind, place.database)
        self.absences.begin(key, at=listing.began)
        for rows in listing.pages():
            if place.kind is SESSIONS:
                self._tests.meet(min(key_of(row) for row in rows))
            yield await self._entries.page(rows, place, key, None)
        check_names(place, listing.nameless)
        self._note_complete(place, key, listing.began)
        yield Page(rows=[], proof=listing.digest)

    def _note_complete(self, place: Place, scope: str, began: float) -> None:
        """A list counts for what it lacks; where a right may have kept records from it, only with rights that stood for long."""
        if not place.proves_itself or self._rights.settled(began):
            self.absences.complete(scope)

    # -- documents, and what is missing -------------------------------------------------------

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
        return await self._entries.document(origin)

    async def ask(self, native: str, scope_key: str, ancestor: str, elsewhere: Collection[str]) -> Verdict:
        """Ask for one record that its list lacks; it never moves to another one, so that nothing is asked elsewhere."""
        place = self._places.get(scope_key)
        if place is None:
            return Verdict(unsure="its company is not the one that the account belongs to now")
        verdict = await self._suspects.ask(place, scope_key, native)
        if place.kind is SESSIONS and (verdict.gone or verdict.absent):
            self._reports.drop(native)
        return verdict
