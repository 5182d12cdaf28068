"""What a child process tells of the run that it did."""

from __future__ import annotations

import resource
import sys

import msgspec


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One run, without the start and the end of its process; the peak is that of the whole process."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    outcome: str = ""
    """The connector's own word; empty for the bare loop."""
    live: int = 0
    """Documents that the connector says are live."""
    reasons: list[str] = []


def peak_mb() -> float:
    """Most resident memory of this process so far, in megabytes (Linux counts in KiB, macOS in bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1_048_576 if sys.platform == "darwin" else 1_024)
