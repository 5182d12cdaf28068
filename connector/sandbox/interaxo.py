"""
A small Interaxo: communities, people, rooms and their content, edited directly by tests and the demo.

`connector.sandbox.interaxo_http` serves it. Rules of the real one that are kept: creation data never
changes, `last_modified` moves with the item itself, `path` follows names without any sign of change on the
items below, and an item without rights of its own has those of its nearest ancestor. What nobody knows is a
quirk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connector.sandbox.interaxo_items import (
    IDENTITY,
    Authority,
    Comment,
    FieldDefinition,
    Item,
    ItemView,
    Quirks,
    Step,
)
from connector.sandbox.interaxo_rooms import Rooms
from connector.sandbox.interaxo_values import (
    guess_mime_type,
    make_version,
    need_place,
    set_values,
    step_named,
    store_value,
)

__all__ = ["IDENTITY", "FieldDefinition", "InteraxoWorld", "ItemView", "Quirks", "Step"]


def _now() -> datetime:
    return datetime.now(UTC)


class InteraxoWorld(Rooms):
    """
    The content of a whole Interaxo host.

    Args:
        clock: the time of changes; two changes of one item never get the same millisecond, whatever it says.
        seed: of the item ids, so that two worlds built alike have the same ids.
    """

    client_id = "sandbox-client"
    client_secret = "sandbox-client-secret"
    audience = "https://api.interaxo.com/v1/"

    def __init__(self, clock: Callable[[], datetime] = _now, seed: int = 0) -> None:
        super().__init__(clock, seed)
        self.violations: list[tuple[str, str]] = []
        """Method and path of every call that a read-only client must not make."""

    # ---- content

    def add_folder(self, parent: str, name: str, *, author: str = IDENTITY) -> str:
        """Add a simple folder."""
        return self._add("simple-folder", parent, name, author).id

    def add_active_folder(
        self,
        parent: str,
        name: str,
        fields: Sequence[FieldDefinition] = (),
        features: Sequence[str] = (),
        *,
        author: str = IDENTITY,
    ) -> str:
        """Add an active folder; `features` such as "main-document"."""
        folder = self._add("active-folder", parent, name, author)
        self._define(folder, fields, features)
        return folder.id

    def add_workflow_folder(
        self,
        parent: str,
        name: str,
        fields: Sequence[FieldDefinition] = (),
        steps: Sequence[Step] = (),
        features: Sequence[str] = (),
        *,
        author: str = IDENTITY,
    ) -> str:
        """Add an active folder with workflow; at least one step."""
        if not steps:
            raise ValueError(f"the workflow folder {name!r} needs at least one step")
        folder = self._add("workflow-folder", parent, name, author)
        self._define(folder, fields, features)
        folder.steps = [step if step.id else replace(step, id=self._new_id()) for step in steps]
        return folder.id

    def add_entry(
        self,
        folder: str,
        name: str,
        values: Mapping[str, Any] | None = None,
        step: str | None = None,
        *,
        author: str = IDENTITY,
    ) -> str:
        """
        Add an entry to an active or workflow folder.

        Args:
            values: by display name; numeric ones are integer hundredths, lists are lists, members are
                authorities; auto-numbers are given by the world.
            step: name of the step; the first one where it is left out.
        """
        container = self._own(folder)
        entry = self._add("entry", folder, name, author)
        for definition in container.definitions:
            if definition.type == "auto-number":
                container.numbered += 1
                entry.values[definition.id] = f"{container.numbered:06d}"
            elif definition.initial_value == "WHEN_CREATED":
                entry.values[definition.id] = entry.created.date().isoformat()
            elif definition.initial_value not in (None, "BLANK"):
                entry.values[definition.id] = store_value(definition, definition.initial_value)
        set_values(container, entry, values or {})
        if container.steps:
            entry.step_id = step_named(container, step).id if step else container.steps[0].id
        return entry.id

    def add_file(
        self,
        parent: str,
        name: str,
        content: bytes | Path = b"",
        mime_type: str | None = None,
        *,
        author: str = IDENTITY,
    ) -> str:
        """Add a file to a simple folder or an entry; without a MIME type it is told by the name."""
        item = self._add("file", parent, name, author)
        item.versions.append(make_version("1.0", content, mime_type or guess_mime_type(name)))
        return item.id

    def add_internal_link(
        self, parent: str, name: str, *, destination: str, target: str = "_blank", author: str = IDENTITY
    ) -> str:
        """Add a link to another item, by its id; it may point nowhere."""
        item = self._add("internal-link", parent, name, author)
        item.destination, item.target = destination, target
        return item.id

    def add_external_link(
        self, parent: str, name: str, *, url: str, target: str = "_blank", author: str = IDENTITY
    ) -> str:
        """Add a link to a web address."""
        item = self._add("external-link", parent, name, author)
        item.url, item.target = url, target
        return item.id

    def add_comment(self, item_id: str, content: str, *, author: str) -> str:
        """Add a comment (HTML) to a file, an entry or an active folder; returns the comment's id."""
        item = self._own(item_id)
        comment = Comment(self._new_id(), content, author, self._tick())
        item.comments.append(comment)
        if "comment" not in self.quirks.quiet:
            self._touch(item)
        return comment.id

    def move(self, item_id: str, new_parent: str) -> None:
        """Move an item with everything below it, also into another room."""
        item, target = self._own(item_id), self._container(new_parent)
        if item.parent_id is None:
            raise ValueError(f"{item.name!r} is the root of a room and stays where it is")
        ancestor: Item | None = target
        while ancestor is not None:
            if ancestor is item:
                raise ValueError(f"{item.name!r} cannot move into itself")
            ancestor = self._parent(ancestor)
        need_place(target, item.type)
        self._take_out(item)
        target.children.append(item.id)
        item.parent_id = target.id
        target.row = None
        self._touch(item)
        self._touch_parent(item)

    def remove(self, item_id: str) -> None:
        """Remove an item with everything below it."""
        item = self._own(item_id)
        if item.parent_id is None:
            raise ValueError(f"{item.name!r} is the root of a room: use remove_room")
        self._touch_parent(item)
        self._take_out(item)
        self._forget(item)

    def edit_entry(self, entry_id: str, values: Mapping[str, Any]) -> None:
        """Change fields by display name; None takes the value away."""
        entry = self._own(entry_id)
        container = self._parent(entry)
        assert container is not None
        set_values(container, entry, values)
        self._touch(entry)
        self._touch_parent(entry)

    def move_step(self, entry_id: str, step: str) -> None:
        """Move an entry to another step of its workflow, by the step's name."""
        entry = self._own(entry_id)
        container = self._parent(entry)
        assert container is not None
        entry.step_id = step_named(container, step).id
        entry.row = None
        if "step" not in self.quirks.quiet:
            self._touch(entry)
        self._touch_parent(entry)

    def set_main_document(self, entry_id: str, file_id: str | None) -> None:
        """Mark one attachment of an entry as its main document; None unmarks it."""
        entry = self._own(entry_id)
        if file_id is not None and file_id not in entry.children:
            raise ValueError(f"{file_id} is not an attachment of {entry.name!r}")
        entry.main_document = file_id
        if "main-document" not in self.quirks.quiet:
            self._touch(entry)

    def new_version(
        self,
        file_id: str,
        content: bytes | Path,
        *,
        reissue_id: bool = False,
        mime_type: str | None = None,
        name: str | None = None,
    ) -> str:
        """
        Upload a new major version of a file; returns the file's id from now on.

        Args:
            reissue_id: the file gets a new id and the old one is gone, as the live API was seen to do.
            mime_type: when the new version has another format.
        """
        item = self._own(file_id)
        label = f"{int(item.versions[-1].label.split('.')[0]) + 1}.0"
        item.versions.append(make_version(label, content, mime_type or item.versions[-1].mime_type))
        item.name = name or item.name
        if reissue_id:
            parent = self._parent(item)
            assert parent is not None
            old, item.id = item.id, self._new_id()
            parent.children[parent.children.index(old)] = item.id
            del self._items[old]
            self._items[item.id] = item
            if parent.main_document == old:
                parent.main_document = item.id
        self._touch(item)
        self._touch_parent(item)
        return item.id

    # ---- who may see it

    def hide(self, item_id: str, status: int = 404) -> None:
        """
        Take the right to an item away: listings lack it, its calls and those below it answer `status`.

        A hidden root leaves the room in the room list with nothing readable in it: see `hide_room`.
        """
        self._set_hidden(item_id, status)

    def unhide(self, item_id: str) -> None:
        """Give the right back."""
        self._set_hidden(item_id, None)

    def set_authorities(self, item_id: str, authorities: Sequence[Authority] | None) -> None:
        """Give an item its own list of who may see it; None: the call for this very item answers 422."""
        item = self._own(item_id)
        item.authorities_refused = authorities is None
        if authorities is not None:
            item.authorities = list(authorities)

    def hand_over(self, item_id: str, *, owner: Authority | None = None, modified_by: str = "") -> None:
        """Give an item another owner (a user or a group), or another person who edited it last."""
        item = self._own(item_id)
        item.owner = owner or item.owner
        item.last_modified_by = modified_by or item.last_modified_by
        item.row = None

    def set_step_authorities(
        self, folder_id: str, step: str, authorities: Sequence[Authority] | None
    ) -> None:
        """Give a step of a workflow folder, by its name, its own list of who may see its entries; None: the folder's again."""
        folder = self._own(folder_id)
        key = step_named(folder, step).id
        if authorities is None:
            folder.step_authorities.pop(key, None)
        else:
            folder.step_authorities[key] = list(authorities)

    def inherit_authorities(self, item_id: str) -> None:
        """Take an item's own list away: it has its nearest ancestor's again."""
        item = self._own(item_id)
        item.authorities, item.authorities_refused = None, False
