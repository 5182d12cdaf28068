"""What is measured, as values: which estate, how slow its answers are, how many calls at once, how often. PURE."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Round(StrEnum):
    """One run of a round; each goes on with the ledger of the one before."""

    FULL = "full"
    SAME = "same"
    EDITED = "edited"

    @property
    def mode(self) -> str:
        """The connector's own word."""
        return "full" if self is Round.FULL else "delta"

    @property
    def words(self) -> str:
        """What the table calls it."""
        return {
            Round.FULL: "full",
            Round.SAME: "delta, nothing changed",
            Round.EDITED: "delta, one item in a hundred edited",
        }[self]


EVERY = (Round.FULL, Round.SAME, Round.EDITED)


class Estate(msgspec.Struct, frozen=True):
    """The rooms that are served."""

    items: int
    texts: bool = False
    """Each file is a small text, which is downloaded and read; else no file is."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows of the table: one estate under one latency."""

    name: str
    estate: Estate
    latency_ms: int
    calls: int = 16
    """Reading calls at once, of both sides."""
    turns: int
    """How often both sides run."""
    rounds: tuple[Round, ...] = EVERY


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """Full runs over estates of several sizes: memory, and processor time for each item."""

    sizes: tuple[int, ...]
    beside: int
    """The size that the larger ones are told against; measured before and after them."""


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """ITR beside Interaxo."""

    sessions: int
    items: int
    turns: int


class Several(msgspec.Struct, frozen=True, kw_only=True):
    """Targets of one ledger, in turn."""

    items: int
    targets: int
    turns: int


class ByHand(msgspec.Struct, frozen=True, kw_only=True):
    """Whole processes of the connector beside those of a loop that is written by hand."""

    items: int
    latencies_ms: tuple[int, ...]
    turns: int


class Programme(msgspec.Struct, frozen=True, kw_only=True):
    """All that one run of the bench measures."""

    name: str
    starts: int
    """How often each start is measured."""
    cases: tuple[Case, ...]
    growth: Growth
    company: Company
    several: Several
    by_hand: ByHand


ROOMS, FEWER, TEXTS = Estate(20_000), Estate(10_000), Estate(5_000, texts=True)
WHOLE = Programme(
    name="whole",
    starts=5,
    cases=(
        Case(name="rooms", estate=ROOMS, latency_ms=0, turns=4),
        Case(name="rooms", estate=ROOMS, latency_ms=20, turns=4),
        Case(name="rooms", estate=ROOMS, latency_ms=20, calls=8, turns=2),
        Case(name="rooms", estate=ROOMS, latency_ms=20, calls=32, turns=3),
        Case(name="rooms", estate=FEWER, latency_ms=100, turns=2),
        Case(name="files' text", estate=TEXTS, latency_ms=0, turns=2, rounds=(Round.FULL, Round.EDITED)),
        Case(name="files' text", estate=TEXTS, latency_ms=20, turns=2, rounds=(Round.FULL, Round.EDITED)),
    ),
    growth=Growth(sizes=(5_000, 50_000, 500_000), beside=50_000),
    company=Company(sessions=2_000, items=5_000, turns=3),
    several=Several(items=5_000, targets=5, turns=3),
    by_hand=ByHand(items=20_000, latencies_ms=(0, 20), turns=3),
)
SOME = Estate(2_000)
QUICK = Programme(
    name="quick",
    starts=1,
    cases=(
        Case(name="rooms", estate=SOME, latency_ms=0, turns=1),
        Case(name="rooms", estate=SOME, latency_ms=20, turns=1),
        Case(name="rooms", estate=SOME, latency_ms=20, calls=32, turns=1, rounds=(Round.FULL,)),
        Case(
            name="files' text",
            estate=Estate(500, texts=True),
            latency_ms=0,
            turns=1,
            rounds=(Round.FULL, Round.EDITED),
        ),
    ),
    growth=Growth(sizes=(1_000, 2_000, 10_000), beside=2_000),
    company=Company(sessions=200, items=1_000, turns=1),
    several=Several(items=500, targets=5, turns=1),
    by_hand=ByHand(items=2_000, latencies_ms=(0,), turns=1),
)
