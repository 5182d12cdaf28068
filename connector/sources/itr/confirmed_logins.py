"""
Whether the list of logins, asked for one of them alone, tells of it what its pages do: a page that was put together wrongly, or comes late, gives
to one login the address or the rights of another one, or those that it had.

Who gets more is asked about: another address or name, to sign in, all records, those of supervisors. Whoever gets less, gets less at once, but
where pages told others wrongly she is asked about, too.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from connector.document.ids import digest
from connector.errors import BROKEN_OFF
from connector.ports.source import SourceNotes
from connector.sources.itr.kinds import CLIENT, LOGINS
from connector.sources.itr.known_logins import NOTE
from connector.sources.itr.list_cache import ListCache
from connector.sources.itr.login_list import LoginList
from connector.sources.itr.wire import Login, Record

CONFIRMED = "confirmed"


class Told(msgspec.Struct, frozen=True, array_like=True):
    """What decides what an office user finds."""

    called: str
    """Hash of address and name."""
    everything: bool
    """Whether more than the own records is shown."""
    supervises: bool

    def gives_more_than(self, before: Told | None) -> bool:
        """Whether somebody may find more by it than by what was told before; None: nothing was."""
        return (
            before is None
            or self.called != before.called
            or self.everything > before.everything
            or self.supervises > before.supervises
        )


class ConfirmedLogins:
    """What runs noted of office users, as far as the list told it of each alone; nobody is named there."""

    def __init__(self, notes: SourceNotes, list_cache: ListCache) -> None:
        self._notes = notes
        self._list_cache = list_cache

    async def check(self, listed: LoginList, *, works_here: Callable[[Login], bool]) -> list[str]:
        """
        Ask about whoever gets more by a list, and let what is told of each alone count.

        Returns:
            Keys of those of whom that could not be told: they stay as they were.
        """
        before = self._before()
        changed = [
            key
            for key, login in listed.logins.items()
            if before is not None and before.get(key) != (told_by(login) if works_here(login) else None)
        ]
        more = {
            key
            for key in changed
            if works_here(login := listed.logins[key])
            and told_by(login).gives_more_than((before or {}).get(key))
        }
        doubted, are_wrong = [], False
        for key in sorted(changed, key=lambda one: one not in more):
            if key not in more and not are_wrong:
                break
            alone = await self._ask(key)
            if alone is not None:
                are_wrong = are_wrong or alone != listed.logins[key]
                listed.logins[key] = alone
            elif key in more:
                doubted.append(key)
        now = {
            key: told_by(login)
            for key, login in listed.logins.items()
            if works_here(login) and key not in doubted
        }
        kept = {
            key: told for key, told in (before or {}).items() if key not in listed.logins or key in doubted
        }
        if before != (after := kept | now):
            self._notes.put(NOTE, CONFIRMED, msgspec.json.encode(after))
        return doubted

    def last(self, key: str) -> Told | None:
        """What was told last of a login that worked here; None: nothing ever was."""
        return (self._before() or {}).get(key)

    def less_than_last(self, key: str, at_most: tuple[bool, bool] | None) -> Told | None:
        """
        What is left of what was told last of a login; None where that is all of it, or nothing was told.

        Args:
            at_most: whether it may see everything, and supervise, as far as its odd row tells.
        """
        last = self.last(key)
        if last is None or at_most is None:
            return None
        everything, supervises = last.everything and at_most[0], last.supervises and at_most[1]
        less = Told(last.called, everything, supervises)
        return None if less == last else less

    def _before(self) -> dict[str, Told] | None:
        note = self._notes.get(NOTE, CONFIRMED)
        return msgspec.json.decode(note.value, type=dict[str, Told]) if note else None

    async def _ask(self, key: str) -> Login | None:
        """What the list tells of a login alone; None: nothing."""
        try:
            row = await self._list_cache.one(LOGINS, CLIENT, key)
        except BROKEN_OFF:
            return None
        return row.row if isinstance(row, Record) and isinstance(row.row, Login) else None


def told_by(login: Login) -> Told:
    """What a row tells of a login."""
    everything = not login.may_work_with_own_objects_only
    called = digest([login.email.strip().casefold(), login.user_name.strip().casefold()], 8).hex()
    return Told(called, everything, everything and login.is_organisation_supervisor)
