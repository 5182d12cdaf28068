"""Sessions with the target, of documents and of people, as far as their fate is known."""

from __future__ import annotations

from typing import Literal

from connector.ledger.part import Part

SessionState = Literal["beginning", "open", "withheld", "braked", "ending", "ended"]
"""How far a session came: a begin or an end that stays so got no answer, and may still take effect."""


class Sessions(Part):
    """The sessions of one target."""

    def note_session(
        self, run: int, state: SessionState, *, now: float, lost: bool = False, kind: str = "document"
    ) -> None:
        """
        Record what is known of a run's session, before a call and after its answer.

        Args:
            kind: document or person; Interact has one session of each.
        """
        self._each(f"sessions.note_{kind}", [{"run": run}], state=state, now=now, lost=now if lost else None)

    def lose_sessions(self, *, now: float) -> None:
        """A begin or an end of a process that died counts as unanswered from now on: it may have been under way until then."""
        for kind in ("document", "person"):
            self._run(f"sessions.lose_{kind}", now=now)

    def session_state(self, run: int, *, kind: str) -> str:
        """What became of a run's session; empty when it had none."""
        return str(self._one(f"sessions.state_{kind}", run=run) or "")

    def unsettled_session(self, *, now: float, settle_s: float, kind: str = "document") -> float | None:
        """Seconds until an unanswered begin or end of an earlier run can no longer take effect; None when there is none."""
        value = self._one(f"sessions.unsettled_{kind}")
        if value is None or now - value >= settle_s:
            return None
        return float(value + settle_s - now)
