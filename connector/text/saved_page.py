"""
The style sheets that a page in a mail, or one that a browser saved as a whole (MHTML), brings along as parts of their own.

Source: RFC 2557, 4 and 5 (Content-Location), 8 (addresses); RFC 2392 (cid).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from email.message import Message
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar
from urllib.parse import unquote, urljoin

_MAX_PARTS: Final = 10_000
_MAX_SHEETS: Final = 1_000
_CID: Final = "cid:"
SHEET: Final = "text/css"
if TYPE_CHECKING:
    AnyMessage = Message[Any, Any]
else:
    AnyMessage = Message
AnyPart = TypeVar("AnyPart", bound=AnyMessage)


class SavedSheets(Generic[AnyPart]):
    """
    The sheets among the parts of a mail, by the addresses that pages call them by.

    Args:
        content: gives the bytes of a part, None where they are more than wanted.
    """

    def __init__(self, parts: Iterable[AnyPart], content: Callable[[AnyPart, int], bytes | None]) -> None:
        self._content = content
        self._parts: dict[str, AnyPart] = {}
        for part in islice(parts, _MAX_PARTS):
            if part.get_content_type() == SHEET and len(self._parts) < _MAX_SHEETS:
                self._parts.setdefault(location_of(part), part)
                self._parts.setdefault(_CID + str(part.get("Content-ID", "")).strip().strip("<>"), part)

    def place(self, page: str, address: str) -> str:
        """What an address leads to that stands in a page, or a sheet, of some address."""
        if address.lower().startswith(_CID):
            return _CID + unquote(address[len(_CID) :])
        try:
            return urljoin(page, address)
        except ValueError:  # it is none
            return ""

    def content(self, name: str, most: int) -> bytes:
        """The bytes of a sheet; none where it is missing, or longer than wanted."""
        part = self._parts.get(name)
        return (self._content(part, most) or b"") if part is not None else b""


def location_of(part: AnyMessage) -> str:
    """Where a part stood, as it says."""
    return "".join(str(part.get("Content-Location", "")).split())
