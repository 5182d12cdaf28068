"""Whether people may lose everything that they find, or too many would: the brake, and whether a source can be believed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import msgspec

from connector.document.durations import DAY_S
from connector.ledger.people import People
from connector.people.plan import is_beyond_belief
from connector.plan.brake import Brake, Share, Tripped
from connector.plan.context import Run


class OfAsked(NamedTuple):
    """How many would lose all that they find of one source, or everything in one turn of people."""

    going: int
    asked: int
    """Who was asked for there, and finds something of it."""


class Losing(msgspec.Struct, frozen=True, kw_only=True):
    """How many would lose everything, or all that they find of one source."""

    going: int
    standing: int
    """Everybody there is."""
    single: int = 0
    """Of those who go, those of whom a single answer tells it."""
    asked: int = 0
    """Who was asked for so, and has something to lose."""
    turn: OfAsked = OfAsked(0, 0)
    """The same of a turn of people alone: a source that began to lie since the run asked for everybody is no smaller a liar."""
    sources: Collection[OfAsked] = ()
    """The same of each source: so is one of few people."""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """Why they must wait."""

    tripped: tuple[Tripped, ...] = ()
    """The limits that they pass; without any, it is that so many are no proof."""
    losing: int = 0
    asked: int = 0
    lately: int = 0

    @property
    def values(self) -> dict[str, Any]:
        """As words need them."""
        return msgspec.structs.asdict(self)


def judge(run: Run, people: People, losing: Losing) -> Judgement | None:
    """Ask the brake, and whether a source can be believed; None: all of them may go."""
    lately = people.lost_since(run.now() - DAY_S)
    brake = Brake(run.limits, standing={Share(): losing.standing}, lately={Share(): lately})
    braking = brake.judge({Share(): losing.going})
    if braking.stops:
        return Judgement(tripped=braking.tripped)
    ratio = run.limits.max_delete_ratio
    for one in (OfAsked(losing.single, losing.asked), losing.turn):
        if is_beyond_belief(going=one.going, lately=lately, asked=one.asked, ratio=ratio):
            return Judgement(losing=one.going + lately, asked=one.asked + lately, lately=lately)
    for one in losing.sources:
        if is_beyond_belief(going=one.going, lately=0, asked=one.asked, ratio=ratio):
            return Judgement(losing=one.going, asked=one.asked)
    return None


def judge_gap(run: Run, people: People, *, going: int, noted: int) -> Judgement | None:
    """
    The same of those that the intranet has, and that were not sent again in a run that asked for everybody.

    Args:
        going: how many they are.
        noted: records that the rooms' notes tell of.
    """
    standing = max(people.accepted(), noted)
    return judge(run, people, Losing(going=going, standing=standing, single=going, asked=standing))
