"""
What is to happen to each person's record, decided without doing it. PURE.

    combine             what the sources say of one address together
    plan_revoking       what she has too much is taken first: keep, shorten, remove, forget
    plan_in_doubt       what she may have too much by a ledger that was put back is taken then
    takes_all_of        the sources of which a step takes all that she finds: her record, or her last group; the brake counts it
    spare               what is taken meanwhile from whoever waits, since it is doubted that she loses that
    is_beyond_belief    whether so many lose so much in one run that no answer of a source is proof any more
    plan_granting       what she lacks is given last: keep, push, wait
    choose_due          who is to be asked for in a turn, so that nobody's memberships get older than they may
    people_in_a_turn    how many that are
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from math import ceil

import msgspec

from connector.document.audience import is_user, source_of
from connector.ledger.rows import Record, Share

FEW = 2
"""So many people who lose everything in a day are never in doubt."""
MOST = 1 / 3
"""Of those who were asked for and have something to lose; more of them at once are in doubt."""


class Step(StrEnum):
    """What becomes of one record."""

    KEEP = "keep"
    SHORTEN = "shorten"
    """Push fewer identities, before anything else."""
    REMOVE = "remove"
    """Take the record out by its id: nobody names her any more, or with nothing that she had."""
    FORGET = "forget"
    """The intranet does not have it, and nobody names her."""
    PUSH = "push"
    WAIT = "wait"
    """Nothing wider goes out now; the report says why."""


class Act(msgspec.Struct, frozen=True):
    """A step, and the identities that go with it."""

    step: Step
    identities: tuple[str, ...] = ()


class Claim(msgspec.Struct, frozen=True):
    """What one share says, of an address that two people of one source have."""

    source: str
    owner: frozenset[str]
    """Her own identity; where her source gives her none, what it calls her."""
    identities: tuple[str, ...]
    sure: bool


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What the sources say of one address together."""

    identities: tuple[str, ...] = ()
    """Of the shares that were read since it is certain what the intranet has."""
    unsure: tuple[str, ...] = ()
    """Of the others."""
    waits: bool = False
    """Whether there are any of the others."""
    asked: frozenset[str] = frozenset()
    """Sources whose share was read in this run."""
    fresh: frozenset[str] = frozenset()
    """Of them, those whose share was read in this turn of people."""
    disputed: tuple[str, ...] = ()
    """Sources of which two different people have this address."""
    claims: tuple[Claim, ...] = ()
    """Of an address that is disputed: the shares with identities."""
    nameless: bool = False
    """Nobody has this address any more, so there is nobody to be asked for."""

    def of_holder(self, may: Collection[str]) -> Said:
        """
        The same without what those bring who dispute the address, where another one's own identity stands on the record: it was given
        to that one alone, who may have lost since what they have.

        Args:
            may: what the record may hold.
        """
        known = {one.source for one in self.claims if not one.owner.isdisjoint(may)}
        if not known:
            return self
        counts = [one for one in self.claims if one.source not in known or not one.owner.isdisjoint(may)]
        sure = {identity for one in counts if one.sure for identity in one.identities}
        told = {identity for one in counts for identity in one.identities}
        return msgspec.structs.replace(
            self,
            identities=tuple(sorted(sure)),
            unsure=tuple(sorted(told - sure)),
            waits=not all(one.sure for one in counts),
        )


def combine(shares: Iterable[Share], *, run: int, since: float = 0.0) -> Said:
    """
    Put together what the sources say of one address.

    Args:
        since: when this turn of people began; 0: it is none.
    """
    sure: set[str] = set()
    unsure: set[str] = set()
    claims: list[tuple[Share, frozenset[str]]] = []
    owners: dict[str, set[frozenset[str]]] = {}
    asked: set[str] = set()
    fresh: set[str] = set()
    waits, nameless = False, True
    for share in shares:
        nameless = False
        if share.read_run == run:
            asked.add(share.source)
            if 0.0 < since <= (share.told_at or 0.0):
                fresh.add(share.source)
        if not share.identities:
            continue
        owner = frozenset(filter(is_user, share.identities)) or frozenset([share.key])
        owners.setdefault(share.source, set()).add(owner)
        claims.append((share, owner))
        if share.read_run < 0:
            waits = True
            unsure.update(share.identities)
        else:
            sure.update(share.identities)
    disputed = tuple(sorted(source for source, people in owners.items() if len(people) > 1))
    return Said(
        identities=tuple(sorted(sure)),
        unsure=tuple(sorted(unsure - sure)),
        waits=waits,
        asked=frozenset(asked),
        fresh=frozenset(fresh),
        disputed=disputed,
        claims=tuple(Claim(one.source, owner, one.identities, one.read_run >= 0) for one, owner in claims)
        if disputed
        else (),
        nameless=nameless,
    )


def groups_of(identities: Iterable[str]) -> set[str]:
    """Of a person's identities those that are not her own."""
    return {one for one in identities if not is_user(one)}


