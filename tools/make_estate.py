"""
Make the sample files of the demo out of their manuscript.

    python tools/make_estate.py            writes connector/sandbox/estate/files/
    python tools/make_estate.py FOLDER     writes them there instead

Needs the dev requirements (fpdf2, python-docx, openpyxl, python-pptx). The same manuscript and the same
versions of these libraries give the same bytes: every date inside the files is `MADE_AT`.
"""

import argparse
import csv
import html
import io
import re
import tomllib
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

from docx import Document
from fpdf import FPDF
from openpyxl import Workbook  # type: ignore[import-untyped]
from openpyxl.styles import Font  # type: ignore[import-untyped]
from PIL import Image, ImageDraw
from pptx import Presentation
from pptx.util import Pt

ESTATE = Path(__file__).resolve().parents[1] / "connector" / "sandbox" / "estate"
MADE_AT = datetime(2026, 9, 21, 12, 0, tzinfo=UTC)
AUTHOR = "Nordbru Anlegg"

Kind = Literal["heading", "list", "table", "text"]

# Sketches in a field 100 wide and 40 high, y downwards: points "x,y", lines parted by "/".
DRAWINGS: Mapping[str, str] = {
    "abutment": "10,8 50,8 50,30 70,30 70,36 20,36 20,30 38,30 38,14 10,14 10,8"
    " / 50,12 100,12 / 50,16 100,16",
    "piles": "15,4 85,4 85,10 15,10 15,4 / 20,10 20,34 26,34 26,10 / 38,10 38,34 44,34 44,10"
    " / 56,10 56,34 62,34 62,10 / 74,10 74,34 80,34 80,10 / 0,30 30,27 60,31 100,25",
    "cantilever": "0,14 100,14 / 0,17 30,18 48,26 52,26 70,18 100,17 / 47,26 47,38 / 53,26 53,38",
    "bridge": "0,14 100,14 / 0,16 100,16 / 14,16 14,36 16,36 16,16 / 36,16 36,36 38,36 38,16"
    " / 62,16 62,36 64,36 64,16 / 84,16 84,36 86,36 86,16"
    " / 0,34 12,33 25,34 37,33 50,34 62,33 75,34 87,33 100,34",
    "crack": "5,6 95,6 95,34 5,34 5,6 / 40,6 43,12 41,18 46,24 44,30 47,34",
    "steps": "0,8 20,8 20,15 40,15 40,22 60,22 60,29 80,29 80,36 100,36 / 0,4 90,34",
    "curve": "8,2 8,37 98,37 / 8,30 20,28 32,12 44,18 56,24 70,27 98,28",
    "spans": "0,6 20,8 40,6 60,8 80,6 100,8"
    " / 0,12 100,12 / 20,2 20,36 / 40,2 40,36 / 60,2 60,36 / 80,2 80,36",
    "portal": "0,36 34,36 34,22 40,14 50,11 60,14 66,22 66,36 100,36 / 10,30 50,4 90,30",
}


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a manuscript; all but a table have one cell in each row, a heading and a text one row."""

    kind: Kind
    rows: tuple[tuple[str, ...], ...]

    @property
    def text(self) -> str:
        """The words of a heading or a paragraph."""
        return self.rows[0][0]


@dataclass(frozen=True, slots=True)
class Manuscript:
    """What one file says; `path` is relative to files/ and its ending names the format."""

    path: str
    title: str
    words: tuple[str, ...]
    text: str
    drawing: str | None = None
    sender: str = ""
    recipient: str = ""
    attachment: str | None = None

    def blocks(self) -> Iterator[Block]:
        """The text as blocks, in order."""
        for part in re.split(r"\n\s*\n", self.text.strip()):
            lines = part.strip().splitlines()
            if lines and lines[0].startswith("# "):
                yield Block("heading", ((lines.pop(0)[2:],),))
            if not lines:
                continue
            if lines[0].startswith("| "):
                yield Block(
                    "table", tuple(tuple(cell.strip() for cell in line[2:].split(" | ")) for line in lines)
                )
            elif lines[0].startswith("- "):
                yield Block("list", tuple((line[2:],) for line in lines))
            else:
                yield Block("text", ((" ".join(lines),),))


def read_manuscripts(path: Path = ESTATE / "manuscripts.toml") -> list[Manuscript]:
    """Read the manuscript file; the order is the file's."""
    return [
        Manuscript(
            path=entry["path"],
            title=entry["title"],
            words=tuple(entry["words"]),
            text=entry["text"],
            drawing=entry.get("drawing"),
            sender=entry.get("from", ""),
            recipient=entry.get("to", ""),
            attachment=entry.get("attachment"),
        )
        for entry in tomllib.loads(path.read_text("utf-8"))["file"]
    ]


