"""What sources say of people: of each person the share that one source gives to her identities."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from connector.document.audience import is_user
from connector.ledger.part import CHUNK, Part, as_json
from connector.ledger.rows import Share

NOT_SINCE = -1
"""The run of a share that was not read since it is not certain what the target has."""


class Shares(Part):
    """The shares of the people of one target; addresses and records come in pages, never all at once."""

    def memberships(self) -> dict[str, frozenset[str]]:
        """The other identities of everybody, by each person's own."""
        found: dict[str, frozenset[str]] = {}
        for (told,) in self._all("shares.identities"):
            identities = frozenset(read_identities(told))
            found |= {one: identities - {one} for one in filter(is_user, identities)}
        return found

    def forgotten(self) -> frozenset[str]:
        """Hashes of the people who are to be forgotten: nothing is remembered of them."""
        return frozenset(self._firsts("orders.forgotten"))

    def forget_shares(self, keys: Sequence[tuple[str, str]]) -> None:
        """What sources said of a person, by source and key, gives her nothing any more."""
        self._each("erasing.shares", [{"source": source, "key": key} for source, key in keys])

    def known(self, source: str, keys: Sequence[str]) -> dict[str, Share]:
        """Find what is known of some people of a source, by key."""
        return {one.key: one for one in self._shares("shares.known", source=source, keys=as_json(list(keys)))}

    def count(self, source: str) -> int:
        """Count the people of a source, whoever is gone among them."""
        return int(self._one("shares.count", source=source))

    def everybody(self) -> Iterator[tuple[str, str]]:
        """Walk source and key of everybody of whom a source told, whoever is gone among them."""
        last = ("", "")
        while page := self._all("shares.everybody", source=last[0], key=last[1], chunk=CHUNK):
            yield from page
            last = page[-1]

    def longest_unasked(self, source: str, limit: int, *, run: int) -> list[str]:
        """Keys of the people of a source whom this run has not asked for, the longest unasked first."""
        return self._firsts("shares.longest_unasked", source=source, run=run, limit=limit)

    def longest_ago(self, source: str, limit: int) -> list[str]:
        """Keys of the people of a source who were asked for the longest ago."""
        return self._firsts("shares.longest_ago", source=source, limit=limit)

    def unasked_in(self, source: str, keys: Sequence[str], *, run: int) -> list[str]:
        """Of some people of a source those whom this run has not asked for."""
        return self._firsts("shares.unasked_in", source=source, run=run, keys=as_json(list(keys)))

    def asked_in_vain(self, run: int) -> int:
        """Count whom a run has asked for, and not read."""
        return int(self._one("shares.asked_in_vain", run=run))

    def unasked_since(self, source: str, before: float, *, now: float) -> list[str]:
        """Keys of the people of a source who were asked for last before a time, the longest ago first."""
        return self._firsts("shares.unasked_since", source=source, before=before, now=now)

    def keys_of(self, addresses: Sequence[str]) -> dict[str, list[str]]:
        """Keys of everybody who has, or had, one of these addresses, by source."""
        found: dict[str, list[str]] = {}
        for source, key in self._all("shares.keys_of", addresses=as_json(list(addresses))):
            found.setdefault(source, []).append(key)
        return found

    def not_yet_sure(self, source: str) -> list[str]:
        """Keys of the people of a source who were not read since it is not certain what the target has."""
        return self._firsts("shares.not_yet_sure", source=source)

    def given_up(self, sources: Collection[str]) -> dict[str, int]:
        """How many people other sources than these told of that were not read since it is not certain what the target has, by source."""
        return dict(self._all("shares.given_up", sources=as_json(sorted(sources))))

    def drop_given_up(self, sources: Collection[str]) -> None:
        """What those other sources said gives nobody anything any more: nobody can be asked there again."""
        self._run("shares.drop_given_up", sources=as_json(sorted(sources)))

    def note(self, shares: Sequence[Share]) -> None:
        """Remember what a source says of people; whoever is silent keeps the address by which she was found."""
        self._each(
            "shares.note",
            [
                {**msgspec.structs.asdict(one), "identities": write_identities(one.identities)}
                for one in shares
            ],
        )

    def asked(self, source: str, keys: Sequence[str], *, run: int, now: float) -> None:
        """Remember when people were asked for, whatever the answer; an earlier release did not say when it had heard of them."""
        self._each("shares.asked", [{"key": key} for key in keys], source=source, run=run, now=now)

    def shares(self, words: str) -> list[Share]:
        """Find what sources say of a person, by address, by the source's key or by an identity; nobody is called by no words."""
        return self._shares("shares.shares", words=words) if words else []

    def named(self, addresses: Sequence[str]) -> dict[str, list[Share]]:
        """What the sources say of everybody who has, or had, one of these addresses."""
        found: dict[str, list[Share]] = {}
        for share in self._shares("shares.named", addresses=as_json(list(addresses))):
            found.setdefault(share.address, []).append(share)
        return found

    def addresses(self) -> Iterator[list[str]]:
        """Walk the addresses of everybody whom a source names with identities, in pages."""
        last = ""
        while page := self._firsts("shares.addresses", last=last, chunk=CHUNK):
            yield page
            last = page[-1]

    def unsettled_addresses(self, name: Callable[[str], str]) -> Iterator[list[str]]:
        """
        Walk the addresses whose record may differ from what the sources say of them, in pages.

        Whoever one share names as the target confirmed it is left out without a look inside: that is nearly everybody.

        Args:
            name: makes a record's id of an address.
        """
        last = ""
        while rows := self._all("shares.page_of_addresses", last=last, chunk=CHUNK):
            ids = {name(row[0]): row[0] for row in rows}
            same = {ids[i]: said for i, said in self._all("shares.sent", ids=as_json(list(ids)))}
            if page := [
                address
                for address, count, identities, run in rows
                if count > 1 or run < 0 or same.get(address) != identities
            ]:
                yield page
            last = rows[-1][0]

    def shared_addresses(self, run: int) -> list[str]:
        """Addresses under which one source names several keys, one of them as read in this run; they may be one person's."""
        return self._firsts("shares.shared_addresses", run=run)

    def oldest_told(self) -> float | None:
        """When the source told last of whom it was longest ago; None when nobody is known."""
        value = self._one("shares.oldest_told")
        return None if value is None else float(value)

    def _firsts(self, statement: str, **values: Any) -> list[str]:
        return [row[0] for row in self._all(statement, **values)]

    def _shares(self, statement: str, **values: Any) -> list[Share]:
        return [
            Share(
                source=source,
                key=key,
                address=address,
                identities=read_identities(identities),
                read_run=read_run,
                told_at=told_at,
            )
            for source, key, address, identities, read_run, told_at in self._all(statement, **values)
        ]


def write_identities(identities: Iterable[str]) -> str:
    """As they are kept: a JSON list."""
    return msgspec.json.encode(list(identities)).decode()


def read_identities(value: str) -> tuple[str, ...]:
    """The same back."""
    return tuple(msgspec.json.decode(value, type=list[str]))
