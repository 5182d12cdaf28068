"""One piece of a scanned page to its words: runs inside a worker process, as extract does."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Final

from connector.document.clean import clean_text
from connector.text.ocr import Scan, Scanned
from connector.text.pictures import take_piece
from connector.text.reasons import NoTextError
from connector.text.tesseract import read_picture, room_for_picture

_SPARE: Final = 0.9
"""Share of the time for a piece that the program gets, so that the reader itself can still answer."""


def read_scan(path: Path, scan: Scan) -> Scanned:
    """
    Read one piece of one page.

    Errors of the file, and of the program, come back as a reason. MemoryError gets through, as in extract.
    """
    before = _processor_s()
    reason, text, pieces, pages = None, "", 0, 0
    try:
        piece = take_piece(path, scan.page, scan.piece, room_for_picture())
        if piece is not None:
            pieces, pages = piece.pieces, piece.pages
            if piece.pixels:
                text = read_picture(
                    scan.ocr,
                    piece.pixels,
                    piece.width,
                    piece.height,
                    piece.dpi,
                    scan.timeout_s * _SPARE,
                    whole=piece.pieces == 1,
                )
    except NoTextError as error:
        reason = error.reason
    return Scanned(clean_text(text), reason, pieces, pages, seconds=_processor_s() - before)


def _processor_s() -> float:
    told = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in told)
