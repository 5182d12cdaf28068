"""
What the intranet may have of documents that this ledger never confirmed: an earlier ledger, lost or older, pushed them.

They live in their source, and this run could not push them (they are in quarantine, or could not be read). The end of a
session would remove them: so the intranet is asked for each, and what it has keeps the session from being ended until
it is accepted, is gone by proof, or a person keeps it; then it goes out bare: title, link, audience.
"""

from __future__ import annotations

import msgspec

from connector.access.accepted import Accepted
from connector.document.ids import child_path
from connector.engine.task_group import together
from connector.ledger.unconfirmed import UnconfirmedDocument
from connector.ledger.unknown_rest import LATE_S
from connector.plan import reason_words
from connector.plan.context import Books, Run
from connector.plan.findings import Code, HoldReason, Why
from connector.plan.report import FIRST_HELD, Held
from connector.plan.tally import Sheet
from connector.ports.target import Target
from connector.push.outbox import Outbox


class UnconfirmedDocuments:
    """The documents of one target that this ledger never confirmed, in one run."""

    def __init__(
        self, run: Run, target: Target, books: Books, accepted: Accepted, outbox: Outbox, sheet: Sheet
    ) -> None:
        self._run = run
        self._target = target
        self._documents = books.documents
        self._unconfirmed = books.quarantine.unconfirmed
        self._accepted = accepted
        self._outbox = outbox
        self._sheet = sheet

    async def look(self) -> None:
        """
        Ask the intranet for those of this run that nobody has asked for yet, and push bare what a person keeps.

        Raises:
            TargetUnavailable, TargetRefused: nothing is known of the rest; no session may end.
        """
        self._unconfirmed.forget_confirmed()
        at_once = self._run.options.asked_at_once
        while chunk := self._unconfirmed.unasked(run=self._run.number, limit=at_once):
            states = await together(self._target.state(one.id) for one in chunk)
            self._unconfirmed.told(
                [(one.id, state.exists) for one, state in zip(chunk, states, strict=True)],
                run=self._run.number,
            )
        self._unconfirmed.drop_absent(run=self._run.number, before=self._run.now() - LATE_S)
        there = self._unconfirmed.there(run=self._run.number)
        self._unconfirmed.enter([msgspec.structs.replace(one, path=self._path_of(one)) for one in there])
        for one in there:
            if one.kept and one.audience is not None:
                await self._push_bare(one)
        await self._outbox.flush()

    def tell(self) -> list[Held]:
        """Say what the intranet has, and what to do about it; gives the first of them."""
        count = self._unconfirmed.count()
        if not count:
            return []
        self._sheet.tell(Code.UNCONFIRMED, count=count)
        return [
            Held(one.id, one.title, reason_words.held(HoldReason.UNCONFIRMED), code=HoldReason.UNCONFIRMED)
            for one in self._unconfirmed.there(limit=FIRST_HELD)
            if not one.kept
        ]

    def _path_of(self, one: UnconfirmedDocument) -> str:
        above = self._documents.standing([one.container]).get(one.container) if one.container else None
        return child_path(above.path if above is not None and above.path else "/", one.id)

    async def _push_bare(self, one: UnconfirmedDocument) -> None:
        standing = self._documents.standing([one.id])[one.id]
        push = self._accepted.push_of(standing, None, one.audience, why=Why.KEPT_BARE)
        if push is not None:
            await self._outbox.add(push)
