"""
OCR in the service: a lane of its own, at an hour of its own, beside the runs and in nobody's way.

It takes no lease, and the places of readers that files leave over. What a restart or new settings interrupt goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from connector.app import App
from connector.daemon.lane import is_begun_anew
from connector.daemon.schedule import last_time, was_due
from connector.errors import ConnectorError
from connector.machine.storage import words_of_error
from connector.ports.engine import SCANS, Ended, Work
from connector.runs.night_ocr import Night, read_night

INTERRUPTED_S = 1.0
"""Until a night goes on that new settings interrupted."""


class OcrLane:
    """When scans are read."""

    def __init__(
        self, app: Callable[[], App], *, clock: Callable[[], float], ask: Callable[[Work], None] | None = None
    ) -> None:
        """
        Args:
            ask: has a night done by whichever service takes it; None: here.
        """
        self._app = app
        self._clock = clock
        self._ask = ask or (lambda _: self.begin())
        self._stopping = False
        self._night: asyncio.Task[Ended] | None = None
        self._log = structlog.get_logger()

    @property
    def cron(self) -> str:
        """When a night begins; empty where OCR is off, or no hour is set."""
        part = self._app().settings.text.ocr
        return part.at if part.languages else ""

    def catch_up(self) -> None:
        """Go on with a night that was interrupted, or begin one that fell due while the service was down."""
        settings = self._app().settings
        if not settings.text.ocr.languages:
            return
        with self._app().ledger() as ledger:
            last = read_night(ledger.notes(""))
        if not last.over or self._was_missed(last):
            self._ask_now()

    def _ask_now(self) -> None:
        settings, now = self._app().settings, self._clock()
        self._ask(Work(SCANS, "", last_time(settings.text.ocr.at, settings.schedule.timezone, before=now)))

    def _was_missed(self, last: Night) -> bool:
        settings, now = self._app().settings, self._clock()
        return bool(last.began and settings.text.ocr.at) and was_due(
            settings.text.ocr.at, settings.schedule.timezone, since=min(last.began, now), now=now
        )

    def begin(self) -> None:
        """Read what waits, unless that is being done."""
        if self._stopping or (self._night is not None and not self._night.done()):
            return
        self._night = asyncio.create_task(self._read())

    async def through(self) -> Ended:
        """
        Read what waits, to the end of the night, and say what became of it; what new settings interrupt goes on.

        Where OCR is off here another service may have it on; a night amid which it is switched off is over.
        """
        when_off = Ended.ELSEWHERE
        while not self._stopping:
            if not self._app().settings.text.ocr.languages:
                return when_off
            self.begin()
            night = self._night
            assert night is not None
            await asyncio.wait({night})
            if not night.cancelled() and not self._stopping:
                return night.result()
            when_off = Ended.DONE
            await asyncio.sleep(INTERRUPTED_S)
        return Ended.LEFT

    async def interrupt(self) -> None:
        """Leave it where it is; what was read is kept, and `catch_up` goes on."""
        night, self._night = self._night, None
        if night is not None:
            night.cancel()
            await asyncio.wait({night})

    async def stop(self) -> None:
        """The service ends."""
        self._stopping = True
        await self.interrupt()

    async def fire(self) -> None:
        """Its hour has come. A coroutine, since APScheduler takes plain functions to another thread."""
        self._ask_now()

    async def _read(self) -> Ended:
        """One night, whatever becomes of it; lost where the ledger went away amid it: it goes on once that is back."""
        try:
            self._log.info("ocr.began")
            night = await self._app().read_scans(stopping=lambda: self._stopping)
            if night is not None:
                self._log.info("ocr.night", files=night.files, seconds=round(night.spent_s), over=night.over)
        except ConnectorError as error:
            self._log.error("ocr.failed", error=str(error))
            return Ended.LOST if is_begun_anew(error) else Ended.FAILED
        except Exception as error:  # noqa: BLE001 - a bug of ours ends the night; the next one goes on from what was read
            if words := words_of_error(error) or (str(error) if isinstance(error, OSError) else ""):
                self._log.error("ocr.failed", error=words)
            else:
                self._log.exception("ocr.bug")
            return Ended.FAILED
        return Ended.DONE
