"""
What may not go yet: proven removals meet the brake, and a person decides about what is held.

All of a run's removals pass, or none; what is held is named in the report until it is approved, kept, or there again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

import msgspec

from connector.access.narrowing import Narrowing
from connector.engine.together import together
from connector.errors import ConnectorError, SourceRefused, SourceUnavailable, TargetUnavailable
from connector.ledger.documents import Documents
from connector.ledger.memory import Quarantine, Rooms
from connector.ledger.rows import Standing
from connector.ledger.runs import Runs
from connector.ledger.shown import Shown
from connector.plan import findings
from connector.plan.brake import Braking
from connector.plan.findings import Gone, HoldReason, braked
from connector.plan.options import Options
from connector.plan.report import FIRST_HELD, Held, Report
from connector.plan.weighing import Weighing
from connector.ports.source import FoundScope, Source
from connector.ports.target import Target
from connector.removal.removal import ASKED_AT_ONCE, Proven, remove
from connector.session.markers import Markers


class Holds:
    """Removals of one target in one run, as far as they may go, and what is held."""

    def __init__(
        self,
        target: Target,
        documents: Documents,
        shown: Shown,
        quarantine: Quarantine,
        runs: Runs,
        rooms: Rooms,
        markers: Markers,
        narrowing: Narrowing,
        weighing: Weighing,
        report: Report,
        options: Options,
        configured: AbstractSet[str],
        *,
        run: int,
        clock: Callable[[], float],
        still_ours: Callable[[], None],
    ) -> None:
        self._target = target
        self._documents = documents
        self._shown = shown
        self._quarantine = quarantine
        self._runs = runs
        self._rooms = rooms
        self._markers = markers
        self._narrowing = narrowing
        self._weighing = weighing
        self._report = report
        self._options = options
        self._configured = configured
        """Names of the sources that the settings have, read in this run or not."""
        self._run = run
        self._clock = clock
        self._still_ours = still_ours

    async def repeat_removals(self) -> None:
        """Delete once more what a lost call may have brought back."""
        again = self._documents.due_again(now=self._clock())
        if not again or self._options.dry_run:
            return
        self._still_ours()
        intent = self._documents.intend_deletions(again, run=self._run, now=self._clock())
        try:
            await self._target.delete(again)
        except TargetUnavailable as error:
            self._documents.lose(again, until=self._clock() + self._options.settle_s, fingerprints={})
            self._report.withhold(f"{len(again)} removal(s) are repeated later: {error}")
        else:
            self._documents.confirm_deletions(
                again,
                run=self._run,
                now=self._clock(),
                settle_s=self._options.settle_s,
                approved=True,
                why={},
            )
        self._documents.settle(intent)

    async def remove(self, proven: Sequence[Proven], doubtful: Sequence[Standing] = ()) -> None:
        """
        Let proven removals past the brake, all of them or none; one kind of record may be stopped by itself.

        Args:
            doubtful: what is missing without proof; it counts for the brake, since where many are in doubt so is the proof.
        """
        for name in set(self._documents.sources()) - self._configured:
            self._documents.hold_source(name, run=self._run, why=HoldReason.SOURCE_REMOVED)
        if not proven:
            return
        braking = self._weighing.weigh_all([*(one.document for one in proven), *doubtful])
        going, held = self._sort(proven, braking)
        if held:
            self._documents.hold(
                [(one.document.id, self._why_held(one)) for one in held],
                run=self._run,
            )
            self._report.braked = True
            self._report.say(
                f"{braked(braking)}. {'None of these' if going else 'Nothing'} was removed. {self._report.how_to_decide}"
            )
        await self._delete(going, approved=False)

    def _why_held(self, one: Proven) -> HoldReason:
        if one.reason is Gone.EXPIRED:
            return HoldReason.EXPIRED
        moved = one.document.source in self._weighing.moved
        return HoldReason.SOURCE_MOVED if moved else HoldReason.BRAKE

    def _sort(self, proven: Sequence[Proven], braking: Braking) -> tuple[list[Proven], list[Proven]]:
        """What may go, and what the brake holds."""
        going: list[Proven] = []
        held: list[Proven] = []
        for one in proven:
            share = self._weighing.share(one.document.source, one.document.room)
            (held if braking.holds(share) else going).append(one)
        return going, held

    async def remove_refused(self) -> None:
        """
        Take out of the search what the intranet refuses with the fewer people who may see it.

        Left as it is, it would be found by people who may not see it; it comes back with the next push that is
        accepted. A parent of something live stays, since removing it might remove what stands below it.
        """
        refused = [] if self._report.dry_run else self._narrowing.refused()
        if not refused:
            return
        ids = {one.id for one in refused}
        blocked = self._documents.blocked_by_children(sorted(ids), ids) if self._options.may_hold else ids
        for one in refused:
            if one.id in blocked:
                self._report.withhold(
                    f"{self._report.called(one.title, one.id)} is still found by people who may not see it any more: the intranet "
                    "refuses it with fewer people, and it cannot be removed "
                    + ("while something live stands below it" if self._options.may_hold else "by this run")
                )
        going = [
            Proven(one, Gone.REFUSED)
            for one in refused
            if one.id not in blocked and one.held_why != HoldReason.REFUSED
        ]
        braking = self._weighing.weigh_all(one.document for one in going)
        going, held = self._sort(going, braking)
        if held:
            self._documents.hold([(proof.document.id, HoldReason.REFUSED) for proof in held], run=self._run)
            self._report.braked = True
            self._report.say(
                f"{braked(braking)}: the intranet refuses them with the fewer people who may see them. They stay as they are. "
                f"{self._report.how_to_decide}"
            )
        versions = self._documents.known([proof.document.id for proof in going])
        await self._delete(going, approved=False)
        for proof in going:
            known = versions.get(proof.document.id)
            self._park(proof.document, known.version if known else None)

    def _park(self, removed: Standing, version: bytes | None) -> None:
        """Try it again with growing delays, as anything that is refused: the removal took it out of quarantine."""
        self._quarantine.park(
            removed.id,
            source=removed.source,
            native=removed.native,
            room=removed.room,
            title=removed.title,
            reason="refused",
            message="Interact refuses it with the fewer people who may see it, so it was taken out of the search",
            version=version,
            now=self._clock(),
        )

    async def _delete(self, going: Sequence[Proven], *, approved: bool) -> int:
        return await remove(
            self._target,
            self._documents,
            self._report,
            going,
            run=self._run,
            approved=approved,
            batch=self._options.batch_documents,
            settle_s=self._options.settle_s,
            clock=self._clock,
            still_ours=self._still_ours,
        )

    def check_decided(self, *, since: int) -> None:
        """
        Make sure that a person can have decided about an earlier run.

        Args:
            since: the first run that the ledger knows of this intranet.

        Raises:
            ConnectorError: there is no such run, it held nothing, or it was held in another intranet.
        """
        for identifier in filter(None, (self._options.approve, self._options.keep)):
            run = self._runs.get(identifier)
            if run is None:
                raise _no_such_run(identifier)
            if run.dry_run:
                raise _dry_run_is_no_ground(identifier)
            if run.number < since:
                raise _held_elsewhere(identifier)

    async def decide_held(self, found: Sequence[tuple[Source, list[FoundScope]]]) -> None:
        """Carry out what a person decided about an earlier run: remove what it named, or keep it."""
        options = self._options
        if options.keep and (run := self._runs.get(options.keep)):
            self._documents.keep(up_to_run=run.number)
            self._shown.keep(up_to_run=run.number)
            self._quarantine.retry(self._quarantine.unconfirmed.keep(up_to_run=run.number))
            self._rooms.decide_unlisted(up_to_run=run.number)
        if not options.approve:
            return
        run = self._runs.get(options.approve)
        assert run is not None
        self._accept_counts(run.report)
        self._shown.approve(up_to_run=run.number)
        self._rooms.decide_unlisted(up_to_run=run.number)
        # what is held for its audience is decided when the audiences of this run are known
        held = [
            one
            for one in self._documents.held(up_to_run=run.number)
            if one.held_why not in findings.OF_AUDIENCE
        ]
        going: list[Proven] = []
        for first in range(0, len(held), ASKED_AT_ONCE):
            chunk = held[first : first + ASKED_AT_ONCE]
            came_back = await together(self._came_back(one, found) for one in chunk)
            for standing, back in zip(chunk, came_back, strict=True):
                if back:
                    self._documents.found([(standing.id, standing.container, standing.room, "")])
                else:
                    going.append(Proven(standing, Gone.APPROVED, findings.held(standing.held_why)))
        await self._delete(going, approved=True)

    async def decide_lost(self) -> None:
        """Remove what an approved run held for its audience, if nothing has changed since."""
        run = (
            self._runs.get(self._options.approve)
            if self._options.approve and self._options.may_hold
            else None
        )
        if run is None:
            return
        going = [
            Proven(standing, Gone.APPROVED, findings.held(standing.held_why))
            for standing in self._documents.held(up_to_run=run.number)
            if standing.held_why in findings.OF_AUDIENCE and self._narrowing.still_lost(standing)
        ]
        await self._delete(going, approved=True)

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
        why = standing.held_why
        if why == HoldReason.SOURCE_REMOVED:
            return True  # its source is read again
        source, scopes = by_name[standing.source]
        scope = next((one for one in scopes if one.scope.key == standing.room), None)
        if why == HoldReason.ROOM_VANISHED:
            if scope is not None:
                return True
        elif scope is None or (why == HoldReason.ROOM_EXCLUDED and scope.included):
            return True
        included = {one.scope.key for one in scopes if one.included}
        try:
            verdict = await source.ask(standing.native, standing.room, standing.room, included)
        except (SourceUnavailable, SourceRefused):
            return True
        if any(name not in standing.held_note.split(findings.BETWEEN) for name in verdict.untold):
            return True  # a room that nobody was told of cannot say whether it stands there
        if verdict.gone or verdict.absent:
            return False
        if verdict.listed is None:
            return why != HoldReason.ROOM_VANISHED
        return not verdict.listed.left_out and (verdict.room or standing.room) in included

    def tell(self) -> None:
        """Say what is held now, and whether somebody acknowledged it."""
        counts = self._documents.held_counts()
        for (reason, kept), count in sorted(counts.items()):
            if kept:
                continue
            words = f"{count} document(s) are held: {findings.held(reason)}"
            if reason in findings.BRAKED:
                self._report.braked = True
                self._report.say(
                    words if reason != HoldReason.ABSENT else f"{words}. {self._report.how_to_decide}"
                )
            else:
                self._report.withhold(words)
        self._report.held = [
            *(
                Held(one.id, one.title, findings.held(one.held_why, one.held_note), code=one.held_why)
                for one in self._documents.held(limit=FIRST_HELD)
            ),
            *self._report.suspects,
        ]
        wider, unacknowledged = self._shown.held_counts()
        if unacknowledged:
            self._report.braked = True
            self._report.say(
                f"{unacknowledged} document(s) keep the audience they have: {findings.held(HoldReason.WIDER)}"
            )
        if wider:
            self._report.held += [
                Held(identifier, title, findings.held(HoldReason.WIDER), code=HoldReason.WIDER)
                for identifier, title in self._shown.held(limit=FIRST_HELD)
            ]


def _no_such_run(identifier: str) -> ConnectorError:
    return ConnectorError(f"There is no run {identifier}. List them with: connector runs")


def _dry_run_is_no_ground(identifier: str) -> ConnectorError:
    return ConnectorError(
        f"Run {identifier} was a dry run; it held nothing that could be approved or kept. Run: connector sync"
    )


def _held_elsewhere(identifier: str) -> ConnectorError:
    return ConnectorError(
        f"Run {identifier} held what it held in another intranet, tenant or appid than the settings name now: nothing is decided by "
        "it here. Run: connector sync, and decide about that run"
    )
