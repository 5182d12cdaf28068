"""
The two files that people keep by hand, roles and people, as a source reads them: what they say, and what was remembered of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec

from connector.document.mixed_up import mixed_up
from connector.ports.source import Note, SourceNotes
from connector.sources.interject import files
from connector.sources.interject.files import Content, look_at, read_table, trouble_of
from connector.sources.interject.forms import PEOPLE, ROLES
from connector.sources.interject.lost_letters import LostLetters
from connector.sources.interject.model import (
    PARTING,
    People,
    Place,
    Rights,
    Roles,
    place_text,
    spelling,
    text_place,
)
from connector.sources.interject.odd_roles import Doubt, doubt_of, in_words, odd_rows
from connector.sources.interject.rights import (
    Memory,
    all_in,
    by_place,
    called_twice_in,
    naming_nobody,
    nobody_in,
    noted_key,
    parted_otherwise,
    persons_in,
    remember,
    roles_in,
    tells,
    unsure_in,
)
from connector.sources.interject.series import NO_END, Look, day
from connector.sources.interject.table import Form, Row, column

ROLES_NOTE, PEOPLE_NOTE, ODD_NOTE = "roles", "people", "odd"
EARLIER = 8
"""Roles files with odd rows, saved one after the other, that are remembered until one without them comes."""


SEVERAL = 2
"""Folders, or people, that had roles: where none has any left, the column was emptied."""


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


class Odd(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of roles files with odd rows, since the last one without."""

    look: Look
    now: dict[str, list[str]]
    """What the newest one said, by folder."""
    earlier: list[dict[str, list[str]]] = []
    """What those before it said."""
    named: dict[str, list[str]] = {}
    """Folders that odd rows seemed to name, as `spelling` writes them, each with the roles in these."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What the roles file says of folders."""

    roles: Roles
    before: Roles | None = None
    """As the last file without an odd row said; None: there was none."""
    earlier: tuple[Roles, ...] = ()
    """As other files with odd rows said since then."""
    named: dict[str, list[str]] = {}
    """Folders that odd rows of these seemed to name, with the roles in them."""
    odd: tuple[Row, ...] = ()
    sound: frozenset[Place] = frozenset()
    """Folded folders that its other rows name with roles."""

    def doubt(self, closed: Mapping[Place, frozenset[str]], places: Collection[Place]) -> Doubt | None:
        """
        Which folders odd rows may close; None: there are none.

        Args:
            closed: folders that stay closed for another reason.
            places: folded, every folder that there is or was.
        """
        if not self.odd:
            return None
        now = msgspec.structs.replace(self.roles, by_folder={**self.roles.by_folder, **closed})
        named = {text: frozenset(roles) for text, roles in self.named.items()}
        known = Doubt(now=now, before=self.before, earlier=self.earlier, sound=self.sound, named=named)
        return doubt_of(self.odd, places, known)


class _Unwritten:
    """Notes of runs for somebody who looks only: what is noted stays in memory."""

    def __init__(self, notes: SourceNotes) -> None:
        self._notes = notes
        self._noted: dict[tuple[str, str], Note] = {}

    def get(self, kind: str, key: str) -> Note | None:
        return self._noted.get((kind, key)) or self._notes.get(kind, key)

    def put(self, kind: str, key: str, value: bytes, *, mark: bytes = b"", run: int = 0) -> None:
        self._noted[kind, key] = Note(value, mark, run)


