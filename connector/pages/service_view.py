"""The service as the status page sees it: what its pages may ask of it, and what they have it do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from connector.app import App
from connector.daemon.progress import Progress
from connector.plan.options import Decision
from connector.status.metrics import Metrics


class Decide(Protocol):
    """Takes what a person decides about an earlier run."""

    async def take(self, target: str, decision: Decision) -> None:
        """
        Have it carried out by the next run, which begins as soon as may be.

        Raises:
            LedgerError: it cannot be written down.
        """

    def waiting(self, target: str) -> Sequence[Decision]:
        """What was taken and is not carried out yet."""


class ServiceView(msgspec.Struct, frozen=True, kw_only=True):
    """The service, as pages see it."""

    app: Callable[[], App]
    """The connector as the settings are now."""
    metrics: Metrics
    lanes: Callable[[], Mapping[str, Progress]]
    """How far each target's run is."""
    clock: Callable[[], float]
    refused: Callable[[], str]
    """Why the settings were refused when they were read last, in words; empty where they were not."""
    decide: Decide | None = None
    """None: nothing is decided here."""
