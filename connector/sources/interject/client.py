"""
Reads Interject's report library, as `connector.ports.Source`: one scope, its folders and its reports.

What is known of the library comes from a fetcher (`fetcher.Fetcher`): the exports that people make. Whether that is
all of it, the fetcher tells; nothing here takes anything for gone that it does not.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from heapq import nsmallest

import msgspec

from connector.document.audience import Audience
from connector.document.document import Container, Document, Listed, Scope
from connector.document.ids import digest
from connector.engine.batched import batched
from connector.errors import ListingIncomplete, RecordInvalid, SourceUnavailable
from connector.http.exchange import Dated, Party
from connector.ports.source import FoundScope, Page, PersonRead, Reading, Seen, SourceNotes, Traffic, Verdict
from connector.sources.interject.fetcher import Fetched, Fetcher
from connector.sources.interject.library_audiences import LibraryAudiences
from connector.sources.interject.mapping import FOLDER, Item, LibraryMapping, role_identity
from connector.sources.interject.model import (
    ROOT,
    Library,
    Place,
    Report,
    Rights,
    folded,
    folder_key,
)
from connector.sources.interject.rights import noted_key

PAGE = 500
"""Rows handed over at once."""
WAITS = "a second export, made later, decides"
HIDDEN = "the export lacks it; what it may be called now is not sent while the roles file cannot be read whole, so it stays until that is mended"
OUTDATED = (
    "an export that was used last, and is not there any more, has it in a folder that others see, so that this older one says nothing new of it. "
    "What the intranet has of it stays; export anew"
)
MENDED = "an export without such a row decides"


class Interject:
    """One report library as a source."""

    concurrency = 1
    share = 1.0
    """Of the people known before: one file tells of all of them, in every run."""
    side_by_side = False
    """No document waits for anything: the library is in memory."""

    def __init__(self, fetcher: Fetcher, *, mapping: LibraryMapping, identities: Sequence[str]) -> None:
        self.name = mapping.rules.source
        self.address = fetcher.address
        self._fetcher = self.absences = fetcher
        self._mapping = mapping
        self.mapping_hash, self.left_out_rules = mapping.digest, mapping.left_out_rules
        self._identities = tuple(identities)
        self._scope = Scope(key=f"{self.name}/library", name=ROOT)
        self.unread: dict[str, str] = {}
        """Rows of the roles file that cannot be read, as `Telling` has it."""
        self._rights: Rights | None = None
        self._fetched: Fetched | None = None
        self._reports: dict[Place, list[Report]] = {}
        self._folders: dict[Place, list[Place]] = {}
        self._addresses: dict[Place, str] = {}
        self._of_library: LibraryAudiences | None = None
        self._hides_new = False
        """Whether something that is new is not sent, since nobody can tell who may see it: it may be what seems to be missing."""

    async def open(self, reading: Reading) -> None:
        """Read who may see what; the library itself is read with its scope."""
        self._fetched = None
        self._rights = await self._fetcher.rights()
        self.unread = dict(self._rights.unread)

    async def close(self) -> None:
        """Keep what is to be known in later runs."""
        if self._fetched is not None:
            self._fetcher.write()

    def exchanges(self) -> list[Party]:
        """The files that are read; nothing is called."""
        return self._fetcher.exchanges()

    def dated(self) -> list[Dated]:
        """It calls nobody."""
        return []

    def traffic(self) -> Traffic:
        """Nothing is asked of anybody."""
        return Traffic(requests=0, reread=0, bytes_sent=0)

    # -- scopes -------------------------------------------------------------------------------

    async def scopes(self) -> list[FoundScope]:
        """The library is one scope: whatever moves, moves within it."""
        self._take(await self._fetcher.fetch())
        return [FoundScope(scope=self._scope, included=True, public=False, rules=digest([ROOT], 8))]

    def _take(self, fetched: Fetched) -> None:
        self._fetched = fetched
        library = fetched.library
        reports: dict[Place, list[Report]] = defaultdict(list)
        for report in library.reports.values():
            if report.is_listed:
                # an odd row may name any folder: where it is none, the report is listed by itself
                sound = not report.problem or (report.live and folder_key(report.place) in library.folders)
                reports[folded(report.place) if sound else ()].append(report)
        folders: dict[Place, list[Place]] = defaultdict(list)
        for place in library.folders.values():
            folders[folded(place[:-1])].append(place)
        self._reports = {place: sorted(rows, key=lambda one: one.native) for place, rows in reports.items()}
        self._folders = {place: sorted(rows) for place, rows in folders.items()}
        self._addresses = _addresses(library)
        if fetched.closed and self.rights.roles is not None:
            roles = self.rights.roles
            roles = msgspec.structs.replace(roles, by_folder={**roles.by_folder, **fetched.closed})
            self._rights = msgspec.structs.replace(self.rights, roles=roles)
        self._hides_new = bool(fetched.fresh or (self.rights.roles is not None and self.rights.roles.trouble))
        odd = any(one.problem for one in library.reports.values())
        before = self._fetcher.places_before() if odd else {}
        self._of_library = LibraryAudiences(self.name, self._identities, self.rights.roles, fetched, before)

    def scope_id(self, scope: Scope) -> str | None:
        """The library itself is no document."""
        return None

    async def carriers(self, each: int) -> list[str]:
        """
        Ids of the first documents of the library, as it is listed now, without what the settings leave out: the ledger's note
        may stand beside any of them.
        """
        library = self.fetched.library
        listed = filter(None, map(self._listed, [*library.folders, *library.reports]))
        return nsmallest(each, (one.id for one in listed if not one.left_out))

    async def top(self, scope: Scope, audience: Audience | None, *, public: bool) -> Container:
        """Give the library; it is no document."""
        return Container(id=scope.key, native=scope.key, scope=scope, path="/", origin=())

    async def audience(
        self, scope: Scope, last: Audience | None, witnesses: Sequence[str]
    ) -> tuple[Audience | None, list[str]]:
        """
        Who may see anything of the library: every role, or whom the settings name.

        Raises:
            SourceUnavailable: the roles file does not tell.
        """
        roles = self.rights.roles
        if roles is not None and roles.trouble:
            raise SourceUnavailable(roles.trouble)
        return self._audiences.of(()), []

    @property
    def looks_below(self) -> bool:
        """Whether folders differ in who may see them."""
        return self._fetcher.has_roles

    async def audiences(
        self, scope: Scope, audience: Audience | None, lost_at: float | None
    ) -> AsyncIterator[list[Seen]]:
        """Tell who may see everything that is listed now or was before: a half export keeps no narrowing back."""
        if audience is None:
            return
        library, audiences = self.fetched.library, self._audiences
        places = {native: folded(place) for native, place in library.folders.items()}
        reports = {key: one for key, one in library.reports.items() if not one.problem}
        before = self._fetcher.places_before()
        places |= {key: place for key, place in before.items() if key not in places and key not in reports}
        listed: list[tuple[str, Place | Report]] = [*places.items(), *reports.items()]
        for rows in batched(listed, PAGE):
            yield [
                Seen(
                    id=self._mapping.id_of(native),
                    audience=audiences.of_report(it)
                    if isinstance(it, Report)
                    else audiences.within(native, it),
                )
                for native, it in rows
            ]
            await asyncio.sleep(0)

    # -- people -------------------------------------------------------------------------------

    def renew_people(self) -> None:
        """Whoever is asked for next is read anew."""
        self._rights = None

    def people_met(self) -> set[str]:
        """Addresses, in lower case, of everybody whom the people file names."""
        return set(self._rights.people.persons) if self._rights is not None else set()

    async def people(self, keys: Sequence[str]) -> list[PersonRead]:
        """Tell of people; of whom nothing is certain is left out."""
        if self._rights is None:
            self._rights = await self._fetcher.rights()
        people = self._rights.people
        if people.trouble:
            return []
        told = []
        for key in keys:
            person = people.persons.get(key)
            if person is not None:
                identities = [role_identity(self.name, role) for role in person.roles] or [*self._identities]
                told.append(
                    PersonRead(
                        key=key,
                        email=person.email,
                        username=person.username,
                        identities=tuple(sorted({*identities, *self._identities})),
                    )
                )
            elif noted_key(key) not in people.waiting:
                told.append(PersonRead(key=key, gone=True))
        return told

    # -- listings -----------------------------------------------------------------------------

    async def children(self, container: Container, *, proven: bytes | None) -> AsyncIterator[Page]:
        """
        List a folder.

        Raises:
            ListingIncomplete: after all that is known of it, where that is not the whole library.
        """
        place = folded(container.origin)
        rows = [self._folder(one) for one in self._folders.get(place, [])]
        rows += [
            self._mapping.report(one, self._audiences.of_report(one)) for one in self._reports.get(place, [])
        ]
        for part in batched(rows, PAGE):
            yield Page(rows=part)
            await asyncio.sleep(0)
        if self.fetched.troubles:
            raise ListingIncomplete("; ".join(self.fetched.troubles))
        yield Page(rows=[], proof=digest([row.native for row in rows]))

    # -- documents ----------------------------------------------------------------------------

    def link(self, scope: Scope, listed: Listed) -> str:
        """Where a click leads."""
        return self._mapping.link(listed.origin)

    async def document(self, listed: Listed) -> Document:
        """
        Map.

        Raises:
            RecordInvalid: its row cannot be read, it has no link, or it stands elsewhere by a newer export.
        """
        item: Item = listed.origin
        if item.report is not None and self._audiences.is_outdated(item.report):
            raise RecordInvalid(OUTDATED)
        return self._mapping.document(item)

    # -- suspects -----------------------------------------------------------------------------

    async def ask(self, native: str, scope_key: str, ancestor: str, elsewhere: Collection[str]) -> Verdict:
        """Tell of what is missing: gone after two successive complete exports without it, or a live version of it."""
        listed = self._listed(native)
        if listed is not None:
            place: Place = listed.origin.place[:-1] if listed.kind == FOLDER else listed.origin.place
            container = self._mapping.id_of(folder_key(place)) if place else scope_key
            return Verdict(listed=listed, room=scope_key, container=container, names_repeat=True)
        if self.fetched.troubles:
            return Verdict(unsure="the export is not whole, so that it may be in what is missing of it")
        gone = self._fetcher.is_gone(native)
        if self._hides_new:
            return Verdict(pending=True, unsure=HIDDEN)
        if gone:
            return Verdict(gone=True)
        return Verdict(pending=True, unsure=_why_it_waits(self.fetched.library.odd))

    def _listed(self, native: str) -> Listed | None:
        library = self.fetched.library
        if native in library.folders:
            return self._folder(library.folders[native])
        report = library.reports.get(native)
        if report is None or not report.is_listed:
            return None
        return self._mapping.report(report, self._audiences.of_report(report))

    def _folder(self, place: Place) -> Listed:
        audience = self._audiences.within(folder_key(place), folded(place))
        return self._mapping.folder(
            place, self._scope, audience, address=self._addresses.get(folded(place), "")
        )

    # -- what is read -------------------------------------------------------------------------

    @property
    def fetched(self) -> Fetched:
        """The library, as `scopes` read it."""
        assert self._fetched is not None, "scopes first"
        return self._fetched

    @property
    def _audiences(self) -> LibraryAudiences:
        """Who may see what of the library."""
        assert self._of_library is not None, "scopes first"
        return self._of_library

    async def rights_beside(self, notes: SourceNotes) -> Rights:
        """Who may see what, as a run with these notes reads it; nothing is noted there."""
        return await self._fetcher.compared(notes)

    @property
    def rights(self) -> Rights:
        """Who may see what, as `open` read it."""
        assert self._rights is not None, "open first"
        return self._rights


def _why_it_waits(odd: str) -> str:
    """
    Why something that the exports lack is not gone yet.

    Args:
        odd: what is known of a row that may be another one than it seems; empty: there is none.
    """
    if odd:
        return f"the export lacks it, or has it in a row that cannot be read ({odd}); {MENDED}"
    return f"the export lacks it, or a live version of it, for the first time; {WAITS}"


def _addresses(library: Library) -> dict[Place, str]:
    """By folded folder, the first web address of a report in it or below: where its link leads without a help page."""
    found: dict[Place, str] = {}
    for report in sorted(library.reports.values(), key=lambda one: one.native):
        if report.live and report.address:
            for depth in range(len(report.place), 0, -1):
                found.setdefault(folded(report.place[:depth]), report.address)
    return found
