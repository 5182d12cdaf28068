"""The simulated Interaxo: what it answers, edit by edit and quirk by quirk."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector.sandbox.interaxo import IDENTITY, FieldDefinition, InteraxoWorld, Step
from connector.sandbox.interaxo_http import InteraxoApp
from connector.sandbox.interaxo_objects import write_time

FIELDS = [
    FieldDefinition("Title", entry_title=True),
    FieldDefinition("Amount", "numeric"),
    FieldDefinition("Due", "date", initial_value="WHEN_CREATED"),
    FieldDefinition("Discipline", "list", options=["Stål", "Betong"], multiple=True),
    FieldDefinition("Text", "rich-text"),
    FieldDefinition("Owner", "member"),
    FieldDefinition("No", "auto-number"),
]
STEPS = [
    Step("New"),
    Step("Final", final_step=True),
    Step("Published", publish=True),
    Step("Old", historical=True),
]


async def get(api: httpx.AsyncClient, path: str, status: int = 200, **query: Any) -> Any:
    """The answer's JSON; a path that begins with a slash leaves the room context."""
    answer = await api.get(api.base_url.join(path), params=query)
    assert answer.status_code == status, answer.text
    return answer.json()


async def names(api: httpx.AsyncClient, parent: str, **query: Any) -> list[str]:
    return [row["name"] for row in await get(api, f"content/{parent}/children", **query)]


# ---- sign-in


@pytest.mark.parametrize("as_json", [True, False])
async def test_token_is_given_for_a_form_and_for_json(
    api: httpx.AsyncClient, world: InteraxoWorld, as_json: bool
) -> None:
    world.quirks.token_expires_s = 90
    asked = {
        "grant_type": "client_credentials",
        "client_id": world.client_id,
        "client_secret": world.client_secret,
        "audience": world.audience,
    }
    url = api.base_url.copy_with(path="/oauth/token")
    answer = await (api.post(url, json=asked) if as_json else api.post(url, data=asked))
    assert answer.json()["expires_in"] == 90
    assert answer.json()["token_type"] == "Bearer"


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("audience", "https://api.interaxo.com/v1", 403),
        ("client_secret", "no", 401),
        ("grant_type", "password", 403),
    ],
)
async def test_token_needs_every_part_to_be_right(
    api: httpx.AsyncClient, world: InteraxoWorld, key: str, value: str, status: int
) -> None:
    asked = {
        "grant_type": "client_credentials",
        "client_id": world.client_id,
        "client_secret": world.client_secret,
        "audience": world.audience,
    }
    answer = await api.post(api.base_url.copy_with(path="/oauth/token"), json=asked | {key: value})
    assert answer.status_code == status


async def test_token_dies_after_its_calls(api: httpx.AsyncClient, world: InteraxoWorld, root: str) -> None:
    world.quirks.token_calls = 2
    await get(api, f"content/{root}")
    await get(api, f"content/{root}")
    assert (await get(api, f"content/{root}", 401))["code"] == "unauthorized"


