"""Starting and stopping: in a loop, in a thread, and the whole sandbox at once."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import httpx
import pytest

from connector.commands.tour import settings_text
from connector.sandbox import faults
from connector.sandbox.faults import Call, Fault, Latency, Wire
from connector.sandbox.interact import InteractWorld
from connector.sandbox.interact_http import InteractApp
from connector.sandbox.interaxo import InteraxoWorld
from connector.sandbox.interaxo_http import InteraxoApp
from connector.sandbox.run import Neighbours, open_sandbox, run
from connector.sandbox.server import ThreadServer, serve
from tests.builders import check, load


async def test_server_stops_at_once_and_frees_its_port() -> None:
    handler = signal.getsignal(signal.SIGTERM)
    async with serve(InteractApp(InteractWorld())) as base_url:
        assert signal.getsignal(signal.SIGTERM) is handler
        async with httpx.AsyncClient(verify=False) as client:
            await client.get(f"{base_url}/people")  # leaves a kept-alive connection open
            port = httpx.URL(base_url).port
            assert port is not None
    async with httpx.AsyncClient(verify=False) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(f"{base_url}/people")
    async with serve(InteractApp(InteractWorld()), port=port) as again:
        assert again == base_url


@pytest.mark.parametrize("how", [faults.TIMEOUT_BEFORE, faults.TIMEOUT_AFTER, Latency(60)])
async def test_server_stops_while_calls_hang(how: faults.How) -> None:
    wire, arrived = Wire(), asyncio.Event()

    def tell(call: Call) -> bool:
        arrived.set()
        return True

    wire.add(Fault(tell, how))
    async with httpx.AsyncClient(verify=False, timeout=10) as client:
        async with serve(InteractApp(InteractWorld()), wire) as base_url:
            hanging = asyncio.create_task(client.get(f"{base_url}/people"))
            await arrived.wait()
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            await hanging


def test_thread_serves_while_the_test_goes_on() -> None:
    interaxo, interact, wire = InteraxoWorld(), InteractWorld(), Wire()
    server = ThreadServer([InteraxoApp(interaxo), InteractApp(interact)], wire)
    with server as urls, httpx.Client(verify=False) as client:
        wire.add(Fault("PUT *", faults.LATE))
        key = {"X-ApiKey": interact.api_key, "X-Tenant": interact.tenant}
        with pytest.raises(httpx.ReadError):
            client.put(f"{urls[1]}/api/search/connector/47/docs/beginsyncsession", headers=key)
        assert server.run(wire.run_late()) == 1
        server.call(lambda: interact.seed_person("kari@example.com", "Kari"))
        assert client.get(f"{urls[1]}/people").json()[0]["name"] == "Kari"
        assert client.get(f"{urls[0]}/v1/communities").status_code == 401
    assert [call.server for call in wire.calls] == ["interact", "interact", "interaxo"]


def test_thread_tells_that_a_port_is_taken() -> None:
    with ThreadServer([InteractApp(InteractWorld())]) as urls:
        port = httpx.URL(urls[0]).port
        assert port is not None
        with (
            pytest.raises(OSError, match="address already in use"),
            ThreadServer([InteractApp(InteractWorld())], ports=[port]),
        ):
            pass


async def test_sandbox_opens_both_servers_with_a_local_folder(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")

    def furnish(world: InteraxoWorld) -> None:
        world.add_community("example-corp", "Example Corp")
        world.add_person("example-corp", "kari", "Kari Nordmann", "kari@example.com")

    async with (
        open_sandbox(furnish, {"local": tmp_path}) as neighbours,
        httpx.AsyncClient(verify=False) as client,
    ):
        (view,) = [view for view in neighbours.interaxo.items() if view.type == "file"]
        assert ("user", "kari") in view.authorities
        settings = neighbours.settings()
        credentials = {
            "grant_type": "client_credentials",
            "client_id": settings["sources.interaxo.client_id"],
            "client_secret": settings["sources.interaxo.client_secret"],
            "audience": settings["sources.interaxo.audience"],
        }
        answer = await client.post(settings["sources.interaxo.token_url"], data=credentials)
        assert answer.status_code == 200
        people = await client.get(f"{neighbours.interact_url}/people")
        assert [person["email"] for person in people.json()] == ["kari@example.com"]
        assert "example-corp/local" in neighbours.describe()
        assert len(neighbours.wire.calls) == 2


@pytest.mark.parametrize("office", [False, True], ids=["rooms", "rooms and office"])
async def test_what_the_sandbox_tells_are_whole_settings(office: bool, tmp_path: Path) -> None:
    async with open_sandbox() as neighbours:
        file = tmp_path / "sandbox.toml"
        file.write_text(settings_text(neighbours, office=office), encoding="utf-8")
        told = [("told", path.split("."), value) for path, value in neighbours.all_settings().items()]
        described = neighbours.describe()
    written = load(file, {}).settings
    by_hand = check(told, file=file).settings
    assert set(written.sources) == ({"interaxo", "itr", "interject"} if office else {"interaxo"})
    for name, one in written.sources.items():
        assert by_hand.sources[name].model_dump(exclude={"calls_per_s"}) == one.model_dump(
            exclude={"calls_per_s"}
        )
    assert "sources.itr.permissions = company" in described


async def test_sandbox_runs_until_it_is_cancelled() -> None:
    announced: asyncio.Future[Neighbours] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(run(announce=announced.set_result))
    neighbours = await announced
    async with httpx.AsyncClient(verify=False) as client:
        (person,) = (await client.get(f"{neighbours.interact_url}/people")).json()
    assert person["email"] == "kari@example.com"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
