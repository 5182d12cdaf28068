"""The simulated Interaxo's search and its other documented reads, and the quirks that clients met."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from connector.sandbox.interaxo import FieldDefinition, InteraxoWorld, Step
from tests.sandbox.asking import get


@pytest.fixture
def files(world: InteraxoWorld, root: str) -> dict[str, str]:
    """A folder with drawings, a register with two entries in two steps, and an attachment."""
    drawings = world.add_folder(root, "Drawings")
    plan = world.add_file(drawings, "plan.pdf", b"bolts and nuts")
    section = world.add_file(drawings, "section.PDF", b"concrete")
    register = world.add_workflow_folder(
        root,
        "Register",
        fields=[
            FieldDefinition("NAMN"),
            FieldDefinition("Amount", "numeric"),
            FieldDefinition("Due", "date"),
            FieldDefinition("Discipline", "list", multiple=True),
        ],
        steps=[Step("New"), Step("Published", publish=True)],
    )
    first = world.add_entry(
        register, "A-1", {"NAMN": "A-1", "Amount": 100, "Due": "2026-01-05", "Discipline": ["Steel"]}
    )
    second = world.add_entry(
        register,
        "A-2",
        {"NAMN": "A-2", "Amount": 300, "Due": "2026-03-05", "Discipline": ["Concrete", "Steel"]},
        step="Published",
    )
    model = world.add_file(second, "model.ifc", b"ifc")
    step = world._items[register].steps[1].id
    return {
        "drawings": drawings, "plan": plan, "section": section, "register": register, "first": first, "second": second,
        "model": model, "step": step,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("where", "query", "found"),
    [
        ("", {"type": "file", "name": "*.pdf"}, ["plan"]),
        ("", {"type": "file", "name": ["*.pdf", "*.ifc"]}, ["plan", "model"]),
        ("", {"type": "file", "name": "*", "content": "bolts"}, ["plan"]),
        ("", {"type": ["file", "entry"], "name": "*"}, ["plan", "section", "first", "second", "model"]),
        ("", {"type": "folder", "name": "Draw*"}, ["drawings"]),
        ("", {"type": "file", "name": "*", "version": "1.0", "limit": 1, "skip": 1}, ["section"]),
        ("register", {"type": "entry", "Discipline": "Steel"}, ["first", "second"]),
        ("register", {"type": "entry", "Discipline": "Steel", "NAMN": "A-2"}, ["second"]),
        ("register", {"type": "entry", "Amount_from": "150"}, ["second"]),
        ("register", {"type": "entry", "Amount_from": "50", "Amount_to": "150"}, ["first"]),
        ("register", {"type": "entry", "Due_to": "2026-02-01"}, ["first"]),
        ("step", {"type": "entry", "NAMN": "*"}, ["second"]),
        ("", {"type": "file", "name": "*", "folder_id": "drawings"}, ["plan", "section"]),
    ],
    ids=str,
)  # fmt: skip
async def test_search_finds_below_a_folder(
    api: httpx.AsyncClient,
    root: str,
    files: dict[str, str],
    where: str,
    query: dict[str, Any],
    found: list[str],
) -> None:
    top = files.get(where, root)
    asked = {key: files.get(value, value) if key == "folder_id" else value for key, value in query.items()}
    rows = await get(api, f"content/{top}/search", **asked)
    assert [row["id"] for row in rows] == [files[name] for name in found]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"type": "file", "name": "nothing*"}, 404),
        ({"type": "simple-folder", "name": "*"}, 404),
        ({"name": "*"}, 400),
        ({"type": "file"}, 400),
    ],
    ids=str,
)
async def test_a_search_that_finds_nothing_is_404_and_one_that_asks_nothing_400(
    api: httpx.AsyncClient, world: InteraxoWorld, files: dict[str, str], query: dict[str, str], status: int
) -> None:
    room = next(iter(world.rooms))
    await get(api, f"content/{room}/search", status, **query)
    await get(api, f"content/{files['plan']}/search", 422, type="file", name="*")


async def test_the_other_documented_reads_are_served(
    api: httpx.AsyncClient, world: InteraxoWorld, root: str, files: dict[str, str]
) -> None:
    rows = await get(api, f"content/{root}/files", name="Drawings")
    assert [row["id"] for row in rows] == [files["plan"], files["section"]]
    await get(api, f"content/{root}/files", 400)
    comment = world.add_comment(files["plan"], "<p>Which bolts?</p>", author="kari@example.com")
    assert (await get(api, f"content/{files['plan']}/comments/{comment}"))["content"] == "Which bolts?"
    await get(api, f"content/{files['plan']}/comments/none", 404)
    for picture in ("thumbnail", "preview"):
        answer = await api.get(f"files/{files['plan']}/{picture}")
        assert answer.headers["content-type"] == "image/png"
        assert answer.content.startswith(b"\x89PNG")
    await get(api, f"files/{root}/preview", 422)
    await get(api, "jobs/1", 404)
    await get(api, "/v1/example-corp/jobs/1", 404)


async def test_quirks_that_clients_met(
    api: httpx.AsyncClient, world: InteraxoWorld, root: str, files: dict[str, str]
) -> None:
    quirks = world.quirks
    quirks.unsorted = frozenset({"rooms"})
    quirks.page_caps = {"children": 1}
    assert len(await get(api, f"content/{root}/children", sort="id", limit=500)) == 1
    refused = await get(api, "/v1/example-corp/rooms", 400, sort="id")
    assert refused["errors"][0]["code"] == "list.invalid_sort_field"
    quirks.opaque_errors = True
    assert "errors" not in await get(api, "/v1/example-corp/rooms", 400, sort="id")
    quirks.requested_with = True
    await get(api, f"content/{root}", 403)
    api.headers["X-Requested-With"] = "XMLHttpRequest"
    quirks.content_base = str(api.base_url.copy_with(host="localhost", path="/")).rstrip("/")
    address = httpx.URL((await get(api, f"content/{files['plan']}"))["content_url"])
    assert address.host == "localhost"
    async with httpx.AsyncClient(verify=False) as stranger:
        quirks.content_redirects = True
        moved = await stranger.get(address)
        assert moved.status_code == 302
        assert (await stranger.get(address.join(moved.headers["location"]))).content == b"bolts and nuts"
        quirks.content_status = 503
        assert (await stranger.get(address)).status_code == 503
