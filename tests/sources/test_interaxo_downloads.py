"""Files of Interaxo come by the address that it signs, else by its API; from named hosts only, whole or not at all."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from connector.commands.inspection import inspect
from connector.daemon import logs
from connector.ledger.notes import Notes
from connector.ports.source import Note
from connector.sandbox.faults import Fault, Instead, Status
from connector.sandbox.interaxo_downloads import Downloads
from connector.sources.interaxo.addresses import NotAllowed, hosts_of, signed_address
from connector.sources.interaxo.download_retries import FAILED
from connector.sources.interaxo.downloads import ONCE_AFTER, WAY_THAT_WORKED
from connector.sources.interaxo.files import NOT_READ
from connector.status.document_facts import tell_document
from tests.combinations import in_turn
from tests.estates import Small
from tests.neighbourhood import Neighbourhood
from tests.people.estate import estate
from tests.rules.ground import tables

SIGNED, API = "/content?", "GET */files/*/content"
SIGNATURE = "SIGNATURE-0123456789abcdef"


@asynccontextmanager
async def files(folder: Path, **values: object) -> AsyncIterator[tuple[Neighbourhood, Small]]:
    async with estate(folder, "room", sources__interaxo__content=True, **values) as (near, small):
        near.values["http.backoff_max_s"] = 0.01
        yield near, small


def text_of(near: Neighbourhood, native: str) -> str:
    return str(near.document(native).get("FileContents") or "")


def asked(near: Neighbourhood) -> list[str]:
    """Which way each download took."""
    return [
        "content_url" if "/public/" in call.path else "api"
        for call in near.wire.calls
        if call.path.endswith("/content") and "/files/" in call.path
    ]


def sign(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Let every item of the sandbox name this address."""
    monkeypatch.setattr(Downloads, "signed_url", lambda *_: url)


