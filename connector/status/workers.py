"""Who works, on what, since when; and what was taken from workers that fell silent. As plain values. Reads only."""

from __future__ import annotations

from typing import Any

from connector.document.durations import DAY_S, duration
from connector.ledger.members import HEARD_OF_S, Member, MemberState
from connector.ledger.shards import RoomState
from connector.ledger.store import Ledger
from connector.plan.report import stamp
from connector.ports.engine import PEOPLE, SCANS, WALK

SHOWN_S = DAY_S
"""Members that are gone, and takeovers, are told so long."""
MOST_TAKEOVERS = 50
STATES = {
    MemberState.WORKING: "works",
    MemberState.LEFT: "ended by itself",
    MemberState.SILENT: "fell silent, and was given up",
}
NOBODY_LEFT = "fell silent, and nobody is there to give it up"
"""Each of several services that died at once stands as one that works, until another one begins."""
_WHAT = {PEOPLE: "people's memberships", SCANS: "scans", WALK: "rooms"}


def tell_workers(ledger: Ledger, targets: list[str], *, shared: bool, now: float) -> dict[str, Any]:
    """
    Everybody who works with a ledger.

    Args:
        shared: services on several machines may.

    Returns:
        {"shared": bool, "workers": [{"id", "host", "state", "words", "since", "silent_s", "heard", "doing": [{"what", "target", "words", "since"}]}],
        "waiting": int, "takeovers": [{"what", "target", "words", "due", "member", "host", "at"}],
        "walks": [{"target", "source", "rooms", "done", "given_up", "seats": [{"host", "state"}]}],
        "runs": [{"target", "run_id", "mode", "since", "by", "host"}]}; a run is under way where somebody has its lease.
    """
    members = ledger.members()
    everyone = [
        one for one in members.everyone(now=now) if one.state is MemberState.WORKING or one.silent_s < SHOWN_S
    ]
    working = [one for one in everyone if one.state is MemberState.WORKING]
    latest = min(working, key=lambda one: one.silent_s, default=None)
    return {
        "shared": shared,
        "workers": [_worker(one) for one in everyone],
        "walks": _walks(ledger, targets, now=now),
        "waiting": latest.waiting if latest is not None else 0,
        "takeovers": [
            {**_work(one.work), "member": one.member, "host": one.host, "at": stamp(one.at)}
            for one in members.takeovers(SHOWN_S, now=now, most=MOST_TAKEOVERS)
        ],
        "runs": [
            run
            for target, by in sorted(members.holders(now=now).items())
            if target in targets and (run := _run(ledger, target, by))
        ],
    }


def _worker(one: Member) -> dict[str, Any]:
    """One of them; what somebody had in hand who works no more is under way no more, or with another one."""
    state, words = one.state, STATES[one.state]
    if state is MemberState.WORKING and one.silent_s >= HEARD_OF_S:
        state, words = MemberState.SILENT, NOBODY_LEFT
    return {
        "id": one.id,
        "host": one.host,
        "state": state,
        "words": words,
        "since": stamp(one.started_at),
        "silent_s": round(max(0.0, one.silent_s), 1),
        "heard": f"{duration(one.silent_s)} ago",
        "doing": [
            {
                "what": work.what,
                "target": work.target,
                "words": _named(work.what, work.target),
                "since": stamp(work.since),
            }
            for work in (one.doing if state is MemberState.WORKING else ())
        ],
    }


def _walks(ledger: Ledger, targets: list[str], *, now: float) -> list[dict[str, Any]]:
    """Runs whose rooms several workers walk now."""
    found: list[dict[str, Any]] = []
    for target in targets:
        for walk in ledger.shards(target).walks(now=now):
            done, given_up = walk.rooms.get(RoomState.DONE, 0), walk.rooms.get(RoomState.FAILED, 0)
            found.append(
                {
                    "target": target,
                    "source": walk.source,
                    "rooms": sum(walk.rooms.values()),
                    "done": done,
                    "given_up": given_up,
                    "seats": [{"host": host, "state": state} for host, state in walk.seats],
                }
            )
    return found


def _work(name: str) -> dict[str, str]:
    """What the name of work says."""
    if name.startswith(f"{WALK}/"):
        _, target, run, source, seat = name.split("/")
        words = _named(WALK, target)
        return {
            "target": target, "what": WALK, "words": words, "due": "", "run": run, "source": source, "seat": seat
        }  # fmt: skip
    _, target, what, due = name.split("/")
    target = target.strip("-")
    return {"target": target, "what": what, "words": _named(what, target), "due": due}


def _named(what: str, target: str) -> str:
    """What somebody works on, in words."""
    return f"{_WHAT.get(what, f'{what} run')}{f' of {target}' if target else ''}"


def _run(ledger: Ledger, target: str, by: tuple[str, str]) -> dict[str, Any] | None:
    last = ledger.runs(target).last()
    if last is None or last.outcome is not None:
        return None
    process, host = by
    return {
        "target": target,
        "run_id": last.id,
        "mode": last.mode,
        "since": stamp(last.started_at),
        "by": process,
        "host": host,
    }
