"""Has other processes told, such as `connector status`, which hosts a run of this service waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from connector.app import App
from connector.daemon.progress import Progress
from connector.ledger.hosts_waited_for import note_waits


class Waits:
    """What was told of each target last."""

    def __init__(self, app: Callable[[], App], progress: Callable[[], Mapping[str, Progress]]) -> None:
        """
        Args:
            app: as the settings are now.
            progress: of each target's run.
        """
        self._app = app
        self._progress = progress
        self._told: dict[str, str] = {}

    async def look(self) -> None:
        """
        Note what is otherwise than it was told.

        Raises:
            LedgerError: it cannot be written down.
        """
        for target, one in self._progress().items():
            if (words := one.waits_for) != self._told.get(target, ""):
                await asyncio.to_thread(self._note, target, words)
                self._told[target] = words

    def _note(self, target: str, words: str) -> None:
        app = self._app()
        with app.ledger() as ledger:
            note_waits(ledger.notes(""), target, words, at=app.now())
