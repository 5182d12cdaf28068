"""What the search of an intranet is asked, as one of the people who use it. No implementation is named here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from connector.errors import ConnectorError

if TYPE_CHECKING:
    from connector.http.exchange import Party


class NotSearched(ConnectorError):
    """The search could not be asked, or what it answered tells nothing."""


class Searcher(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who searches."""

    name: str
    """Address or user name."""
    password: str = ""


class SearchReader(Protocol):
    """The search of one intranet."""

    async def finds(self, who: Searcher, words: str, mark: str) -> bool:
        """
        Search as somebody.

        Args:
            words: what is searched for.
            mark: what stands in the document that is looked for, and in no other.

        Returns:
            Whether that document is among what was found.

        Raises:
            NotSearched: nothing is known.
        """

    def parties(self) -> list[Party]:
        """Every host that it asks, for auditors."""
