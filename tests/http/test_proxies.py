"""Calls through a proxy, for every transport: what it must not see, how its refusals are told, and who is not asked for through it."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from connector.errors import SettingsError, SourceUnavailable
from connector.http.aiohttp_transport import open_for_writing
from connector.http.httpx_transport import open_for_latin
from connector.http.network import Network, is_exempt, parse_proxy
from tests.authority import Authority
from tests.http.tunnels import OPENED, WAYS, Host, TunnelProxy, calling, download, whole

pytestmark = pytest.mark.usefixtures("plain_environment")

WRITING = [open_for_writing, open_for_latin]


@pytest.mark.parametrize("opened", OPENED)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("named", ["HTTPS_PROXY", "https_proxy", "setting", "setting without http://"])
async def test_calls_and_downloads_go_through_the_proxys_tunnel(
    opened: Any, way: Any, named: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Host(authority)() as host, TunnelProxy(host.port)() as proxy:
        setting = "environment"
        if named.startswith("setting"):
            setting = proxy.url if named == "setting" else proxy.url.removeprefix("http://")
        else:
            monkeypatch.setenv(named, proxy.url)
        network = Network(proxy=setting, ca_file=str(authority.file))
        async with calling(opened, network, "https://api.example.com") as neighbour:
            assert await way(neighbour) == b"[]"
            assert await way(neighbour) == b"[]"
        assert set(proxy.asked) == {"CONNECT api.example.com:443 HTTP/1.1"}
        assert b"TOKEN-0815" not in proxy.seen
        assert b"/rooms" not in proxy.seen
        assert len(host.heads) == 2
        assert all(
            b"TOKEN-0815" in head and b"proxy-authorization" not in head.lower() for head in host.heads
        )


@pytest.mark.parametrize("opened", OPENED)
@pytest.mark.parametrize("given", ["variable", "setting"])
async def test_a_proxy_that_wants_a_sign_in_gets_one(
    opened: Any, given: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Host(authority)() as host, TunnelProxy(host.port, sign_in="user:p@ss wörd")() as proxy:
        if given == "variable":
            monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("http://", "http://user:p%40ss%20w%C3%B6rd@"))
            network = Network(ca_file=str(authority.file))
        else:
            network = Network(
                proxy=proxy.url.replace("http://", "http://user@"),
                proxy_password="p@ss wörd",
                ca_file=str(authority.file),
            )
        async with calling(opened, network, "https://api.example.com") as neighbour:
            assert await whole(neighbour) == b"[]"
            assert await download(neighbour) == b"[]"


@pytest.mark.parametrize("opened", OPENED)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("user", ["", "user:wrong-0815@"])
async def test_a_sign_in_that_is_not_accepted_is_told_once_as_the_setting_to_mend(
    opened: Any, way: Any, user: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Host(authority)() as host, TunnelProxy(host.port, sign_in="user:right")() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("http://", f"http://{user}"))
        async with calling(
            opened, Network(ca_file=str(authority.file)), "https://api.example.com"
        ) as neighbour:
            with pytest.raises(
                SourceUnavailable,
                match=r"HTTPS_PROXY names requires a valid sign-in.*407.*http\.proxy_password",
            ) as caught:
                await way(neighbour)
        assert not caught.value.sent
        assert "0815" not in str(caught.value)
        assert len(proxy.asked) == 1
        assert host.connections == 0


@pytest.mark.parametrize("opened", OPENED)
@pytest.mark.parametrize(("status", "asked"), [(403, 1), (502, 5)])
async def test_a_proxy_that_will_not_connect_is_told_as_such(
    opened: Any, status: int, asked: int, authority: Authority
) -> None:
    async with TunnelProxy(1, status=status)() as proxy:
        async with calling(opened, Network(proxy=proxy.url), "https://api.example.com") as neighbour:
            with pytest.raises(
                SourceUnavailable, match=rf"http\.proxy names refused to connect \({status}"
            ) as caught:
                await whole(neighbour)
        assert not caught.value.sent
        assert len(proxy.asked) == asked


@pytest.mark.parametrize("opened", OPENED)
async def test_a_proxy_that_is_not_there_is_told_as_such(
    opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{free.getsockname()[1]}")
    async with calling(opened, Network(), "https://api.example.com") as neighbour:
        with pytest.raises(
            SourceUnavailable, match=r"cannot be reached: .*proxy that https_proxy names"
        ) as caught:
            await whole(neighbour)
    assert not caught.value.sent


@pytest.mark.parametrize("opened", OPENED)
async def test_a_proxy_whose_name_is_not_found_is_told_as_such(
    opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was told of the host that was to be called, so that its address was looked at."""

    async def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    network = Network(proxy="http://proxy.example.com:3128")
    async with calling(opened, network, "https://api.example.com") as neighbour:
        with pytest.raises(
            SourceUnavailable, match=r"proxy that http\.proxy names.*Name or service not known"
        ) as caught:
            await whole(neighbour)
    assert not caught.value.sent


