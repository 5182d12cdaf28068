"""
Looks at the runs that ended, decides what is to be told, and tells it: beside the runs, and in nobody's way.

What is to be told stands in the ledger until it was told, so that a network that is down when a run fails for it does not
lose the news, and a restart neither. Runs of any process count: what is looked at is their history.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import msgspec
import structlog

from connector.ledger.store import Ledger
from connector.notify.digest import read_room
from connector.notify.letters import Letter, RoomDigest, digest_letter
from connector.notify.mail import NotTold
from connector.notify.memory import DIGEST, Memory, Told, Waiting, Week, keep_memory, read_memory
from connector.notify.telling import Event, hear
from connector.plan import words
from connector.plan.findings import Code, Finding
from connector.ports.matching import Matching
from connector.secrets.hiding import hidden

MOST_WAITING = 20
"""Events of one target that wait to be told; older ones are given up first."""
GIVEN_UP_S = 86_400.0
"""What could not be told for so long is given up: nobody wants yesterday's alarm."""
PAUSES_S = (60.0, 120.0, 300.0, 900.0, 1_800.0)
"""Between the attempts to tell one thing; the last one repeats."""
DIGEST_AT = 7
"""On Mondays, this hour of `schedule.timezone`."""


class Channel(Protocol):
    """One way of telling about runs."""

    name: str

    async def tell(self, event: Event) -> str:
        """
        Returns:
            Whom of several it did not reach, in words.

        Raises:
            NotTold: it reached nobody.
        """


class Post(Protocol):
    """What carries a mail."""

    async def send(self, letter: Letter, to: tuple[str, ...]) -> str:
        """
        Returns:
            Whom of several it did not reach, in words.

        Raises:
            NotTold: it reached nobody.
        """


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """What the settings say of telling."""

    targets: tuple[str, ...]
    on: tuple[str, ...]
    withheld_runs: int
    channels: tuple[Channel, ...]
    owners: Mapping[str, tuple[str, ...]] = {}
    """Rooms by the e-mail address of their owner."""
    post: Post | None = None
    """For the weekly digest."""
    matching: Mapping[str, Matching] = {}
    """By target."""
    timezone: str = "UTC"
    shown_as: Callable[[str], str] = str
    """Names commands as they are typed on this machine."""


