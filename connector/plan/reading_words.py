"""How far a source was read, in words for terminal and page alike. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.document.counting import Number


def how_far_read(source: Mapping[str, Any]) -> str:
    """
    Say it of what a run's report has of a source.

    A run that was to read some rooms (`backfill --room`) read no source to its end, and need not have read this one at all.
    """
    rooms = source.get("rooms")
    if not source["complete"]:
        return "not read to the end"
    if rooms == 0:
        return "not read: it has none of the rooms that were asked for"
    return f"{Number(rooms):room} read to the end" if rooms else "read to the end"
