"""What the ledger knows of people: the share of each source, and each person's record in the target."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, text


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """What one source says of one person."""

    source: str
    key: str
    address: str
    identities: tuple[str, ...]
    read_run: int


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One person's record in the target."""

    id: str
    address: str
    sent: tuple[str, ...] | None
    """As last confirmed; None when it is not clear what the target has."""
    may: tuple[str, ...]
    """Everything that the target may have."""
    found: bool
    session_run: int
    redo_after: float | None


class People:
    """The people of one target."""

    def __init__(self, connection: Connection, target: str) -> None:
        self._db = connection
        self._target = target

    # -- shares of the sources ----------------------------------------------------------------

    def known(self, source: str) -> dict[str, int]:
        """Keys of the people of a source, the longest unread first, each with the run that read it."""
        rows = self._rows(
            "SELECT key, read_run FROM persons WHERE target=:target AND source=:source ORDER BY read_run, key",
            source=source,
        )
        return {row[0]: row[1] for row in rows}

    def note(self, shares: Sequence[Share]) -> None:
        """Remember what a source says of people."""
        self._many(
            "INSERT INTO persons (target, source, key, address, identities, read_run)"
            " VALUES (:target, :source, :key, :address, :identities, :read_run) ON CONFLICT (target, source, key)"
            " DO UPDATE SET address=:address, identities=:identities, read_run=:read_run",
            [{**msgspec.structs.asdict(one), "identities": _json(one.identities)} for one in shares],
        )

    def shares(self, words: str) -> list[Share]:
        """Find what sources say of a person, by address, by the source's key or by an identity."""
        rows = self._rows(
            "SELECT source, key, address, identities, read_run FROM persons WHERE target=:target AND (address=:words OR key=:words"
            " OR key LIKE '%/' || :words OR EXISTS (SELECT 1 FROM json_each(identities) WHERE value=:words)) ORDER BY source, key",
            words=words,
        )
        return [
            Share(source=r[0], key=r[1], address=r[2], identities=_tuple(r[3]), read_run=r[4]) for r in rows
        ]

    def unions(self) -> dict[str, tuple[str, ...]]:
        """Everybody's identities by address: the union over all sources."""
        rows = self._rows(
            "SELECT p.address, json_group_array(DISTINCT i.value) FROM persons p, json_each(p.identities) i"
            " WHERE p.target=:target AND p.address!='' GROUP BY p.address"
        )
        return {row[0]: tuple(sorted(msgspec.json.decode(row[1], type=list[str]))) for row in rows}

    # -- records in the target ----------------------------------------------------------------

    def records(self) -> dict[str, Record]:
        """Every record that is, or may be, in the target, by id."""
        rows = self._rows(
            "SELECT id, address, sent, may, found, session_run, redo_after FROM people WHERE target=:target ORDER BY id"
        )
        return {
            r[0]: Record(
                id=r[0],
                address=r[1],
                sent=None if r[2] is None else _tuple(r[2]),
                may=_tuple(r[3]),
                found=bool(r[4]),
                session_run=r[5],
                redo_after=r[6],
            )
            for r in rows
        }

    def intend(self, records: Sequence[tuple[str, str, Sequence[str]]], known: dict[str, Record]) -> None:
        """Record what is about to be pushed: until it is confirmed, the target may have the old and the new."""
        self._many(
            "INSERT INTO people (target, id, address, sent, may, found, session_run) VALUES (:target, :id, :address, NULL, :may, true, 0)"
            " ON CONFLICT (target, id) DO UPDATE SET address=:address, sent=NULL, may=:may",
            [
                {
                    "id": i,
                    "address": address,
                    "may": _json(sorted({*identities, *(known[i].may if i in known else ())})),
                }
                for i, address, identities in records
            ],
        )

    def confirm(
        self,
        records: Sequence[tuple[str, str, Sequence[str]]],
        *,
        found: bool,
        session_run: int,
        redo_after: float | None,
        now: float,
    ) -> None:
        """Remember what the target took; after a lost attempt it is done once more later."""
        self._many(
            "UPDATE people SET sent=:sent, may=CASE WHEN :redo IS NULL THEN :sent ELSE may END, found=:found, session_run=:session_run,"
            " redo_after=COALESCE(:redo, CASE WHEN redo_after<=:now THEN NULL ELSE redo_after END)"
            " WHERE target=:target AND id=:id",
            [
                {
                    "id": i,
                    "sent": _json(identities),
                    "found": found,
                    "session_run": session_run,
                    "redo": redo_after,
                    "now": now,
                }
                for i, _, identities in records
            ],
        )

    def lose(self, ids: Sequence[str], *, until: float) -> None:
        """Record calls without an answer: they may still take effect until then."""
        self._many(
            "UPDATE people SET sent=NULL, redo_after=:until WHERE target=:target AND id=:id",
            [{"id": i, "until": until} for i in ids],
        )

    def lose_open(self, *, until: float) -> None:
        """Treat what an earlier, dead run sent and never heard of as lost calls."""
        self._many(
            "UPDATE people SET redo_after=:until WHERE target=:target AND sent IS NULL AND redo_after IS NULL AND may!='[]'",
            [{"until": until}],
        )

    def removed(self, ids: Sequence[str]) -> None:
        """Forget records that the target has removed."""
        self._many("DELETE FROM people WHERE target=:target AND id=:id", [{"id": i} for i in ids])

    def not_accepted(self, run: int) -> int:
        """Count the records that this run's session has not accepted."""
        rows = self._rows("SELECT count(*) FROM people WHERE target=:target AND session_run!=:run", run=run)
        return int(rows[0][0])

    def unknown(self, limit: int = -1) -> list[str]:
        """Addresses that nobody, or more than one, in the intranet has."""
        rows = self._rows(
            "SELECT address FROM people WHERE target=:target AND found=false AND sent IS NOT NULL ORDER BY address LIMIT :limit",
            limit=limit,
        )
        return [row[0] for row in rows]

    # -- plumbing -----------------------------------------------------------------------------

    def _rows(self, statement: str, **values: Any) -> Sequence[Any]:
        rows = self._db.execute(text(statement), {"target": self._target, **values}).all()
        self._db.rollback()
        return rows

    def _many(self, statement: str, rows: list[dict[str, Any]]) -> None:
        if rows:
            with self._db.begin():
                self._db.execute(text(statement), [{"target": self._target, **row} for row in rows])


def _json(identities: Iterable[str]) -> str:
    return msgspec.json.encode(list(identities)).decode()


def _tuple(value: str) -> tuple[str, ...]:
    return tuple(msgspec.json.decode(value, type=list[str]))
