"""Secrets are hidden before anything is encoded or stored, in every form that somebody may give them; words are left alone."""

from __future__ import annotations

import base64
import html
import json
import random
import re
import string
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import jinja2
import msgspec
import pytest
import structlog

from connector.daemon import logs
from connector.errors import SettingsError, SourceRefused, SourceUnavailable
from connector.http.neighbour import words_of
from connector.sandbox import faults
from connector.sandbox.faults import Fault, Instead, Status
from connector.sandbox.interaxo_downloads import Downloads
from connector.secrets import hiding
from connector.sources.interaxo import wire
from connector.sources.interaxo.calls import Calls
from connector.target.replies import Problem, problems_in_words
from tests.rules.ground import break_all, children_of, small_world, tables

ODD = [
    'se"cr\\et-0815',
    "ge<h>ei&m-0815",
    "nøkkel-0815",
    "a/b+c=d-0815",
    "tab\tand 'quote'-0815",
    "日本-0815-語",
    "0815%2F%20-x",
    "🔑0815-key",
]


@pytest.mark.parametrize("secret", ODD)
@pytest.mark.parametrize(
    "write",
    [
        str,
        json.dumps,
        lambda s: json.dumps(s, ensure_ascii=False),
        lambda s: json.dumps(s).replace("/", "\\/"),
        lambda s: msgspec.json.encode(s).decode(),
        lambda s: json.dumps(s).replace("<", "\\u003C").replace(">", "\\u003E").replace("&", "\\u0026").replace("'", "\\u0027")
        .replace("+", "\\u002B").replace('\\"', "\\u0022"),
        html.escape,
        lambda s: jinja2.Environment(autoescape=True).from_string("{{ a }}").render(a=s),
        quote, quote_plus, lambda s: quote(s, safe=""), lambda s: re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), quote(s, safe="")),
        repr, lambda s: repr(s.encode()),
        lambda s: base64.b64encode(f"client:{s}".encode()).decode(),
        lambda s: base64.b64encode(f"a client:{s}:and more".encode()).decode(),
        lambda s: base64.urlsafe_b64encode(f"ab:{s}".encode()).decode(),
        lambda s: f"Bearer {s}\n at line 3",
    ],
)  # fmt: skip
def test_a_secret_is_found_in_every_form(secret: str, write: Any) -> None:
    hiding.keep([secret])
    for shown in (hiding.hide(f"echo {write(secret)}"), hiding.hide_in_ours(f"echo {write(secret)}")):
        assert "0815" not in shown
        assert base64.b64encode(b"0815").decode()[:4] not in shown
        assert hiding.HIDDEN in shown


def test_a_secret_is_found_wherever_base64_puts_it() -> None:
    secret = "".join(random.Random(7).choices(string.ascii_letters + string.digits, k=32))
    hiding.keep([secret])
    for before in range(12):
        written = base64.b64encode(b"x" * before + secret.encode() + b"!").decode()
        shown = hiding.hide(written)
        assert hiding.HIDDEN in shown
        assert len(shown) <= len(written) - len(secret) + 10


@pytest.mark.parametrize("word", ["live", "succeeded", "interaxo", "documents", "delta", "Rooms"])
def test_a_plain_word_is_hidden_in_words_of_others_only(word: str) -> None:
    hiding.keep([word])
    ours = {
        "documents": {"live": 3},
        "outcome": "succeeded",
        "mode": "delta",
        "sources": {"interaxo": {"errors": ["Rooms"]}},
    }
    assert hiding.hidden(ours) == ours
    assert word not in words_of(json.dumps({"message": f"client {word} is unknown"}).encode())


def test_keys_of_ours_stay_whatever_is_secret() -> None:
    hiding.keep(["requests-2026", "Geheim-1234"])
    assert hiding.hidden({"requests-2026": ["Geheim-1234"]}) == {"requests-2026": ["***"]}


def test_short_secrets_are_in_half_of_all_words_and_are_left() -> None:
    hiding.keep(["a", "12", "abc"])
    assert hiding.hide("abc 12 a") == "abc 12 a"


def test_one_secret_within_another_leaves_nothing_of_the_longer_one() -> None:
    hiding.keep(["secret-1", "secret-1-and-more"])
    assert hiding.hide("x secret-1-and-more y") == "x *** y"


def test_a_secret_that_was_changed_stays_hidden() -> None:
    hiding.keep(["old-key-0815"])
    hiding.keep(["new-key-4711"])
    assert hiding.hide("old-key-0815 new-key-4711") == "*** ***"


