"""When a full run is due, and whether it may be: one was missed, or asked for, and no quiet hours are now."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import structlog

from connector.app import App
from connector.daemon.schedule import FULL_AGAIN_S, was_due
from connector.document.durations import pause_is_over
from connector.document.states import KILLED, Outcome
from connector.plan.item import Mode
from connector.plan.report import stamp


class Due:
    """What is due of every target."""

    def __init__(self, app: Callable[[], App], *, clock: Callable[[], float], jitter_s: int) -> None:
        """
        Args:
            app: as the settings are now.
        """
        self._of_now = app
        self._clock = clock
        self._jitter_s = jitter_s
        self.put_off: dict[str, float] = {}
        """Targets whose full run waits for the end of quiet hours, or of a pause: until when, at least, in seconds since 1970."""
        self._log = structlog.get_logger()

    @property
    def _app(self) -> App:
        return self._of_now()

    def missed(self, target: str) -> Mode | None:
        """What fell due while the service was down."""
        schedule, now = self._app.settings.schedule, self._clock()
        with self._app.ledger() as ledger:
            last = ledger.runs(target).last()
        if self.full(target):
            return Mode.FULL
        late = schedule.delta and (
            last is None
            or was_due(schedule.delta, schedule.timezone, since=last.started_at + self._jitter_s, now=now)
        )
        return Mode.DELTA if late else None

    def full(self, target: str) -> bool:
        """Whether a full run should be next, and may be."""
        return self._full_wanted(target) and not self.must_wait(target)

    def must_wait(self, target: str) -> bool:
        """Whether a full run has to wait for the end of quiet hours; it is then done at their end."""
        until = self._app.quiet_until(target)
        if until and target not in self.put_off:
            self.put_off[target] = 0.0
            self._log.info("run.waits", target=target, mode="full", until=stamp(until), why="quiet hours")
        return until > 0

    def try_again(self, target: str) -> None:
        """A full run did not come to its end: it is done after a pause, also where no delta asks whether it is due."""
        self.put_off[target] = self._clock() + FULL_AGAIN_S

    def waited_for(self, targets: Iterable[str]) -> list[str]:
        """
        Of some targets, those whose full run waited and may be done now.

        Raises:
            LedgerError: it cannot be asked now; they wait on.
        """
        now = self._clock()
        over = [
            one
            for one, at in self.put_off.items()
            if pause_is_over(at, now=now, longest=FULL_AGAIN_S) and not self._app.quiet_until(one)
        ]
        wanted = [one for one in over if one in set(targets) and self.full(one)]
        for one in over:  # not before the ledger told: else it would be forgotten
            if one in wanted or not now < self.put_off[one]:  # else it is put off anew
                del self.put_off[one]
        return wanted

    def _full_wanted(self, target: str) -> bool:
        """Whether a full run should be next: none was done yet, one was missed, or the last run asks for one."""
        if self._app.next_mode(target) is Mode.FULL:
            return True
        schedule, now = self._app.settings.schedule, self._clock()
        if not schedule.full:
            return False
        with self._app.ledger() as ledger:
            last = ledger.browse(target).last_whole_full()
        if last is None:
            return True
        if last.outcome in {Outcome.CANCELLED, KILLED}:
            return True
        if last.outcome == Outcome.FAILED:
            again = last.ended_at + FULL_AGAIN_S
            if now < again:
                self.put_off[target] = again
            return now >= again
        # the jitter keeps the firing that the last full run answered from counting again
        return was_due(schedule.full, schedule.timezone, since=last.started_at + self._jitter_s, now=now)
