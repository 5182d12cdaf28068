"""What the people of one company's office are called where it is told who may see a record. PURE."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from connector.document.audience import Audience, group_identity, make_audience, user_identity
from connector.sources.itr.confirmed_logins import Told


class Identities:
    """
    The identities of one office.

    Args:
        company: tells the key of the company that the account belongs to.
        permissions: company, manager or fixed.
        fixed: with "fixed", identities that may see everything.
    """

    def __init__(
        self, source: str, company: Callable[[], str], permissions: str, fixed: tuple[str, ...]
    ) -> None:
        self._source = source
        self._company = company
        self._permissions = permissions
        self._fixed = fixed

    @property
    def office(self) -> str:
        """Of whoever works with more than the own objects."""
        return group_identity(self._source, self._company(), "office")

    @property
    def supervisors(self) -> str:
        """Of those of them who supervise."""
        return group_identity(self._source, self._company(), "supervisors")

    def user(self, key: str) -> str:
        """Of one login."""
        return user_identity(self._source, key)

    def of(self, key: str, told: Told) -> tuple[str, ...]:
        """All that a login has, by what the list tells of it, or told last."""
        mine = [self.user(key)]
        if told.everything:
            mine += self._fixed
            if self._permissions != "fixed":
                mine.append(self.office)
                if told.supervises:
                    mine.append(self.supervisors)
        return tuple(sorted(set(mine)))

    def of_unlisted(self, key: str) -> tuple[str, ...]:
        """What a login has that the list never told of."""
        return (self.user(key), *self._fixed)

    def most(self, manager: UUID) -> Audience:
        """Beside whom nobody may see a record that somebody manages, whoever of them may sign in."""
        return make_audience([self.office, self.supervisors, self.user(str(manager))])
