"""The Interaxo that is played: entries and their fields, bytes, links, comments, and who may read an item."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector.sandbox.interaxo import IDENTITY, InteraxoWorld
from tests.sandbox.asking import FIELDS, STEPS, get


async def test_entry_carries_every_kind_of_field(
    api: httpx.AsyncClient, world: InteraxoWorld, root: str
) -> None:
    folder = world.add_workflow_folder(root, "Reviews", FIELDS, STEPS, ["main-document"])
    values = {
        "Title": "Kø på brua",
        "Amount": 123,
        "Discipline": ["Stål"],
        "Text": "<p>x</p>",
        "Owner": [("user", "kari@example.com"), {"type": "group", "id": "g1"}],
    }
    entry = world.add_entry(folder, "E", values, step="Old")
    shown = await get(api, f"content/{entry}")
    fields = {field["name"]: field["value"] for field in shown["fields"]}
    assert fields.pop("Due") == shown["created"][:10]
    assert fields == {
        "Title": "Kø på brua",
        "Amount": 123,
        "Discipline": ["Stål"],
        "Text": "<p>x</p>",
        "Owner": [
            {"type": "user", "id": "kari@example.com"},
            {"type": "group", "id": "g1", "name": "All participants"},
        ],
        "No": "000001",
    }
    assert shown["step"]["name"] == "Old"
    definitions = await get(api, f"content/{folder}")
    assert [step.get("ordinal") for step in definitions["steps"]] == [0, 1, None, None]
    assert definitions["steps"][3]["historical"] is True
    assert definitions["fields"][0]["entry_title"] is True
    assert definitions["features"] == ["main-document"]
    world.edit_entry(entry, {"Amount": None, "Title": "ny"})
    assert world.item(entry).values["Title"] == "ny"
    assert "Amount" not in world.item(entry).values


async def test_listings_carry_what_the_quirks_say(
    api: httpx.AsyncClient, world: InteraxoWorld, root: str
) -> None:
    folder = world.add_active_folder(root, "RFIs", FIELDS)
    entry = world.add_entry(folder, "E", {"Text": "x"})
    assert "fields" not in (await get(api, f"content/{root}/children"))[0]
    assert "fields" in (await get(api, f"content/{folder}/children"))[0]
    world.quirks.list_definitions = True
    world.quirks.entries_list_fields = False
    world.quirks.rich_text_underscore = True
    kinds = [field["type"] for field in (await get(api, f"content/{root}/children"))[0]["fields"]]
    assert "rich_text" in kinds
    assert "fields" not in (await get(api, f"content/{folder}/children"))[0]
    world.quirks.colon_value = 1
    assert "value:" in (await get(api, f"content/{entry}"))["fields"][0]


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("id", {"id": "kari@example.com"}),
        ("typed", {"type": "user", "id": "kari@example.com"}),
        ("named", {"id": "kari@example.com", "name": "Kari Nordmann", "type": "user"}),
    ],
)
async def test_person_is_written_in_three_forms(
    api: httpx.AsyncClient, world: InteraxoWorld, root: str, form: Any, shown: dict[str, str]
) -> None:
    world.quirks.person_form = form
    world.add_file(root, "f", author="kari@example.com")
    assert (await get(api, f"content/{root}/children"))[0]["created_by"] == shown


async def test_lock_info_moves_with_every_read(
    api: httpx.AsyncClient, world: InteraxoWorld, root: str
) -> None:
    world.add_file(root, "f")
    assert "lock_info" not in (await get(api, f"content/{root}/children"))[0]
    ticks = iter(range(1, 9))
    world.clock = lambda: datetime(2026, 1, 1, 0, 0, next(ticks), tzinfo=UTC)
    world.quirks.lock_info = 1
    times = [(await get(api, f"content/{root}/children"))[0]["lock_info"]["timestamp"] for _ in range(2)]
    assert times == ["2026-01-01T00:00:01.000Z", "2026-01-01T00:00:02.000Z"]


async def test_quiet_edits_leave_no_trace(api: httpx.AsyncClient, world: InteraxoWorld, root: str) -> None:
    folder = world.add_workflow_folder(root, "Reviews", FIELDS, STEPS)
    entry = world.add_entry(folder, "E")
    file = world.add_file(entry, "f")
    before = (await get(api, f"content/{folder}/children"))[0]["last_modified"]
    world.quirks.quiet = frozenset(("comment", "main-document", "step"))
    world.add_comment(entry, "c", author=IDENTITY)
    world.set_main_document(entry, file)
    world.move_step(entry, "Old")
    row = (await get(api, f"content/{folder}/children"))[0]
    assert (row["last_modified"], row["step"]["name"]) == (before, "Old")


async def test_parents_move_only_when_told_to(world: InteraxoWorld, root: str) -> None:
    folder = world.add_folder(root, "Drawings")
    before = world.item(folder).last_modified
    world.add_file(folder, "a")
    assert world.item(folder).last_modified == before
    world.quirks.parents_move = True
    world.add_file(folder, "b")
    assert world.item(folder).last_modified > before


async def test_file_bytes_come_in_every_version(
    api: httpx.AsyncClient, world: InteraxoWorld, root: str, tmp_path: Path
) -> None:
    (tmp_path / "big.bin").write_bytes(b"x" * 600_000)
    file = world.add_file(root, "plan.pdf", b"one")
    world.new_version(file, tmp_path / "big.bin", mime_type="application/octet-stream")
    newest = await api.get(f"files/{file}/content")
    assert newest.content == b"x" * 600_000
    assert newest.headers["content-type"] == "application/octet-stream;charset=UTF-8"
    assert (await api.get(f"files/{file}/content?version=1.0")).content == b"one"
    await get(api, f"files/{file}/content", 404, version="9.0")
    await get(api, f"files/{root}/content", 422)


async def test_content_url_needs_no_token_and_changes(
    api: httpx.AsyncClient, world: InteraxoWorld, root: str
) -> None:
    file = world.add_file(root, "plan.pdf", b"one")
    urls = [(await get(api, f"content/{file}"))["content_url"] for _ in range(2)]
    assert urls[0] != urls[1]
    assert "content_url" not in (await get(api, f"content/{root}/children"))[0]
    async with httpx.AsyncClient(verify=False) as stranger:
        assert (await stranger.get(urls[0])).content == b"one"
        assert (await stranger.get(urls[0] + "0")).status_code == 403
    assert world.violations == []
    assert (await api.get(urls[1])).status_code == 400
    assert len(world.violations) == 1


async def test_main_document_is_404_when_none_is_marked(
    api: httpx.AsyncClient, world: InteraxoWorld, root: str
) -> None:
    entry = world.add_entry(world.add_active_folder(root, "RFIs"), "E")
    file = world.add_file(entry, "a.txt")
    await get(api, f"content/{entry}/document", 404)
    world.set_main_document(entry, file)
    assert (await get(api, f"content/{entry}/document"))["id"] == file
    await get(api, f"content/{file}/document", 422)


async def test_links_are_shown(api: httpx.AsyncClient, world: InteraxoWorld, root: str) -> None:
    file = world.add_file(root, "f")
    world.add_internal_link(root, "in", destination=file)
    world.add_external_link(root, "out", url="https://example.com", target="_self")
    _, inner, outer = await get(api, f"content/{root}/children")
    assert (inner["destination"], inner["target"]) == (file, "_blank")
    assert (outer["url"], outer["target"]) == ("https://example.com", "_self")


async def test_comments_are_html_or_raw(api: httpx.AsyncClient, world: InteraxoWorld, root: str) -> None:
    file = world.add_file(root, "f")
    world.add_comment(file, "<p>Looks <b>fine</b></p>", author="kari@example.com")
    (html,) = await get(api, f"content/{file}/comments", format="html")
    (raw,) = await get(api, f"content/{file}/comments")
    assert (html["content"], html["format"]) == ("<p>Looks <b>fine</b></p>", "html")
    assert (raw["content"], raw["format"]) == ("Looks fine", "raw")
    assert raw["created_by"] == {"id": "kari@example.com", "name": "Kari Nordmann", "type": "user"}
    await get(api, f"content/{root}/comments", 422)


async def authorities(api: httpx.AsyncClient, item: str, status: int = 200, **query: Any) -> Any:
    return await get(api, f"content/{item}/comments/mentionable-authorities", status, **query)


async def test_authorities_are_inherited_until_an_item_has_its_own(
    api: httpx.AsyncClient, world: InteraxoWorld, root: str
) -> None:
    folder = world.add_folder(root, "Drawings")
    file = world.add_file(folder, "plan.pdf")
    assert await authorities(api, file) == [
        {"type": "group", "id": "g1", "name": "All participants"},
        {"type": "user", "id": "kari@example.com", "name": "Kari Nordmann"},
    ]
    world.set_authorities(folder, [("user", "kari@example.com")])
    assert [one["id"] for one in await authorities(api, file)] == ["kari@example.com"]
    assert world.item(file).authorities == (("user", "kari@example.com"),)
    world.set_authorities(folder, None)
    await authorities(api, folder, 422)
    assert len(await authorities(api, file)) == 1
    world.inherit_authorities(folder)
    assert len(await authorities(api, folder)) == 2


async def test_authorities_are_filtered_and_limited(
    api: httpx.AsyncClient, world: InteraxoWorld, root: str
) -> None:
    people = [("user", f"p{number:03}") for number in range(130)]
    world.set_authorities(root, [("group", "g1"), *people])
    assert len(await authorities(api, root)) == 100
    assert len(await authorities(api, root, limit=500)) == 131
    assert len(await authorities(api, root, type="group")) == 1
    assert [one["id"] for one in await authorities(api, root, q="P12", limit=3)] == ["p120", "p121", "p122"]
    world.quirks.authorities_limit = 50
    assert len(await authorities(api, root, limit=500)) == 50
    await authorities(api, root, 400, limit=0)


@pytest.mark.parametrize("status", [404, 422])
async def test_simple_folders_and_links_can_refuse_authorities(
    api: httpx.AsyncClient, world: InteraxoWorld, root: str, status: int
) -> None:
    link = world.add_external_link(root, "out", url="https://example.com")
    file = world.add_file(root, "f")
    world.quirks.authorities_on_simple_folders = False
    world.quirks.authorities_refusal = status
    await authorities(api, root, status)
    await authorities(api, link)
    await authorities(api, file)
    world.quirks.authorities_on_links = False
    await authorities(api, link, status)