class Notifier:
    """Tells what is new whenever it is asked to look."""

    def __init__(
        self,
        telling: Callable[[], Telling | None],
        ledger: Callable[[], AbstractContextManager[Ledger]],
        *,
        clock: Callable[[], float],
        counted: Callable[[str, bool], None] = lambda _channel, _told: None,
    ) -> None:
        """
        Args:
            telling: as the settings say now; None: nothing is to be told to anybody.
            counted: hears of each attempt: the channel, and whether it reached somebody.
        """
        self._telling = telling
        self._ledger = ledger
        self._clock = clock
        self._counted = counted
        self._log = structlog.get_logger()

    async def look(self) -> None:
        """
        Tell what is new and what is due.

        Raises:
            ConnectorError: the ledger cannot be used, or the settings name a list of owners that cannot be read.
        """
        telling = self._telling()
        if telling is None:
            return
        for target in telling.targets:
            memory = await asyncio.to_thread(self._hear, telling, target)
            if any(_is_over(one.next_try, self._clock()) for one in memory.waiting):
                await self._tell(telling, target, memory)
        if telling.owners and telling.post is not None:
            await self._digest(telling, telling.post)

    # -- runs -------------------------------------------------------------------------------------

    def _hear(self, telling: Telling, target: str) -> Memory:
        """Look at the runs that ended since the last time; what is to be told is written down first."""
        with self._ledger() as ledger:
            notes, browse = ledger.notes(""), ledger.browse(target)
            memory = read_memory(notes, target)
            if memory is None:  # who is told from now on hears how it stands, and nothing of what was before
                memory = Memory(number=browse.last_number() - 1)
            runs = sorted(browse.runs(after=memory.number), key=lambda one: one.number)
            for run in runs:
                memory.number = run.number
                if run.dry_run:
                    continue
                leaks = any(one["code"] == Code.ON_HOLD for one in run.report.get("findings", ()))
                memory.standing, what = hear(
                    memory.standing,
                    run.outcome,
                    on=telling.on,
                    withheld_runs=telling.withheld_runs,
                    leaks=leaks,
                )
                if what is not None:
                    event = Event(
                        what=what,
                        target=target,
                        run_id=run.id,
                        mode=run.mode,
                        outcome=run.outcome,
                        at=run.finished_at or run.started_at,
                        runs=memory.standing.withheld,
                        leaks=leaks,
                        **_reasons(run.id, run.report),
                    )
                    names = [one.name for one in telling.channels]
                    memory.waiting.append(Waiting(event=event, left=names, since=self._clock()))
            for given_up in memory.waiting[:-MOST_WAITING]:
                self._log.error("notify.given_up", what=given_up.event.what.value, why="too many wait")
            memory.waiting = memory.waiting[-MOST_WAITING:]
            if runs:
                keep_memory(notes, target, memory)
            return memory

    async def _tell(self, telling: Telling, target: str, memory: Memory) -> None:
        channels = {one.name: one for one in telling.channels}

        async def by(name: str, one: Waiting) -> None:
            if name not in channels or await self._reached(channels[name], one.event, memory):
                one.left.remove(name)

        try:
            for one in [one for one in memory.waiting if _is_over(one.next_try, self._clock())]:
                one.next_try = self._clock() + _pause(one.tries)
                one.tries += 1
                await asyncio.gather(*(by(name, one) for name in list(one.left)))
                if one.left and self._clock() - one.since > GIVEN_UP_S:
                    self._log.error("notify.given_up", what=one.event.what.value, channels=one.left)
                    one.left = []
        finally:  # a look that is cut off keeps whom it reached: nobody is told twice, and no channel waits for one that hangs
            memory.waiting = [one for one in memory.waiting if one.left]
            await asyncio.to_thread(self._save, target, memory)

    async def _reached(self, channel: Channel, event: Event, memory: Memory) -> bool:
        try:
            missed = await channel.tell(event)
        except NotTold as error:
            self._counted(channel.name, False)
            memory.trouble[channel.name] = str(error)
            memory.trouble_at = self._clock()
            self._log.error("notify.failed", channel=channel.name, what=event.what.value, why=str(error))
            return False
        self._counted(channel.name, True)
        memory.last = Told(what=event.what, run_id=event.run_id, by=channel.name, at=self._clock())
        memory.trouble.pop(channel.name, None)
        if missed:
            memory.trouble[channel.name], memory.trouble_at = missed, self._clock()
        self._log.info("notify.told", channel=channel.name, what=event.what.value, run_id=event.run_id)
        return True

    def _save(self, target: str, memory: Memory) -> None:
        with self._ledger() as ledger:
            keep_memory(ledger.notes(""), target, memory)

    # -- the weekly digest ------------------------------------------------------------------------

    async def _digest(self, telling: Telling, post: Post) -> None:
        """Send each owner the week's mail, once; those whom it did not reach are tried again."""
        due = last_monday(self._clock(), telling.timezone)
        week = await asyncio.to_thread(self._week, due, list(telling.owners))
        if not week.left or not _is_over(week.next_try, self._clock()):
            return
        for address in list(week.left):
            rooms = telling.owners.get(address, ())
            try:
                if rooms:
                    letter = await asyncio.to_thread(self._compose, telling, address, rooms)
                    await post.send(letter, (address,))
                week.left.remove(address)
                self._counted("digest", True)
            except NotTold as error:
                self._counted("digest", False)
                self._log.error("notify.failed", channel="digest", why=str(error))
        week.next_try = self._clock() + _pause(week.tries)
        week.tries += 1
        if week.left and self._clock() - week.due > GIVEN_UP_S:
            self._log.error("notify.given_up", what="digest", owners=len(week.left))
            week.left = []
        await asyncio.to_thread(self._save_week, week)

    def _week(self, due: float, owners: list[str]) -> Week:
        """What is still to be sent; the first week begins with the Monday that comes."""
        with self._ledger() as ledger:
            notes = ledger.notes("")
            noted = notes.get(DIGEST, "")
            if noted is None:
                week = Week(due=due)
            else:
                week = msgspec.json.decode(noted[0], type=Week)
                if due <= week.due <= self._clock():
                    return week
                # what a clock noted that was ahead stands for the week in which it was set right
                week = Week(due=due, left=owners if week.due < due else [])
            notes.put(DIGEST, "", msgspec.json.encode(week))
            return week

    def _save_week(self, week: Week) -> None:
        with self._ledger() as ledger:
            ledger.notes("").put(DIGEST, "", msgspec.json.encode(week))

    def _compose(self, telling: Telling, address: str, rooms: Collection[str]) -> Letter:
        found: list[RoomDigest] = []
        unknown = []
        with self._ledger() as ledger:
            for room in rooms:
                told = [
                    one
                    for target in telling.targets
                    if (
                        one := read_room(
                            ledger, target, room, owner=address, matching=telling.matching[target]
                        )
                    )
                ]
                found += told
                unknown += [] if told else [room]
        return digest_letter(found, unknown, shown_as=telling.shown_as)


def last_monday(now: float, timezone: str) -> float:
    """The moment at which the newest digest fell due, in seconds since 1970."""
    zone = ZoneInfo(timezone)
    here = datetime.fromtimestamp(now, zone)
    monday = (here - timedelta(days=here.weekday())).replace(
        hour=DIGEST_AT, minute=0, second=0, microsecond=0
    )
    return (monday if monday <= here else monday - timedelta(days=7)).timestamp()


def _is_over(pause_ends: float, now: float) -> bool:
    """Whether a pause is over; an end further away than any pause comes from a clock that was ahead."""
    return not now < pause_ends <= now + PAUSES_S[-1]


def _pause(tries: int) -> float:
    return PAUSES_S[min(tries, len(PAUSES_S) - 1)]


def _reasons(run_id: str, report: Mapping[str, Any]) -> dict[str, Any]:
    """The reasons of a run with and without titles, their codes, and its counts."""
    reasons = tuple(report.get("reasons", ()))
    return {
        "reasons": reasons,
        "untitled": tuple(dict.fromkeys(_untitled(run_id, report))),
        "codes": tuple(dict.fromkeys(one["code"] for one in report.get("findings", ()))),
        "documents": dict(report.get("documents", {})),
    }


def _untitled(run_id: str, report: Mapping[str, Any]) -> Iterator[str]:
    """What a run found in words that name no document but by its id."""
    for one in report.get("findings", ()):
        try:
            finding = Finding(
                Code(one["code"]),
                {**one["values"], "title": ""} if "title" in one["values"] else one["values"],
            )
            said = words.say(finding, run_id=run_id)
        except (ValueError, KeyError, AttributeError, TypeError):
            said = str(one["code"])  # its values were objects, or a newer release wrote it
        if said:
            yield str(hidden(said))
