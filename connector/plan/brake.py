"""
Whether removals may go on, for documents and for people alike. PURE: it counts nothing, it weighs counts.

    brake = Brake(limits, standing=counts, lately=counts)
    braking = brake.judge(going)        which of them must wait, and the codes and numbers why
    findings.braked(...)                the same in words

More than `max_deletes` at once, or more than ten that are also a large share of everything or of their source, stop
before the first one is done: all of them or none. A large share of one kind of record stops that kind only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from enum import StrEnum

import msgspec

FEW = 10
"""So many removals are never a share too large."""
ENOUGH_OF_A_KIND = 30
"""Of a kind with fewer records the share says nothing."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The brake's settings."""

    max_deletes: int
    max_delete_ratio: float


class Share(msgspec.Struct, frozen=True):
    """What removals are a share of, besides everything: their source, and their kind where kinds are looked at."""

    source: str = ""
    kind: str = ""
    """Of record, in one database; empty where the source has no such kinds."""
    common: bool = False
    """It belongs to what many companies share (a central catalogue), and says nothing about the rest of its source."""


Counts = Mapping[Share, int]


class Cause(StrEnum):
    """What a number of removals is too large for."""

    MAX_DELETES = "max-deletes"
    ALL = "share-of-all"
    SOURCE = "share-of-source"
    KIND = "share-of-kind"
    MOVED = "source-moved"
    """Not a number: their source is read at another address, or by another account, for the first time."""
    UNNAMED = "source-unnamed"
    """Not a number: the settings do not name their source, and no person said that it was given up."""


_OF_SOURCES = frozenset({Cause.MOVED, Cause.UNNAMED})
"""What stops a whole source, whatever the number."""


class Tripped(msgspec.Struct, frozen=True, kw_only=True):
    """One limit that was passed."""

    cause: Cause
    going: int
    lately: int
    """Of the last 24 hours; they count with those that would go."""
    standing: int
    """Of what they are a share of, before they go."""
    limit: float = 0
    """The setting: a number for `max-deletes`, else a ratio."""
    share: Share = Share()

    def holds(self, share: Share) -> bool:
        """Whether it stops removals of this share by itself: its own kind, or all of its source."""
        return share.source == self.share.source if self.cause in _OF_SOURCES else share == self.share


class Braking(msgspec.Struct, frozen=True, kw_only=True):
    """What the brake says of removals that are about to be done."""

    tripped: tuple[Tripped, ...] = ()
    everything: bool = False
    """Whether all of them must wait; else the kinds that tripped."""

    @property
    def stops(self) -> bool:
        """Whether anything must wait."""
        return bool(self.tripped)

    def holds(self, share: Share) -> bool:
        """Whether removals of this share must wait."""
        return self.everything or any(one.holds(share) for one in self.tripped)


class Brake:
    """The limits, with what stands and what went lately."""

    def __init__(
        self,
        limits: Limits,
        *,
        standing: Counts,
        lately: Counts,
        moved: Collection[str] = (),
        unnamed: Collection[str] = (),
    ) -> None:
        """
        Args:
            moved: names of sources that are read at another address than before: nothing of them goes by itself.
            unnamed: the same of sources that the settings lack.
            standing: everything there is, before the removals; what is held among it.
            lately: what was removed in the last 24 hours without a person's approval.
        """
        self._limits = limits
        self._standing = standing
        self._lately = lately
        self._alone = {Cause.MOVED: moved, Cause.UNNAMED: unnamed}
        """Sources of which nothing goes by itself, by the reason."""

    def judge(self, going: Counts) -> Braking:
        """
        Say what must wait.

        Args:
            going: removals of now that no person approved; what is held already is not among them.
        """
        if not sum(going.values()):
            return Braking()
        tripped = [one for one in (self._too_many(going), *self._too_large(going)) if one is not None]
        everything = bool(tripped)
        if not everything:
            tripped = [one for share in going if share.kind and (one := self._of_a_kind(share, going[share]))]
        tripped += self._of_whole_sources(going)
        return Braking(tripped=tuple(tripped), everything=everything)

    def _of_whole_sources(self, going: Counts) -> list[Tripped]:
        counts = Counter[str]()
        for share, count in going.items():
            counts[share.source] += count
        return [
            Tripped(cause=cause, going=count, lately=0, standing=0, share=Share(source))
            for cause, sources in self._alone.items()
            for source, count in counts.items()
            if count and source in sources
        ]

    def allows(self) -> int:
        """How many further removals may pass, as far as everything together decides."""
        limits, lately = self._limits, sum(self._lately.values())
        base = sum(self._standing.values()) + lately
        return max(0, min(limits.max_deletes, max(FEW, int(limits.max_delete_ratio * base))) - lately)

    def _too_many(self, going: Counts) -> Tripped | None:
        count, lately = sum(going.values()), sum(self._lately.values())
        if count + lately <= self._limits.max_deletes:
            return None
        return Tripped(
            cause=Cause.MAX_DELETES,
            going=count,
            lately=lately,
            standing=sum(self._standing.values()),
            limit=self._limits.max_deletes,
        )

    def _too_large(self, going: Counts) -> list[Tripped | None]:
        """Of everything, and of each source."""
        parts = sorted({(share.source, share.common) for share, count in going.items() if count})
        whole = self._weigh(
            Cause.ALL,
            Share(),
            going=sum(going.values()),
            lately=sum(self._lately.values()),
            standing=sum(self._standing.values()),
        )
        if whole is not None:
            return [whole]
        sums = [Counter[tuple[str, bool]]() for _ in range(3)]
        for counted, counts in zip(sums, (going, self._lately, self._standing), strict=True):
            for share, count in counts.items():
                counted[share.source, share.common] += count
        return [
            self._weigh(
                Cause.SOURCE,
                Share(source=source, common=common),
                going=sums[0][source, common],
                lately=sums[1][source, common],
                standing=sums[2][source, common],
            )
            for source, common in parts
        ]

    def _of_a_kind(self, share: Share, going: int) -> Tripped | None:
        standing, lately = self._standing.get(share, 0), self._lately.get(share, 0)
        if standing + lately < ENOUGH_OF_A_KIND:
            return None
        return self._weigh(Cause.KIND, share, going=going, lately=lately, standing=standing)

    def _weigh(self, cause: Cause, share: Share, *, going: int, lately: int, standing: int) -> Tripped | None:
        ratio = self._limits.max_delete_ratio
        if going + lately <= FEW or going + lately <= ratio * (standing + lately):
            return None
        return Tripped(cause=cause, going=going, lately=lately, standing=standing, limit=ratio, share=share)
