"""Members of one ledger who share a queue, and the clock by which they are given up."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager

from connector.engine.members import Membership
from connector.engine.rounds import BEAT_S, Pulse
from connector.errors import LedgerError
from connector.ledger.members import Members
from connector.ledger.store import Ledger
from connector.ports.engine import Doing, Roll, Work

SILENT_S = 30.0


class Waiting:
    """A queue as a round sees it. Implements `connector.ports.engine.Queue`."""

    def __init__(self) -> None:
        self.pending: dict[str, str] = {}
        self.given: list[str] = []
        self.dropped: list[str] = []
        self.renewed: list[str] = []
        self.versions: dict[str, str] = {}
        self.shared = 0
        self.forgot: list[tuple[float, int]] = []
        self.forgotten: list[int] = []

    def begun(self) -> Mapping[str, str]:
        return dict(self.pending)

    def give_back(self, names: Sequence[str]) -> None:
        self.given += names

    def drop(self, names: Sequence[str]) -> None:
        self.dropped += names

    def renew(self, names: Sequence[str]) -> None:
        self.renewed += names

    def of_other_versions(self, versions: Sequence[str]) -> Sequence[str]:
        return [work for work, version in self.versions.items() if version not in versions]

    def waiting(self) -> int:
        return 2

    def share(self, services: int) -> None:
        self.shared = services

    def forget(self, *, before: float, most: int) -> int:
        self.forgot.append((before, most))
        return self.forgotten.pop() if self.forgotten else 0


class Busy:
    """An executor with or without work. Implements what a membership asks of `connector.ports.engine.Executor`."""

    def __init__(self) -> None:
        self.doing: list[Doing] = []

    def under_way(self) -> Sequence[Doing]:
        return self.doing

    def take(self, work: Work) -> None:
        raise AssertionError

    async def carry_out(self, work: Work) -> None:
        raise AssertionError


class Post:
    """One ledger with its members."""

    def __init__(self, url: str) -> None:
        self.url, self.queue, self.executor = url, Waiting(), Busy()
        self.died: list[str] = []
        self.cut = False
        self.everyone: list[Membership] = []

    def member(self, name: str) -> Membership:
        one = Membership(
            name, self.roll, self.queue, self.executor, pulse=Pulse(silent_s=SILENT_S), die=self.died.append
        )
        one.join("host", "runs-1")
        one.takes_work = True
        self.everyone.append(one)
        return one

    def close(self) -> None:
        """Nobody asks any more."""
        for one in self.everyone:
            one._roll.close()
            one._rounds.close()

    @contextmanager
    def roll(self) -> Iterator[Roll]:
        if self.cut:
            raise LedgerError("The ledger cannot be used.")
        with closing(Ledger(self.url, now=time.time())) as ledger:
            yield ledger.members()

    def members(self) -> Members:
        return Ledger(self.url, now=time.time()).members()

    def clock_is_set(self, seconds: float) -> None:
        """The database's is ahead by so much more from here on: all that was noted before lies longer ago."""
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("UPDATE members SET seen_at=seen_at-%s", [seconds])


class Clock:
    """What the time is for whoever makes rounds."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def pass_by(self, seconds: float, *members: Membership) -> None:
        """So much time passes, in which these members beat and look."""
        while seconds > 0:
            self.now += min(seconds, BEAT_S)
            seconds -= BEAT_S
            for one in members:
                turn(one)


def turn(one: Membership) -> None:
    """What its threads do every few seconds."""
    one.beat()
    one.look()


def states(post: Post) -> dict[str, str]:
    with post.roll() as roll:
        assert isinstance(roll, Members)
        return {one.id: one.state for one in roll.everyone(now=time.time())}
