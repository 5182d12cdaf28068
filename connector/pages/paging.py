"""
Where pages of lists begin: a page says where the next one does, and what was leafed through is remembered for the way back.

A list finds a place in one step, and a number only by passing over all pages before it: so numbers count as far as a list says.
A place stands in the address, under a seal of this service for the list and the number of the page: whatever it did not give
out is refused, so that nobody is shown another page than the one that is named. What is remembered is where the page before
one begins, whoever leafed.
"""

from __future__ import annotations

import secrets
import threading
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as sealed
from typing import Any

import msgspec

from connector.errors import NoSuchPage
from connector.ledger.catalogue import LAST_PAGE

SEAL = 22
"""Characters of a seal."""
REMEMBERED = 2_000
"""Pages of which it is remembered where the one before begins, the last ones that were told of."""
SHOWN = 20
"""Characters of an odd number that are told."""


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a list that is asked for."""

    of: tuple[str, ...]
    """The list: its path, its target, and what narrows it."""
    number: int
    """The first is 1."""
    place: str
    """Where it begins; empty: it is counted."""


class Paging:
    """What was leafed through in one service, whoever did."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._before: OrderedDict[str, str] = OrderedDict()
        """By the seal of a page: where the one before it begins."""
        self._one_at_a_time = threading.Lock()

    def turn(self, of: tuple[str, ...], query: Mapping[str, str], *, most: int = LAST_PAGE) -> Leaf:
        """
        Say which page of a list is asked for, and where it begins.

        Args:
            most: as far as pages are counted.

        Raises:
            NoSuchPage: the number is none, or too high to be counted; the place is none that was given out for it.
        """
        number, told = _number(query.get("page", "")), query.get("after", "")
        if not told:
            if number > most:
                raise NoSuchPage(
                    f"Pages of this list are counted up to {most}, and the address asks for page {number}. Narrow the list, "
                    "or go from page to page"
                )
            return Leaf(of=of, number=number, place="")
        leaf = Leaf(of=of, number=number, place=told[SEAL:])
        if not compare_digest(self._seal(leaf).encode(), told[:SEAL].encode("utf-8", "replace")):
            raise NoSuchPage(
                "The address does not say where this page begins: it was changed, belongs to another list, or the service was "
                "started anew since"
            )
        return leaf

    def links(self, leaf: Leaf, following: str) -> dict[str, Any]:
        """
        What the addresses of the pages around one say.

        Args:
            following: where the next page begins; empty: it is counted, or there is none.

        Returns:
            {"after": of the next page, "before": of the one before}; empty: it is counted; None: nobody remembers where that begins.
        """
        after = ""
        with self._one_at_a_time:
            if following:
                after = self._say(leaf.of, leaf.number + 1, following)
                self._before[after[:SEAL]] = leaf.place
                self._before.move_to_end(after[:SEAL])
                while len(self._before) > REMEMBERED:
                    self._before.popitem(last=False)
            if not leaf.place:
                return {"after": after, "before": ""}
            before = self._before.get(self._seal(leaf))
        if not before:
            return {"after": after, "before": before}
        return {"after": after, "before": self._say(leaf.of, leaf.number - 1, before)}

    def _say(self, of: tuple[str, ...], number: int, place: str) -> str:
        return self._seal(Leaf(of=of, number=number, place=place)) + place

    def _seal(self, leaf: Leaf) -> str:
        told = msgspec.json.encode([*leaf.of, leaf.number, leaf.place.encode("utf-8", "replace").decode()])
        return urlsafe_b64encode(sealed(self._key, told, sha256)[:16]).decode().rstrip("=")


def _number(said: str) -> int:
    """
    Read which page is asked for; without a number the first.

    Raises:
        NoSuchPage: it is none.
    """
    if not said:
        return 1
    if said.isascii() and said.isdigit() and len(said) < 9 and int(said) > 0:
        return int(said)
    raise NoSuchPage(f"“{said[:SHOWN]}” is no number of a page")
