"""Keys of mail, webhook, search test and proxy, changed under a service that runs (docs/keys.md)."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from connector.daemon.service import Pace, Service
from connector.plan.item import Mode
from connector.sandbox.faults import Status
from connector.status.target_status import tell_status
from tests.authority import Authority
from tests.canary.portal import Portal
from tests.daemon.serving import NEVER, ended, history, serving, until
from tests.estates import furnish_small
from tests.http.tunnels import TunnelProxy, served
from tests.neighbourhood import Neighbourhood, neighbourhood
from tests.notify.postoffice import Hook, PostOffice
from tests.patience import IN_VAIN_S
from tests.rules.ground import break_all

OLD, NEW = "first-word-of-ours", "second-word-of-ours"


@pytest.fixture
async def near(tmp_path: Path) -> AsyncIterator[Neighbourhood]:
    async with neighbourhood(tmp_path, furnish_small) as one:
        one.values["service.listen"] = "127.0.0.1:0"
        yield one


def make_service(near: Neighbourhood) -> Service:
    pace = Pace(patience=NEVER, beat_s=0.02, jitter_s=0, news_s=0.02)
    return Service(near.app, clock=near.clock, pace=pace)


def standing(near: Neighbourhood) -> dict[str, Any]:
    """What `status` tells of the target."""
    app = near.app()
    with app.ledger() as ledger:
        told: dict[str, Any] = tell_status(app, ledger, now=near.clock())["targets"]["intranet"]
    return told


async def in_time(near: Neighbourhood, true: Callable[[], bool]) -> None:
    """Wait for something that is tried again after a while; a minute goes by at each look."""

    def look() -> bool:
        near.clock.pass_seconds(60)
        return true()

    await until(look)


async def reload(service: Service, near: Neighbourhood, **values: Any) -> None:
    """Put new values into the settings, and have the running service take them."""
    near.values |= {key.replace("__", "."): value for key, value in values.items()}
    before = service._app
    service.reload()
    await until(lambda: service._app is not before)
    assert service.refused == ""


async def test_keys_of_mail_and_webhook_are_taken_by_a_reload_and_nothing_untold_is_lost(
    near: Neighbourhood,
) -> None:
    async with (
        Hook().open() as hook,
        Hook().open() as new_hook,
        PostOffice(sign_in=True, password=OLD).open() as office,
    ):
        near.values |= {
            "notify.webhook": hook.url,
            "notify.smtp.host": "127.0.0.1",
            "notify.smtp.port": office.port,
            "notify.smtp.from": "connector@example.com",
            "notify.smtp.to": ["kari@example.com"],
            "notify.smtp.user": "us",
            "notify.smtp.password": OLD,
        }
        service = make_service(near)
        async with (
            serving(service),
            httpx.AsyncClient(verify=False, base_url=service.address, timeout=IN_VAIN_S) as client,
        ):
            await until(ended(service, near, 1))
            office.password, hook.status = NEW, "410 Gone"
            fault = break_all(near, "PUT *", Status(401))
            service.ask("intranet", Mode.FULL)
            await until(ended(service, near, 2))
            await until(lambda: {"mail", "webhook"} <= standing(near)["told"]["trouble"].keys())
            trouble = standing(near)["told"]["trouble"]
            assert "does not accept notify.smtp.user and its password" in trouble["mail"]
            assert "410" in trouble["webhook"]
            page = (await client.get("/")).text
            assert "Not everybody was told by mail" in page
            assert "Not everybody was told by webhook" in page
            near.wire.faults.remove(fault)
            await reload(service, near, notify__webhook=new_hook.url, notify__smtp__password=NEW)
            await in_time(near, lambda: bool(office.mails and new_hook.bodies))
            await until(lambda: not standing(near)["told"]["trouble"])
            page = (await client.get("/")).text
        assert "intranet: failed" in office.mails[0]
        assert [one["event"] for one in new_hook.bodies] == ["failed"]
        assert all(word not in page for word in (OLD, NEW, hook.url, new_hook.url))
        assert history(near)[:2] == [("full", "succeeded"), ("full", "failed")]


@pytest.mark.parametrize("key", ["canary.password", "canary.stranger_password"])
async def test_the_keys_of_the_search_test_are_taken_by_a_reload(near: Neighbourhood, key: str) -> None:
    people = {"canary.password": "person@example.com", "canary.stranger_password": "stranger@example.com"}
    known = dict.fromkeys(people, OLD)

    def answer(call: str) -> tuple[str, bytes]:
        taken = [b64encode(f"{people[one]}:{word}".encode()).decode() for one, word in known.items()]
        if not any(f"Basic {one}" in call for one in taken):
            return "401 Unauthorized", b""
        return "200 OK", json.dumps({"Results": []}).encode()

    async with Portal(answer).open() as portal:
        for name in ("person", "stranger"):
            near.intranet.seed_person(f"{name}@example.com", name.title())
            near.values[f"canary.{name}"] = f"{name}@example.com"
        near.values |= {**dict.fromkeys(people, OLD), "canary.reader": "web"}
        near.values["canary.search_url"] = f"{portal.url}/search?q={{words}}"
        service = make_service(near)
        async with (
            serving(service),
            httpx.AsyncClient(verify=False, base_url=service.address, timeout=IN_VAIN_S) as client,
        ):
            await until(ended(service, near, 1))
            await until(lambda: len(portal.calls) >= 2)
            assert standing(near)["search"]["trouble"] == ""
            known[key] = NEW
            await in_time(near, lambda: "answered 401" in standing(near)["search"]["trouble"])
            assert "The search test could not be made" in (await client.get("/")).text
            service.ask("intranet", Mode.FULL)
            await until(ended(service, near, 2))
            await reload(service, near, **{key.replace(".", "__"): NEW})
            await in_time(near, lambda: standing(near)["search"]["trouble"] == "")
            assert NEW not in (await client.get("/")).text
        assert history(near) == [("full", "succeeded")] * 2, (
            "a search that cannot be asked is no fault of a run"
        )


def through_tls(port: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]:
    """Hands on to a port what comes over TLS."""

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
        writer.close()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        try:
            await asyncio.gather(pipe(reader, back), pipe(there, writer))
        finally:
            back.transport.abort()

    return talk


async def test_the_password_of_the_proxy_is_taken_by_a_reload(near: Neighbourhood, tmp_path: Path) -> None:
    authority = Authority(tmp_path, "api.example.com", "localhost")
    port = urlsplit(near.values["targets.intranet.base_url"]).port
    assert port
    async with (
        served(through_tls(port), authority.server()) as secure,
        TunnelProxy(secure, sign_in=f"us:{OLD}")() as proxy,
    ):
        near.values |= {
            "targets.intranet.base_url": "https://api.example.com",
            "http.proxy": proxy.url.replace("http://", "http://us@"),
            "http.proxy_password": OLD,
            "http.ca_file": str(authority.file),
        }
        service = make_service(near)
        async with (
            serving(service),
            httpx.AsyncClient(verify=False, base_url=service.address, timeout=IN_VAIN_S) as client,
        ):
            await until(ended(service, near, 1))
            before = near.found()
            assert before
            proxy.take(f"us:{NEW}")
            service.ask("intranet", Mode.FULL)
            await until(ended(service, near, 2))
            assert near.found() == before
            page = (await client.get("/")).text
            assert "http.proxy_password" in page
            await reload(service, near, http__proxy_password=NEW)
            service.ask("intranet", Mode.FULL)
            await until(ended(service, near, 3))
            page = (await client.get("/")).text
            assert all(word not in page for word in (OLD, NEW))
        # a run that begins while the service ends may come behind
        assert [outcome for _, outcome in history(near)][:3] == ["succeeded", "failed", "succeeded"]
        assert near.found() == before
