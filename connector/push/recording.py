"""
What the ledger is told of batches: intended before the call, confirmed or lost after its answer, then settled.

It is told through its writer: what is handed in first is written first, and where the ledger is a server the walk goes on
meanwhile. What is written is all that happens here; who counts it, or waits for it, does so once it is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

import msgspec

from connector.document.audience import Audience
from connector.ledger.documents import Documents
from connector.ledger.part import Database
from connector.ledger.rows import Body
from connector.ledger.shards import Shards
from connector.plan.context import Books, Run
from connector.plan.findings import Code
from connector.plan.tally import Sheet
from connector.ports.format import Format
from connector.push.document_push import DocumentPush

T = TypeVar("T")


class Answered(msgspec.Struct, frozen=True):
    """A batch whose answer is not written down yet."""

    batch: list[DocumentPush]
    accepted: list[DocumentPush]
    intent: int


class Silence(msgspec.Struct, frozen=True):
    """Why the target gave no clear answer about a document."""

    why: str
    title: str = ""
    """Of one that was sent by itself; empty of a batch."""
    fingerprint: bytes = b""
    """As it was sent."""


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
        """Ids of the documents that got no clear answer and were not accepted since: nobody knows whether the target has them."""
        self._silences: dict[str, Silence] = {}
        """Of what is to be sent again by the next run, by id."""
        self._run = run
        self._documents = books.documents
        self._among = among
        self._writer = books.writer
        self._claimed: dict[int, list[str]] = {}
        """Ids that nobody else pushes, by the intent; nothing where nobody else can."""
        self._there: tuple[Documents, Shards | None] | None = None
        """The same, by the writer's connection."""

    @property
    def is_one_of_several(self) -> bool:
        """Whether other services push the same documents where this one cannot."""
        return self._among is not None

    @property
    def why_silent(self) -> str:
        """Why what was sent last in vain was; empty: all of it was accepted since."""
        return next(reversed(self._silences.values())).why if self._silences else ""

    def tell_unheard(self, sheet: Sheet) -> None:
        """Tell of what got no answer and was not accepted since, once nothing more is sent."""
        for identifier, one in self._silences.items():
            if one.title:
                sheet.tell(Code.UNANSWERED_ONE, title=one.title, id=identifier, why=one.why)
        for why, count in Counter(one.why for one in self._silences.values() if not one.title).items():
            sheet.tell(Code.UNANSWERED, count=count, why=why)

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
        now = self._run.now()
        confirm = self._confirming(now)

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
                    self._settle(documents, among, answered.intent)
            return intent, going

        intent, going = await self._write(write)
        if intent and self._among is not None:
            self._claimed[intent] = [push.rendered.id for push in going]
        if answered is not None:
            self._claimed.pop(answered.intent, None)
            self._heard(answered.accepted)
        return intent, going

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

    async def accepted(self, pushes: list[DocumentPush], *, late: Sequence[DocumentPush] = ()) -> None:
        """
        Confirm documents.

        Args:
            late: attempts of before that may still arrive, after newer contents of the same documents.
        """
        now = self._run.now()
        # of this very moment: what was accepted at it, or later, counts as heard of
        confirm, until = self._confirming(now), now + self._run.options.settle_s

        def write(documents: Documents, _: Shards | None) -> None:
            with documents.at_once():
                confirm(documents, pushes)
                if late:
                    documents.lose_pushes(late, until=until)

        await self._write(write)
        self._heard(pushes)

    async def lost(self, pushes: list[DocumentPush], *, why: str, alone: bool = False) -> None:
        """
        Documents got no answer: they may still take effect.

        Args:
            why: in words.
            alone: each was sent by itself.
        """
        for push in pushes:
            rendered = push.rendered
            self.unheard.add(rendered.id)
            self._silences[rendered.id] = Silence(why, rendered.title if alone else "", rendered.fingerprint)
        until = self._run.settles_at()
        await self._write(lambda documents, _: documents.lose_pushes(pushes, until=until))

    def lost_elsewhere(self, ids: Iterable[str], *, why: str) -> None:
        """Documents of which the ledger has that others sent them, and nobody had them accepted since."""
        for identifier in ids:
            self.unheard.add(identifier)
            self._silences.setdefault(identifier, Silence(why))

    def _heard(self, pushes: Sequence[DocumentPush]) -> None:
        """
        The target has these, whatever becomes of an attempt before: the ledger does the last act once more after it.

        What was accepted as it was before, and not as it is listed now, is still told of.
        """
        for push in pushes:
            rendered = push.rendered
            self.unheard.discard(rendered.id)
            silence = self._silences.get(rendered.id)
            if silence is not None and (push.present or silence.fingerprint == rendered.fingerprint):
                del self._silences[rendered.id]

    async def settle(self, intent: int) -> None:
        """Nothing of a batch was sent, or all of it is answered."""
        await self._write(lambda documents, among: self._settle(documents, among, intent))
        self._claimed.pop(intent, None)

    def _settle(self, documents: Documents, among: Shards | None, intent: int) -> None:
        documents.settle(intent)
        if among is not None:
            among.answered(self._claimed.get(intent, []), intent=intent)

    async def last(self, identifier: str) -> tuple[Body | None, Audience | None]:
        """A document as it was accepted last, and with whom."""
        return await self._write(
            lambda documents, _: (documents.body(identifier), documents.audience_of(identifier))
        )

    def _confirming(self, now: float) -> Callable[[Documents, list[DocumentPush]], None]:
        """How documents are confirmed now."""
        run, session_run = self._run, self.session_run

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
