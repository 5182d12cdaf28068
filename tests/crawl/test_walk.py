"""A walk: which listings count as complete, what is missing afterwards, and who waits for whom."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import pytest

from connector.access.accepted import Accepted
from connector.access.audience_updates import AudienceUpdates
from connector.access.breadcrumbs import ContainerNames
from connector.access.comparing import Sight
from connector.crawl.facet_types import FacetTypes
from connector.crawl.frontier import ROWS_AT_WORK
from connector.crawl.items import Making, Marks
from connector.crawl.walk import Walk
from connector.document.audience import Audience
from connector.document.document import Container, Document, Listed, Scope
from connector.errors import (
    ListingIncomplete,
    RecordGone,
    RecordHidden,
    SourceRefused,
    SourceUnavailable,
)
from connector.plan.brake import Limits
from connector.plan.context import Books, Run
from connector.plan.findings import Effect
from connector.plan.item import Mode
from connector.plan.options import Watch
from connector.plan.report import Problem
from connector.ports.source import Page
from connector.ports.target import Stamp
from connector.target.format import InteractFormat
from tests.builders import AUDIENCE, audience_of, make_document, make_listed
from tests.desk import RULES, SOURCE, Desk, Post

BROKEN = [ListingIncomplete("cut off"), RecordHidden("403"), SourceUnavailable("503"), SourceRefused("no")]
DELTA, FULL = Mode.DELTA, Mode.FULL


class Told:
    """A source with scripted listings and documents, by document id."""

    name, left_out_rules, mapping_hash = SOURCE, RULES, b"mapping"

    def __init__(self, *, concurrency: int = 1, side_by_side: bool = False) -> None:
        self.concurrency, self.side_by_side = concurrency, side_by_side
        self.tops: dict[str, Listed | Container | Exception] = {}
        self.pages: dict[str, list[Page | Exception]] = {}
        self.documents: dict[str, Document | Exception] = {}
        self.asked: list[tuple[str, bytes | None]] = []
        self.opened: list[tuple[str, Audience | None, bool]] = []
        self.read: list[str] = []

    async def top(self, scope: Scope, audience: Audience | None, *, public: bool) -> Listed | Container:
        self.opened.append((scope.key, audience, public))
        top = self.tops[scope.key]
        if isinstance(top, Exception):
            raise top
        return top

    async def children(self, container: Container, *, proven: bytes | None) -> AsyncIterator[Page]:
        self.asked.append((container.id, proven))
        for page in self.pages.get(container.id, [Page(rows=[], proof=b"end")]):
            if isinstance(page, Exception):
                raise page
            yield page

    def link(self, scope: Scope, listed: Listed) -> str:
        return f"https://ix.example.com/{scope.key}/{listed.native}"

    async def document(self, listed: Listed) -> Document:
        self.read.append(listed.id)
        made = self.documents.get(listed.id)
        if isinstance(made, Exception):
            raise made
        return made or make_document(id=listed.id, title=listed.name, path=f"/ix-r1/{listed.id}/")


def scope(key: str = "r1") -> Scope:
    return Scope(key=key, name=key)


def box(name: str, key: str = "r1", expected: int | None = None) -> Container:
    return Container(id=name, native=name[3:], scope=scope(key), path=f"/{name}/", expected=expected)


def row(name: str, /, **changes: Any) -> Listed:
    return make_listed(**{"id": name, "native": name[3:], "name": name, **changes})


def folder(name: str, expected: int | None = None, **changes: Any) -> Listed:
    return row(name, kind="folder", container=box(name, expected=expected), **changes)


def usual() -> Told:
    """The room, its folder and both files, as the ledger has them."""
    source = Told()
    source.tops["r1"] = folder("ix-r1")
    source.pages["ix-r1"] = [Page(rows=[folder("ix-d1")], proof=b"one")]
    source.pages["ix-d1"] = [Page(rows=[row("ix-f1")]), Page(rows=[row("ix-f2")], proof=b"two")]
    return source


class Crawl:
    """A walk, with what it found of all its scopes together."""

    def __init__(self, desk: Desk, walk: Walk) -> None:
        self.desk = desk
        self.of_source = walk
        self.take = walk.take

    async def walk(self, sights: Sequence[Sight]) -> None:
        try:
            await self.of_source.go(sights)
        finally:
            for result in self.of_source.results:
                self.desk.tally.take(result.tally)

    @property
    def complete(self) -> list[str]:
        return [result.key for result in self.of_source.results if result.complete]

    @property
    def items(self) -> int:
        return sum(result.items for result in self.of_source.results)

    @property
    def problems(self) -> list[Problem]:
        return [one for result in self.of_source.results for one in result.problems]


def ready(
    desk: Desk, source: Told, mode: Mode = Mode.DELTA, **changes: Any
) -> tuple[tuple[Run, Told, Books, Making], Post]:
    """A run, and what items are made with in it."""
    run = desk.begin(
        mode,
        limits=Limits(max_deletes=500, max_delete_ratio=1.0),
        max_widened=changes.get("max_widened", 100),
        audience_max_age_s=1_000,
        watch=Watch(
            stopping=changes.get("stopping", lambda: False), seen=changes.get("seen", lambda _: None)
        ),
    )
    post = Post(desk)
    accepted = Accepted(
        desk.documents,
        InteractFormat(),
        ContainerNames(desk.books.pending_audiences, desk.books.people, {}),
        recall=lambda _: None,
        stamp=lambda _: Stamp(),
        rules=lambda _: RULES,
    )
    making = Making(
        form=InteractFormat(),
        outbox=post,  # type: ignore[arg-type]
        accepted=accepted,
        audience_updates=AudienceUpdates(run, desk.books, desk.tally),
        facets=FacetTypes(desk.ledger.notes(""), "intranet"),
        marks=Marks(ledger="L1", run=desk.run, count=44),
        sheet=desk.tally,
    )
    return (run, source, desk.books, making), post


def make(desk: Desk, source: Told, mode: Mode = Mode.DELTA, **changes: Any) -> tuple[Crawl, Post]:
    parts, post = ready(desk, source, mode, **changes)
    return Crawl(desk, Walk(*parts, session=desk.run if mode is Mode.FULL else 0)), post  # type: ignore[arg-type]


async def walk_seen(desk: Desk, source: Told, *sights: Sight) -> Post:
    """Walk scopes with who may see them."""
    crawl, post = make(desk, source)
    await crawl.walk(sights)
    await post.flush()
    return post


async def walk(
    desk: Desk, source: Told, mode: Mode = DELTA, *keys: str, **changes: Any
) -> tuple[Crawl, Post]:
    crawl, post = make(desk, source, mode, **changes)
    await crawl.walk(
        [
            Sight(scope=scope(key), audience=changes.get("audience", AUDIENCE), public=False)
            for key in keys or ("r1",)
        ]
    )
    await post.flush()
    return crawl, post


def missing(desk: Desk) -> dict[str, tuple[int | None, str]]:
    found = desk.documents.standing(["ix-r1", "ix-d1", "ix-f1", "ix-f2"])
    return {i: (one.missing_run, one.missing_why) for i, one in found.items() if one.missing_run is not None}


# -- listings ------------------------------------------------------------------------------------


async def test_an_unchanged_room_is_listed_to_its_end_and_nothing_is_read(desk: Desk) -> None:
    source, seen = usual(), []
    crawl, post = await walk(desk, source, seen=seen.append)
    assert crawl.complete == ["r1"]
    assert (source.read, post.pushes, missing(desk)) == ([], [], {})
    assert (desk.report.documents.unchanged, crawl.items, sum(seen)) == (4, 4, 4)
    assert desk.documents.proven("ix-d1") == b"two"
    assert Effect.WITHHELD not in desk.report.effects


async def test_what_was_proven_is_told_in_a_delta_only(desk: Desk) -> None:
    await walk(desk, usual())
    source = usual()
    await walk(desk, source)
    assert source.asked == [("ix-r1", b"one"), ("ix-d1", b"two")]
    source = usual()
    await walk(desk, source, FULL)
    assert source.asked == [("ix-r1", None), ("ix-d1", None)]


async def test_what_a_complete_listing_lacks_is_missing(desk: Desk) -> None:
    source = usual()
    source.pages["ix-d1"] = [Page(rows=[row("ix-f2")], proof=b"end")]
    crawl, _ = await walk(desk, source)
    assert crawl.complete == ["r1"]
    assert missing(desk) == {"ix-f1": (desk.run, "absent")}


@pytest.mark.parametrize("error", BROKEN, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("place", ["ix-r1", "ix-d1"])
async def test_a_listing_that_breaks_off_completes_nothing_and_misses_nothing(
    desk: Desk, error: Exception, place: str
) -> None:
    source = usual()
    source.pages[place] = [source.pages[place][0], error]
    crawl, _ = await walk(desk, source)
    assert crawl.complete == []
    assert missing(desk) == {}
    assert [one.words for one in crawl.problems] == [f"r1: {error}"]


@pytest.mark.parametrize("error", [*BROKEN[1:], RecordGone("404")], ids=lambda error: type(error).__name__)
async def test_a_room_that_cannot_be_opened_is_not_complete(desk: Desk, error: Exception) -> None:
    source = usual()
    source.tops["r1"] = error
    crawl, _ = await walk(desk, source)
    assert (crawl.complete, missing(desk), source.asked) == ([], {}, [])
    assert [one.words for one in crawl.problems] == [f"r1: {error}"]


async def test_one_room_in_trouble_leaves_the_others_alone(desk: Desk) -> None:
    desk.add_room("r2")
    source = usual()
    source.tops["r2"] = row("ix-r2", kind="folder", container=box("ix-r2", "r2"))
    source.pages["ix-r1"] = [SourceUnavailable("503")]
    crawl, _ = await walk(desk, source, DELTA, "r1", "r2")
    assert crawl.complete == ["r2"]


async def test_a_folder_that_is_gone_meanwhile_is_a_suspect_with_its_proof(desk: Desk) -> None:
    source = usual()
    source.pages["ix-d1"] = [RecordGone("404")]
    crawl, _ = await walk(desk, source)
    assert crawl.complete == ["r1"]
    assert missing(desk) == {"ix-d1": (desk.run, "absent")}
    assert desk.documents.proven("ix-d1") is None


async def test_an_item_that_cannot_be_read_makes_its_room_incomplete(desk: Desk) -> None:
    source = usual()
    source.pages["ix-d1"][0] = Page(rows=[row("ix-f1"), row("ix-odd", kind="unreadable", left_out="odd")])
    crawl, _ = await walk(desk, source)
    assert crawl.complete == []
    assert "the listing of d1 holds an item that cannot be read" in crawl.problems[0].words


async def test_an_empty_folder_that_was_empty_needs_no_call(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = usual()
    source.pages["ix-r1"] = [Page(rows=[folder("ix-d1"), folder("ix-new", expected=0)], proof=b"end")]
    crawl, _ = await walk(desk, source)
    assert crawl.complete == ["r1"]
    assert [one for one, _ in source.asked] == ["ix-r1", "ix-d1"]
    assert desk.documents.proven("ix-new") == b""
    seen: list[dict[str, object]] = []
    monkeypatch.setattr(type(desk.documents), "see_containers", lambda _, rows: seen.extend(rows))
    await walk(desk, source)
    assert {one["id"] for one in seen} == {"ix-d1", "ix-r1"}, "that it was met is noted once"


async def test_an_empty_folder_that_was_full_is_listed(desk: Desk) -> None:
    source = usual()
    source.pages["ix-r1"] = [Page(rows=[folder("ix-d1", expected=0)], proof=b"end")]
    source.pages["ix-d1"] = [Page(rows=[], proof=b"end")]
    await walk(desk, source)
    assert [one for one, _ in source.asked] == ["ix-r1", "ix-d1"]
    assert set(missing(desk)) == {"ix-f1", "ix-f2"}


@pytest.mark.parametrize(("expected", "asked"), [(0, False), (1, True), (None, True)])
async def test_only_what_says_that_it_is_empty_goes_without_a_call(
    desk: Desk, expected: int | None, asked: bool
) -> None:
    source = usual()
    source.pages["ix-r1"] = [Page(rows=[folder("ix-d1"), folder("ix-new", expected)], proof=b"end")]
    source.tops["r2"] = box("ix-r2", "r2", expected)
    crawl, _ = await walk(desk, source, DELTA, "r1", "r2")
    assert sorted(crawl.complete) == ["r1", "r2"]
    assert {"ix-new", "ix-r2"} <= {one for one, _ in source.asked} or not asked
    assert asked or not {"ix-new", "ix-r2"} & {one for one, _ in source.asked}


async def test_a_scope_without_a_document_is_walked_as_well(desk: Desk) -> None:
    source = usual()
    source.tops["r1"] = box("ix-r1")
    crawl, _ = await walk(desk, source)
    assert crawl.complete == ["r1"]
    assert crawl.items == 3


async def test_a_run_that_is_to_stop_completes_nothing(desk: Desk) -> None:
    source = usual()
    crawl, _ = await walk(desk, source, stopping=lambda: len(source.asked) == 2)
    assert crawl.complete == []
    assert missing(desk) == {}


@pytest.mark.parametrize(("workers", "side_by_side"), [(3, True), (4, False)])
async def test_many_workers_do_each_item_once(desk: Desk, workers: int, side_by_side: bool) -> None:
    source = Told(concurrency=workers, side_by_side=side_by_side)
    source.tops, source.pages = usual().tops, usual().pages
    source.pages["ix-d1"].append(Page(rows=[row(f"ix-n{n}") for n in range(9)], proof=b"end"))
    crawl, post = await walk(desk, source)
    assert crawl.complete == ["r1"]
    assert sorted(source.read) == sorted(post.sent) == [f"ix-n{n}" for n in range(9)]


class Slow(Told):
    """A source that waits before some of its answers: documents by their ids, listings by those of their containers."""

    def __init__(
        self,
        documents: dict[str, Callable[[], Awaitable[object]]],
        listings: dict[str, Callable[[], Awaitable[object]]],
    ) -> None:
        super().__init__(side_by_side=True)
        self._documents, self._listings = documents, listings

    async def children(self, container: Container, *, proven: bytes | None) -> AsyncIterator[Page]:
        await self._wait(self._listings.get(container.id))
        async for page in super().children(container, proven=proven):
            yield page

    async def document(self, listed: Listed) -> Document:
        await self._wait(self._documents.get(listed.id))
        return await super().document(listed)

    async def _wait(self, wait: Callable[[], Awaitable[object]] | None) -> None:
        if wait is not None:
            async with asyncio.timeout(30):
                await wait()


async def test_a_page_that_waits_for_a_file_holds_up_no_other_folder(desk: Desk) -> None:
    page_at_work, other_asked = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        page_at_work.set()
        for _ in range(20):  # meanwhile the other worker comes for more
            await asyncio.sleep(0)

    async def asked() -> None:
        other_asked.set()

    source = Slow(
        {"ix-inner": work, "ix-file": other_asked.wait}, {"ix-brief": page_at_work.wait, "ix-other": asked}
    )
    source.tops["r1"] = folder("ix-r1")
    source.pages["ix-r1"] = [Page(rows=[folder(name, 99) for name in ("ix-long", "ix-brief", "ix-other")])]
    files = [row("ix-file"), *(row(f"ix-n{n}") for n in range(ROWS_AT_WORK))]
    source.pages["ix-long"] = [Page(rows=[folder("ix-inner", 0), *files], proof=b"one")]
    await walk(desk, source, mode=FULL)
    assert [name for name, _ in source.asked] == ["ix-r1", "ix-long", "ix-brief", "ix-other"]
    assert "ix-file" in source.read


@pytest.mark.parametrize("expected", [None, 3 * ROWS_AT_WORK, 5])
async def test_a_file_that_takes_long_holds_up_no_other_room(desk: Desk, expected: int | None) -> None:
    other_asked = asyncio.Event()

    async def asked() -> None:
        other_asked.set()

    source = Slow({"ix-file": other_asked.wait}, {"ix-r2": asked})
    source.tops["r1"], source.tops["r2"] = folder("ix-r1", expected), folder("ix-r2", expected)
    source.pages["ix-r1"] = [Page(rows=[row("ix-file")], proof=b"one")]
    crawl, _ = await walk(desk, source, FULL, "r1", "r2")
    assert sorted(crawl.complete) == ["r1", "r2"]


@pytest.mark.parametrize("side_by_side", [True, False])
async def test_what_is_known_of_an_item_is_minded_however_it_is_made(desk: Desk, side_by_side: bool) -> None:
    source = Told(side_by_side=side_by_side)
    source.tops, source.pages = usual().tops, usual().pages
    more = audience_of(*AUDIENCE.identities, "ix:group:more")
    source.pages["ix-d1"][0] = Page(rows=[row("ix-f1", version=b"v2", audience=more)])
    _, post = await walk(desk, source)
    assert post.sent == {"ix-f1": AUDIENCE}, "more people see it at the end of the run only"
    assert source.read == ["ix-f1"]


# -- one scope by itself -------------------------------------------------------------------------


async def test_a_scope_walked_by_itself_finds_what_it_finds_beside_others(desk: Desk) -> None:
    desk.add_room("r2")
    source = usual()
    source.tops["r2"] = row("ix-r2", kind="folder", container=box("ix-r2", "r2"))
    source.pages["ix-r2"] = [ListingIncomplete("cut off")]
    source.pages["ix-d1"] = [Page(rows=[row("ix-f1", audience=None), row("ix-f2")], proof=b"two")]
    together, _ = await walk(desk, source, DELTA, "r1", "r2")
    beside = {result.key: result for result in together.of_source.results}
    for key in ("r1", "r2"):
        (run, _, books, making), _ = ready(desk, source)
        sight = Sight(scope=scope(key), audience=AUDIENCE, public=False)
        (alone,) = await Walk(run, source, books, making).go([sight])  # type: ignore[arg-type]
        assert (alone.complete, alone.items, alone.problems) == (
            beside[key].complete,
            beside[key].items,
            beside[key].problems,
        )
        assert alone.tally.counts == beside[key].tally.counts
        assert alone.tally.findings == beside[key].tally.findings
        assert desk.report.reasons == [], "what a scope found stands in its result alone"
