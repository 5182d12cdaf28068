"""
What may not go yet: proven removals meet the brake, and what it stops is held by name.

All of a run's removals pass, or none; what is held is named in the report until it is approved, kept (`decisions`), or there
again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from connector.engine.batched import batched
from connector.errors import RemovalsRefused
from connector.ledger.rows import Standing
from connector.plan import findings, reason_words
from connector.plan.brake import Braking
from connector.plan.brake_counts import BrakeCounts
from connector.plan.context import Books, Run
from connector.plan.findings import Code, Fewer, Gone, HoldReason
from connector.plan.report import FIRST_HELD, Held
from connector.plan.tally import Sheet
from connector.ports.target import Target
from connector.push.fallbacks import set_aside_standing
from connector.removal.removal import Removed, delete_by_id, remove
from connector.removal.suspects import Proven


class Holds:
    """Removals of one target in one run, as far as they may go, and what is held."""

    def __init__(
        self, run: Run, target: Target, books: Books, brake_counts: BrakeCounts, sheet: Sheet
    ) -> None:
        self.blocked = 0
        """Documents that were to go, with something live below them."""
        self._run = run
        self._target = target
        self._documents = books.documents
        self._pending = books.pending_audiences
        self._quarantine = books.quarantine
        self._brake_counts = brake_counts
        self._sheet = sheet

    async def repeat_removals(self) -> None:
        """
        Delete once more what a lost call may have brought back.

        Raises:
            LeaseLost: before anything is removed. TargetRefused: a person must act.
        """
        run, documents = self._run, self._documents
        again = documents.due_again(now=run.now())
        if not again or run.dry_run:
            return

        def confirm(gone: Sequence[str]) -> None:
            documents.confirm_deletions(
                gone, run=run.number, now=run.now(), settle_s=run.options.settle_s, approved=True, why={}
            )

        left, why = {*again}, ""
        for part in batched(again, run.options.batch_documents):
            gone, trouble = await delete_by_id(run, self._target, documents, part, confirm)
            left.difference_update(gone)
            why = str(trouble) if trouble is not None else why
            if isinstance(trouble, RemovalsRefused):
                documents.lose(sorted(trouble.refused), until=run.settles_at(), fingerprints={})
            elif trouble is not None:
                break  # the rest is due in the next run
        if left:
            self._sheet.tell(Code.REMOVALS_REPEATED, count=len(left), why=why)

    def hold_removed_sources(self, configured: Collection[str]) -> None:
        """
        Hold what stands of sources that the settings have no more.

        Args:
            configured: names of the sources that they have, read in this run or not.
        """
        for name in set(self._documents.sources()) - set(configured):
            self._documents.hold_source(name, run=self._run.number, why=HoldReason.SOURCE_REMOVED)

    async def remove(self, proven: Sequence[Proven], doubtful: Sequence[Standing] = ()) -> Sequence[Standing]:
        """
        Let proven removals past the brake, all of them or none; one kind of record may be stopped by itself.

        Args:
            doubtful: what is missing without proof; it counts for the brake, since where many are in doubt so is the proof.

        Returns:
            What may go for its audience, and must not: something that others find stands below it.
        """
        if not proven:
            return ()
        braking = self._brake_counts.weigh_all([*(one.document for one in proven), *doubtful])
        going, held = self._sort(proven, braking)
        if held:
            self._documents.hold(
                [(one.document.id, self._why_held(one)) for one in held],
                run=self._run.number,
            )
            self._sheet.tell(Code.REMOVALS_BRAKED, tripped=braking.tripped, others_go=bool(going))
        if unasked := [one.document.id for one in going if not one.asked]:
            self._documents.hold(
                [(identifier, HoldReason.UNASKED) for identifier in unasked], run=self._run.number
            )
            self._sheet.tell(Code.REMOVALS_UNASKED, count=len(unasked))
        stays = self.blocked_parents(
            {one.document.id: one.document for one in going if one.reason is Gone.EXPIRED},
            {one.document.id for one in going},
        )
        await self.delete([one for one in going if one.asked and one.document not in stays], approved=False)
        return stays

    def blocked_parents(self, lost: Mapping[str, Standing], going: set[str]) -> list[Standing]:
        """
        Of what all its readers lost, that which stays, found by nobody, for what stands below it.

        Args:
            going: ids of all that is removed.
        """
        return [lost[one] for one in self._documents.blocked_by_children(sorted(lost), going)]

    def _why_held(self, one: Proven) -> HoldReason:
        if one.reason is Gone.EXPIRED:
            return HoldReason.EXPIRED
        moved = one.document.source in self._brake_counts.moved
        return HoldReason.SOURCE_MOVED if moved else HoldReason.BRAKE

    def _sort(self, proven: Sequence[Proven], braking: Braking) -> tuple[list[Proven], list[Proven]]:
        """What may go, and what the brake holds."""
        going: list[Proven] = []
        held: list[Proven] = []
        for one in proven:
            share = self._brake_counts.share(one.document.source, one.document.room)
            (held if braking.holds(share) else going).append(one)
        return going, held

    async def remove_refused(self, refused: Sequence[Standing]) -> None:
        """
        Take out of the search what the intranet refuses with the fewer people who may see it.

        Left as it is, it would be found by people who may not see it; it comes back with the next push that is
        accepted. A parent of something live stays, since removing it might remove what stands below it.
        """
        if not refused:
            return
        ids = {one.id for one in refused}
        blocked = self._documents.blocked_by_children(sorted(ids), ids) if self._run.options.may_hold else ids
        for one in refused:
            if one.id in blocked:
                self._sheet.tell(
                    Code.STILL_FOUND, title=one.title, id=one.id, live_below=self._run.options.may_hold
                )
        going = [
            Proven(one, Gone.REFUSED)
            for one in refused
            if one.id not in blocked and one.held_why != HoldReason.REFUSED
        ]
        braking = self._brake_counts.weigh_all(one.document for one in going)
        going, held = self._sort(going, braking)
        if held:
            self._documents.hold(
                [(proof.document.id, HoldReason.REFUSED) for proof in held], run=self._run.number
            )
            self._sheet.tell(Code.REFUSED_BRAKED, tripped=braking.tripped)
        versions = self._documents.known([proof.document.id for proof in going])
        removed = await self.delete(going, approved=False)
        for proof in going:
            if proof.document.id in removed.refused:
                continue  # it is not gone: it is narrowed, or taken out, by a later run
            known = versions.get(proof.document.id)
            # tried again with growing delays, as anything that is refused: the removal took it out of quarantine
            set_aside_standing(
                self._quarantine,
                proof.document,
                Fewer.TAKEN_OUT,
                version=known.version if known else None,
                now=self._run.now(),
            )

    async def delete(self, going: Sequence[Proven], *, approved: bool) -> Removed:
        """Delete what may go."""
        removed = await remove(
            self._run, self._target, self._documents, going, approved=approved, sheet=self._sheet
        )
        self.blocked += removed.blocked
        return removed

    def tell(self, suspects: Iterable[Held]) -> list[Held]:
        """Say what is held now, and whether somebody acknowledged it; gives the first of it, and of the suspects."""
        counts = self._documents.held_counts()
        for (reason, kept), count in sorted(counts.items()):
            if not kept:
                self._sheet.tell(_code_of(reason), count=count, reason=reason)
        held = [
            *(
                Held(
                    one.id,
                    one.title,
                    reason_words.held(one.held_why, one.held_note, kept=one.kept),
                    code=one.held_why,
                )
                for one in self._documents.held(limit=FIRST_HELD)
            ),
            *suspects,
        ]
        wider, unacknowledged = self._pending.held_counts()
        if unacknowledged:
            self._sheet.tell(Code.WIDER_UNDECIDED, count=unacknowledged)
        if wider:
            held += [
                Held(identifier, title, reason_words.held(HoldReason.WIDER, kept=kept), code=HoldReason.WIDER)
                for identifier, title, kept in self._pending.held(limit=FIRST_HELD)
            ]
        return held


def _code_of(reason: str) -> Code:
    if reason == HoldReason.ABSENT:
        return Code.ABSENT_HELD
    return Code.HELD_BRAKED if reason in findings.BRAKED else Code.HELD
