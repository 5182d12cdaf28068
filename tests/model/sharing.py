"""The same model where several services walk the rooms of each full run: only with ledgers on PostgreSQL."""

from __future__ import annotations

import time
from typing import Any

import pytest

from connector.plan.report import Report
from connector.runs import seat, sharing
from connector.wiring import seat as waiting_seat
from tests import ledgers
from tests.engine.table import Table, furnish
from tests.model.machine import Machine
from tests.neighbourhood import Neighbourhood, neighbourhood

SERVICES = 2


class SharedMachine(Machine):
    """Whoever is offered a seat takes it, in this process; when it dies, all die with it."""

    def __init__(self) -> None:
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(seat, "BEAT_S", 0.05)
        self.patch.setattr(waiting_seat, "LOOK_S", 0.01)
        self.patch.setattr(sharing, "LOOK_S", 0.02)
        self.patch.setattr(sharing, "HELD_LOOK_S", 0.05)
        self.shared = 0
        super().__init__()

    async def _open(self) -> Neighbourhood:
        near = await self.stack.enter_async_context(
            neighbourhood(self.folder / "first", lambda world: self.small.append(furnish(world)))
        )
        self.allow_everything(near)
        near.values["sources.interaxo.concurrency"] = 9
        near.values["targets.intranet.concurrency"] = 4
        self._alone = near.run
        self.patch.setattr(near, "run", self._run)
        return near

    async def _run(self, mode: str = "delta", watch: Any = None, **wanted: Any) -> Report:
        url = ledgers.url_of(self.near.folder)
        if mode != "full" or watch is not None or url is None:
            return await self._alone(mode, watch, **wanted)
        table = Together(self.near, url)
        with self.near.app().ledger() as ledger:
            members = ledger.members()
            for name in {f"member-{n}" for n in range(SERVICES)} - members.working().keys():
                members.join(name, "a-host", Table.version, now=time.time())
        try:
            return await table.run(mode, **wanted)
        finally:
            self.shared += len(table.needed) > 1

    def make_good(self) -> None:
        super().make_good()
        assert self.shared, "its last run at least is shared"

    def teardown(self) -> None:
        super().teardown()
        self.patch.undo()


class Together(Table):
    """All of them are one process."""

    def is_over(self) -> None:
        """They die with it."""
        for task in self.tasks.values():
            task.cancel()
