"""
Documents on their way to the target: batches in the order they came, intent before, confirmation after.

A batch starts only after every earlier batch started, so a parent is never in a later-started batch than
its child. A few batches may wait for their turn, so that whoever reads goes on while the target answers; then
whoever adds a document waits, too: that bounds memory. What one batch's answer said is written down together
with what the next batch intends. Of one document never two pushes are under way at once: whoever adds it again waits until
the earlier one is answered and written down, since the target may carry two calls out in any order. A refused document is tried lighter (without text, then bare) before it goes
to quarantine; an unanswered one may still take effect late, which the ledger remembers.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial

import msgspec
import structlog

from connector.document.document import Known, Listed, Rendered
from connector.errors import TargetRefused, TargetUnavailable
from connector.ledger.documents import Documents
from connector.ledger.memory import Quarantine
from connector.ledger.rows import Pushed
from connector.ledger.unconfirmed import Stranger
from connector.plan.report import Report
from connector.ports.target import Stamp, Target

GIVE_UP_AFTER = 3
"""Whole batches in a row without an answer: the target is down and the run ends."""
AHEAD = 6
"""Batches that may wait for their turn."""


class Parcel(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One document to push, and what is to be remembered of it."""

    source: str
    listed: Listed
    rendered: Rendered
    room: str
    container: str
    rules: bytes
    stamp: Stamp
    known: Known | None
    why: str
    present: bool = True
    """It was listed where it stands."""

    @property
    def pushed(self) -> Pushed:
        """As the ledger keeps it."""
        return Pushed(
            source=self.source,
            listed=self.listed,
            rendered=self.rendered,
            room=self.room,
            container=self.container,
            rules=self.rules,
            present=self.present,
            moved=self._has_moved(),
        )

    def _has_moved(self) -> bool:
        """Whether the ledger may have it elsewhere, or nowhere."""
        known = self.known
        return (
            known is None
            or known.state in {"new", "removed"}
            or known.container != self.container
            or known.path != self.rendered.path
        )


class Answered(msgspec.Struct, frozen=True):
    """A batch whose answer is not written down yet."""

    batch: list[Parcel]
    accepted: list[Parcel]
    intent: int


