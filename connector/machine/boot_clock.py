"""How long this machine has been up, sleep included: a clock that nobody sets, beside which it is noticed that the wall clock was set."""

from __future__ import annotations

import time

import msgspec

from connector.machine.lock import BOOT


class SinceBoot(msgspec.Struct, frozen=True):
    """One reading; two of the same start of the machine tell how much time passed between them."""

    boot: str
    seconds: float


def read_boot_clock() -> SinceBoot | None:
    """Read it; None where the system does not name its own start."""
    try:
        boot = BOOT.read_text(encoding="ascii").strip()
        return SinceBoot(boot, time.clock_gettime(time.CLOCK_BOOTTIME))
    except (OSError, AttributeError):
        return None
