"""
What the complete listings of a source lacked, asked for one by one: absence is no proof.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from connector.crawl.outdated import Take
from connector.document.document import Listed
from connector.document.ids import path_ids
from connector.document.states import DocumentState
from connector.engine.batched import batched
from connector.engine.task_group import together
from connector.errors import SourceRefused, SourceUnavailable
from connector.ledger.documents import Documents
from connector.ledger.rows import Standing
from connector.plan import findings, reason_words
from connector.plan.context import Run
from connector.plan.findings import NAMED_IN_REASONS, Code, Gone, HoldReason
from connector.plan.item import Mode
from connector.plan.report import Held
from connector.plan.tally import Counted, Sheet
from connector.ports.source import Sorted, Source, Verdict

ASKED_AT_ONCE = 100
MOST_QUESTIONS = 5_000
"""Suspects times rooms: beyond it the other rooms are not asked for each suspect, but a second run decides."""
MOST_QUESTIONS_AGAIN = 20_000
"""The same in that second run, for what is still gone: beyond it a person decides, since it may have moved twice."""
NAMESAKES_ASKED = 10
"""What may have taken a document's place; a folder may hold thousands of one name."""


class Proven(msgspec.Struct, frozen=True):
    """One document that goes, and what proves it."""

    document: Standing
    reason: Gone
    note: str = ""
    """What the words of the reason need."""
    asked: bool = True
    """Whether every room was asked to which it may have moved."""

    @property
    def words(self) -> str:
        """Why it goes, as it is remembered."""
        return reason_words.gone(self.reason, self.note)


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run looked in one source."""

    scopes: frozenset[str]
    """Keys of the scopes that were walked."""
    complete: frozenset[str]
    """Of them, those that were listed to their end."""
    unlisted: Sequence[str] = ()
    """Names of known scopes that are not listed now: something may have moved into them."""


class Suspects:
    """What is missing from one source in one run."""

    def __init__(
        self, run: Run, source: Source, documents: Documents, walked: Ground, take: Take, sheet: Sheet
    ) -> None:
        self.proven: list[Proven] = []
        self.doubtful: list[Standing] = []
        """What is not there, as far as can be told, without proof."""
        self.unproven: list[Held] = []
        """What is missing without proof, as it is told."""
        self._waiting = 0
        """What another listing decides about, later."""
        self.source = source
        self._run = run
        self._documents = documents
        self._walked = walked.scopes
        self._unseen = walked.scopes - walked.complete
        self._unlisted = list(walked.unlisted)
        self._take = take
        self._sheet = sheet
        self._moves = not isinstance(source, Sorted)
        """Whether items move from one scope to another."""
        self._asks_everywhere = True
        self._asks_again_everywhere = True

    @property
    def undecided(self) -> bool:
        """Whether anything is missing that was not told to be gone, or to be there, by this run."""
        return bool(self.unproven or self._waiting)

    async def examine(self) -> None:
        """Ask for every suspect; what is there after all is pushed from its own answer."""
        name = self.source.name
        self._documents.miss_unlisted(name, run=self._run.number)
        if not self._unlisted and not self._unseen:
            self._documents.release(name, why=HoldReason.MAY_HAVE_MOVED)
        if self._moves:
            others, number = max(0, len(self._walked) - 1), self._run.number
            self._asks_everywhere = self._documents.count_missing(name, run=number) * others <= MOST_QUESTIONS
            self._asks_again_everywhere = self._asks_everywhere or (
                self._documents.count_missing(name, run=number, again=True) * others <= MOST_QUESTIONS_AGAIN
            )
        for chunk in batched(self._documents.missing(name, run=self._run.number), ASKED_AT_ONCE):
            if self._run.stopping():
                return
            ancestors = self._ancestors(chunk)
            verdicts = await together(self._ask(one, ancestors[one.id]) for one in chunk)
            for one, verdict in zip(chunk, verdicts, strict=True):
                await self._judge(one, verdict)

    async def _ask(self, one: Standing, ancestor: tuple[str, str]) -> Verdict:
        if self._is_left_out(one):
            return Verdict(gone=True)
        above, room = ancestor
        return await self._answer(one, room, above, self._elsewhere(one) - {room})

    async def _answer(self, one: Standing, room: str, above: str, elsewhere: frozenset[str]) -> Verdict:
        try:
            return await self.source.ask(one.native, room, above, elsewhere)
        except (SourceUnavailable, SourceRefused) as error:
            return Verdict(unsure=str(error))

    def _elsewhere(self, one: Standing) -> frozenset[str]:
        """
        Where a suspect is asked for besides its room.

        It may have moved while both rooms were listed, also where an earlier run found it gone: it may have stood in
        a third room meanwhile. Where there are too many to ask everywhere, only rooms that this run has not listed
        to the end are asked.
        """
        if not self._moves:
            return frozenset()
        return self._walked if self._is_asked_everywhere(one) else self._unseen

    def _is_asked_everywhere(self, one: Standing) -> bool:
        return self._asks_again_everywhere if self._was_gone_before(one) else self._asks_everywhere

    async def _judge(self, one: Standing, verdict: Verdict) -> None:
        if verdict.gone:
            self._judge_gone(one, verdict)
        elif verdict.pending:
            self._wait(one, verdict.unsure)
        elif verdict.lasting:
            self._documents.hold([(one.id, HoldReason.ABSENT)], run=self._run.number)
        elif verdict.listed is None:
            if verdict.absent:
                self.doubtful.append(one)
            self._suspect(one, verdict.unsure)
        elif verdict.listed.left_out:
            self._judge_left_out(one, verdict.listed.left_out)
        else:
            await self._judge_found(one, verdict, verdict.listed)

    def _judge_gone(self, one: Standing, verdict: Verdict) -> None:
        """
        Proof, unless it may stand where nobody can look now: then a second run holds it for a person to decide.

        Where there were too many to look everywhere in the first run, and are in the second, the proof says so.
        """
        if self._is_left_out(one):
            self.proven.append(Proven(one, Gone.LEFT_OUT))
            return
        again = self._was_gone_before(one)
        doubt = [*self._unlisted, *verdict.untold] if self._moves else []
        if doubt and again:
            self._documents.hold(
                [(one.id, HoldReason.MAY_HAVE_MOVED)], run=self._run.number, note=findings.listing(doubt)
            )
        elif doubt:
            self._documents.gone([one.id], run=self._run.number)
            self._suspect(
                one,
                f"it is gone from its room, but it may have moved to {reason_words.some(doubt)}, which cannot be read now; "
                "the next run puts it on hold for your decision",
            )
        elif self._moves and not self._asks_everywhere and not again:
            self._documents.gone([one.id], run=self._run.number)
            self._suspect(
                one, "it is gone from its room; the next run finds out whether it moved to another room"
            )
        else:
            self.proven.append(
                Proven(one, Gone.NOT_FOUND, asked=not self._moves or self._is_asked_everywhere(one))
            )

    async def _judge_found(self, one: Standing, verdict: Verdict, listed: Listed) -> None:
        """It is there: pushed from its own answer, unless another one, which answers for itself as well, took its place long enough ago."""
        room, container = verdict.room or one.room, verdict.container
        known = self._documents.known([one.id]).get(one.id)
        moved = container is not None and container != one.container
        self._documents.answers(one.id)
        if not moved and not verdict.names_repeat and self._is_lacked_twice(one):
            replacement = await self._replacement(one)
            if replacement:
                self.proven.append(Proven(one, Gone.SUPERSEDED, replacement))
                return
        if moved:
            self._documents.found([(one.id, container or one.container, room, "")])
        else:
            self._suspect(one, "its folder does not list it, but the source still has it")
        await self._take(listed, room=room, container=container or one.container, known=known, present=moved)

    async def _replacement(self, one: Standing) -> str:
        """Id of what took its place: listed there, and there by its own answer; empty where a row alone says so, whose id may be an odd one."""
        namesakes = self._documents.siblings(one.container, kind=one.kind, name=one.title, besides=one.id)
        found = self._documents.standing(namesakes[:NAMESAKES_ASKED])
        for other in found.values():
            told = await self._answer(other, other.room, other.room, frozenset())
            listed = told.listed
            if (
                listed is not None
                and not listed.left_out
                and told.container == one.container
                and (listed.id, listed.kind) == (other.id, one.kind)
            ):
                return other.id
        return ""

    def _judge_left_out(self, one: Standing, why: str) -> None:
        """The source has it, the settings leave it out: gone by proof, unless it is the settings that changed."""
        known = self._documents.known([one.id]).get(one.id)
        if known is None or known.was_sent_by(self.source.left_out_rules):
            self.proven.append(Proven(one, Gone.LEFT_OUT, why))
        else:
            self._documents.hold([(one.id, HoldReason.SETTINGS)], run=self._run.number)

    def _is_left_out(self, one: Standing) -> bool:
        """Whether this very run found it left out; what an earlier one noted is a reason to ask."""
        return one.missing_why == "left-out" and one.noted_run == self._run.number

    def _was_gone_before(self, one: Standing) -> bool:
        return one.gone_run is not None and one.gone_run < self._run.number

    def _is_lacked_twice(self, one: Standing) -> bool:
        """Whether listings of its container lack it in two runs, none of which told on itself."""
        before = one.lacked_run is not None and one.lacked_run < self._run.number
        return before and self._documents.is_witness(one.container, run=self._run.number)

    def _wait(self, one: Standing, why: str) -> None:
        """A delta goes on as if nothing were missing; a full run may not end its session over it."""
        self._sheet.count(Counted.PENDING)
        self._waiting += 1
        if self._run.mode is Mode.FULL:
            self._suspect(one, why)

    def _suspect(self, one: Standing, why: str) -> None:
        self._sheet.count(Counted.SUSPECT)
        self.unproven.append(Held(one.id, one.title, reason_words.missing(why), code=Code.MISSING))
        if len(self.unproven) <= NAMED_IN_REASONS:
            self._sheet.tell(Code.MISSING, title=one.title, id=one.id, why=why)

    def _ancestors(self, chunk: Sequence[Standing]) -> dict[str, tuple[str, str]]:
        """
        Native id and room of each suspect's nearest ancestor that was listed; its room's root when there is none.

        The ancestor may have moved to another room, and what was in it with it: there it is asked for first.
        """
        wanted = {identifier for one in chunk for identifier in path_ids(one.path)[:-1]}
        found = self._documents.standing(sorted(wanted))
        listed = {i: s for i, s in found.items() if s.missing_run is None and s.state == DocumentState.LIVE}
        nearest = {}
        for one in chunk:
            above = [i for i in path_ids(one.path)[:-1] if i in listed]
            at = listed[above[-1]] if above else None
            nearest[one.id] = (at.native, at.room) if at is not None else (one.room, one.room)
        return nearest
