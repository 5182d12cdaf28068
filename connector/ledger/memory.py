"""What the ledger remembers besides documents: rooms, quarantine, and the notes of the sources."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import Connection, text

from connector.document.audience import Audience, make_audience
from connector.ledger.unconfirmed import Unconfirmed
from connector.secrets.hiding import hide_in_ours

FIRST_DELAY_S = 300.0
LONGEST_DELAY_S = 86_400.0


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of one scope."""

    key: str
    name: str
    included: bool
    public: bool
    rules: bytes | None
    audience: Audience | None
    audience_at: float | None
    listed_run: int
    complete_run: int
    witnesses: list[str]


class Rooms:
    """The scopes of one target's sources."""

    def __init__(self, connection: Connection, target: str) -> None:
        self._db = connection
        self._target = target

    def all(self, source: str) -> dict[str, Room]:
        """Every scope ever seen of a source, by key."""
        rows = self._db.execute(
            text(
                "SELECT key, name, included, public, rules, audience, audience_at, listed_run, complete_run, witnesses FROM rooms"
                " WHERE target=:target AND source=:source ORDER BY key"
            ),
            {"target": self._target, "source": source},
        ).all()
        self._db.rollback()
        return {
            r[0]: Room(
                key=r[0],
                name=r[1],
                included=bool(r[2]),
                public=bool(r[3]),
                rules=r[4],
                audience=None
                if r[5] is None
                else make_audience(msgspec.json.decode(r[5], type=list[str]), public=bool(r[3])),
                audience_at=r[6],
                listed_run=r[7],
                complete_run=r[8],
                witnesses=msgspec.json.decode(r[9], type=list[str]),
            )
            for r in rows
        }

    def decide(
        self, source: str, key: str, *, name: str, included: bool, public: bool, rules: bytes, run: int
    ) -> None:
        """Remember that a room was listed, and what the settings decided about it."""
        self._execute(
            """
            INSERT INTO rooms (target, source, key, name, included, public, rules, listed_run, complete_run, witnesses)
            VALUES (:target, :source, :key, :name, :included, :public, :rules, :run, 0, '[]')
            ON CONFLICT (target, source, key) DO UPDATE SET name=:name, included=:included, public=:public, rules=:rules,
                listed_run=:run, unlisted_at=NULL, decided=false
            """,
            source=source,
            key=key,
            name=name,
            included=included,
            public=public,
            rules=rules,
            run=run,
        )

    def miss(self, source: str, keys: Collection[str], *, now: float, anew: bool) -> None:
        """
        Remember since when the source's list of rooms lacks rooms; a moment that lies ahead counts as now.

        Args:
            anew: the list was not read wholly; the time begins again.
        """
        if not keys:
            return
        with self._db.begin():
            self._db.execute(
                text(
                    "UPDATE rooms SET unlisted_at=CASE WHEN :anew THEN :now ELSE MIN(COALESCE(unlisted_at, :now), :now) END"
                    " WHERE target=:target AND source=:source AND key=:key"
                ),
                [
                    {"target": self._target, "source": source, "key": key, "now": now, "anew": anew}
                    for key in keys
                ],
            )

    def unlisted(self, source: str, *, since: float) -> list[str]:
        """
        Names of the rooms that are not listed, and into which something may have moved nevertheless.

        A room stops to count when a person decided about all that it held, when it has been missing since a time, or
        when the settings left it out.
        """
        rows = self._db.execute(
            text(
                "SELECT name FROM rooms WHERE target=:target AND source=:source AND included AND unlisted_at>:since"
                " AND NOT (decided AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.target=rooms.target"
                " AND d.source=rooms.source AND d.room=rooms.key AND d.state!='removed' AND NOT d.kept)) ORDER BY name"
            ),
            {"target": self._target, "source": source, "since": since},
        ).all()
        self._db.rollback()
        return [row[0] for row in rows]

    def decide_unlisted(self, *, up_to_run: int) -> None:
        """Remember that a person approved, or keeps, what rooms held that are not listed any more."""
        self._execute(
            "UPDATE rooms SET decided=true WHERE target=:target AND unlisted_at IS NOT NULL AND EXISTS (SELECT 1 FROM documents d"
            " WHERE d.target=rooms.target AND d.source=rooms.source AND d.room=rooms.key AND d.held_run<=:run)",
            run=up_to_run,
        )

    def note_audience(self, source: str, key: str, audience: Audience, *, now: float) -> None:
        """Remember who may see a room, as just read."""
        self._execute(
            "UPDATE rooms SET audience=:audience, audience_at=:now WHERE target=:target AND source=:source AND key=:key",
            source=source,
            key=key,
            audience=msgspec.json.encode(audience.identities).decode(),
            now=now,
        )

    def note_witnesses(self, source: str, key: str, witnesses: list[str]) -> None:
        """Remember the items whose audiences stand for a room without a list of its own."""
        self._execute(
            "UPDATE rooms SET witnesses=:witnesses WHERE target=:target AND source=:source AND key=:key",
            source=source,
            key=key,
            witnesses=msgspec.json.encode(witnesses).decode(),
        )

    def complete(self, source: str, keys: list[str], *, run: int) -> None:
        """Remember which scopes were listed to the end in a run."""
        if keys:
            with self._db.begin():
                self._db.execute(
                    text(
                        "UPDATE rooms SET complete_run=:run WHERE target=:target AND source=:source AND key=:key"
                    ),
                    [{"target": self._target, "source": source, "key": key, "run": run} for key in keys],
                )

    def _execute(self, statement: str, **values: Any) -> None:
        with self._db.begin():
            self._db.execute(text(statement), {"target": self._target, **values})