def test_tokens_are_remembered_up_to_a_number_the_last_ones() -> None:
    tokens = [f"token-{number:05}-abc" for number in range(hiding.MOST_PASSING + 50)]
    for token in tokens:
        hiding.keep_token(token)
    assert hiding.hide(tokens[-1]) == "***"
    assert hiding.hide(tokens[0]) == tokens[0]


def test_signed_addresses_crowd_out_no_token() -> None:
    hiding.keep_token("token-4711-abc")
    for number in range(hiding.MOST_PASSING + 1):
        hiding.keep_address(f"https://files.example.com/a?sig=signed-{number:05}-xyz&part={number}")
    assert hiding.hide("token-4711-abc") == "***"
    assert "signed-00001-xyz" in hiding.hide("signed-00001-xyz"), "of them the last ones"


@pytest.mark.parametrize(
    "said",
    ["https://files.example.com/a?sig=SIGNED-0815-x&se=2026-11-27T05%3A00", "https://f.example.com/a?X-Sig=SIGNED%2D0815%2Dx", "http://[?sig=SIGNED-0815-x"],
)  # fmt: skip
def test_a_signed_address_is_known_by_its_query(said: str) -> None:
    hiding.keep_address(said)
    assert "0815" not in hiding.hide(f"GET {said} failed: SIGNED-0815-x")


def test_words_are_hidden_before_they_are_cut() -> None:
    hiding.keep(["A-very-long-secret-0815-0815"])
    said = "x" * 185 + "A-very-long-secret-0815-0815"
    assert "A-very" not in words_of(json.dumps({"message": said}).encode())
    assert "A-very" not in problems_in_words([Problem(ErrorCode=99, ErrorMessage=said)])


@pytest.mark.parametrize(
    "kind", [SourceUnavailable, SourceRefused, lambda words: SettingsError("http.proxy", words)]
)
def test_errors_are_born_without_secrets(kind: Any) -> None:
    hiding.keep(["Geheim-0815"])
    error = kind("the host says Geheim-0815")
    assert "0815" not in f"{error} {error.args} {getattr(error, 'message', '')}"


# -- whole runs -----------------------------------------------------------------------------------


def everything(capsys: pytest.CaptureFixture[str], near: Any, report: Any) -> str:
    out = capsys.readouterr()
    return out.out + out.err + report.as_text() + repr(report.reasons) + repr(tables(near))


@pytest.mark.parametrize("code", [400, 401, 403, 404, 429, 500])
async def test_a_host_that_echoes_the_token_puts_it_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], code: int
) -> None:
    tokens: list[str] = []
    sign_in = Calls.sign_in

    async def spied(self: Calls, *, stale: str = "") -> str:
        tokens.append(await sign_in(self, stale=stale))
        return tokens[-1]

    monkeypatch.setattr(Calls, "sign_in", spied)
    monkeypatch.setattr(
        faults,
        "_refusal",
        lambda *_: json.dumps(
            {"message": f"Bearer {tokens[-1]} may not do this", "trace_id": tokens[-1]}
        ).encode(),
    )
    async with small_world(tmp_path) as (near, small):
        await near.run("full")
        near.clock.pass_seconds(1_000)
        logs.set_up(style="json", secrets=near.app().settings.secrets())
        break_all(near, children_of(small.details), Status(code))
        report = await near.run("delta")
        told = everything(capsys, near, report)
        structlog.reset_defaults()
    assert tokens
    assert not [token for token in tokens if token in told]


async def test_a_sign_in_that_echoes_the_secret_puts_it_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with small_world(tmp_path) as (near, _):
        near.values["sources.interaxo.client_secret"] = secret = 'S"ecr\\et-0815-ø'
        said = {"error": "invalid_client", "error_description": f"The secret {secret} has expired"}
        monkeypatch.setattr(faults, "_refusal", lambda *_: json.dumps(said).encode())
        near.wire.add(Fault("POST *token*", Status(401), times=None))
        logs.set_up(style="json", secrets=near.app().settings.secrets())
        report = await near.run("delta")
        told = everything(capsys, near, report)
        structlog.reset_defaults()
    assert "0815" not in told
    assert "has expired" in told  # what the host says of it is told, without the secret


async def test_the_intranet_that_echoes_the_key_puts_it_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with small_world(tmp_path) as (near, _):
        key = near.values["targets.intranet.api_key"]
        monkeypatch.setattr(
            faults, "_refusal", lambda *_: json.dumps({"Message": f"{key} is wrong."}).encode()
        )
        near.wire.add(Fault("PUT *addupdate", Status(401), times=None))
        logs.set_up(style="console", secrets=near.app().settings.secrets())
        report = await near.run("full")
        told = everything(capsys, near, report)
        structlog.reset_defaults()
    assert key not in told


