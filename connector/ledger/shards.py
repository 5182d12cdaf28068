"""
Rooms of one run that several services do together: who has which, what was found there, what is on its way.

A seat is a part of the calls of one source. Whoever takes it raises its fence, and everything that is written for the
run there is written under that fence (`Database.hold`), or not at all. Whether every room is done is asked of the rooms,
never counted beside them.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

import msgspec

from connector.engine.batched import batched
from connector.ledger.part import CHUNK, Database, Part, as_json
from connector.ledger.trouble import lease_lost


class RoomState(StrEnum):
    """Of a room."""

    WAITING = "waiting"
    WALKING = "walking"
    DONE = "done"
    FAILED = "failed"
    """Whoever began it died, once too often."""


class SeatState(StrEnum):
    """Of a seat."""

    WAITING = "waiting"
    """Nobody had it yet."""
    WALKING = "walking"
    LEFT = "left"
    """Whoever had it ended by itself, or was given up."""
    CLOSED = "closed"
    """The run needs it no more."""

    @property
    def is_free(self) -> bool:
        """Whether it can be taken without taking it from anybody."""
        return self in {SeatState.WAITING, SeatState.LEFT}


class SeatKey(msgspec.Struct, frozen=True):
    """Which seat."""

    run: int
    source: str
    number: int


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A seat as it is for whoever took it."""

    fence: int
    terms: str
    told: str
    """What was counted and found by those who had it before."""
    inherited: list[str]
    """Rooms that the one before began."""
    left: bool
    """Whether nobody had it before, or the one before ended by itself."""


class RoomToWalk(msgspec.Struct, frozen=True):
    """A room that is to be walked now."""

    key: str
    sight: str
    taken: int
    """How often it was begun."""


class SeatRow(msgspec.Struct, frozen=True):
    """A seat as the run sees it."""

    number: int
    state: SeatState
    fence: int
    member: str
    told: str


class Walk(msgspec.Struct, frozen=True):
    """A source whose rooms several services walk."""

    source: str
    rooms: dict[RoomState, int]
    seats: list[tuple[str, str]]
    """Host, empty where nobody took it yet, and state."""


class PushedElsewhere(Exception):
    """Another service pushes one of these documents now."""


