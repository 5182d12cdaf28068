"""What waits for OCR: a source that reads files leaves word of it, and whoever reads scans by night answers there."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable

import msgspec

from connector.document.document import Scope

WAITS = "scan"
"""Kind of the notes that tell, by an item's own id, which of its pages wait for OCR: a Waiting as JSON; `mark` is its turn, or DONE."""
TURNS = (b"pages", b"picture")
"""Scanned documents have their turn before pictures, most of which are photos."""
DONE = b"done"
"""It was read: the next run makes its document anew."""
OVER = b"over"
"""A run found nothing left to read: to be forgotten."""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """One file that OCR has pages to read of."""

    document: str
    """Id of the document whose text it is."""
    room: str
    """Key of the scope that it was listed in."""
    file: str
    version: str
    size: int | None
    name: str
    mime_type: str
    content: str = ""
    """Hash of its bytes, where they were read already."""


@runtime_checkable
class Refetching(Protocol):
    """A source whose files can be fetched again outside of a run; the words that OCR finds wait in its notes."""

    async def fetch_again(self, scope: Scope, waiting: Waiting, path: Path) -> int:
        """
        Ask for one file and write it to disk, if it is still there in the same version; gives how many bytes it has.

        Raises:
            RecordGone: it is not there any more, or has another version: a run is to look at it.
            RecordHidden, SourceRefused, SourceUnavailable: it did not come.
        """
