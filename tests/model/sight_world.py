"""
Two communities with rooms, lists, groups and people, and everything that may change in them: what `sight` plays with.

Each change is told by a number, so that what is left of a sequence still does what it did.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from random import Random

from connector.sandbox.interaxo import InteraxoWorld
from connector.sandbox.interaxo_items import IDENTITY, Authority, FieldDefinition, Step

COMMUNITIES, GROUPS, PEOPLE = ("alpha", "beta"), ("g1", "g2", "g3"), tuple(f"u{n}" for n in range(5))
STEPS = [Step("New"), Step("Published", publish=True), Step("Old", historical=True)]
LISTED = ("file", "simple-folder", "active-folder", "workflow-folder", "entry")
FOLDERS = LISTED[1:4]
LINKS = ("internal-link", "external-link")
MOST_ROOMS = 5


class World:
    """The rooms, and the changes."""

    def __init__(self, rooms: InteraxoWorld, dice: Random) -> None:
        self.rooms = rooms
        self.names: dict[str, str] = {}
        """A word that stands in the name of this item only, by item."""
        self.bases: set[str] = set()
        """Rooms that stay as they are: who made their files is known for good."""
        self.unread: set[str] = set()
        """Rooms that the connector may not read."""
        self._count = 0
        for community in COMMUNITIES:
            rooms.add_community(community, community.capitalize())
            for group in GROUPS:
                rooms.add_group(community, group, group.upper())
            for person in PEOPLE:
                self._join(dice, community, person, f"{person}@example.com")
            base = rooms.add_room(
                community, f"base-{community}", "Base", authorities=[("group", one) for one in GROUPS]
            )
            self.bases.add(base)
            for person in PEOPLE:
                rooms.add_file(base, f"of {person}.txt", content=b"x", author=person)
        for _ in range(dice.randint(1, 3)):
            self.open_room(dice)

    # -- what is there ------------------------------------------------------------------------

    def items(self, *types: str, roots: bool = False) -> list[str]:
        """Items that may change, of some types."""
        found = []
        for native, item in self.rooms._items.items():
            root = self.rooms.root_of(item)
            if root is None or root.id in self.bases or (item.parent_id is None and not roots):
                continue
            if not types or item.type in types:
                found.append(native)
        return found

    def below(self, some: Collection[str]) -> set[str]:
        """Some items, and all that stands below them."""
        found = set()
        for native in self.rooms._items:
            at: str | None = native
            while at is not None and at in self.rooms._items:
                if at in some:
                    found.add(native)
                at = self.rooms._items[at].parent_id
        return found

    def own_rooms(self) -> list[str]:
        """Roots of the rooms that may change."""
        return [root for root in self.rooms.rooms if root not in self.bases]

    def _some(self, dice: Random, pool: Iterable[str], most: int) -> list[str]:
        found = list(pool)
        return dice.sample(found, min(len(found), dice.randint(1, most)))

    def _name(self, kind: str) -> str:
        self._count += 1
        return f"{kind} Word{self._count}x"

    def _named(self, native: str) -> str:
        self.names[native] = f"Word{self._count}x"
        return native

    def _readers(self, dice: Random, native: str = "", community: str = "") -> list[Authority]:
        if not community:
            root = self.rooms.root_of(self.rooms._items[native])
            assert root is not None
            community = self.rooms.rooms[root.id].community
        people = [one for of, one in self.rooms.people if of == community and one != IDENTITY]
        pool: list[Authority] = [*(("group", one) for one in GROUPS), *(("user", one) for one in people)]
        return dice.sample(pool, dice.randint(1, 3))

    # -- rooms and what stands in them --------------------------------------------------------

    def open_room(self, dice: Random) -> None:
        if len(self.rooms.rooms) >= MOST_ROOMS:
            return
        community = dice.choice(COMMUNITIES)
        name = self._name("Room")
        readers = self._readers(dice, community=community)
        root = self.rooms.add_room(community, f"room-{self._count}", name, authorities=readers)
        places = [root]
        for _ in range(dice.randint(1, 3)):
            places.append(self._named(self.rooms.add_folder(dice.choice(places), self._name("folder"))))
        for place in [*places, dice.choice(places)]:
            self._add_file(dice, place)
        field = [FieldDefinition("Title", "string", entry_title=True)]
        active = self.rooms.add_active_folder(dice.choice(places), self._name("active"), fields=field)
        self._named(active)
        flow = self.rooms.add_workflow_folder(dice.choice(places), self._name("flow"), field, STEPS)
        self._named(flow)
        for folder in (active, flow, flow):
            self._add_entry(dice, folder)
        if dice.random() < 0.5:
            self.close_step(dice)

    def close_room(self, dice: Random) -> None:
        for root in self._some(dice, self.own_rooms(), 1):
            self.rooms.remove_room(root)
            self.unread.discard(root)

    def hide_room(self, dice: Random) -> None:
        for root in self._some(dice, self.own_rooms(), 1):
            self.rooms.hide_room(root, dice.choice([403, 404]))
            self.unread.add(root)

    def show_rooms(self, dice: Random) -> None:
        for root in self.unread:
            self.rooms.unhide_room(root)
        self.unread.clear()

    def rename_room(self, dice: Random) -> None:
        for root in self._some(dice, self.own_rooms(), 1):
            name = self._name("Room")
            self.rooms.rename_room(root, name=name, slug=dice.choice([None, f"room-{self._count}"]))

    def _add_file(self, dice: Random, place: str) -> str:
        author = dice.choice(PEOPLE)
        return self._named(self.rooms.add_file(place, self._name("file"), content=b"x", author=author))

    def _add_entry(self, dice: Random, folder: str) -> None:
        name = self._name("entry")
        step = dice.choice(["New", "Published"]) if self.rooms._items[folder].steps else None
        entry = self._named(self.rooms.add_entry(folder, name, {"Title": name}, step))
        if dice.random() < 0.6:
            self._add_file(dice, entry)

    def add(self, dice: Random) -> None:
        for place in self._some(dice, self.items("simple-folder", roots=True), 1):
            self._add_file(dice, place)
            self._named(self.rooms.add_folder(place, self._name("folder")))
            self._named(self.rooms.add_external_link(place, self._name("link"), url="https://example.com/x"))
        for folder in self._some(dice, self.items(*FOLDERS[1:]), 1):
            self._add_entry(dice, folder)

    def remove(self, dice: Random) -> None:
        for native in self._some(dice, self.items(), 1):
            self.rooms.remove(native)

    def rename(self, dice: Random) -> None:
        for native in self._some(dice, self.items(), 1):
            self.rooms.rename(native, self._name("renamed"))
            self._named(native)

    def move(self, dice: Random) -> None:
        places = self.items("simple-folder", "entry", roots=True)
        for native in self._some(dice, self.items("file", *FOLDERS, *LINKS), 1):
            with suppress(ValueError):  # such a place holds no such items, or is within it
                self.rooms.move(native, dice.choice(places))

    def move_step(self, dice: Random) -> None:
        entries = [one for one in self.items("entry") if self.rooms._items[one].step_id]
        for entry in self._some(dice, entries, 2):
            self.rooms.move_step(entry, dice.choice(["New", "Published", "Old"]))

    # -- who may see it -----------------------------------------------------------------------

    def close(self, dice: Random) -> None:
        for native in self._some(dice, self.items(*LISTED, roots=True), 4):
            self.rooms.set_authorities(native, self._readers(dice, native))

    def close_folder(self, dice: Random) -> None:
        for native in self._some(dice, self.items(*FOLDERS, roots=True), 1):
            self.rooms.set_authorities(native, self._readers(dice, native))

    def inherit(self, dice: Random) -> None:
        for native in self._some(dice, self.items(*LISTED), 3):
            self.rooms.inherit_authorities(native)

    def close_step(self, dice: Random) -> None:
        for flow in self._some(dice, self.items("workflow-folder"), 1):
            readers = dice.choice([None, self._readers(dice, flow)])
            self.rooms.set_step_authorities(flow, dice.choice(["New", "Published"]), readers)

    # -- people -------------------------------------------------------------------------------

    def _join(self, dice: Random, community: str, person: str, address: str) -> None:
        groups = [one for one in GROUPS if dice.random() < 0.4]
        self.rooms.add_person(community, person, person.upper(), address, groups=groups)

    def _members(self) -> list[tuple[str, str]]:
        return sorted(key for key in self.rooms.people if key[1] != IDENTITY)

    def regroup(self, dice: Random) -> None:
        for community, person in dice.sample(self._members(), 2):
            self._join(dice, community, person, self.rooms.people[community, person].email)

    def rename_group(self, dice: Random) -> None:
        """By another name it is the same group; whoever is in it may be others."""
        community, group = dice.choice(COMMUNITIES), dice.choice(GROUPS)
        self.rooms.add_group(community, group, self._name("Group"))
        for of, person in self._members():
            if of == community and dice.random() < 0.5:
                self._join(dice, of, person, self.rooms.people[of, person].email)

    def leave(self, dice: Random) -> None:
        if len(members := self._members()) > len(PEOPLE):
            self.rooms.remove_person(*dice.choice(members))

    def come(self, dice: Random) -> None:
        person = dice.choice(PEOPLE)
        self._join(dice, dice.choice(COMMUNITIES), person, f"{person}@example.com")

    def readdress(self, dice: Random) -> None:
        """Another case, another address, somebody else's, or none."""
        _, person = dice.choice(self._members())
        others = [f"{person.upper()}@Example.com", f"{person}.new@example.com", f"{dice.choice(PEOPLE)}@example.com", ""]  # fmt: skip
        address = dice.choice(others)
        for community, one in self._members():
            if one == person:
                groups = self.rooms.people[community, one].groups
                self.rooms.add_person(community, one, one.upper(), address, groups=groups)


Change = Callable[[World, Random], None]
CHANGES: dict[str, Change] = {
    one.__name__: one
    for one in (
        World.close, World.close_folder, World.move, World.inherit, World.close_step, World.regroup, World.rename_group, World.move_step, World.add,
        World.remove, World.rename, World.readdress, World.leave, World.come, World.rename_room, World.open_room, World.close_room,
        World.hide_room, World.show_rooms,
    )
}  # fmt: skip
"""The commonest first."""
