"""
One of Interact's sessions at work, of documents or of people: begun, ended only through the gate, else withheld.

What may be sent when is decided in `session`; here it is sent, and noted in the ledger before and after.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec
import structlog

from connector.errors import TargetUnavailable
from connector.ledger.runs import Runs
from connector.plan.report import Report
from connector.session.gate import Gate, Kind, SyncSession

NAMES = {Kind.DOCUMENT: "the session", Kind.PERSON: "the session for people"}


class Calls(msgspec.Struct, frozen=True):
    """The two calls of a session."""

    begin: Begin
    end: Callable[[], Awaitable[int]]


class Begin(Protocol):
    """Sent until a clean answer; tells of every attempt that went unanswered."""

    def __call__(self, *, lost: Callable[[], None]) -> Awaitable[None]: ...


class RunSession:
    """
    The session of one kind in one run.

    Args:
        still_ours: asks for the lease before the end.
    """

    def __init__(
        self,
        kind: Kind,
        calls: Calls,
        runs: Runs,
        report: Report,
        *,
        run: int,
        clock: Callable[[], float],
        still_ours: Callable[[], None],
    ) -> None:
        self.opened = False
        self._kind = kind
        self._calls = calls
        self._runs = runs
        self._report = report
        self._run = run
        self._clock = clock
        self._still_ours = still_ours
        self._session = SyncSession()
        self._log = structlog.get_logger("connector.sessions")

    @property
    def name(self) -> str:
        """What reasons call it."""
        return NAMES[self._kind]

    async def begin(self, *, settle_s: float) -> bool:
        """
        Open the session; False where it cannot be opened cleanly, and the run goes on without one.

        Args:
            settle_s: how late an earlier run's unanswered begin or end may still take effect.
        """
        wait = self._runs.unsettled_session(now=self._clock(), settle_s=settle_s, kind=self._kind)
        if wait is not None:
            self._report.withhold(
                f"an earlier run's begin or end of {self.name} went unanswered and may take effect for {wait:.0f} s more: "
                "this run goes on without it"
            )
            return False
        session = self._session
        session.begin()
        self._note("beginning")

        def lost() -> None:
            session.begin_lost()
            self._note("beginning", lost=True)

        try:
            await self._calls.begin(lost=lost)
        except TargetUnavailable as error:
            session.begin_given_up()
            self._note("withheld", lost=session.lost_begin)
            self._report.withhold(f"{self.name} could not be opened, the run goes on without it: {error}")
            return False
        session.begin_answered()
        self._note("open")
        self.opened = True
        self._log.info("session.opened", kind=self._kind.value)
        return True

    def may_end(self, gate: Gate) -> list[str]:
        """Ask the gate; what keeps the session from being ended, in words. The caller tells them."""
        reasons = self._session.may_end(gate, self._kind)
        if reasons:
            self._note("withheld")
            self._log.warning("session.withheld", kind=self._kind.value, reasons=reasons)
        return reasons

    def leave(self) -> None:
        """Leave it open although the gate would let it end: that is harmless."""
        self._note("withheld")

    def brake(self) -> None:
        """Remember that it is the number that a room's note tells which keeps the session from being ended."""
        self._note("braked")

    async def end(self) -> int | None:
        """
        End the session; says how many were removed by it, None when no answer came.

        Raises:
            LeaseLost: before anything is sent.
        """
        self._still_ours()
        self._session.end()
        self._note("ending")
        try:
            removed = await self._calls.end()
        except TargetUnavailable as error:
            self._session.end_lost()
            self._note("ending", lost=True)
            self._report.withhold(f"the end of {self.name} got no answer; it may have happened: {error}")
            return None
        self._session.end_answered()
        self._note("ended")
        self._log.info("session.ended", kind=self._kind.value, removed=removed)
        return removed

    def _note(self, state: str, *, lost: bool = False) -> None:
        self._runs.note_session(self._run, state, now=self._clock(), lost=lost, kind=self._kind)
