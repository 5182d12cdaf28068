"""The night's OCR reads what waits; runs push without text first and with it afterwards, and every rule stays theirs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import fpdf
import pytest
from PIL import Image

from connector.commands.inspection import inspect
from connector.errors import SettingsError
from connector.ports.scans import TURNS, WAITS
from connector.runs.night_ocr import Night, read_night
from connector.text import tesseract
from connector.text.ocr import Ocr, Scanned
from connector.text.reasons import Reason
from connector.text.tesseract import Installed
from connector.text.workers import ExtractionPool
from connector.wiring import file_readers
from tests.estates import Small
from tests.neighbourhood import Neighbourhood
from tests.people.estate import estate

INSTALLED = Installed("/usr/bin/tesseract", frozenset({"nor", "eng", "osd"}))


class Eyes:
    """Reads instead of Tesseract: each page is `page N of CONTENT`; counts, costs, and does what it is told."""

    def __init__(self) -> None:
        self.read: list[tuple[bytes, int]] = []
        self.seconds = 1.0
        self.reasons: list[Reason | None] = []
        self.displaced = 0
        """So often each piece that is read is displaced before."""
        self._waits = 0
        self.before: Any = None

    async def scan(self, _: ExtractionPool, path: Path, page: int, piece: int, ocr: Ocr) -> Scanned:
        if self.before is not None:
            await self.before()
        self._waits = (self._waits or self.displaced + 1) - 1
        if self._waits:
            return Scanned(displaced=True, seconds=self.seconds)
        content = path.read_bytes()  # noqa: ASYNC240 - a small one
        self.read.append((content[:8], page))
        reason = self.reasons.pop(0) if self.reasons else None
        text = "" if reason else f"fotavtrykk side {page} {'+'.join(ocr.languages)}"
        return Scanned(text, reason, pieces=1, pages=1, seconds=self.seconds)


@pytest.fixture
def eyes(monkeypatch: pytest.MonkeyPatch) -> Eyes:
    found = Eyes()

    async def scan(pool: ExtractionPool, path: Path, page: int, piece: int, ocr: Ocr) -> Scanned:
        return await found.scan(pool, path, page, piece, ocr)

    monkeypatch.setattr(ExtractionPool, "scan", scan)
    monkeypatch.setattr(file_readers, "find_tesseract", lambda: INSTALLED)
    return found


def scanned(pages: int = 1, *, words: str = "") -> bytes:
    pdf = fpdf.FPDF()
    if words:
        pdf.add_page()
        pdf.set_font("helvetica", size=11)
        pdf.multi_cell(0, text=words)
    for number in range(pages):
        pdf.add_page()
        pdf.image(Image.new("L", (60, 80), 100 + number), x=0, y=0, w=pdf.w, h=pdf.h)
    return bytes(pdf.output())


@asynccontextmanager
async def scans(folder: Path, **values: object) -> AsyncIterator[tuple[Neighbourhood, Small]]:
    async with estate(folder, "room", sources__interaxo__content=True, **values) as (near, small):
        near.rooms.remove(small.photo)
        near.values |= {"text.ocr.languages": ["nor", "eng"], "http.backoff_max_s": 0.01}
        yield near, small


async def night(near: Neighbourhood, **wanted: Any) -> Night:
    near.clock.pass_seconds(60)
    done = await near.app().read_scans(**wanted)
    assert done is not None
    return done


def text_of(near: Neighbourhood, native: str) -> str:
    return str(near.document(native).get("FileContents") or "")


def why_not(near: Neighbourhood, native: str) -> str:
    with near.app().ledger() as ledger:
        facts = ledger.documents("intranet").facts(f"ix-{native}")
    assert facts is not None
    return str(facts["without_text"])


def waiting(near: Neighbourhood) -> int:
    with near.app().ledger() as ledger:
        return sum(ledger.notes("interaxo").count(WAITS, turn) for turn in TURNS)


async def test_a_scan_is_pushed_without_text_and_again_when_the_night_has_read_it(
    tmp_path: Path, eyes: Eyes
) -> None:
    async with scans(tmp_path) as (near, small):
        scan = near.rooms.add_file(small.details, "referat.pdf", content=scanned(2))
        photo = near.rooms.add_file(small.details, "skilt.jpg", content=picture())
        mixed = near.rooms.add_file(
            small.details,
            "avtale.pdf",
            content=scanned(1, words="Avtale om rigging av heisekran og stillas. " * 5),
        )
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert not eyes.read
        assert why_not(near, scan) == why_not(near, photo) == "ocr-due"
        assert "heisekran" in text_of(near, mixed)
        assert waiting(near) == 3
        assert (await night(near)).files == 3
        assert text_of(near, scan) == ""  # it pushes nothing itself
        report = await near.run("delta")
        assert report.documents.updated == 3, report.reasons
        assert "fotavtrykk side 0 nor+eng" in text_of(near, scan)
        assert "fotavtrykk side 1" in text_of(near, scan)
        assert "fotavtrykk" in text_of(near, photo)
        assert "heisekran" in text_of(near, mixed)
        assert "fotavtrykk side 1" in text_of(near, mixed)
        assert why_not(near, scan) == why_not(near, mixed) == ""
        assert waiting(near) == 0
        near.wire.clear()
        pages = len(eyes.read)
        report = await near.run("full")
        assert report.outcome == "succeeded", report.reasons
        assert "fotavtrykk" in text_of(near, scan)
        await night(near)
        assert len(eyes.read) == pages
        assert (await near.run("delta")).documents.updated == 0


def picture() -> bytes:
    import io

    stream = io.BytesIO()
    Image.new("RGB", (64, 48), "white").save(stream, "JPEG")
    return stream.getvalue()


async def test_a_picture_is_not_downloaded_by_a_run_nor_above_the_limit(tmp_path: Path, eyes: Eyes) -> None:
    async with scans(tmp_path, text__max_file_bytes=2000) as (near, small):
        near.rooms.add_file(small.details, "liten.png", content=picture())
        big = near.rooms.add_file(small.details, "stor.png", content=picture() + bytes(5000))
        await near.run("full")
        assert not [call for call in near.wire.calls if "liten" in call.path or "stor" in call.path]
        await night(near)
        await near.run("delta")
        assert len(eyes.read) == 1
        assert why_not(near, big) == "too-large"


async def test_a_page_without_words_is_told_and_not_read_again(
    tmp_path: Path, eyes: Eyes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scans(tmp_path) as (near, small):
        scan = near.rooms.add_file(small.details, "tom.pdf", content=scanned())
        await near.run("full")

        async def blind(*_: object) -> Scanned:
            return Scanned("", None, pieces=1, pages=1, seconds=1.0)

        monkeypatch.setattr(ExtractionPool, "scan", blind)
        await night(near)
        report = await near.run("delta")
        assert report.documents.updated == 0
        assert why_not(near, scan) == "ocr-empty"
        assert waiting(near) == 0


async def test_the_budget_of_a_day_outlives_a_restart_and_what_is_left_waits(
    tmp_path: Path, eyes: Eyes
) -> None:
    async with scans(tmp_path) as (near, small):
        near.values["text.ocr.budget_s"] = 2.5
        for number in range(3):
            near.rooms.add_file(small.details, f"{number}.pdf", content=scanned(2, words=f"n{number}"))
        await near.run("full")
        done = await night(near)
        assert len(eyes.read) == 3
        assert done.over
        assert done.spent_s == 3
        await night(near)  # the same day
        assert len(eyes.read) == 3
        near.clock.pass_seconds(86_400)
        await night(near)
        assert len(eyes.read) == 6
        assert len(set(eyes.read)) <= len(eyes.read)


async def test_what_is_killed_goes_on_behind_the_last_piece(tmp_path: Path, eyes: Eyes) -> None:
    async with scans(tmp_path) as (near, small):
        near.rooms.add_file(small.details, "lang.pdf", content=scanned(4))
        await near.run("full")
        begun = asyncio.Event()

        async def hang() -> None:
            if len(eyes.read) == 2:
                begun.set()
                await asyncio.Event().wait()

        eyes.before = hang
        task = asyncio.create_task(near.app().read_scans())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with near.app().ledger() as ledger:
            left = read_night(ledger.notes(""))
        assert not left.over
        assert left.spent_s == 2
        eyes.before = None
        done = await night(near)
        assert [page for _, page in eyes.read] == [0, 1, 2, 3]
        assert done.began == left.began
        assert done.spent_s == 4


async def test_what_went_or_changed_in_between_is_left_to_the_runs(tmp_path: Path, eyes: Eyes) -> None:
    async with scans(tmp_path) as (near, small):
        gone = near.rooms.add_file(small.details, "borte.pdf", content=scanned())
        changed = near.rooms.add_file(small.details, "ny.pdf", content=scanned(2))
        await near.run("full")
        near.rooms.remove(gone)
        near.rooms.new_version(changed, b"plain words now")
        await night(near)
        assert not eyes.read
        assert waiting(near) == 0
        await near.run("delta")
        assert f"ix-{gone}" not in near.found()
        assert text_of(near, changed) == "plain words now"


async def test_a_text_that_came_at_night_goes_to_those_alone_who_may_see_it_now(
    tmp_path: Path, eyes: Eyes
) -> None:
    async with scans(tmp_path) as (near, small):
        near.values["sources.interaxo.permissions"] = "item"
        scan = near.rooms.add_file(small.details, "lønn.pdf", content=scanned())
        await near.run("full")
        await night(near)
        near.rooms.set_authorities(scan, [("group", "few")])
        await near.run("full")
        assert "fotavtrykk" in text_of(near, scan)
        assert [one for one in near.document(scan)["ExternalIdentities"] if one.endswith("/all")] == []


async def test_trouble_of_a_file_costs_it_alone_and_comes_to_an_end(tmp_path: Path, eyes: Eyes) -> None:
    async with scans(tmp_path) as (near, small):
        bad = near.rooms.add_file(small.details, "a.pdf", content=scanned(5))
        good = near.rooms.add_file(small.details, "b.pdf", content=scanned(1, words="x"))
        await near.run("full")
        eyes.reasons = [Reason.CRASHED, Reason.TIMEOUT, Reason.OUT_OF_MEMORY]
        await night(near)
        await near.run("delta")
        reasons = {why_not(near, bad), why_not(near, good)}
        assert "" in reasons or "fotavtrykk" in text_of(near, good) + text_of(near, bad)
        before = len(eyes.read)
        await night(near)
        assert len(eyes.read) == before


async def test_scans_that_starved_are_read_again_once_the_settings_give_more_memory(
    tmp_path: Path, eyes: Eyes
) -> None:
    async with scans(tmp_path) as (near, small):
        scan = near.rooms.add_file(small.details, "a.pdf", content=scanned())
        await near.run("full")
        eyes.reasons = [Reason.OUT_OF_MEMORY] * 9
        await night(near)
        await near.run("full")
        assert (why_not(near, scan), waiting(near)) == ("out-of-memory", 0)
        eyes.reasons = []
        near.values["text.memory_mb"] = 900
        await near.run("full")
        assert waiting(near) == 1
        await night(near)
        await near.run("delta")
        assert "fotavtrykk" in text_of(near, scan)


async def test_a_machine_that_reads_nothing_ends_the_night_and_everything_keeps_its_turn(
    tmp_path: Path, eyes: Eyes
) -> None:
    async with scans(tmp_path) as (near, small):
        for number in range(5):
            near.rooms.add_file(small.details, f"{number}.pdf", content=scanned(1, words=f"n{number}"))
        await near.run("full")
        eyes.reasons = [Reason.UNAVAILABLE] * 5
        await night(near)
        assert len(eyes.read) == 3
        assert waiting(near) == 5


async def test_files_that_cannot_be_read_now_are_passed_over_as_long_as_others_can(
    tmp_path: Path, eyes: Eyes
) -> None:
    async with scans(tmp_path) as (near, small):
        for number in range(8):
            near.rooms.add_file(small.details, f"{number}.pdf", content=scanned(1, words=f"n{number}"))
        await near.run("full")
        eyes.reasons = [Reason.UNAVAILABLE, None] * 4
        assert (await night(near)).files == 4
        assert waiting(near) == 4


async def test_a_night_whose_pieces_make_room_for_files_again_and_again_goes_on_with_them(
    tmp_path: Path, eyes: Eyes
) -> None:
    async with scans(tmp_path) as (near, small):
        for number in range(5):
            near.rooms.add_file(small.details, f"{number}.pdf", content=scanned(1, words=f"n{number}"))
        await near.run("full")
        eyes.displaced = 2
        near.wire.clear()
        done = await night(near)
        assert (done.files, done.spent_s) == (5, 15)
        assert len([call for call in near.wire.calls if call.path.endswith("/content")]) == 5


async def test_what_makes_room_for_files_all_night_ends_with_its_budget(tmp_path: Path, eyes: Eyes) -> None:
    async with scans(tmp_path) as (near, small):
        near.rooms.add_file(small.details, "a.pdf", content=scanned())
        await near.run("full")
        near.values["text.ocr.budget_s"] = 4
        eyes.displaced = 1_000
        done = await night(near)
        assert (done.files, done.spent_s, done.over) == (0, 4, True)
        assert waiting(near) == 1


async def test_other_languages_read_anew_and_keep_the_old_words_until_then(
    tmp_path: Path, eyes: Eyes
) -> None:
    async with scans(tmp_path) as (near, small):
        scan = near.rooms.add_file(small.details, "a.pdf", content=scanned())
        await near.run("full")
        await night(near)
        await near.run("delta")
        near.values["text.ocr.languages"] = ["nor"]
        await near.run("full")
        assert "nor+eng" in text_of(near, scan)
        assert waiting(near) == 1
        await night(near)
        await near.run("delta")
        assert text_of(near, scan).endswith("nor")


async def test_switched_on_what_was_empty_before_is_due_and_off_again_it_is_not(
    tmp_path: Path, eyes: Eyes
) -> None:
    async with scans(tmp_path) as (near, small):
        near.values["text.ocr.languages"] = []
        scan = near.rooms.add_file(small.details, "a.pdf", content=scanned())
        await near.run("full")
        assert why_not(near, scan) == "empty"
        assert await near.app().read_scans() is None
        near.values["text.ocr.languages"] = ["nor"]
        near.wire.clear()
        await near.run("delta")
        assert why_not(near, scan) == "ocr-due"
        assert not [call for call in near.wire.calls if call.path.endswith("/content")]
        near.values["text.ocr.languages"] = []
        await near.run("delta")
        assert why_not(near, scan) == "empty"


async def test_check_says_how_ocr_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with scans(tmp_path) as (near, _):
        from connector.commands import local_inspection

        for installed, ok, words in (
            (INSTALLED, True, "OCR reads scanned pages and pictures in nor, eng"),
            (
                Installed("", frozenset()),
                False,
                "apt-get install tesseract-ocr tesseract-ocr-nor tesseract-ocr-eng",
            ),
            (Installed("/usr/bin/tesseract", frozenset({"eng"})), False, "tesseract lacks nor"),
        ):
            monkeypatch.setattr(local_inspection, "find_tesseract", lambda installed=installed: installed)
            monkeypatch.setattr(file_readers, "find_tesseract", lambda installed=installed: installed)
            told = await inspect(near.app(), now=near.clock())
            assert told["ocr"]["ok"] is told["ok"] is ok, told
            assert words in told["ocr"]["message"]
        with pytest.raises(SettingsError, match="tesseract lacks nor"):
            await near.app().read_scans()
        near.values["text.ocr.languages"] = []
        told = await inspect(near.app(), now=near.clock())
        assert told["ok"]
        assert "OCR is off" in told["ocr"]["message"]
    assert tesseract.PROGRAM == "tesseract"