class Outbox:
    """What is to be pushed in one run."""

    def __init__(
        self,
        target: Target,
        documents: Documents,
        quarantine: Quarantine,
        report: Report,
        *,
        run: int,
        backfill: int,
        batch_documents: int,
        batch_bytes: int,
        concurrency: int,
        settle_s: float,
        adopt: bool = False,
        clock: Callable[[], float],
        progress: Callable[[int], None],
    ) -> None:
        self.session_run = 0
        """The run's number while its session is open."""
        self.unanswered = 0
        self._target = target
        self._documents = documents
        self._quarantine = quarantine
        self._report = report
        self._run = run
        self._backfill = backfill
        self._most = batch_documents
        self._most_bytes = batch_bytes
        self._settle_s = settle_s
        self._adopt = adopt
        self._clock = clock
        self._progress = progress
        self._batch: list[Parcel] = []
        self._ids: set[str] = set()
        self._under_way: dict[str, asyncio.Event] = {}
        """Ids of the batches that wait or are sent, each with the event that its answer is written down."""
        self._size = 0
        self._adding = asyncio.Lock()
        self._slots = asyncio.Semaphore(concurrency + AHEAD)
        self._waiting: deque[list[Parcel]] = deque()
        self._concurrency = concurrency
        self._senders = 0
        """Tasks that will still look for a waiting batch; one that is done may stand in `_sending` a moment longer."""
        self._sending: set[asyncio.Task[None]] = set()
        self._failed: BaseException | None = None
        self._silent = 0
        self._log = structlog.get_logger("connector.outbox")

    async def add(self, parcel: Parcel) -> None:
        """Put a document into the current batch; waits while the target is busy, or has a push of this very document in hand."""
        if self._report.dry_run:
            self._foretell(parcel)
            return
        if self._adopt and await self._adopted(parcel):
            return
        while True:
            self._raise_failure()
            if (answered := self._under_way.get(parcel.rendered.id)) is not None:
                await answered.wait()
            elif self._has_no_place_for(parcel):
                async with self._adding:
                    if self._has_no_place_for(parcel):
                        await self._start()
            else:
                break
        self._batch.append(parcel)
        self._ids.add(parcel.rendered.id)
        self._size += parcel.rendered.size

    def _has_no_place_for(self, parcel: Parcel) -> bool:
        if not self._batch:
            return False
        full = len(self._batch) >= self._most or self._size + parcel.rendered.size > self._most_bytes
        return full or parcel.rendered.id in self._ids

    async def _adopted(self, parcel: Parcel) -> bool:
        """Whether the target has this very document already, by our own note beside it: then it is only written down."""
        if parcel.known is not None and parcel.known.fingerprint is not None:
            return False
        state = await self._target.state(parcel.rendered.id)
        if not state.exists or state.fingerprint != parcel.rendered.fingerprint.hex():
            return False
        self._confirm([parcel])
        self._report.documents.added -= 1
        self._report.documents.unchanged += 1
        return True

    async def flush(self) -> None:
        """Send what is left and wait for every answer."""
        async with self._adding:
            if self._batch:
                await self._start()
        while self._sending:
            await asyncio.wait(self._sending)
        self._raise_failure()

    async def abandon(self) -> None:
        """Finish the calls in hand and send nothing more."""
        self._batch, self._size = [], 0
        self._ids.clear()
        self._drop_waiting()
        if self._sending:
            await asyncio.wait(self._sending)

    async def _start(self) -> None:
        self._raise_failure()
        batch, self._batch, self._size = self._batch, [], 0
        self._under_way.update(dict.fromkeys(self._ids, asyncio.Event()))
        self._ids = set()
        await self._slots.acquire()
        self._raise_failure()
        self._waiting.append(batch)
        if self._senders < self._concurrency:
            self._senders += 1
            task = asyncio.create_task(self._send_waiting())
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _send_waiting(self) -> None:
        """Send one batch after the other while any waits."""
        answered: Answered | None = None
        try:
            while self._waiting:
                batch = self._waiting.popleft()
                intent = self._write_down(answered, batch)
                answered = None
                try:
                    answered = Answered(batch, await self._send(batch, intent), intent)
                finally:
                    self._slots.release()
            self._write_down(answered, None)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - raised again by whoever adds or flushes next
            self._failed = self._failed or error
            self._drop_waiting()
        finally:
            self._senders -= 1

    def _drop_waiting(self) -> None:
        for _ in self._waiting:
            self._slots.release()
        self._waiting.clear()
        for answered in self._under_way.values():
            answered.set()  # whoever waits for one of these learns that nothing more is sent

    def _write_down(self, answered: Answered | None, batch: list[Parcel] | None) -> int:
        """Confirm what was accepted and intend what comes next, in one transaction; says the new intent's number."""
        intent = 0
        with self._documents.at_once():
            if answered is not None:
                self._confirm(answered.accepted)
                self._documents.settle(answered.intent)
            if batch is not None:
                intent = self._documents.intend_pushes(
                    [parcel.pushed for parcel in batch], run=self._run, now=self._clock()
                )
        if answered is not None:
            for parcel in answered.batch:
                self._under_way.pop(parcel.rendered.id).set()
        return intent

    async def _send(self, batch: list[Parcel], intent: int) -> list[Parcel]:
        """Send a batch; returns what was accepted and is still to be written down."""
        parcels = {parcel.rendered.id: parcel for parcel in batch}
        attempts_lost = 0

        def lost() -> None:
            nonlocal attempts_lost
            attempts_lost += 1

        try:
            result = await self._target.push([(p.rendered, p.stamp) for p in batch], lost=lost)
        except TargetRefused:
            if not attempts_lost:  # else an attempt before the refused one may have been taken
                self._documents.settle(intent)
            raise
        accepted = [parcels[i] for i in result.accepted]
        if accepted and (attempts_lost or result.refused):
            with self._documents.at_once():
                self._confirm(accepted)
                if attempts_lost:
                    # an earlier attempt may still arrive, after newer contents of the same document
                    self._lose(accepted)
            accepted = []
        if result.unanswered:
            self._log.warning("push.unanswered", documents=result.unanswered, why=result.words)
            self._lose([parcels[i] for i in result.unanswered])
            self.unanswered += len(result.unanswered)
            self._report.withhold(f"{len(result.unanswered)} document(s) got no clear answer: {result.words}")
        for identifier, words in result.refused.items():
            await self._try_lighter(parcels[identifier], words)
        self._silent = 0 if result.accepted or result.refused else self._silent + 1
        if self._silent >= GIVE_UP_AFTER:
            raise TargetUnavailable(
                f"The intranet does not answer; the rest is left to the next run. Last: {result.words}"
            )
        return accepted

    async def _try_lighter(self, parcel: Parcel, words: str) -> None:
        """Try a refused document without its text, then bare, then as it was accepted before; else quarantine it."""
        variants = [
            msgspec.structs.replace(parcel, rendered=one) for one in self._target.lighter(parcel.rendered)
        ]
        if (last := self._as_before(parcel)) is not None:
            variants.append(last)
        lost: list[Parcel] = []
        for variant in variants:
            attempt = partial(lost.append, variant)
            result = await self._target.push([(variant.rendered, variant.stamp)], lost=attempt)
            if result.accepted:
                self._confirm([variant])
                if lost:
                    self._lose([lost[-1]])
                if variant is last:
                    break  # what changed is not in the intranet: it is tried again
                self._report.say(
                    f"{self._report.called(parcel.rendered.title, parcel.rendered.id)}: refused ({words}); accepted with less"
                )
                return
            if result.unanswered:
                self._lose([parcel])
                self.unanswered += 1
                self._report.withhold(
                    f"{self._report.called(parcel.rendered.title, parcel.rendered.id)} got no clear answer: {result.words}"
                )
                return
        self._log.warning(
            "document.quarantined", document=parcel.rendered.id, source=parcel.source, why=words
        )
        if parcel.known is None or parcel.known.fingerprint is None:
            self._quarantine.unconfirmed.note(
                Stranger(
                    id=parcel.rendered.id,
                    source=parcel.source,
                    native=parcel.listed.native,
                    room=parcel.room,
                    container=parcel.container,
                    kind=parcel.listed.kind,
                    title=parcel.rendered.title,
                    url=parcel.rendered.url,
                    audience=parcel.rendered.audience,
                ),
                run=self._run,
            )
        self._quarantine.park(
            parcel.rendered.id,
            source=parcel.source,
            native=parcel.listed.native,
            room=parcel.room,
            title=parcel.rendered.title,
            reason="refused",
            message=f"Interact refuses it: {words}",
            version=parcel.listed.version,
            now=self._clock(),
        )

    def _as_before(self, parcel: Parcel) -> Parcel | None:
        """The document as it was accepted before, with its audience of now: the last thing to try."""
        body = self._documents.body(parcel.rendered.id)
        if body is None or parcel.known is None:
            return None
        rendered = self._target.with_audience(
            body.body,
            body.text,
            parcel.rendered.audience,
            hidden=body.hidden,
            closed=self._target.left_out(parcel.rendered.hidden) | self._target.left_out(body.hidden),
            text_missing=body.text_missing,
            text_key=body.text_key,
        )
        return msgspec.structs.replace(
            parcel,
            rendered=rendered,
            listed=msgspec.structs.replace(parcel.listed, version=parcel.known.version or b""),
            rules=parcel.known.rules or parcel.rules,
        )

    def _confirm(self, parcels: list[Parcel]) -> None:
        if not parcels:
            return
        self._documents.confirm_pushes(
            [parcel.pushed for parcel in parcels],
            run=self._run,
            session_run=self.session_run,
            backfill=self._backfill,
            now=self._clock(),
            settle_s=self._settle_s,
        )
        for parcel in parcels:
            self._count(parcel)
        self._progress(len(parcels))

    def _count(self, parcel: Parcel) -> None:
        known = parcel.known
        if known is None or known.state == "new":
            self._report.documents.added += 1
        elif known.fingerprint == parcel.rendered.fingerprint:
            self._report.documents.unchanged += 1
        else:
            self._report.documents.updated += 1

    def _lose(self, parcels: list[Parcel]) -> None:
        self._documents.lose_pushes(
            [parcel.pushed for parcel in parcels], until=self._clock() + self._settle_s
        )

    def _foretell(self, parcel: Parcel) -> None:
        self._count(parcel)
        added = parcel.known is None or parcel.known.state == "new"
        if added or parcel.known is None or parcel.known.fingerprint != parcel.rendered.fingerprint:
            self._report.change(
                parcel.rendered.id, "add" if added else "update", parcel.rendered.title, parcel.why
            )

    def _raise_failure(self) -> None:
        if self._failed is not None:
            raise self._failed