async def test_expired_tokens_and_unreadable_requests_are_refused(
    api: httpx.AsyncClient, world: InteraxoWorld, app: InteraxoApp
) -> None:
    assert await get(api, "/v1/communities") == [{"id": "example-corp", "name": "Example Corp"}]
    app.expire_tokens()
    await get(api, "/v1/communities", 401)
    url = api.base_url.join("/oauth/token")
    answer = await api.post(url, content=b"{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 400


async def test_call_without_token_is_refused_in_the_vendors_words(api: httpx.AsyncClient) -> None:
    del api.headers["Authorization"]
    error = await get(api, "/v1/communities", 401)
    assert set(error) == {"trace_id", "code", "message"}


# ---- rooms and people


async def test_rooms_are_listed_and_filtered(api: httpx.AsyncClient, world: InteraxoWorld, root: str) -> None:
    world.add_room("example-corp", "tunnel", "Åsen tunnel")
    rooms = await get(api, "/v1/example-corp/rooms", sort="-id")
    assert [room["id"] for room in rooms] == ["tunnel", "bridge"]
    assert rooms[1] == {
        "id": "bridge",
        "name": "The Bridge",
        "description": "Over the fjord",
        "content": {"root_id": root},
        "workspace": {"id": "infra", "name": "Infrastructure"},
        "metadata": {"project_ref": {"label": "Project", "value": "P-17"}},
    }
    queries: list[dict[str, Any]] = [{"project_ref": "P-17"}, {"workspace": "infra"}, {"limit": 1}]
    for query in queries:
        assert [room["id"] for room in await get(api, "/v1/example-corp/rooms", **query)] == ["bridge"]
    workspaces = await get(api, "/v1/example-corp/workspaces")
    assert [one["id"] for one in workspaces] == ["infra", "main"]
    world.move_room(root, ("main", "Main"))
    assert len(await get(api, "/v1/example-corp/rooms", workspace="main")) == 2


async def test_room_is_found_by_slug_and_by_root(
    api: httpx.AsyncClient, world: InteraxoWorld, root: str
) -> None:
    assert await get(api, f"/v1/example-corp/rooms/{root}") == await get(api, "/v1/example-corp/rooms/bridge")
    world.rename_room(root, slug="bru", name="Brua")
    assert (await get(api, f"/v1/example-corp/rooms/{root}/content/{root}"))["name"] == "Brua"
    assert (await get(api, "/v1/example-corp/rooms/bru"))["name"] == "Brua"
    await get(api, "/v1/example-corp/rooms/bridge", 404)


async def test_person_and_groups_are_shown(api: httpx.AsyncClient, world: InteraxoWorld) -> None:
    person = await get(api, "/v1/example-corp/people/kari@example.com")
    assert (person["email"], person["name"]) == ("kari.n@example.com", "Kari Nordmann")
    groups = await get(api, "/v1/example-corp/people/kari%40example.com/groups")
    assert groups == [{"id": "g1", "type": "group", "name": "All participants"}]
    assert (await get(api, "/v1/example-corp/people/-me-"))["id"] == IDENTITY
    world.remove_person("example-corp", "kari@example.com")
    await get(api, "/v1/example-corp/people/kari@example.com", 404)


@pytest.mark.parametrize("status", [403, 404])
async def test_hidden_room_is_not_listed_and_refuses(
    api: httpx.AsyncClient, world: InteraxoWorld, root: str, status: int
) -> None:
    folder = world.add_folder(root, "Drawings")
    world.hide_room(root, status)
    assert await get(api, "/v1/example-corp/rooms") == []
    for path in ("", f"content/{root}/children", f"content/{folder}"):
        await get(api, f"/v1/example-corp/rooms/{root}/{path}".rstrip("/"), status)
    assert world.items() == []
    world.unhide_room(root)
    assert len(world.items()) == 2


async def test_removed_room_is_gone(api: httpx.AsyncClient, world: InteraxoWorld, root: str) -> None:
    world.add_folder(root, "Drawings")
    world.remove_room(root)
    await get(api, f"content/{root}", 404)
    assert world.items() == []


# ---- listings


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


# ---- edits


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


# ---- entries and fields


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


# ---- bytes, links, comments


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


# ---- authorities


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


# ---- what must not happen


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_writing_is_refused_and_recorded(
    api: httpx.AsyncClient, world: InteraxoWorld, root: str, method: str
) -> None:
    assert (await api.request(method, f"content/{root}")).status_code == 405
    assert world.violations == [(method, f"/v1/example-corp/rooms/bridge/content/{root}")]
    await get(api, f"content/{root}")


async def test_crawl_finds_exactly_what_the_world_says(api: httpx.AsyncClient, world: InteraxoWorld) -> None:
    choose = random.Random(7)
    roots = [world.add_room("example-corp", slug, slug) for slug in ("a", "b")]
    folders, files = list(roots), list[str]()
    for number in range(150):
        parent = choose.choice(folders)
        match choose.randrange(9):
            case 0 | 1:
                folders.append(world.add_folder(parent, f"folder {number}"))
            case 2 | 3 | 4:
                files.append(world.add_file(parent, f"file {number}", b"x" * number))
            case 5 if files:
                file = files.pop(choose.randrange(len(files)))
                files.append(world.new_version(file, b"new", reissue_id=choose.random() < 0.5))
            case 6 if files:
                world.move(choose.choice(files), parent)
            case 7 if files:
                world.remove(files.pop(choose.randrange(len(files))))
            case 8 if parent not in roots:
                world.rename(parent, f"renamed {number}")
                world.hide(choose.choice(folders[2:]), choose.choice((403, 404)))

    crawled: dict[str, tuple[str, str, int, str]] = {}
    for room in await get(api, "/v1/example-corp/rooms"):
        pending = [room["content"]["root_id"]]
        while pending:
            for row in await get(
                api, f"/v1/example-corp/rooms/{room['id']}/content/{pending.pop()}/children"
            ):
                count = row.get("child_count", 0)
                crawled[row["id"]] = (row["path"], row["last_modified"], count, row.get("version", ""))
                if row["type"] == "simple-folder":
                    pending.append(row["id"])
    visible = {
        view.id: (view.path, write_time(view.last_modified), view.child_count, view.version or "")
        for view in world.items()
        if view.id not in roots
    }
    assert len(crawled) > 20
    assert crawled == visible


async def test_names_survive_unicode(api: httpx.AsyncClient, world: InteraxoWorld, root: str) -> None:
    name = "Ørland – «bru» 橋 🌉 a/b\u2028.pdf"
    file = world.add_file(root, name)
    assert (await get(api, f"content/{file}"))["name"] == name
    other = world.add_room("example-corp", "brø 橋/1", "Brø")
    shown = await get(api, f"/v1/example-corp/rooms/br%C3%B8%20%E6%A9%8B%2F1/content/{other}")
    assert shown["id"] == other
