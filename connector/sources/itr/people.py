"""
The office users of a company: who they are, what they may see, and who left.

One list tells of everybody; nobody's record is asked for alone (the server refuses other users' records). So a login that
the list shows as inactive or ended is gone at once, and one that the list lacks is gone where its end was proven in
this very run, the account has the rights with which it saw that login, and the list, asked for that one key, does not have it
either; else its absence has to last. Until then it keeps what it has, records too. Candidates are never people. Source: docs/itr.md, people.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast
from uuid import UUID

import msgspec

from connector.document.audience import Audience, make_audience
from connector.errors import BROKEN_OFF, ListingIncomplete
from connector.ports.matching import is_address
from connector.ports.source import PersonRead, SourceNotes
from connector.sources.addresses_in_file import AddressesInFile
from connector.sources.itr.absence import Absences
from connector.sources.itr.account import Account
from connector.sources.itr.confirmed_logins import ConfirmedLogins, told_by
from connector.sources.itr.exchanged_logins import ExchangedLogins
from connector.sources.itr.identities import Identities
from connector.sources.itr.kinds import CLIENT, LOGINS
from connector.sources.itr.known_logins import (
    GONE,
    MASTER_USER,
    NOTE,
    OWN_ONLY,
    KnownLogins,
    was_seen_with,
    works,
)
from connector.sources.itr.list_cache import ListCache
from connector.sources.itr.login_list import LoginList, are_too_many, read_logins
from connector.sources.itr.wire import ZERO, Login, Record, Row, Session, Unreadable, ends_at, manager_of


class Visibility(msgspec.Struct, frozen=True, kw_only=True):
    """Who is shown what, as the settings choose it."""

    permissions: str
    """company, manager or fixed."""
    fixed: tuple[str, ...]
    """With "fixed": identities that may see everything."""
    file: Mapping[str, str]
    """E-mail addresses by the id of a login, for logins that ITR hides or gives no address for."""


class Office:
    """
    The people of one company in one run.

    Args:
        clock: ITR's, which says whose licence has ended, as far as it tells it: seconds since 1970.
    """

    def __init__(
        self,
        account: Account,
        list_cache: ListCache,
        notes: SourceNotes,
        absences: Absences,
        visibility: Visibility,
        clock: Callable[[], float],
    ) -> None:
        self._account = account
        self._list_cache = list_cache
        self._file = {key.lower(): address for key, address in visibility.file.items()}
        self._known_logins = KnownLogins(notes, named=self._file)
        self._exchanged = ExchangedLogins(notes)
        self._confirmed = ConfirmedLogins(notes, list_cache)
        self._absences = absences
        self._permissions = visibility.permissions
        self._fixed = visibility.fixed
        self._identities = Identities(
            account.name, lambda: account.company_key, visibility.permissions, visibility.fixed
        )
        self._in_file = AddressesInFile(notes, self._file)
        self._clock = clock
        self._list: LoginList | None = None
        self._shut_out: set[str] = set()
        """Keys of listed logins that may not sign in from now on, too many at once: they go on finding what they manage."""
        self._stale = False

    def forget(self) -> None:
        """Begin a run."""
        self._list = None
        self._shut_out.clear()
        self._stale = False

    def renew(self) -> None:
        """The list is out of date; until it was read anew it decides about records as before."""
        self._stale = True

    # -- who may see records ------------------------------------------------------------------

    @property
    def tells_records_apart(self) -> bool:
        """Whether records of one kind differ in who may see them, as far as is known."""
        return self._permissions == "manager" or (
            self._permissions == "company" and (self._list is None or bool(self._narrow()))
        )

    async def widest(self) -> Audience:
        """
        Who may see a kind of record at most: the office or the supervisors, and everybody who may manage one.

        Raises:
            SourceUnavailable, SourceRefused, ListingIncomplete, RecordHidden: the list of logins cannot be read.
        """
        try:
            await self._read()
        except BROKEN_OFF:
            if self._permissions != "fixed":
                raise
        if self._permissions == "fixed":
            return make_audience(self._fixed)
        if self._permissions == "company":
            return make_audience([self._identities.office, *map(self._identities.user, self._narrow())])
        return make_audience([self._identities.supervisors, *map(self._identities.user, self._managers())])

    def audience_of(
        self, row: Row | Unreadable, session: Session | Unreadable | None, widest: Audience | None
    ) -> Audience | None:
        """
        Who may see one record; None: unknown.

        Args:
            session: of a generated report.
            widest: of its kind; None: unknown.
        """
        if self._permissions == "fixed" or widest is None:
            return widest
        manager = _manager_of(row, session)
        if manager is None:
            return None if self.tells_records_apart else widest
        own = self._identities.user(str(manager))
        mine = [own] if manager != ZERO and own in widest.identities else []
        return make_audience(
            [
                self._identities.office if self._permissions == "company" else self._identities.supervisors,
                *mine,
            ]
        )

    def most_of(self, row: Row | Unreadable, session: Session | Unreadable | None) -> Audience | None:
        """Beside whom nobody may see one record, whoever may sign in; None: its row does not tell who manages it."""
        manager = _manager_of(row, session)
        return None if manager is None else self._identities.most(manager)

    @property
    def _now(self) -> LoginList:
        """What the list tells, as far as it was read."""
        return LoginList() if self._list is None else self._list

    def _narrow(self) -> list[str]:
        """Keys of those who may work with their own objects only, and of those known before of whom that is not told now."""
        return [
            *(
                key
                for key, login in self._now.logins.items()
                if (key in self._shut_out or self._works_here(login)) and self._now.is_narrow(key)
            ),
            *(key for key in self._odd_and_known() if key in self._now.odd_narrow),
            *(key for key, entry in self._missing().items() if OWN_ONLY in entry),
        ]

    def _odd_and_known(self) -> list[str]:
        """Keys of logins of which something cannot be read, and which an earlier run saw working here."""
        odd = self._now.odd
        entries = self._known_logins.entries() if odd else {}
        return [key for key in odd if works(entries.get(key, GONE))]

    def _missing(self) -> dict[str, str]:
        """What is known of those whom the list lacks, and who have not left by proof: nothing is taken from them."""
        return (
            {}
            if self._list is None
            else self._known_logins.missing(self._list.logins.keys() | self._list.odd)
        )

    def _managers(self) -> list[str]:
        """Keys of all who may sign in, as far as is known: whoever is missing may, until it is proven that she left."""
        return [*self._present(), *self._missing(), *self._shut_out]

    def _present(self) -> list[str]:
        """Keys of all who may sign in, and of those whom the people file, or an earlier run, vouches for."""
        logins, entries = self._now.logins, self._known_logins.entries()
        return [
            *(key for key, login in logins.items() if self._works_here(login)),
            *(key for key in self._file if self._is_vouched_for(key, entries)),
            *(key for key in self._odd_and_known() if key not in self._file),
        ]

    def _is_vouched_for(self, key: str, entries: Mapping[str, str]) -> bool:
        """Whether the people file stands for a login that the list hides; one that it ever showed has left where it lacks it."""
        if key not in self._file or key in self._now.logins:
            return False
        return key in self._now.odd or key not in entries or self._may_be_hidden(key, entries)

    # -- people -------------------------------------------------------------------------------

    def met(self) -> set[str]:
        """Keys of all who may sign in, as far as the list was read in this run."""
        return set(self._present()) if self._list is not None else set()

    async def people(self, keys: Sequence[str]) -> list[PersonRead]:
        """Tell of people; of whom nothing is certain is left out."""
        try:
            await self._read(anew=self._stale)
            gone = await self._leavers(keys)
            logins = await self._read()
        except BROKEN_OFF:
            return []
        entries, elsewhere = self._known_logins.entries(), self._known_logins.elsewhere()
        told = []
        for key in keys:
            login = logins.get(key)
            if login is not None and self._works_here(login):
                self._in_file.hear(key, login.email)
                email = login.email.strip() if is_address(login.email) else self._in_file.of(key)
                told.append(
                    PersonRead(
                        key=key,
                        email=email,
                        username=login.user_name.strip(),
                        identities=self._identities.of(key, told_by(login)),
                    )
                )
            elif login is not None or key in gone:
                told.append(PersonRead(key=key, gone=True, lasted=login is None))
            elif (odd := self._now.odd.get(key)) is not None:
                less = self._confirmed.less_than_last(key, self._now.odd_at_most.get(key))
                if less is not None or self._exchanged.has_others(odd):
                    told.append(_of_odd(odd, () if less is None else self._identities.of(key, less)))
            elif key in elsewhere:
                told.append(PersonRead(key=key, hidden=True))
            elif self._is_vouched_for(key, entries) and (email := self._in_file.of(key)):
                last = self._confirmed.last(key)  # of a master user whom the list showed once
                has = self._identities.of_unlisted(key) if last is None else self._identities.of(key, last)
                told.append(PersonRead(key=key, email=email, identities=has))
            elif self._may_be_hidden(key, entries):
                told.append(PersonRead(key=key, hidden=True))
        return told

    async def _leavers(self, keys: Sequence[str]) -> set[str]:
        """
        Of logins that the list lacks, those that are gone by proof; once told, they stay gone.

        At once where few are missing and the account's rights are those with which it saw them; else after an hour.
        """
        absent = self._absent(keys)
        entries = self._known_logins.entries()
        gone = {key for key in absent if entries.get(key) == GONE}
        if gone == absent or self._now.nameless:
            return gone
        listing = await self._list_cache.prove(LOGINS, CLIENT)
        await self._read(anew=True)
        if not await self._account.has_same_rights():
            return gone
        self._absences.begin(NOTE, at=listing.began)
        self._absences.complete(NOTE)
        at_once = not are_too_many(len(self._missing()), entries)
        rights = self._account.rights
        left = {
            key
            for key in self._absent(keys) - gone
            if not self._may_be_hidden(key, entries)
            and (
                self._absences.lasts(NOTE, key) or (at_once and was_seen_with(entries.get(key, GONE), rights))
            )
            and not await self._is_listed(key)
        }
        self._known_logins.keep({**self._known_logins.entries(), **dict.fromkeys(left, GONE)})
        return gone | left

    def _absent(self, keys: Sequence[str]) -> set[str]:
        """Those of whom neither the list tells, nor the people file, nor another company's account."""
        now, entries = self._now, self._known_logins.entries()
        elsewhere = self._known_logins.elsewhere()
        return {
            key
            for key in keys
            if not (key in now.logins or key in now.odd or key in elsewhere)
            and not self._is_vouched_for(key, entries)
        }

    async def _is_listed(self, key: str) -> bool:
        """Whether the list has a login after all, asked for it alone: pages that shift while they are read may miss one."""
        try:
            row = await self._list_cache.one(LOGINS, CLIENT, key)
        except BROKEN_OFF:
            return True  # nobody is gone by a question that was not answered
        if row is None:
            return False
        self._absences.saw(NOTE, key)
        if isinstance(row, Record):
            self._now.logins[key] = cast(Login, row.row)
        return True

    def _may_be_hidden(self, key: str, entries: Mapping[str, str]) -> bool:
        """Whether a login that the list lacks is a master user's, and the list shows none: the account may have lost the right."""
        shown = any(login.is_master_user for login in self._now.logins.values())
        return not shown and entries.get(key, GONE).endswith(MASTER_USER)

    # -- the list -----------------------------------------------------------------------------

    async def _read(self, *, anew: bool = False) -> dict[str, Login]:
        """
        List the company's logins, once a run; a list without the account itself is not believed.

        Args:
            anew: what was read before is out of date; it goes on deciding about records until the new list is whole.

        Raises:
            SourceUnavailable, SourceRefused, ListingIncomplete, RecordHidden
        """
        if self._list is not None and not anew:
            return self._list.logins
        if self._stale:
            self._list_cache.renew(LOGINS)
        listing = await self._list_cache.read(LOGINS, CLIENT)
        now = read_logins(listing, self._works_here)
        if self._account.login_key not in now.logins.keys() | now.odd:
            raise ListingIncomplete("ITR's list of logins lacks the connector's own login: it is not trusted")
        alone = await self._confirmed.check(now, works_here=self._works_here)
        now.set_aside(alone, self._known_logins.entries())
        exchanged = self._exchanged.among(now, works_here=self._works_here, at=listing.began)
        if doubted := [key for key in exchanged if key in now.odd or self._works_here(now.logins[key])]:
            now.set_aside(doubted, self._known_logins.entries())
            self._account.overlooked["its list of logins"] = [
                f"addresses or names of {len(exchanged)} logins, which others of them had"
            ]
        now.open(self._known_logins.entries(), self._now)
        self._list, self._stale = now, False
        for key in [*now.logins, *now.odd]:
            self._absences.saw(NOTE, key)
        self._known_logins.meet_company(self._account.company_key)
        self._shut_out = now.shut_out(self._known_logins.entries(), self._works_here)
        certain = {key: login for key, login in now.logins.items() if key not in self._shut_out}
        self._known_logins.note(certain, self._account.rights, odd=now.odd, works_here=self._works_here)
        return now.logins

    def _works_here(self, login: Login) -> bool:
        """Whether this is an office user who may sign in: active, no candidate, with a licence that has not ended."""
        end = ends_at(login.end_date_license)
        return login.active and not login.is_test_taking_user and (end is None or end > self._clock())


def _manager_of(row: Row | Unreadable, session: Session | Unreadable | None) -> UUID | None:
    """Key of the login that manages a record, a generated report by its session; None: that is not told."""
    manages = session if session is not None else row
    return manages.manager if isinstance(manages, Unreadable) else manager_of(manages)


def _of_odd(login: Login, at_most: tuple[str, ...]) -> PersonRead:
    """What is told of a login whose row cannot be read: its address and name, as far as they can, and what it has at most, if that is less."""
    return PersonRead(
        key=login.key,
        email=login.email,
        username=login.user_name.strip(),
        identities=at_most,
        hidden=True,
    )
