"""Reading Interaxo over real sockets: complete listings, rows, authors, rooms, and what is never sent."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.errors import ListingIncomplete, RecordGone, RecordHidden, SourceRefused, SourceUnavailable
from connector.http.circuit_breaker import DOWN_AFTER
from connector.http.exchange import Reply
from connector.http.tokens import Tokens
from connector.sandbox.faults import CUT_JSON, HTML_200, REDIRECT, Fault, Instead, Status
from connector.sandbox.interaxo import InteraxoWorld
from tests.estates import EVERYONE, Small
from tests.sources.interaxo_desk import Desk, desk, rows_in, scope_of, top_of, walk

CHILDREN = "GET *children"


# -- listings ---------------------------------------------------------------------------------------


def furnish_numbers(world: InteraxoWorld) -> None:
    """A room with folders of 0 to 8 files each."""
    world.add_community("example-corp", "Example Corp")
    root = world.add_room("example-corp", "bridge", "The Bridge", authorities=EVERYONE)
    for size in range(9):
        folder = world.add_folder(root, f"{size} files")
        for number in range(size):
            world.add_file(folder, f"{size}-{number}.txt", content=b"x")


@pytest.mark.parametrize("thorough", [False, True], ids=["delta", "full"])
@pytest.mark.parametrize("page_cap", [None, 1, 3, 9])
@pytest.mark.parametrize("child_count", ["true", "absent", "low", "high"])
async def test_every_listing_is_complete_however_the_host_pages_and_counts(
    tmp_path: Path, child_count: Any, page_cap: int | None, thorough: bool
) -> None:
    async with desk(tmp_path, furnish_numbers) as here:
        here.rooms.quirks.child_count = child_count
        here.rooms.quirks.page_cap = page_cap
        for _ in range(2):
            async with here.source(thorough=thorough) as source:
                assert len(await walk(source)) == 1 + 9 + 36


async def test_a_listing_costs_one_call_where_its_end_is_plain(tmp_path: Path) -> None:
    async with desk(tmp_path, furnish_numbers) as here:
        async with here.source() as source:
            await walk(source)  # learns the largest page
        here.wire.clear()
        async with here.source() as source:
            top = await top_of(source)
            folders = {row.name: row.container for row in await rows_in(source, top.container)}
            here.wire.clear()
            for size in range(9):
                await rows_in(source, folders[f"{size} files"])
                assert here.calls() == {"GET children": 1}, size
                here.wire.clear()
            assert top.container is not None
            pages = [page async for page in source.children(top.container, proven=None)]
            assert here.calls() == {"GET children": 2}  # as long as the largest page: its end is not plain
            here.wire.clear()
            await rows_in(source, top.container, proven=pages[-1].proof)
            assert here.calls() == {"GET children": 1}  # the very listing that was proven before
        here.wire.clear()
        async with here.source(thorough=True) as source:
            await rows_in(source, top.container, proven=pages[-1].proof)
            assert here.calls("children") == {"GET children": 2}  # a full run trusts no earlier proof


@pytest.mark.parametrize("name", ["a", "ab"])
async def test_a_listing_that_changed_is_not_taken_for_the_proven_one(tmp_path: Path, name: str) -> None:
    async with desk(tmp_path, furnish_numbers) as here, here.source() as source:
        top = await top_of(source)
        assert top.container is not None
        proof = [page async for page in source.children(top.container, proven=None)][-1].proof
        here.rooms.rename(here.rooms.items()[-1].parent_id or "", name)
        again = [page async for page in source.children(top.container, proven=proof)]
        assert again[-1].proof not in (b"", proof)


async def test_a_page_that_repeats_itself_leaves_the_listing_incomplete(here: Desk) -> None:
    async with here.source() as source:
        top = await top_of(source)
        rows = [{"id": "a", "type": "file"}, {"id": "b", "type": "file"}]
        here.wire.add(Fault(CHILDREN, Instead(json.dumps(rows).encode()), times=None))
        with pytest.raises(ListingIncomplete, match="repeats the same page"):
            await rows_in(source, top.container)


async def test_rows_that_slide_into_the_next_page_are_listed_once(here: Desk) -> None:
    async with here.source() as source:
        top = await top_of(source)
        for page in (["a", "b"], ["b", "c"], []):
            rows = [{"id": one, "type": "file"} for one in page]
            here.wire.add(Fault(CHILDREN, Instead(json.dumps(rows).encode())))
        assert [row.native for row in await rows_in(source, top.container)] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("how", "error"),
    [
        (HTML_200, SourceUnavailable), (CUT_JSON, SourceUnavailable), (Instead(b""), SourceUnavailable), (Instead(b"{}"), SourceUnavailable),
        (Status(503), SourceUnavailable), (Status(500), SourceUnavailable), (Status(403), RecordHidden),
        (REDIRECT, SourceRefused),
    ],
    ids=str,
)  # fmt: skip
async def test_an_answer_that_is_no_listing_ends_no_listing(
    here: Desk, how: Any, error: type[Exception]
) -> None:
    async with here.source() as source:
        top = await top_of(source)
        here.wire.clear()
        here.wire.add(Fault(CHILDREN, how))
        with pytest.raises(error):
            await rows_in(source, top.container)
        assert len(here.wire.calls) == 1  # a redirect is not followed either


async def test_a_listing_that_is_gone_is_gone_with_its_folder_only(here: Desk, small: list[Small]) -> None:
    async with here.source() as source:
        top = await top_of(source)
        here.wire.add(Fault(CHILDREN, Status(404)))
        with pytest.raises(ListingIncomplete):
            await rows_in(source, top.container)
        drawings = next(
            row for row in await rows_in(source, top.container) if row.native == small[0].drawings
        )
        here.rooms.remove(small[0].drawings)
        with pytest.raises(RecordGone):
            await rows_in(source, drawings.container)


async def test_interaxos_trace_id_is_in_the_error(here: Desk) -> None:
    async with here.source() as source:
        here.wire.add(Fault("GET /v1/communities", Status(503)))
        with pytest.raises(SourceUnavailable, match="trace id WIRE00"):
            await source.scopes()


async def test_a_host_whose_sign_in_is_down_is_left_alone_after_a_few_calls(here: Desk) -> None:
    async with here.source() as source:
        top = await top_of(source)
        source._calls._tokens = Tokens()  # it has ended
        here.wire.clear()
        here.wire.add(Fault("POST /oauth/token", Status(503), times=None))
        for _ in range(DOWN_AFTER + 10):
            with pytest.raises(SourceUnavailable):
                await rows_in(source, top.container)
        assert len(here.wire.calls) == DOWN_AFTER + 1, "the last one asks for a sign of life"


async def test_a_host_that_is_down_is_left_alone_after_a_few_calls(here: Desk) -> None:
    async with here.source() as source:
        top = await top_of(source)
        here.wire.clear()
        here.wire.add(Fault("GET *", Status(503), times=None))
        for _ in range(DOWN_AFTER + 3):
            with pytest.raises(SourceUnavailable):
                await rows_in(source, top.container)
        assert len(here.wire.calls) == DOWN_AFTER + 1, "the last one asks for a sign of life"
    here.wire.clear()
    async with here.source() as source:
        assert await source.scopes()


# -- rows -------------------------------------------------------------------------------------------


async def test_what_moves_with_every_read_is_in_no_version(here: Desk) -> None:
    ticks = itertools.count()
    here.rooms.clock = lambda: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=next(ticks))
    here.rooms.quirks.lock_info = 1
    versions = []
    for thorough in (False, True, False):
        async with here.source(thorough=thorough) as source:
            versions.append({native: row.version for native, row in (await walk(source)).items()})
    assert versions[0] == versions[1] == versions[2]


async def test_entries_without_fields_in_listings_are_read_one_by_one_and_then_remembered(
    here: Desk, small: list[Small]
) -> None:
    async with here.source() as source:
        whole = await walk(source)
    here.rooms.quirks.entries_list_fields = False
    asked = []
    for run in range(3):
        here.wire.clear()
        if run == 2:
            here.rooms.edit_entry(small[0].rfi, {"Title": "Which nuts?"})
        async with here.source(audience_share=0.0001) as source:
            rows = await walk(source)
            document = await source.document(rows[small[0].rfi])
        asked.append(sum(n for call, n in here.calls().items() if call == f"GET {small[0].rfi}"))
        assert document.title == ("Which nuts?" if run == 2 else "Which bolts?")
        assert rows.keys() == whole.keys()
    assert asked == [1, 0, 1]


async def test_remembered_details_of_an_entry_hide_no_attachment_and_nobody_who_edited_it_since(
    here: Desk, small: list[Small]
) -> None:
    here.rooms.quirks.entries_list_fields = False
    entry = here.rooms.add_entry(small[0].rfis, "RFI two", values={"Title": "Two"})
    async with here.source(audience_share=0.0001) as source:
        await walk(source)
    moved = here.rooms._items[entry].last_modified
    photo = here.rooms.add_file(entry, "photo.png", content=b"x")
    here.rooms._items[entry].last_modified_by = "editor@example.com"
    assert here.rooms._items[entry].last_modified == moved
    here.wire.clear()
    async with here.source(audience_share=0.0001) as source:
        assert photo in await walk(source)
        assert "example-corp/editor@example.com" in source.people_met()
    assert not here.calls()[f"GET {entry}"]


async def test_definitions_are_read_once_and_again_when_their_folder_changes_or_in_full(
    here: Desk, small: list[Small]
) -> None:
    asked = []
    for thorough, touch in ((False, False), (False, False), (False, True), (True, False)):
        here.wire.clear()
        if touch:
            here.rooms.rename(small[0].rfis, "Requests")
        async with here.source(thorough=thorough, audience_share=0.0001) as source:
            await walk(source)
        asked.append(here.calls()[f"GET {small[0].rfis}"])
    assert asked == [1, 0, 1, 1]


@pytest.mark.parametrize("share", [1.0, 0.5])
async def test_a_share_of_details_is_read_again_in_every_delta(here: Desk, share: float) -> None:
    asked: list[int] = []
    for _ in range(5):
        async with here.source(audience_share=share) as source:
            await walk(source)
            asked.append(source.traffic().reread)
    assert sum(asked[1:3]) == sum(asked[3:5])  # a turn of 1 / share runs reads everything once
    assert sum(asked[1:3]) == (4 if share == 0.5 else 8)  # two definitions, an author, somebody in a field


async def test_in_a_full_run_nothing_counts_as_read_again_on_a_rotation(here: Desk) -> None:
    for thorough in (False, True):
        async with here.source(thorough=thorough, audience_share=1.0) as source:
            await walk(source)
            told = source.traffic().reread
    assert told == 0


async def test_an_author_is_asked_for_once_however_often_named_and_then_remembered(here: Desk) -> None:
    for thorough, asked in ((False, 1), (False, 0), (True, 1)):
        here.wire.clear()
        async with here.source(thorough=thorough, audience_share=0.0001) as source:
            rows = await walk(source)
            assert all([(await source.document(row)).author == "Connector" for row in rows.values()])
        assert here.calls("/people/")["GET connector@example.com"] == asked


@pytest.mark.parametrize("form", ["named", "typed"])
async def test_an_author_named_in_the_row_is_not_asked_for(here: Desk, form: Any) -> None:
    here.rooms.quirks.person_form = form
    async with here.source() as source:
        rows = await walk(source)
        assert {(await source.document(row)).author for row in rows.values()} == {"Connector"}
    assert here.calls("/people/")["GET connector@example.com"] == (0 if form == "named" else 1)


async def test_an_author_who_cannot_be_told_holds_nothing_up(here: Desk) -> None:
    here.wire.add(Fault("GET */people/*", Status(404), times=None))
    async with here.source() as source:
        rows = await walk(source)
        assert {(await source.document(row)).author for row in rows.values()} == {""}


# -- rooms ------------------------------------------------------------------------------------------


async def test_rooms_are_known_by_their_root_and_chosen_by_globs(here: Desk, small: list[Small]) -> None:
    here.rooms.quirks.page_cap = 1
    async with here.source(rooms=["*", "!tun*"], public_rooms=["bridge"]) as source:
        found = {one.scope.name: one for one in await source.scopes()}
        assert {name: (one.included, one.public) for name, one in found.items()} == {
            "example-corp/bridge": (True, True),
            "example-corp/tunnel": (False, False),
        }
        bridge = found["example-corp/bridge"]
        assert bridge.scope.key == small[0].bridge
        assert source.scope_id(bridge.scope) == f"ix-{small[0].bridge}"
        here.rooms.rename_room(small[0].bridge, slug="bridge-2")
        again = await scope_of(source, "example-corp/bridge-2")
        assert (again.scope.key, again.rules) == (bridge.scope.key, bridge.rules)


async def test_a_community_that_is_not_shown_is_told_with_those_that_are(here: Desk) -> None:
    async with here.source(communities=["example-corp", "elsewhere"]) as source:
        with pytest.raises(
            SourceRefused, match=r"'elsewhere'.*shows example-corp.*sources\.interaxo\.communities"
        ):
            await source.scopes()


# -- what is never sent -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/example-corp/rooms/bridge/jobs/content-exports"), ("POST", "/v1/communities"), ("PUT", "/v1/communities"),
        ("DELETE", "/v1/example-corp/rooms/bridge/content/x"), ("PATCH", "/v1/example-corp/rooms/bridge"), ("HEAD", "/v1/communities"),
        ("GET", "/v1/example-corp/rooms/bridge/content/x/search"), ("GET", "/v1/example-corp/rooms/bridge/files/x/thumbnail"),
        ("GET", "/v1/example-corp/jobs/1"), ("GET", "/v1/a/../b/rooms"), ("GET", "/"), ("POST", "/oauth/token"),
        ("GET", "/v1/communities?limit=1"), ("GET", "/v1/communities/"),
    ],
)  # fmt: skip
async def test_nothing_but_declared_reads_can_be_sent(here: Desk, method: str, path: str) -> None:
    def read(reply: Reply) -> None:
        raise AssertionError(reply)

    async with here.source() as source:
        here.wire.clear()
        with pytest.raises(RuntimeError, match="not a declared exchange"):
            await source.neighbour.call(method, path, read=read)
        with pytest.raises(RuntimeError, match="not a declared exchange"):
            await source.issuer.call(method, path + "x", read=read)
        assert not here.wire.calls


async def test_the_token_goes_to_the_api_and_the_secret_to_the_token_address_only(here: Desk) -> None:
    async with here.source(content=True) as source:
        assert {(one.method, one.path) for one in source.issuer.exchanges} == {("POST", "/oauth/token")}
        assert {one.method for one in source.neighbour.exchanges} == {"GET"}
        assert all(one.path.startswith("/v1/") for one in source.neighbour.exchanges)
