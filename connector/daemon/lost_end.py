"""
The end of a run that its ledger did not take: written down as soon as it does, so that the history, mails and page say why, and a full run
is begun again after a pause and not with the next delta, as one that was killed is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from connector.app import App
from connector.errors import ConnectorError, LeaseHeld, LedgerError


class _Lost(msgspec.Struct, frozen=True):
    error: LedgerError
    since: float
    at: float
    """When it began and ended, in seconds since 1970."""


class LostEnd:
    """Of the runs of one target."""

    def __init__(self, target: str, app: Callable[[], App]) -> None:
        """
        Args:
            app: as the settings are now.
        """
        self._target = target
        self._app = app
        self._lost: list[_Lost] = []
        """One may be in the history, and stand open there; the others could not begin."""

    def keep(self, error: LedgerError, *, since: float) -> None:
        """A run ended now without a report."""
        self._lost.append(_Lost(error, since, self._app().now()))

    async def write(self) -> None:
        """Write down what is kept; where that cannot be done now, it is kept on."""
        if not self._lost:
            return
        try:
            await asyncio.to_thread(self._write)
        except LeaseHeld:  # who works on the target has closed it
            self._lost.clear()
        except ConnectorError:  # the next run tells it as well
            return

    def _write(self) -> None:
        from connector.wiring.failed_start import note_lost_end

        while self._lost:
            lost = self._lost[-1]
            note_lost_end(self._app(), self._target, lost.error, since=lost.since, at=lost.at)
            self._lost.pop()