@asynccontextmanager
async def talking(answer: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server on loopback that says one thing to everybody; gives its port and what it was asked."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(answer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], heard


# -- which way ----------------------------------------------------------------------------------


async def test_the_signed_address_comes_first_and_no_file_is_asked_for_twice(tmp_path: Path) -> None:
    async with files(tmp_path) as (near, small):
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert set(asked(near)) == {"content_url"}
        assert text_of(near, small.section) == "a section"
        near.wire.clear()
        await near.run("full")
        assert asked(near) == []


async def test_what_is_noted_of_a_file_is_looked_up_twice_at_most_while_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[tuple[str, str]] = []
    get = Notes.get

    def counted(notes: Notes, kind: str, key: str) -> Note | None:
        looked_up.append((kind, key))
        return get(notes, kind, key)

    monkeypatch.setattr(Notes, "get", counted)
    async with files(tmp_path) as (near, _):
        assert (await near.run("full")).outcome == "succeeded"
        of_files = Counter(one for one in looked_up if one[0] in {FAILED, NOT_READ})
        assert set(of_files.values()) == {1}
        of_ways = sum(kind == WAY_THAT_WORKED for kind, _ in looked_up)
        assert of_ways <= 3 < len(asked(near))


@pytest.mark.parametrize(
    "quirk", [{"content_status": 403}, {"content_status": 503}, {"content_redirects": True}], ids=str
)
async def test_what_the_signed_address_does_not_give_the_api_does_and_that_is_remembered(
    tmp_path: Path, quirk: dict[str, Any]
) -> None:
    async with files(tmp_path) as (near, small):
        for name, value in quirk.items():
            setattr(near.rooms.quirks, name, value)
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert text_of(near, small.section) == "a section"
        assert asked(near).count("content_url") <= near.values["sources.interaxo.concurrency"]
        near.wire.clear()
        near.rooms.new_version(small.section, b"another section")
        await near.run("delta")
        assert asked(near) == ["api"]
        assert text_of(near, small.section) == "another section"


async def test_the_api_is_left_again_once_it_gives_nothing(tmp_path: Path) -> None:
    async with files(tmp_path) as (near, small):
        near.values["sources.interaxo.concurrency"] = 1
        near.rooms.quirks.content_status = 403
        await near.run("full")
        near.rooms.quirks.content_status, near.rooms.quirks.api_download_status = 200, 403
        many = [near.rooms.add_file(small.details, f"{number}.txt", content=b"new") for number in range(8)]
        near.wire.clear()
        report = await near.run("delta")
        assert report.outcome == "succeeded", report.reasons
        assert [text_of(near, one) for one in many] == ["new"] * 8
        assert asked(near) == ["api", "content_url"] * 3 + ["content_url"] * 5


@pytest.mark.parametrize("way", ["api", "content_url", "auto"])
async def test_what_a_strict_host_requires_of_every_call_is_sent_with_downloads_too(
    tmp_path: Path, way: str
) -> None:
    async with files(tmp_path, sources__interaxo__download=way) as (near, small):
        near.rooms.quirks.requested_with = True
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert text_of(near, small.section) == "a section"
        assert not near.rooms.violations


@pytest.mark.parametrize(
    ("way", "quirk"), [("api", "api_download_status"), ("content_url", "content_status")]
)
async def test_a_way_that_is_set_is_the_only_one(tmp_path: Path, way: str, quirk: str) -> None:
    async with files(tmp_path, sources__interaxo__download=way) as (near, small):
        setattr(near.rooms.quirks, quirk, 403)
        report = await near.run("full")
        assert report.outcome == "withheld"
        assert set(asked(near)) == {way}
        assert near.found() == near.expected()
        assert text_of(near, small.section) == ""


# -- which hosts --------------------------------------------------------------------------------

HOSTS = hosts_of(
    "https://api.interaxo.se", "https://ix.interaxo.se/{community}/{room}/{id}", ["files.example.net"]
)


@pytest.mark.parametrize(
    "url",
    [
        "https://ix.interaxo.se/v1/c/files/a%2Fb/content?t=a%2Bb+c%20d&blank&blank=&r=1&r=2&q=!'()*~",
        "https://IX.interaxo.SE:8443/a//b/../c?",
        "https://files.example.net./x?sig=%zz&a=b?c/d",
        "https://api.interaxo.se",
    ],
)
def test_a_signed_address_is_asked_for_byte_for_byte(url: str) -> None:
    address = signed_address(url, HOSTS, setting="x")
    told = f"{address.base}{address.path}" + (f"?{address.query}" if address.query else "")
    assert told in {url, f"{url}/", url.removesuffix("?")}


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x", "https://ix.interaxo.se.evil.example/x", "https://ix.interaxo.com/x", "http://ix.interaxo.se/x",
        "ftp://ix.interaxo.se/x", "file:///etc/passwd", "https://u:p@ix.interaxo.se/x", "https://ix.interaxo.se@evil.example/x",
        "http://127.0.0.1/admin", "http://[", "https://[::1", "https://ix.interaxo.se:99999/x", "https://ix.interaxo.se:abc/x", "https:///x",
        "//ix.interaxo.se/x", "ix.interaxo.se/x", "", " ", "https://\u0130x.interaxo.se/x", "https://xn--\u00e9/x", "https://ix.interaxo.se\x00/x",
        "https://ix.interaxo.se\\@evil.example/x", "javascript:alert(1)", "https://ix.interaxo.se:0/x", "https://2130706433/x",
    ],
)  # fmt: skip
def test_any_other_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        signed_address(url, HOSTS, setting="sources.ix.content_hosts")
    assert not url.strip() or url not in str(refused.value)


def test_plain_http_is_for_this_machine_only_and_what_cannot_be_sent_is_quoted() -> None:
    here = hosts_of("http://127.0.0.1:8000", "https://ix.example.com/{id}", ["\u00fc.example.net"])
    assert signed_address("http://127.0.0.1:1/a b?c=\u00e9", here, setting="x").path == "/a%20b"
    assert "xn--tda.example.net" in here


