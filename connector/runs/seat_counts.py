"""What was done in one seat beside single rooms, by whoever has it and all who had it before: as the run is told every second."""

from __future__ import annotations

import msgspec

from connector.access.audience_updates import AudienceUpdates
from connector.ports.source import Source
from connector.ports.target import Target
from connector.push.outbox import Outbox
from connector.runs.walk_messages import Terms, WrittenTally, read_work, write


class SeatCounts:
    """Counts on from what was told before."""

    def __init__(self, told: str) -> None:
        """
        Args:
            told: by whoever had the seat before; empty: nobody had.
        """
        self._before = read_work(told)
        self._now = msgspec.structs.replace(self._before)
        self.tally = self._before.tally.read()
        self._exchanged_before = 0

    def allow(self, updates: AudienceUpdates, terms: Terms) -> None:
        """Let as many documents get another audience altogether as are left to the seat."""
        allowed = max(0, terms.exchanges - self._before.exchanged)
        updates.count_exchanged(terms.options.max_widened - allowed)
        self._exchanged_before = updates.exchanged

    def seen(self, count: int) -> None:
        """So many more items were listed."""
        self._now.items += count

    def pushed(self, count: int) -> None:
        """So many more documents were pushed."""
        self._now.pushed += count

    def fail(self, trouble: str) -> None:
        """The seat is left for a reason, in words; empty: for none."""
        self._now.trouble = trouble

    def write(self, source: Source, target: Target, outbox: Outbox, updates: AudienceUpdates) -> str:
        """All of it, as it is now."""
        before, now = self._before, self._now
        asked, sent = source.traffic(), target.traffic()
        now.tally = WrittenTally.of(self.tally)
        now.silent = outbox.recording.why_silent or before.silent
        now.exchanged = before.exchanged + updates.exchanged - self._exchanged_before
        now.requests, now.reread = before.requests + asked.requests, before.reread + asked.reread
        now.pushes, now.bytes = before.pushes + sent.requests, before.bytes + sent.bytes_sent
        now.answered = before.answered + asked.answered + sent.answered
        return write(now)
