"""
Whether the room or folder in which an item answered 404 still answers itself. Only then is the 404 a proof that the item is gone.

It has to answer after the 404: an earlier answer says nothing of a room that lost its short name since, or of a host that began to
answer 404 to everything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from connector.errors import RecordGone, RecordHidden, SourceRefused, SourceUnavailable
from connector.sources.interaxo.shared_answers import SharedAnswers


class ParentCheck:
    """What answered for itself in one run, and when."""

    def __init__(self) -> None:
        self._stood = SharedAnswers[bool]()
        self._fallen: set[str] = set()
        """Keys that did not answer; they are not asked again in this run."""

    def open(self) -> None:
        """A new run."""
        self._stood.open()
        self._fallen.clear()

    def moment(self) -> int:
        """Now; later than every moment before."""
        return self._stood.moment()

    async def holds(self, key: str, since: int, ask: Callable[[], Awaitable[object]]) -> bool:
        """
        Whether something answers for itself, asked after a moment.

        Args:
            ask: raises what a source raises where it does not.
        """

        async def stands() -> bool:
            if key not in self._fallen:
                try:
                    await ask()
                except (RecordGone, RecordHidden, SourceRefused, SourceUnavailable):
                    self._fallen.add(key)
            return key not in self._fallen

        return await self._stood.after(since, key, stands)
