"""Interaxo's JSON: how items, rooms and people of a world are written, quirks included."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connector.sandbox.interaxo import InteraxoWorld
from connector.sandbox.interaxo_items import CHILDREN, FOLDERS, Authority, FieldDefinition, Item, Room


class Writer:
    """Writes the objects of one world as it is now."""

    def __init__(self, world: InteraxoWorld) -> None:
        self.world = world

    def look(self) -> tuple[object, ...]:
        """Everything besides an item itself and its path that decides how its row in a listing reads."""
        quirks = self.world.quirks
        return (
            self.world.people_revision,
            quirks.child_count,
            quirks.list_definitions,
            quirks.entries_list_fields,
            quirks.colon_value,
            quirks.rich_text_underscore,
            quirks.person_form,
        )

    def write_item(self, item: Item, room: Room, path: str, *, listed: bool) -> dict[str, Any]:
        """One item as Interaxo shows it; `listed` leaves out what listings do not carry."""
        quirks = self.world.quirks
        community = room.community
        shown: dict[str, Any] = {
            "type": item.type,
            "id": item.id,
            "parent_id": item.parent_id,
            "name": item.name,
            "path": path,
            "created": write_time(item.created),
            "last_modified": write_time(item.last_modified),
            "created_by": self._person(community, item.created_by),
            "last_modified_by": self._person(community, item.last_modified_by),
            "owner": self._owner(community, item.owner or ("user", item.created_by)),
        }
        if quirks.lock_info and item.serial % quirks.lock_info == 0:
            owner = self._person(community, item.created_by)
            shown["lock_info"] = {"owner": owner, "timestamp": write_time(self.world.clock())}
        if item.type in CHILDREN and quirks.child_count != "absent":
            off = {"true": 0, "low": -1, "high": 1}[quirks.child_count]
            shown["child_count"] = max(0, self.world.child_count(item) + off)
        if item.type in FOLDERS[1:] and (quirks.list_definitions or not listed):
            shown["fields"] = [self._definition(community, one) for one in item.definitions]
            shown["features"] = item.features
            if item.type == "workflow-folder":
                shown["steps"] = _steps(item)
        elif item.type == "entry":
            self._add_entry(shown, item, community, with_fields=quirks.entries_list_fields or not listed)
        elif item.type == "file":
            newest = item.versions[-1]
            shown |= {"version": newest.label, "mime_type": newest.mime_type, "file_size": newest.size}
        elif item.type == "internal-link":
            shown |= {"target": item.target, "destination": item.destination}
        elif item.type == "external-link":
            shown |= {"target": item.target, "url": item.url}
        return shown

    def _add_entry(self, shown: dict[str, Any], entry: Item, community: str, *, with_fields: bool) -> None:
        assert entry.parent_id is not None
        container = self.world.find(entry.parent_id)
        assert container is not None
        step = next((step for step in container.steps if step.id == entry.step_id), None)
        if step is not None:
            shown["step"] = {"id": step.id, "name": step.name}
        if not with_fields:
            return
        every = self.world.quirks.colon_value
        key = "value:" if every and entry.serial % every == 0 else "value"
        shown["fields"] = [
            {
                "id": definition.id,
                "type": definition.type,
                "name": definition.name,
                key: self._value(community, definition, entry.values[definition.id]),
            }
            for definition in container.definitions
            if definition.id in entry.values
        ]

    def _value(self, community: str, definition: FieldDefinition, value: Any) -> Any:
        if definition.type != "member":
            return value
        members = [self.write_authority(community, member) for member in value]
        for member in members:
            if member["type"] == "user":
                del member["name"]  # users carry no name in the vendor's sample of a member field
        return members

    def _definition(self, community: str, definition: FieldDefinition) -> dict[str, Any]:
        """A field definition. Source: Interaxo API, Field Definitions: keys that say nothing are absent."""
        kind = definition.type
        if kind == "rich-text" and self.world.quirks.rich_text_underscore:
            kind = "rich_text"
        shown: dict[str, Any] = {"id": definition.id, "name": definition.name, "type": kind}
        for key in ("description", "initial_value"):
            if getattr(definition, key):
                shown[key] = getattr(definition, key)
        for key in ("mandatory", "read_only", "entry_title", "unique", "revision_field", "multiple"):
            if getattr(definition, key):
                shown[key] = True
        if definition.options:
            shown["options"] = list(definition.options)
        if definition.limited_to:
            shown["limited_to"] = [self.write_authority(community, one) for one in definition.limited_to]
        return shown

    def _person(self, community: str, person_id: str) -> dict[str, str]:
        form = self.world.quirks.person_form
        if form == "id":
            return {"id": person_id}
        if form == "typed":
            return {"type": "user", "id": person_id}
        shown = self.write_authority(community, ("user", person_id))
        return {"id": shown["id"], "name": shown["name"], "type": "user"}

    def _owner(self, community: str, owner: Authority) -> dict[str, str]:
        """A user, or a group, which nothing but the named form tells apart."""
        if owner[0] == "user":
            return self._person(community, owner[1])
        return (
            self.write_authority(community, owner)
            if self.world.quirks.person_form != "id"
            else {"id": owner[1]}
        )

    def write_authority(self, community: str, authority: tuple[str, str]) -> dict[str, str]:
        kind, key = authority
        if kind == "group":
            name = self.world.groups.get((community, key), key)
        else:
            person = self.world.people.get((community, key))
            name = person.name if person else key
        return {"type": kind, "id": key, "name": name}


def write_room(room: Room) -> dict[str, Any]:
    return {
        "id": room.id,
        "name": room.name,
        "description": room.description,
        "content": {"root_id": room.root_id},
        "workspace": {"id": room.workspace[0], "name": room.workspace[1]},
        "metadata": {key: {"label": label, "value": value} for key, (label, value) in room.metadata.items()},
    }


def _steps(folder: Item) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    ordinal = 0
    for step in folder.steps:
        shown: dict[str, Any] = {"id": step.id, "name": step.name, "final_step": step.final_step}
        if step.publish or step.historical:
            shown |= {"publish": step.publish, "historical": step.historical}
        else:
            shown["ordinal"] = ordinal
            ordinal += 1
        steps.append(shown)
    return steps


def write_time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def drop_tags(html: str) -> str:
    """The plain reading of a comment: tags dropped."""
    kept, depth = [], 0
    for letter in html:
        if letter == "<":
            depth += 1
        elif letter == ">" and depth:
            depth -= 1
        elif not depth:
            kept.append(letter)
    return "".join(kept)
