"""What the rooms say of who may see what, beside what an intranet has: told by the sandboxes alone, and not by what the connector knows."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

import msgspec

from connector.sandbox.faults import Call
from connector.sandbox.interact import InteractWorld
from connector.sandbox.interaxo_items import IDENTITY, Authority
from tests.model.sight_world import World
from tests.neighbourhood import Neighbourhood

Identities = frozenset[str]
NOBODY: Identities = frozenset()
PUBLIC = "everybody"


class Reading(NamedTuple):
    """One source that reads the rooms."""

    source: str = "interaxo"
    prefix: str = "ix"
    by_room: bool = False
    """Everybody who may see a room may see all of it (`permissions = "room"`)."""

    def setting(self, name: str) -> str:
        """The dotted path of one of its settings."""
        return f"sources.{self.source}.{name}"


class Truth(NamedTuple):
    """What the rooms say at one moment."""

    documents: dict[str, Identities]
    """Who may see each item of each room that is read; also of what stands in a historical step."""
    wanted: frozenset[str]
    """Ids of those that are to be found."""
    people: dict[str, Identities]
    """By address."""
    shared: frozenset[str]
    """Addresses that two people have."""
    unread: frozenset[str]
    """Ids of what stands in rooms that are not read."""


class Standing(NamedTuple):
    """What an intranet has."""

    documents: dict[str, Identities]
    people: dict[str, Identities]


def truth_of(near: Neighbourhood, world: World, reading: Reading) -> Truth:
    """Ask the rooms."""
    rooms, values, source, prefix = near.rooms, near.values, reading.source, reading.prefix
    left_out = {one[1:] for one in values.get(reading.setting("rooms"), ["*"])[1:]}
    public = values.get(reading.setting("public_rooms"), [])
    names = {root: f"{room.community}/{room.id}" for root, room in rooms.rooms.items()}
    unread = {root for root in rooms.rooms if root in world.unread or names[root] in left_out}
    documents: dict[str, Identities] = {}
    for item in rooms.items():
        if item.room in unread:
            continue
        of_room = identities(source, item.community, rooms.item(item.room).authorities)
        own = of_room if reading.by_room else identities(source, item.community, item.authorities)
        is_public = names[item.room] in public and of_room <= own
        documents[f"{prefix}-{item.id}"] = own | ({PUBLIC} if is_public else NOBODY)
    dark = {
        f"{prefix}-{native}"
        for native, item in rooms._items.items()
        if (root := rooms.root_of(item)) is not None and root.id in unread
    }
    there = {one.removeprefix("ix-") for one in near.expected()}
    people: dict[str, Identities] = {}
    owners: dict[str, set[str]] = {}
    for (community, key), person in rooms.people.items():
        if key == IDENTITY or not person.email:
            continue
        address = person.email.lower()
        people[address] = people.get(address, NOBODY) | belongs(source, community, key, person.groups)
        owners.setdefault(address, set()).add(key)
    return Truth(
        documents=documents,
        wanted=frozenset(one for one in documents if one.removeprefix(f"{prefix}-") in there),
        people=people,
        shared=frozenset(address for address, keys in owners.items() if len(keys) > 1),
        unread=frozenset(dark),
    )


def standing_of(intranet: InteractWorld) -> Standing:
    """Ask the intranet."""
    documents = {
        one: _but_own(row.document["ExternalIdentities"]) | ({PUBLIC} if row.document["IsPublic"] else NOBODY)
        for one, row in intranet.documents.items()
    }
    people = {row.record["Email"]: _but_own(row.identities) for row in intranet.users.values()}
    return Standing(documents, {one: has for one, has in people.items() if has or one != IDENTITY})


def _but_own(has: Collection[str]) -> Identities:
    """The connector's own account is nobody, also where it is met while nothing tells whose it is."""
    return frozenset(one for one in has if not one.endswith(f":user:{IDENTITY}"))


def identity(source: str, community: str, one: Authority) -> str:
    """As it stands on documents and people."""
    kind, name = one
    return f"{source}:{kind}:{community + '/' if kind == 'group' else ''}{name}"


def identities(source: str, community: str, listed: Collection[Authority]) -> Identities:
    """The same of a list; the connector's own account is nobody."""
    return frozenset(identity(source, community, one) for one in listed if one[1] != IDENTITY)


def belongs(source: str, community: str, key: str, groups: Collection[str]) -> Identities:
    """What a person of one community is, and belongs to."""
    return identities(source, community, [("user", key), *(("group", one) for one in groups)])


def differ(found: Mapping[str, Identities], wanted: Mapping[str, Identities]) -> dict[str, object]:
    """What is found otherwise than it is wanted: readers that are there, and that should be."""
    return {
        one: (sorted(found.get(one, ["none"])), sorted(wanted.get(one, ["none"])))
        for one in found.keys() | wanted.keys()
        if found.get(one) != wanted.get(one)
    }


class Heard:
    """What the rooms told of people when they were asked last: that counts until they are asked again, within `people.max_age_h`."""

    def __init__(self, near: Neighbourhood, source: str = "interaxo") -> None:
        self._people = near.rooms.people
        self._source = source
        self._met: dict[tuple[str, str], set[str]] = {}
        """Addresses that were told in this run; who asks for no groups asks for a name only."""
        self._addresses: dict[tuple[str, str], set[str]] = {}
        self._groups: dict[tuple[str, str], set[Identities]] = {}

    def begin(self) -> None:
        """Another run."""
        self._met.clear()

    def hear(self, call: Call, *, for_sure: bool) -> None:
        """
        Take what is told now.

        Args:
            for_sure: the answer arrives; else what was told before may count on.
        """
        match call.path.split("/"):
            case ["", "v1", community, "people", key, *of_groups] if (community, key) in self._people:
                who, person = (community, key), self._people[community, key]
                addresses = self._met.setdefault(who, set())
                addresses.add(person.email.lower())
                if of_groups and not is_later_page(call.query):  # what stood on the first one was told before
                    groups = {belongs(self._source, *who, person.groups)}
                    self._addresses[who] = addresses | (
                        NOBODY if for_sure else self._addresses.get(who, NOBODY)
                    )
                    self._groups[who] = groups if for_sure else groups | self._groups.get(who, set())

    def may_have(self, address: str) -> Identities:
        """What somebody with this address was said to be and to belong to."""
        hers = [who for who, told in self._addresses.items() if address in told]
        return NOBODY.union(*(one for who in hers for one in self._groups.get(who, ())))


def is_later_page(query: str) -> bool:
    """Whether a call goes on with a list."""
    return any(one.startswith("skip=") and one != "skip=0" for one in query.split("&"))


def read_names(near: Neighbourhood, world: World, truth: Truth) -> list[tuple[str, str, str]]:
    """Whoever finds a document reads no name in it of what they may not see: person, document, and what it names."""
    owners = {word: f"ix-{native}" for native, word in world.names.items()}
    wrong: list[tuple[str, str, str]] = []
    for one, row in near.intranet.documents.items():
        words = set(re.findall(r"Word\d+x", msgspec.json.encode(row.document).decode()))
        for named in {owners[word] for word in words if word in owners} & truth.wanted:
            wrong += [
                (person, one, named)
                for person, mine in truth.people.items()
                if mine & truth.documents[one]
                and not (mine | {PUBLIC}) & truth.documents[named]
                and person not in truth.shared
            ]
    return wrong
