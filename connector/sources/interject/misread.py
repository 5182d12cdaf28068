"""
Folders that the roles file names with other letters: they stay as closed as they are there. PURE.

A CSV need not say how it is encoded, and a guess from few letters may be wrong: Qualità is read as Qualitā, which the roles file does
not name, so that all roles would see it. Where only letters differ that are not ASCII, the two are taken for one folder,
unless the library has the named one besides, or had it: half an export may lack it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from connector.sources.interject.model import Library, Place, Roles, folded, spelling

LETTERS = re.compile(r"[^\x00-\x7f]+")
"""What another encoding reads otherwise."""


def closed_by_misreading(
    library: Library, before: Iterable[Place], roles: Roles
) -> dict[Place, frozenset[str]]:
    """
    Say which folders the roles file seems to name with other letters, each with the roles that see it there.

    Args:
        before: folded folders of what was listed before.
    """
    here = {folded(place) for place in library.folders.values()}
    lacking: dict[str, frozenset[str]] = {}
    for place in sorted(roles.by_folder.keys() - roles.named(here.union(before))):
        seen, written = roles.by_folder[place], spelling(place)
        if seen and not written.isascii():
            common = lacking.get(_outline(written), seen) & seen
            lacking[_outline(written)] = common or seen
    return {
        place: lacking[outline]
        for place in here
        if not (written := spelling(place)).isascii()
        and (outline := _outline(written)) in lacking
        and not roles.names(place)
    }


def _outline(written: str) -> str:
    return LETTERS.sub("?", written)