@pytest.mark.parametrize("way", ["auto", "content_url"])
async def test_a_host_that_is_not_named_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    async with (
        talking(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nmetadata") as (port, heard),
        files(tmp_path, sources__interaxo__download=way) as (near, small),
    ):
        sign(monkeypatch, f"http://localhost:{port}/admin?t={SIGNATURE}")
        report = await near.run("full")
        assert not heard
        assert not near.intranet.search("metadata")
        assert text_of(near, small.section) == ("a section" if way == "auto" else "")
        if way == "content_url":
            assert any("localhost" in why and "content_hosts" in why for why in report.reasons)
        near.values["sources.interaxo.content_hosts"] = ["LOCALHOST"]
        near.values["sources.interaxo.download"] = "content_url"
        near.rooms.new_version(small.section, b"x" * 8)
        await near.run("delta")
        assert heard
        assert text_of(near, small.section) == "metadata"


async def test_what_is_signed_arrives_as_it_was_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = "/v1/c%2Fd/e%20f/content?t=a%2Bb+c%20d&blank&r=1&r=2&q=!'(,)*~/?:@"
    async with (
        talking(b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n" + b"signed " * 57 + b"!") as (port, heard),
        files(tmp_path, sources__interaxo__download="content_url") as (near, small),
    ):
        sign(monkeypatch, f"http://127.0.0.1:{port}{target}#part")
        await near.run("full")
        assert heard[0].split(b"\r\n")[0] == f"GET {target} HTTP/1.1".encode()
        assert b"authorization" not in heard[0].lower()
        assert text_of(near, small.section).startswith("signed signed")


# -- what goes wrong ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "way"),
    in_turn(("http://[", "https://host:99999999/x", "https://host:abc/x", "https:///x", "https://a b/x", "https://\u0130x.example/x", "https://xn--\u00e9/x", "", "x" * 9_000), ("auto", "content_url")),
)  # fmt: skip
async def test_an_odd_signed_address_costs_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, way: str
) -> None:
    sign(monkeypatch, url)
    async with files(tmp_path, sources__interaxo__download=way) as (near, _):
        report = await near.run("full")
        assert report.outcome == ("succeeded" if way == "auto" else "withheld"), report.reasons
        assert near.found() == near.expected()


GARBLED = [
    b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n", b"HTTP/9.9 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: xyz\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", b"HTTP/1.1 500 no\r\nContent-Length: 0\r\n\r\n", b"",
    b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\nhalf", b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n!",
    b'HTTP/1.1 403 no\r\nContent-Length: 58\r\n\r\n{"message": "t=SIGNATURE-0123456789abcdef is over, friend"}',
]  # fmt: skip


@pytest.mark.parametrize("answer", GARBLED, ids=range(len(GARBLED)))
async def test_a_garbled_answer_is_a_failed_download_and_no_signature_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: bytes
) -> None:
    async with (
        talking(answer) as (port, heard),
        files(tmp_path, sources__interaxo__download="content_url") as (near, small),
    ):
        sign(monkeypatch, f"http://127.0.0.1:{port}/PATH{SIGNATURE}/file?t={SIGNATURE}&x=1")
        report = await near.run("full")
        assert heard
        assert report.outcome == "withheld", report.reasons
        assert near.found() == near.expected()
        assert text_of(near, small.section) == ""
        captured = capsys.readouterr()
        told = report.as_text() + captured.out + captured.err + repr(tables(near))
        assert SIGNATURE not in told


