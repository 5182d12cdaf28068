"""What a person may find, and by which groups: room by room, as the ledger knows it. Reads the ledger only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connector.ledger.store import Ledger
from connector.plan.report import stamp
from connector.ports.matching import Matching
from connector.status.why_found import Who, look_up, no_account_of

MOST_ROOMS = 200
"""Rooms that are told one by one."""


def tell_person(
    ledger: Ledger, target: str, person: str, matching: Matching, sources: Sequence[str]
) -> dict[str, Any] | None:
    """
    Say what a person may find.

    Where single items have lists of their own (`permissions` folder or item), fewer or other people see those.

    Args:
        person: an address or user name, a source's own id of a person, or an external identity.
        sources: of the target.

    Returns:
        {"person", "address", "record", "sure" (she has what is listed), "held", "shares", "identities", "rooms", "count", "by_group"}; None when nobody
        is known by these words.
    """
    who = look_up(ledger, target, person, matching)
    if not who.shares and who.record is None and not who.alone and not who.forgotten:
        return None
    carried = set(who.carried)
    rooms: list[dict[str, Any]] = []
    by_group = dict.fromkeys(who.carried, 0)
    for source in sources:
        for key, room in ledger.rooms(target).all(source).items():
            if not room.included or room.audience is None:
                continue
            through = sorted(carried & set(room.audience.identities))
            for identity in through:
                by_group[identity] += 1
            if room.public or through:
                rooms.append(
                    {
                        "source": source,
                        "key": key,
                        "name": room.name,
                        "public": room.public,
                        "through": through,
                    }
                )
    rooms.sort(key=lambda one: (one["name"].lower(), one["key"]))
    return {
        "person": person,
        "address": who.address or None,
        "record": _tell_record(who),
        "sure": who.alone or who.record is None or (who.record.found and who.record.sent is not None),
        "held": who.record is not None and who.record.held_run is not None,
        "shares": [
            {
                "source": share.source,
                "key": share.key,
                "identities": list(share.identities),
                "told_at": stamp(share.told_at) if share.told_at else None,
            }
            for share in who.shares
        ],
        "identities": [{"identity": one, "rooms": count} for one, count in by_group.items()],
        "rooms": rooms[:MOST_ROOMS],
        "count": len(rooms),
    }


def _tell_record(who: Who) -> str:
    """How the intranet has her."""
    if who.alone:
        return "this is an identity: everybody who has it finds what is listed here"
    if who.forgotten:
        return who.forgotten
    if who.record is None:
        return "the intranet has no record of this person, so this person finds only what everybody finds"
    if not who.record.found:
        return f"{no_account_of(who.record.address)}, so this person finds only what everybody finds"
    if who.record.sent is None:
        return "the intranet has not confirmed the record; the next run sends it again"
    return "the intranet knows this person"
