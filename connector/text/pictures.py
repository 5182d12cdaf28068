"""
Pages of PDFs and pictures as grey pixels, in pieces that fit into the memory of one reader: what OCR reads.

A page is as fine as scanners make it (300 dots an inch). A sheet that is larger than one piece, such as an A1 drawing,
is cut into several that overlap by more than a word. What a picture says of its size is looked at before anything of it
is unpacked.

Source: Pillow's documentation (`Image.draft`, `Image.seek`, ImageOps.exif_transpose); PDFium's public headers.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageChops,
    ImageFilter,
    ImageMath,
    ImageOps,
    ImageStat,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from connector.text.ocr import MAX_FRAMES
from connector.text.reasons import NoTextError, Reason

DPI: Final = 300
MAX_PIECE_PIXELS: Final = 9_000_000
"""An A4 page at 300 dots an inch."""
MAX_PIECES: Final = 20
"""Of one page: an A0 sheet has 140 million dots; what is larger is read less finely."""
MAX_PIXELS: Final = 400_000_000
"""Declared by a picture: more is no scan. What it takes is bounded by the memory of the reader."""
_OVERLAP: Final = 200
_SMALL_PIXELS: Final = 2_200_000
"""An A4 page at 150 dots an inch: below, letters are too small for the reader and are made twice as large."""
_LEAST_SIDE: Final = 24
"""In dots: below, there is no letter."""
_GRAIN: Final = 1.5
"""Mean difference from the middle of nine neighbours, of 255: paper and compression have less, grain and dust more (observed)."""
_FORMATS: Final = tuple(
    one.format
    for one in (
        PngImagePlugin.PngImageFile,
        JpegImagePlugin.JpegImageFile,
        TiffImagePlugin.TiffImageFile,
        BmpImagePlugin.BmpImageFile,
        GifImagePlugin.GifImageFile,
        WebPImagePlugin.WebPImageFile,
        Jpeg2KImagePlugin.Jpeg2KImageFile,
    )
)
"""What is opened at all: of the many others, some call programs of the machine."""
_UNEVEN: Final = 12.0
"""How much the paper's brightness differs over a page, of 255: a flat scan has 2 or 3, a photo of a page 20 and more (observed)."""
_PAPER_STEP: Final = 24
_STRIP: Final = 128
_POINTS: Final = 72


class Piece(NamedTuple):
    """Grey pixels, a byte each, row by row; how fine they are; and how many pieces its page has, how many pages its file."""

    pixels: bytes
    width: int
    height: int
    dpi: int
    pieces: int
    pages: int


def take_piece(path: Path, page: int, piece: int, most: int) -> Piece | None:
    """
    Make one piece of one page ready to be read.

    Args:
        page: from 0; of a picture, its frame.
        most: pixels that a piece may have.

    Returns:
        None where the file has no such page or piece.

    Raises:
        NoTextError: BROKEN, it cannot be shown; BOMB, it says that it is larger than any scan; ENCRYPTED.
    """
    most = min(most, MAX_PIECE_PIXELS)
    with path.open("rb") as stream:
        is_pdf = b"%PDF-" in stream.read(1024)
    return _of_pdf(path, page, piece, most) if is_pdf else _of_picture(path, page, piece, most)


