"""
The night's OCR: what waits in the notes of the sources is fetched once more, read, and left for the next run to push.

It takes no lease and pushes nothing: its result is a text in the cache and a mark in the notes. The run that comes next
makes the documents anew, and so meets every rule by itself: who may see them, whether they are still there, hidden, held.
What was killed goes on behind the last piece that was read; what the day's budget did not reach waits for the next day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
import structlog

from connector.document.document import Scope
from connector.document.states import DocumentState
from connector.errors import ConnectorError, RecordGone, RecordHidden, SourceRefused, SourceUnavailable
from connector.ledger.documents import Documents
from connector.ledger.notes import Notes
from connector.ports.scans import DONE, OVER, TURNS, WAITS, Refetching, Waiting
from connector.ports.source import Reading, Source
from connector.text.cache import FileRef
from connector.text.scans import Result, Scans

NIGHT = "ocr"
"""Kind of the ledger's own note that tells how far the night is: a Night as JSON."""
AT_ONCE = 100
IN_VAIN = 3
"""One file that could not be read now is passed over; a machine that reads none, so many in a row, ends the night."""


class Night(msgspec.Struct, frozen=True):
    """One night's work: when it began (seconds since 1970), the day it belongs to, what it spent, and whether it is over."""

    began: float = 0.0
    day: str = ""
    spent_s: float = 0.0
    """Of processor time, of the whole day."""
    files: int = 0
    over: bool = True


class Spending:
    """The budget of a day, kept in the ledger after every piece: a restart gives nothing back."""

    def __init__(
        self,
        notes: Notes,
        *,
        budget_s: float,
        zone: str,
        clock: Callable[[], float],
        stopping: Callable[[], bool],
    ) -> None:
        self._notes = notes
        self._budget_s = budget_s
        self._stopping = stopping
        last, now = read_night(notes), clock()
        day = datetime.fromtimestamp(now, ZoneInfo(zone)).date().isoformat()
        if last.over:
            spent = last.spent_s if last.day == day else 0.0
            self.night = Night(began=now, day=day, spent_s=spent, over=False)
        else:
            self.night = last  # killed in the middle: it goes on with what it had left
        self._write()

    @property
    def goes_on(self) -> bool:
        """Whether there is budget left, and nobody wants the night to end."""
        return self.night.spent_s < self._budget_s and not self._stopping()

    def spend(self, seconds: float) -> bool:
        """Take what one piece cost, and tell whether another one may be read."""
        self.night = msgspec.structs.replace(self.night, spent_s=self.night.spent_s + seconds)
        self._write()
        return self.goes_on

    def read(self) -> None:
        """One more file was read to its end."""
        self.night = msgspec.structs.replace(self.night, files=self.night.files + 1)
        self._write()

    def end(self) -> None:
        """Nothing waits any more, or the budget is spent; not where somebody asked to stop, since that goes on."""
        if not self._stopping():
            self.night = msgspec.structs.replace(self.night, over=True)
            self._write()

    def _write(self) -> None:
        self._notes.put_json(NIGHT, "", self.night)


def read_night(notes: Notes) -> Night:
    """The last night, or one that never was."""
    try:
        return notes.get_json(NIGHT, "", Night) or Night()
    except msgspec.DecodeError:
        return Night()


class NightOcr:
    """One night over the sources of one target."""

    def __init__(
        self, documents: Documents, notes: Callable[[str], Notes], scans: Scans, spending: Spending
    ) -> None:
        self._documents = documents
        self._notes = notes
        self._scans = scans
        self._spending = spending
        self._in_vain = 0
        self._log = structlog.get_logger()

    async def read(self, sources: Sequence[Source], *, run: int) -> None:
        """Read what waits, as far as the budget goes; trouble with one source, or one file, costs no other."""
        for turn in TURNS:
            for source in sources:
                notes = self._notes(source.name)
                if not isinstance(source, Refetching) or not notes.count(WAITS, turn):
                    continue
                if not self._spending.goes_on:
                    return
                try:
                    await source.open(Reading(run=run, thorough=False))
                    rooms = {one.scope.key: one.scope for one in await source.scopes() if one.included}
                except ConnectorError as error:
                    self._log.warning("ocr.source_failed", source=source.name, why=str(error))
                    continue
                if not await self._read_all(source, notes, turn, rooms):
                    return

    async def _read_all(self, source: Refetching, notes: Notes, turn: bytes, rooms: dict[str, Scope]) -> bool:
        """What waits for one turn; whether the night goes on."""
        after = ""
        while page := notes.page(WAITS, turn, after=after, limit=AT_ONCE):
            after = page[-1][0]
            for key, value in page:
                if not self._spending.goes_on:
                    return False
                result = await self._read_one(source, msgspec.json.decode(value, type=Waiting), rooms)
                if result is Result.STOPPED:
                    return False
                if result is Result.DONE and notes.get(WAITS, key) == (value, turn, 0):
                    notes.put(WAITS, key, value, mark=DONE)
                    self._spending.read()
                    self._in_vain = 0
                elif result is None:
                    notes.drop(WAITS, turn, [key])
                elif result is Result.LATER:
                    self._in_vain += 1
                    if self._in_vain >= IN_VAIN:
                        self._log.error(
                            "ocr.cannot_read", why="no reader could be started; run: connector check"
                        )
                        return False
        return True

    async def _read_one(self, source: Refetching, waiting: Waiting, rooms: dict[str, Scope]) -> Result | None:
        """Read one file; None: nobody wants it any more."""
        standing = self._documents.standing([waiting.document]).get(waiting.document)
        if standing is None or standing.state == DocumentState.REMOVED:
            return None
        scope = rooms.get(waiting.room)
        if standing.state != DocumentState.LIVE or scope is None:
            return Result.WAITS  # held, or its room is not listed now: nothing is fetched of it
        file = FileRef(
            source=standing.source,
            id=waiting.file,
            version=waiting.version,
            size=waiting.size,
            name=waiting.name,
            mime_type=waiting.mime_type,
        )
        if self._scans.knows(file, waiting.content):
            return Result.DONE
        try:
            return await self._scans.read(
                file, lambda path: source.fetch_again(scope, waiting, path), self._spending.spend
            )
        except RecordGone:
            return None  # gone, or changed: a run finds out, and asks again for what is there
        except (RecordHidden, SourceRefused, SourceUnavailable) as error:
            self._log.warning("ocr.not_fetched", document=waiting.document, why=str(error))
            return Result.WAITS


def take_read(documents: Documents, notes: Notes) -> int:
    """At the beginning of a run: what was read since the last one is made anew; says how many documents."""
    count = 0
    while page := notes.page(WAITS, DONE):
        ids = [msgspec.json.decode(value, type=Waiting).document for _, value in page]
        with documents.at_once():
            documents.forget_versions(ids)
            notes.drop(WAITS, DONE, [key for key, _ in page])
        count += len(ids)
    while page := notes.page(WAITS, OVER):
        notes.drop(WAITS, OVER, [key for key, _ in page])
    return count
