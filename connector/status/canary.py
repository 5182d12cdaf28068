"""What the canary proves, as plain values and in words: minutes from a change to being found, what is late, what is on hold."""

from __future__ import annotations

from typing import Any

from connector.canary.stored_state import CanaryState, read_canary_state
from connector.canary.watching import is_late, waited_s
from connector.document.counting import counted
from connector.document.durations import MINUTE_S
from connector.ledger.on_hold import read_hold
from connector.ledger.store import Ledger
from connector.plan.report import stamp
from connector.plan.words import on_hold
from connector.wiring.offline import Offline


def tell_canary(app: Offline, ledger: Ledger, target: str, *, now: float) -> dict[str, Any] | None:
    """
    What is known of the search test of a target; None where it has none.

    Returns:
        {"words": [...], "found_minutes", "found_at", "found_exactly", "waiting_minutes", "late", "on_hold_since", "trouble"}
    """
    notes = ledger.notes("")
    state, hold = read_canary_state(notes, target), read_hold(notes, target)
    if state is None and hold is None:
        return None
    state = state or CanaryState()
    waited = waited_s(state, now=now)
    newest = state.lags[-1] if state.lags else None
    late = is_late(state, now=now, patience_s=app.settings.canary.patience_min * MINUTE_S)
    told: dict[str, Any] = {
        "found_minutes": round(newest.seconds / MINUTE_S, 1) if newest else None,
        "found_at": stamp(newest.at) if newest else None,
        "found_exactly": newest is None
        or newest.seconds - newest.at_least <= max(MINUTE_S, newest.seconds / 2),
        "waiting_minutes": round(waited / MINUTE_S, 1) if waited is not None else None,
        "late": late,
        "titled": bool(state.waiting) and state.waiting[-1].titled_at is not None,
        "on_hold_since": stamp(hold.since) if hold else None,
        "trouble": state.trouble,
    }
    minutes = _minutes(told["found_minutes"]) if newest else ""
    return {**told, "minutes": minutes, "words": words_of(told, target)}


def facts_of(told: dict[str, Any] | None) -> dict[str, Any]:
    """What of it belongs into the headline of the page."""
    if told is None:
        return {}
    words = list(told["words"])
    on_hold_why = words.pop(0) if told["on_hold_since"] else ""
    return {"on_hold": on_hold_why, "search": words[0] if told["late"] or told["trouble"] else ""}


def words_of(told: dict[str, Any], target: str) -> list[str]:
    """Say it, the worst first."""
    said = []
    if told["on_hold_since"]:
        said.append(on_hold(target, then=False))
    if told["trouble"]:
        said.append(f"The search test could not be made: {told['trouble']}")
    if told["late"] and told["titled"]:
        said.append(
            f"The search test is found by its title and, for {_minutes(told['waiting_minutes'])}, not by its text: "
            "try another text.encoding (docs/interact.md)."
        )
    elif told["late"]:
        said.append(
            f"The search test is not found, {_minutes(told['waiting_minutes'])} after it was sent: search is behind. "
            "Ask whoever runs Interact."
        )
    if told["found_minutes"] is not None:
        most = "" if told["found_exactly"] else " at most (nobody looked between)"
        said.append(f"Search finds what is sent after {_minutes(told['found_minutes'])}{most}.")
    elif not said:
        said.append("The search test was sent and is not found yet.")
    return said


def _minutes(value: float) -> str:
    return "less than a minute" if value < 1 else counted(round(value), "minute")
