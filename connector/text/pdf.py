"""Text of PDF files, page by page, through PDFium."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pypdfium2  # type: ignore[import-untyped]
from pypdfium2 import raw

from connector.text.clean import TextGatherer
from connector.text.inner import Readable
from connector.text.reasons import NoTextError, Reason

# PDFium marks a hyphen that parts a word at the end of a line; the word is joined again.
_PARTED_WORDS: Final = ("\x02\r\n", "\ufffe\r\n", "\x02", "\ufffe")


def read_pdf(file: Readable, gatherer: TextGatherer) -> None:
    """
    Gather the text of a PDF; a page that cannot be read is passed over, none is opened beyond the limit.

    Raises:
        NoTextError: ENCRYPTED, a password is needed to open it; BROKEN, PDFium cannot open it or any page.
    """
    try:
        document = pypdfium2.PdfDocument(file if isinstance(file, Path) else file.open("rb"), autoclose=True)
    except pypdfium2.PdfiumError as error:
        encrypted = error.err_code in {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}
        raise NoTextError(Reason.ENCRYPTED if encrypted else Reason.BROKEN) from error
    with document:
        pages = len(document)
        unreadable = 0
        for number in range(pages):
            if gatherer.full:
                return
            try:
                gatherer.add(_read_page(document, number) + "\n")
            except pypdfium2.PdfiumError:
                unreadable += 1
                gatherer.cut = True
        if unreadable == pages:
            raise NoTextError(Reason.BROKEN)


def _read_page(document: pypdfium2.PdfDocument, number: int) -> str:
    page = document[number]
    try:
        text_page = page.get_textpage()
        try:
            text: str = text_page.get_text_range()
        finally:
            text_page.close()
    finally:
        page.close()
    for mark in _PARTED_WORDS:
        text = text.replace(mark, "")
    return text
