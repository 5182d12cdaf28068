"""
Folders that the roles file names with other letters: they stay as closed as they are there. PURE.

A CSV need not say how it is encoded, and a guess from few letters may be wrong: Qualità is read as Qualitā, which the roles file does
not name, so that all roles would see it. Nor has each encoding all letters: a spreadsheet writes a question mark in place of those that it has not. Where
only letters differ that are not ASCII, or are lost so, the two are taken for one folder,
unless one export has, or had, both. Each file is guessed by itself: what another one has says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from connector.sources.interject.model import Place, Roles, spelling

LETTERS = re.compile(r"[^\x00->@-\x7f]+")
"""What another encoding reads otherwise, and what stands in place of letters that it has not: `?`."""


def closed_by_misreading(
    exports: Iterable[tuple[Collection[Place], Collection[Place]]], roles: Roles
) -> dict[Place, frozenset[str]]:
    """
    Say which folders the roles file seems to name with other letters, each with the roles that see it there.

    Args:
        exports: folded folders of each, now and when it was whole last.
    """
    found: dict[Place, frozenset[str]] = {}
    for here, before in exports:
        lacking = _outlines(roles, {*here})
        never_had = _outlines(roles, {*here, *before})
        for place in here:
            like = (never_had if place in before else lacking).get(_outline(spelling(place)))
            if like and LETTERS.search(spelling(place)) and not roles.names(place):
                found[place] = (found.get(place, like) & like) or like
    return found


def _outlines(roles: Roles, places: Collection[Place]) -> dict[str, frozenset[str]]:
    """The roles of closed folders that are not among some places, by what another encoding leaves of their names."""
    found: dict[str, frozenset[str]] = {}
    for place in sorted(roles.by_folder.keys() - roles.named(places)):
        seen, written = roles.by_folder[place], spelling(place)
        if seen and LETTERS.search(written):
            found[_outline(written)] = (found.get(_outline(written), seen) & seen) or seen
    return found


def _outline(written: str) -> str:
    return LETTERS.sub("?", written)
