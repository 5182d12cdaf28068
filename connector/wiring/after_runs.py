"""
What is done beside the runs and in nobody's way: somebody is told, owners get the week's mail, the canary is
renewed and looked for.

Whatever becomes of it, a bug of ours included, is logged and no more: it never delays or fails a run.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable, Callable, Mapping

import structlog

from connector.engine.lasting_trouble import LastingTrouble
from connector.errors import ConnectorError, LeaseHeld
from connector.machine.lock import nobody_serving
from connector.machine.storage import words_of_error
from connector.wiring.canary import canary_of
from connector.wiring.notifications import digest_of, notifier_of
from connector.wiring.opening import Opening

AT_ONCE_S = 15.0
"""How long a verb waits for all of it, after its run has ended and its report was printed."""
_NUMBER = re.compile(r"\d+")
Look = Callable[[], Awaitable[None]]


class Sparingly:
    """What was told of one look: the same trouble sparingly, another one at once."""

    def __init__(self) -> None:
        self._kind = ""
        self._trouble = LastingTrouble()

    def is_due(self, words: str) -> bool:
        """Whether a trouble is to be told now; a number in it, such as of bytes that are free, makes it no other one."""
        kind = _NUMBER.sub("", words)
        if kind != self._kind:
            self._kind, self._trouble = kind, LastingTrouble()
        return self._trouble.is_due(time.monotonic())


async def look_carefully(name: str, look: Look, told: Sparingly | None = None) -> None:
    """
    Do one of it, whatever comes of that.

    Args:
        told: of the looks before this one.
    """
    log, told = structlog.get_logger(f"connector.{name}"), told or Sparingly()
    try:
        await look()
        told.is_due("")  # what comes after a good look is new
    except ConnectorError as error:
        if told.is_due(str(error)):
            log.error(f"{name}.failed", why=str(error))  # noqa: TRY400 - its words tell all
    except Exception as error:
        words = words_of_error(error)
        if words and told.is_due(words):
            log.error(f"{name}.failed", why=words)  # noqa: TRY400 - a full disk, say: its words tell all
        elif not words and told.is_due(repr(error)):
            log.exception(f"{name}.bug")


async def look_now_and_then(
    name: str, look: Look, *, every_s: float, leads: Callable[[], bool] = lambda: True
) -> None:
    """
    Do it for as long as the service runs.

    Args:
        leads: whether this is the one of several services that does so.
    """
    told = Sparingly()
    while True:
        if leads():
            await look_carefully(name, look, told)
        await asyncio.sleep(every_s)


def looks_of(app: Opening) -> Mapping[str, Look]:
    """All of it, by name."""
    return {
        "notify": notifier_of(lambda: app).look,
        "digest": digest_of(lambda: app).look,
        "canary": canary_of(lambda: app).look,
    }


async def look_at_the_end(app: Opening) -> None:
    """
    Do it once after a run that a verb has just done, where no service does so.

    What was not done in this time is left to the next run, or the service.
    """
    file = app.ledger_file
    with contextlib.ExitStack() as stack:
        try:
            if app.services.are_working():
                return  # the one that leads does it
            if file is not None:
                stack.enter_context(nobody_serving(file.parent))
        except ConnectorError as error:
            if not isinstance(error, LeaseHeld):
                structlog.get_logger().error("beside.failed", why=str(error))
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(AT_ONCE_S):
                await asyncio.gather(*(look_carefully(name, look) for name, look in looks_of(app).items()))
