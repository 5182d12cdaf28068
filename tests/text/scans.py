"""Scans made at test time: pages set in type, drawn by PDFium, and spoilt as scanners and copiers spoil them."""

from __future__ import annotations

import io
import random
import re
import shutil
from collections.abc import Sequence

import fpdf
import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageFilter

from connector.text.ocr import Ocr
from connector.text.tesseract import find_tesseract, make_ready

LANGUAGES = ("nor", "swe", "eng")
ONE = ("nor",)
"""Where it does not matter that there are several."""
needs_tesseract = pytest.mark.skipif(
    make_ready(LANGUAGES, find_tesseract()) is None,
    reason="tesseract with nor, swe and eng is missing: apt-get install tesseract-ocr tesseract-ocr-nor tesseract-ocr-swe",
)
MINUTES = (
    "Referat fra byggemøte nummer sytten på prosjektet Nordby sykehus. Entreprenøren opplyser at armering av dekke over "
    "plan to er forsinket fordi leveransen av kamstål kom for sent. Byggherren ber om revidert fremdriftsplan innen fredag "
    "og minner om varsling etter kontrakten. Heisekran demonteres i uke trettiåtte. Sprängning vid tunnelmynningen sker "
    "enligt tillståndet. The supplier delivers the curtain wall panels in August and confirms the fire rating."
)
TITLE_BLOCK = (
    ("Prosjekt", "Nordby sykehus"), ("Byggherre", "Helsebygg Nord"), ("Tegningsnummer", "A-40-2-017"), ("Revisjon", "C03"),
    ("Tegning", "Plan underetasje"), ("Målestokk", "1:50"), ("Dato", "2024-03-15"), ("Tegnet", "Fjord arkitekter"),
    ("Fag", "Arkitekt"), ("Status", "Arbeidstegning"),
)  # fmt: skip


def ready(languages: Sequence[str] = LANGUAGES) -> Ocr:
    """What reads these languages; only where they are installed. Each takes a third of a second to load, and reads every word."""
    ocr = make_ready(languages, find_tesseract())
    assert ocr is not None
    assert shutil.which("tesseract")
    return ocr


def words_of(text: str) -> set[str]:
    """Words of three letters or digits and more."""
    return set(re.findall(r"\w{3,}", text))


def recall(read: str, written: str) -> float:
    """The share of the words written that were read, letter by letter."""
    wanted = words_of(written)
    return len(wanted & words_of(read)) / len(wanted)


def typed_page(text: str = MINUTES, *, font: str = "times", size: int = 11) -> bytes:
    """Set a text on a sheet as wide as A4 and half as high, as PDF: reading white paper takes time and shows nothing."""
    pdf = fpdf.FPDF(format=(210, 148))
    pdf.add_page()
    pdf.set_font(font, size=size)
    pdf.multi_cell(0, text=text)
    return bytes(pdf.output())


def drawing() -> bytes:
    """Draw an A3 sheet, which is read in pieces: walls, hatching, and a title block in the corner."""
    wide, high = 420, 297
    pdf = fpdf.FPDF(unit="mm", format=(wide, high))
    pdf.add_page()
    pdf.set_auto_page_break(False)
    pdf.set_line_width(0.35)
    pdf.rect(10, 10, wide - 20, high - 20)
    chance = random.Random(7)
    for _ in range(80):
        x, y = chance.uniform(20, wide - 260), chance.uniform(20, high - 130)
        pdf.line(x, y, x + chance.uniform(-90, 90), y + chance.uniform(-20, 90))
        pdf.rect(x, y, chance.uniform(5, 60), chance.uniform(5, 60))
    for number in range(100):
        pdf.line(30 + number, high - 60, 50 + number, high - 20)
    left, top = wide - 195, high - 100
    pdf.rect(left, top, 185, 90)
    pdf.line(left + 45, top, left + 45, top + 90)
    for number, (label, value) in enumerate(TITLE_BLOCK):
        pdf.line(left, top + 9 * number, left + 185, top + 9 * number)
        pdf.set_font("helvetica", size=7)
        pdf.text(left + 2, top + 9 * number + 6, label)
        pdf.set_font("helvetica", size=11)
        pdf.text(left + 50, top + 9 * number + 6, value)
    return bytes(pdf.output())


def scan(pdf: bytes, *, dpi: int = 300) -> Image.Image:
    """Draw the first page as a scanner would see it."""
    with pypdfium2.PdfDocument(pdf) as document:
        page: Image.Image = document[0].render(scale=dpi / 72, grayscale=True).to_pil()
    return page


def skewed(page: Image.Image, degrees: float) -> Image.Image:
    return page.rotate(degrees, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)


def grainy(page: Image.Image, amount: float, *, blur: float = 0.8) -> Image.Image:
    """As a tired lamp gives it: unsharp, every dot a little off."""
    soft = page.filter(ImageFilter.GaussianBlur(blur))
    return ImageChops.add(soft, noise(soft.size, amount), scale=1, offset=-128)


def noise(size: tuple[int, int], amount: float) -> Image.Image:
    """Grey dots around 128, the same ones in every run; Pillow's own differ, and with them what can be read."""
    chance, side = random.Random(11), 256
    dots = bytes(min(255, max(0, round(chance.gauss(128, amount)))) for _ in range(side * side))
    tile = Image.frombytes("L", (side, side), dots)
    whole = Image.new("L", size)
    for left in range(0, size[0], side):
        for top in range(0, size[1], side):
            whole.paste(tile, (left, top))
    return whole


def dusty(page: Image.Image, share: float) -> Image.Image:
    """As a copier gives it: single dots black or white."""
    dots = Image.frombytes("L", page.size, random.Random(5).randbytes(page.width * page.height))
    edge = round(256 * share / 2)
    spoilt = page.copy()
    spoilt.paste(0, mask=dots.point(lambda value: 255 if value < edge else 0))
    spoilt.paste(255, mask=dots.point(lambda value: 255 if value >= 256 - edge else 0))
    return spoilt


def shaded(page: Image.Image) -> Image.Image:
    """As a phone sees a page: lit from one side."""
    light = Image.linear_gradient("L").resize(page.size).point(lambda value: 110 + value * 145 // 255)
    return ImageChops.multiply(page, light)


def saved(page: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    page.save(stream, kind, **options)
    return stream.getvalue()


def scanned_pdf(*pages: Image.Image, words: str = "") -> bytes:
    """Put pictures on pages, one each, as scanners write PDFs; with words, a page of type comes first."""
    pdf = fpdf.FPDF()
    pdf.set_margin(0)
    if words:
        pdf.add_page()
        pdf.set_font("helvetica", size=11)
        pdf.multi_cell(0, text=words)
    for page in pages:
        pdf.add_page()
        pdf.image(page, x=0, y=0, w=pdf.w, h=pdf.h)
    return bytes(pdf.output())
