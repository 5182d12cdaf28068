"""
More people last: what may be found by more than before goes out after everything else, or, when it is too much at once, not.

A changed document waits until its present content was read and accepted: who may see that may not have seen what was there before.

What was accepted last is pushed from the ledger and the text cache; the source is not asked for any content.
"""

from __future__ import annotations

import msgspec

from connector.access.accepted import Accepted
from connector.access.audience_updates import AudienceUpdates
from connector.access.breadcrumb_updates import GAINS_NAME
from connector.plan.context import Books, Run
from connector.plan.findings import Code, Why
from connector.plan.tally import Sheet
from connector.push.outbox import Outbox


class Widening:
    """What more people may see of one target's documents in one run."""

    def __init__(
        self,
        run: Run,
        books: Books,
        updates: AudienceUpdates,
        accepted: Accepted,
        outbox: Outbox,
        sheet: Sheet,
    ) -> None:
        self._run = run
        self._pending = books.pending_audiences
        self._updates = updates
        self._accepted = accepted
        self._outbox = outbox
        self._sheet = sheet

    async def widen(self) -> None:
        """Send what more people may see; all that is new of it is held when it is too much for one run."""
        self._updates.write_wider()
        if self._outbox.target_hold.is_on:
            return
        run, most = self._run.number, self._run.options.max_widened
        held = self._pending.settle_widenings(run=run, most=most)
        if held:
            self._sheet.tell(Code.WIDER_HELD, count=held, limit=most)
        for standing, body, had, read in self._pending.widenings(run=run):
            if body is None or had.digest() == read.digest():
                continue
            push = self._accepted.push_of(standing, body, read, why=Why.MORE_PEOPLE)
            if push is None:
                continue
            again = push.known is not None and push.known.pushed_run == run
            await self._outbox.add(msgspec.structs.replace(push, again=again))
        for standing, body, had, _ in self._pending.narrowings(GAINS_NAME):
            push = self._accepted.push_of(standing, body, had, why=Why.MORE_OF_ITS_PLACE)
            if push is not None and (
                push.known is None or push.known.fingerprint != push.rendered.fingerprint
            ):
                await self._outbox.add(push)
        await self._outbox.flush()
        self._pending.forget_widenings()
