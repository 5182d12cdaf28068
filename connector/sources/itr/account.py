"""
One signed-in account of ITR, and the calls it makes: every answer is looked at before it counts as one.

ITR's status codes are not to be trusted: an unknown token, and every error of the server, answers 200 with
the words `500 error` (observed). So: sign in once more, then fail; and only JSON of the right shape is data.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import quote

import msgspec

from connector.errors import RecordGone, RecordHidden, SourceRefused, SourceUnavailable
from connector.http.call_policy import CallPolicy
from connector.http.circuit_breaker import CircuitBreaker
from connector.http.exchange import Reply
from connector.http.transport import Transport
from connector.secrets.hiding import keep_token
from connector.sources.itr.answers import FailedError
from connector.sources.itr.calls import Calls
from connector.sources.itr.credentials import Credentials
from connector.sources.itr.own_rows import (
    Company,
    is_narrow,
    parse_companies,
    parse_company_name,
    rights_of,
)
from connector.sources.itr.sign_in import COMPANIES, MASTER_ONLY, SignIn

T = TypeVar("T")
TOKEN_GOOD = b"Token is valid"
OWN_COMPANY = "the account's company"
"""How values of it that are left out are told of."""


class Account:
    """
    Signs in, keeps the token alive by its calls, signs out.

    Args:
        source: the source's name, for messages.

    Raises:
        SettingsError: something cannot be sent in a header.
    """

    def __init__(
        self,
        client: Transport,
        *,
        source: str,
        base_url: str,
        credentials: Credentials,
        calls_per_s: float,
        policy: CallPolicy,
    ) -> None:
        self.name = source
        self.company_key = ""
        self.company_name = ""
        self.login_key = ""
        self.rights = b""
        """Hash of the company and the rights that the account had when it signed in."""
        self.overlooked: dict[str, Sequence[str]] = {}
        """What it told of the account and its company that cannot be read, and that nothing depends on."""
        self.own_objects_only = False
        """Whether its own record says that it may work with its own objects only."""
        self._calls = Calls(client, source=source, base_url=base_url, calls_per_s=calls_per_s, policy=policy)
        self.neighbour, self.answers = self._calls.neighbour, self._calls.answers
        self._signing = SignIn(self._calls, credentials, clock=policy.clock, overlooked=self.overlooked)
        self._token = ""
        self._signing_in = asyncio.Lock()
        self._in_vain = False
        """Whether a new token was no better than the one before in this run."""
        self._is_open = False
        """Whether it is known of this run which login and company it reads as."""
        self._breaker = CircuitBreaker(self.neighbour.name, self.token_is_good)

    # -- in and out ---------------------------------------------------------------------------

    async def open(self) -> None:
        """
        Sign in, and read which company this is and what the account may do.

        Raises:
            SourceUnavailable, SourceRefused: nothing can be read.
        """
        self._breaker.open()
        self.overlooked.clear()
        self._token, self._in_vain, self._is_open = "", False, False
        await self._sign_in(stale="")
        self.rights, self.login_key, self.company_key = await self.read_rights()
        self._signing.check_company(self.company_key)
        self._is_open = True
        path = "/companies/currentcompany"
        name, odd = await self._read_own(path, self.answers.reader(path, parse_company_name))
        self.company_name = name or self.company_key
        if odd:
            self.overlooked[OWN_COMPANY] = odd

    async def close(self) -> None:
        """Sign out."""
        token, self._token = self._token, ""
        if token:
            await self._calls.sign_out(token)

    async def read_rights(self) -> tuple[bytes, str, str]:
        """Read the account's own record: hash of its company and rights, its id, its company's id."""

        def read(reply: Reply) -> tuple[bytes, str, str]:
            try:
                self.own_objects_only = is_narrow(reply.body)
                return rights_of(reply.body)
            except msgspec.DecodeError as error:
                raise self.answers.not_the_api("/logins/currentuser", error) from error

        return await self._read_own("/logins/currentuser", read)

    async def _read_own(
        self, path: str, read: Callable[[Reply], T], headers: Mapping[str, str] | None = None
    ) -> T:
        """Read what ITR tells an account of itself: none of that is a record that may be gone, or hidden."""
        try:
            return await self.read(path, path, read, headers)
        except (RecordGone, RecordHidden) as error:
            raise SourceRefused(f"ITR does not tell the account who it is: {error}") from error

    async def has_same_rights(self) -> bool:
        """Whether the account still has the company and the rights that it signed in with."""
        return (await self.read_rights())[0] == self.rights

    async def token_is_good(self) -> bool:
        """Ask the server whether it takes the token, a new one where this one has ended; not so while its database is down."""
        path = "/checktoken"
        for _ in range(2):
            token = await self._good_token()
            reply = await self._calls.make("POST", path, path, {"SessionID": token}, lambda reply: reply)
            if reply.status != 404:
                return reply.status == 200 and reply.body.strip() == TOKEN_GOOD
            await self._sign_in(stale=token)
        return False

    async def companies(self) -> list[Company]:
        """The companies of the account, from the master database."""
        return await self._read_own(COMPANIES, self.answers.reader(COMPANIES, parse_companies), MASTER_ONLY)

    # -- calls --------------------------------------------------------------------------------

    async def read(
        self,
        path: str,
        endpoint: str,
        read: Callable[[Reply], T],
        headers: Mapping[str, str] | None = None,
    ) -> T:
        """
        Make one GET with a token; `500 error` is answered by one new token, once that was in vain only where the token has ended.

        Args:
            endpoint: what the server counts calls by: the path without its ids.

        Raises:
            RecordGone: this record does not exist, or is not for this account.
            RecordHidden, SourceRefused: a role is missing.
            SourceUnavailable: no answer, or none that is data.
        """
        return await self._breaker.before(lambda: self._read(path, endpoint, read, headers))

    async def _read(
        self,
        path: str,
        endpoint: str,
        read: Callable[[Reply], T],
        headers: Mapping[str, str] | None,
    ) -> T:
        def checked(reply: Reply) -> T:
            self.answers.check(reply, path)
            return read(reply)

        def once(token: str) -> Awaitable[T]:
            return self._calls.make("GET", path, endpoint, {"SessionID": token, **(headers or {})}, checked)

        token = await self._good_token()
        try:
            return await once(token)
        except FailedError as error:
            if self._in_vain and await self.token_is_good() and token == self._token:
                raise error.meaning or SourceUnavailable(
                    f"{self.neighbour.name}: {path} answers 500 error, though the token is good"
                ) from None
            token = await self._sign_in(stale=token)
        try:
            return await once(token)
        except FailedError as error:
            self._in_vain = True
            raise error.meaning or SourceUnavailable(
                f"{self.neighbour.name}: {path} answers 500 error, also after signing in once more"
            ) from None

    async def _good_token(self) -> str:
        """A token that is good as far as is known."""
        token = self._token or await self._sign_in(stale="")
        keep_token(token)
        return token

    async def _sign_in(self, *, stale: str) -> str:
        """Fetch a token, once for all who wait for it."""
        async with self._signing_in:
            if not self._token or self._token == stale:
                self._token = ""
                token = await self._signing.token(self.company_key)
                if self._is_open:
                    await self._check_same(token)
                self._token = token
            return self._token

    async def _check_same(self, token: str) -> None:
        """
        Make sure that a further token of a run is for the login and the company with which it began; what fails here fails again at what is asked next.

        Raises:
            SourceRefused: it is for others.
            SourceUnavailable: no answer, or none that tells.
        """
        path = "/logins/currentuser"

        def read(reply: Reply) -> tuple[bytes, str, str]:
            self.answers.check(reply, path)
            return self.answers.reader(path, rights_of)(reply)

        try:
            _, login, company = await self._calls.make("GET", path, path, {"SessionID": token}, read)
        except (FailedError, RecordGone, RecordHidden):
            return
        if (login, company) != (self.login_key, self.company_key):
            raise SourceRefused(
                f"ITR signed the account of sources.{self.name} in once more, and says that it is another login, or of another company, by now"
            )


def quote_key(key: str) -> str:
    """Make a key fit for a path."""
    return quote(key, safe="")