def sketch(name: str) -> Iterator[list[tuple[int, int]]]:
    """The lines of a drawing, each as its points."""
    for line in DRAWINGS[name].split(" / "):
        yield [(int(x), int(y)) for x, y in (point.split(",") for point in line.split())]


def make_pdf(manuscript: Manuscript) -> bytes:
    """A4 with the built-in Helvetica, which has the Nordic letters and needs no font file."""
    pdf = FPDF(format="A4")
    pdf.set_creation_date(MADE_AT)
    pdf.set_title(manuscript.title)
    pdf.set_author(AUTHOR)
    pdf.set_margin(20)
    pdf.add_page()
    pdf.set_font("Helvetica", "B", 18)
    pdf.multi_cell(0, 9, manuscript.title, new_x="LMARGIN", new_y="NEXT")
    pdf.ln(3)
    if manuscript.drawing:
        top, scale = pdf.get_y() + 2, 1.7
        pdf.set_line_width(0.4)
        for points in sketch(manuscript.drawing):
            pdf.polyline([(20 + x * scale, top + y * scale) for x, y in points])
        pdf.set_y(top + 40 * scale + 6)
    for block in manuscript.blocks():
        pdf.set_font(
            "Helvetica", "B" if block.kind == "heading" else "", 13 if block.kind == "heading" else 11
        )
        for row in block.rows:
            line = ("\xb7 " if block.kind == "list" else "") + "   ".join(row)
            pdf.multi_cell(0, 6, line, align="L", new_x="LMARGIN", new_y="NEXT")
        pdf.ln(2)
    return bytes(pdf.output())


def make_docx(manuscript: Manuscript) -> bytes:
    """A Word document with headings, bullet lists and tables."""
    document = Document()
    document.core_properties.title = manuscript.title
    document.core_properties.author = AUTHOR
    document.core_properties.created = document.core_properties.modified = MADE_AT
    document.add_heading(manuscript.title, level=0)
    for block in manuscript.blocks():
        if block.kind == "heading":
            document.add_heading(block.text, level=1)
        elif block.kind == "table":
            table = document.add_table(rows=0, cols=len(block.rows[0]), style="Table Grid")
            for row in block.rows:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
        else:
            for row in block.rows:
                document.add_paragraph(row[0], style="List Bullet" if block.kind == "list" else None)
    stream = io.BytesIO()
    document.save(stream)
    return freeze_zip(stream.getvalue())


def make_xlsx(manuscript: Manuscript) -> bytes:
    """A workbook: each heading of the manuscript is a sheet, numbers are numbers."""
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.title = manuscript.title
    book.properties.creator = AUTHOR
    book.properties.created = MADE_AT.replace(tzinfo=None)
    for block in manuscript.blocks():
        if block.kind == "heading":
            book.create_sheet(block.text)
            continue
        sheet = book.worksheets[-1]
        for row in block.rows:
            sheet.append([float(cell) if re.fullmatch(r"-?\d+(\.\d+)?", cell) else cell for cell in row])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        for column in sheet.columns:
            sheet.column_dimensions[column[0].column_letter].width = 4 + max(
                len(str(cell.value)) for cell in column
            )
    stream = io.BytesIO()
    book.save(stream)
    return freeze_zip(stream.getvalue())


def make_pptx(manuscript: Manuscript) -> bytes:
    """A slide deck: a title slide, then one slide for each heading."""
    deck = Presentation()
    deck.core_properties.title = manuscript.title
    deck.core_properties.author = AUTHOR
    deck.core_properties.created = deck.core_properties.modified = MADE_AT
    slide = deck.slides.add_slide(deck.slide_layouts[0])
    slide.shapes.title.text = manuscript.title
    slide.placeholders[1].text = AUTHOR
    for block in manuscript.blocks():
        if block.kind == "heading":
            slide = deck.slides.add_slide(deck.slide_layouts[1])
            slide.shapes.title.text = block.text
            frame, fresh = slide.placeholders[1].text_frame, True
            continue
        for row in block.rows:
            paragraph = frame.paragraphs[0] if fresh else frame.add_paragraph()
            paragraph.text, fresh = row[0], False
            paragraph.font.size = Pt(24)
    stream = io.BytesIO()
    deck.save(stream)
    return freeze_zip(stream.getvalue())


