"""
More people last: what may be found by more than before goes out after everything else, or, when it is too much at once, not.

A changed document waits until its present content was read and accepted: who may see that may not have seen what was there before.

What was accepted last is pushed from the ledger and the text cache; the source is not asked for any content.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from connector.access.accepted import LOOKED_UP_AT_ONCE, Accepted
from connector.access.audience_updates import AudienceUpdates
from connector.access.breadcrumb_updates import GAINS_NAME
from connector.document.audience import Audience
from connector.engine.batched import batched
from connector.ledger.rows import Body, Standing
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
        self._documents = books.documents
        self._pending = books.pending_audiences
        self._updates = updates
        self._accepted = accepted
        self._outbox = outbox
        self._sheet = sheet

    async def widen(self) -> None:
        """Send what more people may see; all that is new of it is held when it is too much for one run."""
        self._updates.write_wider()
        self._accepted.names.forget()  # what the walk met first was asked for who may see it since
        if self._outbox.target_hold.is_on:
            return
        run, most = self._run.number, self._run.options.max_widened
        held = self._pending.settle_widenings(run=run, most=most)
        if held:
            self._sheet.tell(Code.WIDER_HELD, count=held, limit=most)
        for standing, body, had, read in self._pending.widenings(run=run):
            if body is None or had.digest() == read.digest():
                continue
            push = self._accepted.push_of(standing, body, read, why=Why.MORE_PEOPLE, is_met=True)
            if push is None:
                continue
            again = push.known is not None and push.known.pushed_run == run
            await self._outbox.add(msgspec.structs.replace(push, again=again))
        await self._outbox.flush()  # names are told to those who find a document by now
        for some in batched(self._pending.narrowings(GAINS_NAME), LOOKED_UP_AT_ONCE):
            await self._tell_names(some)
        await self._outbox.flush()
        self._pending.forget_widenings()

    async def _tell_names(self, some: Sequence[tuple[Standing, Body | None, Audience, Audience]]) -> None:
        """
        Name containers again in what was listed as it was accepted; what was met nowhere is made anew by its next listing.

        A container may have had another name when that was accepted, before more people saw it.
        """
        listed = self._documents.seen_now([one.container for one, *_ in some], run=self._run.number)
        met = {one.id for one, *_ in some if one.container in listed and one.missing_run is None}
        self._documents.forget_versions([one.id for one, *_ in some if one.id not in met])
        for standing, body, had, _ in some:
            if standing.id not in met:
                continue
            push = self._accepted.push_of(standing, body, had, why=Why.MORE_OF_ITS_PLACE, is_met=True)
            if push is not None and (
                push.known is None or push.known.fingerprint != push.rendered.fingerprint
            ):
                await self._outbox.add(push)
