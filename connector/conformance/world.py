"""
What the suite needs of whoever tests a source: its world, to be edited, narrowed and broken while the connector reads it.

A world is a small system that answers as the real one does: a simulated server, a folder of files, an export. It says of what
it cannot play `raise NotPlayable("why")`; the test is skipped with these words, so that nothing is left out unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Protocol


class NotPlayable(Exception):
    """This world has no such thing: folders, say, or names that can be odd."""


class Trouble(StrEnum):
    """How a source can go wrong; in each of them nothing is really gone."""

    DOWN = "down"
    """It does not answer at all."""
    REFUSED = "refused"
    """It refuses the account: a key that ran out, a right that was taken."""
    EMPTY = "empty"
    """Its listings are whole and empty: a database that was emptied, a folder that is not mounted."""
    HALF = "half"
    """Its listings break off in the middle, as quietly as they can."""
    STRANGE = "strange"
    """It answers something else: a page to sign in, with every sign of success."""
    NO_RIGHTS = "no-rights"
    """It does not tell who may see what."""


class World(Protocol):
    """One source's system. Words that the suite hands in occur nowhere else, and nothing but letters is in them."""

    table: Mapping[str, Any]
    """The settings of the source, by keys below [sources.NAME], dotted; `kind` and `id_prefix` among them."""
    insider: str
    """Address of somebody who may see everything that `add` makes, and goes on to when it is hidden from others."""
    outsider: str
    """Address of somebody who may see everything that `add` makes, until it is hidden."""
    identities: Mapping[str, Sequence[str]]
    """By address: identities of people that the source does not tell itself; the intranet has them from elsewhere."""

    rights_in_listing: bool
    """Whether only the listing tells who may see an item: what half a listing lacks is then not known to be narrowed."""

    def add(self, word: str) -> str:
        """Add an item whose title contains the word, for insider and outsider; returns what the other calls name it by."""

    def rename(self, item: str, word: str) -> None:
        """Give an item another title, which contains the word; it stays the same item."""

    def move(self, item: str) -> None:
        """Put an item into another container, which may be new; it stays the same item."""

    def remove(self, item: str) -> None:
        """Really remove an item."""

    def hide(self, item: str) -> None:
        """Take the outsider's right to see an item, and only that."""

    def add_odd(self) -> None:
        """Add an item with the oddest values that the system can hold: nulls, wrong types, a date that is none."""

    def break_by(self, trouble: Trouble) -> None:
        """Let the system go wrong, until `mend`."""

    def mend(self) -> None:
        """Let the system be well again, as it was edited meanwhile."""

    def publish(self) -> None:
        """Called before each run: for worlds that show edits only by being exported."""


Now = Callable[[], float]
"""Seconds since 1970, as the connector sees them in the suite; a world that dates anything uses it."""
