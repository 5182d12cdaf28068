"""Long texts of a room cost little, whoever wrote them: so much is read of each item, and the loop passes in between."""

from __future__ import annotations

import asyncio
import threading
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connector.document.document import Facet
from connector.document.labels import LONGEST, one_line
from connector.engine.loop_yield import LONG_TEXT
from connector.sandbox.faults import Instead
from connector.sandbox.interaxo_items import FieldDefinition
from connector.sources.interaxo import comments, documents, fields, places
from connector.sources.interaxo.fields import MANY, read_fields
from connector.sources.interaxo.members import ids_in, nameless_in
from connector.sources.interaxo.recognition import Recognition
from connector.sources.interaxo.spellings import AT_ONCE, Spellings
from connector.sources.interaxo.views import title_of
from connector.sources.interaxo.wire import Authority, Field, Item
from connector.target import wire
from connector.text.html import MAX_RICH_CHARS
from tests.estates import EVERYONE, Small, furnish_small
from tests.neighbourhood import Neighbourhood, neighbourhood
from tests.rules.ground import break_once, children_of
from tests.sources.interaxo_bridge import below, make_mapping, place_in, top_of

LONG = 40_000
MANY_OF_THEM = 30


class Counted:
    """Stands where rich text is read; counts the characters, and those between two passes of the loop."""

    def __init__(self) -> None:
        self.read = 0
        self._passes: list[int] = []

    def __call__(self, markup: str) -> str:
        self.read += len(markup)
        return markup[:100]

    async def look(self) -> None:
        while True:
            self._passes.append(self.read)
            await asyncio.sleep(0)

    @property
    def longest(self) -> int:
        """The most characters that were read while nobody else had a turn."""
        return max(after - before for before, after in pairwise(self._passes))


@asynccontextmanager
async def world(folder: Path, **settings: Any) -> AsyncIterator[tuple[Neighbourhood, Small]]:
    small: list[Small] = []
    async with neighbourhood(folder, lambda rooms: small.append(furnish_small(rooms))) as near:
        near.values |= {f"sources.interaxo.{key}": value for key, value in settings.items()}
        yield near, small[0]


async def read_by(near: Neighbourhood, monkeypatch: pytest.MonkeyPatch, place: Any) -> Counted:
    """What a run reads of rich text there."""
    counted = Counted()
    monkeypatch.setattr(place, "html_to_text", counted)
    looking = asyncio.create_task(counted.look())
    await near.run("full")
    looking.cancel()
    return counted


async def test_a_page_of_long_comments_lets_the_loop_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, comments=True) as (near, small):
        for number in range(MANY_OF_THEM):
            near.rooms.add_comment(small.plan, f"{number} ".ljust(LONG, "<"), author="kari@example.com")
        counted = await read_by(near, monkeypatch, comments)
        assert MAX_RICH_CHARS * 0.9 < counted.read <= MAX_RICH_CHARS
        assert counted.longest <= LONG_TEXT + LONG
        assert near.document(small.plan)["FileContents"].count(" <<<") == MAX_RICH_CHARS // LONG


async def test_one_very_long_comment_is_read_as_far_as_the_others_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, comments=True) as (near, small):
        near.rooms.add_comment(small.plan, "the wallaby", author="kari@example.com")
        near.rooms.add_comment(small.plan, "<" * 3 * MAX_RICH_CHARS, author="kari@example.com")
        near.rooms.add_comment(small.plan, "the bettong", author="kari@example.com")
        assert (await read_by(near, monkeypatch, comments)).read == MAX_RICH_CHARS


@pytest.mark.parametrize("exclude", ["", "{{ 'bettong' in item.fields.Question }}"])
async def test_a_page_of_long_entries_lets_the_loop_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exclude: str
) -> None:
    settings = {"mapping.entry.exclude": exclude} if exclude else {}
    async with world(tmp_path, **settings) as (near, small):
        asked = [FieldDefinition("Question", "rich-text")]
        folder = near.rooms.add_active_folder(small.bridge, "Questions", asked)
        for number in range(MANY_OF_THEM):
            near.rooms.add_entry(folder, f"Q{number}", {"Question": "<" * LONG})
        counted = await read_by(near, monkeypatch, fields)
        assert counted.read >= MANY_OF_THEM * LONG
        assert counted.longest <= LONG_TEXT + 2 * LONG


async def test_a_page_of_folders_with_long_instructions_lets_the_loop_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path) as (near, small):
        folder = near.rooms.add_folder(small.bridge, "Instructions")
        told = [
            {
                "type": "simple-folder",
                "id": f"f{number}",
                "parent_id": folder,
                "instruction": "<" * LONG,
                "child_count": 0,
            }
            for number in range(MANY_OF_THEM)
        ]
        near.rooms.add_file(folder, "beside.txt")
        break_once(near, children_of(folder), Instead(msgspec.json.encode(told)))
        counted = await read_by(near, monkeypatch, documents)
        assert counted.read >= MANY_OF_THEM * LONG
        assert counted.longest <= LONG_TEXT + 2 * LONG


async def test_a_very_long_text_is_read_while_everything_else_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: set[int] = set()

    def html_to_text(markup: str) -> str:
        if len(markup) >= LONG_TEXT:
            threads.add(threading.get_ident())
        return markup[:100]

    for place in (comments, documents, fields):
        monkeypatch.setattr(place, "html_to_text", html_to_text)
    exclude = "{{ 'bettong' in item.fields.Question }}"
    async with world(tmp_path, comments=True, **{"mapping.entry.exclude": exclude}) as (near, small):
        near.rooms.add_comment(small.plan, "<" * LONG_TEXT, author="kari@example.com")
        folder = near.rooms.add_active_folder(
            small.bridge, "Questions", [FieldDefinition("Question", "rich-text")]
        )
        near.rooms.add_entry(folder, "Q", {"Question": "<" * LONG_TEXT})
        near.rooms.add_room("example-corp", "r", "R", description="<" * LONG_TEXT, authorities=EVERYONE)
        await near.run("full")
    assert threads
    assert threading.get_ident() not in threads


