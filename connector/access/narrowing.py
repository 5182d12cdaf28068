"""
Who may see what is in the target already: fewer people first, nobody only past the brake.

    read      what is due of the audiences below the scopes, compared with what the target confirmed
    narrow    before anything else of a run: what was accepted last goes out with the audience it may still have
    find_refused   what the target refuses with fewer people: it is to leave the search rather than stay wide
    empty     what the crawl found to have lost its audience

A document whose audience would be empty, or exchanged for another one altogether, counts as a removal. What
was accepted last is pushed from the ledger and the text cache; the source is not asked for any content.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

import msgspec
import structlog

from connector.access.accepted import Accepted
from connector.access.renaming import LOSES_NAME
from connector.access.shifts import Shifts
from connector.access.silence import Silent
from connector.document.audience import NOBODY, Audience
from connector.document.document import Scope
from connector.engine.together import together
from connector.errors import TargetUnavailable
from connector.ledger.rows import Body, Standing
from connector.plan.brake import Braking
from connector.plan.context import Books, Run
from connector.plan.findings import Fewer, HoldReason, Why
from connector.plan.step import How, narrows
from connector.plan.weighing import Weighing
from connector.ports.source import Nested, Seen, Source
from connector.push.lighter import set_aside_standing
from connector.push.outbox import Outbox

EXPIRED = "expired"
"""How a document is noted whose audience was unknown for too long."""

ToSend = tuple[Standing, Body | None, Audience]
"""A document, as it was accepted last, and who is to see it now."""


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
    """The audiences of one target's documents in one run, as far as fewer people are to see them."""

    def __init__(
        self,
        run: Run,
        books: Books,
        shifts: Shifts,
        accepted: Accepted,
        outbox: Outbox,
        weighing: Weighing,
    ) -> None:
        self._run = run
        self._documents = books.documents
        self._shown = books.shown
        self._quarantine = books.quarantine
        self._shifts = shifts
        self._accepted = accepted
        self._outbox = outbox
        self._weighing = weighing
        self._silent = Silent(run, books.documents, books.notes(""))
        self._has_earlier = False
        """Whether something that an earlier run read is not confirmed yet."""
        self._closed: set[tuple[str, str]] = set()
        """Source and key of the rooms that no setting makes public."""
        self._bugs: list[Exception] = []
        """What ended the reading of single scopes."""
        self._log = structlog.get_logger()

    # -- read and compared --------------------------------------------------------------------

    async def read(self, walks: Sequence[tuple[Source, Sequence[Sight]]]) -> None:
        """Read what is due of the audiences below the scopes, and note which documents have too wide a one."""
        self._has_earlier = self._shown.begin_narrowings()
        for source, sights in walks:
            turns = asyncio.Semaphore(source.concurrency)
            await together(self._read_carefully(source, sight, turns) for sight in sights)

    async def _read_carefully(self, source: Source, sight: Sight, turns: asyncio.Semaphore) -> None:
        """Whatever ends the reading of one scope ends the run, but only after the narrowings of all others were sent (rule 7)."""
        try:
            await self._read_scope(source, sight, turns)
        except Exception as error:  # noqa: BLE001 - raised again by `narrow`
            self._log.error("audiences.unread", source=source.name, scope=sight.scope.key, exc_info=error)
            self._bugs.append(error)

    async def _read_scope(self, source: Source, sight: Sight, turns: asyncio.Semaphore) -> None:
        async with turns:
            room = sight.scope.key
            had = self._documents.audiences_in(source.name, room)
            try:
                await self._compare_scope(source, sight, had)
            finally:
                if not sight.public:
                    self._close_room(source.name, room, had)
        if sight.audience is not None or sight.lost_at is not None:
            self._shown.release_found(source.name, room)

    async def _compare_scope(self, source: Source, sight: Sight, had: Mapping[bytes, Audience]) -> None:
        room, is_told = sight.scope.key, False
        if isinstance(source, Nested) and source.looks_below:
            if (own := source.scope_id(sight.scope)) is not None:
                self._compare([Seen(id=own, audience=sight.audience, told_at=sight.lost_at)])
            async for told in source.audiences(sight.scope, sight.audience, sight.lost_at):
                is_told = is_told or bool(told)
                self._compare(told)
        elif sight.audience is not None:
            if self._has_earlier:
                self._shown.room_read_anew(source.name, room)
            self._compare_room(source.name, room, had, sight.audience)
        if not is_told and sight.audience is None and self._expired(sight.lost_at):
            nobody = self._shown.remember(NOBODY)
            for digest in had.keys() - {nobody}:
                self._shown.narrow_room(source.name, room, digest, audience=nobody, how=EXPIRED)

    def close(self, source: str, rooms: Iterable[str]) -> None:
        """Note what is public still in rooms that are not read, and that no setting makes public any more."""
        for room in rooms if self._shown.has_any_public() else ():
            self._close_room(source, room, self._documents.audiences_in(source, room))

    def _compare(self, told: Sequence[Seen]) -> None:
        """Note of single documents how their confirmed audience differs from what was read."""
        confirmed = self._shown.confirmed([one.id for one in told])
        noted: list[tuple[str, bytes, str]] = []
        expired: list[tuple[str, bytes, str]] = []
        if self._has_earlier:
            self._shown.read_anew([one.id for one in told if one.audience is not None])
        for one in told:
            digest = confirmed.get(one.id)
            if digest is None:
                continue
            if one.audience is None:
                if self._expired(one.told_at) and digest != NOBODY.digest():
                    expired.append((one.id, self._shown.remember(NOBODY), EXPIRED))
                continue
            if one.audience.digest() == digest:
                continue
            how = narrows(self._shifts.audience(digest), one.audience)
            if how:
                noted.append((one.id, self._shifts.remember(one.audience), how))
        self._shown.narrow(noted)
        self._shown.note_unless_narrowed(expired)

    def _close_room(self, source: str, room: str, audiences: Mapping[bytes, Audience]) -> None:
        """A room that no setting names any more is not public, whatever becomes of its list; what is noted of it may wait, this may not."""
        self._closed.add((source, room))
        for digest, had in audiences.items():
            if had.public:
                closed = self._shifts.remember(Audience(had.identities))
                self._shown.narrow_room(source, room, digest, audience=closed, how=How.NARROW)

    def _compare_room(
        self, source: str, room: str, audiences: Mapping[bytes, Audience], audience: Audience
    ) -> None:
        """The same where every document of a room has the room's audience, or part of it."""
        for digest, had in audiences.items():
            how = narrows(had, audience)
            if how:
                self._shown.narrow_room(
                    source, room, digest, audience=self._shifts.remember(audience), how=how
                )

    # -- sent ---------------------------------------------------------------------------------

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
        replaced = sum(counts.get(How.REPLACE, {}).values())
        at_once = replaced <= self._run.options.max_widened
        hows = [How.EMPTY] if at_once else [How.EMPTY, How.REPLACE]
        going = Counter[tuple[str, str]]()
        for how in hows:
            going.update(counts.get(how, {}))
        braking = self._weighing.weigh(going)
        if braking.stops:
            self._brake(braking, hows)
        if self._run.dry_run:
            return
        if at_once:
            self._shifts.count_exchanged(replaced)
        less = partial(self._less, hows, braking, at_once=at_once)
        for standing, body, audience in less():
            await self._send_less(standing, body, audience)
        await self._outbox.flush()
        if self._outbox.unanswered:
            await self._send_alone(less())
        for standing, body, had, _ in self._shown.unclear():
            if not standing.confirmed:
                continue  # it was taken as new: what was accepted once may be wider than what the target has
            await self._send_less(standing, body, had)
        await self._outbox.flush()
        if self._outbox.unanswered > len(self._silent.given_up):
            raise TargetUnavailable(
                "Interact did not confirm that fewer people may see some documents, so nothing else was sent. The next run tries again"
            )

    async def _send_alone(self, less: Iterable[ToSend]) -> None:
        """
        Send what got no answer once more, each alone: what the target cannot answer about one holds up no other.

        Raises:
            TargetUnavailable: it answers about none.
        """
        unheard = self._outbox.noting.unheard
        for standing, body, audience in less:
            if standing.id not in unheard:
                continue
            unheard.remove(standing.id)
            await self._send_less(standing, body, audience)
            await self._outbox.flush()
            if standing.id in unheard:
                self._silent.count(standing.id)
        self._outbox.unanswered = len(unheard)

    def _less(self, hows: Sequence[str], braking: Braking, *, at_once: bool) -> Iterator[ToSend]:
        """All that is to be sent before anything else."""
        yield from self._closing()
        yield from self._narrower(hows, braking)
        if at_once:
            yield from self._others()
        for standing, body, had, _ in self._shown.narrowings(LOSES_NAME):
            yield standing, body, had

    def _closing(self) -> Iterator[ToSend]:
        """What is public in a room that no setting makes public, and may have to wait before it is shown to others, or nobody."""
        for standing, body, had, _ in self._shown.still_public():
            if (standing.source, standing.room) in self._closed:
                yield standing, body, Audience(had.identities)

    def _narrower(self, hows: Sequence[str], braking: Braking) -> Iterator[ToSend]:
        """What some lose, or everybody, with whom is left."""
        for standing, body, had, read in self._shown.narrowings(How.NARROW):
            audience = self._not_public(standing, had.common(read))
            if audience != had:  # what was kept of an earlier run may be confirmed as far as it is narrower
                yield standing, body, audience
        for how in hows:
            for standing, body, _, _ in self._shown.narrowings(how):
                if not self._must_wait(standing, braking):
                    yield standing, body, NOBODY

    def _others(self) -> Iterator[ToSend]:
        """What others are to see than before."""
        for standing, body, _, read in self._shown.narrowings(How.REPLACE):
            audience = self._not_public(standing, read)
            self._shown.widen([(standing.id, self._shifts.remember(audience))], run=self._run.number)
            yield standing, body, audience

    def _not_public(self, standing: Standing, audience: Audience) -> Audience:
        """An audience as it was read, perhaps by an earlier run, when its room was public."""
        closed = audience.public and (standing.source, standing.room) in self._closed
        return Audience(audience.identities) if closed else audience

    async def leave(self, lost: Sequence[Standing]) -> None:
        """Leave to nobody what is to go for its audience, and stays for what stands below it; whoever may see it finds it last."""
        for standing in lost:
            await self._send_less(standing, self._documents.body(standing.id), NOBODY)
        await self._outbox.flush()
        now = self._shown.confirmed([one.id for one in lost])
        self._shown.read_anew([one for one, digest in now.items() if digest == NOBODY.digest()])
        for source, room in {(one.source, one.room) for one in lost}:
            self._shown.release_found(source, room)

    async def empty(self) -> None:
        """Leave to nobody what the crawl found to have lost its audience (it was moved, say); all of it or none."""
        self._shifts.write_late()
        going = self._shown.emptied()
        if not going:
            return
        braking = self._weighing.weigh(going)
        if braking.stops:
            self._brake(braking, [How.EMPTY])
        if not self._run.dry_run:
            for standing, body, had, read in self._shown.narrowings(How.EMPTY):
                if had != read and not self._must_wait(standing, braking):
                    await self._send_less(standing, body, read)
            await self._outbox.flush()

    def find_refused(self) -> list[Standing]:
        """
        Documents that the target refuses, even bare, with the fewer people who may see them, or has not answered about for long:
        they stand there as before.

        What was refused in an earlier run and is accepted now is no longer held.
        """
        self._shifts.write_late()
        found = [
            standing
            for standing, _, had, read in self._shown.refused(now=self._run.now())
            if narrows(had, read)
        ]
        found += self._documents.standing(sorted(self._silent.given_up)).values()
        ids = {standing.id for standing in found}
        self._shifts.refuse(ids)
        self._shown.release_accepted(sorted(ids))
        return found

    def expired(self) -> list[Standing]:
        """Documents whose audience has been unknown for too long, while their source answers: to be removed."""
        ids = self._shown.empties(EXPIRED)
        found = self._documents.standing(ids)
        return [found[i] for i in ids if i in found]

    def still_lost(self, standing: Standing) -> bool:
        """Whether what was held for having no audience has none now either."""
        return (
            self._shifts.is_refused(standing.id)
            if standing.held_why == HoldReason.REFUSED
            else self._shown.lost(standing.id)
        )

    def _brake(self, braking: Braking, hows: Sequence[str]) -> None:
        losing = self._documents.standing([i for how in hows for i in self._shown.empties(how)]).values()
        self._shifts.brake(braking, [one.id for one in losing if self._must_wait(one, braking)])

    def _must_wait(self, standing: Standing, braking: Braking) -> bool:
        return braking.holds(self._weighing.share(standing.source, standing.room))

    def _expired(self, told_at: float | None) -> bool:
        """Whether it was surely unknown for too long."""
        return (
            told_at is not None and self._run.surely_past() - told_at > self._run.options.audience_max_age_s
        )

    async def _send_less(self, standing: Standing, body: Body | None, audience: Audience) -> None:
        """Push a document with fewer people; one that cannot be written with them is taken out, as if it was refused."""
        parcel = self._accepted.parcel(standing, body, audience, why=Why.FEWER_PEOPLE)
        if parcel is not None:
            await self._outbox.add(parcel)
            return
        set_aside_standing(self._quarantine, standing, Fewer.UNWRITABLE, version=b"", now=self._run.now())
