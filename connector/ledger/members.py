"""Who works with a ledger that several machines share: the members, and what was taken from those that fell silent."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Any

import msgspec

from connector.document.durations import DAY_S
from connector.ledger.part import EVERYTHING, Database
from connector.machine.database_locks import DatabaseLock
from connector.machine.lock import nobody_works_here, reach_of_lock
from connector.ports.engine import Doing, Heard

HEARD_OF_S = 60.0
"""A service that was not heard of for so long works no more, whether or not another one has said so."""
FORGOTTEN_AFTER_S = 7 * DAY_S
"""Members that are gone, and takeovers, are told so long."""


class MemberState(StrEnum):
    """Of a service."""

    WORKING = "working"
    SILENT = "silent"
    """It was not heard of, and given up."""
    LEFT = "left"
    """It ended by itself."""


class Member(msgspec.Struct, frozen=True):
    """One service."""

    id: str
    host: str
    state: MemberState
    started_at: float
    silent_s: float
    """Since its last beat."""
    doing: tuple[Doing, ...]
    waiting: int
    """Runs that waited in the queue when it looked last."""


class Takeover(msgspec.Struct, frozen=True):
    """Work that was taken from a member that fell silent."""

    work: str
    member: str
    host: str
    at: float


class Members:
    """The members of one ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def at_once(self) -> AbstractContextManager[None]:
        """What is written inside is written in one transaction."""
        return self._database.at_once()

    def join(self, member: str, host: str, version: str, *, now: float) -> None:
        """A service begins."""
        self._run("members.join", id=member, host=host, version=version, now=now)

    def beat(self, member: str, doing: Sequence[Doing], waiting: int, *, now: float) -> bool:
        """Say that a member is alive, and what it does; false where the others gave it up."""
        told = msgspec.json.encode(doing).decode()
        return self._run("members.beat", id=member, doing=told, waiting=waiting, now=now) == 1

    def leave(self, member: str, *, now: float) -> None:
        """A service ends by itself."""
        self._run("members.leave", id=member, now=now)

    def alone(self) -> bool:
        """Be the one that looks after the others, until the transaction ends; false where somebody is at it."""
        return bool(self._all("members.alone", lock=DatabaseLock.LOOK_AFTER_MEMBERS)[0][0])

    def working(self) -> dict[str, Heard]:
        """Those that work, by id, the one that does for the longest first."""
        return {one: Heard(version, at) for one, version, at in self._all("members.working")}

    def give_up(self, member: str, heard_at: float) -> str | None:
        """Say that a member works no more; gives its host, and nothing where it was heard of since."""
        rows = self._all("members.give_up", id=member, at=heard_at)
        return str(rows[0][0]) if rows else None

    def left(self) -> set[str]:
        """Ids of those that ended by themselves."""
        return {one for (one,) in self._all("members.left")}

    def everyone(self, *, now: float) -> list[Member]:
        """Every member that is known: the ones that work, then the others, the newest first."""
        return [
            Member(
                one,
                host,
                MemberState(state),
                started,
                late,
                tuple(msgspec.json.decode(doing, type=list[Doing])),
                waiting,
            )
            for one, host, state, started, late, doing, waiting in self._all("members.everyone", now=now)
        ]

    def is_anybody_there(self, *, now: float) -> bool:
        """Whether any service works that was heard of lately: where all died at once, nobody is left to give them up."""
        return any(
            one.state is MemberState.WORKING and one.silent_s < HEARD_OF_S for one in self.everyone(now=now)
        )

    def holders(self, *, now: float) -> dict[str, tuple[str, str]]:
        """By target: process and host of the run that has its lease, whoever began it."""
        rows = self._all("leases.held", now=now)
        return {target: (holder, host) for target, holder, host, _ in rows}

    def worked_on(self, *, now: float) -> set[str]:
        """Targets whose lease lasts, but where its holder is dead for sure: then nobody of this machine works with any."""
        lasting = dict(self._all("leases.lasting", now=now))
        if lasting and reach_of_lock() in lasting.values() and nobody_works_here():
            return {target for target, reach in lasting.items() if reach != reach_of_lock()}
        return set(lasting)

    def take(self, work: str, member: str, *, now: float) -> int:
        """Note that work is taken from a member; says from how many it was taken by now."""
        self._run("members.take", work=work, member=member, now=now)
        return int(self._all("members.taken", work=work)[0][0])

    def takeovers(self, since_s: float, *, now: float, most: int = EVERYTHING) -> list[Takeover]:
        """What was taken in the last seconds, the newest first."""
        rows = self._all("members.takeovers", since=since_s, most=most, now=now)
        return [Takeover(work, member, host or "", at) for work, member, host, at in rows]

    def forget(self, *, now: float) -> None:
        """Forget members that are gone for long, and what was taken from them."""
        self._run("members.forget", after=FORGOTTEN_AFTER_S, now=now)
        self._run("members.forget_takeovers", after=FORGOTTEN_AFTER_S, now=now)

    def _all(self, statement: str, **values: Any) -> Sequence[Any]:
        return self._database.all(statement, values)

    def _run(self, statement: str, **values: Any) -> int:
        return self._database.run(statement, values)
