"""
Both worlds over real sockets, with a client that has the credentials of each.

Clients are made with verify=False: loading the certificates takes longer than most of these tests.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from connector.sandbox.faults import Wire
from connector.sandbox.interact import InteractWorld
from connector.sandbox.interact_http import InteractApp
from connector.sandbox.interaxo import InteraxoWorld
from connector.sandbox.interaxo_http import InteraxoApp
from connector.sandbox.server import serve


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def world() -> InteraxoWorld:
    world = InteraxoWorld()
    world.add_community("example-corp", "Example Corp")
    world.add_group("example-corp", "g1", "All participants")
    world.add_person("example-corp", "kari@example.com", "Kari Nordmann", "kari.n@example.com", groups=["g1"])
    return world


@pytest.fixture
def root(world: InteraxoWorld) -> str:
    return world.add_room(
        "example-corp",
        "bridge",
        "The Bridge",
        workspace=("infra", "Infrastructure"),
        description="Over the fjord",
        metadata={"project_ref": ("Project", "P-17")},
        authorities=[("group", "g1"), ("user", "kari@example.com")],
    )


@pytest.fixture
def app(world: InteraxoWorld) -> InteraxoApp:
    return InteraxoApp(world)


@pytest.fixture
async def api(world: InteraxoWorld, app: InteraxoApp, wire: Wire) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the Interaxo world, signed in, whose base URL is the bridge's room context."""
    async with serve(app, wire) as base_url, httpx.AsyncClient(verify=False) as client:
        credentials = {
            "grant_type": "client_credentials",
            "client_id": world.client_id,
            "client_secret": world.client_secret,
            "audience": world.audience,
        }
        answer = await client.post(f"{base_url}/oauth/token", data=credentials)
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        client.base_url = httpx.URL(f"{base_url}/v1/example-corp/rooms/bridge/")
        wire.clear()
        yield client


@pytest.fixture
def intranet() -> InteractWorld:
    return InteractWorld()


@pytest.fixture
async def connector(intranet: InteractWorld, wire: Wire) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the Interact world with key and tenant, whose base URL is that of the connector's calls."""
    headers = {"X-ApiKey": intranet.api_key, "X-Tenant": intranet.tenant}
    async with (
        serve(InteractApp(intranet), wire) as base_url,
        httpx.AsyncClient(verify=False, headers=headers) as client,
    ):
        client.base_url = httpx.URL(f"{base_url}/api/search/connector/{intranet.app_id}/")
        yield client
