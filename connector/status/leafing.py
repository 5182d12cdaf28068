"""
Where pages of lists begin: a page says where the next one does, and what was leafed through is remembered for the way back.

A list finds a place in one step, and a number only by passing over all pages before it. So numbers count as far as `LAST_PAGE`.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping

from connector.ledger.catalogue import LAST_PAGE
from connector.status.forms import fit

LAST_NUMBER = 10_000_000
LONGEST_PLACE = 8_000
"""Characters of the place where a page of documents begins: it may name the folders of the last one of the page before."""
REMEMBERED = 500
"""Beginnings of pages, the last ones that were opened."""


class Leafing:
    """What was leafed through in one service, whoever did."""

    def __init__(self) -> None:
        self._places: OrderedDict[tuple[str, ...], str] = OrderedDict()
        self._one_at_a_time = threading.Lock()

    def turn(self, path: str, query: Mapping[str, str]) -> tuple[int, str]:
        """
        Say which page of a list is asked for, and where it begins.

        Returns:
            Its number, and its place; empty: it is counted.
        """
        said = query.get("page", "")
        number = int(said) if said.isascii() and said.isdigit() and len(said) < 9 else 1
        number = min(LAST_NUMBER, max(1, number))
        asked = sorted(f"{name}={value}" for name, value in query.items() if name not in {"page", "after"})
        key = (path, str(number), *asked)
        place = fit(query.get("after", ""))[:LONGEST_PLACE]
        with self._one_at_a_time:
            if place:
                self._places[key] = place
                while len(self._places) > REMEMBERED:
                    self._places.popitem(last=False)
            elif number > 1:
                place = self._places.get(key, "")
            if place:
                self._places.move_to_end(key)
        return (number, place) if place else (min(number, LAST_PAGE), "")
