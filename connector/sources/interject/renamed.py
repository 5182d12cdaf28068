"""
Folders that got another name, or another place: they stay as closed as they were until the roles file was saved anew. PURE.

The roles file names folders by their paths, and a folder that it does not name is seen by all roles: a closed one would
open as soon as somebody renames it. So a new folder that the file does not name, and that holds what a closed one held
that is not there any more, is that one. What is moved into a folder that was there before is seen as that one is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from connector.sources.interject.model import Library, Place, Roles, fold, folded, key_of_place

SAME = 0.5
"""Of the smaller one's reports, how many two folders must have in common to be one."""
FOLDER, BY_PATH = "folder/", "path/"
"""How native keys of folders begin, and those of reports that have no id."""


def closed_by_renaming(
    library: Library, before: Mapping[str, Place], roles: Roles
) -> dict[Place, frozenset[str]]:
    """
    Say which new folders are closed ones of before, each with the roles that see it.

    Args:
        before: folded folders of what was listed before, by native key.
    """
    were = {place for key, place in before.items() if key.startswith(FOLDER)}
    here = {folded(place) for place in library.folders.values()}
    if not (gone := were - here) or not (new := here - were):
        return {}
    held = _held_by(gone, ((place, _name_of(key, place)) for key, place in before.items()))
    holds = _held_by(
        new, ((folded(one.place), _token(key, fold(one.name))) for key, one in library.reports.items())
    )
    found: dict[Place, frozenset[str]] = {}
    for place in sorted(new, key=lambda one: (len(one), one)):
        if roles.names(place) or not (former := _former(place, holds[place], held)):
            continue
        if not roles.of(place) <= roles.of(former):
            # none at all would open it: where no role sees the former one, what is said of it (or above it) stays
            found[place] = seen = roles.of(former) or roles.said_of(former)
            roles = msgspec.structs.replace(roles, by_folder={**roles.by_folder, place: seen})
    return found


def _former(place: Place, reports: set[str], held: Mapping[Place, set[str]]) -> Place | None:
    """Which of the folders that are gone a new one is: the one that it is most like."""
    best: tuple[float, bool, Place] | None = None
    for former, theirs in held.items():
        common = len(reports & theirs)
        if common and common >= SAME * min(len(reports), len(theirs)):
            like = (common / len(reports | theirs), len(former) == len(place), former)
            best = max(best, like) if best else like
    return best[2] if best else None


def _held_by(places: set[Place], reports: Iterable[tuple[Place, str]]) -> dict[Place, set[str]]:
    """What stands in each of some folders, and below it."""
    found: dict[Place, set[str]] = {place: set() for place in places}
    for place, token in reports:
        for depth in range(1, len(place) + 1):
            if token and place[:depth] in found:
                found[place[:depth]].add(token)
    return found


def _token(key: str, name: str) -> str:
    """What stays of a report when its folder is renamed: its id, else its name."""
    return name if key.startswith(BY_PATH) else key


def _name_of(key: str, place: Place) -> str:
    """The same of a report of before; empty for a folder."""
    if key.startswith(FOLDER):
        return ""
    return _token(key, key.removeprefix(f"{BY_PATH}{key_of_place(place)}/"))
