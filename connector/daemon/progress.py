"""
Whether a run advances: what the watchdog, the health check and the status page go by.

A heartbeat that beats while nothing moves is worse than none. A run advances when items are listed or documents
are accepted. Clean answers count for a while as well (asking for suspects one by one lists and pushes nothing),
but not for ever: a loop that reads the same page again and again gets clean answers, too.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from connector.document.counting import counted
from connector.document.durations import HOUR_S
from connector.errors import LedgerError
from connector.plan.remaining_time import Outlook

TOO_MANY = "429"
LONGEST_WITHOUT_MOVE_S = 6 * HOUR_S
SPARE_S = 300.0
TURNED_AWAY_S = 10.0
"""A host that turns calls away now and then is nothing to be told of."""


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long a run may stand still before it counts as stalled, in seconds."""

    without_answer_s: float
    """Neither a move nor a clean answer. Longer than the longest call that may be waited for."""
    without_move_s: float = LONGEST_WITHOUT_MOVE_S
    """No move, whatever is answered."""


class Progress:
    """How far the run of one target is."""

    def __init__(self, patience: Patience, clock: Callable[[], float]) -> None:
        self.patience = patience
        self.mode = ""
        """Of the run under way; empty between runs."""
        self.seen = 0
        self.pushed = 0
        self.is_to_stop = False
        """Whether the run under way should finish the batch in hand and end."""
        self.outlook = Outlook(clock)
        """How long the rest of the run takes."""
        self.unwritten_for: LedgerError | None = None
        """Why the last run could not be written down; None once one was."""
        self.unwritten_at = 0.0
        self._clock = clock
        self._moved_at = self._answered_at = clock()
        self._turned_away: dict[str, float] = {}
        """Hosts that said of every call lately that there are too many, and since when."""

    def begin(self, mode: str) -> None:
        """A run starts."""
        self.mode, self.seen, self.pushed, self.outlook = mode, 0, 0, Outlook(self._clock)
        self.is_to_stop = False
        self._moved_at = self._answered_at = self._clock()
        self._turned_away.clear()

    def end(self) -> None:
        """Nothing is under way."""
        self.mode = ""

    @property
    def unwritten(self) -> str:
        """The same in words; empty where there is nothing to say."""
        return str(self.unwritten_for or "")

    def leave_unwritten(self, why: LedgerError, *, now: float) -> None:
        """
        A run was due, and the ledger did not take it.

        Args:
            now: by the clock of the ledger.
        """
        self.unwritten_for, self.unwritten_at = why, now

    def see(self, count: int) -> None:
        """Items were listed."""
        self.seen += count
        self._moved_at = self._clock()

    def push(self, count: int) -> None:
        """The target accepted documents."""
        self.pushed += count
        self._moved_at = self._clock()

    def answer(self, status: str, host: str = "") -> None:
        """A neighbour answered; only a clean answer tells that something goes on."""
        if status.startswith("2"):
            self.hear()
        if status == TOO_MANY:
            self._turned_away.setdefault(host, self._clock())
        else:
            self._turned_away.pop(host, None)

    @property
    def waits_for(self) -> str:
        """Which hosts the run waits for, since they take no calls now, in words; empty: none."""
        now = self._clock()
        hosts = sorted(one for one, since in self._turned_away.items() if now - since >= TURNED_AWAY_S)
        if not self.mode or not hosts:
            return ""
        return (
            f"{', '.join(hosts)} {'answers' if len(hosts) == 1 else 'answer'} that there are too many calls"
        )

    def hear(self) -> None:
        """Something goes on, here or at a service that does a part of the run."""
        self._answered_at = self._clock()

    def stalled(self) -> str:
        """Why the run counts as stalled, in words; empty while it advances, and between runs."""
        if not self.mode:
            return ""
        now = self._clock()
        still = now - self._moved_at
        if still > self.patience.without_move_s:
            return f"the {self.mode} run listed and pushed nothing for {still:.0f} s"
        silent = now - max(self._moved_at, self._answered_at)
        if silent > self.patience.without_answer_s:
            return f"the {self.mode} run got no answer and pushed nothing for {silent:.0f} s"
        return ""

    def words(self) -> str:
        """One line for the supervisor and the log."""
        if not self.mode:
            return "waiting for the next run"
        done = f"{counted(self.seen, 'item')} seen, {counted(self.pushed, 'document')} accepted"
        return "; ".join(one for one in (f"{self.mode} run: {done}", self.waits_for) if one)
