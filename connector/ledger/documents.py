"""
What the ledger says of documents: set-based SQL, no set of ids in memory.

A document's life: new -> live -> (held) -> gone; the row stays as `removed` while a lost call may still undo the removal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import text

from connector.document.audience import Audience
from connector.document.document import Known
from connector.ledger.part import CHUNK, as_json
from connector.ledger.presence import Presence
from connector.ledger.pushes import Pushes
from connector.ledger.removals import Removals
from connector.ledger.rows import (
    KNOWN,
    STANDING,
    STANDING_D,
    Body,
    Standing,
    place_of,
    read_known,
    read_standing,
)


class Documents(Pushes, Presence, Removals):
    """The documents of one target."""

    def known_in(self, container: str, source: str) -> dict[str, Known]:
        """Find the documents last listed in one container, by id."""
        rows = self._all(
            # without statistics SQLite takes every document of the target for the shorter way
            f"SELECT {KNOWN} FROM documents INDEXED BY documents_container"
            " WHERE target=:target AND container=:container AND source=:source AND state!='removed'",
            container=container,
            source=source,
        )
        return {row[0]: read_known(row) for row in rows}

    def filled(self, containers: Sequence[str], source: str) -> set[str]:
        """Tell which of some containers held documents when they were last listed."""
        found: set[str] = set()
        for start in range(0, len(containers), CHUNK):
            rows = self._all(
                "SELECT DISTINCT container FROM documents INDEXED BY documents_container"
                " WHERE target=:target AND container IN (SELECT value FROM json_each(:ids)) AND source=:source AND state!='removed'",
                ids=as_json(containers[start : start + CHUNK]),
                source=source,
            )
            found.update(row[0] for row in rows)
        return found

    def known(self, ids: Sequence[str]) -> dict[str, Known]:
        """Find documents by id."""
        found: dict[str, Known] = {}
        for start in range(0, len(ids), CHUNK):
            rows = self._all(
                f"SELECT {KNOWN} FROM documents WHERE target=:target AND id IN (SELECT value FROM json_each(:ids))",
                ids=as_json(ids[start : start + CHUNK]),
            )
            found.update((row[0], read_known(row)) for row in rows)
        return found

    def standing(self, ids: Sequence[str]) -> dict[str, Standing]:
        """Find documents by id, as removals need them."""
        found: dict[str, Standing] = {}
        for start in range(0, len(ids), CHUNK):
            rows = self._all(
                f"SELECT {STANDING} FROM documents WHERE target=:target AND id IN (SELECT value FROM json_each(:ids))",
                ids=as_json(ids[start : start + CHUNK]),
            )
            found.update((row[0], read_standing(row)) for row in rows)
        return found

    def find(self, words: str) -> list[Standing]:
        """Find documents by GloballyUniqueId or by the source's own id."""
        rows = self._all(
            f"SELECT {STANDING} FROM documents WHERE target=:target AND (id=:words OR id=:lower OR native=:words OR native=:lower)",
            words=words,
            lower=words.lower(),
        )
        return [read_standing(row) for row in rows]

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
            "SELECT b.body, b.text, b.text_key, d.without_text, b.hidden FROM bodies b JOIN documents d ON d.number=b.document"
            " WHERE d.target=:target AND d.id=:id",
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

    def counts_by_room(self) -> dict[tuple[str, str], int]:
        """Count what is, or may be, in the target, by source and room."""
        return {
            (row[0], row[1]): row[2]
            for row in self._all(
                "SELECT source, room, count(*) FROM documents WHERE target=:target AND state!='removed' GROUP BY source, room"
            )
        }

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
            "SELECT count(*) FROM documents d JOIN bodies b ON b.document=d.number"
            " WHERE d.target=:target AND b.text_key!='' AND d.without_text='' AND d.state!='removed'"
        )
        return int(having or 0), without

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
            ids=as_json(ids),
        )
        return {row[0]: (row[1], row[2]) for row in rows}

    def audiences_in(self, source: str, room: str) -> dict[bytes, Audience]:
        """The different audiences that the confirmed documents of a room have; two sources may call rooms alike."""
        rows = self._all(
            "SELECT a.digest, a.identities, a.public FROM audiences a WHERE a.digest IN"
            " (SELECT DISTINCT audience FROM documents WHERE target=:target AND source=:source AND room=:room"
            " AND audience IS NOT NULL AND state!='removed')",
            source=source,
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

    def rooms_of(self, source: str) -> list[str]:
        """Ids of a source's confirmed room documents."""
        rows = self._all(
            "SELECT id FROM documents INDEXED BY documents_container WHERE target=:target AND source=:source AND container=''"
            " AND fingerprint IS NOT NULL AND state IN ('live', 'held') ORDER BY id",
            source=source,
        )
        return [row[0] for row in rows]

    def carriers(self, source: str, *, each: int) -> list[str]:
        """Ids of the first confirmed documents of each scope, for a source without room documents; the first of all first."""
        rows = self._all(
            "SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY room ORDER BY id) AS place FROM documents"
            " WHERE target=:target AND source=:source AND fingerprint IS NOT NULL AND state IN ('live', 'held'))"
            " WHERE place<=:each ORDER BY place, id",
            source=source,
            each=each,
        )
        return [row[0] for row in rows]

    def marker(self, source: str) -> str | None:
        """Id of the room document that carries the ledger's note for a source."""
        value: str | None = self._one(
            "SELECT id FROM documents INDEXED BY documents_container WHERE target=:target AND source=:source AND container=''"
            " AND fingerprint IS NOT NULL AND state IN ('live', 'held') ORDER BY id LIMIT 1",
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
                f"SELECT {STANDING_D}, b.body, b.text, b.text_key, d.without_text, b.hidden FROM documents d JOIN bodies b ON b.document=d.number"
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
                yield read_standing(row), Body(*row[-5:])
            last = place_of(rows[-1])
