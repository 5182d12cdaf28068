"""
A service that could not start: a setting is refused, a secret missing, its address taken. It ends, and nobody reads its log at night.

It is told by what is right in the settings, as whatever becomes of settings: once, and once more when a service has taken them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from socket import gethostname

from connector.errors import LeaseHeld
from connector.machine.lock import nobody_serving
from connector.wiring.after_runs import AT_ONCE_S, look_carefully
from connector.wiring.notifications import notifier_of
from connector.wiring.opening import Opening


async def tell_of_refused_start(opening: Callable[[], Opening], why: str) -> None:
    """
    Tell it, unless there is no ledger that knows whether it was told, or a service works with that all the same.

    Args:
        opening: makes a connector of what is right in its settings; may raise `SettingsError`.
        why: it could not, a mistake a line.
    """

    async def look() -> None:
        app = opening()
        if app.missing_ledger() or not app.has_ledger():
            return
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(_alone(app))
            except LeaseHeld:
                return
            host = gethostname() if app.shared_ledger else ""
            await notifier_of(lambda: app).look_at_settings(why, host=host, runs=False)

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(AT_ONCE_S):
            await look_carefully("notify", look)


@contextlib.contextmanager
def _alone(app: Opening) -> Iterator[None]:
    """
    Raises:
        LeaseHeld: a service works with the ledger, and tells of its settings itself.
    """
    file = app.ledger_file
    with nobody_serving(file.parent) if file is not None else contextlib.nullcontext():
        yield
