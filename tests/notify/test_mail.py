"""Mail and webhooks over real sockets: encrypted or not at all, and what hangs keeps nobody waiting."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import threading
from pathlib import Path

import pytest

from connector.http.network import Network
from connector.notify import mail as module
from connector.notify.mail import Mail, NotTold, Server
from connector.notify.message_words import Letter
from connector.notify.webhook import Webhook
from tests.notify.postoffice import Hook, PostOffice

LETTER = Letter("A run failed", "Why: the key\n.\nThe end\n")
TO = ("kari@example.com", "ola@example.com")


def server_of(office: PostOffice, host: str = "127.0.0.1", *, signed: bool = False) -> Server:
    user, word = ("us", "word-7a1b") if signed else ("", "")
    return Server(host=host, port=office.port, sender="connector@example.com", user=user, password=word)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For the name localhost, signed by itself; the key stands beside it."""
    file = tmp_path_factory.mktemp("tls") / "mail.crt"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", str(file.with_suffix(".key")), "-out", str(file)],
        check=True, capture_output=True,
    )  # fmt: skip
    return file


def speaking(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    return context


async def test_a_mail_arrives_whole_over_starttls_and_signed_in(certificate: Path) -> None:
    async with PostOffice(tls=speaking(certificate), sign_in=True).open() as office:
        network = Network(ca_file=str(certificate))
        await Mail(server_of(office, "localhost", signed=True), network).send(LETTER, TO)
    (mail,) = office.mails
    assert office.encrypted == [True]
    assert office.commands.count("RCPT") == 2
    assert office.commands.index("AUTH") > office.commands.index("STARTTLS")
    assert "Auto-Submitted: auto-generated" in mail
    assert "The end" in mail


async def test_a_certificate_that_is_not_trusted_or_of_another_name_gets_neither_key_nor_mail(
    certificate: Path,
) -> None:
    async with PostOffice(tls=speaking(certificate), sign_in=True).open() as office:
        known = Network(ca_file=str(certificate))
        for network, host, words in (
            (Network(), "localhost", "not trusted"),
            (known, "127.0.0.1", "another name"),
        ):
            with pytest.raises(NotTold, match=words):
                await Mail(server_of(office, host, signed=True), network).send(LETTER, TO)
    assert "AUTH" not in office.commands
    assert not office.mails


async def test_mail_goes_in_the_clear_to_this_machine_only(monkeypatch: pytest.MonkeyPatch) -> None:
    async with PostOffice().open() as office:
        await Mail(server_of(office), Network()).send(LETTER, TO)
        assert office.encrypted == [False]
        monkeypatch.setattr(module, "is_loopback", lambda _host: False)
        with pytest.raises(NotTold, match="offers no STARTTLS"):
            await Mail(server_of(office), Network()).send(LETTER, TO)
    assert len(office.mails) == 1


@pytest.mark.parametrize("hang_at", ["GREETING", "EHLO", "DATA"])
async def test_a_server_that_hangs_is_left(hang_at: str) -> None:
    async with PostOffice(hang_at=hang_at).open() as office:
        with pytest.raises(NotTold, match=r"did not answer|broke off"):
            await Mail(server_of(office), Network(), answer_s=0.1, longest_s=30).send(LETTER, TO)
        with pytest.raises(NotTold, match="did not finish"):
            await Mail(server_of(office), Network(), answer_s=30, longest_s=0.1).send(LETTER, TO)


async def test_a_server_that_was_left_before_it_greeted_keeps_no_connection() -> None:
    """One that lets a byte come now and then, as those do that delay whom they do not trust, would keep one of each try."""
    async with PostOffice(hang_at="GREETING").open() as office:
        with pytest.raises(NotTold, match="did not finish"):
            await Mail(server_of(office), Network(), answer_s=300, longest_s=0.1).send(LETTER, TO)
        for one in threading.enumerate():
            if one.name == "mail":
                await asyncio.to_thread(one.join, 20)
                assert not one.is_alive()


async def test_a_server_that_greets_after_all_patience_gets_no_mail_any_more() -> None:
    """It is tried again by then: the mail would come twice."""
    greets = asyncio.Event()
    async with PostOffice(greets=greets).open() as office:
        with pytest.raises(NotTold, match="did not finish"):
            await Mail(server_of(office), Network(), answer_s=30, longest_s=0.1).send(LETTER, TO)
        greets.set()
        for one in threading.enumerate():
            if one.name == "mail":
                await asyncio.to_thread(one.join)
    assert not office.mails


@pytest.mark.parametrize(
    ("refuse", "words"),
    [
        ("AUTH", "does not accept notify.smtp.user"),
        ("RCPT", "does not take mail for"),
        ("MAIL", "does not take mail from"),
    ],
)
async def test_what_a_server_refuses_is_told_as_what_to_mend(refuse: str, words: str) -> None:
    async with PostOffice(sign_in=True, refuse=refuse).open() as office:
        with pytest.raises(NotTold, match=words) as caught:
            await Mail(server_of(office, signed=True), Network()).send(LETTER, TO)
    assert "word-7a1b" not in str(caught.value)


async def test_an_address_that_a_server_has_no_letters_for_is_told_as_that() -> None:
    async with PostOffice().open() as office:
        with pytest.raises(NotTold, match="letters beyond ASCII"):
            await Mail(server_of(office), Network()).send(LETTER, ("kåre@example.com",))


async def test_no_server_at_all_is_told() -> None:
    async with PostOffice().open() as office:
        pass
    with pytest.raises(NotTold, match="cannot be reached"):
        await Mail(server_of(office), Network()).send(LETTER, TO)


async def test_a_webhook_is_posted_once_and_its_address_is_never_told() -> None:
    async with Hook().open() as hook:
        await Webhook(hook.url, Network()).send({"text": "so"})
        assert hook.bodies == [{"text": "so"}]
        for status in ("500 No", "302 Found", "404 Gone"):
            hook.status = status
            with pytest.raises(NotTold, match=status[:3]) as caught:
                await Webhook(hook.url, Network()).send({"text": "x"})
            assert "secret-path" not in str(caught.value)
        assert len(hook.bodies) == 4
    with pytest.raises(NotTold, match="cannot be reached") as caught:
        await Webhook(hook.url, Network()).send({"text": "x"})
    assert "secret-path" not in str(caught.value)


async def test_a_webhook_that_hangs_is_left() -> None:
    async with Hook(hang=True).open() as hook:
        with pytest.raises(NotTold, match="did not answer"):
            await Webhook(hook.url, Network(), timeout_s=0.1).send({"text": "x"})


@pytest.mark.parametrize("body", [b"x" * 12_000_000, b""])
async def test_what_a_webhook_answers_is_not_read_and_tells_nothing(body: bytes) -> None:
    async with Hook(body=body, endless=True).open() as hook:
        await Webhook(hook.url, Network(max_answer_bytes=1_000), timeout_s=5).send({"text": "x"})
        assert len(hook.bodies) == 1, "an answer that never ends is none of ours"


@pytest.mark.parametrize(
    ("kind", "body", "refused"),
    [
        ("text/html; charset=utf-8", b"<!doctype html><title>Guest network</title>", True),
        ("text/html", b"\xef\xbb\xbf\n<html>", True),
        ("text/html", b"ok", False), ("text/html", b"", False), ("application/json", b"{}", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("endless", [False, True])
async def test_a_web_page_in_place_of_a_webhook_took_nothing(
    kind: str, body: bytes, refused: bool, endless: bool
) -> None:
    async with Hook(kind=kind, body=body, endless=endless and bool(body)).open() as hook:
        if not refused:
            await Webhook(hook.url, Network()).send({"text": "so"})
            return
        with pytest.raises(NotTold, match="answered 200 with a web page") as caught:
            await Webhook(hook.url, Network()).send({"text": "so"})
        assert ("Guest network" in str(caught.value)) == (b"title" in body)


async def test_a_redirect_in_circles_is_followed_nowhere() -> None:
    async with Hook(status="307 Temporary Redirect").open() as hook:
        hook.location = hook.url
        with pytest.raises(NotTold, match="answered 307"):
            await Webhook(hook.url, Network()).send({"text": "x"})
        assert len(hook.bodies) == 1


async def test_who_of_several_cannot_be_reached_costs_nobody_a_second_mail() -> None:
    async with PostOffice(nobody="ola@example.com").open() as office:
        missed = await Mail(server_of(office), Network()).send(
            LETTER, ("kari@example.com", "ola@example.com")
        )
        assert "ola@example.com" in missed
        assert len(office.mails) == 1
        with pytest.raises(NotTold, match="ola@"):
            await Mail(server_of(office), Network()).send(LETTER, ("ola@example.com",))
