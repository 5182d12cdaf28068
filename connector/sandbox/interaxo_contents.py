"""The reading half of an Interaxo world: what is there, where it lies, who may see it."""

from __future__ import annotations

from collections.abc import Iterator

from connector.sandbox.interaxo_items import CHILDREN, Authority, Item, ItemView, LiveTree, Person, Room


class Contents:
    """Communities, people, rooms and items; `InteraxoWorld` adds the edits."""

    def __init__(self) -> None:
        self.communities: dict[str, str] = {}
        self.people: dict[tuple[str, str], Person] = {}
        """By community and id."""
        self.people_revision = 0
        """Moves with every change of a person or group, whose names stand in the rows of listings."""
        self.groups: dict[tuple[str, str], str] = {}
        """Names by community and id."""
        self.rooms: dict[str, Room] = {}
        """By root id."""
        self._items: dict[str, Item] = {}
        self._trees: list[LiveTree] = []

    def items(self) -> list[ItemView]:
        """Every visible item of every visible room, parents before children."""
        return list(self._views())

    def item(self, item_id: str) -> ItemView:
        """
        One visible item.

        Raises:
            KeyError: there is none, or it is hidden.
        """
        item = self.find(item_id)
        root = self.root_of(item) if item else None
        if item is None or root is None or self.hidden_status(item) is not None:
            raise KeyError(item_id)
        return self._view(item, self.rooms[root.id], self.path_of(item), self.effective_authorities(item))

    def find(self, item_id: str) -> Item | None:
        """An item, hidden or not; None when there is none."""
        item = self._items.get(item_id)
        if item is not None:
            return item
        for tree in self._trees:
            found = tree.find(item_id)
            if found is not None:
                return found
        return None

    def visible_children(self, item: Item) -> list[Item]:
        """The items directly in a container that the connector may see, in the order they came in."""
        if item.tree is not None:
            return [child for child in item.tree.list_children(item) if child.hidden is None]
        return [child for child_id in item.children if (child := self._items[child_id]).hidden is None]

    def child_count(self, item: Item) -> int:
        """How many items directly in a container the connector may see."""
        if item.tree is not None:
            return item.tree.count_children(item)
        return sum(1 for child_id in item.children if self._items[child_id].hidden is None)

    def path_of(self, item: Item) -> str:
        """Path within the room, as every sample of the vendor's page has it; the product reads none."""
        names: list[str] = []
        current: Item | None = item
        while current is not None and current.parent_id is not None:
            names.append(current.name)
            current = self._parent(current)
        return "/".join(["/Collaborate", *reversed(names)])

    def root_of(self, item: Item) -> Item | None:
        """The root of the room that an item lies in; None when the room is gone."""
        current: Item | None = item
        while current is not None and current.parent_id is not None:
            current = self._parent(current)
        return current if current is not None and current.id in self.rooms else None

    def hidden_status(self, item: Item) -> int | None:
        """What calls about an item answer instead: the nearest hidden ancestor's status, then the room's."""
        current: Item | None = item
        while current is not None:
            if current.hidden is not None:
                return current.hidden
            if current.parent_id is None:
                room = self.rooms.get(current.id)
                return room.hidden if room else 404
            current = self._parent(current)
        return 404

    def effective_authorities(self, item: Item) -> tuple[Authority, ...]:
        """Who may see an item: its own list, that of its workflow step, or that of its nearest ancestor."""
        current: Item | None = item
        while current is not None:
            own = self._own_authorities(current)
            if own is not None:
                return tuple(own)
            current = self._parent(current)
        return ()

    def step_of(self, step_id: str) -> Item | None:
        """The workflow folder that has a step; None when no folder has."""
        return next(
            (item for item in self._items.values() if any(step.id == step_id for step in item.steps)), None
        )

    def _own_authorities(self, item: Item) -> list[Authority] | None:
        if item.authorities is not None or item.step_id is None:
            return item.authorities
        folder = self._parent(item)
        return folder.step_authorities.get(item.step_id) if folder is not None else None

    def find_room(self, community: str, key: str) -> Room | None:
        """A room of a community by its slug or its root's id."""
        room = self.rooms.get(key)
        if room is not None:
            return room if room.community == community else None
        return next(
            (room for room in self.rooms.values() if room.community == community and room.id == key), None
        )

    def _views(self) -> Iterator[ItemView]:
        for room in list(self.rooms.values()):
            root = self.find(room.root_id)
            if room.hidden is not None or root is None or root.hidden is not None:
                continue
            pending = [(root, self.path_of(root), tuple(root.authorities or ()))]
            while pending:
                item, path, authorities = pending.pop()
                yield self._view(item, room, path, authorities)
                if item.type not in CHILDREN:
                    continue
                for child in reversed(self.visible_children(item)):
                    own = self._own_authorities(child)
                    shown = authorities if own is None else tuple(own)
                    pending.append((child, f"{path.rstrip('/')}/{child.name}", shown))

    def _view(self, item: Item, room: Room, path: str, authorities: tuple[Authority, ...]) -> ItemView:
        container = self._parent(item)
        newest = item.versions[-1] if item.versions else None
        step = (
            next((step.name for step in container.steps if step.id == item.step_id), None)
            if container
            else None
        )
        names = {definition.id: definition.name for definition in container.definitions} if container else {}
        return ItemView(
            type=item.type,
            id=item.id,
            parent_id=item.parent_id,
            name=item.name,
            community=room.community,
            room=room.root_id,
            room_id=room.id,
            path=path,
            child_count=self.child_count(item) if item.type in CHILDREN else 0,
            last_modified=item.last_modified,
            version=newest.label if newest else None,
            mime_type=newest.mime_type if newest else None,
            file_size=newest.size if newest else None,
            step=step,
            values={names[key]: value for key, value in item.values.items()},
            destination=item.destination,
            url=item.url,
            authorities=authorities,
        )

    def _parent(self, item: Item) -> Item | None:
        if item.parent_id is None:
            return None
        return item.tree.parent_of(item) if item.tree is not None else self._items.get(item.parent_id)
