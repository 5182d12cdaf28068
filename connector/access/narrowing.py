"""
Who may see what is in the target already: fewer people first, more people last, nobody only past the brake.

    narrow    before anything else of a run: what was accepted last goes out with the audience it may still have
    refused   what the target refuses with fewer people: it is to leave the search rather than stay wide
    now       with which audience a listed document goes out in the crawl: never wider than before
    widen     after every other document: what more people may see, or, when it is too much at once, nothing of it

A document whose audience would be empty, or exchanged for another one altogether, counts as a removal. What
was accepted last is pushed from the ledger and the text cache; the source is not asked for any content.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec
import structlog

from connector.access.accepted import Accepted
from connector.document.audience import NOBODY, Audience
from connector.document.document import Known, Listed, Scope
from connector.engine.together import together
from connector.errors import TargetUnavailable
from connector.ledger.rows import Body, Standing
from connector.plan.brake import Braking
from connector.plan.context import Books, Run
from connector.plan.findings import Code, HoldReason, Why
from connector.plan.tally import Sheet
from connector.plan.weighing import Weighing
from connector.ports.source import Grant, Nested, Remembering, Seen, Source
from connector.push.outbox import Outbox
from connector.push.parcel import Parcel

NOTED_AT_ONCE = 500
LOSES_NAME, GAINS_NAME = "loses-name", "gains-name"
KEPT_AUDIENCES = 10_000
LOST = HoldReason.LOST
EXPIRED = HoldReason.EXPIRED
REFUSED = HoldReason.REFUSED


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """One scope as its audience was read in this run."""

    scope: Scope
    audience: Audience | None
    public: bool
    """Whether a setting makes it public by name."""
    last: Audience | None = None
    """As an earlier run read it."""
    lost_at: float | None = None
    """When the audience was known last, while the source answers without telling."""


class Narrowing:
    """The audiences of one target's documents in one run."""

    def __init__(
        self,
        run: Run,
        books: Books,
        accepted: Accepted,
        outbox: Outbox,
        weighing: Weighing,
        sheet: Sheet,
    ) -> None:
        self._run = run
        self._documents = books.documents
        self._shown = books.shown
        self._quarantine = books.quarantine
        self._accepted = accepted
        self._names = accepted.names
        self._outbox = outbox
        self._weighing = weighing
        self._sheet = sheet
        self._max_widened = run.options.max_widened
        self._kept: dict[bytes, Audience] = {}
        self._refused: set[str] = set()
        self._late: list[tuple[str, bytes, str]] = []
        """What only the crawl found to be narrowed: id, audience as read, how."""
        self._wider: list[tuple[str, bytes]] = []
        self._replaced = 0
        self._braked = False
        self._made: list[tuple[Remembering, list[Grant]]] = []
        """Containers whose lists changed: the breadcrumbs below them are made anew by this run."""
        self._bugs: list[Exception] = []
        """What ended the reading of single scopes."""
        self._log = structlog.get_logger("connector.narrowing")

    # -- first: fewer people ------------------------------------------------------------------

    async def read(self, walks: Sequence[tuple[Source, Sequence[Sight]]]) -> None:
        """Read what is due of the audiences below the scopes, and note which documents have too wide a one."""
        self._shown.clear_narrowings()
        for source, sights in walks:
            turns = asyncio.Semaphore(source.concurrency)
            await together(self._read_carefully(source, sight, turns) for sight in sights)
        self._names.forget()
        for source, _ in walks:
            if isinstance(source, Remembering) and source.looks_below:
                self._compare_names(source.name, source)

    async def _read_carefully(self, source: Source, sight: Sight, turns: asyncio.Semaphore) -> None:
        """Whatever ends the reading of one scope ends the run, but only after the narrowings of all others were sent (rule 7)."""
        try:
            await self._read_scope(source, sight, turns)
        except Exception as error:  # noqa: BLE001 - raised again by `narrow`
            self._log.error("audiences.unread", source=source.name, scope=sight.scope.key, exc_info=error)
            self._bugs.append(error)

    async def _read_scope(self, source: Source, sight: Sight, turns: asyncio.Semaphore) -> None:
        async with turns:
            own = source.scope_id(sight.scope)
            room = sight.scope.key
            had = self._documents.audiences_in(source.name, room)
            if not sight.public:
                self._close_room(source.name, room, had)
            if isinstance(source, Nested) and source.looks_below:
                if own is not None:
                    self._compare([Seen(id=own, audience=sight.audience, told_at=sight.lost_at)])
                async for told in source.audiences(sight.scope, sight.audience, sight.lost_at):
                    self._compare(told)
            elif sight.audience is not None:
                self._compare_room(source.name, room, had, sight.audience)
            elif self._expired(sight.lost_at):
                nobody = self._shown.remember(NOBODY)
                for digest in had:
                    self._shown.narrow_room(source.name, room, digest, audience=nobody, how="expired")
        if sight.audience is not None or sight.lost_at is not None:
            self._shown.release_found(source.name, room)

    def _compare(self, told: Sequence[Seen]) -> None:
        """Note of single documents how their confirmed audience differs from what was read."""
        confirmed = self._shown.confirmed([one.id for one in told])
        noted: list[tuple[str, bytes, str]] = []
        for one in told:
            digest = confirmed.get(one.id)
            if digest is None:
                continue
            if one.audience is None:
                if self._expired(one.told_at):
                    noted.append((one.id, self._shown.remember(NOBODY), "expired"))
                continue
            if one.audience.digest() == digest:
                continue
            how = _how(self._audience(digest), one.audience)
            if how:
                noted.append((one.id, self._remember(one.audience), how))
        self._shown.narrow(noted)

    def _compare_names(self, name: str, source: Remembering) -> None:
        """Note what has another breadcrumb, now that the list of a container above it is another one."""
        changed = source.changed_lists()
        if not changed:
            return
        self._made.append((source, changed))
        noted: list[tuple[str, bytes, str]] = []
        for standing, body, digest in self._shown.below(name, [one.native for one in changed]):
            closed = self._names.closed_on(name, standing.path, self._audience(digest)) or frozenset()
            before = self._accepted.left_out(body)
            if closed != before:
                noted.append((standing.id, digest, LOSES_NAME if closed - before else GAINS_NAME))
            if len(noted) >= NOTED_AT_ONCE:
                self._shown.note_names(noted)
                noted.clear()
        self._shown.note_names(noted)

    def _close_room(self, source: str, room: str, audiences: Mapping[bytes, Audience]) -> None:
        """A room that no setting names any more is not public, whatever becomes of its list."""
        for digest, had in audiences.items():
            if had.public:
                closed = self._remember(Audience(had.identities))
                self._shown.narrow_room(source, room, digest, audience=closed, how="narrow")

    def _compare_room(
        self, source: str, room: str, audiences: Mapping[bytes, Audience], audience: Audience
    ) -> None:
        """The same where every document of a room has the room's audience, or part of it."""
        for digest, had in audiences.items():
            how = _how(had, audience)
            if how:
                self._shown.narrow_room(source, room, digest, audience=self._remember(audience), how=how)

    async def narrow(self) -> None:
        """
        Send what fewer people may see, and wait for the answers.

        Raises:
            TargetUnavailable: some may not have arrived, so nothing else is sent.
        """
        await self._narrow()
        if self._bugs:
            raise self._bugs[0]

    async def _narrow(self) -> None:
        counts = self._shown.count_narrowings()
        replaced = sum(counts.get("replace", {}).values())
        at_once = replaced <= self._max_widened
        hows = ["empty"] if at_once else ["empty", "replace"]
        going = Counter[tuple[str, str]]()
        for how in hows:
            going.update(counts.get(how, {}))
        braking = self._weighing.weigh(going)
        if braking.stops:
            self._brake(braking, hows)
        if self._run.dry_run:
            return
        for standing, body, had, read in self._shown.narrowings("narrow"):
            await self._send_less(standing, body, had.common(read))
        if at_once:
            self._replaced = replaced
            for standing, body, _, read in self._shown.narrowings("replace"):
                self._shown.widen([(standing.id, read.digest())], run=self._run.number)
                await self._send_less(standing, body, read)
        for how in hows:
            for standing, body, _, _ in self._shown.narrowings(how):
                if not self._must_wait(standing, braking):
                    await self._send_less(standing, body, NOBODY)
        for standing, body, had, _ in self._shown.narrowings(LOSES_NAME):
            await self._send_less(standing, body, had)
        await self._outbox.flush()
        for standing, body, had, _ in self._shown.unclear():
            await self._send_less(standing, body, had)
        await self._outbox.flush()
        if self._outbox.unanswered:
            raise TargetUnavailable(
                "The intranet does not say whether narrower audiences arrived, so nothing else is sent; the next run tries again"
            )

    async def empty(self) -> None:
        """Leave to nobody what the crawl found to have lost its audience (it was moved, say); all of it or none."""
        self._note_late()
        going = self._shown.emptied()
        if not going:
            return
        braking = self._weighing.weigh(going)
        if braking.stops:
            self._brake(braking, ["empty"])
        if not self._run.dry_run:
            for standing, body, had, read in self._shown.narrowings("empty"):
                if had != read and not self._must_wait(standing, braking):
                    await self._send_less(standing, body, read)
            await self._outbox.flush()

    def refused(self) -> list[Standing]:
        """
        Documents that the target refuses, even bare, with the fewer people who may see them: they stand there as before.

        What was refused in an earlier run and is accepted now is no longer held.
        """
        self._note_late()
        found = [
            standing for standing, _, had, read in self._shown.refused(now=self._run.now()) if _how(had, read)
        ]
        self._refused = {standing.id for standing in found}
        self._shown.release_accepted(sorted(self._refused))
        return found

    def _note_late(self) -> None:
        late, self._late = self._late, []
        self._shown.narrow(late)

    def expired(self) -> list[Standing]:
        """Documents whose audience has been unknown for too long, while their source answers: to be removed."""
        ids = self._shown.empties("expired")
        found = self._documents.standing(ids)
        return [found[i] for i in ids if i in found]

    def still_lost(self, standing: Standing) -> bool:
        """Whether what was held for having no audience has none now either."""
        return standing.id in self._refused if standing.held_why == REFUSED else self._shown.lost(standing.id)

    def _brake(self, braking: Braking, hows: Sequence[str]) -> None:
        self._braked = True
        losing = self._documents.standing([i for how in hows for i in self._shown.empties(how)]).values()
        self._documents.hold(
            [(one.id, LOST) for one in losing if self._must_wait(one, braking)], run=self._run.number
        )
        self._sheet.tell(Code.LOST_BRAKED, tripped=braking.tripped)

    def _must_wait(self, standing: Standing, braking: Braking) -> bool:
        return braking.holds(self._weighing.share(standing.source, standing.room))

    def _expired(self, told_at: float | None) -> bool:
        """Whether it was unknown for too long by two readings of the clock, of this run and the one before: one may be wrong."""
        before = self._run.before
        if told_at is None or before is None:
            return False
        return min(self._run.now(), before) - told_at > self._run.options.audience_max_age_s

    # -- in the crawl -------------------------------------------------------------------------

    def now(self, listed: Listed, known: Known | None) -> Audience | None:
        """
        With which audience a listed document goes out now; None: unknown, and it never had one that can be relied on.

        A document that was taken as new (the ledger turned out to be older than the intranet, say) may have a
        narrower audience there than this ledger remembers. What is wider than what the target confirmed waits for `widen`.
        """
        had = self._audience(known.audience) if known is not None and known.audience else None
        if listed.audience is None:
            return had if known is not None and known.fingerprint is not None else None
        if had is None:
            return listed.audience
        how = _how(had, listed.audience)
        if how in {"replace", "empty"} and known is not None:
            return self._exchanged(listed, had, how)
        if how:
            self._find_late(listed.id, listed.audience, how)
        if listed.audience.within(had):
            return listed.audience
        self._wider.append((listed.id, self._remember(listed.audience)))
        if len(self._wider) >= NOTED_AT_ONCE:
            self._note_wider()
        return had.common(listed.audience)

    def _find_late(self, identifier: str, audience: Audience, how: str) -> None:
        self._late.append((identifier, self._remember(audience), how))
        if len(self._late) >= NOTED_AT_ONCE:
            self._note_late()

    def moved_into(self, listed: Listed, known: Known, last: Audience | None) -> Listed:
        """An item that moved to where nobody can tell who may see it: to none but those who could see that place before."""
        if known.audience is None or known.fingerprint is None or last is None:
            return listed
        return msgspec.structs.replace(listed, audience=self._audience(known.audience).common(last))

    def _exchanged(self, listed: Listed, had: Audience, how: str) -> Audience:
        """Nobody stays of those who could see it (it was moved, say): a few at once, otherwise it is held."""
        assert listed.audience is not None
        standing = self._documents.standing([listed.id]).get(listed.id)
        if standing is not None and standing.held_why == LOST:
            return had
        if how == "empty":
            self._find_late(listed.id, listed.audience, how)
            return had
        if not self._braked:
            self._replaced += 1
            if self._replaced <= self._max_widened:
                self._find_late(listed.id, listed.audience, how)
                self._wider.append((listed.id, self._remember(listed.audience)))
                return listed.audience
        self._documents.hold([(listed.id, LOST)], run=self._run.number)
        self._sheet.tell(Code.EXCHANGED)
        return had

    async def show(self, listed: Listed, known: Known) -> bool:
        """
        Push what was accepted last to the audience it may have now.

        Returns:
            False when it cannot be made whole from what is kept: it has to be read anew.
        """
        audience = self.now(listed, known)
        if audience is None or audience.digest() == known.audience:
            return True
        return await self._push_kept(listed, audience, whole=True)

    async def show_unread(self, listed: Listed, known: Known | None) -> None:
        """A document whose content cannot be read now: a narrower audience does not wait for it."""
        if known is None or listed.audience is None or known.audience is None or listed.id in self._refused:
            return
        audience = self.now(listed, known)
        if audience is not None and audience.digest() != known.audience:
            await self._push_kept(listed, audience, whole=False)

    async def _push_kept(self, listed: Listed, audience: Audience, *, whole: bool) -> bool:
        standing = self._documents.standing([listed.id]).get(listed.id)
        body = self._documents.body(listed.id)
        if standing is None or body is None:
            return False
        if whole and not self._accepted.has_whole(body):
            return False
        parcel = self.as_accepted(standing, body, audience, why=Why.OTHER_PEOPLE)
        if parcel is None:
            return False
        await self._outbox.add(parcel)
        return True

    # -- last: more people --------------------------------------------------------------------

    async def widen(self) -> None:
        """Send what more people may see; all that is new of it is held when it is too much for one run."""
        self._note_wider()
        held = self._shown.settle_widenings(run=self._run.number, most=self._max_widened)
        if held:
            self._sheet.tell(Code.WIDER_HELD, count=held, limit=self._max_widened)
        for standing, body, had, read in self._shown.widenings(run=self._run.number):
            if body is None or had.digest() == read.digest():
                continue
            parcel = self.as_accepted(standing, body, read, why=Why.MORE_PEOPLE)
            if parcel is None:
                continue
            again = parcel.known is not None and parcel.known.pushed_run == self._run.number
            await self._outbox.add(msgspec.structs.replace(parcel, again=again))
        for standing, body, had, _ in self._shown.narrowings(GAINS_NAME):
            parcel = self.as_accepted(standing, body, had, why=Why.MORE_OF_ITS_PLACE)
            if parcel is not None and (
                parcel.known is None or parcel.known.fingerprint != parcel.rendered.fingerprint
            ):
                await self._outbox.add(parcel)
        await self._outbox.flush()
        self._shown.forget_widenings()
        if not self._run.dry_run:
            for source, changed in self._made:
                source.breadcrumbs_made(changed)

    def _note_wider(self) -> None:
        wider, self._wider = self._wider, []
        self._shown.widen(wider, run=self._run.number)

    # -- what was accepted last ---------------------------------------------------------------

    def as_accepted(
        self,
        standing: Standing,
        body: Body | None,
        audience: Audience | None,
        *,
        why: Why = Why.KEPT,
    ) -> Parcel | None:
        """A document as the target accepted it last, perhaps with another audience; None when it cannot be written."""
        return self._accepted.parcel(standing, body, audience, why=why)

    async def _send_less(self, standing: Standing, body: Body | None, audience: Audience) -> None:
        """Push a document with fewer people; one that cannot be written with them is taken out, as if it was refused."""
        parcel = self.as_accepted(standing, body, audience, why=Why.FEWER_PEOPLE)
        if parcel is not None:
            await self._outbox.add(parcel)
            return
        self._quarantine.park(
            standing.id,
            source=standing.source,
            native=standing.native,
            room=standing.room,
            title=standing.title,
            reason="refused",
            message="It cannot be written with the fewer people who may see it (a bug of the connector; see the log)",
            version=b"",
            now=self._run.now(),
        )

    def _audience(self, digest: bytes) -> Audience:
        if digest not in self._kept:
            if len(self._kept) >= KEPT_AUDIENCES:
                self._kept.clear()
            self._kept[digest] = self._shown.audience(digest) or NOBODY
        return self._kept[digest]

    def _remember(self, audience: Audience) -> bytes:
        digest = audience.digest()
        if self._kept.get(digest) is None:
            self._shown.remember(audience)
            self._kept[digest] = audience
        return digest


def _how(had: Audience, read: Audience) -> str:
    """How a document is to be narrowed: narrow, replace, empty; empty text when nobody loses it."""
    if had.within(read):
        return ""
    if read == NOBODY:
        return "empty"
    return "replace" if had.common(read) == NOBODY else "narrow"
