"""
One of Interact's sessions at work, of documents or of people: begun, ended only through the gate, else withheld.

What may be sent when is decided in `session`; here it is sent, and noted in the ledger before and after.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec
import structlog

from connector.document.durations import DAY_S
from connector.errors import Stopped, TargetRefused, TargetUnavailable
from connector.ledger.runs import Runs
from connector.ledger.sessions import SessionState
from connector.plan import words
from connector.plan.context import Run
from connector.plan.findings import Code
from connector.plan.tally import Sheet
from connector.session.gate import Gate, Kind, Shut, ShutBy, SyncSession


class Calls(msgspec.Struct, frozen=True):
    """The two calls of a session."""

    begin: Begin
    end: Callable[[], Awaitable[int]]


class Begin(Protocol):
    """Sent until a clean answer; tells of every attempt that went unanswered."""

    def __call__(self, *, lost: Callable[[], None]) -> Awaitable[None]: ...


class RunSession:
    """The session of one kind in one run."""

    def __init__(
        self,
        run: Run,
        kind: Kind,
        calls: Calls,
        runs: Runs,
        sheet: Sheet,
        is_on_hold: Callable[[], bool],
    ) -> None:
        """
        Args:
            is_on_hold: whether the target is on hold by now.
        """
        self.opened = False
        self.lost_begins = 0
        """Attempts to begin that got no answer: they may take effect late."""
        self._refused: TargetRefused | None = None
        self._run = run
        self._kind = kind
        self._calls = calls
        self._runs = runs
        self._sheet = sheet
        self._is_on_hold = is_on_hold
        self._session = SyncSession()
        self._log = structlog.get_logger()

    async def begin(self) -> bool:
        """Open the session; False where it cannot be opened cleanly, and the run goes on without one, or where Interact refuses it."""
        if (wait := self._wait()) is not None:
            self._sheet.tell(Code.SESSION_WAITS, kind=self._kind.value, seconds=wait)
            return False
        session = self._session
        session.begin()
        self._note("beginning")

        def lost() -> None:
            session.begin_lost()
            self.lost_begins += 1
            self._note("beginning", lost=True)

        try:
            await self._calls.begin(lost=lost)
        except (TargetUnavailable, Stopped) as error:
            session.begin_given_up()
            self._note("withheld", lost=session.lost_begin)
            if isinstance(error, Stopped):  # amid a pause: no begin is in hand
                raise
            self._sheet.tell(Code.SESSION_NOT_OPENED, kind=self._kind.value, why=str(error))
            return False
        except TargetRefused as error:
            self._refused = error
            return False
        session.begin_answered()
        self._note("open")
        self.opened = True
        self._log.info("session.opened", kind=self._kind.value)
        return True

    def must_be_welcome(self) -> None:
        """
        Go on only where Interact did not refuse to begin: asked once whoever loses a right has lost it.

        Raises:
            TargetRefused: it did.
        """
        if self._refused is not None:
            raise self._refused

    def _wait(self) -> float | None:
        """Seconds until no call of an earlier session, of either kind, can take effect any more; None: none can now."""
        run = self._run
        waits = (
            self._runs.unsettled_session(now=run.now(), settle_s=run.options.settle_s, kind=kind)
            for kind in Kind
        )
        return max((one for one in waits if one is not None), default=None)

    def may_end(self, gate: Gate) -> list[Shut]:
        """Ask the gate; says what keeps the session from being ended."""
        reasons = self._session.may_end(msgspec.structs.replace(gate, on_hold=self._is_on_hold()))
        if reasons:
            self._withhold(reasons)
        return reasons

    def still_may_end(self, *, unknown: int = 0) -> bool:
        """
        Whether nothing came since the gate was asked; else the session is withheld.

        Args:
            unknown: sources of which the intranet may hold more than this ledger knows.
        """
        shut = [Shut(ShutBy.UNKNOWN, unknown)] if unknown else []
        if self._is_on_hold():
            shut.append(Shut(ShutBy.ON_HOLD))
        if shut:
            self._withhold(shut)
        return not shut

    def _withhold(self, reasons: list[Shut]) -> None:
        self._note("withheld")
        shut = msgspec.to_builtins(reasons)
        self._sheet.tell(Code.SESSION_NOT_ENDED, kind=self._kind.value, reasons=shut)
        self._log.warning(
            "session.withheld", kind=self._kind.value, reasons=words.shut(shut, self._kind.value)
        )

    def leave(self) -> None:
        """Leave it open although the gate would let it end: that is harmless."""
        self._note("withheld")

    def brake(self) -> None:
        """Remember that it is the number that a room's note tells which keeps the session from being ended."""
        self._note("braked")

    async def end(self, *, predicted: int, of_another: bool = False) -> int | None:
        """
        End the session; says how many were removed by it, None when no answer came.

        Args:
            predicted: so many should be; more are told, and have the next run be a full one, which sends again what is missing, once in
                a day.
            of_another: an earlier ledger may have sent what this one does not know, so it could not be predicted.

        Raises:
            LeaseLost: before anything is sent.
        """
        self._run.still_ours()
        self._session.end()
        self._note("ending")
        try:
            removed = await self._calls.end()
        except TargetUnavailable as error:
            self._session.end_lost()
            self._note("ending", lost=True)
            self._sheet.tell(Code.SESSION_END_UNANSWERED, kind=self._kind.value, why=str(error))
            return None
        self._session.end_answered()
        self._note("ended")
        self._log.info("session.ended", kind=self._kind.value, removed=removed)
        if removed > predicted:
            # an intranet that always counts more would have every run be a full one, however long this one took
            asked = self._runs.asked_whole(since=self._run.started - DAY_S)
            code = Code.UNEXPECTED_AGAIN if asked else Code.UNEXPECTED_REMOVALS
            self._sheet.tell(
                code, kind=self._kind.value, count=removed, predicted=predicted, of_another=of_another
            )
        return removed

    def _note(self, state: SessionState, *, lost: bool = False) -> None:
        self._runs.note_session(self._run.number, state, now=self._run.now(), lost=lost, kind=self._kind)
