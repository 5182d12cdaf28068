"""The Interaxo that is played: sign-in, rooms, people, and what must not happen."""

from __future__ import annotations

import random
from typing import Any

import httpx
import pytest

from connector.sandbox.interaxo import IDENTITY, InteraxoWorld
from connector.sandbox.interaxo_http import InteraxoApp
from connector.sandbox.interaxo_objects import write_time
from tests.sandbox.asking import get


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
