"""
Whether logins of an office have the addresses, or the names, of one another by now: a list that was put together wrongly, or a table that was
sorted by one column, has them so, and gives each what another one finds.

Nobody edits three logins so by hand. Who is among them stays as she was, until lists of an hour say the same.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import msgspec

from connector.document.ids import digest
from connector.document.mixed_up import mixed_up
from connector.ports.matching import is_address
from connector.ports.source import SourceNotes
from connector.sources.itr.absence import APART_S
from connector.sources.itr.known_logins import NOTE
from connector.sources.itr.login_list import LoginList
from connector.sources.itr.wire import Login

TOLD, EXCHANGED = "told", "exchanged"
MOST = 1_000
"""Logins of which it is noted what they have; all office users are."""


class _Exchange(msgspec.Struct, frozen=True, array_like=True):
    """What logins have of one another, and when a list told it first."""

    told: bytes
    since: float


class ExchangedLogins:
    """What runs noted of what logins have; hashes, since nobody is to be named there."""

    def __init__(self, notes: SourceNotes) -> None:
        self._notes = notes

    def among(self, listed: LoginList, *, works_here: Callable[[Login], bool], at: float) -> list[str]:
        """
        Keys of those who have what others of them had, unless lists of an hour told it; what the others have is noted.

        Whoever may not sign in, or is odd, counts among them. Of candidates, who may be many, the first count, and those who were none before.

        Args:
            at: when their list was begun, in seconds by a clock that nobody sets.
        """
        before = self._before()
        users = {key for key, one in listed.logins.items() if key in before or not one.is_test_taking_user}
        room = max(0, MOST - len(users | before.keys()))
        counted = users | {*islice((key for key in listed.logins if key not in users), room)}
        certain = {key: _told_by(listed.logins[key]) for key in listed.logins if key in counted}
        now = {key: _told_by(one) for key, one in listed.odd.items()} | certain
        # by themselves, too: changes of many who left hide no exchange of those who work
        working = {key: told for key, told in certain.items() if works_here(listed.logins[key])}
        keys = {
            key
            for some in (working, now)
            for column in (0, 1)
            for key in mixed_up(_column(before, column), _column(some, column))
        }
        if self._lasts(digest([f"{key} {now[key]}" for key in sorted(keys)], 16) if keys else b"", at):
            keys = set()
        after = before | {
            key: _or_before(told, before.get(key)) for key, told in certain.items() if key not in keys
        }
        if after != before:
            self._notes.put(NOTE, TOLD, msgspec.json.encode(after))
        return sorted(keys)

    def has_others(self, login: Login) -> bool:
        """Whether a login tells another address, or another name, than it had: the one of before may be somebody else's."""
        before = self._before().get(login.key)
        return before is not None and any(
            now not in {"", had} for now, had in zip(_told_by(login), before, strict=True)
        )

    def _before(self) -> dict[str, tuple[str, str]]:
        note = self._notes.get(NOTE, TOLD)
        return msgspec.json.decode(note.value, type=dict[str, tuple[str, str]]) if note else {}

    def _lasts(self, told: bytes, at: float) -> bool:
        """Note which exchange is told, empty where none is; True when lists an hour apart tell it."""
        note = self._notes.get(NOTE, EXCHANGED)
        first = msgspec.msgpack.decode(note.value, type=_Exchange) if note else None
        # a moment that lies in the future was noted by a clock that was ahead: it counts as now
        if first is None or first.told != told or (told and first.since > at):
            first = _Exchange(told, at)
            self._notes.put(NOTE, EXCHANGED, msgspec.msgpack.encode(first))
        return at - first.since >= APART_S


def _or_before(told: tuple[str, str], had: tuple[str, str] | None) -> tuple[str, str]:
    """What a login tells; where it tells no address, or no name, what it had: a list that lacks a column is no new beginning."""
    address, name = had or ("", "")
    return told[0] or address, told[1] or name


def _column(told: dict[str, tuple[str, str]], column: int) -> dict[str, list[str]]:
    return {key: [one[column]] if one[column] else [] for key, one in told.items()}


def _told_by(login: Login) -> tuple[str, str]:
    """Hash of its address, and of its name; empty where there is none."""
    return _hashed(login.email if is_address(login.email) else ""), _hashed(login.user_name)


def _hashed(text: str) -> str:
    folded = text.strip().casefold()
    return digest([folded], 16).hex() if folded else ""
