"""
The membership of one service: it says that it is alive, looks after the others, and ends itself when they gave it up.

DBOS gives nobody's work to somebody else (docs/adr/0014-runs-on-dbos.md). So every service beats, in a thread and with a
connection of its own; another thread, which waits for nobody, watches that it does. Whoever gets the lock makes a round: members that are silent are given up, then whatever was begun
by somebody who is no member is given back. That is asked anew each time, of what stands there: a round that dies
between two steps leaves nothing behind that the next one does not see.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager

import msgspec
import structlog

from connector.errors import ConnectorError
from connector.ports.engine import WALK, Executor, Queue, Roll

BEAT_S = 5.0
SILENT_S = 30.0
"""Who was not heard of for so long is given up."""
MOST_TAKEN = 3
"""What so many members died of is not begun again; the next tick is new work."""
MOST_SEATS = 12
"""The same of a seat: a room that members die with is given up long before."""
STUCK_S = 60.0
"""A program whose loop does not turn for so long is as good as dead, though a thread of it still beats."""
GIVEN_UP = 75
WATCH_S = 1.0
"""How often the thread that waits for nobody looks."""


class Pulse(msgspec.Struct, frozen=True, kw_only=True):
    """How often a member beats, and when it is silent."""

    beat_s: float = BEAT_S
    silent_s: float = SILENT_S


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
        pulse: Pulse | None = None,
        die: Callable[[str], None] = end_at_once,
    ) -> None:
        """
        Args:
            open_roll: opens a connection of its own.
        """
        self.member = member
        self.leads = False
        """Whether it works for the longest of all."""
        self.takes_work = False
        """Before it does it only beats."""
        self._open_roll = open_roll
        self._queue = queue
        self._executor = executor
        self._pulse = pulse or Pulse()
        self._in_hand: set[str] = set()
        """Names of the work that is done here now."""
        self._not_done: set[str] = set()
        """Begun here when it looked last, as the queue says, and done by nobody."""
        self._die = die
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._opened: ExitStack | None = None
        self._roll: Roll | None = None
        self._waiting = 0
        self._in_touch_since = self._heard = self._turned = self._idle_at = time.monotonic()
        self._log = structlog.get_logger()

    def join(self, host: str, version: str) -> None:
        """
        Become a member; before any work is taken, so that nothing is ever begun by somebody who is none.

        Raises:
            LedgerError: the database does not answer.
        """
        self._connected().join(self.member, host, version, now=time.time())
        self._in_touch_since = self._heard = self._turned = time.monotonic()

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to beat, beside a loop that has to turn."""
        self._threads = [
            threading.Thread(target=self._keep, args=(loop,), name="beating", daemon=True),
            threading.Thread(target=self._keep_watch, name="watching", daemon=True),
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
        for one in self._threads:
            one.join(timeout=self._pulse.beat_s)
        try:
            self._connected().leave(self.member, now=time.time())
        except ConnectorError as error:
            self._log.warning("worker.not_left", why=str(error))
        self._close()

    def _keep(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._or_die():
            while not self._over.wait(self._pulse.beat_s):
                loop.call_soon_threadsafe(self._mark)
                self.turn()

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

    def turn(self) -> None:
        """Beat once, and look after the others."""
        stuck_s = time.monotonic() - self._turned
        if stuck_s > STUCK_S:
            self._log.error("worker.stuck", seconds=round(stuck_s))
            return
        try:
            self._beat()
        except ConnectorError as error:
            self._close()
            silent = time.monotonic() - self._heard
            self._log.warning("worker.cut_off", seconds=round(silent), why=str(error))

    def _beat(self) -> None:
        roll = self._connected()
        doing = self._executor.under_way()
        if not roll.beat(self.member, doing, self._waiting, now=time.time()):
            self._die("the others gave this worker up; they have its work")
            return
        now = time.monotonic()
        if now - self._heard > self._pulse.silent_s:
            self._in_touch_since = now  # what was silent meanwhile was perhaps the database
        self._heard = now
        if not self.takes_work:
            return
        self._waiting = self._queue.waiting()
        self.leads = roll.eldest() == self.member
        begun = self._queue.begun()
        self._look_after_itself(begun)
        with roll.at_once():
            if roll.alone():
                self._make_round(roll, begun)

    def _look_after_itself(self, begun: Mapping[str, str]) -> None:
        """
        Give back what is begun here, as the queue says, and in nobody's hand at two beats in a row.

        *Observed* (DBOS 3.4): a database that dies as work is handed out, or as its end is written down, leaves it begun
        by a service that lives and does nothing about it; nothing of the same target would ever be done again.
        """
        not_done = {work for work, member in begun.items() if member == self.member} - {*self._in_hand}
        if stranded := sorted(not_done & self._not_done):
            self._log.warning("work.given_back", work=stranded, why="it was begun here, and nobody does it")
            self._queue.give_back(stranded)
        self._not_done = not_done - {*stranded}

    def _make_round(self, roll: Roll, begun: Mapping[str, str]) -> None:
        """
        Level-triggered: what is to be done is read of what stands there, never of what happened.

        Args:
            begun: asked before who works is: whoever began something has joined before.
        """
        now = time.time()
        if time.monotonic() - self._in_touch_since > self._pulse.silent_s:
            for member, host, silent_s in roll.silence(self._pulse.silent_s, now=now):
                self._log.warning("worker.silent", member=member, host=host, seconds=round(silent_s))
        working = roll.working()
        left = roll.left()
        back: list[str] = []
        poison: list[str] = []
        for work, member in begun.items():
            if member in working:
                continue
            taken = 0 if member in left else roll.take(work, member, now=now)
            most = MOST_SEATS if work.startswith(f"{WALK}/") else MOST_TAKEN
            (poison if taken >= most else back).append(work)
            self._log.warning("work.taken_over", work=work, member=member, times=taken)
        if back:
            self._queue.give_back(back)
        if poison:
            self._log.error("work.given_up", work=poison, why="each worker that took it died with it")
            self._queue.drop(poison)
        if old := self._queue.of_other_versions(sorted(set(working.values()))):
            self._log.warning("work.of_another_version", work=list(old))
            self._queue.drop(old)
        self._queue.share(len(working))
        roll.forget(now=now)

    def _connected(self) -> Roll:
        if self._roll is None:
            with ExitStack() as opened:
                self._roll = opened.enter_context(self._open_roll())
                self._opened = opened.pop_all()
        return self._roll

    def _close(self) -> None:
        opened, self._opened, self._roll = self._opened, None, None
        if opened is not None:
            opened.close()
