"""Where documents were listed, which were missing, and which are held although they seem to go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connector.ledger.part import CHUNK, Part, as_json
from connector.ledger.rows import STANDING, Standing, place_of, read_standing

_MISS = """
    UPDATE documents SET missing_run=COALESCE(missing_run, :run), missing_why=:why, noted_run=:run,
        lacked_run=CASE WHEN :witness THEN COALESCE(lacked_run, :run) ELSE lacked_run END WHERE target=:target AND id=:id
"""


class Presence(Part):
    """What complete listings said."""

    def found(self, items: Sequence[tuple[str, str, str, str]]) -> None:
        """
        Note where items were listed: (id, container, room, another container that listed it in this run or nothing).

        What was missing or held is there again. What is held for its audience stays so: that it is listed says nothing
        of who may see it.
        """
        self._many(
            """
            UPDATE documents SET container=:container, room=:room, missing_run=NULL, missing_why='',
                   noted_run=NULL, lacked_run=NULL, gone_run=NULL,
                   also=CASE WHEN :also!='' OR container!=:container THEN :also ELSE also END,
                   held_run=CASE WHEN held_why LIKE 'audience-%' THEN held_run ELSE NULL END,
                   held_why=CASE WHEN held_why LIKE 'audience-%' THEN held_why ELSE '' END,
                   kept=kept AND held_why LIKE 'audience-%',
                   state=CASE WHEN state='held' AND held_why NOT LIKE 'audience-%' THEN 'live' ELSE state END
            WHERE target=:target AND id=:id
            """,
            [
                {"id": identifier, "container": container, "room": room, "also": also}
                for identifier, container, room, also in items
            ],
        )

    def miss(self, ids: Sequence[str], *, run: int, why: str, witness: bool = False) -> None:
        """
        Note that a complete listing lacked these documents.

        Args:
            witness: whether that listing can be relied on in what it lacks.
        """
        self._many(
            _MISS, [{"id": identifier, "run": run, "why": why, "witness": witness} for identifier in ids]
        )

    def gone(self, ids: Sequence[str], *, run: int) -> None:
        """Note what was asked for and is gone where it stood, while nobody can tell whether it stands elsewhere."""
        self._many(
            "UPDATE documents SET gone_run=COALESCE(gone_run, :run) WHERE target=:target AND id=:id",
            [{"id": identifier, "run": run} for identifier in ids],
        )

    def answers(self, identifier: str) -> None:
        """Note that what was asked for is there."""
        self._run("UPDATE documents SET gone_run=NULL WHERE target=:target AND id=:id", id=identifier)

    def miss_below(self, container: str, *, run: int, why: str) -> None:
        """Note that everything listed below a container goes with it; what was listed elsewhere meanwhile is not below it any more."""
        self._run(
            """
            WITH RECURSIVE below(id) AS (
                SELECT id FROM documents WHERE target=:target AND container=:container
                UNION SELECT d.id FROM documents d JOIN below b ON d.container=b.id WHERE d.target=:target
            )
            UPDATE documents SET missing_run=COALESCE(missing_run, :run), missing_why=:why, noted_run=:run
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
            UPDATE documents SET missing_run=:run, missing_why='absent', noted_run=:run
            WHERE target=:target AND source=:source AND container!='' AND state IN ('live', 'new', 'held') AND missing_run IS NULL
              AND room IN (SELECT key FROM rooms WHERE target=:target AND source=:source AND complete_run=:run)
              AND container NOT IN (SELECT id FROM containers WHERE target=:target AND source=:source AND seen_run=:run)
            """,
            source=source,
            run=run,
        )

    def missing(self, source: str, *, run: int) -> Iterator[Standing]:
        """Walk what the complete listings of this run lacked, children after their parents; held ones are not repeated."""
        if not self._all("SELECT 1 FROM documents WHERE target=:target AND missing_run IS NOT NULL LIMIT 1"):
            return  # most runs: the statement below follows the order of paths and would look at every document
        last = ("", "")
        while True:
            rows = self._all(
                f"""
                SELECT {STANDING} FROM documents
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
            yield from (read_standing(row) for row in rows)
            last = place_of(rows[-1])

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

    # -- holding ------------------------------------------------------------------------------

    def hold(self, items: Sequence[tuple[str, str]], *, run: int, note: str = "") -> None:
        """Hold documents by name: (id, why); the note is for the words."""
        self._many(
            "UPDATE documents SET state='held', held_run=COALESCE(held_run, :run), held_why=:why, held_note=:note"
            " WHERE target=:target AND id=:id",
            [{"id": identifier, "why": why, "run": run, "note": note} for identifier, why in items],
        )

    def release(self, source: str, *, why: str) -> None:
        """Let go of what was held for a reason that is no more, and that nobody decided about: it is as missing as before."""
        self._run(
            "UPDATE documents INDEXED BY documents_held SET state='live', held_run=NULL, held_why='', held_note=''"
            " WHERE target=:target AND held_run IS NOT NULL AND source=:source AND state='held' AND held_why=:why AND kept=false",
            source=source,
            why=why,
        )

    def hold_below(self, container: str, *, run: int, why: str) -> None:
        """Hold everything listed below a container."""
        self._run(
            """
            WITH RECURSIVE below(id) AS (
                SELECT id FROM documents WHERE target=:target AND container=:container
                UNION SELECT d.id FROM documents d JOIN below b ON d.container=b.id WHERE d.target=:target
            )
            UPDATE documents SET state='held', held_run=COALESCE(held_run, :run), held_why=:why, held_note=''
            WHERE target=:target AND id IN (SELECT id FROM below) AND state IN ('live', 'new')
            """,
            container=container,
            run=run,
            why=why,
        )

    def hold_room(self, source: str, room: str, *, run: int, why: str) -> int:
        """Hold every document of a room; says how many are held now that were not before."""
        return self._run(
            "UPDATE documents SET state='held', held_run=:run, held_why=:why, held_note=''"
            " WHERE target=:target AND source=:source AND room=:room AND state IN ('live', 'new')",
            source=source,
            room=room,
            run=run,
            why=why,
        )

    def hold_source(self, source: str, *, run: int, why: str) -> int:
        """Hold every document of a source."""
        return self._run(
            "UPDATE documents SET state='held', held_run=:run, held_why=:why, held_note=''"
            " WHERE target=:target AND source=:source AND state IN ('live', 'new')",
            source=source,
            run=run,
            why=why,
        )

    def release_room(self, source: str, room: str) -> int:
        """Take the documents of a room that is listed again out of being held."""
        return self._run(
            "UPDATE documents SET state='live', held_run=NULL, held_why='', kept=false, missing_run=NULL, missing_why='',"
            " noted_run=NULL, lacked_run=NULL, gone_run=NULL"
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
            f"SELECT {STANDING} FROM documents INDEXED BY documents_held"
            f" WHERE target=:target AND held_run IS NOT NULL AND state='held'{more} ORDER BY path, id LIMIT :limit",
            run=up_to_run,
            limit=limit,
        )
        return [read_standing(row) for row in rows]

    def held_counts(self) -> dict[tuple[str, bool], int]:
        """Count what is held, by reason and whether it was acknowledged."""
        return {
            (row[0], bool(row[1])): row[2]
            for row in self._all(
                "SELECT held_why, kept, count(*) FROM documents WHERE target=:target AND held_run IS NOT NULL AND state='held'"
                " GROUP BY held_why, kept"
            )
        }

    # -- containers ---------------------------------------------------------------------------

    def see_containers(self, rows: Sequence[dict[str, Any]]) -> None:
        """Note complete listings: dicts of id, source, room, run, proven, unsteady."""
        self._many(
            """
            INSERT INTO containers (target, id, source, room, seen_run, proven, unsteady)
            VALUES (:target, :id, :source, :room, :run, :proven, :unsteady)
            ON CONFLICT (target, id) DO UPDATE SET room=:room, seen_run=:run, proven=:proven, unsteady=:unsteady
            """,
            list(rows),
        )

    def seen_now(self, containers: Sequence[str], *, run: int) -> set[str]:
        """Which of some containers this run has listed to the end."""
        rows = self._all(
            "SELECT id FROM containers WHERE target=:target AND id IN (SELECT value FROM json_each(:ids)) AND seen_run=:run",
            ids=as_json(list(containers)),
            run=run,
        )
        return {row[0] for row in rows}

    def is_witness(self, container: str, *, run: int) -> bool:
        """Whether this run's listing of a container can be relied on in what it lacks."""
        return bool(
            self._one(
                "SELECT 1 FROM containers WHERE target=:target AND id=:id AND seen_run=:run AND NOT unsteady",
                id=container,
                run=run,
            )
        )

    def is_container(self, identifier: str) -> bool:
        """Whether something stands in a document, or its children were ever listed."""
        return bool(
            self._one(
                "SELECT EXISTS (SELECT 1 FROM containers WHERE target=:target AND id=:id)"
                " OR EXISTS (SELECT 1 FROM documents WHERE target=:target AND container=:id)",
                id=identifier,
            )
        )

    def proven(self, container: str) -> bytes | None:
        """Fingerprint of the listing whose end was proven last; None when there is none."""
        value: bytes | None = self._one(
            "SELECT proven FROM containers WHERE target=:target AND id=:id", id=container
        )
        return value
