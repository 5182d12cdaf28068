"""
The round that every service makes: whatever is begun and done by nobody is given back, and who is silent is given up.

DBOS gives nobody's work to somebody else (docs/adr/0014-runs-on-dbos.md). Whoever gets the lock looks after the others. All
of it is asked anew each time, of what stands there: a round that dies between two steps leaves nothing behind that the next
one does not see.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, ExitStack
from time import monotonic

import msgspec
import structlog

from connector.document.durations import DAY_S, HOUR_S
from connector.ports.engine import WALK, Heard, Queue, Roll

BEAT_S = 5.0
SILENT_S = 30.0
"""Who was not heard of for so long is given up."""
MOST_TAKEN = 3
"""What so many members died of is not begun again; the next tick is new work."""
MOST_SEATS = 12
"""The same of a seat: a room that members die with is given up long before."""
FORGOTTEN_AFTER_S = 7 * DAY_S
"""What the queue still knows of work that is done is told nobody; else each run would stay in it for ever."""
FORGETS_EVERY_S = HOUR_S
FORGETS_AT_ONCE = 1_000


class Pulse(msgspec.Struct, frozen=True, kw_only=True):
    """How often a member beats, and when it is silent."""

    beat_s: float = BEAT_S
    silent_s: float = SILENT_S


class OwnRoll:
    """The list of members, by a connection of one thread's own."""

    def __init__(self, open_roll: Callable[[], AbstractContextManager[Roll]]) -> None:
        self._open_roll = open_roll
        self._opened: ExitStack | None = None
        self._roll: Roll | None = None

    def connected(self) -> Roll:
        """
        The list, opened where it is not.

        Raises:
            LedgerError: the database does not answer.
        """
        if self._roll is None:
            with ExitStack() as opened:
                self._roll = opened.enter_context(self._open_roll())
                self._opened = opened.pop_all()
        return self._roll

    def close(self) -> None:
        """Let go of the database."""
        opened, self._opened, self._roll = self._opened, None, None
        if opened is not None:
            opened.close()


class Silence:
    """
    For how long each member was not heard of, as one service saw it.

    No clock decides that, which may be set: only whether a beat is another one than at the look before. A look that had to
    wait, for a database that stood still with all its members, counts as one.
    """

    def __init__(self, most_s: float) -> None:
        """
        Args:
            most_s: no look counts as longer than this after the one before.
        """
        self._most_s = most_s
        self._looked_at = monotonic()
        self._silent: dict[str, tuple[float, float]] = {}
        """By member: its last beat, and for how long that was the last."""

    def look(self, working: Mapping[str, Heard]) -> dict[str, float]:
        """For how long each was silent by now, in seconds."""
        now = monotonic()
        passed, self._looked_at = min(now - self._looked_at, self._most_s), now
        known, self._silent = self._silent, {}
        for member, heard in working.items():
            at, silent_s = known.get(member, (None, 0.0))
            self._silent[member] = heard.at, silent_s + passed if at == heard.at else 0.0
        return {member: silent_s for member, (_, silent_s) in self._silent.items()}


class Rounds:
    """Of one service."""

    def __init__(
        self,
        member: str,
        open_roll: Callable[[], AbstractContextManager[Roll]],
        queue: Queue,
        in_hand: Collection[str],
        pulse: Pulse,
    ) -> None:
        """
        Args:
            open_roll: opens a connection of its own.
            in_hand: names of the work that is done here, as they are now.
        """
        self.leads = False
        """Whether this service works for the longest of all."""
        self.waiting = 0
        """How much waited when it looked last."""
        self._member = member
        self._roll = OwnRoll(open_roll)
        self._queue = queue
        self._in_hand = in_hand
        self._silent_s = pulse.silent_s
        self._silence = Silence(2 * pulse.beat_s)
        self._not_done: set[str] = set()
        """Begun here when it looked last, as the queue says, and done by nobody."""
        self._forgot_at = monotonic() - FORGETS_EVERY_S
        self._log = structlog.get_logger()

    def make(self) -> None:
        """
        Make one round.

        Raises:
            LedgerError: the database does not answer.
        """
        roll = self._roll.connected()
        self.waiting = self._queue.waiting()
        with roll.at_once():
            alone = roll.alone()
            begun = self._queue.begun()  # before: whoever began something has joined
            working = roll.working()
            self.leads = next(iter(working), "") == self._member
            silent = self._silence.look(working)
            if self._member not in working:
                return  # the others gave it up, and have its work
            if alone:
                self._look_after_others(roll, begun, working, silent)
        self._look_after_itself(begun)
        if self.leads:
            self._forget(working[self._member].at)

    def close(self) -> None:
        """Let go of the database."""
        self._roll.close()

    def _look_after_itself(self, begun: Mapping[str, str]) -> None:
        """
        Give back what is begun here, as the queue says, and in nobody's hand at two looks in a row.

        *Observed* (DBOS 3.4): a database that dies as work is handed out, or as its end is written down, leaves it begun
        by a service that lives and does nothing about it; nothing of the same target would ever be done again.
        """
        not_done = {work for work, member in begun.items() if member == self._member} - {*self._in_hand}
        if stranded := sorted(not_done & self._not_done):
            self._log.warning("work.given_back", work=stranded, why="it was begun here, and nobody does it")
            self._queue.give_back(stranded)
        self._not_done = not_done - {*stranded}

    def _look_after_others(
        self, roll: Roll, begun: Mapping[str, str], working: dict[str, Heard], silent: Mapping[str, float]
    ) -> None:
        """Level-triggered: what is to be done is read of what stands there, never of what happened."""
        now = time.time()
        for member, silent_s in silent.items():
            if silent_s < self._silent_s or member == self._member:
                continue
            if (host := roll.give_up(member, working[member].at)) is not None:
                self._log.warning("worker.silent", member=member, host=host, seconds=round(silent_s))
                del working[member]
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
        if old := self._queue.of_other_versions(sorted({one.version for one in working.values()})):
            self._log.warning("work.of_another_version", work=list(old))
            self._queue.renew(old)
        self._queue.share(len(working))
        roll.forget(now=now)

    def _forget(self, now: float) -> None:
        """A part at a time: of years that nobody cleared all at once would keep whoever looks after the others."""
        if monotonic() - self._forgot_at < FORGETS_EVERY_S:
            return
        gone = self._queue.forget(before=now - FORGOTTEN_AFTER_S, most=FORGETS_AT_ONCE)
        if gone < FORGETS_AT_ONCE:
            self._forgot_at = monotonic()