class Parked(msgspec.Struct, frozen=True, kw_only=True):
    """One document in quarantine."""

    id: str
    source: str
    native: str
    room: str
    title: str
    reason: str
    message: str
    first_seen: float
    last_seen: float
    attempts: int
    next_try: float
    version: bytes | None


class Quarantine:
    """What could not be fetched, mapped or accepted, and when it is tried again."""

    def __init__(self, connection: Connection, target: str) -> None:
        self._db = connection
        self._target = target
        self.unconfirmed = Unconfirmed(connection, target)
        """Of these, and of what could not be read: what this ledger never confirmed."""

    def park(
        self,
        identifier: str,
        *,
        source: str,
        native: str,
        room: str,
        title: str,
        reason: str,
        message: str,
        version: bytes | None,
        now: float,
    ) -> None:
        """Put a document into quarantine, or note that it failed again: the pause doubles from 5 minutes to a day."""
        with self._db.begin():
            self._db.execute(
                text(
                    """
                    INSERT INTO quarantine (target, id, source, native, room, title, reason, message, first_seen, last_seen, attempts,
                                            next_try, version)
                    VALUES (:target, :id, :source, :native, :room, :title, :reason, :message, :now, :now, 1, :now + :first, :version)
                    ON CONFLICT (target, id) DO UPDATE SET reason=:reason, message=:message, last_seen=:now, title=:title, room=:room,
                        attempts=attempts + 1, version=:version,
                        next_try=:now + MIN(:longest, :first * (1 << MIN(attempts, 20)))
                    """
                ),
                {
                    "target": self._target,
                    "id": identifier,
                    "source": source,
                    "native": native,
                    "room": room,
                    "title": title,
                    "reason": reason,
                    "message": hide_in_ours(message),
                    "version": version,
                    "now": now,
                    "first": FIRST_DELAY_S,
                    "longest": LONGEST_DELAY_S,
                },
            )

    def waiting(self, *, now: float) -> dict[str, bytes | None]:
        """Ids that are not due yet, with the version that failed."""
        rows = self._db.execute(
            text("SELECT id, version FROM quarantine WHERE target=:target AND next_try>:now"),
            {"target": self._target, "now": now},
        ).all()
        self._db.rollback()
        return {row[0]: row[1] for row in rows}

    def parked(self, limit: int = -1) -> list[Parked]:
        """List what is in quarantine, the oldest first."""
        rows = self._db.execute(
            text(
                f"SELECT {_PARKED} FROM quarantine WHERE target=:target ORDER BY first_seen, id LIMIT :limit"
            ),
            {"target": self._target, "limit": limit},
        ).all()
        self._db.rollback()
        return [Parked(**row._mapping) for row in rows]

    def get(self, identifier: str) -> Parked | None:
        """Find one document in quarantine."""
        row = self._db.execute(
            text(f"SELECT {_PARKED} FROM quarantine WHERE target=:target AND id=:id"),
            {"target": self._target, "id": identifier},
        ).one_or_none()
        self._db.rollback()
        return Parked(**row._mapping) if row else None

    def count(self) -> int:
        """Count what is in quarantine."""
        value = self._db.execute(
            text("SELECT count(*) FROM quarantine WHERE target=:target"), {"target": self._target}
        ).scalar()
        self._db.rollback()
        return int(value or 0)

    def retry(self, ids: list[str] | None = None) -> int:
        """Make documents due at the next run; all of them without ids."""
        return self._each("UPDATE quarantine SET next_try=0 WHERE target=:target", ids)

    def drop(self, ids: list[str] | None = None) -> int:
        """Forget the retry, never the document: what is live in the target stays."""
        return self._each("DELETE FROM quarantine WHERE target=:target", ids)

    def see(self, ids: list[str], *, now: float) -> None:
        """Note that documents were listed whose time has not come."""
        if ids:
            with self._db.begin():
                self._db.execute(
                    text("UPDATE quarantine SET last_seen=:now WHERE target=:target AND id=:id"),
                    [{"target": self._target, "id": identifier, "now": now} for identifier in ids],
                )

    def settle(self, source: str, rooms: list[str], *, since: float) -> None:
        """Take out what complete listings of these rooms no longer show, or show as it was accepted before."""
        with self._db.begin():
            for room in rooms:
                self._db.execute(
                    text(
                        "DELETE FROM quarantine WHERE target=:target AND source=:source AND room=:room AND last_seen<:since"
                    ),
                    {"target": self._target, "source": source, "room": room, "since": since},
                )

    def _each(self, statement: str, ids: list[str] | None) -> int:
        with self._db.begin():
            if ids is None:
                return self._db.execute(text(statement), {"target": self._target}).rowcount
            return sum(
                self._db.execute(
                    text(statement + " AND id=:id"), {"target": self._target, "id": identifier}
                ).rowcount
                for identifier in ids
            )


