"""
One connector of one intranet as an address: its calls, its key, and what every answer has to be before it counts as one.

401, 403 and 404 are told as the setting to mend; redirects are never followed (the key would go with them).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from connector.errors import TargetRefused, TargetUnavailable
from connector.http.call_policy import CallPolicy
from connector.http.exchange import Reply
from connector.http.foreign_pages import is_page, unless_between, words_of_redirect
from connector.http.neighbour import Neighbour, words_of
from connector.http.transport import Transport
from connector.target.answers import parse_batch, parse_end, parse_state_reply
from connector.target.exchanges import EXCHANGES
from connector.target.replies import EndReply, PeopleReply, PushReply, StateReply, names_errors

T = TypeVar("T")
BatchT = TypeVar("BatchT", PushReply, PeopleReply)
TOO_LARGE = frozenset({400, 413, 414, 422})
"""Statuses that one document of a batch can cause; found by halving (413 and 400 are not documented)."""
DOCS, USERS = "docs", "users"
"""The two kinds of records, as paths have them."""
Lost = Callable[[], None]


class Connector(msgspec.Struct, frozen=True, kw_only=True):
    """Which connector of which intranet is called, and with which key."""

    base_url: str
    tenant: str
    app_id: int
    api_key: str

    @property
    def key(self) -> str:
        """What the machine-wide lock is named after, and what the ledger notes as the intranet that it speaks of."""
        return f"{self.base_url}|{self.tenant}|{self.app_id}"


class Unwelcome(msgspec.Struct, frozen=True):
    """The server will not take this body as it is."""

    words: str
    by_other: bool = False
    """Somebody between says so, such as a firewall."""


class Api:
    """
    The calls of one connector.

    Args:
        name: of its table, [targets.NAME].
        session_timeout_s: how long to wait for an answer to begin and end.
    """

    def __init__(
        self,
        client: Transport,
        *,
        name: str,
        connector: Connector,
        session_timeout_s: float,
        policy: CallPolicy,
    ) -> None:
        self.name = name
        self._app_id = connector.app_id
        self._session_timeout_s = session_timeout_s
        self.may_write: Callable[[], None] = lambda: None
        """Asked right before every attempt of a call that changes anything; raises where that may not go out."""
        self._headers = {
            "X-ApiKey": connector.api_key,
            "X-Tenant": connector.tenant,
            "Accept": "application/json",
            "Content-Type": "application/json; charset=utf-8",
        }
        self.neighbour = Neighbour(
            client,
            name=f"Interact ({name})",
            base_url=connector.base_url,
            exchanges=EXCHANGES,
            unavailable=TargetUnavailable,
            policy=policy,
        )

    # -- sessions -----------------------------------------------------------------------------

    async def begin(self, of: str, lost: Lost) -> Unwelcome | None:
        """
        Begin a session of documents or of users; repeated until a clean 200.

        Args:
            lost: told of every begin that went unanswered: it may take effect late.

        Raises:
            TargetUnavailable: no clean 200 after all attempts.
        """
        path = self._path("beginsyncsession", of)
        return await self.neighbour.call(
            "PUT",
            path,
            headers=self._headers,
            content=b"",
            read=lambda reply: self._read_done(reply, path),
            lost=lost,
            first=self.may_write,
            timeout_s=self._session_timeout_s,
            fresh=True,
        )

    async def end(self, of: str) -> EndReply | Unwelcome:
        """
        End a session, once.

        Raises:
            TargetUnavailable: unanswered; it may have happened, or happen late.
        """
        path = self._path("endsyncsession", of)

        def read(reply: Reply) -> EndReply | Unwelcome:
            return self._unwelcome(reply) or self._parse(reply, parse_end, path)

        return await self.neighbour.call(
            "PUT",
            path,
            headers=self._headers,
            content=b"",
            read=read,
            repeat=False,
            first=self.may_write,
            timeout_s=self._session_timeout_s,
            fresh=True,
        )

    # -- records ------------------------------------------------------------------------------

    async def add(
        self, of: str, content: bytes, kind: type[BatchT], lost: Lost | None, *, repeat: bool = True
    ) -> BatchT | Unwelcome:
        """
        Add or update a batch.

        Args:
            lost: told of every attempt that went unanswered although it may have been sent.
            repeat: once more after passing trouble.

        Raises:
            TargetRefused: wrong key, tenant, appid or host. TargetUnavailable: no answer that says what became of it.
        """
        path = self._path("addupdate", of)

        def read(reply: Reply) -> BatchT | Unwelcome:
            self._turned_away(reply, path)
            return self._unwelcome(reply) or self._parse(reply, lambda body: parse_batch(body, kind), path)

        return await self.neighbour.call(
            "PUT",
            path,
            headers=self._headers,
            content=content,
            read=read,
            lost=lost,
            first=self.may_write,
            repeat=repeat,
        )

    async def delete(self, of: str, content: bytes, lost: Lost | None) -> Unwelcome | None:
        """
        Remove records; a 404 may be an answer about the ids, or about the connector.

        Raises:
            TargetUnavailable: no clean answer. TargetRefused: the call itself was refused.
        """
        path = self._path("delete", of)

        def read(reply: Reply) -> Unwelcome | None:
            if reply.status == 404:
                return Unwelcome(_words(reply))
            return self._read_done(reply, path)

        return await self.neighbour.call(
            "PUT",
            path,
            headers=self._headers,
            content=content,
            read=read,
            lost=lost,
            first=self.may_write,
        )

    async def state(self, identifier: str) -> StateReply:
        """Read what Interact keeps beside one document."""
        path = self._path("state", DOCS)
        return await self.neighbour.call(
            "GET",
            path,
            params={"docId": identifier},
            headers=self._headers,
            read=lambda reply: self._parse(reply, parse_state_reply, path),
        )

    async def is_up(self, identifier: str, *, says_why: bool) -> bool:
        """
        Whether Interact answers at all.

        Raises:
            TargetRefused: not to this connector, where it says why.
        """
        try:
            await self.state(identifier)
        except TargetUnavailable:
            return False
        except TargetRefused:
            if says_why:
                raise
            return False
        return True

    # -- reading answers ----------------------------------------------------------------------

    def _path(self, call: str, of: str) -> str:
        return f"/api/search/connector/{self._app_id}/{of}/{call}"

    def _unwelcome(self, reply: Reply) -> Unwelcome | None:
        return Unwelcome(_words(reply)) if reply.status in TOO_LARGE else None

    def _turned_away(self, reply: Reply, path: str) -> None:
        """
        Raises:
            TargetUnavailable: a firewall's page. What it takes for an attack may be a word of one record, so it says nothing of the key; and IIS answers 404 to what is too long for it.
        """
        if reply.status in range(400, 500) and reply.status not in {401, *TOO_LARGE} and is_page(reply.body):
            raise TargetUnavailable(
                f"{self.neighbour.name}: {path} answered {reply.status}{words_of(reply.body)}",
                sent=False,
                lasting=True,
                by_other=True,
            )

    def _read_done(self, reply: Reply, path: str) -> Unwelcome | None:
        if unwelcome := self._unwelcome(reply):
            return unwelcome
        self._check(reply, path)
        # the body is not described; what calls itself HTML comes from something that is not the API, but servers of this family say
        # so of an answer without a body, too
        if reply.body.strip() and "html" in reply.headers.get("content-type", "").lower():
            raise TargetUnavailable(
                f"{self.neighbour.name}: {path} answered 200 with a web page instead of the API's answer"
            )
        if names_errors(reply.body):  # as addupdate does, which answers 200 even to what it refuses
            return Unwelcome(_words(reply))
        return None

    def _check(self, reply: Reply, path: str) -> None:
        if reply.status == 200:
            return
        key = f"targets.{self.name}"
        words = words_of(reply.body)
        mend = {
            401: f"the key was not accepted. Check {key}.api_key (the Security Key of the connector's page in Interact)",
            403: f"the key lacks the right to do this. Check {key}.api_key and {key}.tenant",
            404: f"there is no such connector. Check {key}.app_id (the number at the end of the connector's edit page) "
            f"and {key}.base_url (the ApiDomain that https://INTRANET/info names)",
        }
        if reply.status in mend:
            raise TargetRefused(
                f"Interact answered {reply.status} to {path}{words}: {unless_between(reply.body)}{mend[reply.status]}."
            )
        if 300 <= reply.status < 400:
            raise TargetRefused(
                f"Interact answered {reply.status}, {words_of_redirect(reply.headers)}, to {path}; it was not followed, since the key would go with it. "
                f"Check {key}.base_url (the ApiDomain that https://INTRANET/info names)."
            )
        raise TargetUnavailable(f"{self.neighbour.name}: {path} answered {reply.status}{words}")

    def _parse(self, reply: Reply, parse: Callable[[bytes], T], path: str) -> T:
        self._check(reply, path)
        try:
            return parse(reply.body)
        except msgspec.DecodeError as error:
            raise TargetUnavailable(
                f"{self.neighbour.name}: {path} answered 200 with something that is not the API's answer ({error})"
            ) from error


def _words(reply: Reply) -> str:
    return f"HTTP {reply.status}{words_of(reply.body)}"
