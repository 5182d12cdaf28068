"""
One type for one name of a facet, over everything that a target has: who filters by numbers must not meet words.

The first type that a name was met with keeps it, in this run and all later ones. A value of another type goes under the
name with its type behind it: `Length` in metres, and `Length (text)` for a folder whose field of that name holds words.
"""

from __future__ import annotations

from datetime import datetime

from connector.document.document import Facet
from connector.document.labels import LONGEST, one_line
from connector.ledger.notes import Notes

MOST = 1_000
"""Facets that a document has: each new name is looked up, and whoever writes a record may write any number. The rest is found by its words."""


class FacetTypes:
    """The names of one target's facets and their types."""

    def __init__(self, notes: Notes, target: str) -> None:
        self._notes = notes
        self._kind = f"facet-type:{target}"
        self._known: dict[str, str] = {}
        """By name as the sources write it; there are as many as fields have names."""
        self._fitting: set[tuple[str, type]] = set()
        """Names as the sources write them, with a class of values that is of their type."""

    def settled(self, facets: tuple[Facet, ...]) -> tuple[Facet, ...]:
        """The same facets, the first MOST of them, under names that have one type each."""
        if len(facets) > MOST:
            facets = facets[:MOST]
        for one in facets:  # of every document: what fitted once fits again
            if (one.name, one.value.__class__) not in self._fitting and not self._fits(one):
                break
        else:
            return facets
        return tuple(Facet(self._name(one.name, _type(one)), one.value) for one in facets)

    def _fits(self, facet: Facet) -> bool:
        """Whether a value is of the type that its name has."""
        fits = self._type_of(facet.name, _type(facet)) == _type(facet)
        if fits:
            self._fitting.add((facet.name, facet.value.__class__))
        return fits

    def _name(self, name: str, wanted: str) -> str:
        free, behind = name, ""
        while self._type_of(free, wanted) != wanted:
            behind += f" ({wanted})"
            # of a longer name no more is looked at: not its type, which it would never get
            free = one_line(name)[: LONGEST - len(behind)] + behind
        return free

    def _type_of(self, name: str, wanted: str) -> str:
        """The type that a name has; it gets the wanted one when nobody met it before."""
        known = self._known.get(name)
        if known is None:
            note = self._notes.get(self._kind, one_line(name))
            if note is not None:
                known = note.value.decode()
            else:  # several workers may meet it at once
                known = self._notes.put_first(self._kind, one_line(name), wanted.encode()).decode()
            self._known[name] = known
        return known


def _type(facet: Facet) -> str:
    value = facet.value
    if isinstance(value, str | bool):
        return "text"
    return "date" if isinstance(value, datetime) else "number"
