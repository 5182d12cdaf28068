"""Runs that new settings end, since they would go on showing somebody too much: each is made up for once it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from connector.daemon.lane import Lane
from connector.plan.item import Mode


class EndedRuns:
    """Those of one service."""

    def __init__(self, lanes: Mapping[str, Lane], ask: Callable[[str, Mode], None]) -> None:
        """
        Args:
            ask: for another run of a target.
        """
        self._lanes = lanes
        self._ask = ask
        self._ended: dict[str, Mode] = {}
        """By target, of which kind they are."""
        self.made_up: set[asyncio.Task[None]] = set()
        """Each waits for the end of one, and asks for another."""

    def end(self, target: str) -> None:
        """Have the run of a target end as soon as may be."""
        lane = self._lanes[target]
        self._ended[target] = Mode.FULL if lane.progress.mode == Mode.FULL else Mode.DELTA
        lane.progress.is_to_stop = True

    def make_up(self) -> list[str]:
        """The settings count by now: have a run of its kind done for each. Says for which targets."""
        ended, self._ended = self._ended, {}
        begun = {asyncio.create_task(self._make_up(target, mode)) for target, mode in ended.items()}
        self.made_up = begun | {task for task in self.made_up if not task.done()}
        return [*ended]

    async def _make_up(self, target: str, mode: Mode) -> None:
        lane = self._lanes.get(target)
        if lane is not None and lane.under_way:
            await asyncio.wait(lane.under_way)
        if target in self._lanes:
            self._ask(target, mode)
