"""Networks as they are: a real CONNECT proxy over loopback sockets, a private authority, certificates for another name."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from connector.app import App
from connector.commands.inspection import inspect
from connector.errors import SettingsError, SourceUnavailable
from connector.http.aiohttp_transport import open_for_reading, open_for_writing
from connector.http.call_policy import CallPolicy
from connector.http.exchange import Exchange
from connector.http.httpx_transport import open_for_latin
from connector.http.neighbour import Neighbour
from connector.http.network import Network, is_exempt, parse_proxy
from connector.status.exchanges import tell_exchanges
from tests.authority import Authority
from tests.builders import check
from tests.http.test_wire import Talk

OPENED = [open_for_reading, open_for_writing, open_for_latin]
WRITING = [open_for_writing, open_for_latin]
ROOMS = Exchange(method="GET", path="/rooms", purpose="", sends="", receives="", personal_data=False)
BEGIN = Exchange(method="PUT", path="/begin", purpose="", sends="", receives="", personal_data=False)
VARIABLES = (
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "api.example.com", "localhost")


@asynccontextmanager
async def served(talk: Talk, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server on a port of this machine; whoever still talks when it ends is cut off."""
    talking: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talking[task] = writer
        with contextlib.suppress(
            ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError
        ):
            await talk(reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(note, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task, writer in talking.items():
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)
        for _ in range(5):  # transports close in the next rounds of the loop
            await asyncio.sleep(0)


class Host:
    """A TLS server that answers every call; with `closes` it hangs up on every second call of a connection."""

    def __init__(self, authority: Authority, *, closes: bool = False) -> None:
        self._authority = authority
        self._closes = closes
        self.heads: list[bytes] = []
        self.connections = 0
        self.port = 0

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        first = True
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            self.heads.append(head)
            told = head.lower().partition(b"content-length:")[2]
            await reader.readexactly(int(told.split()[0]) if told else 0)
            if self._closes and not first:
                return
            first = False
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")
            await writer.drain()

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[Host]:
        async with served(self._talk, self._authority.server()) as self.port:
            yield self


class TunnelProxy:
    """A proxy that knows CONNECT only, and leads every name to one port of this machine."""

    def __init__(self, port: int, *, sign_in: str = "", status: int = 200, silent: bool = False) -> None:
        self._to = port
        self.take(sign_in)
        self._status = status
        self._silent = silent
        self.asked: list[str] = []
        self.seen = b""
        """Everything that passed, from the caller."""
        self.url = ""

    def take(self, sign_in: str) -> None:
        """Take this sign-in from now on, and no other; empty: anybody."""
        self._sign_in = base64.b64encode(sign_in.encode())

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.seen += head
        self.asked.append(head.split(b"\r\n")[0].decode())
        if self._silent:
            await reader.read()
        elif self._sign_in and b"Basic " + self._sign_in not in head:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        elif self._status != 200 or not head.startswith(b"CONNECT "):
            writer.write(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % max(self._status, 400))
        else:
            there, back = await asyncio.open_connection("127.0.0.1", self._to)
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            try:
                await asyncio.gather(self._pipe(reader, back, note=True), self._pipe(there, writer))
            finally:
                back.transport.abort()
        await writer.drain()

    async def _pipe(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, note: bool = False
    ) -> None:
        while piece := await reader.read(65_536):
            self.seen += piece if note else b""
            writer.write(piece)
            await writer.drain()
        writer.close()

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[TunnelProxy]:
        async with served(self._talk) as port:
            self.url = f"http://127.0.0.1:{port}"
            yield self


@asynccontextmanager
async def calling(
    opened: Any, network: Network, base_url: str, *, timeout_s: float = 10
) -> AsyncIterator[Neighbour]:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with opened(4, timeout_s, network) as transport:
        yield Neighbour(
            transport,
            name="Interaxo",
            base_url=base_url,
            exchanges=(ROOMS, BEGIN),
            unavailable=SourceUnavailable,
            policy=CallPolicy(attempts=5, backoff_max_s=1, sleep=sleep),
        )


async def whole(neighbour: Neighbour) -> bytes:
    return await neighbour.call(
        "GET", "/rooms", headers={"Authorization": "Bearer TOKEN-0815"}, read=lambda reply: reply.body
    )


async def download(neighbour: Neighbour) -> bytes:
    async with neighbour.stream("/rooms", headers={"Authorization": "Bearer TOKEN-0815"}) as opened:
        return b"".join([piece async for piece in opened.pieces()])


WAYS = [whole, download]


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


@pytest.mark.parametrize("opened", OPENED)
async def test_an_address_that_answers_in_the_clear_is_told_as_such(opened: Any) -> None:
    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with (
        served(talk, None) as port,
        calling(opened, Network(), f"https://localhost:{port}") as neighbour,
    ):
        with pytest.raises(SourceUnavailable, match="does not speak TLS there"):
            await whole(neighbour)


@pytest.mark.parametrize("opened", OPENED)
@pytest.mark.parametrize("way", WAYS)
async def test_a_certificate_of_a_stranger_is_told_at_once_and_how_to_trust_it(
    opened: Any, way: Any, authority: Authority
) -> None:
    async with Host(authority)() as host, TunnelProxy(host.port)() as proxy:
        async with calling(opened, Network(proxy=proxy.url), "https://api.example.com") as neighbour:
            with pytest.raises(
                SourceUnavailable,
                match=r"certificate not trusted \(.*\); set http\.ca_file, or SSL_CERT_FILE",
            ) as caught:
                await way(neighbour)
        assert caught.value.lasting
        assert not caught.value.sent
        assert len(proxy.asked) == 1  # no second try


@pytest.mark.parametrize("opened", OPENED)
@pytest.mark.parametrize("way", WAYS)
async def test_a_certificate_for_another_name_is_told_apart(
    opened: Any, way: Any, authority: Authority
) -> None:
    async with Host(authority)() as host, TunnelProxy(host.port)() as proxy:
        network = Network(proxy=proxy.url, ca_file=str(authority.file))
        async with calling(opened, network, "https://other.example.com") as neighbour:
            with pytest.raises(
                SourceUnavailable, match=r"its certificate is for another name .*check the address"
            ) as caught:
                await way(neighbour)
        assert "ca_file" not in str(caught.value)
        assert len(proxy.asked) == 1
        assert host.heads == []


@pytest.mark.parametrize("opened", OPENED)
async def test_ssl_cert_file_works_for_every_client(
    opened: Any, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    async with (
        Host(authority)() as host,
        calling(opened, Network(), f"https://localhost:{host.port}") as neighbour,
    ):
        assert await whole(neighbour) == b"[]"


def test_the_machines_own_list_stays_beside_ca_file(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = Authority(tmp_path, "other.example.com")
    monkeypatch.setenv("SSL_CERT_FILE", str(other.file))  # stands for the machine's list
    names = {
        dict(pair[0] for pair in one["subject"])["commonName"]
        for one in Network(ca_file=str(authority.file)).trust().get_ca_certs()
    }
    assert names == {"Private Authority"}
    assert Network(ca_file=str(authority.file)).trust().cert_store_stats()["x509_ca"] == 2
    assert Network().trust().cert_store_stats()["x509_ca"] == 1


@pytest.mark.parametrize("form", ["pem", "der", "with words in any language", "two of them"])
def test_certificates_are_taken_in_every_usual_form(form: str, authority: Authority, tmp_path: Path) -> None:
    pem = authority.file.read_bytes()
    file = tmp_path / "ca"
    file.write_bytes(
        {
            "pem": pem,
            "der": ssl.PEM_cert_to_DER_cert(pem.decode()),
            "with words in any language": "\ufeffFirma Bjørnsons røtter\r\n".encode()
            + pem.replace(b"\n", b"\r\n"),
            "two of them": pem + b"\n" + pem,
        }[form]
    )
    before = Network().trust().cert_store_stats()["x509_ca"]
    assert Network(ca_file=str(file)).trust().cert_store_stats()["x509_ca"] == before + 1


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "cannot be read"), (b"", "holds no certificate"), (b"hello", "holds no certificate"), ("key", "holds no certificate"),
     (b"-----BEGIN CERTIFICATE-----\nbm90\n-----END CERTIFICATE-----\n", "holds no certificate")],
)  # fmt: skip
def test_a_ca_file_that_is_none_is_a_settings_error(content: Any, words: str, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    if content == "key":
        content = b"-----BEGIN PRIVATE KEY-----\nbm90\n-----END PRIVATE KEY-----\n"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=words) as caught:
        Network(ca_file=str(file)).check([])
    assert caught.value.key == "http.ca_file"


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