@pytest.mark.parametrize(
    "match", ["GET *content/*/comments/mentionable-authorities", "GET *people/kari@example.com/groups"]
)
async def test_a_long_list_of_readers_or_groups_lets_the_loop_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, match: str
) -> None:
    counted, is_of = Counted(), Spellings.is_of

    def count(self: Spellings, identity: str, native: str) -> bool:
        counted.read += 1
        return is_of(self, identity, native)

    monkeypatch.setattr(Spellings, "is_of", count)
    many = [{"id": f"g{number}", "type": "group"} for number in range(5 * AT_ONCE)]
    async with world(tmp_path) as (near, _):
        break_once(near, match, Instead(msgspec.json.encode(many)))
        looking = asyncio.create_task(counted.look())
        await near.run("full")
        looking.cancel()
    assert counted.read >= len(many)
    assert counted.longest <= 2 * AT_ONCE


def test_so_many_people_in_an_entry_are_asked_for() -> None:
    people = [{"id": f"p{number}", "type": "user"} for number in range(MANY)]
    entry = Item(id="e", type="entry", fields=[Field(id=one, type="member", value=people) for one in "ab"])
    assert len([*nameless_in([entry, entry])]) == 2 * MANY
    assert len(ids_in(entry.fields or [])) == MANY
    asked: list[Authority] = []
    place = place_in(top_of(make_mapping()))
    assert Recognition(place, b"", asked.append).of([entry]) == b""
    assert len(asked) == 1


def test_all_fields_of_an_entry_together_are_read_so_far() -> None:
    of = [
        Field(name="Long", type="rich-text", value="<" * (MAX_RICH_CHARS - 1_000)),
        Field(name="Plain", value="x" * MAX_RICH_CHARS),
        Field(name="Beyond", type="rich-text", value="<p>beyond</p>"),
        Field(name="Amount", type="numeric", value=123),
    ]
    _, values, lines, _ = read_fields(of)
    assert len(values["Plain"]) == 1_000
    assert "Beyond" not in values
    assert "Amount: 1.23" in lines


def test_so_many_values_of_a_list_are_looked_at() -> None:
    facets, _, _, _ = read_fields([Field(name="Choice", type="list", value=["x"] * (3 * MANY))])
    assert len(facets) == MANY


@pytest.mark.parametrize(
    "link",
    [
        Item(id="l", type="external-link", url="https://example.com/" + "x" * LONG),
        Item(id="l", type="internal-link", destination="x" * LONG),
    ],
)
def test_a_link_that_is_too_long_for_anybody_opens_its_own_page(link: Item) -> None:
    mapping = make_mapping()
    place = place_in(top_of(mapping))
    document = mapping.documents.of_item(below(mapping, link).origin)
    assert document.url == mapping.link(place.room, "l")


def test_a_title_is_read_of_the_beginning_of_its_field(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    def html_to_text(markup: str) -> str:
        read.append(len(markup))
        return "Which bolts?"

    monkeypatch.setattr(fields, "html_to_text", html_to_text)
    mapping = make_mapping()
    place = place_in(top_of(mapping))
    place = mapping.with_definitions(
        place, Item(id="a", type="active-folder", fields=[Field(id="q", entry_title=True)])
    )
    entry = Item(id="e", type="entry", fields=[Field(id="q", type="rich-text", value="<p>" * LONG)])
    assert title_of(entry, place) == "Which bolts?"
    assert read == [LONGEST]


def test_a_name_is_looked_at_so_far() -> None:
    assert one_line("\t\u200bx" * LONG) == " ".join("x" * ((LONGEST + 1) // 3))
    assert one_line("x" * LONGEST) == "x" * LONGEST


@pytest.mark.parametrize("of", [lambda: "x", lambda: "\u200b"])
def test_long_values_of_facets_are_kept_by_nobody(of: Callable[[], str]) -> None:
    before = wire._kept_facet.cache_info().currsize
    for number in range(10):
        written = wire._facet(Facet("Remark", f"{number} " + of() * LONG))
        assert written is not None
        assert len(written.TextValue or "") <= wire.FACET_LIMIT
    assert wire._kept_facet.cache_info().currsize == before


@pytest.mark.parametrize("count", [1, None])
def test_what_waits_to_be_listed_does_not_wait_with_all_that_is_written_in_it(count: int | None) -> None:
    mapping = make_mapping()
    tracemalloc.start()
    try:
        waiting = []
        for number in range(MANY_OF_THEM):
            written = [Field(id="q", name="Question", type="rich-text", value=f"{number} " * LONG)]
            entry = Item(
                id=f"e{number}", type="entry", name="Which bolts?", child_count=count, fields=written
            )
            waiting.append(below(mapping, entry).container)
        del written, entry
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert kept < MANY_OF_THEM * LONG / 10
    assert {places.place_in(one).crumbs[-1].label for one in waiting if one is not None} == {"Which bolts?"}


def test_an_item_of_the_usual_length_is_not_cut() -> None:
    listed = below(make_mapping(), Item(id="e", type="entry", name="A" * 200))
    assert listed.name == "A" * 200
