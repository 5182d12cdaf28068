"""
What an item inherits of the container it stands in, and who may see it by that and by its own list. PURE.

One whose list equals that of what it stands in inherits: it follows its folder at once. Source: docs/audiences.md.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from connector.document.audience import Audience
from connector.document.ids import digest
from connector.ports.source import Grant, Reading
from connector.sources.interaxo.wire import DEFINING, FOLDERS, LINKS

SIMPLE = FOLDERS - DEFINING
STEP = "step"
MAY_LACK_A_LIST = SIMPLE | LINKS | {STEP}


class Inherited(msgspec.Struct, frozen=True, kw_only=True):
    """What the items of one container inherit."""

    native: str
    audience: Audience | None
    listless: bool = False
    """The container has no list: what stands in it is asked for by itself."""
    lost_at: float | None = None
    """When an unknown audience was known last."""
    steps: Mapping[str, Grant] = {}

    def of(self, step: str) -> Inherited:
        """What an entry of a workflow step inherits: the step's list within the folder's."""
        grant = self.steps.get(step)
        if not step or grant is None:
            return self
        if grant.listless:
            return msgspec.structs.replace(self, listless=True)
        if grant.told is None or grant.trouble or self.audience is None:
            return msgspec.structs.replace(self, audience=None)
        return msgspec.structs.replace(self, audience=grant.told.common(self.audience))

    @property
    def digest(self) -> bytes:
        """What a grant remembers of it; empty where nothing can be compared."""
        if self.listless or self.audience is None:
            return b""
        return Audience(self.audience.identities).digest()


def effective(grant: Grant, at: Inherited, *, by_item: bool) -> Audience | None:
    """
    Who may see an item, by its own list and by what it inherits; None: unknown.

    A list of its own is used as it is. In a public room, what lacks nobody of the room stays public.
    """
    if grant.trouble:
        return None
    if grant.listless:
        if grant.told is None or at.audience is None:
            return at.audience
        return grant.told.common(at.audience)
    if grant.told is None:
        alone = grant.kind in FOLDERS or at.listless or (by_item and grant.kind not in LINKS)
        return None if alone else at.audience
    if grant.kind not in FOLDERS and not at.listless and grant.inherited == grant.told.digest():
        return at.audience
    public = (
        at.audience is not None
        and at.audience.public
        and set(at.audience.identities) <= set(grant.told.identities)
    )
    return Audience(grant.told.identities, public=public)


def covers(grant: Grant, at: Inherited, *, by_item: bool) -> bool:
    """Whether everybody who may see what an item stands in may see the item, too, as told last."""
    mine = effective(grant, at, by_item=by_item) if grant.told is not None else None
    return at.audience is not None and mine is not None and at.audience.within(mine)


def has_corner(grant: Grant, told: Audience, at: Inherited) -> bool:
    """Whether an entry or file has a list that lacks somebody who may see the folder: a closed corner."""
    if grant.kind in FOLDERS or grant.kind == STEP or at.listless:
        return False
    return at.audience is not None and not set(at.audience.identities) <= set(told.identities)


def own_list(grant: Grant | None, effective: Audience | None) -> Audience | None:
    """The list that a container has of its own; None: it has none, or follows what it stands in, or was never asked."""
    if grant is None or grant.told is None or grant.listless:
        return None
    if grant.kind not in FOLDERS and grant.inherited == grant.told.digest():
        return None
    return Audience(grant.told.identities, public=effective is not None and effective.public)


def common_of(lists: list[Audience]) -> Audience | None:
    """What lists have in common; None of none."""
    common = None
    for one in lists:
        common = one if common is None else common.common(one)
    return common


def rotates(row: Grant, reading: Reading, turns: int) -> bool:
    """Each item's turn comes once in `turns` runs."""
    return int.from_bytes(digest([row.native], 4), "big") % turns == reading.run % turns
