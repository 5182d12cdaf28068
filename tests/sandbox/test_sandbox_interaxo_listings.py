"""The Interaxo that is played: listings, and how they follow every edit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from connector.sandbox.interaxo import IDENTITY, InteraxoWorld
from tests.sandbox.asking import FIELDS, STEPS, get


async def names(api: httpx.AsyncClient, parent: str, **query: Any) -> list[str]:
    return [row["name"] for row in await get(api, f"content/{parent}/children", **query)]


async def test_listing_is_paged_sorted_and_capped(
    api: httpx.AsyncClient, world: InteraxoWorld, root: str
) -> None:
    for name in ("c", "a", "b"):
        world.add_file(root, name)
    assert await names(api, root) == ["c", "a", "b"]
    assert await names(api, root, sort="name") == ["a", "b", "c"]
    assert await names(api, root, sort="-name", limit=2) == ["c", "b"]
    assert await names(api, root, sort="name", skip=2, limit=2) == ["c"]
    ids = [row["id"] for row in await get(api, f"content/{root}/children", sort="id")]
    assert ids == sorted(ids)
    world.quirks.page_cap = 1
    assert await names(api, root, limit=500) == ["c"]


@pytest.mark.parametrize("limit", ["0", "-1", "ten", ""])
async def test_bad_limit_and_sort_are_validation_errors(
    api: httpx.AsyncClient, root: str, limit: str
) -> None:
    error = await get(api, f"content/{root}/children", 400, limit=limit, sort="-size")
    assert error["code"] == "validation_error"
    assert [one["code"] for one in error["errors"]] == ["list.invalid_limit_field", "list.invalid_sort_field"]


async def test_children_of_a_file_are_refused(
    api: httpx.AsyncClient, world: InteraxoWorld, root: str
) -> None:
    file = world.add_file(root, "plan.pdf")
    assert (await get(api, f"content/{file}/children", 422))["code"] == "invalid_node_type"


@pytest.mark.parametrize(("quirk", "counts"), [("true", [0, 2]), ("low", [0, 1]), ("high", [1, 3])])
async def test_child_count_tells_the_truth_or_lies(
    api: httpx.AsyncClient, world: InteraxoWorld, root: str, quirk: Any, counts: list[int]
) -> None:
    world.add_folder(root, "empty")
    full = world.add_folder(root, "full")
    for name in ("a", "b"):
        world.add_file(full, name)
    world.quirks.child_count = quirk
    assert [row["child_count"] for row in await get(api, f"content/{root}/children")] == counts
    world.quirks.child_count = "absent"
    assert "child_count" not in await get(api, f"content/{full}")


async def test_listing_follows_every_edit(api: httpx.AsyncClient, world: InteraxoWorld, root: str) -> None:
    folder = world.add_folder(root, "Drawings")
    file = world.add_file(folder, "plan.pdf")
    assert (await get(api, f"content/{folder}/children"))[0]["path"] == "/Collaborate/Drawings/plan.pdf"
    world.rename(folder, "Tegninger")
    assert (await get(api, f"content/{folder}/children"))[0]["path"] == "/Collaborate/Tegninger/plan.pdf"
    world.new_version(file, b"four")
    row = (await get(api, f"content/{folder}/children"))[0]
    assert (row["version"], row["file_size"]) == ("2.0", 4)
    world.remove(file)
    assert await names(api, folder) == []
    assert (await get(api, f"content/{root}/children"))[0]["child_count"] == 0
    await get(api, f"content/{file}", 404)


def test_every_edit_moves_last_modified_even_in_one_millisecond() -> None:
    world = InteraxoWorld(clock=lambda: datetime(2026, 1, 2, tzinfo=UTC))
    world.add_community("c", "C")
    root = world.add_room("c", "r", "R")
    folder = world.add_workflow_folder(root, "F", FIELDS, STEPS)
    entry = world.add_entry(folder, "E", {"Title": "x"})
    file = world.add_file(entry, "f")
    other = world.add_entry(folder, "O")
    edits: list[tuple[str, Callable[[], object]]] = [
        (entry, lambda: world.rename(entry, "E2")),
        (entry, lambda: world.edit_entry(entry, {"Title": "y"})),
        (entry, lambda: world.move_step(entry, "Final")),
        (entry, lambda: world.set_main_document(entry, file)),
        (file, lambda: world.new_version(file, b"2")),
        (file, lambda: world.add_comment(file, "c", author=IDENTITY)),
        (file, lambda: world.move(file, other)),
    ]
    for item, edit in edits:
        before = world.item(item).last_modified
        edit()
        assert world.item(item).last_modified > before
    assert world.find(file).created == datetime(2026, 1, 2, tzinfo=UTC)  # type: ignore[union-attr]
    assert world.item(entry).child_count == 0
    assert world.find(entry).main_document is None  # type: ignore[union-attr]


async def test_item_moves_into_another_room(api: httpx.AsyncClient, world: InteraxoWorld, root: str) -> None:
    other = world.add_room("example-corp", "tunnel", "Tunnel")
    folder = world.add_folder(root, "Drawings")
    file = world.add_file(folder, "plan.pdf")
    world.move(folder, other)
    await get(api, f"content/{file}", 404)
    assert (await get(api, f"/v1/example-corp/rooms/tunnel/content/{file}"))[
        "path"
    ] == "/Collaborate/Drawings/plan.pdf"
    assert world.item(file).room == other
    world.quirks.wrong_room_status = 403
    await get(api, f"content/{file}", 403)
    world.quirks.wrong_room_status = 200
    await get(api, f"content/{file}")


def test_impossible_edits_are_refused(world: InteraxoWorld, root: str) -> None:
    folder = world.add_folder(root, "a")
    inner = world.add_folder(folder, "b")
    file = world.add_file(folder, "f")
    with pytest.raises(ValueError, match="into itself"):
        world.move(folder, inner)
    with pytest.raises(ValueError, match="holds no"):
        world.add_file(file, "g")
    with pytest.raises(ValueError, match="root of a room"):
        world.remove(root)
    with pytest.raises(ValueError, match="no field"):
        world.add_entry(world.add_active_folder(root, "A", FIELDS), "E", {"Nope": 1})
    with pytest.raises(ValueError, match="integer hundredths"):
        world.add_entry(world.add_active_folder(root, "B", FIELDS), "E", {"Amount": 1.23})


async def test_new_version_can_reissue_the_id(
    api: httpx.AsyncClient, world: InteraxoWorld, root: str
) -> None:
    entry = world.add_entry(world.add_active_folder(root, "RFIs", features=["main-document"]), "E")
    file = world.add_file(entry, "a.txt", b"one")
    world.set_main_document(entry, file)
    new = world.new_version(file, b"two", reissue_id=True, name="a.md", mime_type="text/markdown")
    assert new != file
    await get(api, f"content/{file}", 404)
    assert (await get(api, f"content/{entry}/document"))["id"] == new
    assert (await api.get(f"files/{new}/content", params={"v": "1.0"})).content == b"one"


@pytest.mark.parametrize("status", [403, 404])
async def test_hidden_item_hides_all_below_it(
    api: httpx.AsyncClient, world: InteraxoWorld, root: str, status: int
) -> None:
    folder = world.add_folder(root, "secret")
    file = world.add_file(folder, "plan.pdf")
    world.hide(folder, status)
    assert await names(api, root) == []
    for path in (
        f"content/{folder}",
        f"content/{folder}/children",
        f"content/{file}",
        f"files/{file}/content",
    ):
        await get(api, path, status)
    assert (await get(api, f"content/{root}"))["child_count"] == 0
    with pytest.raises(KeyError):
        world.item(file)
    world.unhide(folder)
    assert await names(api, root) == ["secret"]


async def test_hidden_root_leaves_the_room_in_the_list(
    api: httpx.AsyncClient, world: InteraxoWorld, root: str
) -> None:
    world.hide(root, 403)
    assert len(await get(api, "/v1/example-corp/rooms")) == 1
    await get(api, f"content/{root}/children", 403)


def test_worlds_built_alike_have_the_same_ids(world: InteraxoWorld, root: str) -> None:
    twin = InteraxoWorld()
    twin.add_community("example-corp", "Example Corp")
    assert twin.add_room("example-corp", "bridge", "The Bridge") == root


def test_view_tells_what_is_visible(world: InteraxoWorld, root: str) -> None:
    folder = world.add_workflow_folder(root, "Reviews", FIELDS, STEPS)
    entry = world.add_entry(folder, "Ørland", {"Amount": 5}, step="Final")
    link = world.add_external_link(root, "Site", url="https://example.com")
    views = {view.id: view for view in world.items()}
    assert list(views) == [root, folder, entry, link]
    assert views[entry].path == "/Collaborate/Reviews/Ørland"
    assert (views[entry].step, views[entry].values["Amount"]) == ("Final", 5)
    assert views[entry] == world.item(entry)
    assert views[link].url == "https://example.com"
