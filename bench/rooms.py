"""Interaxo's half of the simulated neighbours: every page is rendered before it is asked for, and nothing else is kept."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple
from urllib.parse import parse_qsl

from bench import tree
from bench.answers import EMPTY_PAGE, HEAD, answer
from bench.cases import Estate

PAGE = 500
LISTING = f"/v1/{tree.COMMUNITY}/rooms"


class Rendered(NamedTuple):
    """One state of the rooms, as answers."""

    pages: dict[str, list[bytes]]
    """By path."""
    details: dict[str, bytes]
    """By id: what is asked for by itself, a room's root and folders whose fields a listing lacks."""


class Rooms:
    """Communities, rooms, people and files."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._people = {
            f"/v1/{tree.COMMUNITY}/people/{tree.person(n)}": answer(
                {"id": tree.person(n), "name": f"Person {n}", "email": tree.person(n)}
            )
            for n in range(tree.PEOPLE)
        }
        self._people[f"/v1/{tree.COMMUNITY}/people/-me-"] = answer({"id": "connector@example.com"})
        self._authorities = answer(tree.authorities())
        self.prepare = cache(self._render)
        """Renders one state, at its first call: `edited` or not."""

    def get(self, path: str, query: str, *, edited: bool) -> bytes | None:
        """Answer one call; None where there is no such thing."""
        rendered = self.prepare(edited)
        pages = rendered.pages.get(path)
        if pages is not None:
            return _page(pages, query)
        if path in self._people:
            return self._people[path]
        if path.endswith("/comments/mentionable-authorities"):
            return self._authorities
        if path.endswith("/content") and "/files/" in path and self._estate.texts:
            text = tree.text_of(path.split("/")[-2])
            return HEAD + str(len(text)).encode() + b"\r\n\r\n" + text
        return rendered.details.get(path.rpartition("/")[2])

    def _render(self, edited: bool) -> Rendered:
        """Each room is grown, rendered and let go: half a million items take no more than their bytes."""
        pages = {"/v1/communities": [answer([{"id": tree.COMMUNITY, "name": "Example Corp"}])]}
        for n in range(tree.PEOPLE):
            pages[f"/v1/{tree.COMMUNITY}/people/{tree.person(n)}/groups"] = [answer(tree.groups_of(n))]
        rooms, details = [], {}
        for one in tree.grow(self._estate.items, texts=self._estate.texts):
            rooms.append(
                {
                    "id": one.slug,
                    "name": one.name,
                    "description": f"<p>All about {one.name}.</p>",
                    "content": {"root_id": one.root},
                    "workspace": {"id": "north", "name": "North"},
                    "metadata": {"phase": {"label": "Phase", "value": "Construction"}},
                }
            )
            for container in one.children:
                rows = list(one.rows(container, edited=edited))
                pages[f"{LISTING}/{one.slug}/content/{container}/children"] = [
                    answer(rows[at : at + PAGE]) for at in range(0, len(rows), PAGE)
                ] or [EMPTY_PAGE]
            for key in [one.root, *one.registers()]:
                details[key] = answer(one.shown(key, edited=edited, listed=False))
        pages[LISTING] = [answer(rooms)]
        return Rendered(pages, details)


def _page(pages: list[bytes], query: str) -> bytes | None:
    asked = dict(parse_qsl(query))
    skip = int(asked.get("skip", 0))
    if asked.get("limit") != str(PAGE) or (skip % PAGE and skip // PAGE < len(pages) - 1):
        return None  # only whole pages are rendered
    if not skip:
        return pages[0]
    return pages[skip // PAGE] if skip % PAGE == 0 and skip // PAGE < len(pages) else EMPTY_PAGE
