"""What a child process is asked for, and what it tells of the run that it did."""

from __future__ import annotations

import resource
import sys

import msgspec

WRITERS = 4
"""Writing calls at once, of both sides."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One run of one side."""

    origin: str
    """Where the simulated neighbours listen."""
    folder: str
    """The connector's: its ledger stays there. The bare loop's: where the plan is."""
    ledger: str = "sqlite:///ledger.db"
    """The connector's own setting."""
    mode: str = "full"
    """The connector's own word."""
    calls: int = 16
    """Reading calls at once."""
    texts: bool = False
    """Download files and read their text."""
    targets: int = 1
    """So many of one ledger, each with rooms of its own, one after the other."""
    company: dict[str, str] = {}
    """Settings of an ITR that is read instead of rooms, by dotted path."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One run, without the start and the end of its process; the peak is that of the whole process."""

    seconds: float
    cpu_seconds: float
    """Of this process and the workers that ended with the run."""
    peak_mb: float
    outcome: str = ""
    """The connector's own word; empty for the bare loop."""
    live: int = 0
    """Documents that the connector says are live."""
    without_text: int = 0
    reasons: list[str] = []


def cpu_seconds() -> float:
    """Processor time of this process so far, and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def peak_mb() -> float:
    """Most resident memory of this process so far, in megabytes (Linux counts in KiB, macOS in bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1_048_576 if sys.platform == "darwin" else 1_024)