@pytest.mark.parametrize(
    "answer",
    [
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        b"HTTP/9.9 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: xyz\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 500 no\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 404 SIGNATURE-0123456789\r\nContent-Length: 0\r\n\r\n",
        b"",
    ],
)
async def test_a_signed_address_stays_out_of_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: bytes
) -> None:
    import asyncio

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    signature = "SIGNATURE-0123456789"
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    address = f"http://127.0.0.1:{port}/PATH-{signature}/file?sig={signature}&x=1"
    monkeypatch.setattr(Downloads, "signed_url", lambda *_: address)
    async with server, small_world(tmp_path) as (near, _):
        near.values["sources.interaxo.content"] = True
        near.values["sources.interaxo.download"] = "content_url"
        logs.set_up(style="json", secrets=near.app().settings.secrets())
        report = await near.run("full")
        told = everything(capsys, near, report)
        structlog.reset_defaults()
    assert report.outcome != "failed"
    assert signature not in told


async def test_a_client_id_that_is_a_plain_word_leaves_the_report_readable(tmp_path: Path) -> None:
    async with small_world(tmp_path) as (near, _):
        near.values["sources.interaxo.client_id"] = near.rooms.client_id = "live"
        report = await near.run("full")
        kept = json.loads(report.as_text())
    assert kept["documents"]["live"] > 0


@pytest.mark.parametrize(
    ("url", "passwords", "told"),
    [
        ("sqlite:///var/ledger.db", [], "sqlite:///var/ledger.db"),
        ("postgresql://ola@db/ledger", [], "postgresql://db/ledger"),
        ("postgresql://ola:top%40word@db/ledger", ["top%40word", "top@word"], "postgresql://db/ledger"),
        ("postgresql://ola:top@word@db/ledger", ["top@word"], "postgresql://db/ledger"),
        ("postgresql://ola:top/word@db/ledger", ["top/word"], "postgresql://db/ledger"),
        ("postgresql://ola:top?word@db/ledger", ["top?word"], "postgresql://db/ledger"),
        (
            "postgresql://db/ledger?user=ola&password=top%20word&sslpassword=other",
            ["other", "top word", "top%20word"],
            "postgresql://db/ledger",
        ),
        ("ola:topword@db/ledger", ["topword"], "db/ledger"),
    ],
)
def test_the_url_of_a_database_is_told_without_who_logs_in(url: str, passwords: list[str], told: str) -> None:
    assert set(passwords) <= set(hiding.passwords_of(url))
    assert hiding.without_login(url).rpartition(":")[2].lstrip("/") == told.rpartition(":")[2].lstrip("/")
    assert not any(one in hiding.without_login(url) for one in passwords)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"error": "invalid_client", "error_description": "The secret SECRET has expired."}, "(200: The secret *** has expired)"),
        ({"error": "unauthorized_client"}, "(200: unauthorized_client)"),
        ({"something": "else"}, "not a token"),
    ],
)  # fmt: skip
async def test_a_sign_in_that_refuses_with_200_is_told_in_its_words(
    tmp_path: Path, said: dict[str, str], words: str
) -> None:
    async with small_world(tmp_path) as (near, _):
        secret = near.values["sources.interaxo.client_secret"]
        body = json.dumps(said).replace("SECRET", secret).encode()
        near.wire.add(Fault("POST *token*", Instead(body), times=None))
        report = await near.run("delta")
    assert report.outcome == "failed"
    assert words in " ".join(report.reasons)
    assert "check sources.interaxo." in " ".join(report.reasons)


@pytest.mark.parametrize("lifetime", ["3600", None, "soon", 0, -1, 1e99, True, [], "NaN"])
async def test_an_odd_lifetime_of_a_token_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lifetime: Any
) -> None:
    async with small_world(tmp_path) as (near, _):
        read = Calls.sign_in
        asked = 0

        async def counted(self: Calls, *, stale: str = "") -> str:
            nonlocal asked
            asked += 1
            return await read(self, stale=stale)

        monkeypatch.setattr(Calls, "sign_in", counted)
        body = json.dumps({"access_token": "TOKEN", "expires_in": lifetime})
        parse = wire.parse_value

        def told(read_body: bytes, kind: Any) -> Any:
            if kind is not wire.Token:
                return parse(read_body, kind)
            token = json.loads(read_body)["access_token"]
            return parse(body.replace("TOKEN", token).encode(), kind)

        monkeypatch.setattr(wire, "parse_value", told)
        report = await near.run("full")
    assert report.outcome == "succeeded"
    assert asked <= 3
