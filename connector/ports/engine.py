"""Who does what is due, and when: this process alone, or whichever service of several takes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

import msgspec

PEOPLE, SCANS = "people", "ocr"
"""What can be due beside a delta and a full run: people's turns of one target, and reading scans, of no target."""
KINDS = frozenset({"delta", "full", PEOPLE, SCANS})
WHEN = "%Y%m%dT%H%M%SZ"
YIELDS_TO = {"delta": {"delta", "full"}, PEOPLE: {"delta", "full", PEOPLE}}


class Work(msgspec.Struct, frozen=True):
    """One thing that is due. Neither field names a document or a person."""

    what: str
    """delta, full, people or ocr."""
    target: str
    """Empty: of no target."""
    at: float
    """When it was due, in seconds since 1970: the same whoever says so."""

    @property
    def name(self) -> str:
        """What two services that ask for the same thing both call it."""
        when = datetime.fromtimestamp(self.at, UTC).strftime(WHEN)
        return f"{self.kind}{self.what}/{when}"

    @property
    def kind(self) -> str:
        """How the names of all work of one target begin."""
        return f"run/{self.target or '-'}/"

    @classmethod
    def named(cls, name: str) -> Work | None:
        """What work of this release is called so; None: nothing of it."""
        kind, _, when = name.rpartition("/")
        kind, _, what = kind.rpartition("/")
        begin, _, target = kind.partition("/")
        if begin != "run" or what not in KINDS:
            return None
        at = datetime.strptime(when, WHEN).replace(tzinfo=UTC)
        return cls(what, "" if target == "-" else target, at.timestamp())

    def yields_to(self, names: Iterable[str]) -> bool:
        """
        Whether it is not worth asking for, beside other work of the same target that waits or was begun.

        A delta that is due during another run is skipped, and so are people's turns, which a run takes by itself; a full
        run waits, but not for another one.
        """
        others = {one.removeprefix(self.kind).partition("/")[0] for one in names if one != self.name}
        return bool(others & YIELDS_TO.get(self.what, {self.what}))


WALK = "walk"
"""What whoever has a seat does."""


class Seat(msgspec.Struct, frozen=True):
    """A part of the calls of one source in one run: whoever has it walks rooms of that run."""

    target: str
    run: int
    source: str
    number: int
    run_id: str
    """How people name the run: its number comes again where a ledger is made anew."""

    @property
    def name(self) -> str:
        """What everybody calls it."""
        return f"{WALK}/{self.target}/{self.run_id}/{self.source}/{self.number}"


class Doing(msgspec.Struct, frozen=True):
    """Work that a service has in hand."""

    what: str
    target: str
    since: float


class Ended(StrEnum):
    """What became of work."""

    DONE = "done"
    SKIPPED = "skipped"
    """What was due was done meanwhile, or is due at another time."""
    HELD = "held"
    """Another run has the lease."""
    FAILED = "failed"
    """The run says why."""
    LOST = "lost"
    """The ledger went away meanwhile."""
    LEFT = "left"
    """This service ends: somebody else is to do it."""
    ELSEWHERE = "elsewhere"
    """
    The settings here have no such target or no OCR, or are to be read again once a run ends, perhaps of many hours. Another service may do it.
    """
    OLDER = "older"
    """A newer release brought the ledger to its schema: one of that release is to do it."""


class Executor(Protocol):
    """Who does work in this process."""

    def take(self, work: Work) -> None:
        """Have it done as soon as may be; what is under way already is not done twice."""

    async def carry_out(self, work: Work) -> Ended:
        """Do it now, and say what became of it; of what this service leaves undone, since it ends, it says nothing."""

    async def sit(self, seat: Seat, member: str) -> Ended:
        """Take a seat and walk rooms until none waits any more, as `carry_out`."""

    def under_way(self) -> Sequence[Doing]:
        """What is done now."""


class Others(Protocol):
    """
    The services that take a part in the work of a run.

    Every method asks a database, and raises `LedgerError` where that does not answer.
    """

    version: str
    """Of those that can."""

    def offer(self, seats: Sequence[Seat]) -> None:
        """Let whoever is free take these seats."""

    def held(self, seats: Sequence[Seat]) -> set[int]:
        """Numbers of the seats that wait for somebody, or that somebody has."""


class Engine(Protocol):
    """Who does what is due."""

    async def begin(self) -> None:
        """
        Begin to take work.

        Raises:
            LedgerError: where work is kept cannot be used.
        """

    def ask(self, work: Work) -> None:
        """Have something done, by whoever takes it; however many ask for it, it is done once."""

    @property
    def others(self) -> Others | None:
        """Who takes a part in the work of a run; None: there is nobody else."""

    def leads(self) -> bool:
        """Whether this is the one service that tells people what happened."""

    async def end(self) -> None:
        """Take no more work; what is left undone is for others."""


class Heard(msgspec.Struct, frozen=True):
    """A member that works, as it was heard of last."""

    version: str
    """Of its work."""
    at: float
    """By the clock of the database."""


class Roll(Protocol):
    """
    Who works with a ledger that several services share, on the clock of its database.

    Every method raises `LedgerError` where that does not answer. `now` counts only where the database is a file.
    """

    def at_once(self) -> AbstractContextManager[None]:
        """What is written inside is written in one transaction."""

    def join(self, member: str, host: str, version: str, *, now: float) -> None:
        """A service begins."""

    def beat(self, member: str, doing: Sequence[Doing], waiting: int, *, now: float) -> bool:
        """Say that a member is alive, and what it does; false where the others gave it up."""

    def leave(self, member: str, *, now: float) -> None:
        """A service ends by itself."""

    def alone(self) -> bool:
        """Be the one that looks after the others, until the transaction ends; false where somebody is at it."""

    def working(self) -> dict[str, Heard]:
        """Those that work, by id, the one that does for the longest first."""

    def give_up(self, member: str, heard_at: float) -> str | None:
        """Say that a member works no more; gives its host, and nothing where it was heard of since."""

    def left(self) -> set[str]:
        """Ids of those that ended by themselves."""

    def take(self, work: str, member: str, *, now: float) -> int:
        """Note that work is taken from a member; says from how many it was taken by now."""

    def forget(self, *, now: float) -> None:
        """Forget members that are gone for long, and what was taken from them."""


class Queue(Protocol):
    """What waits and what was begun, of all services together."""

    def begun(self) -> Mapping[str, str]:
        """Work of this version that somebody began, by name: who."""

    def give_back(self, names: Sequence[str]) -> None:
        """Let somebody else begin it anew."""

    def drop(self, names: Sequence[str]) -> None:
        """Nobody is to do it."""

    def of_other_versions(self, versions: Sequence[str]) -> Sequence[str]:
        """What waits, or was begun, of a version that is none of these."""

    def renew(self, names: Sequence[str]) -> None:
        """Let this version do what only another one could have done; a part of a run is nobody's any more."""

    def waiting(self) -> int:
        """How much waits."""

    def share(self, services: int) -> None:
        """So many services share the work."""

    def forget(self, *, before: float, most: int) -> int:
        """Forget what came to its end before a moment, no more than so much of it; says how much."""
