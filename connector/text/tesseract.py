"""
Tesseract, as Debian packs it: where it is, which languages it has, and one grey picture read by it.

It gets nothing but pixels that we made, over a pipe: what a file does to a decoder it does to the reader process, never
to this program. It runs with one thread, the memory that the reader has left, and dies with the reader.

Source: tesseract(1) of 5.3, `--print-parameters`; TSV output: level, page, block, paragraph, line, word, left, top,
width, height, confidence, text.
"""

from __future__ import annotations

import math
import os
import re
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from typing import Final, NamedTuple

from connector.machine.process_end import end_with_parent
from connector.text.ocr import Ocr
from connector.text.reasons import NoTextError, Reason

PROGRAM: Final = "tesseract"
TURNING: Final = "osd"
"""What the language data for telling which way is up is called; Debian installs it with the program."""
BASE_BYTES: Final = 150_000_000
"""What it needs beside the picture with the data of up to four languages loaded (observed: 95 MB with three)."""
BYTES_PER_PIXEL: Final = 6
_CODE_BYTES: Final = 24_000_000
_ANSWER_S: Final = 20
_BY_ITSELF: Final = "1"
"""Finds the way up and the blocks by itself."""
_UPRIGHT: Final = "3"
_ONE_BLOCK: Final = "6"
_FEW_WORDS: Final = 60
_LEAST_CONFIDENCE: Final = 30.0
"""Of a word, in percent; what is below is noise taken for letters."""
_LEAST_OF_LINE: Final = 45.0
"""Mean of a line's words: grain, hatching and leaves give lines of guesses."""
_PARTED: Final = re.compile(r"(?<=[^\W\d_]{2})()[-\xad\u2010]\n(?=(\w))")
_WORD: Final = re.compile(r"\w")


class Installed(NamedTuple):
    """The program on this machine, empty where there is none, and its languages."""

    program: str
    languages: frozenset[str]


def find_tesseract() -> Installed:
    """Look for the program, and ask it for its languages."""
    program = shutil.which(PROGRAM) or shutil.which(PROGRAM, path="/usr/bin:/usr/local/bin")
    if program is None:
        return Installed("", frozenset())
    try:
        answer = subprocess.run(  # noqa: S603 - the program that was just found, no argument of others
            [program, "--list-langs"], capture_output=True, check=False, timeout=_ANSWER_S, text=True
        )
    except (OSError, subprocess.TimeoutExpired):
        return Installed("", frozenset())
    return Installed(program, frozenset(answer.stdout.splitlines()[1:] if answer.returncode == 0 else ()))


def make_ready(languages: Sequence[str], installed: Installed) -> Ocr | None:
    """What reads these languages; None where the program or one of them is missing."""
    if not languages or not installed.program or not installed.languages.issuperset(languages):
        return None
    return Ocr(
        installed.program,
        tuple(languages),
        TURNING in installed.languages,
        os.environ.get("TESSDATA_PREFIX", ""),
    )


def say_what_is_missing(languages: Sequence[str], installed: Installed) -> str:
    """What this machine lacks, in words, with Debian's command; empty where it lacks nothing."""
    missing = [one for one in languages if one not in installed.languages]
    if not languages or not missing:
        return ""
    packages = " ".join(f"tesseract-ocr-{one.replace('_', '-').lower()}" for one in missing)
    if not installed.program:
        return (
            "the program tesseract is missing on this machine, so no scanned page is read; "
            f"run: apt-get install tesseract-ocr {packages}"
        )
    return f"tesseract lacks {' and '.join(missing)}, so no scanned page is read. Run: apt-get install {packages}"


def room_for_picture() -> int:
    """
    How many pixels a picture may have that is read now, by the memory that this process has left.

    Raises:
        NoTextError: OUT_OF_MEMORY, there is no room for the program.
    """
    left = (_memory_left() - BASE_BYTES) // BYTES_PER_PIXEL
    if left < 1_000_000:
        raise NoTextError(Reason.OUT_OF_MEMORY)
    return left