@pytest.mark.parametrize("way", ["api", "content_url", "auto"])
async def test_a_failed_download_tells_status_and_trace_id_wherever_somebody_looks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], way: str
) -> None:
    async with files(tmp_path, sources__interaxo__download=way) as (near, small):
        near.rooms.quirks.content_status = near.rooms.quirks.api_download_status = 403
        logs.set_up(style="json", secrets=[])
        report = await near.run("full")
        events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
        told = next(why for why in report.reasons if why.startswith("section.txt"))
        logged = next(
            one["why"] for one in events if one["event"] == "download.failed" and one["file"] == small.section
        )
        with near.app().ledger() as ledger:
            explained = tell_document(ledger, "intranet", small.section)
        assert explained is not None
        for words in (told, logged, str(explained["not_read"])):
            assert "403" in words
            assert "trace id SBX" in words
        if way == "auto":
            assert told.count("403") >= 2
        near.rooms.quirks.content_status = near.rooms.quirks.api_download_status = 200
        assert (await near.run("delta")).outcome == "succeeded"
        with near.app().ledger() as ledger:
            explained = tell_document(ledger, "intranet", small.section)
        assert explained is not None
        assert explained["not_read"] is None
        assert text_of(near, small.section) == "a section"


@pytest.mark.parametrize("way", ["api", "content_url"])
async def test_half_a_file_is_no_file_and_is_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    send = Downloads.send_file

    async def send_half(this: Downloads, exchange: Any, item: Any, label: str | None) -> None:
        await exchange.answer(200, item.versions[-1].content[: item.versions[-1].size // 2], "text/plain")

    async with files(tmp_path, sources__interaxo__download=way) as (near, small):
        monkeypatch.setattr(Downloads, "send_file", send_half)
        report = await near.run("full")
        assert report.outcome == "withheld"
        assert any("bytes came" in why for why in report.reasons)
        assert text_of(near, small.section) == ""
        monkeypatch.setattr(Downloads, "send_file", send)
        assert (await near.run("delta")).outcome == "succeeded"
        assert text_of(near, small.section) == "a section"


async def test_a_file_of_which_always_fewer_bytes_come_than_are_listed_is_taken_as_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes in two runs alike is the file; it is not asked for any more then."""

    async def send_less(this: Downloads, exchange: Any, item: Any, label: str | None) -> None:
        await exchange.answer(200, item.versions[-1].content[:-2], "text/plain")

    async with files(tmp_path) as (near, small):
        monkeypatch.setattr(Downloads, "send_file", send_less)
        assert (await near.run("full")).outcome == "withheld"
        assert text_of(near, small.section) == "", "by neither way in one run"
        assert (await near.run("delta")).outcome == "succeeded"
        assert text_of(near, small.section) == "a secti"
        near.wire.clear()
        for mode in ("delta", "full"):
            assert (await near.run(mode)).outcome == "succeeded"
        assert asked(near) == []


async def test_a_version_that_does_not_come_is_tried_by_few_deltas_and_once_each(tmp_path: Path) -> None:
    async with files(tmp_path, sources__interaxo__download="api") as (near, small):
        near.values["http.attempts"] = 3
        await near.run("full")
        near.rooms.add_file(small.details, "other.txt", content=b"new")
        odd = near.rooms.add_file(small.details, "odd.txt", content=b"odd")
        fault = near.wire.add(Fault(f"GET */files/{odd}/content", Status(504), times=None))
        tried = []
        for _ in range(12):
            near.wire.calls.clear()
            await near.run("delta")
            tried.append(len(asked(near)))
        assert tried == [1 + 3, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0]
        near.wire.calls.clear()
        await near.run("full")
        assert len(asked(near)) == 1, "a full run tries"
        near.wire.faults.remove(fault)
        near.rooms.new_version(odd, b"another")
        assert (await near.run("delta")).outcome == "succeeded"
        assert text_of(near, odd) == "another", "another version is asked for at once"


async def test_files_of_which_none_comes_are_asked_for_once_each(tmp_path: Path) -> None:
    async with files(tmp_path) as (near, small):
        near.values |= {"sources.interaxo.concurrency": 1, "http.backoff_max_s": 0.001, "http.attempts": 5}
        await near.run("full")
        near.rooms.quirks.content_status = near.rooms.quirks.api_download_status = 503
        many = [near.rooms.add_file(small.details, f"{number}.txt", content=b"new") for number in range(40)]
        near.wire.clear()
        await near.run("delta")
        assert len(asked(near)) == 2 * (ONCE_AFTER * 5 + 40 - ONCE_AFTER)
        near.rooms.quirks.content_status = near.rooms.quirks.api_download_status = 200
        await near.run("delta")
        assert [text_of(near, one) for one in many] == ["new"] * 40


async def test_a_main_document_that_cannot_be_asked_for_costs_its_text_only(tmp_path: Path) -> None:
    async with files(tmp_path, sources__interaxo__main_document_text=True) as (near, _):
        near.wire.add(Fault("GET */document", Status(400), times=None))
        report = await near.run("full")
        assert near.found() == near.expected()
        assert report.outcome == "withheld"
        assert any("could not be read completely" in why for why in report.reasons)


async def test_check_tells_how_files_come_and_tries_one(tmp_path: Path) -> None:
    async with files(tmp_path) as (near, _):

        async def told() -> dict[str, Any]:
            checked: dict[str, Any] = (await inspect(near.app(), now=near.clock()))["sources"]["interaxo"]
            return checked

        first = await told()
        assert "content_url, else by the API; no run has asked for a file yet" in first["message"]
        assert "came by content_url and by api." in first["message"]
        near.rooms.quirks.content_status = 403
        await near.run("full")
        near.values["sources.interaxo.content_hosts"] = ["files.example.net"]
        words = (await told())["message"]
        assert "api worked last" in words
        assert "came by api; content_url gave none (content_url answered 403" in words
        assert "127.0.0.1, files.example.net, ix.example.com" in words
        near.rooms.quirks.api_download_status = 403
        both = await told()
        assert not both["ok"]
        assert "content_hosts" in both["message"]
        near.values["sources.interaxo.download"] = "api"
        assert "by the API alone" in (await told())["message"]
        near.values["sources.interaxo.content"] = False
        assert (await told())["ok"]
        assert "Files come" not in (await told())["message"]


async def test_check_names_a_room_that_cannot_be_read(tmp_path: Path) -> None:
    async with files(tmp_path) as (near, small):
        row = {"id": "odd", "content": {"root_id": ""}}
        good = {"id": "tunnel", "content": {"root_id": small.tunnel}}
        near.wire.add(Fault("GET */rooms", Instead(json.dumps([row, good]).encode())))
        checked = (await inspect(near.app(), now=near.clock()))["sources"]["interaxo"]
        assert not checked["ok"]
        assert "example-corp/odd" in checked["message"]


SIGN_IN = (
    b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in to go on</body></html>"
)


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/octet-stream"])
async def test_a_page_that_comes_instead_of_a_file_is_not_its_text(tmp_path: Path, kind: str) -> None:
    """As a proxy sends it while its session is over: remembered, it would stand there until the file has another version."""
    async with files(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.new_version(small.section, content=b"another section")
        near.wire.add(Fault(lambda call: call.path.endswith("/content"), Instead(SIGN_IN, kind), times=None))
        await near.run("delta")
        assert text_of(near, small.section) == "a section"
        near.wire.clear()
        await near.run("delta")
        assert text_of(near, small.section) == "another section"


async def test_pages_and_what_is_a_page_by_its_content_are_files_as_others(tmp_path: Path) -> None:
    async with files(tmp_path) as (near, small):
        page = near.rooms.add_file(small.details, "help.html", content=SIGN_IN)
        sheet = near.rooms.add_file(small.details, "export.xls", content=SIGN_IN)
        await near.run("full")
        assert "Please sign in" in text_of(near, page)
        assert "Please sign in" in text_of(near, sheet)
