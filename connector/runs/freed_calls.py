"""
The calls of seats that nobody needs any more, for whoever still walks: the last rooms of a run have all of them.

A seat is free once whoever had it has nothing more to do; where a room waits, it stays free for whoever may take it.
"""

from __future__ import annotations

import structlog

from connector.crawl.hands import Hands
from connector.ledger.shards import Shards
from connector.ports.source import Shareable, Source
from connector.push.outbox import Outbox
from connector.runs.walk_messages import Terms


class FreedCalls:
    """What one seat may take over, and what makes use of it there."""

    def __init__(self, shards: Shards, terms: Terms, source: Source, hands: Hands, outbox: Outbox) -> None:
        """
        Args:
            shards: that took the seat.
        """
        self._shards = shards
        self._terms = terms
        self._source = source
        self._hands = hands
        self._outbox = outbox
        self._seats = 1
        """Whose calls are made here."""
        self._log = structlog.get_logger()

    def take(self) -> None:
        """
        Take over what nobody needs: of the calls at once, of those in a second, and of the pushes.

        Raises:
            LeaseLost: somebody else has the seat, or the run is over.
        """
        source, terms, before = self._source, self._terms, self._seats
        if before == terms.seats or not isinstance(source, Shareable):
            return
        if not (numbers := self._shards.take_spare_calls()):
            return
        self._seats += len(numbers)
        calls, pushes = (
            sum(terms.part_of(one, whole) for one in numbers) for whole in (terms.calls, terms.pushes)
        )
        source.take_more(calls, self._seats / before)
        self._hands.take_more(calls)
        self._outbox.take_more(pushes)
        self._log.info("seat.calls_taken", source=source.name, seats=sorted(numbers), calls=calls)
