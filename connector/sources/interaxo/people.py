"""
The people of Interaxo: met as authors, editors, owners, members and named users, since no call lists them; each asked for by id.

A person's groups come from the person (`people/{id}/groups`); no call lists the members of a group. Source:
Interaxo API, Users.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Protocol

import msgspec

from connector.document.audience import group_identity, user_identity
from connector.document.ids import digest
from connector.engine.loop_yield import LoopYield
from connector.engine.task_group import together
from connector.errors import ConnectorError, RecordGone, RecordHidden, SourceRefused
from connector.ports.matching import is_address
from connector.ports.source import Note, PersonRead, Reading, SourceNotes
from connector.sources.addresses_in_file import AddressesInFile
from connector.sources.interaxo.leniency import tells_who, usable
from connector.sources.interaxo.members import people_in
from connector.sources.interaxo.parent_check import ParentCheck
from connector.sources.interaxo.room_rows import Person, name_of
from connector.sources.interaxo.spellings import AT_ONCE, Spellings
from connector.sources.interaxo.wire import Authority, Item

PERSON = "person"
"""Kind of the notes that tell how somebody is called, by community and id; empty: nobody may be told."""
GIVEN = "given"
"""Kind of the note that tells what the settings gave everybody, and which addresses, hashed, and the run that met it first."""
COMMUNITIES = "people-file-communities"
"""Kind of the note that holds the communities in which whoever the people file names is asked for."""
GIVEN_OTHERWISE_RUNS = 3
"""Runs that ask for everybody after the settings give something else; one of them may fail."""
ME = "-me-"
"""The person that the client credentials act as."""


def person_key(community: str, person: str) -> str:
    """Name a person of a community; the first slash parts the two, so one in the community's id is written as in an address."""
    return f"{community.replace('%', '%25').replace('/', '%2F')}/{person}"


def read_key(key: str) -> tuple[str, str]:
    """The community and the person of a key."""
    community, _, person = key.partition("/")
    return community.replace("%2F", "/").replace("%25", "%"), person


class AsksPeople(Protocol):
    """Asks for one person."""

    async def profile(self, community: str, person: str) -> Person:
        """A person's profile."""

    async def groups(self, community: str, person: str) -> list[Authority]:
        """A person's groups, to the end."""


