"""
What the ledger is told of batches: intended before the call, confirmed or lost after its answer, then settled.

It is told through its writer: what is handed in first is written first, and where the ledger is a server the walk goes on
meanwhile. What is written is all that happens here; who counts it, or waits for it, does so once it is written.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import msgspec

from connector.ledger.documents import Documents
from connector.ledger.part import Database
from connector.ledger.rows import Body
from connector.ledger.shards import Shards
from connector.plan.context import Books, Run
from connector.ports.format import Format
from connector.push.document_push import DocumentPush

T = TypeVar("T")


class Answered(msgspec.Struct, frozen=True):
    """A batch whose answer is not written down yet."""

    batch: list[DocumentPush]
    accepted: list[DocumentPush]
    intent: int


class Recording:
    """Of one run."""

    def __init__(self, run: Run, books: Books, form: Format, among: Shards | None) -> None:
        """
        Args:
            among: a seat, where other services push to the target at the same time.
        """
        self._form = form
        self.session_run = 0
        """The run's number while its session is open."""
        self.unheard: set[str] = set()
        """Ids of the documents that got no clear answer."""
        self._run = run
        self._documents = books.documents
        self._among = among
        self._writer = books.writer
        self._there: tuple[Documents, Shards | None] | None = None
        """The same, by the writer's connection."""

    @property
    def is_one_of_several(self) -> bool:
        """Whether other services push the same documents where this one cannot."""
        return self._among is not None

    async def write_down(
        self, answered: Answered | None, batch: list[DocumentPush] | None
    ) -> tuple[int, list[DocumentPush]]:
        """
        Confirm what was accepted and intend what comes next, in one transaction.

        Returns:
            The new intent's number, and what of the batch is intended, as it is to go out: what was met in another place since is not,
            and goes out from there.

        Raises:
            PushedElsewhere: another service pushes some of what comes next; nothing is written.
        """
        confirm, now = self._confirming(), self._run.now()

        def write(documents: Documents, among: Shards | None) -> tuple[int, list[DocumentPush]]:
            intent, going = 0, list[DocumentPush]()
            with documents.at_once():
                if batch is not None:
                    left = documents.met_elsewhere(batch)
                    going = [push for push in batch if push.rendered.id not in left]
                    if going:
                        intent = documents.intend_pushes(going, run=self._run.number, now=now)
                        if among is not None:
                            among.claim([push.rendered.id for push in going], intent=intent)
                            # after it: whoever had one of them has written down by now what became of it
                            going = self._as_others_met_it(documents, going)
                if answered is not None:
                    confirm(documents, answered.accepted)
                    _settle(documents, among, answered.intent)
            return intent, going

        return await self._write(write)

    def _as_others_met_it(self, documents: Documents, batch: list[DocumentPush]) -> list[DocumentPush]:
        """The same, with what is new and was pushed from elsewhere meanwhile for those alone who may see it by both."""
        elsewhere = documents.new_elsewhere(batch)
        if not elsewhere:
            return batch
        made = []
        for push in batch:
            known = elsewhere.get(push.rendered.id)
            had = documents.audience_of(push.rendered.id) if known is not None else None
            made.append(push if known is None or had is None else push.for_common(self._form, known, had))
        return made

    async def accepted(self, pushes: list[DocumentPush], *, lost: bool = False) -> None:
        """
        Confirm documents.

        Args:
            lost: an earlier attempt may still arrive, after newer contents of the same document.
        """
        confirm, until = self._confirming(), self._run.settles_at()

        def write(documents: Documents, _: Shards | None) -> None:
            with documents.at_once():
                confirm(documents, pushes)
                if lost:
                    documents.lose_pushes(pushes, until=until)

        await self._write(write)

    async def lost(self, pushes: list[DocumentPush], *, is_late: bool = False) -> None:
        """
        Documents got no answer: they may still take effect.

        Args:
            is_late: an attempt did not, and another one was accepted.
        """
        if not is_late:
            self.unheard.update(push.rendered.id for push in pushes)
        until = self._run.settles_at()
        await self._write(lambda documents, _: documents.lose_pushes(pushes, until=until))

    async def settle(self, intent: int) -> None:
        """Nothing of a batch was sent, or all of it is answered."""
        await self._write(lambda documents, among: _settle(documents, among, intent))

    async def last(self, identifier: str) -> Body | None:
        """A document as it was accepted last."""
        return await self._write(lambda documents, _: documents.body(identifier))

    def _confirming(self) -> Callable[[Documents, list[DocumentPush]], None]:
        """How documents are confirmed now."""
        run, session_run, now = self._run, self.session_run, self._run.now()

        def confirm(documents: Documents, pushes: list[DocumentPush]) -> None:
            if pushes:
                documents.confirm_pushes(
                    pushes,
                    run=run.number,
                    session_run=session_run,
                    backfill=run.backfill,
                    now=now,
                    settle_s=run.options.settle_s,
                )

        return confirm

    async def _write(self, work: Callable[[Documents, Shards | None], T]) -> T:
        return await self._writer.write(partial(self._through, work))

    def _through(self, work: Callable[[Documents, Shards | None], T], database: Database) -> T:
        if self._there is None:
            among = None if self._among is None else self._among.through(database)
            self._there = self._documents.through(database), among
        try:
            return work(*self._there)
        except BaseException:
            self._there[0].forget_remembered()
            raise


def _settle(documents: Documents, among: Shards | None, intent: int) -> None:
    documents.settle(intent)
    if among is not None:
        among.answered(intent)
