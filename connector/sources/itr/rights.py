"""
Since when the account has had the rights that it has now.

ITR filters lists and details by rights that it keeps for 60 seconds, and tells an account its rights at once: for so
long after a change nothing that it answers, or does not, speaks of the rights that it tells (observed, docs/itr.md).
"""

from __future__ import annotations

import msgspec

from connector.ports.source import SourceNotes

NOTE = "rights"
KEPT_S = 60.0
"""For so long ITR goes on with rights that it read before."""


class KnownRights(msgspec.Struct, frozen=True, array_like=True):
    """Rights, and when a run first met them."""

    rights: bytes
    since: float


class Rights:
    """What runs noted of the account's rights."""

    def __init__(self, notes: SourceNotes) -> None:
        self._notes = notes
        self._since: float | None = None

    def meet(self, rights: bytes, *, at: float) -> None:
        """
        Note the rights with which a run signed in.

        The first ones ever met count as old: nothing was listed with others.
        """
        note = self._notes.get(NOTE, "")
        before = msgspec.msgpack.decode(note.value, type=KnownRights) if note else KnownRights(rights, 0.0)
        same = before.rights == rights
        # a moment that lies in the future was noted by a clock that was ahead: it counts as now
        now = KnownRights(rights, min(before.since, at) if same else at)
        if note is None or now != before:
            self._notes.put(NOTE, "", msgspec.msgpack.encode(now))
        self._since = now.since

    def settled(self, at: float) -> bool:
        """Whether what was answered at some time was answered by these rights."""
        return self._since is not None and at - self._since > KEPT_S
