"""
The step of one listed item: what becomes of it, and who may find it then. PURE: nothing is asked and nothing written.

    plan_item           an item against what is known of it -> Keep, Note, Show, Push, Stay, Park, Wait or Leave
    audience_update_of  who may find it after that: never more people than before, while anything else is still to be sent

Fewer people come first, more people last, nobody only past the brake (rules 6 and 7): what is wider than what the intranet
has confirmed waits until the end of the run, and what nobody would find any more waits for the brake.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from connector.document.audience import NOBODY, Audience
from connector.document.document import Known, Listed
from connector.document.states import HELD, REMOVED
from connector.plan.item import Action, Purpose, decide

DECIDED_ELSEWHERE = frozenset({HELD, REMOVED})
"""A listing has no say in it: a person decides, or it went already."""


class How(StrEnum):
    """How a document is to be narrowed."""

    NARROW = "narrow"
    """Some lose it."""
    REPLACE = "replace"
    """Everybody loses it, and others get it."""
    EMPTY = "empty"
    """Everybody loses it."""


class Facts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What else decides about a listed item; without any of it nothing special is known."""

    rules: bytes = b""
    """Hash of the settings that leave items out, as they are now."""
    waiting: bytes | None = None
    """The version that is in quarantine and not due yet."""
    had: Audience | None = None
    """With which the intranet accepted it last, where that is another one than the listing tells."""
    is_refused: bool = False
    """The intranet refuses it with fewer people, even bare: it is about to leave the search."""
    is_held_as_lost: bool = False
    """It is held for having no audience any more."""
    may_exchange: bool = True
    """Whether one more document may get another audience altogether in this run."""
    goes_to_others: bool = False
    """Its old readers lost it in this run, and the others find it as soon as it is met."""


class AudienceUpdate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who may find an item, and what of that is still to be done."""

    audience: Audience | None
    """With which it goes out now; None: unknown, and it never had one that can be relied on."""
    read: Audience | None = None
    """As the listing tells it; None: unknown."""
    how: How | None = None
    """It is to be narrowed so; what does not go out now waits for the brake."""
    wider: bool = False
    """More people may see it: it goes out to them at the end."""
    holds: bool = False
    """Too many would be exchanged for others: it is held as it is."""

    @property
    def is_as_read(self) -> bool:
        """Whether nothing of it is left to be done once the item went out."""
        return self.audience == self.read and not (self.how or self.wider or self.holds)


class Keep(msgspec.Struct, frozen=True, gc=False):
    """The intranet has it as it is."""


class Note(msgspec.Struct, frozen=True, gc=False):
    """Nothing goes out now: others may see it later, or nobody, past the brake."""

    update: AudienceUpdate


class Push(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Fetch it, map it, and push it if the document came out different."""

    update: AudienceUpdate
    audience: Audience
    force: bool
    """Push it even when it came out the same."""
    narrowed: Audience | None = None
    """To whom what was accepted last is left where its content cannot be read: a narrower audience does not wait for it; `NOBODY` until others altogether find the present one."""


