"""
What the ledger knows of people: the share of each source, and each person's record in the target.

Nothing here reads all people at once: records and addresses come in pages, and a batch is looked up by its ids.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from connector.ledger.part import CHUNK, Part, as_json

NOT_SINCE = -1
"""The run of a share that was not read since it is not certain what the target has."""
_SHARE = "source, key, address, identities, read_run, told_at"
_RECORD = "id, address, sent, may, found, session_run, redo_after, held_run, held_why, kept, refused"
_AS_TOLD = (
    "(SELECT count(*)=1 AND MIN(p.read_run)>=0 AND MAX(p.identities)=people.may FROM persons p"
    " WHERE p.target=people.target AND p.address=people.address AND p.identities!='[]')"
)
_WANTED = " FROM persons WHERE target=:target AND address!='' AND identities!='[]'"


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """What one source says of one person."""

    source: str
    key: str
    address: str
    identities: tuple[str, ...]
    """Empty for whoever is gone, or may not be asked for."""
    read_run: int
    told_at: float | None = None
    """When the source told it last; None: by an earlier release."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One person's record in the target."""

    id: str
    address: str
    sent: tuple[str, ...] | None
    """As last confirmed; None when it is not clear what the target has."""
    may: tuple[str, ...]
    """Everything that the target may have; empty: it has no such record."""
    found: bool
    session_run: int
    redo_after: float | None
    held_run: int | None = None
    held_why: str = ""
    kept: bool = False
    refused: int = 0
    """So many runs in a row."""


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """One person who lost her record, or her last identity besides her own."""

    id: str
    address: str
    whole: bool
    """The record itself."""
    approved: bool
    why: str


