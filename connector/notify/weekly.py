"""
The weekly digest: each owner of rooms gets one mail, on Monday. Apart from what is told of runs: neither waits for the other.

A list of owners that cannot be read, a mail server that hangs at each of a hundred owners, or a room of which nothing can be
written keeps nobody from hearing of a run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec
import structlog

from connector.errors import ConnectorError
from connector.ledger.store import Ledger
from connector.notify.digest import read_room
from connector.notify.message_words import Letter, RoomDigest, digest_letter
from connector.notify.notifier import GIVEN_UP_S, is_over, pause_after
from connector.notify.stored_state import Week, keep_week, read_week
from connector.ports.matching import Matching

DIGEST_AT = 7
"""On Mondays, this hour of `schedule.timezone`."""


class Post(Protocol):
    """What carries a mail."""

    async def send(self, letter: Letter, to: tuple[str, ...]) -> str:
        """
        Returns:
            Whom of several it did not reach, in words.

        Raises:
            NotTold: it reached nobody.
        """


class Weekly(msgspec.Struct, frozen=True, kw_only=True):
    """What the settings say of the weekly digest."""

    owners: Callable[[], Mapping[str, tuple[str, ...]]]
    """Rooms by the e-mail address of their owner. Raises `SettingsError` where the list cannot be read."""
    post: Post
    matching: Mapping[str, Matching]
    """By target: every one of the settings."""
    timezone: str
    shown_as: Callable[[str], str] = str
    """Names commands as they are typed on this machine."""


class Digest:
    """Sends what is due whenever it is asked to look."""

    def __init__(
        self,
        weekly: Callable[[], Weekly | None],
        ledger: Callable[[], AbstractContextManager[Ledger]],
        *,
        clock: Callable[[], float],
        counted: Callable[[str, bool], None],
    ) -> None:
        """
        Args:
            weekly: as the settings say now; None: no owner gets a mail.
            counted: hears of each attempt: the channel, and whether it reached somebody.
        """
        self._weekly = weekly
        self._ledger = ledger
        self._clock = clock
        self._counted = counted
        self._log = structlog.get_logger()

    async def look(self) -> None:
        """
        Send each owner the week's mail, once; those whom it did not reach are tried again.

        Raises:
            ConnectorError: the ledger cannot be used, or the list of owners cannot be read.
        """
        weekly = self._weekly()
        if weekly is None:
            return
        week = await asyncio.to_thread(self._week, weekly)
        if not week.left or not is_over(week.next_try, self._clock()):
            return
        if week.tries and self._clock() - max(week.due, week.since) > GIVEN_UP_S:
            self._log.error("notify.given_up", what="digest", owners=len(week.left))
            week.left = []
            await asyncio.to_thread(self._save, week)
            return
        owners = weekly.owners()
        week.next_try = self._clock() + pause_after(week.tries)
        week.tries += 1
        # first: where nothing can be written down, everybody would get it in each look
        await asyncio.to_thread(self._save, week)
        for address in list(week.left):
            await self._send(weekly, week, address, owners.get(address, ()))

    async def _send(self, weekly: Weekly, week: Week, address: str, rooms: Collection[str]) -> None:
        """Send one owner's mail, where she still owns something."""
        week.left.remove(address)
        week.left.append(address)  # one that cannot be written keeps nobody else waiting the next time
        try:
            if rooms:
                letter = await asyncio.to_thread(self._compose, weekly, address, rooms)
                await weekly.post.send(letter, (address,))
                self._counted("digest", True)
            week.left.remove(address)
        except ConnectorError as error:
            self._counted("digest", False)
            self._log.error("notify.failed", channel="digest", why=str(error))
        finally:  # a look that is cut off keeps whom it reached
            await asyncio.to_thread(self._save, week)

    def _week(self, weekly: Weekly) -> Week:
        """What is still to be sent; the first week begins with the Monday that comes."""
        now = self._clock()
        due = last_monday(now, weekly.timezone)
        with self._ledger() as ledger:
            notes = ledger.notes("")
            week = read_week(notes)
            if week is None:
                week = Week(due=due)
            elif due <= week.due <= now:
                return week
            else:
                # what a clock noted that was ahead stands for the week in which it was set right
                week = Week(due=due, left=list(weekly.owners()) if week.due < due else [], since=now)
            keep_week(notes, week)
            return week

    def _save(self, week: Week) -> None:
        with self._ledger() as ledger:
            keep_week(ledger.notes(""), week)

    def _compose(self, weekly: Weekly, address: str, rooms: Collection[str]) -> Letter:
        found: list[RoomDigest] = []
        unknown = []
        with self._ledger() as ledger:
            for room in rooms:
                told = [
                    one
                    for target, matching in weekly.matching.items()
                    if (one := read_room(ledger, target, room, owner=address, matching=matching))
                ]
                found += told
                unknown += [] if told else [room]
        return digest_letter(found, unknown, shown_as=weekly.shown_as)


def last_monday(now: float, timezone: str) -> float:
    """The moment at which the newest digest fell due, in seconds since 1970."""
    zone = ZoneInfo(timezone)
    here = datetime.fromtimestamp(now, zone)
    monday = (here - timedelta(days=here.weekday())).replace(
        hour=DIGEST_AT, minute=0, second=0, microsecond=0
    )
    return (monday if monday <= here else monday - timedelta(days=7)).timestamp()
