"""
Which logins the list of an office ever showed, with which rights of the account, and which of them left.

Of a login that the list lacks, this tells what it was: it stays that until it is proven that it left.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping

import msgspec

from connector.ports.source import SourceNotes
from connector.sources.itr.wire import Login

NOTE, SEEN = "office", "seen"
COMPANY, ELSEWHERE = "company", "elsewhere"
GONE = ""
"""In place of an entry: it left."""
OWN_ONLY, OUT, MASTER_USER = "+own", "+out", "+master"
"""Behind the rights of an entry: works with its own objects only; may not sign in; is a master user, whom ITR shows to such accounts only."""


def _entry_of(login: Login, rights: bytes, *, works_here: bool) -> str:
    """What is noted of a login that is listed."""
    flags = ((OWN_ONLY, login.may_work_with_own_objects_only), (OUT, not works_here))
    return (
        rights.hex()
        + "".join(flag for flag, is_set in flags if is_set)
        + (MASTER_USER if login.is_master_user else "")
    )


def works(entry: str) -> bool:
    """Whether a login worked in the office when it was listed last."""
    return entry != GONE and OUT not in entry


def was_seen_with(entry: str, rights: bytes) -> bool:
    """Whether a login was listed last for an account of these rights."""
    return entry != GONE and entry.partition("+")[0] == rights.hex()


class KnownLogins:
    """
    What runs noted of the logins of one source.

    Args:
        named: keys of whom the people file names; they are noted whoever they are.
    """

    def __init__(self, notes: SourceNotes, *, named: Container[str]) -> None:
        self._notes = notes
        self._named = named

    def entries(self) -> dict[str, str]:
        """By key of a login; of another company, too."""
        note = self._notes.get(NOTE, SEEN)
        return msgspec.json.decode(note.value, type=dict[str, str]) if note else {}

    def keep(self, entries: Mapping[str, str]) -> None:
        """Note all of them."""
        self._notes.put(NOTE, SEEN, msgspec.json.encode(entries))

    def note(
        self,
        listed: Mapping[str, Login],
        rights: bytes,
        *,
        odd: Mapping[str, Login],
        works_here: Callable[[Login], bool],
    ) -> None:
        """
        Note of a list whoever works here, and of the others whoever did; candidates may be many.

        Args:
            rights: hash of those of the account.
            odd: logins of which something cannot be read: of them it is noted that they were listed, and they stay what they were.
        """
        before = self.entries()
        now = {
            key: _entry_of(login, rights, works_here=False)
            for key, login in odd.items()
            if key in self._named and key not in before
        } | {
            key: _entry_of(login, rights, works_here=works_here(login))
            for key, login in listed.items()
            if key in before or key in self._named or works_here(login)
        }
        if (after := {**before, **now}) != before:
            self.keep(after)

    def missing(self, listed: Container[str]) -> dict[str, str]:
        """Entries of those who worked here, whom the list lacks, and of whom nothing proves that they left."""
        elsewhere = self.elsewhere()
        return {
            key: entry
            for key, entry in self.entries().items()
            if works(entry) and key not in listed and key not in elsewhere
        }

    def meet_company(self, company: str) -> None:
        """Note of whom an account of another company saw that this one cannot tell of them, until it is of that company again."""
        note = self._notes.get(NOTE, COMPANY)
        before = note.value.decode() if note else company
        if before != company:
            there = {key: before for key, entry in self.entries().items() if entry != GONE}
            others = {key: where for key, where in {**there, **self.elsewhere()}.items() if where != company}
            self._notes.put(NOTE, ELSEWHERE, msgspec.json.encode(others))
        if note is None or before != company:
            self._notes.put(NOTE, COMPANY, company.encode())

    def elsewhere(self) -> dict[str, str]:
        """Logins that were seen in another company than the account's, each with that company."""
        note = self._notes.get(NOTE, ELSEWHERE)
        return msgspec.json.decode(note.value, type=dict[str, str]) if note else {}