def plan_in_doubt(record: Record, said: Said) -> Act:
    """
    Decide what is taken from a record of which the intranet may have seen more than a ledger that was put back: what she was given since
    then, and belongs to no more, nothing tells but her list itself.

    She keeps what she had by that ledger and still has. Whoever has no group of a source so, and some by now, waits for the end of the
    run, when all are given: nobody loses all of a source for what is not known.
    """
    keeps = set(record.may) & set(said.identities)
    if record.sent is not None or not record.found or said.waits or said.disputed or not keeps:
        return Act(Step.KEEP)
    if {source_of(one) for one in groups_of(said.identities)} - {source_of(one) for one in groups_of(keeps)}:
        return Act(Step.KEEP)
    return Act(Step.SHORTEN, tuple(sorted(keeps)))


def plan_revoking(record: Record, said: Said) -> Act:
    """
    Decide what is taken from a record before anything else is sent.

    Who has nothing of what she had (her address was somebody else's, or her only role is another one) keeps her own identity at
    most: what is new to her is given last, when documents have lost who may not see them any more.
    """
    said = said.of_holder(record.may)
    may, want = set(record.may), set(said.identities)
    if not may:
        named = want or said.waits
        return Act(Step.KEEP) if named or record.redo_after is not None else Act(Step.FORGET)
    if may <= want | set(said.unsure):
        return Act(Step.KEEP)
    if not want:
        return Act(Step.KEEP) if said.waits else Act(Step.REMOVE)
    rest = may & want or (set() if said.disputed else set(filter(is_user, want)))
    return Act(Step.SHORTEN, tuple(sorted(rest))) if rest else Act(Step.REMOVE)


def takes_all_of(record: Record, said: Said, act: Act) -> frozenset[str]:
    """
    Tell of which sources a step takes all that a person finds: her record, or the last group of a source.

    Whoever is moved to another group of a source loses the former one first, and is given the new one last: she has something again.
    """
    if act.step not in {Step.SHORTEN, Step.REMOVE}:
        return frozenset()
    # what came late was taken from her, and counted, before
    had = record.may if record.sent is None else record.sent
    given = groups_of(() if said.waits or said.disputed else said.identities)
    has = {source_of(one) for one in groups_of(act.identities) | given}
    lost = {source_of(one) for one in groups_of(had)} - has
    if act.step is Step.REMOVE and not lost and not given:
        lost = {source_of(one) for one in record.may}
    return frozenset(lost)


def spare(record: Record, said: Said, sources: Collection[str]) -> Act:
    """
    Decide what is taken from whoever waits for a decision: what other sources do not tell any more.

    Args:
        sources: of which it is doubted that she loses all.
    """
    said = said.of_holder(record.may)
    stays = {*said.identities, *said.unsure}
    rest = [one for one in record.may if one in stays or source_of(one) in sources]
    return Act(Step.KEEP) if len(rest) == len(record.may) else Act(Step.SHORTEN, tuple(sorted(rest)))


def is_beyond_belief(*, going: int, lately: int, asked: int, ratio: float) -> bool:
    """
    Say whether so many people lose so much that it is more likely a source that lies.

    Args:
        going: who would lose everything, or all of one source, now, without a person's approval.
        lately: who lost it in the last 24 hours.
        asked: who was asked for in this run, or turn of people, and has something to lose.
        ratio: the brake's own; one that lets more than a third pass lets as many pass here.
    """
    if not going or going + lately <= FEW:
        return False
    return going + lately > max(MOST, ratio) * (asked + lately)


def plan_granting(record: Record | None, said: Said, *, whole: bool, now: float) -> Act:
    """
    Decide what is given to a person after everything else was sent.

    Args:
        whole: whether everybody is pushed again.
    """
    if not (said.identities or said.unsure):
        return Act(Step.KEEP)
    if said.waits or said.disputed:
        return Act(Step.WAIT)
    if whole or record is None or not record.found:
        return Act(Step.PUSH, said.identities)
    due = record.redo_after is not None and now >= record.redo_after
    return Act(Step.PUSH, said.identities) if due or record.sent != said.identities else Act(Step.KEEP)


def choose_due(late: Sequence[str], longest_unasked: Sequence[str], *, most: int) -> list[str]:
    """
    Choose whose turn it is.

    Args:
        late: keys of those whose memberships would get too old before the next turn: all of them.
        longest_unasked: keys of anybody, the longest unasked first: as many of them as make `most` of all.
    """
    known = set(late)
    rest = [key for key in longest_unasked if key not in known]
    return [*late, *rest[: max(0, most - len(late))]]


def people_in_a_turn(count: int, *, every_s: float, max_age_s: float) -> int:
    """How many of so many people are to be asked for in each turn, so that all of them have had theirs in time."""
    if max_age_s <= every_s:
        return count
    return ceil(count * every_s / (max_age_s - every_s))
