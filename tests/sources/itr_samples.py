"""Recorded answers of a real ITR server; the data in them is invented."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec

FOLDER = Path(__file__).parent.parent / "samples" / "itr"


class Sample(NamedTuple):
    """One recorded call."""

    method: str
    path: str
    headers: dict[str, str]
    status: int
    content_type: str
    body: bytes


def sample(name: str) -> Sample:
    """Read one recorded call by its name."""
    read = msgspec.json.decode((FOLDER / f"{name}.json").read_bytes())
    return Sample(
        read["method"],
        read["path"],
        read["headers"],
        read["status"],
        read["content_type"],
        read["body"].encode(),
    )
