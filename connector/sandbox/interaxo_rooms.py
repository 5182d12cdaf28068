"""The communities of an Interaxo world, with the people, groups and rooms in each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from connector.sandbox.interaxo_changes import Changes
from connector.sandbox.interaxo_items import IDENTITY, Authority, Item, Person, Room


class Rooms(Changes):
    """Communities, people, groups and rooms as an administrator changes them."""

    def add_community(self, community: str, name: str) -> None:
        """Add a community, with the connector's own identity in it."""
        self.communities[community] = name
        self.add_person(community, IDENTITY, "Connector", IDENTITY)

    def add_person(
        self,
        community: str,
        person_id: str,
        name: str,
        email: str,
        groups: Iterable[str] = (),
        locale: str = "nb-NO",
    ) -> None:
        """Add a person, or replace the one with this id; `groups` are group ids of the community."""
        self._need_community(community)
        self.people[community, person_id] = Person(person_id, name, email, tuple(groups), locale)
        self.people_revision += 1

    def remove_person(self, community: str, person_id: str) -> None:
        """Remove a person: the calls about them answer 404; lists of authorities that name them stay."""
        del self.people[community, person_id]

    def add_group(self, community: str, group_id: str, name: str) -> None:
        """Add a group, or rename the one with this id."""
        self._need_community(community)
        self.groups[community, group_id] = name
        self.people_revision += 1

    def add_room(
        self,
        community: str,
        slug: str,
        name: str,
        *,
        workspace: tuple[str, str] = ("main", "Main"),
        description: str = "",
        metadata: Mapping[str, tuple[str, str]] | None = None,
        authorities: Sequence[Authority] | None = None,
        author: str = IDENTITY,
    ) -> str:
        """
        Add a room and return the id of its content root.

        Args:
            workspace: id and name.
            metadata: key to label and value.
            authorities: of the root; None is the connector's own identity alone.
        """
        root = self._new_item("simple-folder", None, name, author)
        self._items[root.id] = root
        self._open_room(community, slug, name, root.id, workspace, description, metadata)
        root.authorities = list(authorities) if authorities is not None else [("user", IDENTITY)]
        return root.id

    def add_live_room(
        self,
        community: str,
        slug: str,
        name: str,
        root: Item,
        *,
        workspace: tuple[str, str] = ("main", "Main"),
        authorities: Sequence[Authority] | None = None,
    ) -> str:
        """Add a room whose items are read from `root.tree` when they are asked for; returns the root's id."""
        assert root.tree is not None
        self._open_room(community, slug, name, root.id, workspace, "", None)
        root.authorities = list(authorities) if authorities is not None else [("user", IDENTITY)]
        self._trees.append(root.tree)
        return root.id

    def rename_room(self, root: str, *, name: str | None = None, slug: str | None = None) -> None:
        """Change the display name or the slug; the old slug answers 404 from now on."""
        room = self.rooms[root]
        if slug is not None:
            self._need_free_slug(room.community, slug)
            room.id = slug
        if name is not None:
            room.name = name
            self.rename(root, name)

    def move_room(self, root: str, workspace: tuple[str, str]) -> None:
        """Move a room to another workspace: id and name."""
        self.rooms[root].workspace = workspace

    def remove_room(self, root: str) -> None:
        """Remove a room with all its content."""
        del self.rooms[root]
        item = self._items.get(root)
        if item is not None:
            self._forget(item)
        else:
            self._trees = [tree for tree in self._trees if tree.find(root) is None]

    def hide_room(self, root: str, status: int = 403) -> None:
        """Leave a room out of the room list; its own call and those of its content answer 403 or 404."""
        self.rooms[root].hidden = status

    def unhide_room(self, root: str) -> None:
        """Show a hidden room again."""
        self.rooms[root].hidden = None

    def _open_room(
        self,
        community: str,
        slug: str,
        name: str,
        root_id: str,
        workspace: tuple[str, str],
        description: str,
        metadata: Mapping[str, tuple[str, str]] | None,
    ) -> None:
        self._need_community(community)
        self._need_free_slug(community, slug)
        self.rooms[root_id] = Room(
            community, slug, name, root_id, workspace, description, dict(metadata or {})
        )

    def _need_community(self, community: str) -> None:
        if community not in self.communities:
            raise ValueError(f"no community {community!r}: add_community first")

    def _need_free_slug(self, community: str, slug: str) -> None:
        if self.find_room(community, slug) is not None:
            raise ValueError(f"the community {community!r} has a room {slug!r} already")
