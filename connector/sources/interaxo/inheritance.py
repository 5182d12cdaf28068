"""
What an item inherits of the container it stands in, and who may see it by that and by its own list. PURE.

An item whose list equals that of its container counts as inheriting: when the container's list changes, the item follows at once. Source: docs/audiences.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from connector.document.audience import NOBODY, Audience
from connector.ports.grants import Grant
from connector.sources.interaxo.wire import CONTAINERS, DEFINING, FOLDERS, LINKS

SIMPLE = FOLDERS - DEFINING
STEP = "step"
MAY_LACK_A_LIST = SIMPLE | LINKS | {STEP}
MISSED = "missed"
"""Trouble of what had a list of its own, or its folder's, and was answered to have none for once: that is not believed yet."""
LACKED = "lacked"
"""The same in a later run, of what had a list of its own: what was told last goes on to hold, or less of it."""
STILL_TOLD = frozenset({"", MISSED, LACKED})
"""Troubles in which the list that was told last still says who may see an item."""


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
        if grant.told is None or grant.trouble not in STILL_TOLD or self.audience is None:
            return msgspec.structs.replace(self, audience=None)
        return msgspec.structs.replace(self, audience=within(grant.told, self.audience))

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
    if grant.trouble not in STILL_TOLD:
        return None
    if grant.trouble and inherits(grant):
        return at.audience
    if grant.listless:
        if grant.told is None or at.audience is None:
            return at.audience
        return within(grant.told, at.audience)
    if grant.told is None:
        return None if _stands_alone(grant, at, by_item=by_item) else at.audience
    if grant.kind not in FOLDERS and not at.listless and grant.inherited == grant.told.digest():
        return at.audience
    return Audience(grant.told.identities, public=_stays_public(grant.told, at.audience))


def at_most(grant: Grant, at: Inherited, *, by_item: bool) -> Audience | None:
    """Whoever may see an item whose list nobody tells now: who may see what it stands in, where it never had a list of its own; None: not even that is told."""
    had_own = grant.told is not None and not inherits(grant)
    return None if had_own or _stands_alone(grant, at, by_item=by_item) else at.audience


def _stands_alone(grant: Grant, at: Inherited, *, by_item: bool) -> bool:
    """Whether nothing but its own list tells who may see an item."""
    return grant.kind in FOLDERS or at.listless or (by_item and grant.kind not in LINKS)


def within(told: Audience, above: Audience) -> Audience:
    """What a list leaves of the audience that it stands within; in a public room, what lacks nobody of the room stays public."""
    if _stays_public(told, above):
        return Audience(told.identities, public=True)
    return told.common(above)


def _stays_public(told: Audience, above: Audience | None) -> bool:
    return above is not None and above.public and set(above.identities) <= set(told.identities)


def inherits(grant: Grant) -> bool:
    """Whether it was told to have the list of what it stands in."""
    return grant.told is not None and grant.inherited == grant.told.digest()


def without_list(grant: Grant, *, run: int, now: float) -> Grant:
    """
    What becomes of a folder, link or step that answers to have no list.

    One that had a list is not believed at once: else a single wrong answer shows a closed folder to all who may see its
    room, or an open one to nobody. Asked again by the next run, one that was as its folder is believed; one with a list of its
    own stays within that list until it has another one.
    """
    if grant.told is None or grant.listless:
        told = grant.told if grant.listless else None
        return msgspec.structs.replace(
            grant, listless=True, told=told, trouble="", inherited=None, asked_run=run, told_at=now
        )
    if grant.trouble not in {MISSED, LACKED}:
        return msgspec.structs.replace(grant, trouble=MISSED, asked_run=run)
    if inherits(grant):
        return msgspec.structs.replace(
            grant, listless=True, told=None, trouble="", inherited=None, asked_run=run, told_at=now
        )
    return msgspec.structs.replace(grant, trouble=LACKED, asked_run=run)


def unasked(grant: Grant) -> Grant:
    """What is known of an item that stands in another place by now: its own list, if it has one, until it is asked for there."""
    trouble = "" if grant.trouble == MISSED else grant.trouble
    if grant.listless:
        grant = msgspec.structs.replace(grant, listless=False, told=None, inherited=None)
    return msgspec.structs.replace(grant, trouble=trouble, asked_run=0)


def stood_elsewhere(grant: Grant, container: str) -> bool:
    """Whether it is a container that stood in another one before."""
    return grant.kind in CONTAINERS and grant.parent != container


def told_elsewhere(grant: Grant) -> bool:
    """Whether an item has a list of its own that was told where it stood before; what has the list of its folder follows that."""
    return not grant.asked_run and grant.told is not None and not inherits(grant)


def derived(folder: Grant, common: Audience | None, *, unsure: bool) -> Grant:
    """
    A folder without a list, as what it holds tells.

    Args:
        common: what the lists of the items in it have in common; None: none has a list.
        unsure: whether the list of one of them is not known, and never was: it may be shorter.
    """
    if folder.trouble == LACKED and folder.told is not None:
        less = folder.told if common is None else folder.told.common(common)
        if less == NOBODY and folder.told != NOBODY:
            return msgspec.structs.replace(folder, trouble="unknown")
        return msgspec.structs.replace(folder, told=less)
    if not unsure:
        return msgspec.structs.replace(folder, told=common, trouble="")
    if folder.told is None:
        return msgspec.structs.replace(folder, trouble="unknown")
    less = folder.told if common is None else folder.told.common(common)
    return msgspec.structs.replace(folder, told=less, trouble="")


def tell_together(rows: Sequence[Grant]) -> tuple[list[Audience], bool]:
    """The lists of some items; and whether one of them has a list that nobody ever knew."""
    lists = [row.told for row in rows if row.told is not None and not row.listless]
    return lists, any(row.told is None and row.trouble not in STILL_TOLD for row in rows)


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
    """
    The list that a container has of its own; None: it has none, or was never asked.

    Args:
        effective: who may see it; what follows the place that it stands in has that place's list.
    """
    if grant is None or grant.told is None or grant.listless:
        return None
    if follows(grant):
        return effective
    return Audience(grant.told.identities, public=effective is not None and effective.public)


def follows(grant: Grant) -> bool:
    """Whether its list is that of the folder or step in which it stands; a folder's is its own."""
    return grant.kind not in FOLDERS and inherits(grant)


def followed(grant: Grant, above: Mapping[str, Grant]) -> Audience | None:
    """The list of what an entry follows: that of its folder, within it that of its step."""
    folder, step = own_list(above.get(grant.parent), None), own_list(above.get(grant.step), None)
    return folder if folder is None or step is None else step.common(folder)
