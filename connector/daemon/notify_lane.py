"""Somebody is told beside the runs: for as long as the service runs, whatever becomes of one look."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from connector.errors import ConnectorError
from connector.notify.notifier import Notifier


async def look_now_and_then(notifier: Notifier, *, every_s: float, leads: Callable[[], bool]) -> None:
    """
    Look for news, and tell them.

    Args:
        leads: whether this is the one of several services that does so.
    """
    log = structlog.get_logger("connector.notify")
    while True:
        try:
            if leads():
                await notifier.look()
        except ConnectorError as error:
            log.error("notify.failed", why=str(error))  # noqa: TRY400 - its words tell all
        except Exception:
            log.exception("notify.bug")
        await asyncio.sleep(every_s)
