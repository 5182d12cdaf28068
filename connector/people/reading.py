"""
Which people a run reads from the sources, and what is remembered of the answers.

Whoever could not be asked for keeps what is known of her. Whoever may not be asked for (403) does so until she was not
confirmed for `audience_max_age_days` while her source answered; then her share is empty.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import msgspec

from connector.document.audience import source_of
from connector.engine.batched import batched
from connector.ledger.people import People, Share
from connector.people.plan import combine
from connector.people.unread_files import UnreadFiles
from connector.plan.context import Run
from connector.ports.matching import key_id, record_id
from connector.ports.source import Peopled, PersonRead, Source

AT_LEAST = 2
"""People who are asked for again in a delta, however few there are."""
READ_AT_ONCE = 200


class PeopleReading:
    """The questions about people of one target in one run."""

    def __init__(self, run: Run, people: People) -> None:
        self.lasted: set[str] = set()
        """Addresses of those who are gone by an absence that their source itself doubted, and that lasted."""
        self._run = run
        self._people = people
        self._unread_files = UnreadFiles(run, people)
        self._met: dict[str, set[str]] = {}
        """Per source: keys of those who were met and asked for; some may still be unknown."""
        self._unmet = 0
        """Of them, those who could not be asked for, and whom the ledger does not know."""

    @property
    def unread(self) -> int:
        """People who were asked for in this run, without an answer that tells anything."""
        return self._unmet + self._people.asked_in_vain(self._run.number)

    async def everybody(self, source: Source) -> None:
        """Ask for everybody whom the ledger knows."""
        assert isinstance(source, Peopled)
        while keys := self._people.longest_unasked(source.name, READ_AT_ONCE, run=self._run.number):
            await self._read(source.name, source, keys)

    async def turn(self, source: Source, *, late: Sequence[str]) -> None:
        """
        Ask for a share of the people, the longest unasked first; also for whoever has to be asked for anyway.

        Args:
            late: keys of those who must be asked for now.
        """
        assert isinstance(source, Peopled)
        name = source.name
        keys = [*late, *self._people.not_yet_sure(name)]
        count = max(AT_LEAST, math.ceil(self._people.count(name) * source.share))
        keys += self._people.longest_unasked(name, count, run=self._run.number)
        await self._read(name, source, list(dict.fromkeys(keys)))

    async def these(self, source: Source, keys: Sequence[str]) -> None:
        """Ask for certain people, once more if need be, and for whoever seems to have the address of one of them."""
        assert isinstance(source, Peopled)
        await self._read(source.name, source, keys)
        asked = set(keys)
        for part in batched(keys, READ_AT_ONCE):
            addresses = sorted({one.address for one in self._people.known(source.name, part).values()} - {""})
            others = [
                share.key
                for shares in self._people.named(addresses).values()
                if source.name in combine(shares, run=self._run.number).disputed
                for share in shares
                if share.source == source.name and share.key not in asked
            ]
            asked.update(others)
            await self._read(source.name, source, others)

    async def some(self, source: Source, keys: Iterable[str]) -> None:
        """Ask for certain people, unless this run has asked for them."""
        assert isinstance(source, Peopled)
        left = self._people.unasked_in(source.name, list(keys), run=self._run.number)
        await self._read(source.name, source, left)

    async def met(self, source: Source) -> None:
        """Ask for everybody whom the source met in this run and nobody knew."""
        assert isinstance(source, Peopled)
        asked = self._met.setdefault(source.name, set())
        met = sorted(source.people_met() - asked)
        asked.update(met)
        for part in batched(met, READ_AT_ONCE):
            known = self._people.known(source.name, part)
            await self._read(source.name, source, [key for key in part if key not in known])

    async def settle_disputes(self, sources: Sequence[Source]) -> None:
        """Where two people of one source seem to have one address, ask for both: one of them may have another one by now."""
        addresses = self._people.shared_addresses(self._run.number)
        for part in batched(addresses, READ_AT_ONCE):
            disputed = [
                share
                for shares in self._people.named(part).values()
                if combine(shares, run=self._run.number).disputed
                for share in shares
            ]
            for source in sources:
                if isinstance(source, Peopled):
                    await self.some(source, [share.key for share in disputed if share.source == source.name])

    async def _read(self, name: str, source: Peopled, keys: Sequence[str]) -> None:
        for part in batched(keys, READ_AT_ONCE):
            found = await source.people(part)
            known = self._people.known(name, part)
            self.lasted.update(
                known[one.key].address for one in found if one.gone and one.lasted and one.key in known
            )
            now = self._run.now()
            forgotten = self._people.forgotten()
            shares = [
                share
                for one in found
                if (share := self._share(name, one, known.get(one.key), now=now))
                and not (forgotten and forgotten & {record_id(share.address), key_id(name, one.key)})
            ]
            self._people.note(shares)
            self._people.asked(name, part, run=self._run.number, now=now)
            self._unmet += len(set(part) - known.keys() - {one.key for one in found})

    def _share(self, source: str, person: PersonRead, known: Share | None, *, now: float) -> Share | None:
        """What to remember of a person; None: nothing new."""
        person = self._without_others(source, person)
        if self._unread_files.names(source, person):
            return self._unread_files.share(source, person, known)
        if not person.hidden:
            return Share(
                source=source,
                key=person.key,
                address="" if person.gone else self._run.options.matching.address(person),
                identities=() if person.gone else tuple(sorted(set(person.identities))),
                read_run=self._run.number,
                told_at=now,
            )
        told_at = known.told_at if known is not None else now
        if known is not None and (told_at is None or told_at >= self._run.too_long_ago()):
            # where her address is told all the same, the one of before may be somebody else's
            address = self._run.options.matching.address(person) or known.address
            has = tuple(one for one in known.identities if not person.identities or one in person.identities)
            after = msgspec.structs.replace(known, address=address, identities=has)
            return None if after == known else after
        return Share(
            source=source,
            key=person.key,
            address="",
            identities=(),
            read_run=self._run.number if known is not None else 0,
            told_at=told_at,
        )

    def _without_others(self, source: str, person: PersonRead) -> PersonRead:
        """
        A person without identities of the other sources.

        Settings may show what one source has to a group of another one; only that one tells who is in it.
        """
        others = self._run.options.sources - {source}
        if others.isdisjoint(map(_source_of, person.identities)):
            return person
        own = tuple(one for one in person.identities if _source_of(one) not in others)
        return msgspec.structs.replace(person, identities=own)


def _source_of(identity: str) -> str:
    """Also as settings may write it."""
    return source_of(identity.strip().lower())