class Notes:
    """What one source remembers for itself between runs."""

    def __init__(self, connection: Connection, source: str) -> None:
        self._db = connection
        self._source = source

    def get(self, kind: str, key: str) -> tuple[bytes, bytes, int] | None:
        """Find a note: its value, what it depended on, and the run that read it."""
        row = self._db.execute(
            text("SELECT value, mark, read_run FROM notes WHERE source=:source AND kind=:kind AND key=:key"),
            {"source": self._source, "kind": kind, "key": key},
        ).one_or_none()
        self._db.rollback()
        return (row[0], row[1], row[2]) if row else None

    def put(self, kind: str, key: str, value: bytes, *, mark: bytes = b"", run: int = 0) -> None:
        """Remember a note."""
        with self._db.begin():
            self._db.execute(
                text(
                    "INSERT INTO notes (source, kind, key, value, mark, read_run) VALUES (:source, :kind, :key, :value, :mark, :run)"
                    " ON CONFLICT (source, kind, key) DO UPDATE SET value=:value, mark=:mark, read_run=:run"
                ),
                {"source": self._source, "kind": kind, "key": key, "value": value, "mark": mark, "run": run},
            )


_PARKED = (
    "id, source, native, room, title, reason, message, first_seen, last_seen, attempts, next_try, version"
)