class People(Part):
    """The people of one target."""

    # -- shares of the sources ----------------------------------------------------------------

    def memberships(self) -> dict[str, frozenset[str]]:
        """The other identities of everybody, by each person's own."""
        found: dict[str, frozenset[str]] = {}
        for (told,) in self._all("SELECT identities FROM persons WHERE target=:target"):
            identities = frozenset(_tuple(told))
            found |= {one: identities - {one} for one in identities if ":user:" in one}
        return found

    def known(self, source: str, keys: Sequence[str]) -> dict[str, Share]:
        """Find what is known of some people of a source, by key."""
        return {
            share.key: share
            for share in self._shares(
                " AND source=:source AND key IN (SELECT value FROM json_each(:keys))",
                source=source,
                keys=as_json(list(keys)),
            )
        }

    def count(self, source: str) -> int:
        """Count the people of a source, whoever is gone among them."""
        return int(
            self._one("SELECT count(*) FROM persons WHERE target=:target AND source=:source", source=source)
        )

    def longest_unasked(self, source: str, limit: int, *, run: int) -> list[str]:
        """Keys of the people of a source whom this run has not asked for, the longest unasked first."""
        return [
            row[0]
            for row in self._all(
                "SELECT key FROM persons WHERE target=:target AND source=:source AND asked_run!=:run"
                " ORDER BY COALESCE(asked_at, 0), read_run, key LIMIT :limit",
                source=source,
                run=run,
                limit=limit,
            )
        ]

    def longest_ago(self, source: str, limit: int) -> list[str]:
        """Keys of the people of a source who were asked for the longest ago."""
        return [
            row[0]
            for row in self._all(
                "SELECT key FROM persons WHERE target=:target AND source=:source"
                " ORDER BY COALESCE(asked_at, 0), read_run, key LIMIT :limit",
                source=source,
                limit=limit,
            )
        ]

    def unasked_in(self, source: str, keys: Sequence[str], *, run: int) -> list[str]:
        """Of some people of a source those whom this run has not asked for."""
        return [
            row[0]
            for row in self._all(
                "SELECT key FROM persons WHERE target=:target AND source=:source AND asked_run!=:run"
                " AND key IN (SELECT value FROM json_each(:keys)) ORDER BY key",
                source=source,
                run=run,
                keys=as_json(list(keys)),
            )
        ]

    def asked_in_vain(self, run: int) -> int:
        """Count whom a run has asked for, and not read."""
        return int(
            self._one(
                "SELECT count(*) FROM persons WHERE target=:target AND asked_run=:run AND read_run!=:run",
                run=run,
            )
        )

    def unasked_since(self, source: str, before: float, *, now: float) -> list[str]:
        """Keys of the people of a source who were asked for last before a time, the longest ago first."""
        return [
            row[0]
            for row in self._all(
                "SELECT key FROM persons WHERE target=:target AND source=:source"
                " AND (asked_at IS NULL OR asked_at<=:before OR asked_at>:now) ORDER BY COALESCE(asked_at, 0), key",
                source=source,
                before=before,
                now=now,
            )
        ]

    def keys_of(self, addresses: Sequence[str]) -> dict[str, list[str]]:
        """Keys of everybody who has, or had, one of these addresses, by source."""
        found: dict[str, list[str]] = {}
        for source, key in self._all(
            "SELECT source, key FROM persons WHERE target=:target AND address IN (SELECT value FROM json_each(:addresses))"
            " ORDER BY source, key",
            addresses=as_json(list(addresses)),
        ):
            found.setdefault(source, []).append(key)
        return found

    def not_yet_sure(self, source: str) -> list[str]:
        """Keys of the people of a source who were not read since it is not certain what the target has."""
        return [
            row[0]
            for row in self._all(
                "SELECT key FROM persons WHERE target=:target AND source=:source AND read_run=:run ORDER BY key",
                source=source,
                run=NOT_SINCE,
            )
        ]

    def note(self, shares: Sequence[Share]) -> None:
        """Remember what a source says of people; whoever is silent keeps the address by which she was found."""
        self._many(
            "INSERT INTO persons (target, source, key, address, identities, read_run, told_at, asked_at, asked_run)"
            " VALUES (:target, :source, :key, :address, :identities, :read_run, :told_at, NULL, 0)"
            " ON CONFLICT (target, source, key) DO UPDATE SET"
            " address=CASE WHEN :identities='[]' AND :address='' THEN address ELSE :address END,"
            " identities=:identities, read_run=:read_run, told_at=:told_at",
            [{**msgspec.structs.asdict(one), "identities": _json(one.identities)} for one in shares],
        )

    def asked(self, source: str, keys: Sequence[str], *, run: int, now: float) -> None:
        """Remember when people were asked for, whatever the answer; an earlier release did not say when it had heard of them."""
        self._many(
            "UPDATE persons SET asked_at=:now, asked_run=:run, told_at=COALESCE(MIN(told_at, :now), :now)"
            " WHERE target=:target AND source=:source AND key=:key",
            [{"source": source, "key": key, "run": run, "now": now} for key in keys],
        )

    def shares(self, words: str) -> list[Share]:
        """Find what sources say of a person, by address, by the source's key or by an identity."""
        return self._shares(
            " AND (address=:words OR key=:words OR key LIKE '%/' || :words"
            " OR EXISTS (SELECT 1 FROM json_each(identities) WHERE value=:words))",
            words=words,
        )

    def named(self, addresses: Sequence[str]) -> dict[str, list[Share]]:
        """What the sources say of everybody who has, or had, one of these addresses."""
        found: dict[str, list[Share]] = {}
        for share in self._shares(
            " AND address IN (SELECT value FROM json_each(:addresses))", addresses=as_json(list(addresses))
        ):
            found.setdefault(share.address, []).append(share)
        return found

    def addresses(self) -> Iterator[list[str]]:
        """Walk the addresses of everybody whom a source names with identities, in pages."""
        after = ""
        while page := [
            row[0]
            for row in self._all(
                f"SELECT DISTINCT address{_WANTED} AND address>:after ORDER BY address LIMIT {CHUNK}",
                after=after,
            )
        ]:
            yield page
            after = page[-1]

    def unsettled_addresses(self, name: Callable[[str], str]) -> Iterator[list[str]]:
        """
        Walk the addresses whose record may differ from what the sources say of them, in pages.

        Whoever one share names as the target confirmed it is left out without a look inside: that is nearly everybody.

        Args:
            name: makes a record's id of an address.
        """
        after = ""
        while rows := self._all(
            f"SELECT address, count(*), MAX(identities), MIN(read_run){_WANTED} AND address>:after"
            f" GROUP BY address ORDER BY address LIMIT {CHUNK}",
            after=after,
        ):
            ids = {name(row[0]): row[0] for row in rows}
            sent = dict(
                self._all(
                    "SELECT id, sent FROM people WHERE target=:target AND found=true AND redo_after IS NULL AND held_run IS NULL"
                    " AND id IN (SELECT value FROM json_each(:ids))",
                    ids=as_json(list(ids)),
                )
            )
            same = {ids[i]: said for i, said in sent.items()}
            if page := [
                address
                for address, count, identities, run in rows
                if count > 1 or run < 0 or same.get(address) != identities
            ]:
                yield page
            after = rows[-1][0]

    def shared_addresses(self, run: int) -> list[str]:
        """Addresses under which one source names several keys, one of them as read in this run; they may be one person's."""
        return [
            row[0]
            for row in self._all(
                f"SELECT DISTINCT address FROM (SELECT address{_WANTED} GROUP BY address, source"
                " HAVING count(*)>1 AND MAX(read_run)=:run AND MIN(read_run)!=:run) ORDER BY address",
                run=run,
            )
        ]

    def oldest_told(self) -> float | None:
        """When the source told last of whom it was longest ago; None when nobody is known."""
        value = self._one(
            "SELECT MIN(told_at) FROM persons WHERE target=:target AND identities!='[]' AND told_at IS NOT NULL"
        )
        return None if value is None else float(value)

    def _shares(self, where: str, **values: Any) -> list[Share]:
        rows = self._all(
            f"SELECT {_SHARE} FROM persons WHERE target=:target{where} ORDER BY source, key", **values
        )
        return [
            Share(source=r[0], key=r[1], address=r[2], identities=_tuple(r[3]), read_run=r[4], told_at=r[5])
            for r in rows
        ]

    # -- records in the target ----------------------------------------------------------------

    def records(self, ids: Sequence[str]) -> dict[str, Record]:
        """Find records by their ids."""
        rows = self._all(
            f"SELECT {_RECORD} FROM people WHERE target=:target AND id IN (SELECT value FROM json_each(:ids))",
            ids=as_json(list(ids)),
        )
        return {row[0]: _record(row) for row in rows}

    def pages(self, *, held: bool = False, changed: bool = False) -> Iterator[list[Record]]:
        """
        Walk the records that are, or may be, in the target, in pages.

        Args:
            held: only of those who are held.
            changed: not of those whom one share names with all that the target may have, and no other.
        """
        more = " AND held_run IS NOT NULL" if held else ""
        more += f" AND (held_run IS NOT NULL OR NOT {_AS_TOLD})" if changed else ""
        after = ""
        while page := [
            _record(row)
            for row in self._all(
                f"SELECT {_RECORD} FROM people WHERE target=:target AND id>:after{more} ORDER BY id LIMIT {CHUNK}",
                after=after,
            )
        ]:
            yield page
            after = page[-1].id

    def standing(self) -> int:
        """Count the records that the target may have."""
        return int(self._one("SELECT count(*) FROM people WHERE target=:target AND may!='[]'"))

    def asked_with_something_to_lose(self, run: int, *, besides: Collection[str]) -> int:
        """
        Count the records that have more than a person's own identities, and of whom a run has read a share.

        Args:
            besides: sources that do not count.
        """
        return int(
            self._one(
                "SELECT count(*) FROM people WHERE target=:target"
                " AND EXISTS (SELECT 1 FROM persons p WHERE p.target=people.target AND p.address=people.address AND p.read_run=:run"
                " AND p.source NOT IN (SELECT value FROM json_each(:besides)))"
                " AND EXISTS (SELECT 1 FROM json_each(people.may) WHERE value NOT LIKE '%:user:%')",
                run=run,
                besides=as_json(sorted(besides)),
            )
        )

    def intend(self, records: Sequence[tuple[str, str, Sequence[str]]]) -> dict[str, Record]:
        """
        Record what is about to be pushed: until it is confirmed, the target may have the old and the new.

        Returns:
            The records as they were before.
        """
        before = self.records([identifier for identifier, _, _ in records])
        self._many(
            "INSERT INTO people (target, id, address, sent, may, found, session_run, held_why, kept, refused)"
            " VALUES (:target, :id, :address, NULL, :may, true, 0, '', false, 0)"
            " ON CONFLICT (target, id) DO UPDATE SET address=:address, sent=NULL, may=:may",
            [
                {
                    "id": i,
                    "address": address,
                    "may": _json(sorted({*identities, *(before[i].may if i in before else ())})),
                }
                for i, address, identities in records
            ],
        )
        return before

    def confirm(
        self,
        records: Sequence[tuple[str, str, Sequence[str]]],
        *,
        session_run: int,
        redo_after: float | None,
        now: float,
    ) -> None:
        """Remember what the target took; after a lost attempt it is done once more later."""
        self._confirm(
            [(i, identities, identities) for i, _, identities in records],
            found=True,
            session_run=session_run,
            redo_after=redo_after,
            now=now,
        )

    def confirm_not_found(
        self,
        records: Sequence[tuple[str, str, Sequence[str]]],
        *,
        before: dict[str, Record],
        session_run: int,
        redo_after: float | None,
        now: float,
    ) -> None:
        """Remember that nobody, or more than one, has an address now: what the target had of the record it still has."""
        self._confirm(
            [(i, identities, before[i].may if i in before else ()) for i, _, identities in records],
            found=False,
            session_run=session_run,
            redo_after=redo_after,
            now=now,
        )

    def _confirm(
        self,
        records: Sequence[tuple[str, Sequence[str], Sequence[str]]],
        *,
        found: bool,
        session_run: int,
        redo_after: float | None,
        now: float,
    ) -> None:
        self._many(
            "UPDATE people SET sent=:sent, may=CASE WHEN :redo IS NULL THEN :may ELSE may END, found=:found, session_run=:session_run,"
            " redo_after=COALESCE(:redo, CASE WHEN redo_after<=:now THEN NULL ELSE redo_after END), refused=0"
            " WHERE target=:target AND id=:id",
            [
                {
                    "id": i,
                    "sent": _json(sent),
                    "may": _json(may),
                    "found": found,
                    "session_run": session_run,
                    "redo": redo_after,
                    "now": now,
                }
                for i, sent, may in records
            ],
        )

    def refuse(self, ids: Sequence[str]) -> None:
        """Count that the target refused records once more."""
        self._many(
            "UPDATE people SET refused=refused+1 WHERE target=:target AND id=:id", [{"id": i} for i in ids]
        )

    def lose(self, ids: Sequence[str], *, until: float) -> None:
        """Record calls without an answer: they may still take effect until then."""
        self._many(
            "UPDATE people SET sent=NULL, redo_after=:until WHERE target=:target AND id=:id",
            [{"id": i, "until": until} for i in ids],
        )

    def lose_open(self, *, until: float) -> None:
        """Treat what an earlier, dead run sent and never heard of as lost calls."""
        self._run(
            "UPDATE people SET redo_after=:until WHERE target=:target AND sent IS NULL AND redo_after IS NULL AND may!='[]'",
            until=until,
        )

    def doubt(self) -> int:
        """
        Take everybody for not pushed and not read: the target is another one, or has seen more than this ledger.

        Returns:
            How many records that concerns.
        """
        with self.at_once():
            self._run("UPDATE persons SET read_run=:run WHERE target=:target", run=NOT_SINCE)
            return self._run(
                "UPDATE people SET sent=NULL, session_run=0, redo_after=NULL WHERE target=:target"
            )

    def doubt_removals(self, *, since: int) -> None:
        """
        Take whoever was removed from a run on for still there: another target did it, which says nothing about this one.

        What the record holds there is not known; it goes as any other does, unless a source names her again.
        """
        self._run(
            "INSERT INTO people (target, id, address, sent, may, found, session_run, held_why, kept, refused)"
            " SELECT DISTINCT target, id, address, NULL, :may, true, 0, '', false, 0 FROM people_removals"
            " WHERE target=:target AND run>=:since AND whole=true"
            " ON CONFLICT (target, id) DO UPDATE SET may=:may, found=true WHERE people.may='[]'",
            since=since,
            may=_json(["unknown"]),
        )

    def removed(self, lost: Sequence[Lost], *, run: int, now: float, redo_after: float | None) -> None:
        """Forget records that the target has removed; the row stays while a lost call may still remove a newer one."""
        with self.at_once():
            self.count_lost(lost, run=run, now=now)
            rows = [{"id": one.id, "redo": redo_after} for one in lost]
            if redo_after is None:
                self._many("DELETE FROM people WHERE target=:target AND id=:id", rows)
            else:
                self._many(
                    "UPDATE people SET sent=NULL, may='[]', redo_after=:redo, held_run=NULL, held_why='', kept=false"
                    " WHERE target=:target AND id=:id",
                    rows,
                )

    def forget_settled(self, *, now: float) -> None:
        """Forget the records that the target does not have and nobody waits for."""
        self._run(
            "DELETE FROM people WHERE target=:target AND may='[]' AND (redo_after IS NULL OR redo_after<=:now)"
            " AND NOT EXISTS (SELECT 1 FROM persons p WHERE p.target=people.target AND p.address=people.address AND p.identities!='[]')",
            now=now,
        )

    # -- what the end of a session may remove -------------------------------------------------

    def not_accepted(self, run: int) -> int:
        """Count the records that this run's session has not accepted."""
        return int(
            self._one(
                "SELECT count(*) FROM people WHERE target=:target AND session_run!=:run AND may!='[]'",
                run=run,
            )
        )

    def accepted(self, run: int | None = None) -> int:
        """Count the records that the target took for somebody, in one run's session if asked."""
        more = " AND session_run=:run" if run is not None else ""
        return int(
            self._one(
                f"SELECT count(*) FROM people WHERE target=:target AND sent IS NOT NULL AND found=true{more}",
                run=run,
            )
        )

    def any_session(self) -> bool:
        """Whether an earlier run had everybody in a session."""
        return bool(self._one("SELECT EXISTS (SELECT 1 FROM people WHERE target=:target AND session_run>0)"))

    # -- what was lost, and what is held ------------------------------------------------------

    def count_lost(self, lost: Sequence[Lost], *, run: int, now: float) -> None:
        """Let the brake of the next 24 hours count people who lost what they had."""
        self._many(
            "INSERT INTO people_removals (target, id, address, run, at, whole, approved, why)"
            " VALUES (:target, :id, :address, :run, :now, :whole, :approved, :why)",
            [{**msgspec.structs.asdict(one), "run": run, "now": now} for one in lost],
        )

    def lost_since(self, since: float) -> int:
        """Count who lost what they had since a time, without a person's approval."""
        return int(
            self._one(
                "SELECT count(*) FROM people_removals WHERE target=:target AND at>=:since AND approved=false",
                since=since,
            )
        )

    def removed_after_run(self, run: int) -> int:
        """Count the records removed since a run, approved or not."""
        return int(
            self._one(
                "SELECT count(*) FROM people_removals WHERE target=:target AND run>:run AND whole=true",
                run=run,
            )
        )

    def removed_in(self, run: int) -> list[tuple[str, str, str]]:
        """Who lost what they had in a run: id, address, why."""
        return [
            (row[0], row[1], row[2])
            for row in self._all(
                "SELECT id, address, why FROM people_removals WHERE target=:target AND run=:run ORDER BY number",
                run=run,
            )
        ]

    def hold(self, items: Sequence[tuple[str, str]], *, run: int) -> None:
        """Hold people by name: (id, why); who is held already stays held since then."""
        self._many(
            "UPDATE people SET held_run=COALESCE(held_run, :run), held_why=:why WHERE target=:target AND id=:id",
            [{"id": identifier, "why": why, "run": run} for identifier, why in items],
        )

    def release(self, ids: Sequence[str]) -> None:
        """Take people out of being held."""
        self._many(
            "UPDATE people SET held_run=NULL, held_why='', kept=false WHERE target=:target AND id=:id",
            [{"id": i} for i in ids],
        )

    def keep(self, *, up_to_run: int) -> int:
        """Acknowledge who was held up to a run."""
        return self._run(
            "UPDATE people SET kept=true WHERE target=:target AND held_run IS NOT NULL AND held_run<=:run",
            run=up_to_run,
        )

    def held_counts(self) -> dict[tuple[str, bool], int]:
        """Count who is held, by reason and whether it was acknowledged."""
        return {
            (row[0], bool(row[1])): row[2]
            for row in self._all(
                "SELECT held_why, kept, count(*) FROM people WHERE target=:target AND held_run IS NOT NULL GROUP BY held_why, kept"
            )
        }

    def held(self, *, up_to_run: int | None = None, limit: int = -1) -> list[Record]:
        """List who is held."""
        more = " AND held_run<=:run" if up_to_run is not None else ""
        rows = self._all(
            f"SELECT {_RECORD} FROM people WHERE target=:target AND held_run IS NOT NULL{more} ORDER BY address LIMIT :limit",
            run=up_to_run,
            limit=limit,
        )
        return [_record(row) for row in rows]

    def unknown(self, limit: int = -1) -> list[str]:
        """Addresses that nobody, or more than one, in the intranet has."""
        rows = self._all(
            "SELECT address FROM people WHERE target=:target AND found=false AND sent IS NOT NULL ORDER BY address LIMIT :limit",
            limit=limit,
        )
        return [row[0] for row in rows]


def _record(row: Any) -> Record:
    return Record(
        id=row[0],
        address=row[1],
        sent=None if row[2] is None else _tuple(row[2]),
        may=_tuple(row[3]),
        found=bool(row[4]),
        session_run=row[5],
        redo_after=row[6],
        held_run=row[7],
        held_why=row[8],
        kept=bool(row[9]),
        refused=row[10],
    )


def _json(identities: Iterable[str]) -> str:
    return msgspec.json.encode(list(identities)).decode()


def _tuple(value: str) -> tuple[str, ...]:
    return tuple(msgspec.json.decode(value, type=list[str]))