def make_html(manuscript: Manuscript) -> bytes:
    """A web page in UTF-8."""
    parts: list[str] = []
    for block in manuscript.blocks():
        rows = [[html.escape(cell) for cell in row] for row in block.rows]
        if block.kind == "heading":
            parts.append(f"<h2>{rows[0][0]}</h2>")
        elif block.kind == "list":
            parts.append("<ul>\n" + "\n".join(f"<li>{row[0]}</li>" for row in rows) + "\n</ul>")
        else:
            parts.append(f"<p>{rows[0][0]}</p>")
    title = html.escape(manuscript.title)
    head = f'<!doctype html>\n<html>\n<head><meta charset="utf-8"><title>{title}</title></head>\n<body>\n'
    return (head + f"<h1>{title}</h1>\n" + "\n".join(parts) + "\n</body>\n</html>\n").encode()


def make_csv(manuscript: Manuscript) -> bytes:
    """A table as a Nordic Excel saves it: semicolons, decimal commas, and a byte order mark."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    for block in manuscript.blocks():
        writer.writerows(block.rows)
    return stream.getvalue().encode("utf-8-sig")


def make_txt(manuscript: Manuscript) -> bytes:
    """Plain text in UTF-8, the title on the first line."""
    return f"{manuscript.title}\n\n{manuscript.text.strip()}\n".encode()


def make_png(manuscript: Manuscript) -> bytes:
    """The manuscript's sketch as a picture; its words are not in it."""
    assert manuscript.drawing is not None, f"{manuscript.path}: a picture needs a drawing"
    image = Image.new("RGB", (960, 400), "#dfe9f0")
    pen = ImageDraw.Draw(image)
    for points in sketch(manuscript.drawing):
        pen.line([(30 + x * 9, 20 + y * 9) for x, y in points], fill="#1f3b4d", width=5)
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def make_eml(manuscript: Manuscript, attachment: Manuscript | None = None) -> bytes:
    """A mail; an attachment must be a picture."""
    message = EmailMessage()
    message["From"] = manuscript.sender
    message["To"] = manuscript.recipient
    message["Subject"] = manuscript.title
    message["Date"] = MADE_AT
    message["Message-ID"] = f"<{Path(manuscript.path).stem}@nordbru.example>"
    message.set_content(manuscript.text.strip() + "\n")
    if attachment is not None:
        message.add_attachment(
            make_png(attachment), maintype="image", subtype="png", filename=f"{attachment.title}.png"
        )
        message.set_boundary("=-nordbru-anlegg-1")
    return message.as_bytes()


def freeze_zip(packed: bytes) -> bytes:
    """Write an Office file anew with `MADE_AT` instead of the time of saving."""
    stream = io.BytesIO()
    stamp = MADE_AT.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with (
        zipfile.ZipFile(io.BytesIO(packed)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new,
    ):
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, data)
            member = zipfile.ZipInfo(name, MADE_AT.timetuple()[:6])
            member.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(member, data)
    return stream.getvalue()


MAKERS: Mapping[str, Callable[[Manuscript], bytes]] = {
    ".pdf": make_pdf,
    ".docx": make_docx,
    ".xlsx": make_xlsx,
    ".pptx": make_pptx,
    ".html": make_html,
    ".csv": make_csv,
    ".txt": make_txt,
    ".png": make_png,
}


def make_files(folder: Path) -> None:
    """Write every file of the manuscript below `folder`."""
    manuscripts = {manuscript.path: manuscript for manuscript in read_manuscripts()}
    for manuscript in manuscripts.values():
        path = folder / manuscript.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".eml":
            attached = manuscripts[manuscript.attachment] if manuscript.attachment else None
            path.write_bytes(make_eml(manuscript, attached))
        else:
            path.write_bytes(MAKERS[path.suffix](manuscript))


def main() -> None:
    """Read the command line, write the files, say how much it was."""
    arguments = argparse.ArgumentParser(description="Make the sample files of the demo.")
    arguments.add_argument("folder", nargs="?", type=Path, default=ESTATE / "files")
    folder: Path = arguments.parse_args().folder
    make_files(folder)
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    print(f"{len(sizes)} files, {sum(sizes):,} bytes in {folder}")


if __name__ == "__main__":
    main()
