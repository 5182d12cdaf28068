"""Asks who may see items, and remembers what each answer, or its want, means."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from connector.document.audience import Audience
from connector.engine.together import together
from connector.errors import RecordGone, RecordHidden, SourceRefused, SourceUnavailable
from connector.ports.source import Grant, SourceGrants
from connector.sources.interaxo.corners import Corners
from connector.sources.interaxo.inheritance import MAY_LACK_A_LIST, Inherited, has_corner
from connector.sources.interaxo.places import RoomInfo

AT_ONCE = 16
"""Items of one container that are asked for side by side."""
Ask = Callable[[RoomInfo, str], Awaitable[Audience | None]]


class Asking:
    """Asks for the lists of single items."""

    def __init__(self, ask: Ask, grants: SourceGrants, corners: Corners, clock: Callable[[], float]) -> None:
        self._ask_list = ask
        self._grants = grants
        self._corners = corners
        self._clock = clock
        self._run = 0

    def open(self, run: int) -> None:
        """A new run."""
        self._run = run

    async def all(self, info: RoomInfo, rows: Sequence[Grant], at: Inherited) -> list[Grant]:
        """Ask for items of one container, and remember the answers."""
        if not rows:
            return []
        told: list[Grant] = []
        for start in range(0, len(rows), AT_ONCE):
            told += await together(
                self._one(info, row, at.of(row.step)) for row in rows[start : start + AT_ONCE]
            )
        self._grants.put(told)
        return told

    async def _one(self, info: RoomInfo, row: Grant, at: Inherited) -> Grant:
        run, now = self._run, self._clock()
        try:
            told = await self._ask_list(info, row.native)
        except RecordGone:
            if row.kind in MAY_LACK_A_LIST:
                return msgspec.structs.replace(
                    row,
                    listless=True,
                    told=row.told if row.listless else None,
                    trouble="",
                    inherited=None,
                    asked_run=run,
                    told_at=now,
                )
            told = None
        except (RecordHidden, SourceRefused):
            told = None
        except SourceUnavailable:
            return msgspec.structs.replace(row, trouble="unanswered", asked_run=run)
        if told is None:
            return msgspec.structs.replace(
                row, trouble="unknown", asked_run=run, told_at=min(row.told_at or now, now)
            )
        if self._corners.permissions == "folder" and has_corner(row, told, at):
            self._corners.found(info, run=run)
        return msgspec.structs.replace(
            row, told=told, listless=False, trouble="", inherited=at.digest, asked_run=run, told_at=now
        )
