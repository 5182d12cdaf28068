"""
One signed-in account of ITR, and the calls it makes: every answer is looked at before it counts as one.

ITR's status codes are not to be trusted: an unknown token, and every error of the server, answers 200 with
the words `500 error` (observed). So: sign in once more, then fail; and only JSON of the right shape is data.
Everything is sent in headers, which are latin-1.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar
from urllib.parse import quote
from uuid import UUID

import msgspec

from connector.errors import RecordGone, RecordHidden, SourceRefused, SourceUnavailable
from connector.http.call_policy import CallPolicy
from connector.http.circuit_breaker import CircuitBreaker
from connector.http.exchange import Reply
from connector.http.neighbour import Neighbour
from connector.http.transport import Transport
from connector.secrets.hiding import keep_token
from connector.sources.itr.answers import FAILED, Answers, FailedError
from connector.sources.itr.credentials import Credentials, check_credentials, one_time_code
from connector.sources.itr.exchanges import EXCHANGES
from connector.sources.itr.own_rows import (
    Company,
    SignedIn,
    is_narrow,
    parse_companies,
    parse_company_name,
    parse_signed_in,
    rights_of,
)
from connector.sources.itr.rate_limit import RateLimit

T = TypeVar("T")
PAUSE_S = 1.0
"""After any passing trouble, at least: a 429 comes without Retry-After and its window is a second."""
NOBODYS = "Wnever"
"""A token that no session has."""
TOKEN_GOOD = b"Token is valid"
COMPANIES = "/logins/currentuser/companies"
OWN_COMPANY = "the account's company"
"""How values of it that are left out are told of."""
MASTER_ONLY = {"IncludeMaster": "Y", "IncludeClient": "N", "StartPage": "-1"}
"""Companies stand in the master database; of both, each would be told twice (observed)."""


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
        check_credentials(source, credentials)
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
        self.neighbour = Neighbour(
            client,
            name=f"ITR ({source})",
            base_url=base_url,
            exchanges=EXCHANGES,
            unavailable=SourceUnavailable,
            policy=msgspec.structs.replace(
                policy, backoff_max_s=max(policy.backoff_max_s, PAUSE_S), least_pause_s=PAUSE_S
            ),
        )
        self.answers = Answers(source, self.neighbour.name)
        self._credentials = credentials
        self._rate_limit = RateLimit(
            calls_per_s, sleep=policy.sleep, now=lambda: asyncio.get_running_loop().time()
        )
        self._clock = policy.clock
        self._token = ""
        self._signing_in = asyncio.Lock()
        self._in_vain = False
        """Whether a new token was no better than the one before in this run."""
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
        self._token, self._in_vain = "", False
        await self._sign_in(stale="")
        self.rights, self.login_key, self.company_key = await self.read_rights()
        path = "/companies/currentcompany"
        name, odd = await self._read_own(path, self.answers.reader(path, parse_company_name))
        self.company_name = name or self.company_key
        if odd:
            self.overlooked[OWN_COMPANY] = odd

    async def close(self) -> None:
        """Sign out; a server that does not answer forgets the token by itself after ten minutes."""
        token, self._token = self._token, ""
        if not token:
            return
        try:
            await self.neighbour.call(
                "POST", "/logout", headers={"SessionID": token}, read=lambda _: None, repeat=False
            )
        except SourceUnavailable:
            return

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
            token = self._token or await self._sign_in(stale="")
            reply = await self._attempt("POST", path, path, {"SessionID": token}, lambda reply: reply)
            if reply.status != 404:
                return reply.status == 200 and reply.body.strip() == TOKEN_GOOD
            await self._sign_in(stale=token)
        return False

    async def companies(self) -> list[Company]:
        """The companies of the account, from the master database."""
        return _each_once(await self._read_own(COMPANIES, self._companies_in, MASTER_ONLY))

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
            return self._attempt("GET", path, endpoint, {"SessionID": token, **(headers or {})}, checked)

        token = self._token or await self._sign_in(stale="")
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

    async def _attempt(
        self, method: str, path: str, endpoint: str, headers: Mapping[str, str], read: Callable[[Reply], T]
    ) -> T:
        """Make one call; after passing trouble make it again, each time in its turn and after a pause."""
        return await self.neighbour.call(
            method, path, headers=headers, read=read, turn=lambda: self._rate_limit.wait(endpoint)
        )

    # -- signing in ---------------------------------------------------------------------------

    async def _sign_in(self, *, stale: str) -> str:
        """Fetch a token, once for all who wait for it."""
        async with self._signing_in:
            if self._token and self._token != stale:
                return self._token
            self._token = ""
            company = self._credentials.company_id or self.company_key
            try:
                answer = await self._log_in("GET", "/login", {"CompanyID": company} if company else {})
            except SourceRefused as error:
                await self._blame_the_database(error)
                raise
            if not answer.session_id and answer.mfa_status:
                answer = await self._answer_code(answer)
            if not answer.session_id:
                raise SourceUnavailable(f"{self.neighbour.name}: /login answered without a token")
            if answer.multiple_companies_found == "Y" and not company:
                await self._refuse_choice(answer.session_id)
            if company and not _is_same(answer.company_id, company):
                raise SourceRefused(
                    f"ITR signed the account in to another company than sources.{self.name}.company_id names"
                )
            keep_token(answer.session_id)
            self._token = answer.session_id
            return self._token

    async def _blame_the_database(self, refused: SourceRefused) -> None:
        """
        Tell a database that is down from a wrong password: both are answered 401 (observed).

        Raises:
            SourceUnavailable: not even a token that nobody has can be looked up.
        """
        path = "/checktoken"
        try:
            down = await self._attempt(
                "POST", path, path, {"SessionID": NOBODYS}, lambda reply: reply.body.strip() == FAILED
            )
        except SourceUnavailable:
            return
        if down:
            raise SourceUnavailable(
                f"{self.neighbour.name}: its database does not answer, and so it lets nobody sign in"
            ) from refused

    async def _log_in(self, method: str, path: str, more: Mapping[str, str]) -> SignedIn:
        parse = partial(parse_signed_in, asked="CompanyID" in more)
        who = {"UserID": self._credentials.user_id, "Password": self._credentials.password}

        def read(reply: Reply) -> SignedIn:
            if reply.status == 401:
                keys = ", ".join(
                    f"sources.{self.name}.{key}" for key in ("user_id", "password", "company_id")
                )
                raise SourceRefused(
                    f"ITR refused the one-time code: check sources.{self.name}.totp_secret and this machine's clock"
                    if method == "POST"
                    else f"ITR refused to sign in; it does not say why: check {keys}, that the account and its licence are active, "
                    "and that ITR's database is up"
                )
            if reply.status == 200 and reply.body.strip() == FAILED:
                raise SourceUnavailable(f"{self.neighbour.name}: {path} answered 500 error")
            self.answers.check(reply, path)
            answer, odd = self.answers.reader(path, parse)(reply)
            if odd:
                self.overlooked["the answer of the sign-in"] = odd
            return answer

        return await self._attempt(method, path, path, {**who, **more}, read)

    async def _answer_code(self, first: SignedIn) -> SignedIn:
        """Send the one-time code that the company asks for; once more where its half minute was over before it was looked at."""
        secret = _secret_of_codes(self.name, self._credentials, first)
        code = one_time_code(secret, self._clock())
        try:
            return await self._log_in_with_code(first, code)
        except SourceRefused:
            now = one_time_code(secret, self._clock())
            if now == code:
                raise
        return await self._log_in_with_code(first, now)

    async def _log_in_with_code(self, first: SignedIn, code: str) -> SignedIn:
        return await self._log_in("POST", "/login/mfacode", {"CompanyID": first.company_id, "MFACode": code})

    async def _refuse_choice(self, token: str) -> None:
        """Say which companies there are, sign out, and stop: a person has to choose."""
        self._token = token

        def read(reply: Reply) -> list[Company]:
            self.answers.check(reply, COMPANIES)
            return self._companies_in(reply)

        try:
            companies = await self._attempt(
                "GET", COMPANIES, COMPANIES, {"SessionID": token, **MASTER_ONLY}, read
            )
        except FailedError as error:
            raise error.meaning or SourceUnavailable(
                f"{self.neighbour.name}: {COMPANIES} answers 500 error"
            ) from None
        except (RecordGone, RecordHidden) as error:
            raise SourceRefused(f"ITR does not tell the account its companies: {error}") from error
        await self.close()
        named = "; ".join(f"{one.company_name} = {one.id}" for one in _each_once(companies))
        raise SourceRefused(
            f"The account of sources.{self.name} belongs to several companies; set sources.{self.name}.company_id to one of: {named}"
        )

    def _companies_in(self, reply: Reply) -> list[Company]:
        return self.answers.reader(COMPANIES, parse_companies)(reply)


def _secret_of_codes(source: str, credentials: Credentials, asked: SignedIn) -> str:
    """
    What one-time codes are made of.

    Raises:
        SourceRefused: the account, or the settings, have none.
    """
    if asked.mfa_status == "QR":
        raise SourceRefused(
            f"ITR asks for a one-time code, but the account has none set up: sign in to the web client once, "
            f"and set sources.{source}.totp_secret"
        )
    if not credentials.totp_secret:
        raise SourceRefused(
            f"ITR asks for a one-time code: set sources.{source}.totp_secret, or use an account of a company without it"
        )
    return credentials.totp_secret


def _each_once(companies: list[Company]) -> list[Company]:
    return list({one.id: one for one in companies}.values())


def _is_same(one: str, other: str) -> bool:
    """Whether two spellings are one id; ITR takes any case, with or without dashes and braces."""
    try:
        return UUID(one) == UUID(other)
    except ValueError:
        return False


def quote_key(key: str) -> str:
    """Make a key fit for a path."""
    return quote(key, safe="")
