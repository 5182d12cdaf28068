"""
The rooms that are measured: deterministic trees of content as a project has them. PURE.

A room has 5,000 items: simple folders of files up to five deep, one folder longer than a page, active and
workflow folders whose entries carry seven fields, attachments on three entries in ten, a few links. That is
about 0.13 requests for each item, the same share that was measured on trees like it (docs/performance.md).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

ROOM_ITEMS = 5_000
COMMUNITY = "example-corp"
PEOPLE = 40
MEMBERS = 10
GROUPS = 5
"""Members by name and by group: a document carries an identity for each."""
LONG_FOLDER = 620
"""Files in the one folder of each room that takes two pages."""
DEEPEST = 5
REGISTERS = ("active-folder", "workflow-folder")
TEXT_BYTES = 2_000
"""Of each file, in an estate with files' text."""
EDITED_EVERY = 100
"""In the edited tree every so many items were modified later."""

Json = dict[str, Any]
LEXICON = """
    anchor beam bearing bolt bridge cable concrete culvert deck drainage drawing embankment excavation
    foundation grouting inspection joint lining mast membrane pier pile portal rebar report revision shaft
    slope steel survey tender tunnel valve ventilation wall weld
"""
WORDS = LEXICON.split()
DISCIPLINES = ("Structural", "Geotechnics", "Electrical", "Water and drainage", "Road")
PROSE = " ".join(random.Random(0).choices(WORDS, k=4_000))
STEPS = ("Registered", "In progress", "For approval", "Closed")


