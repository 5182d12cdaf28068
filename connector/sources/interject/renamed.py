"""
Folders that got another name, or another place: they stay as closed as they were until the roles file was saved anew. PURE.

The roles file names folders by their paths, and a folder that it does not name is seen by all roles: a closed one would
open as soon as somebody renames it. So a new folder that the file does not name, and that holds what a closed one held
that is not there any more, is that one. One that holds mostly what comes from closed folders is as closed as these: a path that was mistyped, say.
What is moved into a folder that was there before is seen as that one is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from connector.sources.interject.model import (
    BY_PATH,
    OF_FOLDER,
    Library,
    Place,
    Roles,
    fold,
    folded,
    key_of_place,
)

SAME = 0.5
"""Of the smaller one's reports, how many two folders must have in common to be one."""


def closed_by_renaming(
    library: Library, before: Mapping[str, Place], roles: Roles
) -> dict[Place, frozenset[str]]:
    """
    Say which new folders are closed ones of before, each with the roles that see it.

    Args:
        before: folded folders of what was listed before, by native key.
    """
    were = {place for key, place in before.items() if key.startswith(OF_FOLDER)}
    here = {folded(place) for place in library.folders.values()}
    gone, new = were - here, here - were
    held = _held_by(gone, ((place, _name_of(key, place)) for key, place in before.items()))
    holders: dict[str, list[Place]] = defaultdict(list)
    for place, tokens in held.items():
        for token in tokens:
            holders[token].append(place)
    holds = _held_by(
        new, ((folded(one.place), _token(key, fold(one.name))) for key, one in library.reports.items())
    )
    found: dict[Place, frozenset[str]] = {}
    for place in sorted(new, key=lambda one: (len(one), one)):
        if roles.names(place) or not (former := _former(place, holds[place], held, holders)):
            continue
        if not roles.of(place) <= roles.of(former):
            # none at all would open it: where no role sees the former one, what is said of it (or above it) stays
            found[place] = seen = roles.of(former) or roles.said_of(former)
            roles = msgspec.structs.replace(roles, by_folder={**roles.by_folder, place: seen})
    return found | _closed_by_moving(library, before, new, roles)


def _closed_by_moving(
    library: Library, before: Mapping[str, Place], new: set[Place], roles: Roles
) -> dict[Place, frozenset[str]]:
    """Which new folders hold mostly what fewer roles saw before, each with the roles that saw all of that."""
    if not new:
        return {}
    stood: dict[str, set[Place]] = defaultdict(set)
    for key, place in before.items():
        stood[_name_of(key, place)].add(place)
    holds: dict[Place, set[str]] = defaultdict(set)
    for key, one in library.reports.items():
        place, token = folded(one.place), _token(key, fold(one.name))
        for depth in range(1, len(place) + 1) if token in stood and not one.problem else ():
            holds[place[:depth]].add(token)
    # a folder that is called as a report that is missing: its name may stand in another column
    missing = stood.keys() - {_token(key, fold(one.name)) for key, one in library.reports.items()}
    for place in new:
        if place[-1] in missing:
            holds[place].add(place[-1])
    saw = {former: roles.of(former) for places in stood.values() for former in places} if holds else {}
    found: dict[Place, frozenset[str]] = {}
    for place in sorted(new & holds.keys(), key=lambda one: (len(one), one)):
        sees = roles.of(place)
        closed = [
            former
            for token in sorted(holds[place])
            for former in sorted(stood[token])
            if not sees <= saw[former]
        ]
        if roles.names(place) or len(closed) < SAME * len(holds[place]) or not closed:
            continue
        seen = frozenset[str]()
        for former in closed:
            own = saw[former] or roles.said_of(former)
            seen = (seen & own) or seen or own
        found[place] = seen
        roles = msgspec.structs.replace(roles, by_folder={**roles.by_folder, place: seen})
    return found


def _former(
    place: Place, reports: set[str], held: Mapping[Place, set[str]], holders: Mapping[str, Sequence[Place]]
) -> Place | None:
    """
    Which of the folders that are gone a new one is: the one that it is most like.

    Args:
        reports: in the new one.
        held: reports of each that is gone.
        holders: the same by report.
    """
    best: tuple[float, bool, Place] | None = None
    in_common = Counter(former for token in reports for former in holders.get(token, ()))
    for former, common in in_common.items():
        theirs = len(held[former])
        if common >= SAME * min(len(reports), theirs):
            like = (common / (len(reports) + theirs - common), len(former) == len(place), former)
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
    if key.startswith(OF_FOLDER):
        return ""
    return _token(key, key.removeprefix(f"{BY_PATH}{key_of_place(place)}/"))
