"""
Who may see what is in the target already: fewer people first, nobody only past the brake.

    read      what is due of the audiences below the scopes, compared with what the target confirmed
    narrow    before anything else of a run: what was accepted last goes out with the audience it may still have
    find_refused   what the target refuses with fewer people: it is to leave the search rather than stay wide
    empty     what the crawl found to have lost its audience
    leave_unmet      what had left a place that others see now, and was met nowhere

A document whose audience would be empty, or exchanged for another one altogether, counts as a removal. What
was accepted last is pushed from the ledger and the text cache; the source is not asked for any content; where others altogether are to find it, it is asked whether it still stands there
as it did (`moved_away`): what was changed, or nobody can tell about, is found by nobody until the crawl meets it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial

import msgspec

from connector.access.accepted import Accepted
from connector.access.audience_updates import AudienceUpdates, note_of_hold
from connector.access.breadcrumb_updates import LOSES_NAME
from connector.access.comparing import EXPIRED, Comparing, Sight
from connector.access.moved_away import MovedAway
from connector.access.unanswered_narrowings import UnansweredNarrowings
from connector.document.audience import NOBODY, Audience
from connector.errors import TargetUnavailable
from connector.ledger.rows import Body, Standing
from connector.plan.brake import Braking
from connector.plan.brake_counts import BrakeCounts
from connector.plan.context import Books, Run
from connector.plan.findings import Fewer, HoldReason, Why
from connector.plan.step import How, narrows
from connector.ports.source import Source
from connector.push.fallbacks import set_aside_standing
from connector.push.outbox import Outbox

ToSend = tuple[Standing, Body | None, Audience]
"""A document, as it was accepted last, and who is to see it now."""


class Narrowing:
    """The audiences of one target's documents in one run, as far as fewer people are to see them."""

    def __init__(
        self,
        run: Run,
        books: Books,
        updates: AudienceUpdates,
        accepted: Accepted,
        outbox: Outbox,
        brake_counts: BrakeCounts,
    ) -> None:
        self._run = run
        self._documents = books.documents
        self._pending = books.pending_audiences
        self._quarantine = books.quarantine
        self._updates = updates
        self._accepted = accepted
        self._outbox = outbox
        self._brake_counts = brake_counts
        self._unanswered = UnansweredNarrowings(run, books.documents, books.notes(""))
        self._comparing = Comparing(run, books, updates)
        self._moved_away = MovedAway(books.documents)
        self._sources: dict[str, Source] = {}
        """Those that could be read, by name."""

    def begin(self) -> None:
        """Begin anew what is noted of fewer people."""
        self._comparing.begin()

    async def read(self, walks: Sequence[tuple[Source, Sequence[Sight]]]) -> None:
        """Read what is due of the audiences below the scopes, and note which documents have too wide a one."""
        self._sources = {source.name: source for source, _ in walks}
        await self._comparing.read(walks)

    def close(self, source: str, rooms: Iterable[str]) -> None:
        """Note what is public still in rooms that are not read, and that no setting makes public any more."""
        self._comparing.close(source, rooms)

    # -- sent ---------------------------------------------------------------------------------

    async def narrow(self) -> None:
        """
        Send what fewer people may see, and wait for the answers.

        Raises:
            TargetUnavailable: some may not have arrived, so nothing else is sent.
        """
        await self._narrow()
        for bug in (*self._comparing.bugs, *self._moved_away.bugs):
            raise bug

    async def _narrow(self) -> None:
        self._pending.release_read_otherwise(note_of_hold)
        counts = self._pending.count_narrowings()
        replaced = sum(counts.get(How.REPLACE, {}).values())
        at_once = replaced <= self._run.options.max_widened
        hows = [How.EMPTY] if at_once else [How.EMPTY, How.REPLACE]
        going = Counter[tuple[str, str]]()
        for how in hows:
            going.update(counts.get(how, {}))
        braking = self._brake_counts.weigh(going)
        if braking.stops:
            self._brake(braking, hows)
        if self._run.dry_run:
            return
        if at_once:
            await self._look_for_moved()
            self._updates.count_exchanged(replaced - len(self._moved_away.ids))
        less = partial(self._less, hows, braking, at_once=at_once)
        for standing, body, audience in less():
            await self._send_less(standing, body, audience)
        await self._outbox.flush()
        if self._outbox.unanswered:
            await self._send_alone(less())
        for standing, body, had, _ in self._pending.unclear():
            if not standing.confirmed:
                continue  # it was taken as new: what was accepted once may be wider than what the target has
            await self._send_less(standing, body, had)
        await self._outbox.flush()
        if self._outbox.unanswered > len(self._unanswered.given_up):
            raise TargetUnavailable(
                "Interact did not confirm that fewer people may see some documents, so nothing else was sent. The next run tries again"
            )

    async def _send_alone(self, less: Iterable[ToSend]) -> None:
        """
        Send what got no answer once more, each alone: what the target cannot answer about one holds up no other.

        Raises:
            TargetUnavailable: it answers about none.
        """
        unheard = self._outbox.recording.unheard
        for standing, body, audience in less:
            if standing.id not in unheard:
                continue
            unheard.remove(standing.id)
            await self._send_less(standing, body, audience)
            await self._outbox.flush()
            if standing.id in unheard:
                self._unanswered.count(standing.id)

    def _less(self, hows: Sequence[str], braking: Braking, *, at_once: bool) -> Iterator[ToSend]:
        """All that is to be sent before anything else."""
        yield from self._closing()
        yield from self._narrower(hows, braking)
        if at_once:
            yield from self._others()
        for standing, body, had, _ in self._pending.narrowings(LOSES_NAME):
            yield standing, body, had

    def _closing(self) -> Iterator[ToSend]:
        """What is public in a room that no setting makes public, and may have to wait before it is shown to others, or nobody."""
        for standing, body, had, _ in self._pending.still_public():
            if (standing.source, standing.room) in self._comparing.closed:
                yield standing, body, Audience(had.identities)

    def _narrower(self, hows: Sequence[str], braking: Braking) -> Iterator[ToSend]:
        """What some lose, or everybody, with whom is left."""
        for standing, body, had, read in self._pending.narrowings(How.NARROW):
            audience = self._not_public(standing, had.common(read))
            if audience != had:  # what was kept of an earlier run may be confirmed as far as it is narrower
                yield standing, body, audience
        for how in hows:
            for standing, body, _, _ in self._pending.narrowings(how):
                if not self._must_wait(standing, braking):
                    yield standing, body, NOBODY

    async def _look_for_moved(self) -> None:
        """What left the place that others see now is exchanged by the crawl, which finds out where it stands."""
        others = (standing for standing, _, _, _ in self._pending.narrowings(How.REPLACE))
        await self._moved_away.look(others, self._sources)

    def _others(self) -> Iterator[ToSend]:
        """What others are to see than before: at once where it is as it was, else nobody, until the crawl meets it."""
        for standing, body, _, read in self._pending.narrowings(How.REPLACE):
            if standing.id in self._moved_away.unchanged:
                audience = self._not_public(standing, read)
                self._pending.widen([(standing.id, self._updates.remember(audience))], run=self._run.number)
                yield standing, body, audience
            elif standing.id not in self._moved_away.ids:
                self._updates.to_others.add(standing.id)
                yield standing, body, NOBODY

    async def leave_unmet(self, complete: Collection[str]) -> None:
        """
        What had left its place, and was met nowhere: who saw that place before does not find it, nor do those who see it now.

        Args:
            complete: names of the sources that were listed to their end.
        """
        if not self._moved_away.ids:
            return
        for standing, body, had, read in self._pending.narrowings(How.REPLACE):
            unmet = standing.missing_run is not None and standing.source in complete
            if unmet and had not in (read, NOBODY) and standing.id in self._moved_away.ids:
                await self._send_less(standing, body, NOBODY)
        await self._outbox.flush()

    def _not_public(self, standing: Standing, audience: Audience) -> Audience:
        """An audience as it was read, perhaps by an earlier run, when its room was public."""
        closed = audience.public and (standing.source, standing.room) in self._comparing.closed
        return Audience(audience.identities) if closed else audience

    async def leave(self, lost: Sequence[Standing]) -> None:
        """Leave to nobody what is to go for its audience, and stays for what stands below it; whoever may see it finds it last."""
        for standing in lost:
            await self._send_less(standing, self._documents.body(standing.id), NOBODY)
        await self._outbox.flush()
        now = self._pending.confirmed([one.id for one in lost])
        self._pending.read_anew([one for one, digest in now.items() if digest == NOBODY.digest()])
        for source, room in {(one.source, one.room) for one in lost}:
            self._pending.release_found(source, room)

    async def empty(self) -> None:
        """Leave to nobody what the crawl found to have lost its audience (it was moved, say); all of it or none."""
        self._updates.write_late()
        going = self._pending.emptied()
        if not going:
            return
        braking = self._brake_counts.weigh(going)
        if braking.stops:
            self._brake(braking, [How.EMPTY])
        if not self._run.dry_run:
            for standing, body, had, read in self._pending.narrowings(How.EMPTY):
                if had != read and not self._must_wait(standing, braking):
                    await self._send_less(standing, body, read)
            await self._outbox.flush()

    def find_refused(self) -> list[Standing]:
        """
        Documents that the target refuses, even bare, with the fewer people who may see them, or has not answered about for long:
        they stand there as before.

        What was refused in an earlier run and is accepted now is no longer held.
        """
        self._updates.write_late()
        found = [
            standing
            for standing, _, had, read in self._pending.refused(now=self._run.now())
            if narrows(had, read)
        ]
        found += self._documents.standing(sorted(self._unanswered.given_up)).values()
        ids = {standing.id for standing in found}
        self._updates.refuse(ids)
        self._pending.release_accepted(sorted(ids))
        return found

    def expired(self) -> list[Standing]:
        """Documents whose audience has been unknown for too long, while their source answers: to be removed."""
        ids = list(self._pending.empties(EXPIRED))
        found = self._documents.standing(ids)
        return [found[i] for i in ids if i in found]

    def still_lost(self, standing: Standing) -> bool:
        """Whether what was held for having no audience has none now either."""
        return (
            self._updates.is_refused(standing.id)
            if standing.held_why == HoldReason.REFUSED
            else self._pending.lost(standing.id)
        )

    def _brake(self, braking: Braking, hows: Sequence[str]) -> None:
        lists = {i: digest for how in hows for i, digest in self._pending.empties(how).items()}
        losing = self._documents.standing(list(lists)).values()
        self._updates.brake(
            braking, {one.id: lists[one.id] for one in losing if self._must_wait(one, braking)}
        )

    def _must_wait(self, standing: Standing, braking: Braking) -> bool:
        return braking.holds(self._brake_counts.share(standing.source, standing.room))

    async def _send_less(self, standing: Standing, body: Body | None, audience: Audience) -> None:
        """Push a document with fewer people; one that cannot be written with them is taken out, as if it was refused."""
        push = self._accepted.push_of(standing, body, audience, why=Why.FEWER_PEOPLE)
        if push is not None:
            waits = audience == NOBODY and standing.id in self._updates.to_others
            await self._outbox.add(msgspec.structs.replace(push, others_wait=waits))
            return
        set_aside_standing(self._quarantine, standing, Fewer.UNWRITABLE, version=b"", now=self._run.now())
