"""One connection to the status page: whoever does not send a whole request in time is let go."""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

WHOLE_REQUEST_S = 10.0
"""How long a request may take to arrive, header and body together."""
MOST_CONNECTIONS = 100
"""Open at once; further requests are answered with 503. Each takes one of the process's open files."""


class Connection(H11Protocol):
    """uvicorn's, which itself waits for ever for the rest of a request."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Expect a request."""
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        """Take what arrived; a request that is whole is waited for no longer."""
        super().data_received(data)
        if self.conn.their_state in {h11.IDLE, h11.SEND_BODY}:
            if self._deadline is None:
                self._expect()
        else:
            self._expect_nothing()

    def on_response_complete(self) -> None:
        """Expect the next request of the same connection."""
        super().on_response_complete()
        self._expect_nothing()
        if not self.transport.is_closing():
            self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing more."""
        self._expect_nothing()
        super().connection_lost(exc)

    def _expect(self) -> None:
        self._deadline = self.loop.call_later(WHOLE_REQUEST_S, self.transport.abort)

    def _expect_nothing(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
