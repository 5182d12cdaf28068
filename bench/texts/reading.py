"""One file after the other through the pool that production uses, measured from outside of its process."""

from __future__ import annotations

import os
import re
import time
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import msgspec

from connector.text.extract import extractor_version
from connector.text.workers import ExtractionPool

_WORD = re.compile(r"[^\W\d_]{3,}")
MOST_TEXT = 1_000_000
TICKS = os.sysconf("SC_CLK_TCK")


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """
    One file.

    Attributes:
        path: below the folder it was found in.
        seconds: by the clock on the wall, the hand-over included; cpu_seconds: of the reader.
        peak_mb: most resident memory of the reader while it read this file; None when the reader was lost.
        grown_mb: so much of it was not there before; what an earlier file of another format had loaded was.
        opinions: words of three letters and more that each second opinion found, and how many of them we have.
    """

    path: str
    format: str
    size: int
    reason: str = ""
    seconds: float
    cpu_seconds: float = 0.0
    peak_mb: float | None = None
    grown_mb: float | None = None
    words: list[str] = []
    opinions: dict[str, tuple[int, int]] = {}
    missed: dict[str, list[str]] = {}
    """Some words that only the second opinion has."""


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """All files, and what read them."""

    extractor: str
    files: list[Measured]


def words_of(text: str) -> set[str]:
    """The words of a text that a comparison counts."""
    return set(_WORD.findall(text.lower()))


def new_measurement(files: Iterable[Measured]) -> Measurement:
    """Name the readers of this installation beside what they gave."""
    return Measurement(extractor=extractor_version(), files=list(files))


async def measure(
    files: Iterable[tuple[str, Path]], *, memory_mb: int, timeout_s: float
) -> AsyncIterator[Measured]:
    """Read files by one worker; a file that costs the worker is told with its reason, as in production."""
    async with ExtractionPool(workers=1, memory_mb=memory_mb, timeout_s=timeout_s) as pool:
        await pool.extract(Path(__file__), "warm.txt", "")
        for name, path in files:
            for pid in pool.worker_pids():
                _forget_peak(pid)
            before = {pid: (_cpu_seconds(pid), _memory_mb(pid, "VmRSS")) for pid in pool.worker_pids()}
            begun = time.perf_counter()
            result = await pool.extract(path, path.name, "", max_text_bytes=MOST_TEXT)
            seconds = time.perf_counter() - begun
            pids = pool.worker_pids()
            same = bool(pids) and pids == list(before)
            yield Measured(
                path=name,
                format=path.suffix.lower().lstrip(".") or "-",
                size=path.stat().st_size,
                reason=result.reason.value if result.reason else "",
                seconds=round(seconds, 4),
                cpu_seconds=round(_cpu_seconds(pids[0]) - before[pids[0]][0], 3) if same else 0.0,
                peak_mb=_memory_mb(pids[0], "VmHWM") if same else None,
                grown_mb=round(_memory_mb(pids[0], "VmHWM") - before[pids[0]][1], 1) if same else None,
                words=sorted(words_of(result.text or "")),
            )


def _forget_peak(pid: int) -> None:
    """Have the kernel measure the most memory from here on (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")


def _memory_mb(pid: int, which: str) -> float:
    found = re.search(rf"{which}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    return int(found[1]) / 1_024 if found else 0.0


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
