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
    BOMB = "bomb"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out-of-memory"
    CRASHED = "crashed"
    UNAVAILABLE = "unavailable"
    DOWNLOAD_FAILED = "download-failed"

    @property
    def sentence(self) -> str:
        """The reason in plain words, for administrators."""
        return _SENTENCES[self]

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
_SENTENCES = {
    Reason.TOO_LARGE: "The file is larger than text.max_file_bytes, so its text is not searchable.",
    Reason.ENCRYPTED: "The file is protected by a password, so its text cannot be read.",
    Reason.BROKEN: "The file is damaged or is not what it promises to be, so its text cannot be read.",
    Reason.NO_TEXT_FORMAT: "The file is of a kind without text, such as an image, a drawing or a model.",
    Reason.ARCHIVE: "The file is an archive that is not opened; only what stands in ZIP files can be found.",
    Reason.TOO_OLD: "The file has a format of before 1997; save it once more with a newer program to find its text.",
    Reason.EMPTY: "The file was read, but holds no text; a scanned page is only a picture of text.",
    Reason.BOMB: "The file unpacks to far more than is sane and was not opened, to protect this machine.",
    Reason.TIMEOUT: "Reading the file took longer than text.timeout_s and was stopped.",
    Reason.OUT_OF_MEMORY: "Reading the file needed more memory than text.memory_mb gives to one reader.",
    Reason.CRASHED: "The reader broke down on this file; other files are not affected.",
    Reason.UNAVAILABLE: "No reader process could be started on this machine; the file is tried again.",
    Reason.DOWNLOAD_FAILED: "The file could not be downloaded; it is tried again.",
}


class NoTextError(Exception):
    """Raised inside a reader when a file gives no text; never leaves the worker."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.sentence)
        self.reason = reason


class FileTooLarge(Exception):
    """The download went over the limit of bytes; raised by who downloads, understood by TextService."""
