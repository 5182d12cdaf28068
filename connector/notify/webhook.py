"""
A webhook: one POST of JSON to a secret address. No redirect is followed; only the host is ever named.

What counts as taken: an answer of 2xx that is no web page. Programs that take a POST answer with nothing, a word or JSON; a page of 200 is what
a proxy, a firewall or a network to sign in to answers in their place.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec

from connector.http.aiohttp_transport import open_for_writing
from connector.http.exchange import Call, CallFailed, Exchange, Party
from connector.http.foreign_pages import is_page, words_of_page
from connector.http.network import Network
from connector.notify.mail import NotTold
from connector.notify.message_words import PURPOSE

TIMEOUT_S = 15.0
TAKEN = range(200, 300)


class Webhook:
    """One address."""

    def __init__(self, url: str, network: Network, *, timeout_s: float = TIMEOUT_S) -> None:
        self._url = url
        self._network = network
        self._timeout_s = timeout_s
        self.host = urlsplit(url).netloc.rpartition("@")[2]

    def party(self, fields: tuple[str, ...], *, titles: bool) -> Party:
        """What passes to the host, for auditors; the path is part of the secret."""
        what = "with titles of documents (service.log_names)" if titles else "without titles of documents"
        return Party(
            name="Webhook",
            base_url=f"{urlsplit(self._url).scheme}://{self.host}",
            exchanges=(
                Exchange(
                    method="POST",
                    path="/***",
                    purpose=PURPOSE,
                    sends=f"Outcomes and reasons of runs, {what}.",
                    receives="that it was taken",
                    personal_data=titles,
                    header=("Content-Type", "Content-Length"),
                    body=fields,
                ),
            ),
        )

    async def send(self, body: dict[str, Any]) -> None:
        """
        Post one body.

        Raises:
            NotTold: it was not taken.
        """
        try:
            async with open_for_writing(1, self._timeout_s, self._network) as transport:
                reply = await transport.fetch_status(
                    Call(
                        method="POST",
                        url=self._url,
                        headers={"Content-Type": "application/json; charset=utf-8"},
                        content=msgspec.json.encode(body),
                        fresh=True,
                    )
                )
        except CallFailed as error:
            raise NotTold(f"The webhook at {self.host} {error.in_words} ({error}).") from error
        page = f" with {words_of_page(reply.body)}" if is_page(reply.body) else ""
        if page or reply.status not in TAKEN:
            raise NotTold(f"The webhook at {self.host} answered {reply.status}{page}; check notify.webhook.")
