"""The engine of one process: what is due is done here."""

from __future__ import annotations

from connector.ports.engine import Executor, Work


class Here:
    """Implements `connector.ports.engine.Engine`."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def begin(self) -> None:
        """Nothing has to be made ready."""

    def ask(self, work: Work) -> None:
        """Do it as soon as may be."""
        self._executor.take(work)

    @property
    def others(self) -> None:
        """There is nobody else."""

    def leads(self) -> bool:
        """There is nobody else."""
        return True

    async def end(self) -> None:
        """What is under way is ended by whoever began it."""
