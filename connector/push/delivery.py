"""
What becomes of a batch that is sent.

A refused document is tried lighter (without text, then bare) before it goes to quarantine; an unanswered one may still take
effect late, which the ledger remembers. What is accepted is written down with what the next batch intends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from socket import gethostname

import structlog

from connector.errors import TargetRefused, TargetUnavailable
from connector.plan.context import Books, Run
from connector.plan.findings import Code
from connector.plan.tally import Sheet
from connector.ports.target import LostAttempts, Target
from connector.push.document_push import DocumentPush
from connector.push.fallbacks import set_aside, try_lighter
from connector.push.recording import Recording

GIVE_UP_AFTER = 3
"""Whole batches in a row without an answer: the target is down and the run ends."""


class Delivery:
    """What the target answers in one run."""

    def __init__(
        self,
        run: Run,
        target: Target,
        books: Books,
        sheet: Sheet,
        recording: Recording,
        counted: Callable[[list[DocumentPush]], None],
    ) -> None:
        """
        Args:
            counted: hears of what was accepted and is written down.
        """
        self._run = run
        self._target = target
        self._books = books
        self._sheet = sheet
        self._recording = recording
        self._counted = counted
        self._silent = 0
        """Batches in a row without an answer."""

    async def send(self, batch: list[DocumentPush], intent: int) -> list[DocumentPush]:
        """Send a batch; returns what was accepted and is still to be written down."""
        pushes = {push.rendered.id: push for push in batch}
        lost = LostAttempts()
        try:
            result = await self._target.push([(p.rendered, p.stamp) for p in batch], lost=lost)
        except TargetRefused:
            if not lost.count:  # else an attempt before the refused one may have been taken
                await self._recording.settle(intent)
            raise
        if result.is_cut_off and self._recording.is_one_of_several:
            await self._recording.settle(intent)  # nothing was sent: others send it, whom the target may hear
            raise TargetUnavailable(result.words)
        accepted = [pushes[i] for i in result.accepted]
        if accepted and (lost.count or result.refused):
            await self.accept(accepted, late=accepted if lost.count else ())
            accepted = []
        if result.unanswered:
            structlog.get_logger().warning("push.unanswered", documents=result.unanswered, why=result.words)
            why = f"{result.words}, on {gethostname()}" if self._recording.is_one_of_several else result.words
            await self._recording.lost([pushes[i] for i in result.unanswered], why=why)
        for identifier, told in result.refused.items():
            await self._refused(pushes[identifier], told, lost=bool(lost.count))
        self._silent = 0 if result.accepted or result.refused else self._silent + 1
        if self._silent >= GIVE_UP_AFTER:
            raise TargetUnavailable(
                f"Interact does not answer, so the next run does the rest. Last answer: {result.words}"
            )
        return accepted

    async def _refused(self, push: DocumentPush, told: str, *, lost: bool) -> None:
        """
        Try a refused document with less of it; what is refused even so is quarantined.

        Args:
            lost: an attempt before the refused one may still take effect.
        """
        tried = await try_lighter(self._target, push, *await self._recording.last(push.rendered.id))
        title, identifier = push.rendered.title, push.rendered.id
        if tried.accepted is not None:
            late = tried.late or (push if lost else None)
            await self.accept([tried.accepted], late=[] if late is None else [late])
            if not tried.is_earlier:  # else what changed is not in the intranet: it is tried again
                self._sheet.tell(Code.ACCEPTED_WITH_LESS, title=title, id=identifier, why=told)
                return
        if tried.silent:
            await self._recording.lost([push], why=tried.words, alone=True)
            return
        set_aside(self._run, self._books, push, told)

    async def accept(self, pushes: list[DocumentPush], *, late: Sequence[DocumentPush] = ()) -> None:
        """
        Write down at once what was accepted.

        Args:
            late: attempts before the answered ones, which may have been taken as well.
        """
        await self._recording.accepted(pushes, late=late)
        self._counted(pushes)
