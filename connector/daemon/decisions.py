"""What people decided on the page and no run has carried out yet: in notes of the ledger, so that it outlives the service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
import structlog

from connector.app import App
from connector.errors import LedgerError
from connector.plan.options import Decision

KIND = "decided"
"""The kind of note: one for each run that was decided about, of the whole ledger; it depends on its target."""


class PageDecisions:
    """About the runs of one target."""

    def __init__(self, target: str, app: Callable[[], App]) -> None:
        """
        Args:
            app: as the settings are now.
        """
        self.waiting: list[Decision] = []
        """As it stood in the ledger last, by the age of the runs that it is about."""
        self._target = target
        self._app = app

    async def keep(self, decision: Decision) -> None:
        """
        Write down what a person decided.

        Raises:
            LedgerError: it cannot be, so nothing was decided.
        """

        def write() -> None:
            with self._app().ledger() as ledger:
                ledger.notes("").put_json(KIND, decision.about, decision, mark=self._target.encode())

        await asyncio.to_thread(write)
        if decision not in self.waiting:
            self.waiting.append(decision)

    async def take_up(self, done: Decision | None = None) -> None:
        """
        Read what was decided and not carried out: here, with a service that was killed since, or with another one.

        Args:
            done: what was carried out, or can be by no run.
        """
        mark = self._target.encode()

        def read() -> list[Decision]:
            with self._app().ledger() as ledger:
                notes = ledger.notes("")
                if done is not None:
                    notes.drop(KIND, mark, [done.about])
                return [msgspec.json.decode(value, type=Decision) for _, value in notes.page(KIND, mark)]

        try:
            self.waiting = await asyncio.to_thread(read)
        except LedgerError as error:
            # what was carried out is carried out once more then, which changes nothing
            structlog.get_logger().error("ledger.unusable", why=str(error))