class Shards(Part):
    """The rooms that several services walk together in runs of one target."""

    def __init__(self, database: Database, name: str) -> None:
        super().__init__(database, name)
        self._seat: dict[str, Any] = {}
        """What tells the seat under which is written here; empty: none."""

    # -- the run ------------------------------------------------------------------------------

    def clear(self) -> None:
        """Forget what is left of runs: whoever still works for one cannot write any more."""
        with self.at_once():
            for name in ("seats", "shards", "under_way", "met"):
                self._run(f"shards.clear_{name}")

    def expect(self, run: int, source: str, *, seats: int) -> None:
        """Make seats of which nobody knows yet what they are about, nor whether all are needed: whoever is offered one waits."""
        with self.at_once():
            self._make_seats(run, source, seats=seats, terms="")

    def forget(self, run: int, source: str) -> None:
        """Nobody is expected any more: what was is not shared."""
        with self.at_once():
            self._run("shards.forget_seats", run=run, source=source)

    def open(
        self, run: int, source: str, *, seats: int, terms: str, rooms: Sequence[tuple[int, str, str]]
    ) -> None:
        """
        Make seats and rooms; whoever is expected knows what for.

        Args:
            rooms: place, key, and who may see it as JSON; a seat takes those at every so many-th place first, from its number on.
        """
        with self.at_once():
            self._run("shards.forget_seats", run=run, source=source)
            self._make_seats(run, source, seats=seats, terms=terms)
            self._each(
                "shards.open_shard",
                [{"room": key, "place": place, "sight": sight} for place, key, sight in rooms],
                run=run,
                source=source,
            )

    def _make_seats(self, run: int, source: str, *, seats: int, terms: str) -> None:
        self._each(
            "shards.open_seat",
            [{"seat": one} for one in range(seats)],
            run=run,
            source=source,
            lease=int(self._one("shards.lease") or 0),
            terms=terms,
        )

    def states(self, run: int, source: str) -> dict[RoomState, int]:
        """Count the rooms by state."""
        return {RoomState(one): count for one, count in self._all("shards.states", run=run, source=source)}

    def seats(self, run: int, source: str) -> list[SeatRow]:
        """Every seat."""
        return [
            SeatRow(number, SeatState(state), fence, member, told)
            for number, state, fence, member, told in self._all("shards.seats", run=run, source=source)
        ]

    def stop(self, run: int, source: str) -> None:
        """Have everybody put back what is not done, and leave."""
        with self.at_once():
            self._run("shards.stop", run=run, source=source)

    def close(self, run: int, source: str) -> list[int]:
        """Let nobody write any more for it; says which intents nobody settled."""
        with self.at_once():
            self._run("shards.close", run=run, source=source)
            unsettled = [int(row[0]) for row in self._all("shards.all_sent", run=run, source=source)]
            self._run("shards.forget_sent", run=run, source=source)
        return unsettled

    def vacate(self, place: SeatKey, fence: int) -> list[int]:
        """
        Let nobody write any more for a seat that nobody has, and its rooms wait for others; says which intents nobody settled.

        Args:
            fence: of whoever had it: somebody else may have taken it over meanwhile, and keeps it.
        """
        key = {"run": place.run, "source": place.source, "seat": place.number}

        def write() -> list[int]:
            self._run("shards.vacate", **key, fence=fence)
            still = [one for one in self.seats(place.run, place.source) if one.number == place.number]
            if any(one.state is SeatState.WALKING for one in still):
                return []
            self._run("shards.return_rooms", **key)
            return [int(row[0]) for row in self._all("shards.sent", **key)]

        return self.wholly(write)

    def results(self, run: int, source: str) -> list[tuple[str, RoomState, str]]:
        """Key, state and result of every room."""
        return [
            (row[0], RoomState(row[1]), row[2]) for row in self._all("shards.results", run=run, source=source)
        ]

    def met(self, run: int, source: str) -> list[str]:
        """Keys of everybody who was met there."""
        return [row[0] for row in self._all("shards.met", run=run, source=source)]

    def walks(self, *, now: float) -> list[Walk]:
        """What several services walk now, by source; nothing of a run whose lease is over."""
        found: dict[str, Walk] = {}
        for source, host, state in self._all("shards.everyone", now=now):
            found.setdefault(source, Walk(source, {}, [])).seats.append((host, state))
        for source, state, count in self._all("shards.every_state"):
            if source in found:
                found[source].rooms[RoomState(state)] = count
        return list(found.values())

    # -- whoever takes a seat -----------------------------------------------------------------

    def awaits(self, place: SeatKey, *, now: float) -> bool:
        """Whether the run does not know yet what a seat is about, or whether it needs it."""
        key = {"run": place.run, "source": place.source, "seat": place.number}
        return self._all("shards.expected", **key, now=now) == [("",)]

    def take(self, place: SeatKey, member: str) -> Taken | None:
        """Take a seat, from whoever has it; None where the run is over, or needs it no more, and for a member that was given up."""
        key = {"run": place.run, "source": place.source, "seat": place.number}
        with self.at_once():
            found = self._all("shards.look_at_seat", **key, member=member)
            if not found:
                return None
            state, fence, lease, terms, told = found[0]
            if not terms:
                return None
            self._run("shards.take_seat", **key, member=member, host=socket.gethostname())
            begun = [row[0] for row in self._all("shards.begun", **key)]
        self._seat = {**key, "fence": fence + 1, "lease": lease}
        self._database.hold(self._name_of(place), "shards.still", {**self._own, **self._seat}, strict=True)
        return Taken(
            fence=fence + 1,
            terms=terms,
            told=told,
            inherited=begun,
            left=SeatState(state).is_free,
        )

    def unsettled(self) -> list[int]:
        """Intents that whoever had the seat before did not settle."""
        return [int(row[0]) for row in self._all("shards.sent", **self._seat)]

    def next(self, seats: int) -> RoomToWalk | None:
        """
        Take the next room; None where nobody has to begin one any more.

        Args:
            seats: how many there are: each has every so many-th room before it helps others, so that all get large ones.
        """
        with self.at_once():
            rows = self._all("shards.take_next", **self._seat, seats=seats)
        return RoomToWalk(*rows[0]) if rows else None

    def take_again(self, key: str) -> RoomToWalk:
        """Begin a room once more that the one before began."""
        with self.at_once():
            rows = self._all("shards.take_again", **self._seat, room=key)
            if not rows:
                raise lease_lost()
        return RoomToWalk(*rows[0])

    def leave_to_others(self, key: str) -> None:
        """A room that cannot be read from here waits for another seat; or, where none takes it, for the run itself."""
        with self.at_once():
            self._run("shards.leave_to_others", **self._seat, room=key)

    def take_spare_calls(self) -> list[int]:
        """
        Make the calls of seats that nobody has, from now on, where no room waits for whoever would take them.

        Returns:
            The numbers of those seats.
        """
        with self.at_once():
            numbers = [int(row[0]) for row in self._all("shards.spare", **self._seat)]
            self._each("shards.give", [{"number": one} for one in numbers], **self._seat)
        return numbers

    def end(self, ended: Sequence[tuple[str, RoomState, str]], met: Iterable[str] = ()) -> None:
        """Note what rooms came to: key, state, result; and who was met meanwhile."""
        everybody = sorted(met)

        def write() -> None:
            for keys in batched(everybody, CHUNK):
                self._each("shards.meet", [{"key": one} for one in keys], **self._seat)
            self._each(
                "shards.end_shard",
                [{"room": key, "state": state.value, "result": result} for key, state, result in ended],
                **self._seat,
            )

        self.wholly(write)

    def tell(self, told: str) -> tuple[bool, bool]:
        """
        Note what was counted and found so far.

        Returns:
            Whether to stop, and whether a room waits for whoever has time for it.

        Raises:
            LeaseLost: somebody else has the seat, or the run is over.
        """
        rows = self._all("shards.tell", **self._seat, told=told)
        if not rows:
            raise lease_lost()
        return bool(rows[0][0]), bool(rows[0][1])

    def must_be_ours(self) -> None:
        """
        Raises:
            LeaseLost: somebody else has the seat, or the run is over.
        """
        with self.at_once():
            pass  # what is written at once is looked at first

    def lease_left(self, *, now: float) -> float:
        """How long the lease of the run lasts, in seconds; nothing where another run has the target."""
        rows = self._all("shards.lease_left", **self._seat, now=now)
        return float(rows[0][0]) if rows else 0.0

    def leave(self, told: str) -> None:
        """End by oneself: what was begun and is not done is for others."""
        self._run("shards.put_back", **self._seat)
        # by itself: whoever closes the seat meanwhile waits for what is written under it
        self._all("shards.leave_seat", **self._seat, told=told)

    def _name_of(self, place: SeatKey) -> str:
        return f"{self._own['target']}/{place.run}/{place.source}/{place.number}"

    # -- what is on its way -------------------------------------------------------------------

    def claim(self, ids: Sequence[str], *, intent: int) -> None:
        """
        Let nobody else push these until the answer is written down.

        Raises:
            PushedElsewhere: somebody pushes one of them now; nothing of the transaction is to be kept.
        """
        if self._each_id("shards.claim", ids, **self._seat, intent=intent) < len(ids):
            raise PushedElsewhere

    def forget_claims(self, intents: Iterable[int]) -> None:
        """Nobody hears any more of what was claimed for these."""
        self._each("shards.forget_claims", [{"intent": one} for one in sorted(intents)])

    def answered(self, ids: Sequence[str], *, intent: int) -> None:
        """The answer about all that was claimed for an intent is written down."""
        for some in batched(ids, CHUNK):
            self._run("shards.let_go", ids=as_json(some), intent=intent)
