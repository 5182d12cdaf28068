"""What one list of an office's logins tells: who they are, and of whom something cannot be read. PURE."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import cast

import msgspec

from connector.sources.itr.known_logins import OWN_ONLY, works
from connector.sources.itr.listing import Listing
from connector.sources.itr.wire import Login, Record

FEW = 2
"""So many logins, or a third of all, may leave at once before that is in doubt."""


class LoginList(msgspec.Struct):
    """The logins of one list."""

    logins: dict[str, Login] = {}
    """By key; those of which what can be read is enough, too."""
    odd: dict[str, Login] = {}
    """Logins of which something cannot be read, as far as they tell: who they are, and whether they may sign in, stays as it was."""
    odd_narrow: set[str] = set()
    """Of them, those who may work with their own objects only, as far as they tell."""
    opened: set[str] = set()
    """Logins that worked with their own objects only when a run of before noted them, and see everything by this list."""
    odd_at_most: dict[str, tuple[bool, bool]] = {}
    """Of them, whether they may see everything, and supervise, as far as their rows tell; what is not told may be so."""
    nameless: bool = False
    """Whether it holds a login without a key: nobody whom it lacks has left by that."""

    def open(self, known: Mapping[str, str], before: LoginList) -> None:
        """
        Note who sees everything from now on: until their own lists of identities are longer, and those come last, records are to name them.

        Args:
            known: entries of logins as they were listed before.
            before: the list that this run read before, if any.
        """
        narrow = {key for key in self.logins if OWN_ONLY in known.get(key, "")}
        self.opened = before.opened | {
            key for key in narrow if not self.logins[key].may_work_with_own_objects_only
        }

    def is_narrow(self, key: str) -> bool:
        """Whether records are to name a login that is listed, since it may work with its own objects only, or might until this run."""
        return key in self.opened or self.logins[key].may_work_with_own_objects_only

    def set_aside(self, keys: Collection[str], known: Mapping[str, str]) -> None:
        """
        Let logins stay as they were, whatever their rows tell.

        Args:
            known: entries of logins as they were listed before.
        """
        for key in keys:
            login = self.logins.pop(key) if key in self.logins else self.odd[key]
            self.odd[key] = msgspec.structs.replace(login, email="", user_name="")
            self.odd_at_most.pop(key, None)
            if OWN_ONLY in known.get(key, ""):
                self.odd_narrow.add(key)

    def shut_out(self, known: Mapping[str, str], works_here: Callable[[Login], bool]) -> set[str]:
        """
        Keys of those who may not sign in from now on, where they are too many at once: then a column that was lost is more likely.

        Args:
            known: entries of logins as they were listed before.
        """
        out = {key for key, one in self.logins.items() if works(known.get(key, "")) and not works_here(one)}
        return out if are_too_many(len(out), known) else set()


def are_too_many(leaving: int, known: Mapping[str, str]) -> bool:
    """Whether so many leave at once that it is in doubt."""
    return leaving > max(FEW, sum(map(works, known.values())) // 3)


def read_logins(listing: Listing, works_here: Callable[[Login], bool]) -> LoginList:
    """Read a list of logins."""
    found = LoginList(nameless=bool(listing.nameless))
    for page in listing.pages():
        for record in page:
            if isinstance(record, Record):
                found.logins[record.row.key] = cast(Login, record.row)
            elif works_here(login := record.as_far_as_told(Login)):
                found.odd[record.key] = login
                everything = not record.told.get("MayWorkWithOwnObjectsOnly", False)
                supervises = everything and record.told.get("IsOrganisationSupervisor", True)
                found.odd_at_most[record.key] = everything, supervises
                if record.told.get("MayWorkWithOwnObjectsOnly", True):
                    found.odd_narrow.add(record.key)
            else:  # what can be read is enough
                found.logins[record.key] = login
    return found
