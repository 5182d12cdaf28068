"""
How a batch of documents goes out, in halves where it does not go as a whole: every document is told as accepted, refused or unanswered.

    refused      a document by itself: the server cannot take it, or a firewall before it takes its text for an attack
    unanswered   nothing tells what became of it
"""

from __future__ import annotations

from collections.abc import Sequence

from connector.document.document import Rendered
from connector.errors import TargetRefused, TargetUnavailable
from connector.ports.target import Stamp
from connector.target import wire
from connector.target.api import DOCS, Api, Lost, Unwelcome
from connector.target.replies import PushReply
from connector.target.results import Pushes, account_for
from connector.target.wire import State

MOST_OF_NAMES = 400
"""Characters of the names of sources that are kept beside a document, of which Interact keeps 1 KB."""
Batch = Sequence[tuple[Rendered, Stamp]]
MOST_SILENT = 16
"""Parts of a batch without an answer, after which what is left of it is left to the next run."""


class Batches:
    """The pushes to one connector."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def push(self, batch: Batch, *, lost: Lost | None = None) -> Pushes:
        """
        Add or update documents; a batch that the server cannot take, or answer, is halved down to the one bad document.

        Args:
            lost: called when an attempt went unanswered although it may have been sent.

        Raises:
            TargetRefused: wrong key, tenant, appid or host; nothing of the batch was taken.
        """
        ids = [rendered.id for rendered, _ in batch]
        if len(set(ids)) != len(ids):
            raise RuntimeError("a batch names one document twice")
        pushed = await self._push(batch, lost, repeat=True)
        # not where the connection broke: that push may still be under way
        worth_it = pushed.is_over and (len(batch) > 1 or (pushed.by_other and pushed.is_lasting))
        if not worth_it or not await self._api.is_up(ids[0], says_why=pushed.by_other):
            return pushed
        return await self._push_apart(batch, lost) if len(batch) > 1 else _turned_away(pushed)

    async def _push_apart(self, batch: Batch, lost: Lost | None) -> Pushes:
        """
        Push the halves of a batch that got no answer, and theirs: what cannot be answered about one document holds up no other.

        What somebody between turns away by itself, while others go through, is refused: a firewall takes its text for an attack.
        """
        parts, done = _halves(batch), list[Pushes]()
        silent, taken = 0, False
        while parts:
            part = parts.pop()
            ids = [rendered.id for rendered, _ in part]
            if silent >= MOST_SILENT:
                done.append(Pushes(accepted=[], refused={}, unanswered=ids))
                continue
            try:
                pushed = await self._push(part, lost, repeat=False)
            except TargetRefused as error:
                # what was taken must be remembered; the next call says the same and ends the run
                pushed, silent = (
                    Pushes(accepted=[], refused={}, unanswered=ids, words=str(error)),
                    MOST_SILENT,
                )
            is_silent = len(pushed.unanswered) == len(part)
            taken = taken or bool(pushed.accepted)
            silent += is_silent and not (pushed.by_other and taken)
            if is_silent and len(part) > 1 and silent < MOST_SILENT:
                parts += _halves(part)
            else:
                done.append(pushed)
        if taken:
            done = [_turned_away(one) if len(one.unanswered) == 1 else one for one in done]
        return _together(done)

    async def _push(self, batch: Batch, lost: Lost | None, *, repeat: bool) -> Pushes:
        ids = [rendered.id for rendered, _ in batch]
        content = wire.array([wire.envelope(rendered, _state(rendered, stamp)) for rendered, stamp in batch])
        attempts_lost = 0

        def lose() -> None:
            nonlocal attempts_lost
            attempts_lost += 1
            if lost is not None:
                lost()

        try:
            answer = await self._api.add(DOCS, content, PushReply, lose, repeat=repeat)
        except TargetUnavailable as error:
            is_over = not error.cut_off
            return Pushes(
                accepted=[],
                refused={},
                unanswered=ids,
                words=str(error),
                is_over=is_over,
                by_other=error.by_other,
                is_lasting=error.lasting,
                is_cut_off=not (is_over or error.sent or attempts_lost),
            )
        if isinstance(answer, Unwelcome):
            if len(batch) == 1:
                return Pushes(accepted=[], refused={ids[0]: answer.words}, unanswered=[])
            middle = len(batch) // 2
            halves = [await self._push(batch[:middle], lost, repeat=repeat)]
            try:
                halves.append(await self._push(batch[middle:], lost, repeat=repeat))
            except TargetRefused as error:
                if not (halves[0].accepted or halves[0].unanswered):
                    raise
                # what was taken must be remembered; the next call says the same and ends the run
                halves.append(Pushes(accepted=[], refused={}, unanswered=ids[middle:], words=str(error)))
            return _together(halves)
        return account_for(ids, answer)


def _halves(batch: Batch) -> list[Batch]:
    """The halves of a batch, the first one last: what stands above others is sent before them."""
    return [batch[len(batch) // 2 :], batch[: len(batch) // 2]]


def _turned_away(pushed: Pushes) -> Pushes:
    """What became of a single document, to which somebody between answered."""
    if not pushed.by_other:
        return pushed
    return Pushes(accepted=[], refused=dict.fromkeys(pushed.unanswered, pushed.words), unanswered=[])


def _together(parts: Sequence[Pushes]) -> Pushes:
    return Pushes(
        accepted=[i for part in parts for i in part.accepted],
        refused={i: why for part in parts for i, why in part.refused.items()},
        unanswered=[i for part in parts for i in part.unanswered],
        words=" ".join(dict.fromkeys(part.words for part in parts if part.words)),
    )


def _state(rendered: Rendered, stamp: Stamp) -> State:
    return State(
        f=rendered.fingerprint.hex(),
        v=stamp.version.hex(),
        a=rendered.audience.digest().hex(),
        m=stamp.mapping.hex(),
        ledger=stamp.ledger,
        run=stamp.run,
        count=stamp.count,
        people=stamp.people,
        others={**stamp.others} if sum(map(len, stamp.others)) < MOST_OF_NAMES else {},
    )
