"""What waits for a decision, as a page tells it: how many, why, since which run, in which rooms and folders."""

from __future__ import annotations

from typing import Any

from connector.errors import NoSuchPage
from connector.ledger.store import Ledger
from connector.ledger.waiting import Count, Kind
from connector.plan.options import Decision
from connector.plan.reason_words import held as why_held
from connector.plan.reason_words import on_approval
from connector.plan.report import stamp
from connector.status.target_status import count_kept

FIRST_FOLDERS = 12
"""Of each room; those with the most."""
ROOMS_OPENED = 8
"""Rooms whose folders are told beside them."""


def tell_waiting(
    ledger: Ledger, target: str, *, source: str, room: str, page: int, after: str = ""
) -> dict[str, Any]:
    """
    Everything that waits for a decision; on further pages of it all it is not told by room once more.

    Args:
        source: with `room`: whose documents are listed; empty: everything.
        after: where the page begins; empty: it is counted.

    Raises:
        NoSuchPage: a room is named without its source; the place is none of this list.
    """
    if room and not source:
        raise NoSuchPage("The address names a room without its source", said_by=("room",))
    waiting = ledger.waiting(target)
    counts = waiting.counts()
    rows, following = waiting.rows(source=source, room=room, page=page, after=after)
    rooms: list[dict[str, Any]] = [
        {
            "source": one.source,
            "key": one.key,
            "name": one.name or one.key or one.source,
            "count": one.count,
            "folders": _folders(waiting.folders(one.source, one.key)) if number < ROOMS_OPENED else [],
        }
        for number, one in enumerate(waiting.rooms() if page == 1 or source else ())
    ]
    other = {"source": source, "key": room, "name": room or source}
    in_rooms = sum(one.count for one in counts if one.what is not Kind.PERSON)
    return {
        "total": sum(one.count for one in counts),
        "kept": count_kept(ledger, target),
        "reasons": _reasons(counts),
        "decisions": _decisions(ledger, target, counts),
        "rooms": rooms,
        "elsewhere": max(0, in_rooms - sum(one["count"] for one in rooms)) if rooms else 0,
        "chosen": next((one for one in rooms if (one["source"], one["key"]) == (source, room)), other)
        if source
        else None,
        "rows": [
            {
                "what": row.what.value,
                "id": row.id,
                "title": row.title,
                "source": row.source,
                "why": why_held(row.why, row.note),
            }
            for row in rows
        ],
        "page": page,
        "more": bool(following),
        "after": following,
    }


def _reasons(counts: list[Count]) -> list[dict[str, Any]]:
    """How many wait for each reason, and what an approval would do to them."""
    summed: dict[tuple[Kind, str], int] = {}
    for one in counts:
        summed[one.what, one.why] = summed.get((one.what, one.why), 0) + one.count
    return [
        {
            "what": what.value,
            "why": why_held(why, of=count),
            "count": count,
            "approved": on_approval(what, count),
        }
        for (what, why), count in sorted(summed.items(), key=lambda one: -one[1])
    ]


def _decisions(ledger: Ledger, target: str, counts: list[Count]) -> list[dict[str, Any]]:
    """The runs that can be decided about, the newest first: each covers what those before it put on hold, too."""
    told = []
    for run in dict.fromkeys(one.run for one in counts):
        found = ledger.runs(target).get(run)
        since = [one.run for one in counts]
        covered = counts[since.index(run) :]
        told.append(
            {
                "run": run,
                "at": stamp(found.started_at) if found is not None else None,
                "count": sum(one.count for one in covered),
                "only_kept": all(one.what is Kind.UNCONFIRMED for one in covered),
            }
        )
    return told


def _folders(folders: list[Any]) -> dict[str, Any]:
    most = sorted(folders, key=lambda one: -one.count)[:FIRST_FOLDERS]
    return {
        "shown": [
            {"id": one.id, "title": one.title or one.id, "whole": one.whole, "count": one.count}
            for one in most
        ],
        "more": len(folders) - len(most),
        "more_count": sum(one.count for one in folders) - sum(one.count for one in most),
    }


def tell_decision(decision: Decision) -> str:
    """Say what was decided and is not carried out yet."""
    what = "Approved" if decision.approve else "Kept"
    by = f" by {decision.by}" if decision.by else ""
    return f"{what}{by}: the next run carries it out (what run {decision.about} put on hold)"
