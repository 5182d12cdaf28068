"""
What becomes of an intranet that was restored from a backup: it lacks what was sent since, shows what was removed since, and shows some
documents to more people than may see them now.

A full run sends everything, so it leaves a younger note, and so does a delta that removed something; between them the documents
that deltas sent last tell. They are asked for run by run, the newest first, until one is as the ledger has it: what was sent and
removed since then is taken for unknown.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from connector.engine.task_group import together
from connector.errors import TargetRefused, TargetUnavailable
from connector.plan.context import Books, Run
from connector.plan.findings import Code
from connector.plan.tally import Sheet
from connector.ports.target import RemoteState, Target
from connector.runs.reappeared import Reappeared, has_again
from connector.session.intranet_restore import (
    IGNORES_RESENDS,
    KIND,
    PUT_BACK_AMID,
    ignores_resends,
    put_back_amid,
)
from connector.session.markers import Markers

OF_A_RUN = 3
"""Documents that are asked for, of what one delta sent, and of what was removed since."""
MOST_RUNS = 50
"""Deltas that are looked at; where even the oldest of them left something that is not there, all that was sent since the last note counts."""
ENOUGH = 2
"""
Documents that tell of a backup. A single one may have been taken out, or changed, by hand: then something that was removed has
to be there, too, which alone tells nothing, since Interact may go on knowing what it removed.
"""


class RestoreCheck:
    """Whether it was, as one run finds out, and what the run takes for unknown then."""

    def __init__(self, run: Run, target: Target, books: Books, markers: Markers, sheet: Sheet) -> None:
        self._run = run
        self._target = target
        self._books = books
        self._documents = books.documents
        self._runs = books.runs
        self._notes = books.notes("")
        self._markers = markers
        self._evidence = markers.restore_evidence
        self._sheet = sheet
        self._lacking: list[str] = []
        """Ids of documents that were not as they were sent, and are sent again."""
        self._by_hand: list[str] = []
        """The same of those that nobody put back, since a later note is there."""
        self._is_as_sent = False
        """Whether any was."""
        self._was_amid = False
        """Whether what the run of the newest note sent before that is not there: it was put back while that run worked."""

    async def look(self) -> Reappeared | None:
        """
        Take as new what an intranet that was put back does not have, and for there what it has again.

        Returns:
            What it may have again; None where it was not put back.

        Raises:
            TargetUnavailable, TargetRefused: nothing is known.
        """
        evidence = self._evidence
        if self._run.dry_run:
            return None
        if (amid := put_back_amid(self._notes, self._target.key)) is not None:
            evidence.remember(amid)
        if self._markers.behind and evidence.since is None:
            return await self._before_this_ledger() if evidence.is_of_another else None
        since, lacking = (
            (evidence.since + 1, list(evidence.told_by))
            if evidence.since is not None
            else await self.sent_in_vain()
        )
        if ignores_resends(self._notes, self._target.key):
            if self._is_as_sent and not lacking:
                self._notes.put(KIND, self._target.key, b"", run=self._run.number)
            self._notes.drop(PUT_BACK_AMID, b"", [self._target.key])
            return None
        self._documents.forget_confirmation_of(self._by_hand)
        if not lacking:
            return await self._removed_between_runs()
        self._lacking = lacking
        if evidence.since is None and len(lacking) < ENOUGH and not await self._shows_removed(since):
            self._documents.forget_confirmation_of(lacking)
            return None
        with self._documents.at_once():
            count = self._forget(since)
            self._books.people.doubt(run=self._run.number, read=True)
            again = has_again(self._run, self._books, since=since)
            self._notes.drop(PUT_BACK_AMID, b"", [self._target.key])
        self._markers.behind = True
        self._sheet.tell(Code.INTRANET_PUT_BACK, count=count)
        return again

    async def _removed_between_runs(self) -> Reappeared | None:
        """What was hidden since the newest note no document tells of, until a run writes the next one: it is asked for by itself."""
        since = self._evidence.newest + 1
        if since == 1 or not await self._shows_removed(since):
            return None
        with self._documents.at_once():
            return has_again(self._run, self._books, since=since)

    async def _before_this_ledger(self) -> Reappeared:
        """
        Where a note of ours stood is one of another ledger: perhaps the intranet is as before this ledger was made.

        Then it has all again that this ledger removed. What is hidden goes in any case: whoever writes there beside us shows it, too.
        """
        if not await self._shows_removed(1):
            self._books.orders.doubt()
            return Reappeared(since=0, had_lost=frozenset())
        with self._documents.at_once():
            return has_again(self._run, self._books, since=1)

    async def conclude(self) -> None:
        """Look whether what was sent again is there now; the intranet's silence costs only this look."""
        known = self._documents.known(self._lacking)
        sent = {
            one.id: one.fingerprint
            for one in known.values()
            if one.fingerprint is not None and one.redo_after is None and one.pushed_run == self._run.number
        }
        try:
            lacking = await self._lack(sent, self._run.number)
        except (TargetUnavailable, TargetRefused) as error:
            structlog.get_logger().info("run.backup_unseen", why=str(error))
            return
        if sent and len(lacking) == len(sent):
            self._notes.put(KIND, self._target.key, IGNORES_RESENDS, run=self._run.number)

    def _forget(self, since: int) -> int:
        """Take as new what was sent since a run; says how many documents that are."""
        documents = self._documents
        of_deltas = self._evidence.since is None and not self._was_amid
        if of_deltas or not self._runs.sent_whole(since=since):
            return documents.forget_sent_since(since)
        return documents.forget_every_confirmation()

    async def sent_in_vain(self) -> tuple[int, list[str]]:
        """The first run that an intranet may lack, and the documents that tell so, of it and of later ones."""
        newest, before = self._evidence.newest, self._run.number
        self._is_as_sent = newest > 0
        found: list[str] = []
        for _ in range(MOST_RUNS):
            number, sent = self._documents.sent_last(before=before, most=OF_A_RUN)
            lacking = await self._lack(sent, number)
            if number < newest and not self._was_amid:
                self._by_hand = lacking
                break
            if not lacking:
                return number + 1, found
            self._was_amid = self._was_amid or (
                number == newest and (len(lacking) >= ENOUGH or await self._shows_removed(number))
            )
            found += lacking
            before = number
        return 1 if self._was_amid else newest + 1, found

    async def _lack(self, sent: Mapping[str, bytes], run: int) -> list[str]:
        """Ids of what the intranet does not have as a run sent it."""
        states = await together(self._target.state(one) for one in sent)
        lacking = [
            identifier
            for (identifier, fingerprint), state in zip(sent.items(), states, strict=True)
            if self._is_other(state, fingerprint, run)
        ]
        self._is_as_sent = self._is_as_sent or len(lacking) < len(sent)
        return lacking

    def _is_other(self, state: RemoteState, fingerprint: bytes, run: int) -> bool:
        if not state.exists or state.fingerprint not in ("", fingerprint.hex()):
            return True
        return state.ledger == self._run.ledger and state.run < run

    async def _shows_removed(self, since: int) -> bool:
        """Whether something is there that was removed since a run."""
        gone = self._documents.gone_since(since, most=OF_A_RUN)
        return any(state.exists for state in await together(self._target.state(one) for one in gone))