class Show(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Push what was accepted last, to another audience: nothing else has changed."""

    update: AudienceUpdate
    audience: Audience
    anew: Push
    """What to do where it cannot be made whole of what is kept."""


class Stay(msgspec.Struct, frozen=True, gc=False):
    """It waits until it may be left to nobody, or to others: what stands there stays, and says nothing new."""

    update: AudienceUpdate


class Park(msgspec.Struct, frozen=True, gc=False):
    """Who may see it is unknown, and it never had an audience: it is not pushed."""


class Wait(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """It is in quarantine, unchanged, and its time has not come."""

    update: AudienceUpdate | None = None
    narrowed: Audience | None = None
    """To whom it is left meanwhile."""


class Leave(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Settings leave it out."""

    gone: bool = False
    """By proof: the settings of its last push left out the same."""
    held: bool = False
    """It is the settings that changed: a person decides."""


Step = Keep | Note | Show | Push | Stay | Park | Wait | Leave
KEEP = Keep()
PARK = Park()


def plan_item(listed: Listed, known: Known | None, purpose: Purpose, facts: Facts) -> Step:
    """
    Decide about one listed item.

    Args:
        known: what the target has confirmed of it; None when it is not in the ledger.
    """
    action = decide(listed, known, purpose, facts.waiting)
    match action:
        case Action.KEEP:
            return KEEP
        case Action.LEAVE:
            return _leave(known, facts)
        case Action.WAIT:
            narrows = _may_narrow(listed, known, facts)
            update = audience_update_of(listed, known, facts) if narrows else None
            return Wait(update=update, narrowed=_narrowed(listed, known, update, facts))
    update = audience_update_of(listed, known, facts)
    audience = update.audience
    if audience is None:
        return PARK
    if action is Action.SHOW and known is not None and audience.digest() == known.audience:
        return Note(update)
    if listed.audience is not None and not audience.within(listed.audience):
        return Stay(update)
    narrowed = _narrowed(listed, known, update, facts) if _may_narrow(listed, known, facts) else None
    push = Push(update=update, audience=audience, force=action is Action.FORCE, narrowed=narrowed)
    return Show(update=update, audience=audience, anew=push) if action is Action.SHOW else push


def audience_update_of(listed: Listed, known: Known | None, facts: Facts) -> AudienceUpdate:
    """
    Say who may find an item now, and what of its audience is still to be done.

    A document that was taken as new (the ledger turned out to be older than the intranet, say) may have a narrower audience
    there than this ledger remembers. What is wider than what the target confirmed waits for the end.
    """
    had, read = facts.had, listed.audience
    if read is None:
        return AudienceUpdate(audience=had if known is not None and known.is_confirmed else None)
    if had is None:
        return AudienceUpdate(audience=read, read=read)
    how = narrows(had, read)
    if how is How.EMPTY or how is How.REPLACE:
        return _exchange(had, read, how, facts)
    if read.within(had):
        return AudienceUpdate(audience=read, read=read, how=how)
    if had == NOBODY and facts.goes_to_others:
        return AudienceUpdate(audience=read, read=read, wider=True)
    return AudienceUpdate(audience=had.common(read), read=read, how=how, wider=True)


def narrows(had: Audience, read: Audience) -> How | None:
    """How a document is to be narrowed; None when nobody loses it."""
    if had.within(read):
        return None
    if read == NOBODY:
        return How.EMPTY
    return How.REPLACE if had.common(read) == NOBODY else How.NARROW


def moved_into(listed: Listed, had: Audience | None, known: Known, last: Audience | None) -> Listed:
    """
    An item that moved to where nobody can tell who may see it: to none but those who could see that place before.

    Args:
        had: who may find it in the intranet.
        last: who could see the place, as an earlier run read it.
    """
    if had is None or not known.is_confirmed or last is None:
        return listed
    return msgspec.structs.replace(listed, audience=had.common(last))


def _exchange(had: Audience, read: Audience, how: How, facts: Facts) -> AudienceUpdate:
    """Nobody stays of those who could see it (it was moved, say): a few at once, otherwise it is held."""
    if facts.is_held_as_lost:
        return AudienceUpdate(audience=had, read=read)
    if how is How.EMPTY:
        return AudienceUpdate(audience=had, read=read, how=how)
    if facts.may_exchange:
        return AudienceUpdate(audience=read, read=read, how=how, wider=True)
    return AudienceUpdate(audience=had, read=read, holds=True)


def _may_narrow(listed: Listed, known: Known | None, facts: Facts) -> bool:
    """Whether what was accepted last may go out with fewer people, whatever becomes of its content."""
    return (
        known is not None
        and known.audience is not None
        and listed.audience is not None
        and not facts.is_refused
    )


def _narrowed(
    listed: Listed, known: Known | None, update: AudienceUpdate | None, facts: Facts
) -> Audience | None:
    """
    To whom what was accepted last is left, whatever becomes of the content; None: to those who have it.

    An earlier version was for its own readers alone: of others altogether nobody finds it until the present one was read.
    """
    if known is None or update is None or update.audience is None:
        return None
    audience = update.audience
    if facts.had is not None and known.version != listed.version:
        audience = facts.had.common(audience)
    return None if audience.digest() == known.audience else audience


def _leave(known: Known | None, facts: Facts) -> Leave:
    if known is None or known.state in DECIDED_ELSEWHERE:
        return Leave()
    same = known.was_sent_by(facts.rules)
    return Leave(gone=same, held=not same)
