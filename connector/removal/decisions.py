"""
What a person decided about an earlier run (`--approve`, `--keep`), carried out: what it named goes, or stays.

Asked for at that moment: what has come back is not touched, whatever the reason it is held for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence, Set

import msgspec

from connector.engine.batched import batched
from connector.engine.task_group import together
from connector.errors import DecisionRefused, SourceRefused, SourceUnavailable
from connector.ledger.rows import Standing
from connector.plan import findings, reason_words
from connector.plan.context import Books, Run
from connector.plan.findings import Gone, HoldReason
from connector.ports.source import FoundScope, Sorted, Source, Verdict
from connector.removal.holds import Holds
from connector.removal.suspects import ASKED_AT_ONCE, Proven
from connector.session.markers import Markers


class Decisions:
    """What is held of one target and a person decided about."""

    def __init__(
        self, run: Run, books: Books, holds: Holds, markers: Markers, configured: Collection[str]
    ) -> None:
        """
        Args:
            configured: names of the sources that the settings have, read in this run or not.
        """
        self._run = run
        self._books = books
        self._documents = books.documents
        self._runs = books.runs
        self._holds = holds
        self._markers = markers
        self._configured = configured

    def check(self, *, since: int) -> None:
        """
        Make sure that a person can have decided about an earlier run.

        Args:
            since: the first run that the ledger knows of this intranet.

        Raises:
            DecisionRefused: there is no such run, it held nothing, or it was held in another intranet.
        """
        options = self._run.options
        for identifier in filter(None, (options.approve, options.keep)):
            run = self._runs.get(identifier)
            if run is None:
                raise _no_such_run(identifier)
            if run.dry_run:
                raise _dry_run_is_no_ground(identifier)
            if run.number < since:
                raise _held_elsewhere(identifier)

    async def decide_held(self, found: Sequence[tuple[Source, list[FoundScope]]]) -> None:
        """Carry out what a person decided about an earlier run: remove what it named, or keep it."""
        options = self._run.options
        if options.keep and (run := self._runs.get(options.keep)):
            self._documents.keep(up_to_run=run.number)
            self._books.pending_audiences.keep(up_to_run=run.number)
            self._books.quarantine.retry(self._books.quarantine.unconfirmed.keep(up_to_run=run.number))
            self._books.rooms.decide_unlisted(up_to_run=run.number)
        if not options.approve:
            return
        run = self._runs.get(options.approve)
        assert run is not None
        self._accept_counts(run.report)
        self._books.pending_audiences.approve(up_to_run=run.number)
        self._books.rooms.decide_unlisted(up_to_run=run.number)
        # what is held for its audience is decided when the audiences of this run are known
        held = [
            one
            for one in self._documents.held(up_to_run=run.number)
            if one.held_why not in findings.OF_AUDIENCE
        ]
        going: list[Proven] = []
        for batch in batched(held, ASKED_AT_ONCE):
            came_back = await together(self._came_back(one, found) for one in batch)
            for standing, back in zip(batch, came_back, strict=True):
                if back:
                    self._documents.found([(standing.id, standing.container, standing.room, "")])
                else:
                    going.append(Proven(standing, Gone.APPROVED, reason_words.held(standing.held_why)))
        await self._holds.delete(going, approved=True)

    async def decide_lost(self, still_lost: Callable[[Standing], bool]) -> list[Standing]:
        """
        Remove what an approved run held for its audience, if nothing has changed since.

        Returns:
            What loses its readers as well, and must not be removed: something that others find stands below it.
        """
        run = (
            self._runs.get(self._run.options.approve)
            if self._run.options.approve and self._run.options.may_hold
            else None
        )
        if run is None:
            return []
        lost = {
            standing.id: standing
            for standing in self._documents.held(up_to_run=run.number)
            if standing.held_why in findings.OF_AUDIENCE and still_lost(standing)
        }
        stays = self._holds.blocked_parents(
            {i: one for i, one in lost.items() if one.held_why != HoldReason.REFUSED}, set(lost)
        )
        going = [
            Proven(standing, Gone.APPROVED, reason_words.held(standing.held_why))
            for standing in lost.values()
            if standing not in stays
        ]
        await self._holds.delete(going, approved=True)
        return stays

    def _accept_counts(self, report: str | None) -> None:
        """An approved run that was braked by a note: that note no longer binds; any other approval leaves it alone."""
        if report and msgspec.json.decode(report).get("braked_by_note"):
            self._markers.accept()

    async def _came_back(self, standing: Standing, found: Sequence[tuple[Source, list[FoundScope]]]) -> bool:
        """
        Whether what was held is there again, so that an approval does not touch it: asked at this moment, in every
        room that the settings include. Where nothing is known, it stays.
        """
        by_name = {source.name: (source, scopes) for source, scopes in found}
        if standing.source not in by_name:
            return standing.source in self._configured
        if standing.held_why == HoldReason.SOURCE_REMOVED:
            return True  # its source is read again
        source, scopes = by_name[standing.source]
        if _needs_no_question(standing, scopes):
            return True
        if standing.held_why == HoldReason.ROOM_EXCLUDED and isinstance(source, Sorted):
            return False  # it stands in no other scope, and this one is left out: whether the source still has it says nothing
        included = {one.scope.key for one in scopes if one.included}
        try:
            verdict = await source.ask(standing.native, standing.room, standing.room, included)
        except (SourceUnavailable, SourceRefused):
            return True
        return _may_be_there(verdict, standing, included)


def _needs_no_question(standing: Standing, scopes: Sequence[FoundScope]) -> bool:
    """Whether the rooms that are listed now tell alone that what was decided about is another matter by now: then it stays."""
    scope = next((one for one in scopes if one.scope.key == standing.room), None)
    if standing.held_why == HoldReason.ROOM_VANISHED:
        return scope is not None
    return scope is None or (standing.held_why == HoldReason.ROOM_EXCLUDED and scope.included)


def _may_be_there(verdict: Verdict, standing: Standing, included: Set[str]) -> bool:
    """
    Whether what a source answered leaves it possible that a document is there.

    Args:
        included: keys of the rooms that the settings include.
    """
    if any(name not in standing.held_note.split(findings.BETWEEN) for name in verdict.untold):
        return True  # a room that nobody was told of cannot say whether it stands there
    if verdict.gone or verdict.absent:
        return False
    if verdict.listed is None:
        return standing.held_why != HoldReason.ROOM_VANISHED
    # a room that the settings leave out since then is another reason, about which nobody has decided
    counts = included if standing.held_why == HoldReason.ROOM_EXCLUDED else included | {standing.room}
    return not verdict.listed.left_out and (verdict.room or standing.room) in counts


def _no_such_run(identifier: str) -> DecisionRefused:
    return DecisionRefused(f"There is no run {identifier}. List the runs: connector runs")


def _dry_run_is_no_ground(identifier: str) -> DecisionRefused:
    return DecisionRefused(f"Run {identifier} was a dry run; it put nothing on hold. Run: connector sync")


def _held_elsewhere(identifier: str) -> DecisionRefused:
    return DecisionRefused(
        f"Run {identifier} was made with another intranet, tenant or appid than the settings name now, so nothing is decided by it. "
        "Run: connector sync, then decide about that run"
    )
