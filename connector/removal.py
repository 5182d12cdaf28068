"""
Takes documents out of the search: only with proof, only past the brake, children before parents.

Absence from a complete listing makes a suspect; each suspect is asked for by itself. Read together with
`brake`: nothing here removes before every proven removal of the run was counted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice

import msgspec
import structlog

from connector.crawl import Crawl
from connector.document import path_ids
from connector.errors import SourceRefused, SourceUnavailable, TargetUnavailable
from connector.ledger.documents import Documents
from connector.ledger.rows import Standing
from connector.plan import Mode
from connector.ports import Sorted, Source, Target, Verdict
from connector.report import Held, Report
from connector.together import together

ASKED_AT_ONCE = 100
MOST_QUESTIONS = 5_000
"""Suspects times rooms: beyond it the other rooms are not asked for each suspect, but a second run decides."""
GONE_ONCE = "gone-once"
"""Why something is missing: an earlier run found it gone from its own room, and did not ask in the others."""
ABSENT = "absent"
"""Why something is held: it has been missing for long, and nothing can prove that it is gone."""


class Proven(msgspec.Struct, frozen=True):
    """One document that is provably gone."""

    document: Standing
    why: str


class Suspects:
    """What the complete listings of one source lacked, asked for one by one."""

    def __init__(
        self,
        source: Source,
        documents: Documents,
        crawl: Crawl,
        report: Report,
        *,
        run: int,
        walked: Collection[str],
        stopping: Callable[[], bool],
    ) -> None:
        self.proven: list[Proven] = []
        self.unproven = 0
        self.doubtful: list[Standing] = []
        """What is not there, as far as can be told, without proof."""
        self._source = source
        self._documents = documents
        self._crawl = crawl
        self._report = report
        self._run = run
        self._walked = frozenset(walked)
        self._unseen = self._walked - set(crawl.complete)
        self._stopping = stopping
        self._asks_everywhere = True
        self._stay_where_they_are = isinstance(source, Sorted)

    async def examine(self) -> None:
        """Ask for every suspect; what is there after all is pushed from its own answer."""
        self._documents.miss_unlisted(self._source.name, run=self._run)
        rooms = 0 if self._stay_where_they_are else max(0, len(self._walked) - 1)
        self._asks_everywhere = (
            self._documents.count_missing(self._source.name, run=self._run) * rooms <= MOST_QUESTIONS
        )
        for chunk in _chunks(self._documents.missing(self._source.name, run=self._run), ASKED_AT_ONCE):
            if self._stopping():
                return
            ancestors = self._ancestors(chunk)
            verdicts = await together(self._ask(one, ancestors[one.id]) for one in chunk)
            for one, verdict in zip(chunk, verdicts, strict=True):
                await self._judge(one, verdict)

    async def _ask(self, one: Standing, ancestor: tuple[str, str]) -> Verdict:
        if one.missing_why == "left-out":
            return Verdict(gone=True)
        twice = self._was_gone_before(one)
        # it may have moved while both rooms were listed; a second run that finds it gone would have listed it elsewhere
        above, room = ancestor
        elsewhere = (self._unseen if twice or not self._asks_everywhere else self._walked) - {room}
        if self._stay_where_they_are:
            elsewhere = frozenset()
        try:
            return await self._source.ask(one.native, room, above, elsewhere)
        except (SourceUnavailable, SourceRefused) as error:
            return Verdict(unsure=str(error))

    async def _judge(self, one: Standing, verdict: Verdict) -> None:
        if (
            verdict.gone
            and one.missing_why != "left-out"
            and not (self._asks_everywhere or self._was_gone_before(one))
        ):
            self._documents.miss([one.id], run=self._run, why=GONE_ONCE)
            self._suspect(one, "it is gone from its room; the next run tells whether it moved to another one")
            return
        if verdict.gone:
            why = (
                "left out by the settings" if one.missing_why == "left-out" else "gone from its source (404)"
            )
            self.proven.append(Proven(one, why))
            return
        if verdict.pending:
            self._wait(one, verdict.unsure)
            return
        if verdict.lasting:
            self._documents.hold([(one.id, ABSENT)], run=self._run)
            return
        if verdict.listed is None:
            if verdict.absent:
                self.doubtful.append(one)
            self._suspect(one, verdict.unsure)
            return
        listed = verdict.listed
        room = verdict.room or one.room
        if listed.left_out:
            self._judge_left_out(one, listed.left_out)
            return
        known = self._documents.known([one.id]).get(one.id)
        container = self._parent_of(listed.origin)
        moved = container is not None and container != one.container
        again = one.missing_run is not None and one.missing_run < self._run
        if not moved and again and not verdict.names_repeat:
            replacements = self._documents.siblings(
                one.container, kind=one.kind, name=one.title, besides=one.id
            )
            if replacements:
                self.proven.append(
                    Proven(one, f"superseded by {replacements[0]}, of the same name in the same place")
                )
                return
        if moved:
            self._documents.found([(one.id, container or one.container, room)])
        else:
            self._suspect(one, "its folder does not list it, but it answers for itself")
        await self._crawl.take(
            listed, room=room, container=container or one.container, known=known, present=moved
        )

    def _judge_left_out(self, one: Standing, words: str) -> None:
        """The source has it, the settings leave it out: gone by proof, unless it is the settings that changed."""
        known = self._documents.known([one.id]).get(one.id)
        if known is None or known.rules is None or known.rules == self._source.left_out_rules:
            self.proven.append(Proven(one, f"left out by the settings: {words}"))
        else:
            self._documents.hold([(one.id, "settings-left-out")], run=self._run)

    def _was_gone_before(self, one: Standing) -> bool:
        return one.missing_why == GONE_ONCE and one.missing_run is not None and one.missing_run < self._run

    @staticmethod
    def _parent_of(origin: object) -> str | None:
        place = getattr(origin, "place", None)
        identifier = getattr(place, "id", None)
        return identifier if isinstance(identifier, str) else None

    def _wait(self, one: Standing, words: str) -> None:
        """A delta goes on as if nothing were missing; a full run may not end its session over it."""
        self._report.documents.pending += 1
        if self._report.mode == Mode.FULL:
            self._suspect(one, words)

    def _suspect(self, one: Standing, words: str) -> None:
        self.unproven += 1
        self._report.documents.suspect += 1
        self._report.suspects.append(
            Held(one.id, one.title, f"missing without proof that it is gone: {words}")
        )
        if self.unproven <= 3:
            self._report.withhold(
                f"{self._report.called(one.title, one.id)} is missing from its listing, without proof that it is gone: {words}"
            )

    def _ancestors(self, chunk: Sequence[Standing]) -> dict[str, tuple[str, str]]:
        """
        Native id and room of each suspect's nearest ancestor that was listed; its room's root when there is none.

        The ancestor may have moved to another room, and what was in it with it: there it is asked for first.
        """
        wanted = {identifier for one in chunk for identifier in path_ids(one.path)[:-1]}
        found = self._documents.standing(sorted(wanted))
        listed = {i: s for i, s in found.items() if s.missing_run is None and s.state == "live"}
        nearest = {}
        for one in chunk:
            above = [i for i in path_ids(one.path)[:-1] if i in listed]
            at = listed[above[-1]] if above else None
            nearest[one.id] = (at.native, at.room) if at is not None else (one.room, one.room)
        return nearest


async def remove(
    target: Target,
    documents: Documents,
    report: Report,
    going: Sequence[Proven],
    *,
    run: int,
    approved: bool,
    batch: int,
    settle_s: float,
    clock: Callable[[], float],
    still_ours: Callable[[], None],
) -> int:
    """
    Delete by id, deepest first; a parent stays while a live document's confirmed path runs through it.

    Returns:
        How many were removed. What stayed is counted as suspect and tried again by the next run.

    Raises:
        LeaseLost: before anything further is removed.
        TargetRefused: a person must act.
    """
    ids = {one.document.id for one in going}
    blocked = documents.blocked_by_children(sorted(ids), ids)
    why = {one.document.id: one.why for one in going}
    levels: dict[int, list[str]] = {}
    for one in going:
        if one.document.id in blocked:
            report.documents.suspect += 1
            report.withhold(
                f"{report.called(one.document.title, one.document.id)} is gone, but something live still stands below it"
            )
        else:
            levels.setdefault(len(path_ids(one.document.path)), []).append(one.document.id)
    removed = 0
    for depth in sorted(levels, reverse=True):
        for part in _chunks(iter(levels[depth]), batch):
            if report.dry_run:
                for identifier in part:
                    title = next(one.document.title for one in going if one.document.id == identifier)
                    report.change(identifier, "delete", title, why[identifier])
                report.documents.deleted += len(part)
                continue
            still_ours()
            intent = documents.intend_deletions(part, run=run, now=clock())
            lost = False

            def note_loss() -> None:
                nonlocal lost
                lost = True

            try:
                await target.delete(part, lost=note_loss)
            except TargetUnavailable as error:
                with documents.at_once():
                    documents.lose(part, until=clock() + settle_s, fingerprints={})
                    documents.settle(intent)
                report.withhold(
                    f"{len(part)} removal(s) got no answer and are repeated by the next run: {error}"
                )
                return removed
            with documents.at_once():
                if lost:
                    # an earlier attempt may still arrive, after the same document came back
                    documents.lose(part, until=clock() + settle_s, fingerprints={})
                documents.confirm_deletions(
                    part, run=run, now=clock(), settle_s=settle_s, approved=approved, why=why
                )
                documents.settle(intent)
            structlog.get_logger("connector.removal").info(
                "documents.removed", documents=part, approved=approved
            )
            removed += len(part)
            report.documents.deleted += len(part)
    return removed


def _chunks(rows: Iterator[Standing] | Iterator[str], size: int) -> Iterator[list]:  # type: ignore[type-arg]
    while chunk := list(islice(rows, size)):
        yield chunk
