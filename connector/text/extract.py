"""One file to text or a reason: runs inside a worker process, knows no settings and writes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from math import inf
from pathlib import Path
from typing import Final

import msgspec

from connector.document.clean import TextGatherer
from connector.text.inner import Budget, Inside, Readable
from connector.text.kinds import Kind, is_picture_inside, tell_kind
from connector.text.reasons import NoTextError, Reason

# Raise it whenever the same bytes give another text or another reason: cached texts are then read anew.
_OUR_VERSION: Final = 5
_LIBRARIES: Final = ("chardet", "kreuzberg", "pypdf", "pypdfium2", "selectolax")


class Limits(msgspec.Struct, frozen=True):
    """What one file may give: bytes of UTF-8 text; closed: files within it are named, but not read; seconds: then it is what it gave."""

    max_text_bytes: int
    closed: bool = False
    seconds: float = inf


class Extracted(msgspec.Struct, frozen=True):
    """What one file gave: cleaned text, or the reason why there is none; truncated: there was more."""

    text: str | None = None
    reason: Reason | None = None
    truncated: bool = False
    scanned: tuple[int, ...] = ()
    """Pages, from 0, that are pictures of words: what OCR would read."""
    limited: bool = False
    """There may be more under other limits of time and memory."""


@cache
def extractor_version() -> str:
    """Name the code that makes texts: our version and those of the libraries; another name, other texts."""
    return ";".join([f"text={_OUR_VERSION}", *(f"{name}={version(name)}" for name in _LIBRARIES)])


def extract(
    path: Path, name: str, mime_type: str, limits: Limits, inside_begun: Callable[[], None] = lambda: None
) -> Extracted:
    """
    Read the text of one file.

    Args:
        inside_begun: called before each file within it is read.
        name: as the source calls the file; only its extension is looked at, after the content.
        mime_type: as the source declares it, may be empty; believed last.

    Errors of the file come back as a reason. MemoryError and bugs of the libraries get through: the
    worker is given up after them.
    """
    until = time.monotonic() + limits.seconds
    gatherer = TextGatherer(limits.max_text_bytes, late=lambda: time.monotonic() > until)

    def read(file: Readable, name: str, mime_type: str, inside: Inside) -> None:
        # of what stands in it nothing is kept for OCR: it has no page that could be asked for
        pages = gatherer.scanned if file is path else []
        _read(file, tell_kind(file, name, mime_type), gatherer, limits, inside, pages)

    budget = Budget(begun=inside_begun, closed=limits.closed, clock=time.process_time)
    try:
        read(path, name, mime_type, Inside(gatherer, budget, read))
    except NoTextError as error:
        picture = error.reason in {Reason.NO_TEXT_FORMAT, Reason.BROKEN} and is_picture_inside(path)
        return Extracted(reason=error.reason, scanned=(0,) if picture else ())
    text, truncated = gatherer.text()
    scanned = tuple(gatherer.scanned)
    if not text:
        return Extracted(reason=Reason.TIMEOUT if gatherer.was_late else Reason.EMPTY, scanned=scanned)
    return Extracted(text=text, truncated=truncated, scanned=scanned, limited=gatherer.was_late)


def _read(
    file: Readable, kind: Kind, gatherer: TextGatherer, limits: Limits, inside: Inside, scanned: list[int]
) -> None:
    # Imported where they are used: a worker that meets no PDF never pays for the library.
    match kind:
        case Kind.PDF:
            from connector.text.pdf import read_pdf

            read_pdf(file, gatherer, inside, scanned)
        case Kind.DOCX:
            from connector.text.wordprocessing import read_word

            read_word(file, gatherer, inside)
        case Kind.WORD_XML:
            from connector.text.wordprocessing import read_flat_word

            read_flat_word(file, gatherer)
        case Kind.EXCEL_XML:
            from connector.text.excel_xml import read_flat_workbook

            read_flat_workbook(file, gatherer)
        case Kind.OBJECT:
            from connector.text.packaged import read_object

            read_object(file, inside)
        case Kind.PPTX:
            from connector.text.wordprocessing import read_slides

            read_slides(file, gatherer, inside)
        case Kind.ODF:
            from connector.text.opendocument import read_open_document

            read_open_document(file, gatherer, inside)
        case Kind.FLAT_ODF:
            from connector.text.opendocument import read_flat_document

            read_flat_document(file, gatherer)
        case Kind.XLSX:
            from connector.text.spreadsheet import read_workbook

            read_workbook(file, gatherer, inside, limits.max_text_bytes)
        case Kind.XLSB:
            from connector.text.biff12 import read_binary_workbook

            read_binary_workbook(file, gatherer, inside, limits.max_text_bytes)
        case Kind.HTML | Kind.XML | Kind.PLAIN:
            from connector.text import markup

            readers = {Kind.HTML: markup.read_html_file, Kind.XML: markup.read_xml_file}
            readers.get(kind, markup.read_plain_file)(file, gatherer)
        case Kind.EML:
            from connector.text.mail import read_mail

            read_mail(file, gatherer, inside)
        case Kind.MSG:
            from connector.text.outlook import read_outlook

            read_outlook(file, gatherer, inside)
        case Kind.RTF:
            from connector.text.rtf import read_rtf

            read_rtf(file, gatherer)
        case Kind.ZIP:
            from connector.text.zipped import read_zip

            read_zip(file, inside)
        case Kind.BCF:
            from connector.text.bcf import read_bcf

            read_bcf(file, gatherer)
        case Kind.TNEF:
            from connector.text.tnef import read_tnef

            with file.open("rb") as stream:
                read_tnef(stream.read(), gatherer, inside)
        case Kind.SIGNED:
            from connector.text.signed import read_signed

            read_signed(file, inside)
        case Kind.CALENDAR:
            from connector.text.calendar import read_calendar

            read_calendar(file, gatherer)
        case Kind.DOC:
            from connector.text.word97 import read_word97

            read_word97(file, gatherer)
            _read_embedded(file, gatherer, inside)
        case Kind.PPT:
            from connector.text.powerpoint97 import read_powerpoint97

            read_powerpoint97(file, gatherer, inside)
        case Kind.XLS:
            from connector.text.biff import read_old_workbook

            read_old_workbook(file, gatherer)
            _read_embedded(file, gatherer, inside)
        case Kind.DXF:
            from connector.text.drawings import read_dxf

            read_dxf(file, gatherer)
        case Kind.IFC:
            from connector.text.drawings import read_ifc

            read_ifc(file, gatherer)
        case Kind.EPUB:
            from connector.text.ebook import read_book

            read_book(file, gatherer)


def _read_embedded(file: Readable, gatherer: TextGatherer, inside: Inside) -> None:
    from connector.text.packaged import read_embedded

    read_embedded(file, gatherer, inside)
