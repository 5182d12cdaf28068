"""Whose certificates are trusted, for every transport, and how it is told where one is not."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest

from connector.errors import SettingsError, SourceUnavailable
from connector.http.network import Network, words_of_certificate
from tests.authority import Authority
from tests.http.tunnels import OPENED, WAYS, Host, TunnelProxy, calling, served, whole

pytestmark = pytest.mark.usefixtures("plain_environment")


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


@pytest.mark.parametrize("holds", [None, "no certificate"])
def test_an_ssl_cert_file_that_is_none_is_told_where_a_certificate_is_not_trusted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, holds: str | None
) -> None:
    named = tmp_path / "authorities.pem"
    if holds is not None:
        named.write_text(holds, encoding="utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(named))
    stranger = ssl.SSLCertVerificationError(1, "certificate verify failed")
    stranger.verify_code, stranger.verify_message = 20, "unable to get local issuer certificate"
    assert f"SSL_CERT_FILE names {named}, of which no certificate" in words_of_certificate(stranger)


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