class Tree:
    """One room: its items by id, and the ids of the children of each container in the order they are listed."""

    def __init__(self, number: int, size: int, *, texts: bool = False) -> None:
        """
        Grow a room.

        Args:
            size: items, the root included.
            texts: each file is a small text.
        """
        self._texts = texts
        self.slug = f"room-{number}"
        self.name = f"Project {number}"
        self.items: dict[str, Json] = {}
        self.children: dict[str, list[str]] = {}
        self._size = size
        self._random = random.Random(number)
        self.root = self._add(None, "simple-folder", self.name)
        self._grow()
        for key, below in self.children.items():
            self.items[key]["child_count"] = len(below)

    def rows(self, container: str, *, edited: bool) -> Iterator[Json]:
        """List what stands in a container, as a listing shows it."""
        for key in self.children[container]:
            yield self.shown(key, edited=edited, listed=True)

    def shown(self, key: str, *, edited: bool, listed: bool) -> Json:
        """One item as a listing, or as its own answer shows it: definitions of fields stand in the latter only."""
        item = self.items[key]
        if edited and int(key[:8], 16) % EDITED_EVERY == 0:
            item = {**item, "last_modified": "2026-11-01T08:00:00.000Z"}
            if self._texts and item["type"] == "file":
                item["version"] = "10.0"
        if listed and item["type"] in REGISTERS:
            item = {
                name: value for name, value in item.items() if name not in {"fields", "features", "steps"}
            }
        return item

    def registers(self) -> list[str]:
        """Folders whose fields their own answer tells, and no listing."""
        return [key for key in self.children if self.items[key]["type"] in REGISTERS]

    def _grow(self) -> None:
        folders = [(self.root, 1)]
        long_at = self._random.randrange(4, 9)
        grown = 0
        while self._room():
            parent, depth = self._random.choice(folders)
            grown += 1
            if grown == long_at:
                self._files(self._add(parent, "simple-folder", "Photos"), LONG_FOLDER)
            elif self._random.random() < 0.6:
                folder = self._add(parent, "simple-folder", self._phrase(3))
                if depth < DEEPEST:
                    folders.append((folder, depth + 1))
                self._files(folder, self._random.randrange(10, 60))
                if self._room() and self._random.random() < 0.2:
                    self._add(
                        folder, "external-link", self._phrase(2), url="https://standards.example.com/n400"
                    )
            else:
                self._register(parent)

    def _register(self, parent: str) -> None:
        """An active or workflow folder with its entries."""
        kind = self._random.choice(REGISTERS)
        definitions: list[Json] = [
            {"id": "f1", "name": "Title", "type": "string", "entry_title": True, "mandatory": True},
            {"id": "f2", "name": "Length", "type": "numeric"},
            {"id": "f3", "name": "Due", "type": "date"},
            {"id": "f4", "name": "Discipline", "type": "list", "options": list(DISCIPLINES)},
            {"id": "f5", "name": "Description", "type": "rich-text"},
            {"id": "f6", "name": "Responsible", "type": "member"},
            {"id": "f7", "name": "Number", "type": "auto-number"},
        ]
        steps = [{"id": f"s{at}", "name": name, "ordinal": at} for at, name in enumerate(STEPS)]
        more: Json = {"fields": definitions, "features": []}
        if kind == "workflow-folder":
            more["steps"] = steps
        folder = self._add(parent, kind, self._phrase(2), **more)
        for number in range(1, self._random.randrange(40, 120)):
            if not self._room():
                return
            title = self._phrase(6)
            more = {"fields": self._values(definitions, title, number)}
            if kind == "workflow-folder":
                step = self._random.choice(steps)
                more["step"] = {"id": step["id"], "name": step["name"]}
            entry = self._add(folder, "entry", title, **more)
            if self._random.random() < 0.3:
                self._files(entry, self._random.randrange(1, 5))

    def _values(self, definitions: list[Json], title: str, number: int) -> list[Json]:
        values: tuple[Any, ...] = (
            title,
            self._random.randrange(100, 9_000_000),
            f"2026-{self._random.randrange(1, 13):02d}-{self._random.randrange(1, 29):02d}",
            [self._random.choice(DISCIPLINES)],
            f"<p>{self._phrase(12)}</p><ul><li>{self._phrase(5)}</li><li>{self._phrase(5)}</li></ul>",
            [{"type": "user", "id": person(self._random.randrange(PEOPLE))}],
            f"{number:04d}",
        )
        return [
            {"id": one["id"], "type": one["type"], "name": one["name"], "value": value}
            for one, value in zip(definitions, values, strict=True)
        ]

    def _files(self, parent: str, count: int) -> None:
        for _ in range(count):
            if not self._room():
                return
            name, extension = self._phrase(4), self._random.choice(("pdf", "docx", "xlsx", "jpg", "dwg"))
            version, size = self._random.randrange(1, 9), self._random.randrange(10_000, 9_000_000)
            self._add(
                parent,
                "file",
                f"{name}.{'txt' if self._texts else extension}",
                version=f"{version}.0",
                mime_type="text/plain" if self._texts else "application/octet-stream",
                file_size=TEXT_BYTES if self._texts else size,
            )

    def _add(self, parent: str | None, kind: str, name: str, **more: Any) -> str:
        key = f"{self._random.getrandbits(128):032x}"
        author = {"id": person(self._random.randrange(PEOPLE))}
        self.items[key] = {
            "type": kind,
            "id": key,
            "parent_id": parent,
            "name": name,
            "path": f"/{self.name}/{name}",
            "created": f"2025-{self._random.randrange(1, 13):02d}-02T08:15:00.000Z",
            "last_modified": f"2026-{self._random.randrange(1, 11):02d}-03T14:40:12.345Z",
            "created_by": author,
            "last_modified_by": author,
            "owner": author,
            **more,
        }
        if parent is not None:
            self.children[parent].append(key)
        if kind.endswith("folder") or kind == "entry":
            self.children[key] = []
        return key

    def _room(self) -> bool:
        return len(self.items) < self._size

    def _phrase(self, words: int) -> str:
        return " ".join(self._random.choices(WORDS, k=words)).capitalize()


def grow(items: int, *, texts: bool = False) -> Iterator[Tree]:
    """Grow rooms, one after the other, until they hold so many items together."""
    for number, start in enumerate(range(0, items, ROOM_ITEMS)):
        yield Tree(number, min(ROOM_ITEMS, items - start), texts=texts)


def text_of(key: str) -> bytes:
    """The bytes of one file: words, other ones for each."""
    begin = int(key[:8], 16) % len(PROSE)
    return f"{key} {(PROSE + PROSE)[begin : begin + TEXT_BYTES]}"[:TEXT_BYTES].encode()


def person(number: int) -> str:
    """Id of a person: listings give no more of people."""
    return f"person{number}@example.com"


def groups_of(number: int) -> list[Json]:
    """The groups that a person belongs to."""
    return [{"type": "group", "id": f"group-{number % GROUPS}", "name": f"Group {number % GROUPS}"}]


def authorities() -> list[Json]:
    """Who may be mentioned in a room: people and groups."""
    return [{"type": "user", "id": person(n), "name": f"Person {n}"} for n in range(MEMBERS)] + [
        {"type": "group", "id": f"group-{n}", "name": f"Group {n}"} for n in range(GROUPS)
    ]
