"""
The library as exports tell it: the fetcher of today.

What was read last, whole, is remembered in notes: which file of what time, and what it held. A library that is not whole
changes no note, so that the next whole one is compared with the whole one of before.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from connector.document.counting import counted
from connector.document.ids import place_read
from connector.http.exchange import Party
from connector.ports.source import SourceNotes
from connector.sources.interject import files
from connector.sources.interject.absences import Absence, Absences, packed, unpacked
from connector.sources.interject.by_hand import FilesByHand
from connector.sources.interject.catalogue import compose
from connector.sources.interject.entries import Entry
from connector.sources.interject.exchanges import party_of
from connector.sources.interject.fetcher import Fetched
from connector.sources.interject.files import (
    Found,
    find,
    read_export,
    unlike,
)
from connector.sources.interject.misread import closed_by_misreading
from connector.sources.interject.model import Library, Place, Rights, folded, text_place
from connector.sources.interject.odd_roles import Doubt, fresh_in
from connector.sources.interject.renamed import closed_by_renaming
from connector.sources.interject.series import (
    Choice,
    Export,
    Look,
    Series,
    choose,
    day,
    is_older,
    name_of,
)
from connector.sources.interject.taken_over import Known, without_taken_over

KEPT = 3
"""Files whose links stay in memory until it is decided which are used; others are read again."""
STATE, HELD, NAMED, TOLD, ABSENT, WAITING = "exports", "held", "named", "told", "absent", "waiting"


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What was read last, whole."""

    series: tuple[Series, ...] = ()
    passed: tuple[Look, ...] = ()


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """Files as the settings name them."""

    folder: Path
    """Where relative paths begin."""
    exports: tuple[str, ...]
    """Paths, folders and patterns."""
    roles: str = ""
    people: str = ""


