"""
The membership of one service: it says that it is alive, looks after the others (`rounds`), and ends itself when they gave it up.

Every service beats, in a thread and with a connection of its own, which wait for nothing else: for a lock on the queue's tables
(an index that is made anew, `VACUUM FULL`) all would be as if dead. Another thread makes the rounds; a third one, which asks nobody,
watches that it beats.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import structlog

from connector.engine.lasting_trouble import LastingTrouble
from connector.engine.rounds import OwnRoll, Pulse, Rounds
from connector.errors import ConnectorError
from connector.ports.engine import Executor, Queue, Roll

STUCK_S = 60.0
"""A program whose loop does not turn for so long is as good as dead, though a thread of it still beats."""
GIVEN_UP = 75
WATCH_S = 1.0
"""How often the thread that waits for nobody looks."""


def end_at_once(why: str) -> None:
    """Leave nothing in hand: somebody else has it, or will. No clean-up, since each may send something."""
    structlog.get_logger().error("worker.ends_itself", why=why)
    os._exit(GIVEN_UP)


class Membership:
    """One service among the members."""

    def __init__(
        self,
        member: str,
        open_roll: Callable[[], AbstractContextManager[Roll]],
        queue: Queue,
        executor: Executor,
        *,
        pulse: Pulse | None,
        die: Callable[[str], None] = end_at_once,
    ) -> None:
        """
        Args:
            open_roll: opens a connection of its own.
        """
        self.member = member
        self.takes_work = False
        """Before it does it only beats."""
        self._roll = OwnRoll(open_roll)
        self._executor = executor
        self._pulse = pulse or Pulse()
        self._in_hand: set[str] = set()
        """Names of the work that is done here now."""
        self._rounds = Rounds(member, open_roll, queue, self._in_hand, self._pulse)
        self._die = die
        self._over = threading.Event()
        self._at_the_roll = threading.Lock()
        """One thread at a time: else who leaves would speak amid a beat, and the beat behind it find a service that is none."""
        self._threads: list[threading.Thread] = []
        self._heard = self._turned = self._idle_at = time.monotonic()
        self._stuck, self._cut_off, self._no_round = (LastingTrouble() for _ in range(3))
        self._log = structlog.get_logger()

    def join(self, host: str, version: str) -> None:
        """
        Become a member; before any work is taken, so that nothing is ever begun by somebody who is none.

        Raises:
            LedgerError: the database does not answer.
        """
        self._roll.connected().join(self.member, host, version, now=time.time())
        self._heard = self._turned = time.monotonic()

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to beat, beside a loop that has to turn."""
        self._threads = [
            threading.Thread(target=self._keep, args=(loop,), name="beating", daemon=True),
            threading.Thread(target=self._keep_watch, name="watching", daemon=True),
            threading.Thread(target=self._keep_order, name="rounds", daemon=True),
        ]
        for one in self._threads:
            one.start()

    @contextmanager
    def has_in_hand(self, work: str) -> Iterator[None]:
        """Inside, a piece of work is done here."""
        self._in_hand.add(work)
        try:
            yield
        finally:
            self._in_hand.discard(work)

    def leave(self) -> None:
        """Be no member any more: what it leaves undone is given back at the next round of somebody else."""
        self._over.set()
        for one in self._threads[:-1]:
            one.join(timeout=self._pulse.beat_s)
        with self._at_the_roll:
            try:
                self._roll.connected().leave(self.member, now=time.time())
            except ConnectorError as error:
                self._log.warning("worker.not_left", why=str(error))
            self._roll.close()
        for one in self._threads[-1:]:  # last: it may wait for the queue
            one.join(timeout=self._pulse.beat_s)

    def _keep(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._or_die():
            while not self._over.wait(self._pulse.beat_s):
                loop.call_soon_threadsafe(self._mark)
                self.beat()

    def _keep_order(self) -> None:
        with self._or_die():
            try:
                while not self._over.wait(self._pulse.beat_s):
                    self.look()
            finally:
                self._rounds.close()

    def _keep_watch(self) -> None:
        with self._or_die():
            while True:
                began = time.monotonic()
                if self._over.wait(min(WATCH_S, self._pulse.beat_s)):
                    return
                self.watch(time.monotonic() - began)

    @contextmanager
    def _or_die(self) -> Iterator[None]:
        """Of a thread that ends by a bug nobody would hear: the service would take work as somebody whom the others gave up."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is, the service is none any more
            if self._over.is_set():  # the loop is closed by now
                return
            self._log.exception("worker.bug")
            self._die(f"a thread of this worker ended by an error ({type(error).__name__})")

    def _mark(self) -> None:
        self._turned = time.monotonic()

    def watch(self, waited_s: float) -> None:
        """
        End the process where others have its work by now, without asking anybody.

        A worker without work waits for a database that is away; what has a run in hand cannot be ended in words, since
        whatever it writes waits as well. What it took after its last beat the ledger gave it: the database is back.

        Args:
            waited_s: since it looked last.
        """
        if waited_s > self._pulse.silent_s:
            self._die(f"this process stood still for {waited_s:.0f} s; others have its work by now")
        if not self._executor.under_way():
            self._idle_at = time.monotonic()
        silent = time.monotonic() - max(self._heard, self._idle_at)
        if silent > self._pulse.silent_s:
            self._die(
                f"this worker could not say in the ledger for {silent:.0f} s that it is alive; others may have its work"
            )

    def beat(self) -> None:
        """Say once that it is alive."""
        stuck_s = time.monotonic() - self._turned
        if stuck_s > STUCK_S:
            if self._stuck.is_due(time.monotonic()):
                self._log.error("worker.stuck", seconds=round(stuck_s))
            return
        self._stuck.ended(time.monotonic())
        with self._at_the_roll:
            if self._over.is_set():
                return
            try:
                self._beat()
            except ConnectorError as error:
                self._roll.close()
                now = time.monotonic()
                if self._cut_off.is_due(now):
                    self._log.warning("worker.cut_off", seconds=round(now - self._heard), why=str(error))
                return
            if lasted := self._cut_off.ended(time.monotonic()):
                self._log.info("worker.heard_again", seconds=round(lasted))

    def _beat(self) -> None:
        roll, doing = self._roll.connected(), self._executor.under_way()
        if roll.beat(self.member, doing, self._rounds.waiting, now=time.time()):
            self._heard = time.monotonic()
        else:
            self._die("the others gave this worker up; they have its work")

    def look(self) -> None:
        """Make one round, once it takes work."""
        if self.takes_work:
            try:
                self._rounds.make()
            except ConnectorError as error:
                self._rounds.close()
                if self._no_round.is_due(time.monotonic()):
                    self._log.warning("worker.no_round", why=str(error))
            else:
                self._no_round.ended(time.monotonic())

    @property
    def leads(self) -> bool:
        """Whether it works for the longest of all."""
        return self._rounds.leads