class FilesByHand:
    """Reads the roles file and the people file."""

    def __init__(
        self,
        notes: SourceNotes,
        folder: Path,
        *,
        roles: str,
        people: str,
        clock: Callable[[], float],
        wait: Callable[[], Awaitable[None]],
    ) -> None:
        """
        Args:
            folder: where relative paths begin.
            roles, people: paths; empty: there is no such file.
            wait: lets a file go on that is still being written.
        """
        self._notes = notes
        self._folder = folder
        self._roles = roles
        self._people = people
        self._clock = clock
        self._wait = wait
        self._others: frozenset[str] = frozenset()
        """Roles that people have."""
        self.said: Said | None = None
        """As the roles file was read in this run; None: it does not count, or there is none."""

    async def compared(self, notes: SourceNotes) -> Rights:
        """As `rights`, but beside what other notes tell of the files of before; nothing is noted there."""
        mine, self._notes = self._notes, _Unwritten(notes)
        try:
            return await self.rights()
        finally:
            self._notes = mine

    async def rights(self) -> Rights:
        """Read both files, where the settings name them."""
        self.said = None
        firsts = await asyncio.to_thread(self._looks)
        people, odd = await self._read_people(firsts)
        self._others = people.roles
        why = people.trouble.removeprefix(f"{self._people}: ")
        nobody = {self._people: why} if why else {}
        if not self._roles:
            return Rights(people=people, odd=tuple(odd), unread=nobody)
        read = await self._read_by_hand(self._roles, ROLES, ROLES_NOTE, firsts)
        if read.trouble:
            roles = Roles(others=people.roles, trouble=f"{self._roles}: {read.trouble}")
            return Rights(roles=roles, people=people, odd=tuple(odd), unread=nobody)
        unread = odd_rows(read.content.rows)
        self.said = self._said(read, unread)
        return Rights(
            roles=self.said.roles,
            people=people,
            odd=tuple(odd),
            unread={**in_words(self._roles, unread), **nobody},
        )

    def _said(self, read: ByHand, unread: Sequence[tuple[Row, str]]) -> Said:
        """
        What a whole roles file says, and what is remembered of the one before.

        With a row that cannot be read it is not remembered: what it lacks may stand in that row.
        """
        odd = tuple(row for row, _ in unread)
        told = roles_in([row for row in read.content.rows if row not in odd])
        before = read.kept.memory.held if read.kept is not None else None
        others = parted_otherwise(before or {}, told)
        if not odd:
            memory = self._remember(ROLES_NOTE, self._with_odd(read), told, never=others)
            return Said(roles=Roles(by_folder=by_place(memory.held), others=self._others))
        now = {key: roles for key, roles in (before or {}).items() if key not in others} | told
        noted = self._remember_odd(read.content.look, now)
        return Said(
            roles=Roles(by_folder=by_place(now), others=self._others),
            earlier=tuple(Roles(by_folder=by_place(one), others=self._others) for one in noted.earlier),
            named=noted.named,
            before=Roles(by_folder=by_place(before), others=self._others) if before is not None else None,
            odd=odd,
            sound=frozenset(place for place, roles in by_place(told).items() if roles),
        )

    def _odd(self) -> Odd | None:
        note = self._notes.get(ODD_NOTE, "")
        return msgspec.json.decode(note.value, type=Odd) if note is not None and note.value else None

    def _with_odd(self, read: ByHand) -> ByHand:
        """A file beside what is known of those before it, of those with odd rows, too: these are over."""
        noted, kept = self._odd(), read.kept
        if noted is None:
            return read
        self._notes.put(ODD_NOTE, "", b"")
        if kept is None:
            return read
        memory = msgspec.structs.replace(kept.memory, held={**kept.memory.held, **noted.now})
        return read._replace(kept=msgspec.structs.replace(kept, memory=memory))

    def _remember_odd(self, look: Look, now: Mapping[str, Collection[str]]) -> Odd:
        """Note what a file with odd rows said: the next one may lack what this one closed, and is believed as little."""
        noted, held = self._odd(), {key: sorted(roles) for key, roles in now.items()}
        after = Odd(look=look, now=held)
        if noted is not None:
            is_same = noted.look == look
            earlier = noted.earlier if is_same else [*noted.earlier, noted.now][-EARLIER:]
            closed = {} if is_same else {spelling(text_place(key)): by for key, by in noted.now.items() if by}
            after = msgspec.structs.replace(after, earlier=earlier, named=closed | noted.named)
        if after != noted:
            self._notes.put(ODD_NOTE, "", msgspec.json.encode(after))
        return after

    def keep_named(self, doubt: Doubt) -> None:
        """Note which folders odd rows seem to name, for the next file with such rows."""
        noted, named = self._odd(), {text: sorted(roles) for text, roles in doubt.named.items()}
        if noted is not None and noted.named != named:
            self._notes.put(ODD_NOTE, "", msgspec.json.encode(msgspec.structs.replace(noted, named=named)))

    def roles(self) -> Roles | None:
        """What is known of folders, also of a file of before where that of now does not count; None: nothing."""
        if self.said is not None:
            return self.said.roles
        kept = self._kept(ROLES_NOTE) if self._roles else None
        return Roles(by_folder=by_place(kept.memory.held), others=self._others) if kept is not None else None

    def keep_closed(self, closed: Mapping[Place, frozenset[str]]) -> None:
        """Remember who sees closed folders that were renamed or misread, as of any that the roles file does not name any more."""
        kept = self._kept(ROLES_NOTE)
        if kept is None or not closed:
            return
        held = {place_text(place): sorted(seen) for place, seen in closed.items()}
        memory = Memory(
            held={**kept.memory.held, **held},
            missing={**kept.memory.missing, **dict.fromkeys(held, kept.at)},
        )
        self._notes.put(ROLES_NOTE, "", msgspec.json.encode(msgspec.structs.replace(kept, memory=memory)))

    async def _read_people(self, firsts: Mapping[str, Look | None]) -> tuple[People, list[str]]:
        if not self._people:
            return People(), []
        read = await self._read_by_hand(self._people, PEOPLE, PEOPLE_NOTE, firsts)
        if read.trouble:
            before = read.kept.memory if read.kept is not None else Memory()
            return People(roles=all_in(before), trouble=f"{self._people}: {read.trouble}"), []
        rows, twice = read.content.rows, called_twice_in(read.content.rows)
        unsure = unsure_in(rows).union(twice)
        persons = {key: one for key, one in persons_in(rows).items() if key not in unsure}
        known = read.kept.memory.held if read.kept is not None else {}
        doubtful = {noted_key(key) for key in unsure}
        held: dict[str, Collection[str]] = {key: known[key] for key in doubtful & known.keys()}
        held |= {noted_key(key): one.roles for key, one in persons.items()}
        memory = self._remember(PEOPLE_NOTE, read, held)
        lines = nobody_in(rows)
        odd = [f"{self._people}: line {lines[0]} names nobody by an address"] if lines else []
        odd += [f"{self._people}: line {row.line}: {row.problem}" for row in rows if row.problem][:1]
        odd += [
            f"{self._people}: line {line} gives a person another user name than a line above it, so that nobody can tell which is hers"
            for line in twice.values()
        ][:1]
        waiting = frozenset(doubtful.union(memory.missing))
        return People(persons=persons, roles=all_in(memory), waiting=waiting), odd

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
        trouble = trouble_of(content) or _unlike_before(content, kept, now=self._clock())
        content = _without_lost_letters(content, kept)
        return ByHand(content, kept, trouble or _emptied(content, kept) or _mixed_up(content, form, kept))

    def _kept(self, note: str) -> Kept | None:
        kept = kept_in(self._notes, note)
        if kept is None or note != PEOPLE_NOTE or (memory := naming_nobody(kept.memory)) == kept.memory:
            return kept
        kept = msgspec.structs.replace(kept, memory=memory)
        self._notes.put(note, "", msgspec.json.encode(kept))
        return kept

    def _remember(
        self, note: str, read: ByHand, held: Mapping[str, Collection[str]], *, never: Collection[str] = ()
    ) -> Memory:
        """
        Note what a whole file holds.

        Args:
            never: keys of before that name what this file names by others.
        """
        look, kept = read.content.look, read.kept
        is_same = kept is not None and kept.look == look
        if never and kept is not None:
            known = {key: values for key, values in kept.memory.held.items() if key not in never}
            kept = msgspec.structs.replace(kept, memory=msgspec.structs.replace(kept.memory, held=known))
        if (
            kept is not None
            and is_same
            and not never
            and tells(kept.memory) == {key: sorted(held[key]) for key in held}
        ):
            return kept.memory
        # the same file may be read otherwise than by an earlier release
        at = kept.at if kept is not None and is_same else min(look.time, self._clock())
        memory = remember(held, kept.memory if kept is not None else Memory(), at=at)
        after = Kept(look=look, at=at, memory=memory, ended=_ended(read.content))
        self._notes.put(note, "", msgspec.json.encode(after))
        return memory


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


