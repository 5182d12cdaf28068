"""
What the ledger says of documents: set-based SQL, no set of ids in memory.

Order of every effect: `intend_*` before the call, `confirm_*` (or `refuse`, `lose`) after its answer.
A document's life: new -> live -> (held) -> gone; the row stays as `removed` while a lost call may still undo the removal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, text

from connector.audience import Audience
from connector.document import Known, Listed, Rendered

KEPT_TEXT = 32_000
"""Bytes of a text that are kept beside the document; longer ones (of files) come from the text cache."""
CHUNK = 500
MOST_REMEMBERED = 10_000
"""Digests of audiences that are known to be kept already."""
"""Ids in one statement; SQLite takes 32,766 parameters, other databases fewer."""

_KNOWN = (
    "id, version, fingerprint, container, state, missing_run, pushed_run, session_run, backfill,"
    " CASE WHEN lost=fingerprint THEN NULL ELSE redo_after END, rules, audience, path"
)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A document of the ledger, as removals and explanations need it."""

    id: str
    native: str
    source: str
    room: str
    container: str
    kind: str
    title: str
    url: str
    path: str
    state: str
    missing_run: int | None
    missing_why: str
    held_why: str
    confirmed: bool


class Body(msgspec.Struct, frozen=True):
    """A document as the target accepted it last."""

    body: bytes
    text: bytes
    """As JSON; empty also where it was too long to be kept."""
    text_key: str
    """Where a long text is remembered."""
    text_missing: str


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of one accepted push."""

    listed: Listed
    rendered: Rendered
    room: str
    container: str
    rules: bytes
    present: bool = True
    """It was listed where it stands; else the push says nothing about whether it is missing or held."""
    moved: bool = True
    """The ledger may have it in another place."""


class Documents:
    """The documents of one target."""

    def __init__(self, connection: Connection, target: str) -> None:
        self._db = connection
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        self._driver = driver
        """For what is asked once a container: SQLAlchemy spends more on such a statement than SQLite does."""
        self._target = target
        self._remembered: set[bytes] = set()

    # -- what is known ------------------------------------------------------------------------

    def known_in(self, container: str, source: str) -> dict[str, Known]:
        """Find the documents last listed in one container, by id."""
        rows = self._all(
            # without statistics SQLite takes every document of the target for the shorter way
            f"SELECT {_KNOWN} FROM documents INDEXED BY documents_container"
            " WHERE target=:target AND container=:container AND source=:source AND state!='removed'",
            container=container,
            source=source,
        )
        return {row[0]: _known(row) for row in rows}

    def filled(self, containers: Sequence[str], source: str) -> set[str]:
        """Tell which of some containers held documents when they were last listed."""
        found: set[str] = set()
        for start in range(0, len(containers), CHUNK):
            rows = self._all(
                "SELECT DISTINCT container FROM documents INDEXED BY documents_container"
                " WHERE target=:target AND container IN (SELECT value FROM json_each(:ids)) AND source=:source AND state!='removed'",
                ids=_json(containers[start : start + CHUNK]),
                source=source,
            )
            found.update(row[0] for row in rows)
        return found

    def known(self, ids: Sequence[str]) -> dict[str, Known]:
        """Find documents by id."""
        found: dict[str, Known] = {}
        for start in range(0, len(ids), CHUNK):
            rows = self._all(
                f"SELECT {_KNOWN} FROM documents WHERE target=:target AND id IN (SELECT value FROM json_each(:ids))",
                ids=_json(ids[start : start + CHUNK]),
            )
            found.update((row[0], _known(row)) for row in rows)
        return found

    def standing(self, ids: Sequence[str]) -> dict[str, Standing]:
        """Find documents by id, as removals need them."""
        found: dict[str, Standing] = {}
        for start in range(0, len(ids), CHUNK):
            rows = self._all(
                f"SELECT {_STANDING} FROM documents WHERE target=:target AND id IN (SELECT value FROM json_each(:ids))",
                ids=_json(ids[start : start + CHUNK]),
            )
            found.update((row[0], _standing(row)) for row in rows)
        return found

    def find(self, words: str) -> list[Standing]:
        """Find documents by GloballyUniqueId or by the source's own id."""
        rows = self._all(
            f"SELECT {_STANDING} FROM documents WHERE target=:target AND (id=:words OR id=:lower OR native=:words OR native=:lower)",
            words=words,
            lower=words.lower(),
        )
        return [_standing(row) for row in rows]

    def facts(self, identifier: str) -> dict[str, Any] | None:
        """Everything the ledger says of one document, for `explain`."""
        row = self._db.execute(
            text("SELECT * FROM documents WHERE target=:target AND id=:id"),
            {"target": self._target, "id": identifier},
        ).one_or_none()
        self._db.rollback()
        return dict(row._mapping) if row else None

    def body(self, identifier: str) -> Body | None:
        """The document as last accepted."""
        rows = self._all(
            "SELECT b.body, b.text, b.text_key, d.without_text FROM bodies b JOIN documents d ON d.target=b.target AND d.id=b.id"
            " WHERE b.target=:target AND b.id=:id",
            id=identifier,
        )
        return Body(*rows[0]) if rows else None

    def counts(self) -> dict[str, int]:
        """Count documents by state."""
        return {
            row[0]: row[1]
            for row in self._all("SELECT state, count(*) FROM documents WHERE target=:target GROUP BY state")
        }

    def count(self, source: str | None = None) -> int:
        """Count what is, or may be, in the target."""
        more = " AND source=:source" if source else ""
        return int(
            self._one(
                f"SELECT count(*) FROM documents WHERE target=:target AND state!='removed'{more}",
                source=source,
            )
            or 0
        )

    def kinds(self, source: str) -> dict[str, int]:
        """Count a source's documents by kind."""
        return {
            row[0]: row[1]
            for row in self._all(
                "SELECT kind, count(*) FROM documents WHERE target=:target AND source=:source AND state!='removed' GROUP BY kind",
                source=source,
            )
        }

    def sources(self) -> list[str]:
        """Names of the sources that have documents here."""
        return [
            row[0]
            for row in self._all(
                "SELECT DISTINCT source FROM documents WHERE target=:target AND state!='removed'"
            )
        ]

    def without_text(self) -> int:
        """Count the live documents whose file has no text."""
        return int(
            self._one(
                "SELECT count(*) FROM documents WHERE target=:target AND without_text!='' AND state!='removed'"
            )
            or 0
        )

    def texts(self) -> tuple[int, dict[str, int]]:
        """Count the files that have text, and those that have none by reason."""
        without = {
            row[0]: row[1]
            for row in self._all(
                "SELECT without_text, count(*) FROM documents WHERE target=:target AND without_text!='' AND state!='removed'"
                " GROUP BY without_text ORDER BY without_text"
            )
        }
        having = self._one(
            "SELECT count(*) FROM documents d JOIN bodies b ON b.target=d.target AND b.id=d.id"
            " WHERE d.target=:target AND b.text_key!='' AND d.without_text='' AND d.state!='removed'"
        )
        return int(having or 0), without

    # -- pushing ------------------------------------------------------------------------------

    def intend_pushes(self, batch: Sequence[Pushed], source: str, *, run: int, now: float) -> None:
        """Record what is about to be pushed."""
        self._remember_audiences(batch)
        self._many(
            """
            INSERT INTO documents (target, id, source, native, room, container, kind, title, url, path, state, pushed_run,
                                   pushed_at, session_run, backfill, missing_why, held_why, kept, without_text,
                                   intent, intent_run, intent_at, audience)
            VALUES (:target, :id, :source, :native, :room, :container, :kind, :title, :url, :path, 'new', 0, 0, 0, 0, '', '', false, '',
                    'push', :run, :now, :audience)
            ON CONFLICT (target, id) DO UPDATE SET intent='push', intent_run=:run, intent_at=:now
            """,
            [
                {
                    "id": push.rendered.id,
                    "source": source,
                    "native": push.listed.native,
                    "room": push.room,
                    "container": push.container,
                    "kind": push.listed.kind,
                    "title": push.rendered.title,
                    "url": push.rendered.url,
                    "path": push.rendered.path,
                    "audience": push.rendered.audience.digest(),
                    "run": run,
                    "now": now,
                }
                for push in batch
            ],
        )

    def confirm_pushes(
        self, batch: Sequence[Pushed], source: str, *, run: int, session_run: int, backfill: int, now: float
    ) -> None:
        """Remember what the target accepted; what is done once more after a lost call is told by `redo_after`."""
        rows = [
            {
                "target": self._target,
                "id": push.rendered.id,
                "source": source,
                "native": push.listed.native,
                "room": push.room,
                "container": push.container,
                "kind": push.listed.kind,
                "title": push.rendered.title,
                "url": push.rendered.url,
                "path": push.rendered.path,
                "version": push.listed.version,
                "fingerprint": push.rendered.fingerprint,
                "audience": push.rendered.audience.digest(),
                "rules": push.rules,
                "present": push.present,
                "without_text": push.rendered.text_missing,
                "run": run,
                "session_run": session_run,
                "backfill": backfill,
                "now": now,
                "body": push.rendered.body,
                "text": push.rendered.text if len(push.rendered.text) <= KEPT_TEXT else b"",
                "text_key": push.rendered.text_key,
            }
            for push in batch
        ]
        self._remember_audiences(batch)
        with self._db.begin():
            for statement in (_CONFIRM, _CONFIRM_BODY, _RELEASE):
                self._db.exec_driver_sql(statement, rows)
            # apart, because naming an indexed column costs its index even where the value stays
            moved = [row for row, push in zip(rows, batch, strict=True) if push.moved]
            if moved:
                self._db.exec_driver_sql(_PLACE, moved)

    def _remember_audiences(self, batch: Sequence[Pushed]) -> None:
        """Keep what the digests of these documents' audiences stand for."""
        audiences = {
            digest: push.rendered.audience
            for push in batch
            if (digest := push.rendered.audience.digest()) not in self._remembered
        }
        if not audiences:
            return
        if len(self._remembered) > MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered.update(audiences)
        with self._db.begin():
            self._db.execute(
                _REMEMBER_AUDIENCE,
                [
                    {
                        "digest": key,
                        "identities": msgspec.json.encode(value.identities).decode(),
                        "public": value.public,
                    }
                    for key, value in audiences.items()
                ],
            )

    def note_versions(self, pairs: Iterable[tuple[str, bytes]], *, rules: bytes) -> None:
        """Remember newer versions whose documents came out just as the target has them."""
        self._many(
            "UPDATE documents SET version=:version, rules=:rules WHERE target=:target AND id=:id",
            [{"id": identifier, "version": version, "rules": rules} for identifier, version in pairs],
        )

    def refuse(self, ids: Sequence[str]) -> None:
        """Forget the intent to push what was clearly refused; a document that was never accepted leaves no row."""
        with self._db.begin():
            rows = [{"target": self._target, "id": identifier} for identifier in ids]
            if rows:
                self._db.execute(
                    text(
                        "UPDATE documents SET intent=NULL, intent_run=NULL, intent_at=NULL WHERE target=:target AND id=:id"
                    ),
                    rows,
                )
                self._db.execute(
                    text(
                        "DELETE FROM documents WHERE target=:target AND id=:id AND state='new' AND redo_after IS NULL AND fingerprint IS NULL"
                    ),
                    rows,
                )

    def lose(self, ids: Sequence[str], *, until: float, fingerprints: dict[str, bytes]) -> None:
        """Record calls without an answer: they may still take effect until `until`."""
        self._many(
            _LOSE,
            [
                {"id": identifier, "until": until, "lost": fingerprints.get(identifier, b"")}
                for identifier in ids
            ],
        )

    def lose_open_intents(self, *, settle_s: float) -> int:
        """Treat what an earlier, dead run left unanswered as lost calls; says how many there were."""
        with self._db.begin():
            return self._db.execute(
                text(
                    "UPDATE documents SET redo_after=MAX(COALESCE(redo_after, 0), intent_at + :settle), lost=:unlike, intent=NULL,"
                    " intent_run=NULL, intent_at=NULL WHERE target=:target AND intent IS NOT NULL"
                ),
                {"target": self._target, "settle": settle_s, "unlike": b"?"},
            ).rowcount

    def forget_confirmations(self, source: str) -> int:
        """Take every document of a source as new: its next listing pushes it again."""
        with self._db.begin():
            return self._db.execute(
                text(
                    "UPDATE documents SET version=NULL, fingerprint=NULL WHERE target=:target AND source=:source AND state!='removed'"
                ),
                {"target": self._target, "source": source},
            ).rowcount

    def confirmed_ids(self) -> Iterator[str]:
        """Walk the ids of what the target has confirmed."""
        last = ""
        while True:
            rows = self._all(
                "SELECT id FROM documents WHERE target=:target AND fingerprint IS NOT NULL AND state!='removed' AND id>:last"
                " ORDER BY id LIMIT :chunk",
                last=last,
                chunk=CHUNK,
            )
            if not rows:
                return
            yield from (row[0] for row in rows)
            last = rows[-1][0]

    def sampled_ids(self, most: int) -> list[str]:
        """Choose ids at random of what the target has confirmed."""
        rows = self._all(
            "SELECT id FROM documents WHERE target=:target AND fingerprint IS NOT NULL AND state!='removed' ORDER BY random() LIMIT :most",
            most=most,
        )
        return [row[0] for row in rows]

    def fingerprints(self, ids: Sequence[str]) -> dict[str, tuple[bytes, str]]:
        """Confirmed fingerprint and title of each document."""
        rows = self._all(
            "SELECT id, fingerprint, title FROM documents WHERE target=:target AND id IN (SELECT value FROM json_each(:ids))",
            ids=_json(ids),
        )
        return {row[0]: (row[1], row[2]) for row in rows}

    def forget_confirmation_of(self, ids: Sequence[str]) -> None:
        """Take single documents as new: their next listing pushes them again."""
        self._many(
            "UPDATE documents SET version=NULL, fingerprint=NULL WHERE target=:target AND id=:id",
            [{"id": identifier} for identifier in ids],
        )

    def due_again(self, *, now: float) -> list[str]:
        """Ids whose removal is to be repeated, because a lost call may have undone it."""
        return [
            row[0]
            for row in self._all(
                "SELECT id FROM documents WHERE target=:target AND redo_after IS NOT NULL AND redo_after<=:now AND state='removed'",
                now=now,
            )
        ]

    # -- narrowing ----------------------------------------------------------------------------

    def audiences_in(self, room: str) -> dict[bytes, Audience]:
        """The different audiences that the confirmed documents of a room have."""
        rows = self._all(
            "SELECT a.digest, a.identities, a.public FROM audiences a WHERE a.digest IN"
            " (SELECT DISTINCT audience FROM documents WHERE target=:target AND room=:room AND audience IS NOT NULL AND state!='removed')",
            room=room,
        )
        return {
            row[0]: Audience(tuple(msgspec.json.decode(row[1], type=list[str])), public=bool(row[2]))
            for row in rows
        }

    def audience_of(self, identifier: str) -> Audience | None:
        """The audience a document was last accepted with; None when it never was."""
        rows = self._all(
            "SELECT a.identities, a.public FROM documents d JOIN audiences a ON a.digest=d.audience WHERE d.target=:target AND d.id=:id",
            id=identifier,
        )
        if not rows:
            return None
        return Audience(tuple(msgspec.json.decode(rows[0][0], type=list[str])), public=bool(rows[0][1]))

    # -- presence -----------------------------------------------------------------------------

    def found(self, items: Sequence[tuple[str, str, str]]) -> None:
        """
        Note where items were listed: (id, container, room). What was missing or held is there again.

        What is held for its audience stays so: that it is listed says nothing of who may see it.
        """
        self._many(
            """
            UPDATE documents SET container=:container, room=:room, missing_run=NULL, missing_why='',
                   held_run=CASE WHEN held_why LIKE 'audience-%' THEN held_run ELSE NULL END,
                   held_why=CASE WHEN held_why LIKE 'audience-%' THEN held_why ELSE '' END,
                   kept=kept AND held_why LIKE 'audience-%',
                   state=CASE WHEN state='held' AND held_why NOT LIKE 'audience-%' THEN 'live' ELSE state END
            WHERE target=:target AND id=:id
            """,
            [
                {"id": identifier, "container": container, "room": room}
                for identifier, container, room in items
            ],
        )

    def miss(self, ids: Sequence[str], *, run: int, why: str) -> None:
        """Note that a complete listing lacked these documents."""
        self._many(_MISS, [{"id": identifier, "run": run, "why": why} for identifier in ids])

    def miss_below(self, container: str, *, run: int, why: str) -> None:
        """Note that everything listed below a container goes with it; what was listed elsewhere meanwhile is not below it any more."""
        self._run(
            """
            WITH RECURSIVE below(id) AS (
                SELECT id FROM documents WHERE target=:target AND container=:container
                UNION SELECT d.id FROM documents d JOIN below b ON d.container=b.id WHERE d.target=:target
            )
            UPDATE documents SET missing_run=COALESCE(missing_run, :run), missing_why=:why
            WHERE target=:target AND id IN (SELECT id FROM below) AND state!='removed'
            """,
            container=container,
            run=run,
            why=why,
        )

    def miss_unlisted(self, source: str, *, run: int) -> None:
        """Note as missing what stands in containers that no complete listing of this run reached."""
        self._run(
            """
            UPDATE documents SET missing_run=COALESCE(missing_run, :run), missing_why=CASE WHEN missing_why='' THEN 'absent' ELSE missing_why END
            WHERE target=:target AND source=:source AND container!='' AND state IN ('live', 'new', 'held') AND missing_run IS NULL
              AND room IN (SELECT key FROM rooms WHERE target=:target AND source=:source AND complete_run=:run)
              AND container NOT IN (SELECT id FROM containers WHERE target=:target AND source=:source AND seen_run=:run)
            """,
            source=source,
            run=run,
        )

    def missing(self, source: str, *, run: int) -> Iterator[Standing]:
        """Walk what the complete listings of this run lacked, children after their parents; held ones are not repeated."""
        last = ("", "")
        while True:
            rows = self._all(
                f"""
                SELECT {_STANDING} FROM documents
                WHERE target=:target AND source=:source AND missing_run IS NOT NULL AND state IN ('live', 'new')
                  AND room IN (SELECT key FROM rooms WHERE target=:target AND source=:source AND complete_run=:run)
                  AND (path>:path OR (path=:path AND id>:id))
                ORDER BY path, id LIMIT :chunk
                """,
                source=source,
                run=run,
                path=last[0],
                id=last[1],
                chunk=CHUNK,
            )
            if not rows:
                return
            yield from (_standing(row) for row in rows)
            last = (rows[-1][8], rows[-1][0])

    def count_missing(self, source: str, *, run: int) -> int:
        """Count what the complete listings of this run lacked."""
        return int(
            self._one(
                "SELECT count(*) FROM documents WHERE target=:target AND source=:source AND missing_run IS NOT NULL"
                " AND state IN ('live', 'new')"
                " AND room IN (SELECT key FROM rooms WHERE target=:target AND source=:source AND complete_run=:run)",
                source=source,
                run=run,
            )
            or 0
        )

    def rooms_of(self, source: str) -> list[str]:
        """Ids of a source's confirmed room documents."""
        rows = self._all(
            "SELECT id FROM documents WHERE target=:target AND source=:source AND container='' AND fingerprint IS NOT NULL"
            " AND state IN ('live', 'held') ORDER BY id",
            source=source,
        )
        return [row[0] for row in rows]

    def siblings(self, container: str, *, kind: str, name: str, besides: str) -> list[str]:
        """Ids of live documents of the same name and kind in the same container."""
        rows = self._all(
            "SELECT id, title FROM documents WHERE target=:target AND container=:container AND kind=:kind AND id!=:besides"
            " AND state='live' AND missing_run IS NULL",
            container=container,
            kind=kind,
            besides=besides,
        )
        return [row[0] for row in rows if row[1].casefold() == name.casefold()]

    def blocked_by_children(self, ids: Sequence[str], going: set[str]) -> set[str]:
        """Which documents a live document's confirmed path runs through, apart from those that go as well."""
        blocked = set()
        for identifier in ids:
            path: str | None = self._one(
                "SELECT path FROM documents WHERE target=:target AND id=:id", id=identifier
            )
            if not path:
                continue
            rows = self._all(
                "SELECT id FROM documents WHERE target=:target AND path>:path AND path<:end AND state!='removed'",
                path=path,
                end=path[:-1] + "0",
            )
            if any(row[0] not in going for row in rows):
                blocked.add(identifier)
        return blocked

    # -- removals -----------------------------------------------------------------------------

    def hold(self, items: Sequence[tuple[str, str]], *, run: int) -> None:
        """Hold documents by name: (id, why)."""
        self._many(
            "UPDATE documents SET state='held', held_run=COALESCE(held_run, :run), held_why=:why WHERE target=:target AND id=:id",
            [{"id": identifier, "why": why, "run": run} for identifier, why in items],
        )

    def hold_below(self, container: str, *, run: int, why: str) -> None:
        """Hold everything listed below a container."""
        self._run(
            """
            WITH RECURSIVE below(id) AS (
                SELECT id FROM documents WHERE target=:target AND container=:container
                UNION SELECT d.id FROM documents d JOIN below b ON d.container=b.id WHERE d.target=:target
            )
            UPDATE documents SET state='held', held_run=COALESCE(held_run, :run), held_why=:why
            WHERE target=:target AND id IN (SELECT id FROM below) AND state IN ('live', 'new')
            """,
            container=container,
            run=run,
            why=why,
        )

    def hold_room(self, source: str, room: str, *, run: int, why: str) -> int:
        """Hold every document of a room; says how many are held now that were not before."""
        return self._run(
            "UPDATE documents SET state='held', held_run=:run, held_why=:why"
            " WHERE target=:target AND source=:source AND room=:room AND state IN ('live', 'new')",
            source=source,
            room=room,
            run=run,
            why=why,
        )

    def hold_source(self, source: str, *, run: int, why: str) -> int:
        """Hold every document of a source."""
        return self._run(
            "UPDATE documents SET state='held', held_run=:run, held_why=:why"
            " WHERE target=:target AND source=:source AND state IN ('live', 'new')",
            source=source,
            run=run,
            why=why,
        )

    def release_room(self, source: str, room: str) -> int:
        """Take the documents of a room that is listed again out of being held."""
        return self._run(
            "UPDATE documents SET state='live', held_run=NULL, held_why='', kept=false, missing_run=NULL, missing_why=''"
            " WHERE target=:target AND source=:source AND room=:room AND state='held' AND held_why LIKE 'room-%'",
            source=source,
            room=room,
        )

    def keep(self, *, up_to_run: int) -> int:
        """Acknowledge what was held up to a run: it stays, and changes no outcome any more."""
        return self._run(
            "UPDATE documents SET kept=true WHERE target=:target AND state='held' AND held_run<=:run",
            run=up_to_run,
        )

    def held(self, *, up_to_run: int | None = None, limit: int = -1) -> list[Standing]:
        """List what is held, children after their parents."""
        more = " AND held_run<=:run" if up_to_run is not None else ""
        rows = self._all(
            f"SELECT {_STANDING} FROM documents WHERE target=:target AND state='held'{more} ORDER BY path, id LIMIT :limit",
            run=up_to_run,
            limit=limit,
        )
        return [_standing(row) for row in rows]

    def held_counts(self) -> dict[tuple[str, bool], int]:
        """Count what is held, by reason and whether it was acknowledged."""
        return {
            (row[0], bool(row[1])): row[2]
            for row in self._all(
                "SELECT held_why, kept, count(*) FROM documents WHERE target=:target AND state='held' GROUP BY held_why, kept"
            )
        }

    def intend_deletions(self, ids: Sequence[str], *, run: int, now: float) -> None:
        """Record what is about to be deleted."""
        self._many(
            "UPDATE documents SET intent='delete', intent_run=:run, intent_at=:now WHERE target=:target AND id=:id",
            [{"id": identifier, "run": run, "now": now} for identifier in ids],
        )

    def confirm_deletions(
        self, ids: Sequence[str], *, run: int, now: float, approved: bool, why: dict[str, str]
    ) -> None:
        """Remember what the target deleted; a row stays while a lost call may still bring the document back."""
        rows = [
            {
                "target": self._target,
                "id": i,
                "run": run,
                "now": now,
                "approved": approved,
                "why": why.get(i, ""),
            }
            for i in ids
        ]
        if not rows:
            return
        with self._db.begin():
            self._db.execute(
                text(
                    "INSERT INTO removals (target, source, id, title, run, at, approved, why)"
                    " SELECT target, source, id, title, :run, :now, :approved, :why FROM documents WHERE target=:target AND id=:id AND state!='removed'"
                ),
                rows,
            )
            for statement in _FORGET:
                self._db.execute(statement, rows)

    def removed_since(self, since: float) -> int:
        """Count the removals since a time that no person approved."""
        return int(
            self._one(
                "SELECT count(*) FROM removals WHERE target=:target AND at>=:since AND approved=false",
                since=since,
            )
            or 0
        )

    def removed_after_run(self, source: str, run: int) -> int:
        """Count a source's removals since a run, approved or not."""
        return int(
            self._one(
                "SELECT count(*) FROM removals WHERE target=:target AND source=:source AND run>:run",
                source=source,
                run=run,
            )
            or 0
        )

    def marker(self, source: str) -> str | None:
        """Id of the room document that carries the ledger's note for a source."""
        value: str | None = self._one(
            "SELECT id FROM documents WHERE target=:target AND source=:source AND container='' AND fingerprint IS NOT NULL"
            " AND state IN ('live', 'held') ORDER BY id LIMIT 1",
            source=source,
        )
        return value

    def confirmed(self, source: str) -> int:
        """Count a source's documents that the target has accepted."""
        return int(
            self._one(
                "SELECT count(*) FROM documents WHERE target=:target AND source=:source AND state!='removed' AND fingerprint IS NOT NULL",
                source=source,
            )
            or 0
        )

    def accepted(self, run: int, source: str) -> int:
        """Count a source's documents that this run's session accepted."""
        return int(
            self._one(
                "SELECT count(*) FROM documents WHERE target=:target AND source=:source AND session_run=:run",
                source=source,
                run=run,
            )
            or 0
        )

    # -- sessions -----------------------------------------------------------------------------

    def not_accepted(self, run: int) -> int:
        """Count what is, or may be, in the target and was not accepted in this run's session."""
        return int(
            self._one(
                "SELECT count(*) FROM documents WHERE target=:target AND state!='removed' AND session_run!=:run",
                run=run,
            )
            or 0
        )

    def unaccepted(self, run: int, *, source: str) -> Iterator[tuple[Standing, Body]]:
        """Walk the documents with a body that this run's session has not seen yet, parents first."""
        last = ("", "")
        while True:
            rows = self._all(
                f"SELECT {_STANDING_D}, b.body, b.text, b.text_key, d.without_text FROM documents d JOIN bodies b ON b.target=d.target AND b.id=d.id"
                " WHERE d.target=:target AND d.source=:source AND d.session_run!=:run AND d.state!='removed'"
                " AND (d.path>:path OR (d.path=:path AND d.id>:id)) ORDER BY d.path, d.id LIMIT :chunk",
                source=source,
                run=run,
                path=last[0],
                id=last[1],
                chunk=CHUNK,
            )
            if not rows:
                return
            for row in rows:
                yield _standing(row), Body(*row[-4:])
            last = (rows[-1][8], rows[-1][0])

    # -- containers ---------------------------------------------------------------------------

    def see_containers(self, rows: Sequence[dict[str, Any]]) -> None:
        """Note complete listings: dicts of id, source, room, run, proven."""
        self._many(
            """
            INSERT INTO containers (target, id, source, room, seen_run, proven) VALUES (:target, :id, :source, :room, :run, :proven)
            ON CONFLICT (target, id) DO UPDATE SET room=:room, seen_run=:run, proven=:proven
            """,
            list(rows),
        )

    def proven(self, container: str) -> bytes | None:
        """Fingerprint of the listing whose end was proven last; None when there is none."""
        value: bytes | None = self._one(
            "SELECT proven FROM containers WHERE target=:target AND id=:id", id=container
        )
        return value

    # -- plumbing -----------------------------------------------------------------------------

    def _all(self, statement: str, **values: Any) -> Sequence[Any]:
        return self._driver.execute(statement, {"target": self._target, **values}).fetchall()

    def _one(self, statement: str, **values: Any) -> Any:
        rows = self._all(statement, **values)
        return rows[0][0] if rows else None

    def _run(self, statement: str, **values: Any) -> int:
        with self._db.begin():
            return self._db.execute(text(statement), {"target": self._target, **values}).rowcount

    def _many(self, statement: str, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        for row in rows:
            row["target"] = self._target
        with self._db.begin():
            self._db.exec_driver_sql(statement, rows)


_STANDING = "id, native, source, room, container, kind, title, url, path, state, missing_run, missing_why, held_why, fingerprint IS NOT NULL"
_STANDING_D = ", ".join(f"d.{column.strip()}" for column in _STANDING.split(","))

_CONFIRM = """
    UPDATE documents SET source=:source, kind=:kind, title=:title, url=:url,
        state=CASE WHEN state='held' AND (NOT :present OR held_why LIKE 'audience-%') THEN 'held' ELSE 'live' END, version=:version, fingerprint=:fingerprint, audience=:audience, rules=:rules,
        pushed_run=:run, pushed_at=:now, session_run=:session_run, backfill=:backfill, without_text=:without_text,
        missing_run=CASE WHEN :present THEN NULL ELSE missing_run END,
        missing_why=CASE WHEN :present THEN '' ELSE missing_why END,
        held_run=CASE WHEN :present AND held_why NOT LIKE 'audience-%' THEN NULL ELSE held_run END,
        held_why=CASE WHEN :present AND held_why NOT LIKE 'audience-%' THEN '' ELSE held_why END,
        kept=CASE WHEN :present AND held_why NOT LIKE 'audience-%' THEN false ELSE kept END,
        intent=NULL, intent_run=NULL, intent_at=NULL,
        lost=CASE WHEN redo_after<=:now OR lost=:fingerprint THEN NULL ELSE lost END,
        redo_after=CASE WHEN redo_after<=:now OR lost=:fingerprint THEN NULL ELSE redo_after END
    WHERE target=:target AND id=:id
"""
_PLACE = """
    UPDATE documents SET native=:native, room=:room, container=:container, path=:path WHERE target=:target AND id=:id
"""
_CONFIRM_BODY = (
    "INSERT INTO bodies (target, id, body, text, text_key) VALUES (:target, :id, :body, :text, :text_key)"
    " ON CONFLICT (target, id) DO UPDATE SET body=:body, text=:text, text_key=:text_key"
)
_RELEASE = "DELETE FROM quarantine WHERE target=:target AND id=:id AND :present"
_REMEMBER_AUDIENCE = text(
    "INSERT INTO audiences (digest, identities, public) VALUES (:digest, :identities, :public) ON CONFLICT (digest) DO NOTHING"
)
_LOSE = """
    UPDATE documents SET redo_after=MAX(COALESCE(redo_after, 0), :until), intent=NULL, intent_run=NULL, intent_at=NULL,
        lost=CASE WHEN lost IS NULL OR lost=:lost THEN :lost ELSE x'3F' END
    WHERE target=:target AND id=:id
"""
_MISS = """
    UPDATE documents SET missing_run=COALESCE(missing_run, :run), missing_why=:why WHERE target=:target AND id=:id
"""
_FORGET = (
    text(
        "DELETE FROM grants WHERE (source, native) IN (SELECT source, native FROM documents WHERE target=:target AND id=:id)"
    ),
    text(
        "UPDATE documents SET state='removed', fingerprint=NULL, version=NULL, intent=NULL WHERE target=:target AND id=:id"
    ),
    text(
        "DELETE FROM documents WHERE target=:target AND id=:id AND (redo_after IS NULL OR redo_after<=:now)"
    ),
    text("DELETE FROM bodies WHERE target=:target AND id=:id"),
    text("DELETE FROM containers WHERE target=:target AND id=:id"),
    text("DELETE FROM quarantine WHERE target=:target AND id=:id"),
)


def _json(ids: Sequence[str]) -> str:
    """Many ids as one value: a statement with as many parameters as ids would be compiled anew for each number."""
    return msgspec.json.encode(ids).decode()


def _known(row: Any) -> Known:
    return Known(
        id=row[0],
        version=row[1],
        fingerprint=row[2],
        container=row[3],
        state=row[4],
        missing_run=row[5],
        pushed_run=row[6],
        session_run=row[7],
        backfill=row[8],
        redo_after=row[9],
        rules=row[10],
        audience=row[11],
        path=row[12],
    )


def _standing(row: Any) -> Standing:
    return Standing(
        id=row[0],
        native=row[1],
        source=row[2],
        room=row[3],
        container=row[4],
        kind=row[5],
        title=row[6],
        url=row[7],
        path=row[8],
        state=row[9],
        missing_run=row[10],
        missing_why=row[11],
        held_why=row[12],
        confirmed=bool(row[13]),
    )


def standing_columns(alias: str) -> str:
    """The columns that `read_standing` reads, of a table by its alias."""
    return ", ".join(f"{alias}.{column.strip()}" for column in _STANDING.split(","))


def read_standing(row: Any) -> Standing:
    """Read a document of a row that begins with `standing_columns`."""
    return _standing(row)