def only_to_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time for a connection is over long before that of a whole call, however busy this machine is."""
    for module in ("aiohttp_transport", "httpx_transport"):
        monkeypatch.setattr(f"connector.http.{module}.PATIENCE", 1_000)


@pytest.mark.parametrize("opened", OPENED)
async def test_a_proxy_that_says_nothing_comes_to_an_end(
    opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_to_connect(monkeypatch)
    async with (
        TunnelProxy(1, silent=True)() as proxy,
        calling(opened, Network(proxy=proxy.url), "https://api.example.com", timeout_s=0.05) as neighbour,
    ):
        with pytest.raises(SourceUnavailable) as caught:
            await neighbour.call("GET", "/rooms", read=lambda reply: reply, repeat=False)
    if opened is not open_for_latin:  # which cannot tell its silence from the host's
        assert "no connection in time through the proxy that http.proxy names" in str(caught.value)
        assert not caught.value.sent


@pytest.mark.parametrize("opened", OPENED)
@pytest.mark.parametrize("way", WAYS)
async def test_nothing_was_sent_where_no_name_server_answers(
    opened: Any, way: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(*_: Any, **__: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", silent)
    only_to_connect(monkeypatch)
    async with calling(opened, Network(proxy="none"), "https://api.example.com", timeout_s=0.05) as neighbour:
        with pytest.raises(SourceUnavailable, match=r"cannot be reached: .*check its address") as caught:
            await way(neighbour)
    assert not caught.value.sent


@pytest.mark.parametrize("opened", WRITING)
async def test_a_write_through_a_proxy_is_never_repeated_unseen(opened: Any, authority: Authority) -> None:
    async with Host(authority, closes=True)() as host, TunnelProxy(host.port)() as proxy:
        network = Network(proxy=proxy.url, ca_file=str(authority.file))
        async with calling(opened, network, "https://api.example.com") as neighbour:

            async def begin() -> int:
                return await neighbour.call(
                    "PUT", "/begin", content=b"x" * 100, read=lambda one: one.status, repeat=False
                )

            assert await begin() == 200
            with pytest.raises(SourceUnavailable, match="broke off") as caught:
                await begin()
    assert caught.value.sent
    assert len(host.heads) == 2
    assert len(proxy.asked) == 1


@pytest.mark.parametrize("opened", OPENED)
async def test_this_machine_is_never_asked_through_a_proxy(opened: Any, authority: Authority) -> None:
    async with Host(authority)() as host, TunnelProxy(host.port)() as proxy:
        network = Network(proxy=proxy.url, ca_file=str(authority.file))
        async with calling(opened, network, f"https://localhost:{host.port}") as neighbour:
            assert await whole(neighbour) == b"[]"
        assert proxy.asked == []


@pytest.mark.parametrize(
    ("no_proxy", "host", "exempt"),
    [
        ("example.com", "example.com", True), ("example.com", "api.example.com", True), ("example.com", "badexample.com", False),
        (".example.com", "api.example.com", True), (".example.com", "example.com", True), ("*.example.com", "api.example.com", True),
        ("EXAMPLE.com", "api.Example.COM", True), ("example.com.", "api.example.com", True), ("*", "anything.example.org", True),
        ("a.example.org, example.com", "api.example.com", True), ("a.example.org example.com", "api.example.com", True),
        ("", "api.example.com", False), (",,", "api.example.com", False), ("example.com:443", "api.example.com", True),
        ("example.com:8443", "api.example.com", False), ("10.0.0.0/8", "10.1.2.3", True), ("10.0.0.0/8", "11.1.2.3", False),
        ("10.1.2.3", "10.1.2.3", True), ("fd00::/8", "fd00::1", True), ("[fd00::1]", "fd00::1", True), ("[fd00::1]:443", "fd00::1", True),
        ("10.0.0.0/99", "10.1.2.3", False), ("com", "api.example.com", True), (".", "api.example.com", False), ("api", "api", True),
    ],
)  # fmt: skip
def test_no_proxy_is_read_as_others_read_it(no_proxy: str, host: str, exempt: bool) -> None:
    assert is_exempt(host, 443, no_proxy) is exempt


@pytest.mark.parametrize(
    ("environment", "url", "proxy"),
    [
        ({"HTTPS_PROXY": "http://p:1"}, "https://a.example.com", "http://p:1"),
        ({"https_proxy": "http://p:1", "HTTPS_PROXY": "http://q:1"}, "https://a.example.com", "http://p:1"),
        ({"HTTP_PROXY": "http://p:1"}, "https://a.example.com", None),
        ({"HTTP_PROXY": "http://p:1"}, "http://a.example.com", "http://p:1"),
        ({"HTTPS_PROXY": "p:3128"}, "https://a.example.com", "http://p:3128"),
        ({"HTTPS_PROXY": "http://p"}, "https://a.example.com", "http://p:80"),
        ({"HTTPS_PROXY": "http://[fd00::1]:8080/"}, "https://a.example.com", "http://[fd00::1]:8080"),
        ({"HTTPS_PROXY": ""}, "https://a.example.com", None),
        ({"HTTPS_PROXY": "  "}, "https://a.example.com", None),
        ({"HTTPS_PROXY": "http://p:1", "no_proxy": "example.com"}, "https://a.example.com", None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "example.com"}, "https://a.example.com", None),
        ({"HTTPS_PROXY": "http://p:1"}, "https://127.0.0.1:8", None),
        ({"HTTPS_PROXY": "http://p:1"}, "https://[::1]:8", None),
        ({"HTTPS_PROXY": "http://p:1"}, "https://localhost", None),
        ({"HTTPS_PROXY": "http://p:1"}, "https://it.localhost", None),
        ({"HTTPS_PROXY": "socks5://p:1"}, "https://localhost", None),
    ],
)  # fmt: skip
def test_the_environment_names_the_proxy(environment: dict[str, str], url: str, proxy: str | None) -> None:
    found = Network().proxy_for(url, environment)
    assert (found.url if found else None) == proxy
    assert Network(proxy="none").proxy_for(url, environment) is None


@pytest.mark.parametrize(
    "value",
    [
        "socks5://p:1",
        "http://proxy..example.com:3128",
        "https://p:1",
        "http://",
        "http://p:99999",
        "http://p:x",
        "http://[",
        "ftp://p",
        "http://p:1/path?q",
    ],
)
def test_what_is_no_proxy_is_a_settings_error(value: str) -> None:
    with pytest.raises(SettingsError, match=r"http\.proxy: expected") as caught:
        parse_proxy(value, "HTTPS_PROXY")
    assert caught.value.key == "http.proxy"
    assert "HTTPS_PROXY" in str(caught.value)


def test_a_password_does_not_belong_into_the_file() -> None:
    with pytest.raises(SettingsError, match=r"http\.proxy_password") as caught:
        Network(proxy="http://user:pass-0815@p:1").check([])
    assert "0815" not in str(caught.value)
