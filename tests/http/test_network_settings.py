"""What [http] says of the network reaches every client, and stops every command that calls where it cannot be used."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from connector.app import App
from connector.commands.inspection import inspect
from connector.errors import SettingsError
from connector.status.exchanges import tell_exchanges
from tests.authority import Authority
from tests.builders import check
from tests.http.tunnels import Host, TunnelProxy

pytestmark = pytest.mark.usefixtures("plain_environment")


class Answers(Host):
    """A TLS server that says one thing to everybody."""

    def __init__(self, authority: Authority, body: bytes) -> None:
        super().__init__(authority)
        self._body = body

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            self.heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(self._body), self._body))


def connector(folder: Path, proxy: TunnelProxy, authority: Authority) -> App:
    """A connector of all kinds of neighbours, behind a proxy that requires a valid sign-in."""
    values: dict[str, Any] = {
        "http.proxy": proxy.url.replace("http://", "http://user@"),
        "http.proxy_password": "word-0815",
        "http.ca_file": authority.file.name,
        "http.attempts": 1,
        "targets.intranet.base_url": "https://api.example.com",
        "targets.intranet.tenant": "t",
        "targets.intranet.app_id": 47,
        "targets.intranet.api_key": "key-of-test",
        "sources.interaxo.kind": "interaxo",
        "sources.interaxo.id_prefix": "ix",
        "sources.interaxo.base_url": "https://api.example.com",
        "sources.interaxo.token_url": "https://api.example.com/token",
        "sources.interaxo.client_id": "client-of-test",
        "sources.interaxo.client_secret": "secret-of-test",
        "sources.interaxo.permissions": "room",
        "sources.itr.kind": "itr",
        "sources.itr.id_prefix": "itr",
        "sources.itr.base_url": "https://api.example.com/api",
        "sources.itr.web_url": "https://api.example.com",
        "sources.itr.user_id": "user-of-test",
        "sources.itr.password": "password-of-test",
    }
    layers = [("test", key.split("."), value) for key, value in values.items()]
    return App(check(layers, file=folder / "settings.toml"))


async def test_the_settings_reach_every_client_and_check_and_exchanges_tell_of_them(
    authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / authority.file.name).write_bytes(authority.file.read_bytes())
    body = b'{"DocExists": false}'
    async with (
        Answers(authority, body)() as host,
        TunnelProxy(host.port, sign_in="user:word-0815")() as proxy,
    ):
        app = connector(tmp_path, proxy, authority)
        told = await inspect(app, now=0)
        exchanges = await tell_exchanges(app)
    assert told["targets"]["intranet"]["ok"]
    way = f"through a tunnel of the proxy {proxy.url}, which http.proxy names, certificates also checked by"
    assert way in told["targets"]["intranet"]["message"]
    assert {
        one["transport"].startswith(f"TLS, certificate verified, {way}") for one in exchanges["hosts"]
    } == {True}
    asked = {line.split()[1].decode() for line in (head.split(b"\r\n")[0] for head in host.heads)}
    assert {"/token", "/api/login"} <= asked
    assert any(path.startswith("/api/search/connector/47/docs/state") for path in asked)
    assert "word-0815" not in json.dumps([told, exchanges])


def test_what_cannot_be_used_stops_every_command_that_calls_before_any_request(
    authority: Authority, tmp_path: Path
) -> None:
    proxy = TunnelProxy(1)
    proxy.url = "http://127.0.0.1:1"
    with pytest.raises(SettingsError, match=r"http\.ca_file") as caught:
        connector(tmp_path, proxy, authority)  # the file is not there
    assert caught.value.key == "http.ca_file"
