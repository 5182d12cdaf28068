"""
Which services were refused their settings, for whoever looks from another process or machine; in notes of a ledger that they share.

Each says so anew as long as it is so: one that is killed, or cut off, is not spoken of for long.
"""

from __future__ import annotations

import msgspec

from connector.ledger.notes import Notes

KIND, MARK = "settings-refused", b"refused"
STANDS_S = 120.0
"""So long it is told after a service said so last; it says so several times within."""


class Refused(msgspec.Struct, frozen=True):
    """What one service said of its settings."""

    why: str
    at: float
    """In seconds since 1970."""


def note_refused(notes: Notes, host: str, why: str, *, at: float) -> None:
    """The service of a machine was refused its settings, and is still."""
    notes.put_json(KIND, host, Refused(why, at), mark=MARK)


def forget_refused(notes: Notes, host: str) -> None:
    """It took them, or began anew."""
    notes.drop(KIND, MARK, [host])


def read_refused(notes: Notes, *, now: float) -> str:
    """Why services were refused their settings, each with its machine; empty where none was."""
    found = {host: msgspec.json.decode(value, type=Refused) for host, value in notes.page(KIND, MARK)}
    return "; ".join(f"on {host}: {one.why}" for host, one in found.items() if abs(now - one.at) <= STANDS_S)
