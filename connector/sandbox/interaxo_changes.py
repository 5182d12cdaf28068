"""What a change leaves behind in an Interaxo world: ids, moments, and parents that move or do not."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connector.sandbox.interaxo_contents import Contents
from connector.sandbox.interaxo_items import FieldDefinition, Item, Quirks
from connector.sandbox.interaxo_values import need_place

A_MOMENT = timedelta(milliseconds=1)
LAST_BUT_ONE = datetime.max.replace(tzinfo=UTC) - A_MOMENT


class Changes(Contents):
    """How items come, change and go; `InteraxoWorld` has the changes that people make."""

    def __init__(self, clock: Callable[[], datetime], seed: int) -> None:
        super().__init__()
        self.clock = clock
        self.quirks = Quirks()
        self.live_fields = False
        """Whether fields get ids as the live API has them: UUIDs, and `phentry:list4` for lists, which repeats in every folder."""
        self._random = random.Random(seed)
        self._field_random = random.Random(seed)
        self._serial = 0

    def rename(self, item_id: str, name: str) -> None:
        """Rename an item; the paths below follow without a sign of change."""
        item = self._own(item_id)
        item.name = name
        self._touch(item)
        self._touch_parent(item)

    def _own(self, item_id: str) -> Item:
        item = self._items.get(item_id)
        if item is None and item_id in self.rooms:
            item = self.find(item_id)
        if item is None:
            raise KeyError(f"no item {item_id} that this world can edit")
        return item

    def _container(self, item_id: str) -> Item:
        item = self._own(item_id)
        if item.tree is not None:
            raise ValueError(f"{item.name!r} is a folder on disk: edit it there")
        return item

    def _new_id(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def _with_id(self, definition: FieldDefinition, number: int) -> FieldDefinition:
        """
        Give a field its id: six hex digits as in the vendor's samples, or one as the public client of the live API met them.

        The ids of everything else are the same either way.
        """
        if definition.type == "auto-number" and definition.initial_value is not None:
            raise ValueError(f"the auto-number field {definition.name!r} has no initial value")
        if definition.id:
            return definition
        sample = f"{self._random.getrandbits(24):06X}"
        if not self.live_fields:
            return replace(definition, id=sample)
        if definition.type == "list":
            return replace(definition, id=f"phentry:list{number}")
        return replace(definition, id=str(uuid.UUID(int=self._field_random.getrandbits(128), version=4)))

    def _define(self, folder: Item, fields: Sequence[FieldDefinition], features: Sequence[str]) -> None:
        """Say which fields the entries of a new folder have."""
        folder.definitions = [
            self._with_id(definition, number) for number, definition in enumerate(fields, 1)
        ]
        folder.features = list(features)

    def _tick(self) -> datetime:
        """The time now, in whole milliseconds like the real one's."""
        now = self.clock()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def _new_item(self, kind: str, parent_id: str | None, name: str, author: str) -> Item:
        now = self._tick()
        self._serial += 1
        return Item(kind, self._new_id(), parent_id, name, now, now, author, author, self._serial)

    def _add(self, kind: str, parent_id: str, name: str, author: str) -> Item:
        parent = self._container(parent_id)
        need_place(parent, kind)
        item = self._new_item(kind, parent_id, name, author)
        self._items[item.id] = item
        parent.children.append(item.id)
        parent.row = None
        self._touch_parent(item)
        return item

    def _touch(self, item: Item) -> None:
        item.last_modified = max(self._tick(), min(item.last_modified, LAST_BUT_ONE) + A_MOMENT)
        item.row = None

    def _touch_parent(self, item: Item) -> None:
        parent = self._parent(item)
        if self.quirks.parents_move and parent is not None:
            self._touch(parent)

    def _take_out(self, item: Item) -> None:
        parent = self._parent(item)
        assert parent is not None
        parent.children.remove(item.id)
        parent.row = None
        if parent.main_document == item.id:
            parent.main_document = None

    def _forget(self, item: Item) -> None:
        pending = [item]
        while pending:
            gone = pending.pop()
            pending.extend(self._items[child_id] for child_id in gone.children)
            del self._items[gone.id]

    def _set_hidden(self, item_id: str, status: int | None) -> None:
        item = self._own(item_id)
        item.hidden = status
        parent = self._parent(item)
        if parent is not None:
            parent.row = None
