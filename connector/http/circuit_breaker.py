"""Whether a neighbour is down: looked at once several calls in a row failed, before everything else there is left alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from connector.errors import RecordGone, RecordHidden, SourceRefused, SourceUnavailable

T = TypeVar("T")
DOWN_AFTER = 3
"""Calls in a row that failed after all their attempts: where it gives no sign of life then, the host is down."""


class CircuitBreaker:
    """Stands before every call; several odd records in a row are no reason to leave all others alone."""

    def __init__(self, name: str, ask: Callable[[], Awaitable[bool]]) -> None:
        """
        Args:
            name: how messages call the host.
            ask: makes a call that any host in order answers; says whether it did, or raises what a source raises.
        """
        self._name = name
        self._ask = ask
        self._asking = asyncio.Lock()
        self._failed = 0
        """Calls in a row that came to nothing, whatever was answered to those that belong to one, such as its sign-in."""
        self._is_down = False

    def open(self) -> None:
        """A new run: the host may be up again."""
        self._failed, self._is_down = 0, False

    async def before(self, call: Callable[[], Awaitable[T]], *, vital: bool = True) -> T:
        """
        Make a call, as long as the host gives signs of life.

        Args:
            vital: several of these that fail in a row mean that the host is down; others may fail alone.

        Raises:
            SourceUnavailable: it gives none; the rest of the source is left to the next run.
        """
        if self._is_due:
            await self._look()
        try:
            result = await call()
        except (SourceRefused, SourceUnavailable):
            # one odd record may be answered so; where everything is, the host is to be left alone
            self._failed += vital
            raise
        self._failed = 0
        return result

    @property
    def _is_due(self) -> bool:
        """Whether to look for one before anything else is asked."""
        return self._is_down or self._failed >= DOWN_AFTER

    async def _look(self) -> None:
        async with self._asking:
            if self._is_due and not self._is_down:
                self._is_down = not await self._is_given()
                self._failed = 0
            if self._is_down:
                raise SourceUnavailable(
                    f"{self._name} has not answered several calls in a row; the next run does the rest"
                )

    async def _is_given(self) -> bool:
        try:
            return await self._ask()
        except (RecordGone, RecordHidden, SourceRefused, SourceUnavailable):
            return False
