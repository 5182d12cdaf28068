"""
Which reader reads which kind of file.

Each is imported where its kind is met: a worker that meets no PDF never pays for the library.
"""

from __future__ import annotations

from typing import NamedTuple

from connector.document.clean import TextGatherer
from connector.text.embedded import Inside, Readable
from connector.text.kinds import Kind


class Given(NamedTuple):
    """A file to be read, and where that goes which it gives."""

    file: Readable
    gatherer: TextGatherer
    inside: Inside
    """Reads the files that stand in it."""
    max_text_bytes: int
    scanned: list[int]
    """Gets its pages that are pictures of words."""


def read_as(kind: Kind, given: Given) -> None:
    """
    Read a file as what it is.

    Raises:
        NoTextError: it has none, or cannot be read.
    """
    match kind:
        case Kind.PDF:
            from connector.text.pdf import read_pdf

            read_pdf(given.file, given.gatherer, given.inside, given.scanned)
        case Kind.DOCX | Kind.PPTX | Kind.WORD_XML:
            _read_pages(kind, given)
        case Kind.XLSX | Kind.XLSB | Kind.EXCEL_XML:
            _read_workbook(kind, given)
        case Kind.DOC | Kind.PPT | Kind.XLS:
            _read_old_office(kind, given)
        case Kind.ODF | Kind.FLAT_ODF | Kind.EPUB:
            _read_open(kind, given)
        case Kind.EML | Kind.MSG | Kind.TNEF | Kind.SIGNED | Kind.CALENDAR:
            _read_mail(kind, given)
        case Kind.ZIP | Kind.OBJECT:
            _read_package(kind, given)
        case Kind.DXF | Kind.IFC | Kind.BCF:
            _read_drawing(kind, given)
        case Kind.HTML | Kind.XML | Kind.PLAIN | Kind.RTF:
            _read_written(kind, given)


def _read_pages(kind: Kind, given: Given) -> None:
    from connector.text import wordprocessing

    match kind:
        case Kind.DOCX:
            wordprocessing.read_word(given.file, given.gatherer, given.inside)
        case Kind.PPTX:
            wordprocessing.read_slides(given.file, given.gatherer, given.inside)
        case Kind.WORD_XML:
            wordprocessing.read_flat_word(given.file, given.gatherer)


def _read_workbook(kind: Kind, given: Given) -> None:
    match kind:
        case Kind.XLSX:
            from connector.text.spreadsheet import read_workbook

            read_workbook(given.file, given.gatherer, given.inside, given.max_text_bytes)
        case Kind.XLSB:
            from connector.text.biff12 import read_binary_workbook

            read_binary_workbook(given.file, given.gatherer, given.inside, given.max_text_bytes)
        case Kind.EXCEL_XML:
            from connector.text.excel_xml import read_flat_workbook

            read_flat_workbook(given.file, given.gatherer)


def _read_old_office(kind: Kind, given: Given) -> None:
    match kind:
        case Kind.DOC:
            from connector.text.word97 import read_word97

            read_word97(given.file, given.gatherer)
            _read_embedded(given)
        case Kind.PPT:
            from connector.text.powerpoint97 import read_powerpoint97

            read_powerpoint97(given.file, given.gatherer, given.inside)
        case Kind.XLS:
            from connector.text.biff import read_old_workbook

            read_old_workbook(given.file, given.gatherer)
            _read_embedded(given)


def _read_embedded(given: Given) -> None:
    from connector.text.packaged import read_embedded

    read_embedded(given.file, given.gatherer, given.inside)


def _read_open(kind: Kind, given: Given) -> None:
    match kind:
        case Kind.ODF:
            from connector.text.opendocument import read_open_document

            read_open_document(given.file, given.gatherer, given.inside)
        case Kind.FLAT_ODF:
            from connector.text.opendocument import read_flat_document

            read_flat_document(given.file, given.gatherer)
        case Kind.EPUB:
            from connector.text.ebook import read_book

            read_book(given.file, given.gatherer)


def _read_mail(kind: Kind, given: Given) -> None:
    match kind:
        case Kind.EML:
            from connector.text.mail import read_mail

            read_mail(given.file, given.gatherer, given.inside)
        case Kind.MSG:
            from connector.text.outlook import read_outlook

            read_outlook(given.file, given.gatherer, given.inside)
        case Kind.TNEF:
            from connector.text.tnef import read_tnef

            with given.file.open("rb") as stream:
                read_tnef(stream.read(), given.gatherer, given.inside)
        case Kind.SIGNED:
            from connector.text.signed import read_signed

            read_signed(given.file, given.inside)
        case Kind.CALENDAR:
            from connector.text.calendar import read_calendar

            read_calendar(given.file, given.gatherer)


def _read_package(kind: Kind, given: Given) -> None:
    match kind:
        case Kind.ZIP:
            from connector.text.zipped import read_zip

            read_zip(given.file, given.inside)
        case Kind.OBJECT:
            from connector.text.packaged import read_object

            read_object(given.file, given.inside)


def _read_drawing(kind: Kind, given: Given) -> None:
    match kind:
        case Kind.DXF:
            from connector.text.drawings import read_dxf

            read_dxf(given.file, given.gatherer)
        case Kind.IFC:
            from connector.text.drawings import read_ifc

            read_ifc(given.file, given.gatherer)
        case Kind.BCF:
            from connector.text.bcf import read_bcf

            read_bcf(given.file, given.gatherer)


def _read_written(kind: Kind, given: Given) -> None:
    match kind:
        case Kind.RTF:
            from connector.text.rtf import read_rtf

            read_rtf(given.file, given.gatherer)
        case Kind.HTML:
            from connector.text.markup import read_html_file

            read_html_file(given.file, given.gatherer)
        case Kind.XML:
            from connector.text.markup import read_xml_file

            read_xml_file(given.file, given.gatherer)
        case Kind.PLAIN:
            from connector.text.markup import read_plain_file

            read_plain_file(given.file, given.gatherer)