class ExportFetcher:
    """Reads a library from exports."""

    def __init__(
        self,
        source: str,
        notes: SourceNotes,
        named: Named,
        *,
        max_age_s: float,
        clock: Callable[[], float],
    ) -> None:
        self.address = place_read("file: " + " ".join(sorted(named.exports)), "")
        self.has_roles = bool(named.roles)
        self._source = source
        self._notes = notes
        self._folder = named.folder
        self._exports = named.exports
        self._roles = named.roles
        self._people = named.people
        self._max_age_s = max_age_s
        self._clock = clock
        self._absences = Absences()
        self._first: list[Found] = []
        """The exports as they were looked at first in this run."""
        self._by_hand = FilesByHand(
            notes, named.folder, roles=named.roles, people=named.people, clock=clock, wait=self._wait
        )
        self._waited = False
        """Whether the pause between two looks is over, for all files at once."""

    # -- the library --------------------------------------------------------------------------

    async def fetch(self) -> Fetched:
        """Read every export that counts, and decide whether they are the whole library."""
        state = state_in(self._notes)
        self._absences = Absences(self._absent())
        first = self._first or await asyncio.to_thread(self._find)
        trusted = {*state.passed, *(one.look for one in state.series)}
        if any(look not in trusted for one in first for look in one.looks):
            await self._wait()
        self._first, self._waited = [], False
        found = await asyncio.to_thread(self._find)
        writing = unlike(first, found)
        exports, links = await self._read(found, state, writing)
        choice = choose(
            exports,
            state.series,
            self._held,
            entries=self._exports,
            now=self._clock(),
            max_age_s=self._max_age_s,
        )
        entries, changed = await self._links_of(choice, links)
        library = await asyncio.to_thread(compose, entries)
        troubles = [*choice.troubles, *changed]
        if library.nameless:
            troubles.append(
                f"a row may be of any report, and may be one that seems to be missing: {library.nameless}"
            )
        closed = self._keep_closed(library, choice)
        doubt, fresh = self._doubt(library, closed)
        if not troubles:
            self._note_whole(choice, state, library, {look for one in found for look in one.looks})
        return Fetched(
            library=library,
            troubles=tuple(troubles),
            used=tuple(self._words(choice)),
            closed=closed,
            doubt=doubt,
            fresh=fresh,
            newer=self._newer(choice, state),
        )

    def _newer(self, choice: Choice, state: State) -> dict[str, Place]:
        """Folders of before, as a newer file than the one that is used now told them."""
        found: dict[str, str] = {}
        for one in state.series:
            used = choice.used.get(one.id)
            if used is not None and is_older(used, one, now=self._clock()):
                found |= self._held(one.id)
        return {key: text_place(folder) for key, folder in found.items()}

    def _keep_closed(self, library: Library, choice: Choice) -> dict[Place, frozenset[str]]:
        """Find closed folders that were renamed or misread; they stay closed."""
        roles = self._by_hand.roles()
        if roles is None:
            return {}
        exports = ((_places(one.members), _places(self._held(key))) for key, one in choice.used.items())
        closed = closed_by_misreading(exports, roles)
        roles = msgspec.structs.replace(roles, by_folder={**roles.by_folder, **closed})
        closed |= closed_by_renaming(library, self.places_before(), roles)
        self._by_hand.keep_closed(closed)
        return closed

    def _doubt(
        self, library: Library, closed: Mapping[Place, frozenset[str]]
    ) -> tuple[Doubt | None, frozenset[str]]:
        """Which folders odd rows of the roles file may close, and what is new there, also since earlier runs that had such rows."""
        said = self._by_hand.said
        if said is None:
            return None, frozenset()
        noted = self._notes.get(WAITING, "")
        waiting = msgspec.json.decode(noted.value, type=set[str]) if noted else set()
        before = self.places_before()
        places = {folded(place) for place in library.folders.values()} | {*before.values()}
        doubt = said.doubt(closed, places)
        if doubt is not None:
            self._by_hand.keep_named(doubt)
        fresh = fresh_in(library, before, waiting, doubt) if doubt is not None else frozenset[str]()
        now = fresh | (
            waiting - library.folders.keys() - library.reports.keys() if doubt is not None else set()
        )
        if now != waiting:
            self._notes.put(WAITING, "", msgspec.json.encode(sorted(now)))
        return doubt, fresh

    async def rights(self) -> Rights:
        """Read the roles file and the people file, where the settings name them."""
        self._waited = False
        self._first = await asyncio.to_thread(self._find)
        return await self._by_hand.rights()

    async def compared(self, notes: SourceNotes) -> Rights:
        """As `rights`, but as a run with these notes reads them; nothing is noted there."""
        return await self._by_hand.compared(notes)

    async def _wait(self) -> None:
        """Let a file go on that is still being written: once in a run, for all of them."""
        if not self._waited:
            await asyncio.sleep(files.PAUSE_S)
            self._waited = True

    def is_gone(self, native: str) -> bool:
        """Whether two successive complete exports lack it."""
        return self._absences.is_gone(native)

    def count_absences_anew(self) -> None:
        """What the ledger tells of earlier exports is out of date: a second one, made later than those of now, decides."""
        self._absences.count_anew()
        self.write()

    def places_before(self) -> dict[str, Place]:
        """Folded folders of what was listed when the library was last whole, or was found missing since."""
        known = {key: one.folder for key, one in self._absences.noted.items()}
        for one in state_in(self._notes).series:
            known.update(self._held(one.id))
        return {key: text_place(folder) for key, folder in known.items()}

    def write(self) -> None:
        """Keep what is absent."""
        if self._absences.noted != self._absent():
            self._notes.put(ABSENT, "", packed(self._absences.noted))

    def exchanges(self) -> list[Party]:
        """The files that it reads."""
        return [party_of(self._source, self._exports, roles=self._roles, people=self._people)]

    def _find(self) -> list[Found]:
        return [find(entry, self._folder) for entry in self._exports]

    async def _read(
        self, found: Sequence[Found], state: State, writing: set[str]
    ) -> tuple[list[Export], dict[Look, list[Entry]]]:
        """Read what may count: not what newer files stand in place of already, and of what is too old only the newest."""
        codecs = {one.look.path: one.codec for one in state.series}
        known = {one.look for one in state.series}
        oldest = self._clock() - self._max_age_s
        exports: list[Export] = []
        links: dict[Look, list[Entry]] = {}
        for one in found:
            if one.trouble:
                look = Look(one.entry, 0, 0)
                exports.append(Export(look=look, entry=one.entry, alone=True, trouble=one.trouble))
            for place, look in enumerate(one.looks):
                unread = Export(look=look, entry=one.entry, alone=one.alone)
                if look.path in writing:
                    exports.append(msgspec.structs.replace(unread, trouble=files.BEING_WRITTEN))
                    continue
                if place and look not in known and (look in state.passed or look.time < oldest):
                    continue
                export, read = await asyncio.to_thread(read_export, unread, codecs.get(look.path, ""))
                exports.append(export)
                if len(links) < KEPT:
                    links[look] = read
        return exports, links

    async def _links_of(
        self, choice: Choice, links: Mapping[Look, list[Entry]]
    ) -> tuple[list[Entry], list[str]]:
        """The links of the files that are used; and what has changed since they were read."""
        entries: list[Entry] = []
        troubles: list[str] = []
        for key, export in choice.used.items():
            read = links.get(export.look) if export.form else []
            if read is None:
                again, read = await asyncio.to_thread(read_export, export, export.codec)
                if again.trouble:
                    troubles.append(f"{name_of(export.look)}: {again.trouble}")
            known = Known(places=self._held(key), names=self._held(key, NAMED), texts=self._told(key))
            entries += await asyncio.to_thread(without_taken_over, read or [], known)
        return entries, troubles

    def _note_whole(self, choice: Choice, state: State, library: Library, here: set[Look]) -> None:
        """Remember a whole library, and what it lacks."""
        before = {one.id: one for one in state.series}
        changed = [one for one in choice.series if one.id not in before or before[one.id].look != one.look]
        held = {one.id: self._held(one.id) for one in [*choice.series, *choice.vanished] if one.id in before}
        there = library.folders.keys() | {key for key, one in library.reports.items() if one.is_listed}
        lacked = {key: absence.folder for key, absence in self._absences.noted.items()}
        self._absences.listed(
            there,
            before=held,
            after={key: export.members.keys() & there for key, export in choice.used.items()},
            times={one.id: one.at for one in choice.series},
            odd=bool(library.odd),
        )
        self._notes.put(ABSENT, "", packed(self._absences.noted))
        for key, export in choice.used.items():
            self._note_names(key, export, library)
        odd = {key for key, report in library.reports.items() if report.problem}
        for one in changed:
            lacks = held.get(one.id, {}) if library.odd else {}  # not missing yet: a later export tells
            members = {key: folder for key, folder in lacks.items() if key not in there}
            members |= choice.used[one.id].members
            for key in members.keys() & odd:  # the folder of an odd row may be any: the one of before counts
                folder = held.get(one.id, {}).get(key, lacked.get(key))
                if folder is None:
                    del members[key]
                else:
                    members[key] = folder
            self._keep(HELD, one.id, members)
        passed = ({*state.passed} & here) | {*choice.passed}
        series = (*choice.series, *(choice.vanished if library.odd else ()))
        after = State(series=series, passed=tuple(sorted(passed, key=lambda look: look.path)))
        if after != state:
            self._notes.put(STATE, "", msgspec.json.encode(after))

    def _note_names(self, series: str, export: Export, library: Library) -> None:
        """Remember how the reports of an export are called, and what they tell; an odd one as before, and what it lacks beside an odd row, too."""
        odd = {key for key, one in library.reports.items() if one.problem}
        names, texts = self._held(series, NAMED), self._told(series)
        for kind, told, before in ((NAMED, export.names, names), (TOLD, export.texts, texts)):
            sound = {key: one for key, one in told.items() if key not in odd}
            after = {key: one for key, one in before.items() if key not in sound and library.odd} | sound
            if after != before:
                self._keep(kind, series, after)

    def _words(self, choice: Choice) -> list[str]:
        return [
            f"{name_of(export.look)} of {day(export.look.time)} ({export.form}, {counted(export.reports, 'report')})"
            for _, export in sorted(choice.used.items())
            if export.form
        ]

    # -- notes --------------------------------------------------------------------------------

    def _held(self, series: str, kind: str = HELD) -> dict[str, str]:
        note = self._notes.get(kind, series)
        return msgspec.msgpack.decode(zlib.decompress(note.value), type=dict[str, str]) if note else {}

    def _told(self, series: str) -> dict[str, bytes]:
        note = self._notes.get(TOLD, series)
        return msgspec.msgpack.decode(zlib.decompress(note.value), type=dict[str, bytes]) if note else {}

    def _keep(self, kind: str, series: str, told: Mapping[str, object]) -> None:
        self._notes.put(kind, series, zlib.compress(msgspec.msgpack.encode(told), 1))

    def _absent(self) -> dict[str, Absence]:
        note = self._notes.get(ABSENT, "")
        return unpacked(note.value) if note else {}


def _places(members: Mapping[str, str]) -> set[Place]:
    """Folded folders of what an export holds."""
    return {text_place(folder) for folder in members.values()}


def state_in(notes: SourceNotes) -> State:
    """What notes tell of the library as it was read last, whole."""
    note = notes.get(STATE, "")
    return msgspec.json.decode(note.value, type=State) if note else State()
