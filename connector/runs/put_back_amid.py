"""
Whether an intranet was restored from a backup while a run works.

A run looks at its beginning (`intranet_restore`), and the notes that it writes itself pass later for all that was sent before. So
it looks again before it writes them: what was accepted last before it began, and what it had accepted first, tell of a backup that
was put back since either. What it finds is left to the next run, which begins with what was closed to somebody.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter

import structlog

from connector.engine.task_group import together
from connector.errors import TargetRefused, TargetUnavailable
from connector.plan.context import Books, Run
from connector.plan.findings import Code
from connector.plan.item import Mode
from connector.plan.tally import Sheet
from connector.runs.intranet_restore import ENOUGH, RestoreCheck
from connector.runs.parts import Opened, Parts
from connector.session.intranet_restore import PUT_BACK_AMID, PutBack, ignores_resends, is_older

OF_EITHER = 2
"""Notes that are asked for, of those written before this run and of its own."""
ASKED_AGAIN = 3
"""How often a note that is older than what was accepted is asked for once more: one of several servers may tell late what was just written."""


class PutBackAmid:
    """Whether it was, as one run sees it."""

    def __init__(
        self, run: Run, opened: Opened, books: Books, parts: Parts, sheet: Sheet, restore_check: RestoreCheck
    ) -> None:
        self._run = run
        self._target = opened.target
        self._sources = opened.sources
        self._books = books
        self._parts = parts
        self._sheet = sheet
        self._restore_check = restore_check
        self._notes = books.notes("")
        self._has_looked = False
        self._is_seen = False

    async def look(self) -> None:
        """Look again; the next run is told of what is found, no session is ended in this one, and nobody gets more."""
        if self._is_seen or self._run.dry_run or ignores_resends(self._notes, self._target.key):
            return
        self._has_looked = True
        try:
            self._is_seen = await self._is_put_back()
        except (TargetUnavailable, TargetRefused) as error:
            structlog.get_logger().info("run.backup_unseen", why=str(error))
        if self._is_seen:
            self._parts.markers.unknowing.update(source.name for source in self._sources)
            self._sheet.tell(Code.INTRANET_PUT_BACK_AMID)

    async def look_once_more(self) -> None:
        """Look once the notes are written, where this run looked before: it may have been put back since."""
        if self._has_looked:
            await self.look()

    async def _is_put_back(self) -> bool:
        older = await self._older(self._carriers())
        for _ in range(ASKED_AGAIN):
            older = older and await self._older(list(older))
        if older:
            self._remember(min(older.values()), list(older))
            if await self._takes_again(list(older)):
                return True
            self._notes.drop(PUT_BACK_AMID, b"", [self._target.key])
            return False
        if self._run.mode is Mode.DELTA:  # any other sends again what was sent before it
            since, lacking = await self._restore_check.sent_in_vain()
            if len(lacking) >= ENOUGH:
                self._remember(since - 1, lacking)
                return True
        return False

    def _remember(self, since: int, told_by: list[str]) -> None:
        """Before anything is written that hides it: a run that dies meanwhile leaves it to the next one, too."""
        self._notes.put_json(PUT_BACK_AMID, self._target.key, PutBack(since, told_by))

    def _carriers(self) -> list[str]:
        """Ids of documents with notes: those accepted last before this run, and first in it."""
        markers, run = self._parts.markers, self._run.number
        ids = [one for source in self._sources for one in markers.carriers(source)]
        rows = sorted(self._books.documents.accepted_at(ids), key=itemgetter(2))
        before = [row[0] for row in rows if row[1] < run]
        during = [row[0] for row in rows if row[1] == run]
        return [*before[-OF_EITHER:], *during[:OF_EITHER]]

    async def _older(self, ids: Sequence[str]) -> dict[str, int]:
        """Of some documents those whose notes are older than what was accepted last, with the run of each; what is not there was perhaps removed by hand."""
        states = await together(self._target.state(one) for one in ids)
        known = self._books.documents.known(ids)
        return {
            one: state.run
            for one, state in zip(ids, states, strict=True)
            if state.exists
            and state.ledger == self._run.ledger
            and one in known
            and is_older(state, known[one])
        }

    async def _takes_again(self, older: Sequence[str]) -> bool:
        """Whether one of them, sent again, is there at once, and the others still are not: else it tells late, or takes no update of the same date."""
        parts, (first, *others) = self._parts, older
        source = self._books.documents.standing([first])[first].source
        push = parts.markers.with_note(first, parts.markers.noted_now(source), parts.accepted)
        if push is None:
            return False
        await parts.outbox.add(push)
        await parts.outbox.flush()
        state = await self._target.state(first)
        return state.run == self._run.number and len(await self._older(others)) == len(others)
