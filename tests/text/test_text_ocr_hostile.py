"""A hostile picture or page costs itself, within the limits of memory and time, and no other file its words."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import scans as paper
from PIL import Image

from connector.text.reasons import Reason
from connector.text.workers import ExtractionPool


def png(width: int, height: int, *, data: bytes = b"") -> bytes:
    """A PNG that says it is so large; its pixels are compressed zeros."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def zeros(count: int) -> bytes:
    """What zlib packs so many zeros into: the same block again and again, which is packed once."""
    block = 1 << 20
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    packed = packer.compress(bytes(block)) + packer.flush(zlib.Z_FULL_FLUSH)
    end = packer.compress(bytes(count % block)) + packer.flush()
    # adler32 of zeros
    return b"\x78\xda" + packed * (count // block) + end + struct.pack(">I", count % 65_521 << 16 | 1)


def bomb_pdf(side: int) -> bytes:
    """A page with one picture of side x side pixels, packed to nearly nothing, and a page as large as PDF allows."""
    packed = zeros(side * side)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 14400 14400]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>",
        b"<</Length 32>>stream\nq 14400 0 0 14400 0 0 cm /I Do Q\nendstream",
        b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode/Length %d>>"
        b"stream\n" % (side, side, len(packed)) + packed + b"\nendstream",
    ]  # fmt: skip
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj" % number + body + b"endobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        out
        + b"xref\n0 6\n0000000000 65535 f \n"
        + table
        + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(out)
    )


CHEAP: dict[str, tuple[Callable[[], bytes], Reason | None]] = {
    "60,000 x 60,000": (lambda: png(60_000, 60_000, data=zlib.compress(bytes(1000))), Reason.BOMB),
    "2 billion by 1": (lambda: png(2_000_000_000, 1), Reason.BOMB),
    "one by one": (lambda: png(1, 1, data=zlib.compress(b"\0\0")), None),
    "no pixel": (lambda: png(0, 0), Reason.BROKEN),
    "cut": (lambda: paper.saved(Image.new("L", (800, 800), 255), "PNG")[:200], Reason.BROKEN),
    "no picture": (lambda: b"\x89PNG\r\n\x1a\nrubbish", Reason.BROKEN),
    "no JPEG": (lambda: b"\xff\xd8\xff" + bytes(range(256)) * 8, Reason.BROKEN),
    "no TIFF": (lambda: b"II*\0" + b"\xff" * 64, Reason.BROKEN),
    "endless TIFF": (lambda: b"II*\0\x08\0\0\0\0\0\x08\0\0\0", Reason.BROKEN),
    "empty": (lambda: b"", Reason.BROKEN),
}
"""What makes each, and how it ends."""
DEAR: dict[str, tuple[Callable[[], bytes], set[Reason | None]]] = {
    "20,000 x 20,000, all there": (lambda: png(20_000, 20_000, data=zeros(20_001 * 20_000)), {Reason.OUT_OF_MEMORY, None}),
    "bomb.pdf": (lambda: bomb_pdf(30_000), {Reason.OUT_OF_MEMORY, Reason.BROKEN, Reason.TIMEOUT, Reason.CRASHED, None}),
}  # fmt: skip
"""What takes memory or time; how it may end. (They take seconds to pack, and whoever only collects tests needs none.)"""


def good_page(folder: Path) -> Path:
    """One that is read well after a hostile one."""
    good = folder / "good.png"
    good.write_bytes(paper.saved(paper.scan(paper.typed_page("Etterpå leses neste fil"), dpi=150), "PNG"))
    return good


@paper.needs_tesseract
@pytest.mark.parametrize("name", DEAR)
async def test_a_hostile_picture_costs_itself_within_the_limits(tmp_path: Path, name: str) -> None:
    make_content, expected = DEAR[name]
    path = tmp_path / "hostile"
    path.write_bytes(make_content())
    good = good_page(tmp_path)
    async with ExtractionPool(workers=1, memory_mb=300, timeout_s=20) as pool:
        found = await pool.scan(path, 0, 0, paper.ready(paper.ONE))
        assert found.reason in expected
        assert "Etterpå" in (await pool.scan(good, 0, 0, paper.ready(paper.ONE))).text


@paper.needs_tesseract
async def test_hostile_pictures_that_are_told_at_once_cost_themselves_and_no_reader(tmp_path: Path) -> None:
    path = tmp_path / "hostile"
    good = good_page(tmp_path)
    async with ExtractionPool(workers=1, memory_mb=300, timeout_s=20) as pool:
        readers = set()
        for name, (make_content, expected) in CHEAP.items():
            path.write_bytes(make_content())
            found = await pool.scan(path, 0, 0, paper.ready(paper.ONE))
            assert found.reason is expected, name
            readers.update(pool.worker_pids())
        assert "Etterpå" in (await pool.scan(good, 0, 0, paper.ready(paper.ONE))).text
        assert len(readers) == 1
