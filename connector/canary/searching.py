"""
The search of an intranet, asked as a person: of the simulated one, and of any that answers a GET with JSON.

How Interact's own search is asked by a program is not documented for connectors (docs/interact.md), so the address, the
sign-in and the place of the results are settings.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from connector.canary.settings import WORDS
from connector.http.aiohttp_transport import open_for_writing
from connector.http.exchange import Call, CallFailed, Exchange, Party, Reply
from connector.http.foreign_pages import is_page, words_of_redirect
from connector.http.json_rows import REFUSALS, mended, read_value
from connector.http.neighbour import words_of
from connector.http.network import Network
from connector.ports.search import NotSearched, Searcher
from connector.secrets.hiding import keep, keep_token

TIMEOUT_S = 20.0
MOST_BYTES = 10_000_000
"""Of one answer: a page of results is not larger."""
OK = 200
_PURPOSE = "Looks whether the connector's own test document is found by the person who may see it, and not by the other one."
_KEPT = "whether and when it was found, in the ledger"


class _Asking:
    """One host that is asked, a call at a time; no redirect is followed."""

    def __init__(self, network: Network, timeout_s: float) -> None:
        most = min(network.max_answer_bytes, MOST_BYTES)
        self._network = msgspec.structs.replace(network, max_answer_bytes=most)
        self._timeout_s = timeout_s

    async def call(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None = None
    ) -> Reply:
        """
        Raises:
            NotSearched: no answer, or one that is none.
        """
        host = urlsplit(url).netloc
        try:
            async with open_for_writing(1, self._timeout_s, self._network) as transport:
                reply = await transport.fetch(
                    Call(method=method, url=url, headers=headers, content=content, fresh=True)
                )
        except CallFailed as error:
            raise NotSearched(f"The search at {host} {error.in_words} ({error}).") from error
        if reply.status != OK or is_page(reply.body):
            how = (
                f", {words_of_redirect(reply.headers)}" if 300 <= reply.status < 400 else words_of(reply.body)
            )
            raise NotSearched(f"The search at {host} answered {reply.status}{how}; is the sign-in right?")
        return reply


class SandboxSearch:
    """The search page of the simulated intranet (`connector sandbox`): it takes anybody's word for who asks."""

    def __init__(self, base_url: str, network: Network) -> None:
        self._base_url = base_url
        self._asking = _Asking(network, TIMEOUT_S)

    async def finds(self, who: Searcher, words: str, mark: str) -> bool:
        """Ask for its JSON."""
        query = urlencode({"q": words, "as": who.name})
        reply = await self._asking.call(
            "GET", f"{self._base_url}/search?{query}", {"Accept": "application/json"}
        )
        return has_found(reply.body, "results", mark)

    def parties(self) -> list[Party]:
        """The sandbox."""
        return [
            Party(
                name="Search of the sandbox",
                base_url=self._base_url,
                exchanges=(
                    Exchange(
                        method="GET",
                        path="/search",
                        purpose=_PURPOSE,
                        sends="the name of a test person, words of the test document",
                        receives="what that person finds",
                        personal_data=False,
                        query=("q", "as"),
                        kept=_KEPT,
                    ),
                ),
            )
        ]


class WebSearch:
    """Any search that answers a GET with JSON, with Basic sign-in or a token of its own."""

    def __init__(
        self, search_url: str, network: Network, *, token_url: str, results: str, timeout_s: float = TIMEOUT_S
    ) -> None:
        """
        Args:
            search_url: with `{words}` for what is searched for.
            token_url: where name and password get an `access_token` (OAuth 2.0, RFC 6749, 4.3); empty: Basic.
            results: names with points between, down to the list of what was found.
        """
        self._search_url = search_url
        self._token_url = token_url
        self._results = results
        self._asking = _Asking(network, timeout_s)

    async def finds(self, who: Searcher, words: str, mark: str) -> bool:
        """Sign in and search."""
        headers = {"Accept": "application/json", "Authorization": await self._sign_in(who)}
        url = self._search_url.replace(WORDS, quote(words, safe=""))
        reply = await self._asking.call("GET", url, headers)
        return has_found(reply.body, self._results, mark)

    async def _sign_in(self, who: Searcher) -> str:
        if not self._token_url:
            signed = b64encode(f"{who.name}:{who.password}".encode()).decode()
            keep([signed])
            return f"Basic {signed}"
        form = urlencode({"grant_type": "password", "username": who.name, "password": who.password})
        reply = await self._asking.call(
            "POST",
            self._token_url,
            {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"},
            form.encode(),
        )
        try:
            token = read_value(reply.body, _Token).access_token
        except msgspec.DecodeError as error:
            raise NotSearched("canary.token_url answered without an access_token") from error
        keep_token(token)
        return f"Bearer {token}"

    def parties(self) -> list[Party]:
        """The host of the search, and that of the sign-in."""
        sign_in = "a test person's name and password"
        found = [
            _party(
                "Search of the intranet",
                self._search_url,
                Exchange(
                    method="GET",
                    path=urlsplit(self._search_url).path or "/",
                    purpose=_PURPOSE,
                    sends=f"words of the test document; {'a token' if self._token_url else sign_in}",
                    receives="what that person finds",
                    personal_data=False,
                    header=("Authorization",),
                    query=tuple(
                        one.partition("=")[0] for one in urlsplit(self._search_url).query.split("&") if one
                    ),
                    kept=_KEPT,
                ),
            )
        ]
        if self._token_url:
            found.append(
                _party(
                    "Sign-in for the search",
                    self._token_url,
                    Exchange(
                        method="POST",
                        path=urlsplit(self._token_url).path or "/",
                        purpose="Signs a test person in, before each search.",
                        sends=sign_in,
                        receives="a token",
                        personal_data=False,
                        header=("Content-Type",),
                        body=("grant_type", "username", "password"),
                    ),
                )
            )
        return found


class _Token(msgspec.Struct, frozen=True):
    access_token: str


def has_found(body: bytes, results: str, mark: str) -> bool:
    """
    Whether a document is in a list of results: one of them holds its mark in any of its texts.

    Raises:
        NotSearched: the answer has no such list.
    """
    try:
        place = msgspec.json.decode(mended(body))
    except REFUSALS as error:
        raise NotSearched(
            "The search answered with something that is no JSON; is the sign-in right?"
        ) from error
    for name in filter(None, results.split(".")):
        place = place.get(name) if isinstance(place, dict) else None
    if not isinstance(place, list):
        raise NotSearched(
            f"The search answered without a list at {results or 'its top'}: check canary.results"
        )
    # that of another connector may begin with it: its number is longer
    whole = re.compile(rf"{re.escape(mark)}(?!\d)")
    return any(whole.search(text) for text in _texts(place))


def _texts(value: Any) -> Iterator[str]:
    """Every text in what was answered, in lower case: a search may mark what it found."""
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, str):
            yield one.lower()
        elif isinstance(one, dict):
            pending += one.values()
        elif isinstance(one, list):
            pending += one


def _party(name: str, url: str, exchange: Exchange) -> Party:
    parts = urlsplit(url)
    return Party(name=name, base_url=f"{parts.scheme}://{parts.netloc}", exchanges=(exchange,))