class Directory:
    """Whom a run met, and what Interaxo says of them."""

    def __init__(
        self,
        *,
        source: str,
        notes: SourceNotes,
        fixed: Sequence[str],
        file: Mapping[str, str],
        file_unread: bool = False,
        asks: AsksPeople,
    ) -> None:
        """
        Args:
            file: e-mail addresses by id, for people whom Interaxo does not name.
            file_unread: whether those are as they were read last.
        """
        self.met: set[str] = set()
        self.profiles: dict[tuple[str, str], Person] = {}
        """Read in this run."""
        self.names: dict[str, str] | None = None
        """How people are called, by their own identity; None: nobody keeps it."""
        self._source = source
        self._notes = notes
        self._fixed = tuple(fixed)
        """Identities that everybody gets; memberships play no part then."""
        self._file = dict(file)
        self._in_file = AddressesInFile(notes, self._file)
        self._file_unread = file_unread
        self.given_otherwise = False
        """Whether the settings give people something else than they did, or other addresses: nobody has it before she is asked for again."""
        self._profile = asks.profile
        self._groups = asks.groups
        self._asking_me = asyncio.Lock()
        self._reading = Reading(run=0, thorough=True)
        self._untold: set[tuple[str, str]] = set()
        """Communities and people of whom these told nothing, when the address of one in the file was asked for."""
        self._spellings = Spellings(notes)
        self._parent_check = ParentCheck()
        self._loop_yield = LoopYield(AT_ONCE)

    def open(self, reading: Reading) -> None:
        """A new run."""
        self._reading = reading
        self.met.clear()
        self.renew()
        self._spellings.open(reading)
        self._parent_check.open()
        self._compare_given(reading.run)

    def renew(self) -> None:
        """What was read of people is out of date."""
        self.profiles.clear()
        self._untold.clear()

    def _compare_given(self, run: int) -> None:
        given = [*self._fixed, *(f"{person} {address}" for person, address in sorted(self._file.items()))]
        if self._file_unread:  # nobody got more by it meanwhile
            given.append("unread")
        note, now = self._notes.get(GIVEN, ""), digest(given, 16)
        if note is None or note.value != now:
            note = Note(now, b"", 0 if note is None else run)
            self._notes.put(GIVEN, "", now, run=note.run)
        self.given_otherwise = bool(note.run) and run - note.run < GIVEN_OTHERWISE_RUNS

    def meet(self, community: str, who: Authority | None) -> None:
        """Note a user; groups are not people."""
        if who is not None and who.type != "group" and tells_who(who.id):
            self.met.add(person_key(community, who.id))

    def meet_in(self, community: str, rows: Iterable[Item]) -> None:
        """
        Note the authors of items, who edited them last, their owners, and the members in their fields.

        An owner may be a group that nothing tells from a user: asked for as a person, it answers 404 and is nobody.
        """
        met: set[str] = set()  # a page names the same few people in all of its rows
        for row in rows:
            for who in (row.created_by, row.last_modified_by, row.owner):
                if who is not None and who.type != "group":
                    met.add(who.id)
            met.update(one["id"] for one in people_in(row.fields or ()))
        self.met.update(person_key(community, one) for one in met if tells_who(one))

    def meet_file(self, communities: Iterable[str]) -> None:
        """Note everybody of the people file, in every community."""
        if not self._file:
            return
        named = list(communities)
        self.met.update(person_key(community, person) for community in named for person in self._file)
        if named != self._communities():
            self._notes.put(COMMUNITIES, "", msgspec.json.encode(named), run=self._reading.run)

    def _communities(self) -> list[str]:
        """Those in which whoever the file names is asked for, as they were listed last."""
        note = self._notes.get(COMMUNITIES, "")
        return msgspec.json.decode(note.value, type=list[str]) if note is not None else []

    def one_spelling(self, identity: str, native: str) -> bool:
        """Whether an identity stands for one id of the source only, in this run and in earlier ones; of two ids that normalise alike the later one is an error."""
        return self._spellings.is_of(identity, native)

    async def is_me(self, community: str, who: Authority) -> bool:
        """Whether this is the account of the connector itself."""
        return who.type == "user" and who.id == await self._me(community)

    async def people(self, keys: Sequence[str]) -> list[PersonRead]:
        """Ask for people; whoever could not be asked for is left out."""
        taken: list[str] = []
        # no more at once than the source allows
        answers = await together(self._read(key, taken) for key in keys)
        if any(one is not None and one.gone for one in answers):  # who is gone may have let an identity go
            answers += await together(self._read(key, []) for key in taken)
        return [one for one in answers if one is not None]

    # -- one person ---------------------------------------------------------------------------

    async def _read(self, key: str, taken: list[str]) -> PersonRead | None:
        """
        Args:
            taken: gets the keys of those whose identity is somebody else's.
        """
        community, person = read_key(key)
        own = user_identity(self._source, person)
        if not usable(person):
            return None
        if not self._spellings.may_be_of(own, person):
            taken.append(key)
            return None
        read = await self._ask(key, community, person, own)
        if read is not None and read.gone:
            self._spellings.let_go(own, person)
            return read
        return read if self.one_spelling(own, person) else None

    async def _ask(self, key: str, community: str, person: str, own: str) -> PersonRead | None:
        """
        Args:
            own: her own identity.
        """
        email = ""
        try:
            if person == await self._me(community):
                return PersonRead(key=key)
            email = await self._email(community, person)
            memberships = () if self._fixed else await self._memberships(community, person)
        except RecordGone:
            if not await self._answers(community, self._parent_check.moment()):
                return None
            if person in self._file:
                return await self._vouched_for(key, community, person, own)
            return PersonRead(key=key, gone=True)
        except (RecordHidden, SourceRefused):
            return PersonRead(key=key, email=email, username=person, hidden=True)
        except ConnectorError:
            return None
        return PersonRead(
            key=key,
            email=email,
            username=person,
            identities=tuple(sorted({own, *self._fixed, *memberships})),
        )

    async def _vouched_for(self, key: str, community: str, person: str, own: str) -> PersonRead | None:
        """Whom the file names, and her community does not know; where its row is out of date, she has no address by that."""
        try:
            email = await self._email_in_file(community, person)
        except ConnectorError:
            return None
        return PersonRead(key=key, email=email, username=person, identities=(own, *self._fixed))

    async def _email(self, community: str, person: str) -> str:
        try:
            profile = await self._profile_of(community, person)
        except RecordHidden:
            if person not in self._file or not (email := await self._email_in_file(community, person)):
                raise
            return email
        if self.names is not None and profile.name:
            self.names[user_identity(self._source, person)] = profile.name
        told = profile.email or ""
        if is_address(told) or person not in self._file:
            return told
        return await self._email_in_file(community, person)

    async def _email_in_file(self, community: str, person: str) -> str:
        """
        The address of one whom the file names: as another community tells it, else as it stands there; empty where Interaxo told
        another one since it stands there so.

        Her identity is the same in all communities, and what the file has may be somebody else's address by now.
        """
        for other in self._communities():
            if other == community or (other, person) in self._untold:
                continue
            try:
                told = (await self._profile_of(other, person)).email or ""
            except (RecordGone, RecordHidden, SourceRefused):
                told = ""
            if is_address(told):
                return told
            self._untold.add((other, person))
        return self._in_file.of(person)

    async def _profile_of(self, community: str, person: str) -> Person:
        profile = self.profiles.get((community, person))
        if profile is None:
            profile = self.profiles[community, person] = await self._profile(community, person)
            self._note_name(community, person, profile)
        self._in_file.hear(person, profile.email or "")
        return profile

    async def _memberships(self, community: str, person: str) -> tuple[str, ...]:
        """
        Raises:
            SourceRefused: two groups whose ids normalise alike. RecordHidden: she is there, and nothing tells of her groups.
        """
        identities = []
        try:
            groups = await self._groups(community, person)
        except RecordGone as error:
            raise RecordHidden(f"Interaxo knows this person, but not her groups: {error}") from error
        for group in groups:
            identity = group_identity(self._source, community, group.id)
            is_its_own = partial(self.one_spelling, identity, f"{community}/{group.id}")
            if not await self._loop_yield.do(is_its_own, 1):
                raise SourceRefused(
                    f"Two groups of {community} have ids that differ by case only: {group.id}"
                )
            identities.append(identity)
        return tuple(identities)

    async def _me(self, community: str) -> str:
        note = self._notes.get("me", community)
        if note is not None and not self._reading.thorough:
            return note.value.decode()
        async with self._asking_me:  # several people are read at once: one of them asks
            me = self.profiles.get((community, ME))
            if me is None:
                try:
                    me = await self._profile(community, ME)
                except (RecordGone, RecordHidden):
                    me = Person(id="")
                self.profiles[community, ME] = me
                self._notes.put("me", community, me.id.encode(), run=self._reading.run)
                self._note_name(community, me.id, me)
            return me.id

    def _note_name(self, community: str, person: str, profile: Person) -> None:
        """Let whoever meets an author of earlier runs in this one ask no more; of others no name is kept."""
        key = person_key(community, person)
        if (note := self._notes.get(PERSON, key)) is not None:
            name = name_of(profile, note.value.decode())
            self._notes.put(PERSON, key, name.encode(), run=self._reading.run)

    async def _answers(self, community: str, since: int) -> bool:
        """Whether the community answers for people at all, after somebody was answered 404: only then is that proof."""

        async def ask() -> None:
            if not (await self._profile(community, ME)).id:
                raise RecordGone("It names nobody.")

        return await self._parent_check.holds(community, since, ask)
