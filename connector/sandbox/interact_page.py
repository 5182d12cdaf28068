"""The pages of the simulated intranet: results with crumbs and facets to click, and why somebody finds a document or not."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

import jinja2
from markupsafe import Markup

from connector.sandbox.interact import InteractWorld
from connector.sandbox.interact_guide import SHOWN, Guide
from connector.sandbox.interact_search import Hit, fold, folded_terms

ON_A_PAGE = 50
FACETS = 8
"""Facets that are open, and values that are shown of one."""
MOST_OFFERED = 500
"""People whose names the box offers; any other may be typed."""
FACET = "f."
"""How a facet is written in a query: `f.Room=The Bridge`."""
TYPE = "Type"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page was asked for, and the links to others like it."""

    words: str = ""
    person: str = ""
    """As typed: an address, a user name or a name."""
    doc_type: str = ""
    facets: tuple[tuple[str, str], ...] = ()
    page: int = 1

    def chosen(self, *, words: bool = False) -> Iterator[tuple[str, str]]:
        """What the form carries along besides what can be typed into it."""
        if words and self.words:
            yield "q", self.words
        if self.doc_type:
            yield "type", self.doc_type
        for name, value in self.facets:
            yield f"{FACET}{name}", value

    def all_facets(self) -> list[tuple[str, str]]:
        """What was chosen, the type of document first."""
        return [*([(TYPE, self.doc_type)] if self.doc_type else []), *self.facets]

    def link(self, *, person: str | None = None, page: int = 1) -> str:
        """The results of the same search."""
        return f"/search?{self._query(person=person, page=page)}"

    def why(self, document: str, *, person: str | None = None) -> str:
        """The page of one document."""
        return f"/why?{self._query(person=person)}&{urlencode({'id': document})}"

    def with_(self, name: str, value: str) -> str:
        """The same search with one facet more."""
        if name == TYPE:
            return replace(self, doc_type=value, page=1).link()
        return replace(self, facets=(*dict.fromkeys((*self.facets, (name, value))),), page=1).link()

    def without(self, name: str, value: str) -> str:
        """The same search with one facet less."""
        if name == TYPE:
            return replace(self, doc_type="", page=1).link()
        return replace(self, facets=tuple(one for one in self.facets if one != (name, value)), page=1).link()

    def _query(self, *, person: str | None = None, page: int = 1) -> str:
        asked = [("q", self.words), ("as", self.person if person is None else person), *self.chosen()]
        if page > 1:
            asked.append(("page", str(page)))
        return urlencode([(key, value) for key, value in asked if value])


class Pages:
    """The pages of one intranet. Everything that comes from documents or people is escaped."""

    def __init__(self, world: InteractWorld, guide: Guide, heading: str) -> None:
        self._world = world
        self._guide = guide
        self._heading = heading

    def search(self, asked: Asked) -> str:
        """The page of results."""
        person, several = self._person(asked.person)
        unknown = bool(asked.person) and person is None and not several
        hits: Sequence[Hit] = ()
        lacking: Sequence[Hit] = ()
        if not several and not unknown:
            everything = self._world.search(asked.words, None, asked.doc_type or None, asked.facets)
            hits = everything
            if person is not None:
                found = self._world.visible_to(person)
                hits = [one for one in everything if one.id in found]
                lacking = [one for one in everything if one.id not in found]
        last = max(1, -(-len(hits) // ON_A_PAGE))
        start = (min(asked.page, last) - 1) * ON_A_PAGE
        return self._render(
            "search.html",
            asked=replace(asked, page=min(asked.page, last)),
            called=self._called(person) if person else "",
            several=several,
            unknown=unknown,
            hits=hits[start : start + ON_A_PAGE],
            total=len(hits),
            last=last,
            lacking=lacking[:FACETS],
            lacking_total=len(lacking),
            facets=[*self._world.facets(hits).items()] if hits else [],
            shown=FACETS,
            most=FACETS,
            marked=lambda text: mark_words(text, asked.words),
        )

    def why(self, document: str, asked: Asked) -> str | None:
        """Why a document is where it is, who finds it, and why somebody does not; None when there is no such document."""
        hit = self._world.document_as_hit(document)
        if hit is None:
            return None
        person, several = self._person(asked.person)
        typed = asked.person if not several else ""
        holders = self._world.holders(document)
        shown = hit.document.get("ExternalIdentities") or []
        return self._render(
            "why.html",
            asked=asked,
            hit=hit,
            several=several,
            called=self._called(person) if person else typed,
            why=self._guide.why(document, person or typed) if typed else None,
            identities=[(one, self._carriers(one)) for one in shown],
            holders=[(one.email or one.username, self._called(one.email or one.username)) for one in holders],
            named=self._guide.called,
            shown=SHOWN,
        )

    def _carriers(self, identity: str) -> int:
        return sum(identity in row.identities for row in self._world.users.values()) + sum(
            identity in one.identities for one in self._world.people
        )

    def _called(self, person: str) -> str:
        return self._guide.person_called(person) or person

    def _person(self, typed: str) -> tuple[str | None, list[tuple[str, str]]]:
        """Whom somebody means: one person's address, or those who may be meant."""
        if not typed:
            return None, []
        keys = self._guide.people_meant(typed)
        if len(keys) == 1:
            return keys[0], []
        return None, [(key, self._called(key)) for key in keys[:SHOWN]]

    def _render(self, template: str, **values: object) -> str:
        people = [one.email or one.username for one in self._world.people[:MOST_OFFERED]]
        named = sorted(((one, self._called(one)) for one in people), key=lambda one: one[1].casefold())
        return (
            _templates()
            .get_template(template)
            .render(**values, people=named, heading=self._heading, safe=_is_web_address)
        )


def mark_words(text: str, words: str) -> Markup:
    """The text with every word of the query marked, blind to case and accents."""
    text = unicodedata.normalize("NFC", text)
    folded = fold(text)
    spans: list[tuple[int, int]] = []
    for term in folded_terms(words):
        start = folded.find(term)
        while start >= 0:
            spans.append((start, start + len(term)))
            start = folded.find(term, start + len(term))
    marked, place = Markup(""), 0
    for start, end in sorted(spans):
        if start >= place:
            marked += Markup("{}<mark>{}</mark>").format(text[place:start], text[start:end])
            place = end
    return marked + text[place:]


def _is_web_address(url: str) -> bool:
    """Whether a link may be followed: a document's address could carry a script."""
    return url.startswith(("https://", "http://"))


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
    )
