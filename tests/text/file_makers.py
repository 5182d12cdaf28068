"""Makes real files of every format at test time, each with one rare word in it."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import docx
import fpdf
import openpyxl
import pptx

from connector.text.extract import Extracted, Limits, extract

WORD = "ptarmigan"
SENTENCE = f"Rypa heter {WORD} på engelsk."
SAMPLES = Path(__file__).parent / "samples"


def make_pdf(*, password: str = "") -> bytes:
    pdf = fpdf.FPDF()
    pdf.add_page()
    pdf.set_font("helvetica", size=12)
    pdf.cell(text=SENTENCE)
    if password:
        pdf.set_encryption(owner_password="owner", user_password=password)
    return bytes(pdf.output())


def make_scanned_pdf() -> bytes:
    """Make a page with nothing but a drawn line on it."""
    pdf = fpdf.FPDF()
    pdf.add_page()
    pdf.line(10, 10, 100, 100)
    return bytes(pdf.output())


def make_docx() -> bytes:
    document = docx.Document()
    document.add_paragraph(SENTENCE)
    table = document.add_table(1, 2)
    table.cell(0, 0).text = "left cell"
    table.cell(0, 1).text = "right cell"
    document.sections[0].header.paragraphs[0].text = "words in the header"
    return _saved(document.save)


def make_xlsx() -> bytes:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append([SENTENCE, 42, 2.5])
    second = workbook.create_sheet("Armering & betong")
    second.append(["on the second sheet"])
    return _saved(workbook.save)


def make_pptx() -> bytes:
    slides = pptx.Presentation()
    for number in range(1, 12):
        slide = slides.slides.add_slide(slides.slide_layouts[1])
        slide.shapes.title.text = f"Slide number {number}"
    slide.placeholders[1].text = SENTENCE
    slide.notes_slide.notes_text_frame.text = "words in the notes"
    return _saved(slides.save)


def make_zip(members: dict[str, bytes | str], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Make a package; a member `mimetype` must come first, and is stored as the formats ask for."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as package:
        for name, content in members.items():
            package.writestr(
                name, content, compress_type=zipfile.ZIP_STORED if name == "mimetype" else compression
            )
    return stream.getvalue()


_ODF = "urn:oasis:names:tc:opendocument:xmlns"
_ODF_SPACES = " ".join(
    f'xmlns:{prefix}="{_ODF}:{name}:1.0"'
    for prefix, name in (("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"))
)


def make_odf(kind: str, body: str, *, manifest_extra: str = "") -> bytes:
    mime = f"application/vnd.oasis.opendocument.{kind}"
    return make_zip(
        {
            "mimetype": mime,
            "META-INF/manifest.xml": f'<m:manifest xmlns:m="{_ODF}:manifest:1.0">'
            f'<m:file-entry m:full-path="/" m:media-type="{mime}"/>{manifest_extra}</m:manifest>',
            "content.xml": f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_ODF_SPACES}>'
            f"<office:body>{body}</office:body></office:document-content>",
        }
    )


def make_odt() -> bytes:
    return make_odf(
        "text",
        "<office:text><text:tracked-changes><text:p>deleted words</text:p></text:tracked-changes>"
        f"<text:p>{SENTENCE}</text:p><text:h>two<text:s/>words</text:h></office:text>",
    )


def make_ods() -> bytes:
    return make_odf(
        "spreadsheet",
        "<office:spreadsheet><table:table><table:table-row>"
        f"<table:table-cell><text:p>{SENTENCE}</text:p></table:table-cell>"
        "<table:table-cell><text:p>next cell</text:p></table:table-cell>"
        "</table:table-row></table:table></office:spreadsheet>",
    )


def make_odp() -> bytes:
    return make_odf(
        "presentation",
        "<office:presentation><draw:page><draw:frame><draw:text-box>"
        f"<text:p>{SENTENCE}</text:p></draw:text-box></draw:frame></draw:page></office:presentation>",
    )


def make_epub() -> bytes:
    container = (
        '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    book = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata/><manifest>'
        '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="a"/></spine></package>'
    )
    page = f'<html xmlns="http://www.w3.org/1999/xhtml"><body><p>{SENTENCE}</p></body></html>'
    return make_zip(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": container,
            "book.opf": book,
            "a.xhtml": page,
        }
    )


def make_eml() -> bytes:
    message = EmailMessage()
    message["Subject"] = "Møte på byggeplassen"
    message["From"] = "kari@example.com"
    message["To"] = "ola@example.com"
    message.set_content(SENTENCE, charset="iso-8859-1")
    message.add_alternative(f"<p>{SENTENCE}</p>", subtype="html")
    message.add_attachment(b"\x00\x01", maintype="application", subtype="octet-stream", filename="x.bin")
    return message.as_bytes()


def make_msg_of(properties: dict[str, bytes | str], prefix: str = "") -> dict[str, bytes]:
    """Name the streams of an Outlook message or attachment: numbers of properties to texts or bytes."""
    return {f"{prefix}__properties_version1.0": bytes(32)} | {
        f"{prefix}__substg1.0_{number}{'001F' if isinstance(value, str) else '0102'}": (
            value.encode("utf-16-le") if isinstance(value, str) else value
        )
        for number, value in properties.items()
    }


def make_msg() -> bytes:
    """Make the least of an Outlook message: its properties are streams named by number and type."""
    return make_ole(
        {
            "__properties_version1.0": bytes(32),
            "__substg1.0_0037001F": "Møte på byggeplassen".encode("utf-16-le"),
            "__substg1.0_1000001F": SENTENCE.encode("utf-16-le"),
        }
    )


def make_ole(streams: dict[str, bytes]) -> bytes:
    """
    Make an OLE compound file of version 3; every stream is filled up with zeros to 4,096 bytes.

    Args:
        streams: by path; "/" parts a storage from what stands in it.
    """
    blocks = {
        path: content.ljust(-(-max(len(content), 4096) // 512) * 512, b"\x00")
        for path, content in streams.items()
    }
    folders = {path.rpartition("/")[0] for path in streams} | {
        folder for path in streams for folder in _folders_above(path)
    }
    paths = ["", *sorted((folders | streams.keys()) - {""})]
    # The format wants siblings in this order: shorter names first. A tree leaning to one side is a tree too.
    siblings = {
        folder: sorted(
            (path for path in paths if path and path.rpartition("/")[0] == folder),
            key=lambda path: (len(path), path.upper()),
        )
        for folder in folders | {""}
    }
    directory_sectors = -(-len(paths) // 4)
    table_sectors = 1
    while True:
        sectors = directory_sectors + sum(len(block) // 512 for block in blocks.values())
        if table_sectors * 128 >= table_sectors + sectors:
            break
        table_sectors += 1
    assert table_sectors <= 109, "the header knows no more table sectors"
    table = [0xFFFFFFFD] * table_sectors
    sector = table_sectors
    table += [*range(sector + 1, sector + directory_sectors), 0xFFFFFFFE]
    sector += directory_sectors
    starts = {}
    for path, block in blocks.items():
        starts[path] = sector
        count = len(block) // 512
        table += [*range(sector + 1, sector + count), 0xFFFFFFFE]
        sector += count
    table += [0xFFFFFFFF] * (table_sectors * 128 - len(table))
    entries = []
    for path in paths:
        folder, _, name = path.rpartition("/")
        row = siblings[folder] if path else []
        place = row.index(path) + 1 if path else 0
        entries.append(
            _ole_entry(
                name or "Root Entry",
                5 if not path else 2 if path in blocks else 1,
                right=paths.index(row[place]) if path and place < len(row) else 0xFFFFFFFF,
                child=paths.index(siblings[path][0]) if siblings.get(path) else 0xFFFFFFFF,
                start=starts.get(path, 0xFFFFFFFE),
                size=len(blocks.get(path, b"")),
            )
        )
    directory = b"".join(entries).ljust(directory_sectors * 512, b"\x00")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack(
        "<IIIIIIIII", 0, table_sectors, table_sectors, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0
    )
    header += struct.pack("<109I", *range(table_sectors), *[0xFFFFFFFF] * (109 - table_sectors))
    return (
        header.ljust(512, b"\x00")
        + struct.pack(f"<{len(table)}I", *table)
        + directory
        + b"".join(blocks.values())
    )


def _folders_above(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]


def _ole_entry(
    name: str, kind: int, *, right: int = 0xFFFFFFFF, child: int = 0xFFFFFFFF, start: int, size: int
) -> bytes:
    encoded = name.encode("utf-16-le")
    entry = encoded.ljust(64, b"\x00") + struct.pack("<HBB", len(encoded) + 2, kind, 1)
    entry += struct.pack("<III", 0xFFFFFFFF, right, child) + bytes(16 + 4 + 16)
    return entry + struct.pack("<IQ", start, size)


def read_sample(name: str) -> bytes:
    """Read a file that LibreOffice 7.4 wrote for these tests."""
    path = SAMPLES / name
    return path.read_bytes() if path.exists() else gzip.decompress((SAMPLES / f"{name}.gz").read_bytes())


def make_bomb() -> bytes:
    """Make a docx of 1 MB whose main part is 300 MB of XML."""
    stream = io.BytesIO()
    line = b"<w:p><w:r><w:t>" + b"A" * 40 + b"</w:t></w:r></w:p>"
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        with package.open("word/document.xml", "w") as part:
            part.write(b'<w:document xmlns:w="w"><w:body>')
            block = line * 10_000
            for _ in range(300_000_000 // len(block)):
                part.write(block)
            part.write(b"</w:body></w:document>")
    return stream.getvalue()


def _saved(save: Callable[[io.BytesIO], object]) -> bytes:
    stream = io.BytesIO()
    save(stream)
    return stream.getvalue()


def read(
    folder: Path,
    content: bytes,
    name: str,
    mime_type: str = "",
    *,
    max_bytes: int = 1_000_000,
    closed: bool = False,
) -> Extracted:
    """What is read of a file of this name."""
    path = folder / "file"
    path.write_bytes(content)
    return extract(path, name, mime_type, Limits(max_text_bytes=max_bytes, closed=closed))


def text_of(folder: Path, content: bytes | str, name: str) -> str:
    """The text of a file; it must have one."""
    result = read(folder, content if isinstance(content, bytes) else content.encode(), name)
    assert result.reason is None, result.reason
    return result.text or ""
