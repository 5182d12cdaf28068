"""The clock that nobody sets: how long this machine has been up, sleep included. Beside it a set wall clock is noticed."""

from __future__ import annotations

import time

import msgspec

from connector.machine.lock import BOOT


class Steady(msgspec.Struct, frozen=True):
    """One reading; two of the same start of the machine tell how much time passed between them."""

    boot: str
    seconds: float


def read_steady() -> Steady | None:
    """Read it; None where the system does not name its own start."""
    try:
        boot = BOOT.read_text(encoding="ascii").strip()
        return Steady(boot, time.clock_gettime(time.CLOCK_BOOTTIME))
    except (OSError, AttributeError):
        return None
