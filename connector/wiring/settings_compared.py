"""Whether services that share a ledger go by the same settings: each says by which it does, and tells where another one differs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from hashlib import blake2b
from socket import gethostname

import msgspec
import structlog

from connector.ledger.settings_of_services import differing, note_settings
from connector.wiring.opening import Opening

PACE = {"concurrency", "calls_per_s", "batch_documents", "batch_bytes"}
"""Machines may differ in how fast they work."""


class SettingsCompared:
    """Of one service."""

    def __init__(self, app: Callable[[], Opening]) -> None:
        """
        Args:
            app: as the settings are now.
        """
        self._app = app
        self._here = f"{gethostname()} (process {os.getpid()})"
        self._tables: dict[str, str] = {}
        self._since = 0.0
        self._told = ""
        self._log = structlog.get_logger("connector.settings")

    async def look(self) -> None:
        """
        Say by which settings this service goes, and tell what differs.

        Raises:
            ConnectorError: the ledger cannot be used.
        """
        app = self._app()
        before, self._told = self._told, await asyncio.to_thread(self._look, app) if app.shared_ledger else ""
        if self._told and self._told != before:
            self._log.warning("settings.differ", why=self._told)

    def _look(self, app: Opening) -> str:
        tables, now = digests_of(app), app.now()
        if tables != self._tables:
            self._tables, self._since = tables, now
        with app.ledger() as ledger:
            notes = ledger.notes("")
            note_settings(notes, self._here, tables, since=self._since, at=now)
            return differing(notes, now=now)


def digests_of(app: Opening) -> dict[str, str]:
    """By table, what decides what is read and who finds it; secrets, and how fast that is done, are no part of it."""
    settings = app.settings
    tables = {
        **{f"sources.{name}": part for name, part in settings.sources.items()},
        **{f"targets.{name}": part for name, part in settings.targets.items()},
        "safety": settings.safety,
    }
    return {
        name: blake2b(
            msgspec.json.encode(part.model_dump(mode="json", exclude=PACE), order="sorted"), digest_size=8
        ).hexdigest()
        for name, part in tables.items()
    }
