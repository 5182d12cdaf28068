"""
Whom a people file names that cannot be read now: what its rows said last gives nobody more, since it may say otherwise by now.

They keep what they have and the source still tells, for as long as whoever may not be asked for.
"""

from __future__ import annotations

from connector.ledger.people import People, Share
from connector.plan.context import Run
from connector.ports.matching import record_id
from connector.ports.source import PersonRead


class UnreadFiles:
    """The people files of one run that cannot be read."""

    def __init__(self, run: Run, people: People) -> None:
        self._matching = run.options.matching
        self._run = run
        self._people = people
        self._ids = {
            source: {identifier.casefold() for identifier in one.addresses}
            for source, one in run.options.unread_files.items()
        }
        self._addresses = {
            source: {self._matching.normalise(address) for address in one.addresses.values()} - {""}
            for source, one in run.options.unread_files.items()
        }

    def names(self, source: str, person: PersonRead) -> bool:
        """Whether what a source says of a person may be what its people file says: her address, or that she is there at all."""
        if source not in self._ids or person.gone or person.hidden:
            return False
        if self._matching.by == "username":
            called = {person.key.casefold(), person.key.partition("/")[2].casefold()}
            return not called.isdisjoint(self._ids[source])
        return self._matching.address(person) in self._addresses[source]

    def share(self, source: str, person: PersonRead, known: Share | None) -> Share | None:
        """What to remember of such a person; None: nothing new."""
        if known is None:
            return None
        address = self._matching.address(person)
        record = self._people.records([record_id(known.address)]).get(record_id(known.address))
        if address == known.address and known.read_run < 0 and (record is None or record.sent is None):
            return None  # it is not certain what the intranet has
        has: set[str] = set()
        is_too_old = known.told_at is not None and known.told_at < self._run.too_long_ago()
        if address == known.address and record is not None and not is_too_old:
            sent = record.may if record.sent is None else record.sent
            has = {*person.identities} & {*sent}
        return Share(
            source=source,
            key=person.key,
            address=address,
            identities=tuple(sorted(has)),
            read_run=self._run.number,
            told_at=known.told_at,
        )