class _Cut(NamedTuple):
    """A page of so many pixels, cut into rows and columns."""

    width: int
    height: int
    rows: int
    columns: int

    @property
    def pieces(self) -> int:
        return self.rows * self.columns

    def box(self, piece: int) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of one piece, with its overlap."""
        row, column = divmod(piece, self.columns)
        wide, high = math.ceil(self.width / self.columns), math.ceil(self.height / self.rows)
        left, top = column * wide, row * high
        return (
            left,
            top,
            min(self.width, left + wide + (_OVERLAP if column < self.columns - 1 else 0)),
            min(self.height, top + high + (_OVERLAP if row < self.rows - 1 else 0)),
        )


def cut(width: int, height: int, most: int) -> _Cut:
    """Cut a page into as few pieces as its size asks for, none larger than `most` pixels, each about square."""
    side = max(_OVERLAP + 1, math.isqrt(most) - _OVERLAP)
    if width * height <= most:
        return _Cut(width, height, 1, 1)
    columns = math.ceil(width / side)
    rows = math.ceil(height / max(1, most // (math.ceil(width / columns) + _OVERLAP) - _OVERLAP))
    return _Cut(width, height, max(1, rows), columns)


# -- PDF ----------------------------------------------------------------------------------------


def _of_pdf(path: Path, page: int, piece: int, most: int) -> Piece | None:
    import pypdfium2  # type: ignore[import-untyped]
    from pypdfium2 import raw

    try:
        document = pypdfium2.PdfDocument(path, autoclose=True)
    except pypdfium2.PdfiumError as error:
        encrypted = error.err_code in {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}
        raise NoTextError(Reason.ENCRYPTED if encrypted else Reason.BROKEN) from error
    with document:
        pages = len(document)
        if page >= pages:
            return None
        try:
            return _of_page(document[page], piece, most, pages)
        except pypdfium2.PdfiumError as error:
            raise NoTextError(Reason.BROKEN) from error


def _of_page(page: Any, piece: int, most: int, pages: int) -> Piece | None:
    """Only the piece is drawn, never the whole of a large sheet."""
    wide, high = (max(1.0, side) for side in page.get_size())
    dpi = float(DPI)
    sheet = cut(*_size(wide, high, dpi), most)
    while sheet.pieces > MAX_PIECES:
        dpi *= 0.9
        sheet = cut(*_size(wide, high, dpi), most)
    if piece >= sheet.pieces:
        return None
    scale = dpi / _POINTS
    left, top, right, bottom = sheet.box(piece)
    drawn = page.render(
        scale=scale,
        grayscale=True,
        crop=(left / scale, max(0.0, high - bottom / scale), max(0.0, wide - right / scale), top / scale),
    )
    picture = drawn.to_pil().convert("L")
    return _ready(picture, round(dpi), sheet.pieces, pages)


def _size(wide: float, high: float, dpi: float) -> tuple[int, int]:
    """Dots of a page whose sides are given in points."""
    return math.ceil(wide * dpi / _POINTS), math.ceil(high * dpi / _POINTS)


# -- pictures -----------------------------------------------------------------------------------


def _of_picture(path: Path, page: int, piece: int, most: int) -> Piece | None:
    Image.MAX_IMAGE_PIXELS = None  # what a picture may have is told below, by its kind
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd tags and the like: it can be shown or not
            with Image.open(path, formats=_FORMATS) as picture:
                return _of_frame(picture, page, piece, most)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, OverflowError,
            TypeError, ZeroDivisionError, NotImplementedError, RuntimeError, ArithmeticError, AttributeError) as error:  # fmt: skip
        # Pillow's decoders raise all of these for damaged files (observed in its issues)
        raise NoTextError(Reason.BROKEN) from error


def _of_frame(picture: Image.Image, page: int, piece: int, most: int) -> Piece | None:
    frames = min(MAX_FRAMES, getattr(picture, "n_frames", 1)) if picture.format == "TIFF" else 1
    if page >= frames:
        return None
    if page:
        picture.seek(page)
    width, height = picture.size
    if width * height > MAX_PIXELS or min(width, height) < 1:
        raise NoTextError(Reason.BOMB)
    if min(width, height) < _LEAST_SIDE:
        return None if piece else Piece(b"", 0, 0, DPI, 1, frames)
    # one piece: a page that fills it is legible
    photo = picture.format in {"JPEG", "MPO"} and picture.mode != "L"
    if photo:
        shrink = max(1.0, math.sqrt(width * height / most))
        picture.draft("L", (math.ceil(width / shrink), math.ceil(height / shrink)))
        width, height = picture.size
    shrink = _shrink(width, height, most, pieces=1 if photo else MAX_PIECES)
    sheet = cut(max(1, int(width / shrink)), max(1, int(height / shrink)), most)
    if piece >= sheet.pieces:
        return None
    left, top, right, bottom = sheet.box(piece)
    box = (
        int(left * shrink),
        int(top * shrink),
        min(width, int(right * shrink)),
        min(height, int(bottom * shrink)),
    )
    # cut first: a sheet of one bit a dot takes a byte a dot here, and another one in grey
    part = _grey(picture if sheet.pieces == 1 else picture.crop(box))
    if shrink != 1.0:
        part = part.resize((right - left, bottom - top), Image.Resampling.BICUBIC)
    return _ready(part, DPI, sheet.pieces, frames)


def _shrink(width: int, height: int, most: int, *, pieces: int) -> float:
    """By how much a picture is made smaller, so that it takes no more pieces than told; below one: larger."""
    if width * height < _SMALL_PIXELS and width * height * 4 <= most:
        return 0.5
    shrink = 1.0
    while cut(int(width / shrink) or 1, int(height / shrink) or 1, most).pieces > pieces:
        shrink *= 1.1
    return shrink


def _grey(picture: Image.Image) -> Image.Image:
    """Upright and grey; what is transparent is paper."""
    picture.load()
    if "A" in picture.getbands() or "transparency" in picture.info:
        with_paper = picture.convert("LA")
        paper = Image.new("L", with_paper.size, 255)
        paper.paste(with_paper.getchannel("L"), mask=with_paper.getchannel("A"))
        return paper
    if picture.mode.startswith(("I", "F")):
        picture = _narrowed(picture)
    grey = picture if picture.mode == "L" else picture.convert("L")
    return ImageOps.exif_transpose(grey)


def _narrowed(picture: Image.Image) -> Image.Image:
    """Sixteen bits and more to eight, by the lowest and the highest that there is."""
    wide = picture.convert("F")
    low, high = (float(one) for one in wide.getextrema() if not isinstance(one, tuple))
    scale = 255.0 / (high - low) if high > low else 1.0
    return wide.point(lambda value: value * scale - low * scale).convert("L")


def _ready(picture: Image.Image, dpi: int, pieces: int, pages: int) -> Piece:
    """
    Without grain, which a reader takes for thousands of marks and loses its lines over, and lit alike everywhere.

    Neither is done to a picture that has no need of it: small letters lose by it.
    """
    if _grain(picture) > _GRAIN:
        picture = picture.filter(ImageFilter.MedianFilter(3))
    paper = picture.reduce(_PAPER_STEP).filter(ImageFilter.MaxFilter(5))
    if ImageStat.Stat(paper).stddev[0] > _UNEVEN:
        picture = _lit_alike(picture, paper.filter(ImageFilter.GaussianBlur(2)))
    return Piece(picture.tobytes(), picture.width, picture.height, dpi, pieces, pages)


def _lit_alike(picture: Image.Image, paper: Image.Image) -> Image.Image:
    """Every dot as a share of the paper around it, in strips: the quotients of a whole page would take its memory five times."""
    light = paper.resize(picture.size, Image.Resampling.BICUBIC)
    alike = Image.new("L", picture.size)
    for top in range(0, picture.height, _STRIP):
        box = (0, top, picture.width, min(picture.height, top + _STRIP))
        strip = ImageMath.lambda_eval(
            lambda of: of["convert"](of["min"](of["dot"] * 255 / of["max"](of["light"], 1), 255), "L"),
            dot=picture.crop(box),
            light=light.crop(box),
        )
        alike.paste(strip, box)
    return alike


def _grain(picture: Image.Image) -> float:
    """How much the dots differ from the middle of their neighbours, of 255, on average of some places of the picture."""
    total = count = 0
    for sample in _samples(picture):
        difference = ImageChops.difference(sample, sample.filter(ImageFilter.MedianFilter(3)))
        total += sum(value * number for value, number in enumerate(difference.histogram()))
        count += sample.width * sample.height
    return total / max(1, count)


def _samples(picture: Image.Image) -> Iterator[Image.Image]:
    side = 256
    for row in (1, 2, 3):
        for column in (1, 2, 3):
            left, top = picture.width * column // 4 - side // 2, picture.height * row // 4 - side // 2
            box = (
                max(0, left),
                max(0, top),
                min(picture.width, left + side),
                min(picture.height, top + side),
            )
            if box[2] - box[0] > 8 and box[3] - box[1] > 8:
                yield picture.crop(box)
