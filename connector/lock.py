"""One writer per target on one machine: a lock that the operating system frees when the process ends, however it ends."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

from connector.errors import LeaseHeld

BOOT = Path("/proc/sys/kernel/random/boot_id")
NETWORK = Path("/proc/self/ns/net")
THIS_START = secrets.token_hex(8)
"""Made by every start of a process."""


@contextmanager
def only_here(key: str) -> Iterator[None]:
    """
    Hold the machine's lock on a target; two ledgers for the same target exclude each other, too.

    It is a name in Linux's abstract socket namespace: no file that can be left behind, none whose folder or
    rights differ between users and services.

    Raises:
        LeaseHeld: another process of this machine works on the same target.
    """
    name = f"interact-connector-{blake2b(key.encode(), digest_size=16).hexdigest()}"
    holder = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        holder.bind("\0" + name if sys.platform == "linux" else f"/tmp/{name}.lock")  # noqa: S108 - other systems have no such namespace
    except OSError as error:
        holder.close()
        raise LeaseHeld(
            "Another run on this machine works on this target (a service, a backfill, or somebody's sync). Wait for it, or stop it."
        ) from error
    try:
        yield
    finally:
        holder.close()


def reach_of_lock() -> str:
    """
    Name what the lock covers: all processes of one running kernel that share a network namespace.

    Two containers have different ones, even on one machine and with one host name. Where it cannot be told, every
    start of a process is alone.
    """
    try:
        return f"{BOOT.read_text(encoding='ascii').strip()} {os.readlink(NETWORK)}"
    except OSError:
        return THIS_START
