"""Scans are read: clean and spoilt ones, of every kind of picture."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import file_makers as make
import pytest
import scans as paper
from PIL import Image, ImageChops

from connector.text.extract import Extracted
from connector.text.names import is_picture
from connector.text.ocr import Ocr
from connector.text.pictures import MAX_PIECE_PIXELS, MAX_PIECES, cut, take_piece
from connector.text.pool_slots import PoolSlots
from connector.text.reasons import NoTextError, Reason
from connector.text.tesseract import Installed, _joined, _lines, make_ready, say_what_is_missing
from connector.text.workers import ExtractionPool
from tests.combinations import every_other
from tests.patience import IN_VAIN_S
from tests.people.estate import estate


@pytest.fixture
async def pool() -> AsyncIterator[ExtractionPool]:
    async with ExtractionPool(workers=1, memory_mb=350, timeout_s=300) as pool:
        yield pool


async def read_all(pool: ExtractionPool, path: Path, languages: Sequence[str] = paper.ONE) -> str:
    """Every piece of every page, as the night reads them."""
    told: list[str] = []
    page = pages = 0
    while page == 0 or page < pages:
        piece = pieces = 0
        while piece == 0 or piece < pieces:
            found = await pool.scan(path, page, piece, paper.ready(languages))
            assert found.reason is None, found.reason
            pieces, pages, piece = found.pieces, found.pages, piece + 1
            told.append(found.text)
        page += 1
    return "\n".join(told)


CLEAN = {
    "small.pdf": lambda: paper.typed_page(size=8),
    "scanned.pdf": lambda: paper.scanned_pdf(paper.scan(paper.typed_page())),
    "150dpi.png": lambda: paper.saved(paper.scan(paper.typed_page(), dpi=150), "PNG"),
    "sideways.png": lambda: paper.saved(paper.scan(paper.typed_page()).rotate(90, expand=True), "PNG"),
    "upside-down.png": lambda: paper.saved(paper.scan(paper.typed_page()).rotate(180), "PNG"),
}
KEPT: dict[str, Callable[[Image.Image], bytes]] = {
    "g4.tif": lambda page: paper.saved(page.convert("1"), "TIFF", compression="group4"),
    "jpg": lambda page: paper.saved(page.convert("RGB"), "JPEG", quality=75),
    "transparent.png": lambda page: paper.saved(transparent(page), "PNG"),
    "sixteen-bit.png": lambda page: paper.saved(
        page.convert("I").point(lambda dot: dot * 257).convert("I;16"), "PNG"
    ),
}
"""How else the same page is kept."""
NOISY = {
    "very-grainy.png": lambda: paper.saved(
        paper.skewed(paper.grainy(paper.scan(paper.typed_page()), 60), 1.5), "PNG"
    ),
    "dusty.tif": lambda: paper.saved(
        paper.dusty(paper.scan(paper.typed_page()), 0.05).convert("1", dither=Image.Dither.NONE),
        "TIFF",
        compression="group4",
    ),
    "shaded.jpg": lambda: paper.saved(
        paper.grainy(paper.shaded(paper.skewed(paper.scan(paper.typed_page()), -1.5)), 15).convert("RGB"), "JPEG", quality=70
    ),
    "coarse-and-grainy.png": lambda: paper.saved(paper.grainy(paper.scan(paper.typed_page(), dpi=200), 25), "PNG"),
    "scanned.pdf": lambda: paper.scanned_pdf(paper.skewed(paper.grainy(paper.scan(paper.typed_page()), 30), 2)),
}  # fmt: skip


def transparent(page: Image.Image) -> Image.Image:
    """The letters alone, on nothing."""
    ink = Image.new("LA", page.size, (0, 0))
    ink.putalpha(page.point(lambda value: 255 - value))
    return ink


@paper.needs_tesseract
@pytest.mark.parametrize("kind", every_other(CLEAN))
async def test_a_clean_page_is_read(pool: ExtractionPool, tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    path.write_bytes(CLEAN[kind]())
    assert paper.recall(await read_all(pool, path), paper.MINUTES) >= 0.95


@paper.needs_tesseract
async def test_a_page_is_read_in_several_languages(pool: ExtractionPool, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(paper.saved(paper.scan(paper.typed_page()), "PNG"))
    assert paper.recall(await read_all(pool, path, paper.LANGUAGES), paper.MINUTES) >= 0.95


@pytest.mark.parametrize("kind", KEPT)
def test_a_page_is_read_from_the_same_dots_however_it_is_kept(tmp_path: Path, kind: str) -> None:
    page = paper.scan(paper.typed_page(), dpi=200)
    pieces = []
    for name, content in (("png", paper.saved(page, "PNG")), (kind, KEPT[kind](page))):
        path = tmp_path / name
        path.write_bytes(content)
        piece = take_piece(path, 0, 0, MAX_PIECE_PIXELS)
        assert piece is not None
        pieces.append(piece)
    plain, kept = pieces
    assert (kept.width, kept.height, kept.dpi) == (plain.width, plain.height, plain.dpi)
    seen, other = (Image.frombytes("L", (one.width, one.height), one.pixels) for one in pieces)
    assert sum(seen.histogram()[:64]) > 10_000, "letters are black"
    apart = ImageChops.difference(seen, other).histogram()
    assert sum(apart[64:]) < sum(apart) / 200


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "JPEG2000", "BMP", "GIF"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_every_kind_of_picture_is_opened(tmp_path: Path, kind: str, mode: str) -> None:
    page = Image.new(mode, (400, 300), "white")
    page.paste("black", (100, 100, 200, 200))
    path = tmp_path / "file"
    path.write_bytes(paper.saved(page, kind))
    piece = take_piece(path, 0, 0, MAX_PIECE_PIXELS)
    assert piece is not None
    assert (piece.width, piece.height) == (800, 600)  # small ones are made larger
    assert piece.pixels[0] > 240
    assert piece.pixels[300 * 800 + 300] < 15


@paper.needs_tesseract
@pytest.mark.parametrize("kind", every_other(NOISY))
async def test_a_spoilt_page_is_read_nearly_as_well(pool: ExtractionPool, tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    path.write_bytes(NOISY[kind]())
    assert paper.recall(await read_all(pool, path), paper.MINUTES) >= 0.85


@paper.needs_tesseract
async def test_the_title_block_of_a_drawing_is_read(pool: ExtractionPool, tmp_path: Path) -> None:
    path = tmp_path / "plan.pdf"
    path.write_bytes(paper.drawing())
    last = await pool.scan(path, 0, 3, paper.ready(paper.ONE))
    assert (last.pieces, last.pages) == (4, 1)
    written = " ".join(f"{label} {value}" for label, value in paper.TITLE_BLOCK)
    assert paper.recall(last.text, written) >= 0.95


@paper.needs_tesseract
async def test_the_title_block_of_a_scanned_drawing_is_read(pool: ExtractionPool, tmp_path: Path) -> None:
    path = tmp_path / "plan.tif"
    path.write_bytes(paper.saved(paper.scan(paper.drawing()).convert("1"), "TIFF", compression="group4"))
    last = await pool.scan(path, 0, 3, paper.ready(paper.ONE))
    assert (last.pieces, last.pages) == (4, 1)
    written = " ".join(f"{label} {value}" for label, value in paper.TITLE_BLOCK)
    assert paper.recall(last.text, written) >= 0.95


@paper.needs_tesseract
async def test_every_page_of_a_fax_is_read(pool: ExtractionPool, tmp_path: Path) -> None:
    pages = [
        paper.scan(paper.typed_page(f"Side nummer {word}"), dpi=150).convert("1")
        for word in ("sytten", "fredag", "august")
    ]
    path = tmp_path / "fax.tif"
    path.write_bytes(
        paper.saved(pages[0], "TIFF", save_all=True, append_images=pages[1:], compression="group4")
    )
    read = await read_all(pool, path)
    assert paper.words_of(read) >= {"sytten", "fredag", "august"}


@paper.needs_tesseract
async def test_what_holds_no_words_gives_none(pool: ExtractionPool, tmp_path: Path) -> None:
    path = tmp_path / "gravel.jpg"
    path.write_bytes(paper.saved(paper.noise((160, 120), 90).convert("RGB"), "JPEG"))
    # a handful of letters may look like words; a page of text has hundreds
    assert len(paper.words_of(await read_all(pool, path))) < 20
    path.write_bytes(paper.saved(Image.new("L", (500, 700), 255), "PNG"))
    assert await read_all(pool, path) == ""


def test_a_page_is_cut_into_few_pieces_that_overlap() -> None:
    for width, height in (
        (2481, 3508),
        (9934, 7016),
        (14043, 9934),
        (60_000, 100),
        (100, 60_000),
        (3001, 3001),
    ):
        sheet = cut(width, height, MAX_PIECE_PIXELS)
        boxes = [sheet.box(number) for number in range(sheet.pieces)]
        assert all((right - left) * (bottom - top) <= MAX_PIECE_PIXELS for left, top, right, bottom in boxes)
        assert max(box[2] for box in boxes) == width
        assert max(box[3] for box in boxes) == height
        assert sheet.pieces <= MAX_PIECES or width * height > 100_000_000


def test_a_file_without_such_a_page_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(paper.saved(Image.new("L", (800, 800), 255), "PNG"))
    assert take_piece(path, 1, 0, 1_000_000) is None
    assert take_piece(path, 0, 1, 1_000_000) is None
    path.write_bytes(make.make_pdf(password="x"))
    with pytest.raises(NoTextError) as told:
        take_piece(path, 0, 0, 1_000_000)
    assert told.value.reason is Reason.ENCRYPTED


# -- what is a scan --------------------------------------------------------------------------------


def pages_of(tmp_path: Path, content: bytes, name: str = "a.pdf") -> Extracted:
    return make.read(tmp_path, content, name)


def test_scanned_pages_are_told_from_others(tmp_path: Path) -> None:
    page = paper.scan(paper.typed_page(), dpi=72)
    assert pages_of(tmp_path, paper.scanned_pdf(page, page)).scanned == (0, 1)
    assert pages_of(tmp_path, paper.scanned_pdf(page, page)).reason is Reason.EMPTY
    mixed = pages_of(tmp_path, paper.scanned_pdf(page, words=paper.MINUTES))
    assert mixed.scanned == (1,)
    assert "byggemøte" in (mixed.text or "")
    assert pages_of(tmp_path, paper.typed_page()).scanned == ()
    assert pages_of(tmp_path, make.make_scanned_pdf()).scanned == ()  # a line is no word


def test_a_scan_that_is_searchable_already_is_none(tmp_path: Path) -> None:
    import fpdf

    pdf = fpdf.FPDF()
    pdf.add_page()
    pdf.set_font("helvetica", size=11)
    with pdf.local_context(text_mode="INVISIBLE"):
        pdf.multi_cell(0, text=paper.MINUTES)
    pdf.image(paper.scan(paper.typed_page(), dpi=72), x=0, y=0, w=pdf.w, h=pdf.h)
    assert pages_of(tmp_path, bytes(pdf.output())).scanned == ()


def test_a_stamp_on_a_scan_hides_it_not(tmp_path: Path) -> None:
    import fpdf

    pdf = fpdf.FPDF()
    pdf.add_page()
    pdf.image(paper.scan(paper.typed_page(), dpi=72), x=0, y=0, w=pdf.w, h=pdf.h)
    pdf.set_font("helvetica", size=8)
    pdf.text(10, 10, "Mottatt 12.03.2024")
    assert pages_of(tmp_path, bytes(pdf.output())).scanned == (0,)


def test_a_picture_is_known_by_its_content_and_by_its_name(tmp_path: Path) -> None:
    content = paper.saved(Image.new("L", (80, 80), 255), "PNG")
    assert pages_of(tmp_path, content, "scan").scanned == (0,)
    assert pages_of(tmp_path, content, "scan.pdf").scanned == (0,)
    assert pages_of(tmp_path, b"plain words", "a.txt").scanned == ()
    assert is_picture("a.TIF", "")
    assert is_picture("scan", "image/jpeg")
    assert not is_picture("a.heic", "image/heic")
    assert not is_picture("a.pdf", "image/png")


# -- slots -----------------------------------------------------------------------------------------


@paper.needs_tesseract
async def test_a_file_never_waits_for_a_scan(tmp_path: Path) -> None:
    page = tmp_path / "sheet.pdf"
    page.write_bytes(paper.drawing())
    note = tmp_path / "note.txt"
    note.write_text(make.SENTENCE)
    async with ExtractionPool(workers=1, memory_mb=350, timeout_s=60) as pool:
        scan = asyncio.create_task(pool.scan(page, 0, 0, paper.ready(paper.ONE)))
        while not pool.worker_pids():  # noqa: ASYNC110 - nothing tells that a process has started
            await asyncio.sleep(0)
        assert (await pool.extract(note, "note.txt", "")).text == make.SENTENCE
        assert not scan.done()
        found = await scan
        assert found.reason is None
        assert found.pieces > 1


async def test_a_piece_that_makes_room_for_files_again_and_again_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    time = asyncio.get_running_loop().time
    async with ExtractionPool(workers=1, memory_mb=350, timeout_s=60) as pool:

        async def hang(*_: object) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(pool, "_read", hang)
        scan = asyncio.create_task(
            pool.scan(tmp_path / "sheet.pdf", 0, 0, Ocr("/usr/bin/tesseract", ("nor",)))
        )
        while not scan.done():
            while not pool._slots._lent and not scan.done():  # noqa: ASYNC110 - a borrower has nothing to tell with
                await asyncio.sleep(0)
            lent = time()
            while time() == lent:  # noqa: ASYNC110 - the clock of the loop goes by milliseconds
                await asyncio.sleep(0)
            async with pool._slots.taken():
                pass
        found = await scan
        assert found.displaced
        assert found.reason is None
        assert found.seconds > 0


async def test_a_place_is_lent_only_while_nobody_waits_and_asked_back() -> None:
    slots = PoolSlots(1)
    order: list[str] = []

    async def file(name: str, until: asyncio.Event) -> None:
        async with slots.taken():
            order.append(name)
            await until.wait()

    async def scan() -> None:
        async with slots.lent() as wanted_back:
            order.append("scan")
            await wanted_back
            order.append("given back")

    gates = [asyncio.Event(), asyncio.Event()]
    first = asyncio.create_task(file("first", gates[0]))
    await asyncio.sleep(0)
    borrower = asyncio.create_task(scan())
    second = asyncio.create_task(file("second", gates[1]))
    await asyncio.sleep(0)
    gates[0].set()
    await first
    gates[1].set()
    await second
    third_gate = asyncio.Event()
    third_gate.set()
    while "scan" not in order:  # noqa: ASYNC110 - the borrower has nothing to tell with
        await asyncio.sleep(0)
    await asyncio.gather(file("third", third_gate), borrower)
    assert order == ["first", "second", "scan", "given back", "third"]


async def test_whoever_gives_up_waiting_keeps_no_scan_out() -> None:
    slots = PoolSlots(1)
    async with slots.taken():
        waiting = asyncio.create_task(slots.taken().__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with asyncio.timeout(IN_VAIN_S), slots.lent() as wanted_back:
        assert not wanted_back.done()


async def test_a_program_that_fails_is_told_by_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(paper.saved(Image.new("L", (800, 800), 255), "PNG"))
    async with ExtractionPool(workers=1, memory_mb=350, timeout_s=20) as pool:
        for program, reason in (("/bin/false", Reason.CRASHED), ("/no/such/program", Reason.UNAVAILABLE)):
            ocr = make_ready(("nor",), Installed(program, frozenset({"nor"})))
            assert ocr is not None
            found = await pool.scan(path, 0, 0, ocr)
            assert found.reason is reason


# -- words -----------------------------------------------------------------------------------------


def test_what_is_missing_is_told_with_debians_command() -> None:
    nothing = Installed("", frozenset())
    assert say_what_is_missing([], nothing) == ""
    assert "apt-get install tesseract-ocr tesseract-ocr-nor" in say_what_is_missing(["nor"], nothing)
    some = Installed("/usr/bin/tesseract", frozenset({"eng", "osd"}))
    assert say_what_is_missing(["eng"], some) == ""
    told = say_what_is_missing(["eng", "nor", "chi_sim"], some)
    assert "lacks nor and chi_sim" in told
    assert told.endswith("apt-get install tesseract-ocr-nor tesseract-ocr-chi-sim")


def test_guesses_are_left_out_and_parted_words_joined() -> None:
    def row(line: int, word: str, sure: float) -> str:
        return f"5\t1\t1\t1\t{line}\t1\t0\t0\t9\t9\t{sure}\t{word}"

    table = "\n".join(
        [
            "level\tpage_num", row(1, "Kamstål", 96.5), row(1, "|", 12), row(2, "~=", 95), row(3, "xv", 33), row(3, "iii", 35),
            row(4, "arme-", 91), row(5, "ring", 90), row(6, "Oslo-", 90), row(7, "Bergen", 92), "5\t1\t1",
        ]
    )  # fmt: skip
    assert _joined("\n".join(_lines(table))) == "Kamstål\narmering\nOslo-\nBergen"


# -- all of it -------------------------------------------------------------------------------------


@paper.needs_tesseract
async def test_a_scan_in_a_room_is_found_by_its_words_after_the_night(tmp_path: Path) -> None:
    async with estate(tmp_path, "room", sources__interaxo__content=True) as (near, small):
        near.values["text.ocr.languages"] = [*paper.LANGUAGES]
        near.values["text.timeout_s"] = 300
        scan = near.rooms.add_file(
            small.details, "referat.pdf", content=paper.scanned_pdf(paper.scan(paper.typed_page()))
        )
        await near.run("full")
        assert not near.document(scan).get("FileContents")
        await near.app().read_scans()
        await near.run("delta")
        assert paper.recall(near.document(scan)["FileContents"], paper.MINUTES) >= 0.95
