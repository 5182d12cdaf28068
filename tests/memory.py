"""Where the files of tests are: in memory where there is room, since nobody needs them after a session, on a disk otherwise."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")
"""
Nothing waits for a disk there: a database of PostgreSQL is made in a seventh of the time, and a ledger in a file is closed at
once, which a test of a run does thirty times.
"""
ROOM = 4_000_000_000
"""Bytes that must be free in it: a session makes some hundred databases of 11 MB, and drops most of them."""


def is_there() -> bool:
    """Whether this machine has it, and files can be written there."""
    return MEMORY.is_dir() and os.access(MEMORY, os.W_OK)


def has_room() -> bool:
    """Whether a whole session fits."""
    return is_there() and shutil.disk_usage(MEMORY).free > ROOM
