"""
The end of a process whose work is done: no thread that waits for somebody else's answer keeps it from that.

Python ends only once every thread of a pool has: one that asks a database which is away, again and again, would keep it for as long.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
CLOSES_IN_S: Final = 3.0
"""How long it may take to close what is open, once nothing is in hand any more."""


def end_soon(code: int) -> None:
    """
    Have this process end with a code in a few seconds, whatever its threads do, unless it has ended by itself before.

    For whoever has nothing left to write down: nothing is closed or cleaned up then, as if the process was killed.
    """
    timer = threading.Timer(CLOSES_IN_S, os._exit, args=(code,))
    timer.daemon = True
    timer.start()


def end_with_parent() -> None:
    """Have the kernel kill this process when its parent ends, even while a library hangs (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