def read_picture(
    ocr: Ocr, pixels: bytes, width: int, height: int, dpi: int, timeout_s: float, *, whole: bool
) -> str:
    """
    Read one grey picture, a byte a pixel, row by row.

    Args:
        whole: a page, not a part of a sheet. Where the program sees few words on one, it may have taken a block of type for a
            picture (observed on pages that are lit unevenly): it is told once more that all of it is one block.

    Returns:
        The words that it is sure enough of, a line for each of its lines; empty where it sees none.

    Raises:
        NoTextError: OUT_OF_MEMORY, TIMEOUT, CRASHED or UNAVAILABLE, of the program.
    """
    picture = b"P5 %d %d 255\n" % (width, height) + pixels
    began = time.monotonic()
    text = _read(ocr, picture, _BY_ITSELF if ocr.turning else _UPRIGHT, dpi, timeout_s)
    left = timeout_s - (time.monotonic() - began)
    if whole and len(text.split()) < _FEW_WORDS and left > timeout_s / 2:
        with suppress(NoTextError):
            block = _read(ocr, picture, _ONE_BLOCK, dpi, left)
            return max(text, block, key=lambda one: len(one.split()))
    return text


def _read(ocr: Ocr, picture: bytes, layout: str, dpi: int, timeout_s: float) -> str:
    command = [ocr.program, "stdin", "stdout", "-l", "+".join(ocr.languages), "--dpi", str(dpi),
               "--psm", layout, "-c", "tessedit_create_tsv=1"]  # fmt: skip
    memory = _memory_left() - _CODE_BYTES
    try:
        done = subprocess.run(  # noqa: S603 - a path and languages of the settings
            command,
            input=picture,
            capture_output=True,
            check=False,
            timeout=timeout_s,
            env={"OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8"}
            | ({"TESSDATA_PREFIX": ocr.data} if ocr.data else {}),
            preexec_fn=lambda: _bound(memory, timeout_s),
        )
    except subprocess.TimeoutExpired as error:
        raise NoTextError(Reason.TIMEOUT) from error
    except (OSError, subprocess.SubprocessError) as error:
        raise NoTextError(Reason.UNAVAILABLE) from error
    if done.returncode == -signal.SIGXCPU:
        raise NoTextError(Reason.TIMEOUT)
    if done.returncode:
        starved = any(word in done.stderr for word in (b"bad_alloc", b"out of memory", b"alloc"))
        raise NoTextError(Reason.OUT_OF_MEMORY if starved else Reason.CRASHED)
    return _joined("\n".join(_lines(done.stdout.decode(errors="replace"))))


def _lines(table: str) -> Iterator[str]:
    """The lines of a TSV answer, without those that are guesses; a word parted at the end of a line is joined."""
    rows = [row.split("\t", 11) for row in table.split("\n") if row.startswith("5\t")]
    for _, words in groupby((row for row in rows if len(row) == 12), key=lambda row: row[1:5]):
        sure = [(float(row[10]), row[11].strip()) for row in words]
        told = [(sureness, word) for sureness, word in sure if word and sureness >= _LEAST_CONFIDENCE]
        if told and sum(sureness for sureness, _ in told) / len(told) >= _LEAST_OF_LINE:
            line = " ".join(word for _, word in told)
            if _WORD.search(line):
                yield line


def _joined(text: str) -> str:
    """Words that are parted at the end of a line, whole: before a small letter the hyphen is not the word's own."""
    return _PARTED.sub(lambda found: found[1] if found[2].islower() else found[0], text)


def _bound(memory: int, timeout_s: float) -> None:
    """In the child, before the program: its memory and time, no thread beside, and death with its parent."""
    end_with_parent()
    os.nice(5)
    seconds = math.ceil(timeout_s) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))


def _memory_left() -> int:
    """Bytes that this process's limit leaves, since what it starts has to do with the rest of it."""
    limit = resource.getrlimit(resource.RLIMIT_DATA)[0]
    if limit == resource.RLIM_INFINITY:
        return 1_000_000_000
    with open("/proc/self/status", encoding="ascii") as stream:
        used = next((int(line.split()[1]) * 1024 for line in stream if line.startswith("VmData:")), 0)
    return limit - used
