"""
What an answer of ITR has to be before it counts as one. PURE.

Its status codes are not to be trusted: an unknown token, and every error of the server, answers 200 with the words
`500 error` (observed).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from connector.errors import ConnectorError, RecordGone, RecordHidden, SourceRefused, SourceUnavailable
from connector.http.exchange import Reply
from connector.http.foreign_pages import is_page, unless_between, words_of_page, words_of_redirect
from connector.http.json_rows import raw_rows

T = TypeVar("T")
FAILED = b"500 error"
NOT_FOUND = b"Object not found"
ROLE_LACKS = b"Invalid or expired token"
"""This text means a missing role, although it speaks of the token (observed)."""


NOBODY_SIGNED_IN = {
    (403, b"This API is only available to logged in office users"),
    (404, b"no company id known"),
}
"""What a list of logins, and the account's own companies, answer to a token that nobody has (observed)."""


class FailedError(Exception):
    """
    A token that is no longer good, or any trouble of the server (`500 error`).

    Args:
        meaning: what it is where a new token is answered so, too; None: trouble of the server.
    """

    def __init__(self, meaning: ConnectorError | None = None) -> None:
        super().__init__()
        self.meaning = meaning


class Answers:
    """
    Looks at the answers of one source.

    Args:
        source: its name, for the settings that messages name.
        neighbour: how messages call the host.
    """

    def __init__(self, source: str, neighbour: str) -> None:
        self._source = source
        self._neighbour = neighbour

    def check(self, reply: Reply, path: str) -> None:
        """
        Make errors of what is no answer.

        Raises:
            FailedError: a new token may be answered otherwise.
        """
        try:
            self._check(reply, path)
        except (RecordHidden, SourceRefused) as error:
            if (reply.status, reply.body.strip()) in NOBODY_SIGNED_IN:
                raise FailedError(error) from error
            raise

    def _check(self, reply: Reply, path: str) -> None:
        """Make errors of what is no answer; the server's words are compared, never repeated, but for the title of a web page."""
        body = reply.body.strip()
        if reply.status == 200:
            if body == FAILED:
                raise FailedError
            if not body:
                raise SourceUnavailable(f"{self._neighbour}: {path} answered with nothing")
            return
        page = f" with {words_of_page(body)}" if is_page(body) else ""
        if reply.status == 404 and body.startswith(NOT_FOUND):
            raise RecordGone(f"ITR has no record, or none for this account, at {path}")
        if reply.status == 403:
            raise RecordHidden(
                f"ITR answered 403 to {path}{page}: {unless_between(body)}the account lacks the right to read it"
            )
        if reply.status == 404 and body == ROLE_LACKS:
            raise SourceRefused(
                f"ITR answered 404 to {path}: the account of sources.{self._source} lacks a role; it has to be an office user"
            )
        if 300 <= reply.status < 400:
            raise SourceRefused(
                f"ITR answered {reply.status}, {words_of_redirect(reply.headers)}, to {path}; it was not followed, since the token would go with it. "
                f"Check sources.{self._source}.base_url."
            )
        raise SourceRefused(
            f"ITR answered {reply.status} to {path}{page}; check that sources.{self._source}.base_url ends in /api"
        )

    def not_the_api(self, path: str, error: Exception) -> SourceUnavailable:
        """Make an error of an answer that is no JSON, or not of the right shape."""
        return SourceUnavailable(
            f"{self._neighbour}: {path} answered 200 with something that is not the API's answer ({error})"
        )

    def reader(self, path: str, parse: Callable[[bytes], T]) -> Callable[[Reply], T]:
        """Make a reader of what an answer has to be."""

        def read(reply: Reply) -> T:
            try:
                return parse(reply.body)
            except msgspec.DecodeError as error:
                raise self.not_the_api(path, error) from error

        return read

    def check_list(self, path: str, reply: Reply) -> None:
        """
        Check that an answer is a list, whatever its rows are.

        Raises:
            SourceUnavailable: it is none.
        """
        try:
            raw_rows(reply.body)
        except msgspec.DecodeError as error:
            raise self.not_the_api(path, error) from error
