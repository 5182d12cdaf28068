"""What the workers of one walk do next: open a scope, or list a container; and when there is nothing left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from connector.access.comparing import Sight
from connector.crawl.frontier import Frontier
from connector.document.document import Container, Scope

Supply = Callable[[], Sight | None]
"""Gives the next scope to walk; None: there is none any more."""


class Worklist:
    """Scopes that are supplied, and the containers that are found in them."""

    def __init__(self) -> None:
        self.frontier = Frontier()
        self._supply: Supply | None = None
        """None: no further scope comes."""
        self._open: dict[str, int] = {}
        """Containers of each scope that are waiting or at work."""
        self._begun, self._most = 0, 0
        """Scopes that were supplied and are not listed to their end, and how many may be; 0: any number."""
        self._busy = 0
        self._change = asyncio.Event()
        """Of now; it is set, and another one begins, when a worker that found nothing to do may find something."""

    def begin(self, supply: Supply, *, most: int = 0) -> None:
        """
        Take scopes from here, each as soon as the frontier is short enough for it.

        Args:
            most: so many at once, where others would be idle without the rest; 0: any number.
        """
        self._supply, self._most = supply, most

    async def next(self, stopping: Callable[[], bool]) -> Container | Sight | None:
        """What to do next, to be said `done` to; None when there is nothing left, or to be done."""
        while not stopping():
            if self._supply is not None and self._may_begin():
                sight = self._supply()
                if sight is not None:
                    self._busy += 1
                    self._begun += 1
                    return sight
                self._supply = None
            container = self.frontier.take()
            if container is not None:
                self._busy += 1
                return container
            if not self._busy:
                break
            await self._change.wait()
        self.look_again()
        return None

    def _may_begin(self) -> bool:
        return self.frontier.hungry and not 0 < self._most <= self._begun

    def done(self, job: Container | Sight) -> None:
        """Something is done, or came to nothing."""
        if isinstance(job, Container):
            self.frontier.done(job)
        self._busy -= 1
        self.look_again()

    def look_again(self) -> None:
        """Let every worker that waits for something to do look again."""
        self._change.set()
        self._change = asyncio.Event()

    def add(self, containers: Sequence[Container]) -> None:
        """Containers were found."""
        if not containers:
            return
        for container in containers:
            self.opened(container.scope)
        self.frontier.add(containers)
        self.look_again()

    def opened(self, scope: Scope) -> None:
        """One more container of a scope waits, or the scope itself is looked at."""
        self._open[scope.key] = self._open.get(scope.key, 0) + 1

    def closed(self, scope: Scope) -> bool:
        """One of them is done; says whether it was the last one."""
        self._open[scope.key] -= 1
        was_last = not self._open[scope.key]
        self._begun -= was_last
        return was_last
