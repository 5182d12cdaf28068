"""Why a file has no text: PURE words, shared by the workers, the cache and the report."""

from __future__ import annotations

from enum import Enum


class Reason(Enum):
    """
    Why a file has no text in the search.

    The value is the word kept in the cache and shown in counts. A lasting reason is a property of the
    bytes (or of the limits) and is remembered; a passing one is worth another try in the next run.
    """

    TOO_LARGE = "too-large"
    ENCRYPTED = "encrypted"
    BROKEN = "broken"
    NO_TEXT_FORMAT = "no-text-format"
    ARCHIVE = "archive"
    TOO_OLD = "too-old"
    EMPTY = "empty"
    OCR_DUE = "ocr-due"
    OCR_EMPTY = "ocr-empty"
    BOMB = "bomb"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out-of-memory"
    CRASHED = "crashed"
    UNAVAILABLE = "unavailable"
    DOWNLOAD_FAILED = "download-failed"

    @property
    def sentence(self) -> str:
        """The reason in plain words, for whoever looks for a file and does not find it by its words."""
        return _SENTENCES[self]

    @property
    def remedy(self) -> str:
        """What can be done about it, and by whom."""
        return _REMEDIES[self]

    @property
    def lasting(self) -> bool:
        """True when the same bytes give the same reason again."""
        return self not in _PASSING

    @property
    def counted(self) -> bool:
        """True when the file itself may be the cause: after a few times the reason is taken as lasting."""
        return self in _COUNTED


_COUNTED = frozenset({Reason.TIMEOUT, Reason.OUT_OF_MEMORY, Reason.CRASHED})
_PASSING = _COUNTED | {Reason.UNAVAILABLE, Reason.DOWNLOAD_FAILED}
"""OCR_DUE is not among them: what is pushed without text is not read again by runs, but by the night."""
_SENTENCES = {
    Reason.TOO_LARGE: "The file is larger than the connector reads, so only its name can be found.",
    Reason.ENCRYPTED: "The file is protected by a password, so its words cannot be read.",
    Reason.BROKEN: "The file is damaged, or is not what its name says, so its words cannot be read.",
    Reason.NO_TEXT_FORMAT: "The file is a picture, a drawing, a model or another kind whose words are not read.",
    Reason.ARCHIVE: "The file is an archive that is not opened; only ZIP archives are.",
    Reason.TOO_OLD: "The file was saved by a program from before 1997, in a format that is not read.",
    Reason.EMPTY: "No text was found. A scanned page is only a picture of words.",
    Reason.OCR_DUE: "The file is a picture of words and waits for text recognition (OCR) at night.",
    Reason.OCR_EMPTY: "The file is a picture; text recognition (OCR) read it and found no words.",
    Reason.BOMB: "The file looks like a decompression bomb and was not opened.",
    Reason.TIMEOUT: "Reading the file took too long and was stopped.",
    Reason.OUT_OF_MEMORY: "Reading the file needed more memory than a reader has.",
    Reason.CRASHED: "The program that reads files crashed on this one; other files are not affected.",
    Reason.UNAVAILABLE: "The file was not read yet, because no reader could be started.",
    Reason.DOWNLOAD_FAILED: "The file could not be downloaded from its source.",
}
_REMEDIES = {
    Reason.TOO_LARGE: "Save it in parts or with smaller pictures, or raise text.max_file_bytes.",
    Reason.ENCRYPTED: "Upload a copy without a password, if everybody in its folder may read it.",
    Reason.BROKEN: "Open it in its program and save it again. If it does not open, ask its author for another copy.",
    Reason.NO_TEXT_FORMAT: "It is found by its name. If the words in a drawing matter, put a PDF of it beside it.",
    Reason.ARCHIVE: "Upload it as a ZIP file, or the files in it one by one.",
    Reason.TOO_OLD: "Open it in a newer program and save it as DOCX, PPTX or PDF.",
    Reason.EMPTY: "If it is a scan, run text recognition on it and upload the searchable PDF.",
    Reason.OCR_DUE: "Nothing: it is found by its words after its turn. If it never is, connector check says what is missing.",
    Reason.OCR_EMPTY: "If there are words on it, scan it again, upright and sharp, with 300 dots per inch.",
    Reason.BOMB: "If you trust the file, upload its content one by one.",
    Reason.TIMEOUT: "It is tried again a few times. Save it in parts, or raise text.timeout_s.",
    Reason.OUT_OF_MEMORY: "It is tried again a few times. Save it in parts, or raise text.memory_mb.",
    Reason.CRASHED: "It is tried again a few times. Save it again or as PDF; if that does not help, report the file.",
    Reason.UNAVAILABLE: "It is tried again in the next run. If it stays so, connector check says what this machine lacks.",
    Reason.DOWNLOAD_FAILED: "It is tried again in the next run. If it stays so, check whether it opens in its source.",
}
_OF_THE_INTRANET = {
    "refused": (
        "The intranet refused the words of the file, so only its name can be found.",
        "connector explain ID shows what was sent. Save the file again, or as PDF, to send other words.",
    )
}
"""Codes that are no reader's: what they say, and what can be done."""
CODES = (*(one.value for one in Reason), *_OF_THE_INTRANET)
"""Why a document may have no text."""


def say_why(code: str) -> tuple[str, str]:
    """
    Say why a document has no text, by the code in the ledger, and what can be done.

    A code that a newer release wrote stays as it is, and nothing is known to be done.
    """
    try:
        known = Reason(code)
    except ValueError:
        return _OF_THE_INTRANET.get(code, (code, ""))
    return known.sentence, known.remedy


class NoTextError(Exception):
    """Raised inside a reader when a file gives no text; never leaves the worker."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.sentence)
        self.reason = reason


class FileTooLarge(Exception):
    """The download went over the limit of bytes; raised by who downloads, understood by TextService."""
