"""
How many documents `connector check --forecast` foretold, so that the first load can say how long the rest takes.

`forecast.json` stands beside the ledger, of which there may be none yet. It is a hint for people: whether it can be written or read
decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from connector.machine.owner import hand_over, make_folder

NAME = "forecast.json"


class _Told(msgspec.Struct, frozen=True):
    documents: dict[str, int] = {}
    """By source."""
    about: str = "What connector check --forecast foretold. It may be deleted."


def remember(folder: Path | None, documents: Mapping[str, int]) -> None:
    """Keep what was foretold, where that can be written."""
    if folder is not None:
        with suppress(OSError):
            make_folder(folder)
            path = folder / NAME
            path.write_bytes(msgspec.json.encode(_Told(dict(documents))))
            hand_over(path)


def foretold(folder: Path | None) -> dict[str, int]:
    """What was foretold, by source; nothing where nobody foretold, or the file says nothing."""
    if folder is None:
        return {}
    try:
        return msgspec.json.decode((folder / NAME).read_bytes(), type=_Told).documents
    except (OSError, msgspec.DecodeError):
        return {}
