"""
Whether the ledger and the intranet speak of the same, as a run finds out before it sends anything.

A ledger may be new, lost or put back; the intranet another one, or put back itself; what earlier runs sent may be unanswered; and a
person may have decided about what one of them held. What is settled here is what every later step goes by.
"""

from __future__ import annotations

import structlog

from connector.ledger.before_restore import notice_put_back
from connector.ledger.on_hold import lift_if_untested
from connector.ledger.unknown_rest import may_be_told_late, note_unknown_rest
from connector.people.known_matching import KnownMatching
from connector.plan.context import Books, Run
from connector.plan.findings import Code
from connector.plan.tally import Tally
from connector.ports.source import Awaiting, Remembering, Source
from connector.runs.intranet_restore import RestoreCheck
from connector.runs.night_ocr import take_read
from connector.runs.parts import Opened, Parts
from connector.runs.put_back_amid import PutBackAmid
from connector.runs.reading import Found
from connector.runs.reappeared import Reappeared, has_again, open_again
from connector.runs.restored_hold import restore_hold
from connector.session.gate import Kind
from connector.session.known_addresses import KnownIntranet


class Reconciliation:
    """The ledger of one target beside its intranet, in one run."""

    def __init__(self, run: Run, opened: Opened, books: Books, parts: Parts, tally: Tally) -> None:
        self._run = run
        self._opened = opened
        self._books = books
        self._parts = parts
        self._tally = tally
        self._known_intranet = KnownIntranet(books.notes(""), run.target)
        self._restore_check = RestoreCheck(run, opened.target, books, parts.markers, tally)
        self._put_back_amid = PutBackAmid(run, opened, books, parts, tally, self._restore_check)
        self._log = structlog.get_logger()

    def settle_earlier_runs(self) -> None:
        """What a killed run sent and never heard of may still take effect; a hold that nobody looks after ends."""
        lift_if_untested(
            self._books.notes(""), self._run.target, tested=self._parts.outbox.target_hold.is_watched
        )
        self._books.shards.clear()  # before: whoever still walks for an earlier run intends nothing any more
        self._books.runs.lose_sessions(now=self._run.now())
        # before orders are carried out: who is to be forgotten may be on the way
        self._books.people.lose_open(until=self._run.settles_at())
        if lost := self._books.documents.lose_open_intents(settle_s=self._run.options.settle_s):
            self._log.info("run.earlier_calls_unanswered", documents=lost)
        for source in self._opened.sources:
            if read := take_read(self._books.documents, self._books.notes(source.name)):
                self._log.info("run.ocr_came", source=source.name, documents=read)

    def check_decisions(self) -> None:
        """What a person decided counts for the intranet in which it was held, and for no other."""
        since = self._run.number if self._is_elsewhere() else self._known_intranet.since
        self._parts.decisions.check(since=since)

    async def look(self, found: Found) -> None:
        """
        Find out whether the ledger can be relied on, and carry out what a person decided.

        Args:
            found: the sources that are read, with their scopes.

        Raises:
            TargetUnavailable, TargetRefused: the notes in the intranet cannot be read, so nothing is known.
        """
        parts, run = self._parts, self._run
        await self._compare(found)
        if self._is_elsewhere():
            await self._take_away_again(self._forget_the_other_intranet())
            parts.markers.unknowing.update(source.name for source in self._opened.sources)
        self._known_intranet.note(self._opened.target.key, run=run.number)
        if run.options.may_hold:
            await parts.holds.repeat_removals()
            await parts.decisions.decide_held(found)
        if parts.markers.behind:
            parts.people.doubt()
        if (restored := await self._restore_check.look()) is not None:
            await self._take_away_again(restored)
        self._find_people_anew()
        self._decide_people()
        self._give_up_sources()

    async def look_again(self) -> None:
        """Find out whether the intranet was put back since this run looked first; its silence costs only this look."""
        await self._put_back_amid.look()

    async def look_once_more(self) -> None:
        """The same where this run wrote notes: it may have been put back just before."""
        await self._put_back_amid.look_once_more()

    async def conclude(self) -> None:
        """Look whether what was sent again is there now; the intranet's silence costs only this look."""
        await self._restore_check.conclude()

    async def _compare(self, found: Found) -> None:
        """Read the notes in the intranet; what goes from a source that is read at another address is held: it may be a copy."""
        parts = self._parts
        for source, scopes in found:
            await parts.markers.compare(source, scopes)
            if source.name in parts.markers.unknowing:
                self._doubt(source)
        parts.markers.remember_heard(notes := self._books.notes(""))
        if parts.markers.put_back:
            notice_put_back(notes, self._run.target, parts.markers.put_back, now=self._run.now())
        if parts.markers.is_of_another and self._run.options.sessions:
            note_unknown_rest(notes, self._run.target, at=self._run.now())
        if may_be_told_late(notes, self._run.target, now=self._run.now()):
            parts.markers.unknowing.update(source.name for source, _ in found)
        if parts.outbox.target_hold.is_watched and (parts.markers.unknowing or parts.markers.behind):
            await restore_hold(self._run, self._opened.target, self._books)
            parts.outbox.target_hold.look()
        for source, _ in found:
            parts.addresses.meet(source, run=self._run.number)
        for source in self._opened.sources:
            if source.name in parts.brake_counts.moved:
                self._tally.tell(Code.SOURCE_MOVED, source=source.name)

    def _doubt(self, source: Source) -> None:
        """What the ledger tells of earlier listings may be out of date: none of it makes the first absence since then a second one."""
        self._books.documents.forget_absences(source.name)
        self._books.rooms.miss_all_anew(source.name, now=self._run.now())
        if isinstance(source, Remembering):
            source.doubt()
        if isinstance(source, Awaiting):
            source.absences.count_absences_anew()

    def _is_elsewhere(self) -> bool:
        """Whether the settings name another intranet than the one that the ledger speaks of."""
        return self._known_intranet.is_elsewhere(self._opened.target.key)

    def _forget_the_other_intranet(self) -> Reappeared:
        """What another intranet confirmed says nothing of this one; gives what this one may have again."""
        run, books, since = self._run, self._books, self._known_intranet.since
        with books.documents.at_once():
            count = books.documents.forget_every_confirmation()
            books.people.doubt(run=run.number)
            again = has_again(run, books, since=since)
        self._tally.tell(Code.OTHER_INTRANET, count=count)
        return again

    async def _take_away_again(self, again: Reappeared) -> None:
        """Have the intranet lose at once what it has again and needs no proof; what people find too much is left to whoever narrows it."""
        run, parts = self._run, self._parts
        parts.people.lose_again(again.had_lost)
        await parts.hiding.remove_met()
        if run.options.may_hold:
            await parts.holds.repeat_removals()
        if not run.dry_run:
            await open_again(run, self._opened.target, self._books, again)

    def _find_people_anew(self) -> None:
        """
        Where the settings find people by other addresses than before, an address that the ledger knows says nothing until its person is
        asked for again.

        The sources that the settings lack are not asked: what they said last stays.
        """
        run, known = self._run, KnownMatching(self._books.notes(""), self._run.target)
        if known.is_otherwise(run.options.matching):
            self._books.people.doubt_addresses(self._opened.configured, run=run.number)
        known.note(run.options.matching, run=run.number)

    def _decide_people(self) -> None:
        """What a person decided about an earlier run covers the people whom it held, as it does documents."""
        options, runs, parts = self._run.options, self._books.runs, self._parts
        approved, kept = (
            runs.get(identifier) if identifier and options.may_hold else None
            for identifier in (options.approve, options.keep)
        )
        parts.people.decide(approve=approved.number if approved else 0, keep=kept.number if kept else 0)
        if approved and runs.session_state(approved.number, kind=Kind.PERSON) == "braked":
            parts.markers.people.settle()

    def _give_up_sources(self) -> None:
        """What a person decided may leave nothing of a source that the settings have no more: then nobody's list waits for it."""
        parts, sources = self._parts, self._books.documents.sources()
        parts.people.give_up(self._opened.configured, {*sources, *parts.markers.unnamed.counts})
