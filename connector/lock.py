"""One writer per target on one machine: a lock that the operating system frees when the process ends, however it ends."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b

from connector.errors import LeaseHeld


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