def _emptied(content: Content, kept: Kept | None) -> str:
    """Why a file without any role does not count; empty: it has some, or had none, or says so of one folder or person."""
    had = sum(map(bool, kept.memory.held.values())) if kept is not None else 0
    if had < SEVERAL or any(column(row.cells, "role", "id") for row in content.rows):
        return ""
    return "no row of it names a role, and several did in the file that was used last: its column `role` is empty, or not called so"


def _without_lost_letters(content: Content, kept: Kept | None) -> Content:
    """A file as it was read; a row that lost letters of a name that the file of before had says so."""
    held = kept.memory.held if kept is not None else {}
    lost = LostLetters({*chain.from_iterable(map(text_place, held)), *chain.from_iterable(held.values())})
    rows = []
    for row in content.rows:
        names = (column(row.cells, one) for one in ("folder", "role", "id"))
        rows.append(row.with_problem(lost.why(chain.from_iterable(map(PARTING.split, names)))))
    return msgspec.structs.replace(content, rows=rows)


def _mixed_up(content: Content, form: Form, kept: Kept | None) -> str:
    """Why a file does not count whose rows have roles of one another; empty: they have not."""
    if kept is None or kept.look == content.look:
        return ""
    sound = [row for row in content.rows if not row.problem]
    now: Mapping[str, Collection[str]] = (
        {noted_key(key): one.roles for key, one in persons_in(sound).items()}
        if form is PEOPLE
        else roles_in(sound)
    )
    if not (keys := mixed_up(tells(kept.memory), now)):
        return ""
    return (
        f"{len(keys)} {'people' if form is PEOPLE else 'folders'} have roles of one another, compared with the file that was used last, "
        "as where it was sorted by one column. Put its rows right; if they are right, leave these out of one file, and write them again in "
        "the next"
    )


def _look_at(path: Path) -> Look | None:
    try:
        return look_at(str(path))
    except OSError:
        return None
