"""What becomes of a service's settings, told beside its runs: in a ledger that services share, and to whoever is told of runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from socket import gethostname

from connector.ledger.refused_settings import forget_refused, note_refused
from connector.notify.notifier import Notifier
from connector.wiring.opening import Opening


class SettingsNews:
    """Looks whether the service was refused its settings. Each service tells of its own, whoever of them leads."""

    def __init__(self, app: Callable[[], Opening], refused: Callable[[], str], notifier: Notifier) -> None:
        """
        Args:
            app: as the settings are now.
            refused: why they were when they were read last; empty where they were not.
        """
        self._app, self._refused, self._notifier = app, refused, notifier
        self._host = gethostname()
        self._may_be_noted = True
        """Also by a service of this machine that was killed."""

    async def look(self) -> None:
        """
        Tell what is new.

        Raises:
            ConnectorError: the ledger cannot be used.
        """
        app, why = self._app(), self._refused()
        if app.shared_ledger and (why or self._may_be_noted):
            await asyncio.to_thread(self._note, app, why)
        await self._notifier.look_at_settings(why, host=self._host if app.shared_ledger else "")

    def _note(self, app: Opening, why: str) -> None:
        with app.ledger() as ledger:
            if why:
                note_refused(ledger.notes(""), self._host, why, at=app.now())
            else:
                forget_refused(ledger.notes(""), self._host)
        self._may_be_noted = bool(why)
