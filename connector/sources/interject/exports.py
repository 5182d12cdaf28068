"""
The library as exports tell it: the fetcher of today.

What was read last, whole, is remembered in notes: which file of what time, and what it held. A library that is not whole
changes no note, so that the next whole one is compared with the whole one of before.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from connector.document.counting import counted
from connector.document.ids import place_read
from connector.http.exchange import Party
from connector.ports.source import SourceNotes
from connector.sources.interject import files
from connector.sources.interject.absences import Absence, Absences, packed, unpacked
from connector.sources.interject.catalogue import compose
from connector.sources.interject.entries import Entry
from connector.sources.interject.exchanges import party_of
from connector.sources.interject.fetcher import Fetched
from connector.sources.interject.files import (
    Content,
    Found,
    find,
    look_at,
    read_export,
    read_table,
    trouble_of,
    unlike,
)
from connector.sources.interject.forms import PEOPLE, ROLES
from connector.sources.interject.misread import closed_by_misreading
from connector.sources.interject.model import Library, People, Place, Rights, Roles, place_text, text_place
from connector.sources.interject.renamed import closed_by_renaming
from connector.sources.interject.rights import (
    Memory,
    all_in,
    by_place,
    nobody_in,
    odd_row,
    persons_in,
    remember,
    roles_in,
    tells,
    unsure_in,
)
from connector.sources.interject.series import (
    NO_END,
    Choice,
    Export,
    Look,
    Series,
    choose,
    day,
    is_older,
    name_of,
)
from connector.sources.interject.table import Form

KEPT = 3
"""Files whose links stay in memory until it is decided which are used; others are read again."""
STATE, HELD, ABSENT, ROLES_NOTE, PEOPLE_NOTE = "exports", "held", "absent", "roles", "people"
Sleep = Callable[[float], Awaitable[None]]


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What was read last, whole."""

    series: tuple[Series, ...] = ()
    passed: tuple[Look, ...] = ()


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of a roles or people file."""

    look: Look
    at: float
    memory: Memory
    ended: bool = True
    """Whether its last line ends with a line break."""


class ByHand(NamedTuple):
    """A roles or people file as it was read, what is remembered of it, and why it does not count; empty: it does."""

    content: Content
    kept: Kept | None
    trouble: str


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
        sleep: Sleep = asyncio.sleep,
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
        self._sleep = sleep
        self._absences = Absences()
        self._first: list[Found] = []
        """The exports as they were looked at first in this run."""
        self._others: frozenset[str] = frozenset()
        """Roles that people have."""
        self._waited = False
        """Whether the pause between two looks is over, for all files at once."""

    # -- the library --------------------------------------------------------------------------

    async def fetch(self) -> Fetched:
        """Read every export that counts, and decide whether they are the whole library."""
        state = self._state()
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
        if not troubles:
            self._note_whole(choice, state, library, {look for one in found for look in one.looks})
        return Fetched(
            library=library,
            troubles=tuple(troubles),
            used=tuple(self._words(choice)),
            closed=closed,
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

    def is_gone(self, native: str) -> bool:
        """Whether two successive complete exports lack it."""
        return self._absences.is_gone(native)

    def places_before(self) -> dict[str, Place]:
        """Folded folders of what was listed when the library was last whole, or was found missing since."""
        known = {key: one.folder for key, one in self._absences.noted.items()}
        for one in self._state().series:
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
                exports.append(Export(look=look, entry=one.entry, alone=one.alone, trouble=one.trouble))
            for place, look in enumerate(one.looks):
                if look.path in writing:
                    trouble = files.BEING_WRITTEN
                    exports.append(Export(look=look, entry=one.entry, alone=one.alone, trouble=trouble))
                    continue
                if place and look not in known and (look in state.passed or look.time < oldest):
                    continue
                export, read = await asyncio.to_thread(read_export, look, one, codecs.get(look.path, ""))
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
        for export in choice.used.values():
            read = links.get(export.look)
            if read is None and export.form:
                found = Found(entry=export.entry, alone=export.alone)
                again, read = await asyncio.to_thread(read_export, export.look, found, export.codec)
                if again.trouble:
                    troubles.append(f"{name_of(export.look)}: {again.trouble}")
            entries += read or []
        return entries, troubles

    def _note_whole(self, choice: Choice, state: State, library: Library, here: set[Look]) -> None:
        """Remember a whole library, and what it lacks."""
        before = {one.id: one for one in state.series}
        changed = [one for one in choice.series if one.id not in before or before[one.id].look != one.look]
        held = {one.id: self._held(one.id) for one in [*changed, *choice.vanished] if one.id in before}
        there = library.folders.keys() | {key for key, one in library.reports.items() if one.is_listed}
        self._absences.listed(
            there,
            before=held,
            after={key: export.members.keys() & there for key, export in choice.used.items()},
            times={one.id: one.at for one in choice.series},
        )
        self._notes.put(ABSENT, "", packed(self._absences.noted))
        odd = {key for key, report in library.reports.items() if report.problem}
        for one in changed:
            members = dict(choice.used[one.id].members)
            for key in members.keys() & odd:  # the folder of an odd row may be any: the one of before counts
                members[key] = held.get(one.id, {}).get(key, "")
            self._notes.put(HELD, one.id, zlib.compress(msgspec.msgpack.encode(members), 1))
        passed = ({*state.passed} & here) | {*choice.passed}
        after = State(series=choice.series, passed=tuple(sorted(passed, key=lambda look: look.path)))
        if after != state:
            self._notes.put(STATE, "", msgspec.json.encode(after))

    def _words(self, choice: Choice) -> list[str]:
        return [
            f"{name_of(export.look)} of {day(export.look.time)} ({export.form}, {counted(export.reports, 'report')})"
            for _, export in sorted(choice.used.items())
            if export.form
        ]

    # -- roles and people ---------------------------------------------------------------------

    async def rights(self) -> Rights:
        """Read the roles file and the people file, where the settings name them."""
        self._waited = False
        self._first = await asyncio.to_thread(self._find)
        firsts = await asyncio.to_thread(self._looks)
        people, odd = await self._read_people(firsts)
        self._others = people.roles
        if not self._roles:
            return Rights(people=people, odd=tuple(odd))
        read = await self._read_by_hand(self._roles, ROLES, ROLES_NOTE, firsts)
        trouble = read.trouble or odd_row(read.content.rows)
        if trouble:
            roles = Roles(others=people.roles, trouble=f"{self._roles}: {trouble}")
            return Rights(roles=roles, people=people, odd=tuple(odd))
        memory = self._remember(ROLES_NOTE, read, roles_in(read.content.rows))
        return Rights(
            roles=Roles(by_folder=by_place(memory.held), others=people.roles), people=people, odd=tuple(odd)
        )

    def _keep_closed(self, library: Library, choice: Choice) -> dict[Place, frozenset[str]]:
        """Remember who sees closed folders that were renamed or misread, as of any that the roles file does not name any more."""
        kept = self._kept(ROLES_NOTE) if self._roles else None
        if kept is None:
            return {}
        roles = Roles(by_folder=by_place(kept.memory.held), others=self._others)
        exports = ((_places(one.members), _places(self._held(key))) for key, one in choice.used.items())
        closed = closed_by_misreading(exports, roles)
        roles = msgspec.structs.replace(roles, by_folder={**roles.by_folder, **closed})
        closed |= closed_by_renaming(library, self.places_before(), roles)
        if closed:
            held = {place_text(place): sorted(seen) for place, seen in closed.items()}
            memory = Memory(
                held={**kept.memory.held, **held},
                missing={**kept.memory.missing, **dict.fromkeys(held, kept.at)},
            )
            self._notes.put(ROLES_NOTE, "", msgspec.json.encode(msgspec.structs.replace(kept, memory=memory)))
        return closed

    async def _read_people(self, firsts: Mapping[str, Look | None]) -> tuple[People, list[str]]:
        if not self._people:
            return People(), []
        read = await self._read_by_hand(self._people, PEOPLE, PEOPLE_NOTE, firsts)
        if read.trouble:
            before = read.kept.memory if read.kept is not None else Memory()
            return People(roles=all_in(before), trouble=f"{self._people}: {read.trouble}"), []
        rows, unsure = read.content.rows, unsure_in(read.content.rows)
        persons = {key: one for key, one in persons_in(rows).items() if key not in unsure}
        known = read.kept.memory.held if read.kept is not None else {}
        held: dict[str, Collection[str]] = {key: known[key] for key in unsure & known.keys()}
        held |= {key: one.roles for key, one in persons.items()}
        memory = self._remember(PEOPLE_NOTE, read, held)
        lines = nobody_in(rows)
        odd = [f"{self._people}: line {lines[0]} names nobody by an address"] if lines else []
        odd += [f"{self._people}: line {row.line}: {row.problem}" for row in rows if row.problem][:1]
        waiting = unsure.union(memory.missing)
        return People(persons=persons, roles=all_in(memory), waiting=waiting), odd

    async def _wait(self) -> None:
        """Let a file go on that is still being written: once in a run, for all of them."""
        if not self._waited:
            await self._sleep(files.PAUSE_S)
            self._waited = True

    def _looks(self) -> dict[str, Look | None]:
        return {name: _look_at(self._folder / name) for name in (self._roles, self._people) if name}

    async def _read_by_hand(
        self, name: str, form: Form, note: str, firsts: Mapping[str, Look | None]
    ) -> ByHand:
        """Read one file that is kept by hand; or say why nothing of it counts now."""
        kept = self._kept(note)
        look = firsts[name]
        if look is None:
            return ByHand(
                Content(look=Look(name, 0, 0)), kept, "it is not there, or no file that can be read"
            )
        if kept is None or look != kept.look:
            await self._wait()
            if await asyncio.to_thread(_look_at, self._folder / name) != look:
                return ByHand(Content(look=look), kept, files.BEING_WRITTEN)
        content = await asyncio.to_thread(read_table, look, [form])
        return ByHand(content, kept, trouble_of(content) or _unlike_before(content, kept, now=self._clock()))

    def _remember(self, note: str, read: ByHand, held: Mapping[str, Collection[str]]) -> Memory:
        """Note what a whole file holds."""
        look, kept = read.content.look, read.kept
        is_same = kept is not None and kept.look == look
        if kept is not None and is_same and tells(kept.memory) == {key: sorted(held[key]) for key in held}:
            return kept.memory
        # the same file may be read otherwise than by an earlier release
        at = kept.at if kept is not None and is_same else min(look.time, self._clock())
        memory = remember(held, kept.memory if kept is not None else Memory(), at=at)
        after = Kept(look=look, at=at, memory=memory, ended=_ended(read.content))
        self._notes.put(note, "", msgspec.json.encode(after))
        return memory

    # -- notes --------------------------------------------------------------------------------

    def _kept(self, note: str) -> Kept | None:
        return kept_in(self._notes, note)

    def _state(self) -> State:
        return state_in(self._notes)

    def _held(self, series: str) -> dict[str, str]:
        note = self._notes.get(HELD, series)
        return msgspec.msgpack.decode(zlib.decompress(note.value), type=dict[str, str]) if note else {}

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


def kept_in(notes: SourceNotes, note: str) -> Kept | None:
    """What notes tell of a roles or people file as it was read last, whole."""
    noted = notes.get(note, "")
    return msgspec.json.decode(noted.value, type=Kept) if noted else None


def closed_in(notes: SourceNotes) -> list[Place]:
    """Folded folders that stay closed although the roles file did not name them when it was read last."""
    kept = kept_in(notes, ROLES_NOTE)
    memory = kept.memory if kept is not None else Memory()
    return [text_place(key) for key in sorted(memory.missing) if memory.held[key]]


def _ended(content: Content) -> bool:
    return content.table is not None and content.table.ended


def _unlike_before(content: Content, kept: Kept | None, *, now: float) -> str:
    """What tells against a whole file that is another one than the one that was used last; empty: nothing."""
    if kept is None or content.look == kept.look:
        return ""
    if min(content.look.time, now) < kept.at:
        return f"it is older than the one that was used last (of {day(kept.at)})"
    if kept.ended and not _ended(content):
        return NO_END
    return ""


def _look_at(path: Path) -> Look | None:
    try:
        return look_at(str(path))
    except OSError:
        return None
