"""Texts of files in whole runs: found by the words inside, downloaded once a version, never in the way of the rest."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from docx import Document as Docx

from connector.sandbox.faults import Fault, Status
from connector.status.document_facts import tell_document
from connector.status.target_status import tell_status
from tests.estates import Small, furnish_small
from tests.ledger.cluster import Cluster
from tests.ledger.conftest import cluster  # noqa: F401 - a fixture
from tests.neighbourhood import Neighbourhood, neighbourhood


@asynccontextmanager
async def reading_world(folder: Path) -> AsyncIterator[tuple[Neighbourhood, Small]]:
    """The small estate with a connector that reads files."""
    small: list[Small] = []
    async with neighbourhood(folder, lambda world: small.append(furnish_small(world))) as near:
        near.values["sources.interaxo.content"] = True
        near.values["text.workers"] = 1
        yield near, small[0]


def docx(words: str) -> bytes:
    document = Docx()
    document.add_paragraph(words)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def downloads(near: Neighbourhood) -> list[str]:
    return [call.path for call in near.wire.calls if "/files/" in call.path]


async def test_a_word_inside_a_file_finds_it(tmp_path: Path) -> None:
    async with reading_world(tmp_path) as (near, small):
        near.rooms.add_file(small.drawings, "note.docx", content=docx("The quokka sleeps"))
        await near.run("backfill")
        assert [hit.title for hit in near.intranet.search("quokka")] == ["note.docx"]


async def test_an_unchanged_file_is_never_downloaded_twice(tmp_path: Path) -> None:
    async with reading_world(tmp_path) as (near, small):
        await near.run("full")
        assert len(downloads(near)) == 3  # the picture is told by its name
        near.rooms.set_authorities(small.bridge, [("group", "few")])
        near.rooms.rename(small.drawings, "Plans")
        for mode in ("delta", "full", "backfill"):
            await near.run(mode)
        assert len(downloads(near)) == 3
        assert [hit.title for hit in near.intranet.search("section")] == ["section.txt"]


async def test_whoever_takes_over_beside_one_ledger_downloads_nothing_twice(
    tmp_path: Path,
    cluster: Cluster,  # noqa: F811 - the fixture
) -> None:
    async with reading_world(tmp_path) as (near, small):
        near.values["ledger.url"] = cluster.new_database()
        await near.run("full")
        assert len(downloads(near)) == 3
        near.values["text.cache"] = "var/of-another-machine"
        near.rooms.rename(small.drawings, "Plans")
        for mode in ("delta", "full", "backfill"):
            await near.run(mode)
        assert len(downloads(near)) == 3
        assert [hit.title for hit in near.intranet.search("section")] == ["section.txt"]


async def test_a_new_version_is_downloaded_and_found(tmp_path: Path) -> None:
    async with reading_world(tmp_path) as (near, small):
        await near.run("backfill")
        near.rooms.new_version(small.section, b"the numbat digs")
        await near.run("delta")
        assert [hit.title for hit in near.intranet.search("numbat")] == ["section.txt"]
        assert len(downloads(near)) == 4


async def test_the_same_bytes_in_several_places_are_read_once(tmp_path: Path) -> None:
    async with reading_world(tmp_path) as (near, small):
        content = docx("a dibbler")
        for n in range(5):
            near.rooms.add_file(small.drawings, f"copy {n}.docx", content=content)
        await near.run("backfill")
        assert len(near.intranet.search("dibbler")) == 5


async def test_files_without_text_are_found_by_name_and_told(tmp_path: Path) -> None:
    async with reading_world(tmp_path) as (near, small):
        bomb = io.BytesIO()
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml", "<Types/>")
            archive.writestr("word/document.xml", b"<w>" + b" " * 300_000_000)
        near.rooms.add_file(small.drawings, "bomb.docx", content=bomb.getvalue())
        near.rooms.add_file(small.drawings, "broken.docx", content=b"PK\x03\x04 no more than that")
        near.rooms.add_file(small.drawings, "empty.txt", content=b"")
        report = await near.run("backfill")
        assert report.outcome == "succeeded"
        assert near.found() == near.expected()
        app = near.app()
        with app.ledger() as ledger:
            texts = tell_status(app, ledger, now=near.clock())["targets"]["intranet"]["texts"]
        assert texts["without"]["bomb"] == 1
        assert texts["without"]["no-text-format"] == 1
        assert sum(texts["without"].values()) >= 4


async def test_a_file_that_cannot_be_downloaded_keeps_its_text_and_is_tried_again(tmp_path: Path) -> None:
    async with reading_world(tmp_path) as (near, small):
        await near.run("full")
        near.rooms.new_version(small.section, b"the numbat digs")
        fault = near.wire.add(Fault(match="GET */files/*", how=Status(503), times=None))
        for mode in ("delta", "full"):
            report = await near.run(mode)
            assert report.documents.pending == 1
            assert near.intranet.search("a section")
        near.wire.faults.remove(fault)
        await near.run("delta")
        assert not near.intranet.search("numbat")  # what failed twice is tried by every second delta
        await near.run("delta")
        assert [hit.title for hit in near.intranet.search("numbat")] == ["section.txt"]


async def test_a_new_file_that_cannot_be_downloaded_is_found_by_its_name_at_once(tmp_path: Path) -> None:
    async with reading_world(tmp_path) as (near, small):
        await near.run("full")
        new = near.rooms.add_file(small.drawings, "new.txt", content=b"the potoroo hops")
        fault = near.wire.add(Fault(match="GET */files/*", how=Status(503), times=None))
        await near.run("delta")
        assert f"ix-{new}" in near.found()
        near.wire.faults.remove(fault)
        await near.run("delta")
        assert [hit.title for hit in near.intranet.search("potoroo")] == ["new.txt"]


async def test_a_signed_address_is_followed_without_the_token(tmp_path: Path) -> None:
    async with reading_world(tmp_path) as (near, _):
        near.values["sources.interaxo.download"] = "content_url"
        near.rooms.web = near.values["sources.interaxo.base_url"]
        await near.run("backfill")
        assert [hit.title for hit in near.intranet.search("a section")] == ["section.txt"]
        assert not near.rooms.violations


async def test_comments_become_text_and_mentions_names(tmp_path: Path) -> None:
    async with reading_world(tmp_path) as (near, small):
        near.values["sources.interaxo.comments"] = True
        near.rooms.add_comment(
            small.plan,
            'Ask <span data-mentionid="kari@example.com">Kari Nordmann</span> about the <b>wallaby</b>',
            author="kari@example.com",
        )
        await near.run("backfill")
        (hit,) = near.intranet.search("wallaby")
        assert "Ask Kari Nordmann about the wallaby" in hit.text


async def test_a_main_document_lends_its_text_to_its_entry(tmp_path: Path) -> None:
    async with reading_world(tmp_path) as (near, small):
        near.values["sources.interaxo.main_document_text"] = True
        attachment = near.rooms.add_file(small.rfi, "answer.txt", content=b"the bettong answers")
        near.rooms.set_main_document(small.rfi, attachment)
        await near.run("backfill")
        assert {hit.id for hit in near.intranet.search("bettong")} == {f"ix-{small.rfi}", f"ix-{attachment}"}


async def test_explain_shows_the_first_lines(tmp_path: Path) -> None:
    async with reading_world(tmp_path) as (near, small):
        await near.run("backfill")
        app = near.app()
        with app.ledger() as ledger:
            told = tell_document(ledger, "intranet", small.section, recall=app.recall)
        assert told is not None
        assert told["text"] == "a section"


async def test_no_text_is_longer_than_the_settings_allow_whatever_it_is_made_of(tmp_path: Path) -> None:
    async with reading_world(tmp_path) as (near, small):
        near.values |= {"sources.interaxo.comments": True, "text.max_text_bytes": 200}
        near.rooms.add_comment(small.rfi, "quokka å " * 30, author="kari@example.com")
        near.rooms.add_comment(small.section, "quokka å " * 30, author="kari@example.com")
        await near.run("full")
        for native in (small.rfi, small.section):
            text = near.document(native)["FileContents"].encode()
            assert 190 < len(text) <= 200
            assert "å" in text.decode()
        assert near.document(small.section)["FileContents"].startswith("a section\nquokka")
