"""
The calls to Interaxo: one token for all of them, answers read once, foreign errors made ours.

A token is kept until shortly before it expires, from run to run; a 401 is answered by one new token. Source:
https://api.interaxo.com, Authentication and Error handling.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec

from connector.errors import RecordGone, RecordHidden, SourceRefused, SourceUnavailable
from connector.http.call_policy import CallPolicy
from connector.http.circuit_breaker import CircuitBreaker
from connector.http.exchange import Exchange, Reply, Tally
from connector.http.foreign_pages import is_page, unless_between, words_of_redirect
from connector.http.json_rows import mended
from connector.http.neighbour import Neighbour, words_of
from connector.http.tokens import Tokens
from connector.http.transport import Transport
from connector.secrets.hiding import keep_token
from connector.sources.interaxo import links, wire
from connector.sources.interaxo.exchanges import COMMUNITIES, signing_in
from connector.sources.interaxo.places import RoomInfo
from connector.sources.interaxo.room_rows import parse_named
from connector.sources.interaxo.wire import Item, Token, Unreadable

T = TypeVar("T")
SIGN_OF_LIFE = COMMUNITIES


class Unauthorized(Exception):
    """401: the token is no longer good."""


class OddAnswer(SourceUnavailable):
    """200 with an object that cannot be read as what it should be; another try says the same."""

    def __init__(self, message: str, unread: Unreadable) -> None:
        super().__init__(message)
        self.unread = unread
        """What can be read of it."""


class NotAccepted(SourceRefused):
    """400: something of the query is not taken."""

    def __init__(self, message: str, codes: frozenset[str]) -> None:
        super().__init__(message)
        self.codes = codes
        """Of `errors[]`; live answers may come without (observed)."""


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """Which Interaxo is called, and as whom."""

    base_url: str
    token_url: str
    audience: str
    client_id: str
    client_secret: str


class Calls:
    """What is asked of one Interaxo host, with the rights of one client."""

    def __init__(
        self,
        client: Transport,
        *,
        source: str,
        access: Access,
        exchanges: tuple[Exchange, ...],
        policy: CallPolicy,
        tokens: Tokens,
    ) -> None:
        """
        Args:
            tokens: that this process has, of earlier runs among them.
        """
        self.name = source
        self.host = urlsplit(access.base_url).netloc
        token_parts = urlsplit(access.token_url)
        self._token_path = token_parts.path
        self.neighbour = Neighbour(
            client,
            name=f"Interaxo ({self.name})",
            base_url=access.base_url,
            exchanges=exchanges,
            unavailable=SourceUnavailable,
            policy=policy,
        )
        self.issuer = Neighbour(
            client,
            name=f"Interaxo's sign-in ({self.name})",
            base_url=f"{token_parts.scheme}://{token_parts.netloc}",
            exchanges=signing_in(token_parts.path),
            unavailable=SourceUnavailable,
            policy=msgspec.structs.replace(policy, calls_per_s=0.0),
        )
        self._grant = {
            "grant_type": "client_credentials",
            "client_id": access.client_id,
            "client_secret": access.client_secret,
            "audience": access.audience,
        }
        self._access = access
        self._tokens = tokens
        self._signing_in = asyncio.Lock()
        self._in_vain = False
        """Whether a new token was no better than the one before in this run."""
        self._breaker = CircuitBreaker(self.neighbour.name, self._answers_probe)

    def open(self) -> None:
        """A new run: the host may be up again."""
        self._breaker.open()
        self._in_vain = False

    @property
    def tallies(self) -> list[Tally]:
        """What was asked here, and to sign in."""
        return [self.neighbour.tally, self.issuer.tally]

    async def token(self) -> str:
        """A token that is good for now."""
        token = self._tokens.good(self._access) or await self.sign_in()
        keep_token(token)
        return token

    async def get(
        self,
        path: str,
        read: Callable[[Reply], T],
        params: dict[str, str | int] | None = None,
        *,
        vital: bool = True,
    ) -> T:
        """
        Make one GET with a token; a 401 is answered by one new token.

        Args:
            vital: several of these that fail in a row mean that the host is down; people and comments may fail alone.

        Raises:
            RecordGone, RecordHidden, SourceUnavailable, SourceRefused
        """
        return await self._breaker.before(lambda: self._get(path, read, params), vital=vital)

    async def _get(
        self,
        path: str,
        read: Callable[[Reply], T],
        params: dict[str, str | int] | None = None,
    ) -> T:
        def once(token: str) -> Awaitable[T]:
            return self.neighbour.call(
                "GET",
                path,
                params=params,
                headers=headers(token),
                read=read,
            )

        return await self.with_token(once, path)

    async def _answers_probe(self) -> bool:
        await self._get(SIGN_OF_LIFE, self._read_sign)
        return True

    def _read_sign(self, reply: Reply) -> None:
        self.read(reply, SIGN_OF_LIFE, parse_named)

    async def _is_good(self, token: str) -> bool:
        """Whether a token is accepted where anybody may read."""
        try:
            await self.neighbour.call("GET", SIGN_OF_LIFE, headers=headers(token), read=self._read_sign)
        except Unauthorized:
            return False
        except (RecordGone, RecordHidden, SourceRefused):
            return True
        return True

    async def with_token(self, once: Callable[[str], Awaitable[T]], path: str) -> T:
        """
        Do something with a token, and once more with a new one where it was not accepted.

        Once that was in vain, whether the token is good elsewhere is looked at first: new ones are few (observed), and some things may
        be refused by a 401.

        Raises:
            SourceRefused: the new one is not accepted either, or it is good elsewhere.
        """
        token = await self.token()
        try:
            return await once(token)
        except Unauthorized as error:
            if self._in_vain and await self._is_good(token):
                raise SourceRefused(
                    f"Interaxo answered 401 to {path}{error}, though it accepts the token elsewhere: the connector's identity may lack "
                    "the right to read it"
                ) from error
            token = await self.sign_in(stale=token)
        try:
            return await once(token)
        except Unauthorized as error:
            self._in_vain = True
            raise SourceRefused(
                f"Interaxo does not accept its own new token for {path}{error}. Check sources.{self.name}.audience and base_url."
            ) from error

    async def sign_in(self, *, stale: str = "") -> str:
        """
        Have a token that is good for now: one that is kept, or a new one, which is fetched once for all who wait for it.

        Args:
            stale: was not accepted.
        """
        async with self._signing_in:
            self._tokens.drop(self._access, stale)
            if token := self._tokens.good(self._access):
                return token
            try:
                given = await self.issuer.call(
                    "POST",
                    self._token_path,
                    headers={
                        "Content-Type": "application/x-www-form-urlencoded",
                        "Accept": "application/json",
                    },
                    content=urlencode(self._grant).encode(),
                    read=self._read_token,
                )
            except SourceUnavailable as error:
                if not error.by_other:
                    raise
                raise SourceUnavailable(
                    f"{error}; check sources.{self.name}.token_url", by_other=True
                ) from error
            keep_token(given.access_token)
            self._tokens.keep(self._access, given.access_token, lifetime_s=given.lifetime_s)
            return given.access_token

    def _read_token(self, reply: Reply) -> Token:
        """
        Read what the sign-in answers.

        Raises:
            SourceRefused: it takes no such client, or is no sign-in; a person must act. SourceUnavailable: it gave no token now.
        """
        check = f"check sources.{self.name}"
        client = f"{check}.client_id, client_secret and audience."
        if reply.status in {400, 401, 403}:
            raise SourceRefused(
                f"Interaxo's sign-in refused the client ({reply.status}{words_of(reply.body)}): {unless_between(reply.body)}{client}"
            )
        if reply.status != 200:
            is_redirect = 300 <= reply.status < 400
            how = f", {words_of_redirect(reply.headers)}" if is_redirect else words_of(reply.body)
            raise SourceRefused(f"Interaxo's sign-in answered {reply.status}{how}: {check}.token_url.")
        try:
            return wire.parse_value(reply.body, Token)
        except msgspec.DecodeError as error:
            if words := words_of(reply.body):  # some say what is wrong with 200
                raise SourceRefused(
                    f"Interaxo's sign-in refused the client (200{words}): {client}"
                ) from error
            raise SourceUnavailable(
                f"{self.issuer.name} answered 200 with something that is not a token; {check}.token_url"
            ) from error

    async def item(
        self, info: RoomInfo, native: str, parse: Callable[[bytes], Item] = wire.parse_item
    ) -> Item:
        """
        Read one item.

        Args:
            parse: reads of the answer what is asked for.

        Raises:
            OddAnswer: it is there, but cannot be read.
        """
        path = f"{room_path(info)}/content/{quoted(native)}"

        def read(reply: Reply) -> Item | OddAnswer:
            self.check(reply, path)
            try:
                item = parse(reply.body)
            except msgspec.DecodeError as error:
                if wire.id_in(reply.body).lower() != native.lower():
                    raise self._not_the_api(path, error) from error
                return OddAnswer(
                    f"{self.neighbour.name}: {path} answered with an item that cannot be read ({error})",
                    _unread(reply.body, str(error)),
                )
            if item.id.lower() != native.lower():
                raise SourceUnavailable(
                    f"{self.neighbour.name}: {path} answered with another item ({item.id})"
                )
            return item

        found = await self.get(path, read)
        if isinstance(found, OddAnswer):
            raise found
        return found

    def read(self, reply: Reply, path: str, parse: Callable[[bytes], T]) -> T:
        """Read an answer."""
        self.check(reply, path)
        try:
            return parse(reply.body)
        except msgspec.DecodeError as error:
            raise self._not_the_api(path, error) from error

    def _not_the_api(self, path: str, error: Exception) -> SourceUnavailable:
        return SourceUnavailable(
            f"{self.neighbour.name}: {path} answered 200 with something that is not the API's answer ({error})"
        )

    def check(self, reply: Reply, path: str) -> None:
        """Make errors of what is not a 200. Source: Interaxo API, Error codes; 404 has four meanings there."""
        if reply.status == 200:
            return
        words = words_of(reply.body)
        if reply.status == 401:
            raise Unauthorized(words)
        # a firewall's, or a gateway's: nothing is gone or hidden by it
        if reply.status in {403, 404, 410} and is_page(reply.body):
            raise SourceUnavailable(
                f"{self.neighbour.name}: {path} answered {reply.status}{words}",
                lasting=reply.status == 403,
                by_other=True,
            )
        if reply.status in {404, 410}:
            raise RecordGone(f"Interaxo answered {reply.status} to {path}{words}")
        if reply.status == 403:
            raise RecordHidden(
                f"Interaxo answered 403 to {path}{words}: the connector's identity lacks the right to read it"
            )
        if 300 <= reply.status < 400:
            raise SourceRefused(
                f"Interaxo answered {reply.status}, {words_of_redirect(reply.headers)}, to {path}; it was not followed, since the token would go with it. "
                f"Check sources.{self.name}.base_url."
            )
        if reply.status == 400:
            raise NotAccepted(f"Interaxo answered 400 to {path}{words}", wire.codes_in(reply.body))
        raise SourceRefused(f"Interaxo answered {reply.status} to {path}{words}")


def _unread(data: bytes, problem: str) -> Unreadable:
    """What can be read of an item that is refused for some problem: as much as of a row that is."""
    (row,) = wire.parse_items(b"[" + mended(data) + b"]")
    return row if isinstance(row, Unreadable) else Unreadable(row.id, problem, row.digest(), rest=row)


def headers(token: str) -> dict[str, str]:
    """What every call to the API carries, downloads too; whether the last one is needed is not known, so it is always sent."""
    return {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json",
        "X-Requested-With": "XMLHttpRequest",
    }


def quoted(part: str) -> str:
    """A piece of a path, percent-encoded; @ stays."""
    return links.quoted(part, safe="@")


def room_path(info: RoomInfo) -> str:
    """The path of a room in the API, without a slash at its end."""
    return _room_path(info.community, info.slug)


@lru_cache(maxsize=1_000)
def _room_path(community: str, slug: str) -> str:
    return f"/v1/{quoted(community)}/rooms/{quoted(slug)}"
