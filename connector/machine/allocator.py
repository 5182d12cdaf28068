"""
How the C library keeps memory for the pages and batches of a run.

glibc gives a large buffer back to the system when it is freed, until it was asked for a larger one: from then on it takes buffers
of up to that size out of its heap, where whatever is made behind them keeps their room (mallopt(3), M_MMAP_THRESHOLD).
A run makes and drops thousands of some 300 kB.
"""

from __future__ import annotations

import ctypes

LARGE_BYTES = 131_072
"""From this size on a buffer is given back when it is freed: what glibc itself begins with."""
_M_MMAP_THRESHOLD = -3


def give_back_large_buffers() -> None:
    """Have glibc keep to the size that it begins with; another C library does so by itself, or cannot be told."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)
