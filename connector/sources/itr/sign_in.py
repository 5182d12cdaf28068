"""How an account of ITR signs in: its password, the one-time code that a company may ask for, and why it was let in nowhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from uuid import UUID

from connector.errors import RecordGone, RecordHidden, SourceRefused, SourceUnavailable
from connector.http.exchange import Reply
from connector.secrets.hiding import keep_token
from connector.sources.itr.answers import FAILED, FailedError
from connector.sources.itr.calls import Calls
from connector.sources.itr.credentials import Credentials, check_credentials, one_time_code
from connector.sources.itr.own_rows import Company, SignedIn, parse_companies, parse_signed_in

NOBODYS = "Wnever"
"""A token that no session has."""
COMPANIES = "/logins/currentuser/companies"
MASTER_ONLY = {"IncludeMaster": "Y", "IncludeClient": "N", "StartPage": "-1"}
"""Companies stand in the master database; of both, each would be told twice (observed)."""


class SignIn:
    """
    Fetches tokens of one account.

    Raises:
        SettingsError: something cannot be sent in a header.
    """

    def __init__(
        self,
        calls: Calls,
        credentials: Credentials,
        *,
        clock: Callable[[], float],
        overlooked: dict[str, Sequence[str]],
    ) -> None:
        """
        Args:
            clock: seconds since 1970, by which one-time codes are made.
            overlooked: is told what of an answer cannot be read.
        """
        check_credentials(calls.source, credentials)
        self._calls = calls
        self._credentials = credentials
        self._clock = clock
        self._overlooked = overlooked
        self._signed_in_to = ""
        """The company that the last answer named; empty: none that can be read."""

    async def token(self, known_company: str) -> str:
        """
        Fetch one.

        Args:
            known_company: id of the company that the account was signed in to before; empty: it was to none.

        Raises:
            SourceUnavailable, SourceRefused: there is none.
        """
        company = self._credentials.company_id or known_company
        try:
            answer = await self._log_in("GET", "/login", {"CompanyID": company} if company else {})
        except SourceRefused as error:
            await self._blame_the_database(error)
            raise
        if not answer.session_id and answer.mfa_status:
            answer = await self._answer_code(answer)
        if not answer.session_id:
            raise SourceUnavailable(f"{self._calls.neighbour.name}: /login answered without a token")
        keep_token(answer.session_id)
        if answer.multiple_companies_found == "Y" and not company:
            await self._refuse_choice(answer.session_id)
        if company and not _is_same(answer.company_id, company):
            raise SourceRefused(
                f"ITR signed the account in to another company than sources.{self._calls.source}.company_id names"
            )
        self._signed_in_to = answer.company_id
        return answer.session_id

    def check_company(self, told: str) -> None:
        """
        Compare the company of the last sign-in with that of the account's own record.

        Raises:
            SourceRefused: they are two.
        """
        if self._signed_in_to and not _is_same(self._signed_in_to, told):
            raise SourceRefused(
                f"ITR signed the account of sources.{self._calls.source} in to the company {self._signed_in_to}, and says that its login "
                f"is of {told}: nobody can tell whose records it would show"
            )

    async def _blame_the_database(self, refused: SourceRefused) -> None:
        """
        Tell a database that is down from a wrong password: both are answered 401 (observed).

        Raises:
            SourceUnavailable: not even a token that nobody has can be looked up.
        """
        path = "/checktoken"
        try:
            down = await self._calls.make(
                "POST", path, path, {"SessionID": NOBODYS}, lambda reply: reply.body.strip() == FAILED
            )
        except SourceUnavailable:
            return
        if down:
            raise SourceUnavailable(
                f"{self._calls.neighbour.name}: its database does not answer, and so it lets nobody sign in"
            ) from refused

    async def _log_in(self, method: str, path: str, more: Mapping[str, str]) -> SignedIn:
        calls = self._calls
        parse = partial(parse_signed_in, asked="CompanyID" in more)
        who = {"UserID": self._credentials.user_id, "Password": self._credentials.password}

        def read(reply: Reply) -> SignedIn:
            if reply.status == 401:
                keys = ", ".join(
                    f"sources.{calls.source}.{key}" for key in ("user_id", "password", "company_id")
                )
                raise SourceRefused(
                    f"ITR refused the one-time code: check sources.{calls.source}.totp_secret and this machine's clock"
                    if method == "POST"
                    else f"ITR refused to sign in; it does not say why: check {keys}, that the account and its licence are active, "
                    "and that ITR's database is up"
                )
            if reply.status == 200 and reply.body.strip() == FAILED:
                raise SourceUnavailable(f"{calls.neighbour.name}: {path} answered 500 error")
            calls.answers.check(reply, path)
            answer, odd = calls.answers.reader(path, parse)(reply)
            if odd:
                self._overlooked["the answer of the sign-in"] = odd
            return answer

        return await calls.make(method, path, path, {**who, **more}, read)

    async def _answer_code(self, first: SignedIn) -> SignedIn:
        """Send the one-time code that the company asks for; once more where its half minute was over before it was looked at."""
        secret = _secret_of_codes(self._calls.source, self._credentials, first)
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
        calls = self._calls

        def read(reply: Reply) -> list[Company]:
            calls.answers.check(reply, COMPANIES)
            return calls.answers.reader(COMPANIES, parse_companies)(reply)

        try:
            companies = await calls.make(
                "GET", COMPANIES, COMPANIES, {"SessionID": token, **MASTER_ONLY}, read
            )
        except FailedError as error:
            raise error.meaning or SourceUnavailable(
                f"{calls.neighbour.name}: {COMPANIES} answers 500 error"
            ) from None
        except (RecordGone, RecordHidden) as error:
            raise SourceRefused(f"ITR does not tell the account its companies: {error}") from error
        await calls.sign_out(token)
        named = "; ".join(f"{one.company_name} = {one.id}" for one in companies)
        raise SourceRefused(
            f"The account of sources.{calls.source} belongs to several companies; set sources.{calls.source}.company_id to one of: {named}"
        )


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


def _is_same(one: str, other: str) -> bool:
    """Whether two spellings are one id; ITR takes any case, with or without dashes and braces."""
    try:
        return UUID(one) == UUID(other)
    except ValueError:
        return False
