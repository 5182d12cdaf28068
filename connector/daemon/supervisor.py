"""Tells systemd how the service fares: sd_notify over its datagram socket. Source: sd_notify(3)."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import suppress

LONGEST = 4_096
"""Bytes of one message; ours are far shorter, and what is longer is cut."""


class Supervisor:
    """The supervisor's socket; without one every message goes nowhere."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        environment = os.environ if environment is None else environment
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        ours = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.watchdog_s: float | None = (
            int(environment["WATCHDOG_USEC"]) / 1_000_000
            if ours and environment.get("WATCHDOG_USEC")
            else None
        )
        """Without WATCHDOG=1 for so long the supervisor kills the service; None when it does not watch."""

    def tell(self, *lines: str) -> None:
        """Send `READY=1`, `STATUS=...` and the like; a supervisor that is gone is no reason to fail."""
        if not self._address:
            return
        message = "\n".join(line.replace("\n", " ") for line in lines).encode()[:LONGEST]
        with (
            suppress(OSError),  # of files that may be open as well
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender,
        ):
            sender.setblocking(False)
            sender.sendto(message, self._address)
