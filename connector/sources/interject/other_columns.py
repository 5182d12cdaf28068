"""
Rows whose cells stand in other columns, by what cannot stand where it does: the folder in place of the id or of the name, the kind of link in place of the name. PURE.

However many rows of a file are so, and whatever the others have (which `shifted` asks): no report is named by where reports stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from connector.sources.interject.entries import Entry
from connector.sources.interject.model import (
    BY_ID,
    PARTING,
    Place,
    fold,
    folded,
    has_reference,
    spelling,
    text_place,
)
from connector.sources.interject.shifted import AN_ID, LINK_TYPES, MAY_BE_SHIFTED


def without_other_columns(entries: Sequence[Entry], places: Mapping[str, str]) -> list[Entry]:
    """
    Say of each row of one export whether its cells stand in other columns.

    Args:
        places: by native key, where reports and folders stood in the export before it, as `place_text` writes it.
    """
    before = {
        text_place(place)[:depth] for place in {*places.values()} for depth in range(1, place.count("\n") + 2)
    }
    here = {
        folded(one.place)[:depth]
        for one in entries
        if not one.problem
        for depth in range(1, len(one.place) + 1)
    }
    ids = {fold(one.reference) for one in entries if has_reference(one.reference)}
    ids |= {key.removeprefix(BY_ID) for key in places if key.startswith(BY_ID)}
    known = _Known(
        folders={spelling(place) for place in before | here},
        before=before,
        ids=ids,
        has_types=any(one.link_type for one in entries),
    )
    return [one.with_problem((why := _why(one, known)) and f"{why}, {MAY_BE_SHIFTED}") for one in entries]


class _Known(NamedTuple):
    folders: set[str]
    """All that there are or were, as `spelling` writes them."""
    before: set[Place]
    """Folded folders of before."""
    ids: set[str]
    """Folded, of now and before."""
    has_types: bool
    """Whether rows tell what kind of link they are."""


def _why(one: Entry, known: _Known) -> str:
    """What stands where it cannot, in words; empty: nothing does."""
    if not AN_ID.fullmatch(one.reference) and _written(one.reference) in known.folders:
        return "a folder stands in the column of its id"
    if known.has_types and fold(one.name) in LINK_TYPES and fold(one.link_type) not in LINK_TYPES:
        return "a kind of link stands in the column of its name"
    place = folded(one.place)
    is_new = len(place) == 1 and bool(known.before) and place not in known.before
    if is_new and _written(one.name) in known.folders and (PARTING.search(one.name) or place[0] in known.ids):
        return "a folder stands in the column of its name"
    return ""


def _written(text: str) -> str:
    return spelling((fold(text.strip("\\/> ")),))
