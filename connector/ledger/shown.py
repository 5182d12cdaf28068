"""Documents whose audience is to change: fewer people first, more people last or not without approval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from connector.document.audience import Audience
from connector.ledger.part import Part, as_json
from connector.ledger.rows import Body, Standing, read_standing, standing_columns

CHUNK = 200
_HELD_AS_LOST = "(d.state='held' AND d.held_why='audience-lost')"


class Shown(Part):
    """What is to be shown to other people than before, of one target."""

    # -- narrowings ---------------------------------------------------------------------------

    def clear_narrowings(self) -> None:
        """Begin anew: what an earlier run found out is found out again."""
        self._run("DELETE FROM narrowings WHERE target=:target")

    def confirmed(self, ids: Sequence[str]) -> dict[str, bytes]:
        """Digest of the audience that each of some documents was last accepted with."""
        rows = self._all(
            "SELECT id, audience FROM documents WHERE target=:target AND id IN (SELECT value FROM json_each(:ids))"
            " AND audience IS NOT NULL AND state!='removed'",
            ids=msgspec.json.encode(list(ids)).decode(),
        )
        return {row[0]: row[1] for row in rows}

    def audience(self, digest: bytes) -> Audience | None:
        """The audience of a digest."""
        rows = self._all("SELECT identities, public FROM audiences WHERE digest=:digest", digest=digest)
        return _audience(rows[0][0], rows[0][1]) if rows else None

    def remember(self, audience: Audience) -> bytes:
        """Keep an audience by its digest."""
        digest = audience.digest()
        self._run(
            "INSERT INTO audiences (digest, identities, public) VALUES (:digest, :identities, :public) ON CONFLICT (digest) DO NOTHING",
            digest=digest,
            identities=msgspec.json.encode(audience.identities).decode(),
            public=audience.public,
        )
        return digest

    def narrow(self, items: Sequence[tuple[str, bytes, str]]) -> None:
        """Note documents to be narrowed: (id, digest of the audience that was read, how)."""
        self._many(
            "INSERT INTO narrowings (target, id, audience, how) VALUES (:target, :id, :audience, :how)"
            " ON CONFLICT (target, id) DO UPDATE SET audience=:audience, how=:how",
            [{"id": i, "audience": digest, "how": how} for i, digest, how in items],
        )

    def narrow_room(self, source: str, room: str, had: bytes, *, audience: bytes, how: str) -> None:
        """Note every document of a room that has one audience."""
        self._run(
            "INSERT INTO narrowings (target, id, audience, how) SELECT target, id, :audience, :how FROM documents"
            " WHERE target=:target AND source=:source AND room=:room AND audience=:had AND state!='removed' ON CONFLICT (target, id) DO NOTHING",
            source=source,
            room=room,
            had=had,
            audience=audience,
            how=how,
        )

    def note_names(self, items: Sequence[tuple[str, bytes, str]]) -> None:
        """Note documents whose breadcrumb is to change: (id, digest of the audience it has, how); a narrowing changes it, too."""
        self._many(
            "INSERT INTO narrowings (target, id, audience, how) VALUES (:target, :id, :audience, :how)"
            " ON CONFLICT (target, id) DO NOTHING",
            [{"id": i, "audience": digest, "how": how} for i, digest, how in items],
        )

    def containers(self, ids: Sequence[str]) -> dict[str, tuple[str, bool]]:
        """The source's own id of each of some documents, and whether it is public."""
        rows = self._all(
            "SELECT d.id, d.native, COALESCE(a.public, false) FROM documents d LEFT JOIN audiences a ON a.digest=d.audience"
            " WHERE d.target=:target AND d.id IN (SELECT value FROM json_each(:ids))",
            ids=as_json(ids),
        )
        return {row[0]: (row[1], bool(row[2])) for row in rows}

    def below(self, source: str, natives: Sequence[str]) -> Iterator[tuple[Standing, Body, bytes]]:
        """Walk the confirmed documents below some containers, with the digest of their audience."""
        paths = [
            row[0]
            for row in self._all(
                "SELECT path FROM documents WHERE target=:target AND source=:source AND native IN (SELECT value FROM json_each(:natives))"
                " AND path!='' ORDER BY path",
                source=source,
                natives=as_json(natives),
            )
        ]
        walked = ""
        for path in paths:
            if walked and path.startswith(walked):
                continue  # what is below it was walked with what is above it
            walked, last = path, path
            while True:
                rows = self._all(
                    f"SELECT {standing_columns('d')}, d.audience, b.body, b.text, b.text_key, d.without_text, b.hidden"
                    " FROM documents d JOIN bodies b ON b.document=d.number WHERE d.target=:target AND d.path>:last AND d.path<:end"
                    " AND d.audience IS NOT NULL AND d.state!='removed' ORDER BY d.path LIMIT :chunk",
                    last=last,
                    end=path[:-1] + "0",
                    chunk=CHUNK,
                )
                for row in rows:
                    yield read_standing(row), Body(*row[-5:]), row[-6]
                if len(rows) < CHUNK:
                    break
                last = rows[-1][8]

    def count_narrowings(self) -> dict[str, dict[tuple[str, str], int]]:
        """Count what is to be narrowed, by how, then by source and room; what is held already is not counted again."""
        counts: dict[str, dict[tuple[str, str], int]] = {}
        for how, source, room, count in self._all(
            "SELECT n.how, d.source, d.room, count(*) FROM narrowings n JOIN documents d ON d.target=n.target AND d.id=n.id"
            f" WHERE n.target=:target AND NOT {_HELD_AS_LOST} GROUP BY n.how, d.source, d.room"
        ):
            counts.setdefault(how, {})[source, room] = count
        return counts

    def narrowings(self, how: str) -> Iterator[tuple[Standing, Body | None, Audience, Audience]]:
        """Walk what is to be narrowed, parents first: document, body, the audience it has, the one that was read."""
        yield from self._walk("narrowings", f"n.how=:how AND NOT {_HELD_AS_LOST}", how=how)

    def unclear(self) -> Iterator[tuple[Standing, Body | None, Audience, Audience]]:
        """Walk what more people were to see, in a push without an answer: the target may have the wider audience."""
        yield from self._walk(
            "widenings",
            "d.redo_after IS NOT NULL AND d.state IN ('live', 'held') AND (d.lost IS NULL OR d.lost NOT IN (x'', d.fingerprint))",
        )

    def empties(self, how: str) -> list[str]:
        """Ids of the documents that a kind of narrowing would leave to nobody."""
        return [
            row[0]
            for row in self._all(
                "SELECT n.id FROM narrowings n JOIN documents d ON d.target=n.target AND d.id=n.id"
                " WHERE n.target=:target AND n.how=:how AND d.state IN ('live', 'new') ORDER BY n.id",
                how=how,
            )
        ]

    def emptied(self) -> dict[tuple[str, str], int]:
        """Count the documents that are to be left to nobody and are not yet, by source and room."""
        rows = self._all(
            # CROSS JOIN: in this order, since there are mostly none
            "SELECT d.source, d.room, count(*) FROM narrowings n CROSS JOIN documents d ON d.target=n.target AND d.id=n.id"
            " WHERE n.target=:target AND n.how='empty' AND n.audience!=d.audience AND d.state!='removed'"
            f" AND NOT {_HELD_AS_LOST} GROUP BY d.source, d.room"
        )
        return {(row[0], row[1]): row[2] for row in rows}

    def refused(self, *, now: float) -> Iterator[tuple[Standing, Body | None, Audience, Audience]]:
        """Walk what was to be narrowed and was refused by the target, parents first; the audiences may have met since."""
        yield from self._walk(
            "narrowings",
            f"n.how!='expired' AND n.audience!=d.audience AND NOT {_HELD_AS_LOST} AND (d.redo_after IS NULL OR d.redo_after<=:now)"
            " AND EXISTS (SELECT 1 FROM quarantine q WHERE q.target=d.target AND q.id=d.id AND q.reason='refused')",
            now=now,
        )

    def release_accepted(self, refused: Sequence[str]) -> None:
        """Let go of what was held because its narrower audience was refused, apart from what is refused still."""
        self._run(
            "UPDATE documents SET state='live', held_run=NULL, held_why='', kept=false WHERE target=:target AND held_run IS NOT NULL"
            " AND state='held' AND held_why='audience-refused' AND EXISTS (SELECT 1 FROM narrowings n WHERE n.target=documents.target AND n.id=documents.id)"
            " AND id NOT IN (SELECT value FROM json_each(:refused))",
            refused=msgspec.json.encode(list(refused)).decode(),
        )

    def lost(self, identifier: str) -> bool:
        """Whether a document turned out in this run to have no audience, or an unknown one for too long."""
        rows = self._all(
            "SELECT 1 FROM narrowings WHERE target=:target AND id=:id AND how IN ('empty', 'expired', 'replace')",
            id=identifier,
        )
        return bool(rows)

    def release_found(self, source: str, room: str) -> None:
        """Let go of what was held for having no audience, where it has one again."""
        self._run(
            "UPDATE documents INDEXED BY documents_held SET state='live', held_run=NULL, held_why='', kept=false"
            " WHERE target=:target AND held_run IS NOT NULL AND source=:source AND room=:room AND state='held' AND held_why LIKE 'audience-%' AND id NOT IN (SELECT id FROM narrowings WHERE target=:target"
            " AND (how IN ('empty', 'expired', 'replace') OR held_why='audience-refused'))",
            source=source,
            room=room,
        )

    # -- widenings ----------------------------------------------------------------------------

    def widen(self, items: Sequence[tuple[str, bytes]], *, run: int) -> None:
        """Note documents that more people may see: (id, digest of the audience that was read)."""
        self._many(
            "INSERT INTO widenings (target, id, audience, run, seen_run, state, kept) VALUES (:target, :id, :audience, :run, :run,"
            " 'pending', false) ON CONFLICT (target, id) DO UPDATE SET seen_run=:run,"
            " run=CASE WHEN audience=:audience THEN run ELSE :run END,"
            " state=CASE WHEN audience=:audience THEN state ELSE 'pending' END,"
            " kept=CASE WHEN audience=:audience THEN kept ELSE false END, audience=:audience",
            [{"id": i, "audience": digest, "run": run} for i, digest in items],
        )

    def settle_widenings(self, *, run: int, most: int) -> int:
        """
        Decide what may be shown to more people: all that is new, or none of it.

        Returns:
            How many are held that were not held before.
        """
        self._run(
            "DELETE FROM widenings WHERE target=:target AND (seen_run<:run AND EXISTS (SELECT 1 FROM documents d JOIN rooms r"
            " ON r.target=d.target AND r.source=d.source AND r.key=d.room WHERE d.target=widenings.target AND d.id=widenings.id"
            " AND r.complete_run=:run) OR NOT EXISTS (SELECT 1 FROM documents d WHERE d.target=widenings.target AND d.id=widenings.id"
            " AND d.state!='removed'))",
            run=run,
        )
        fresh = int(
            self._all(
                "SELECT count(*) FROM widenings WHERE target=:target AND seen_run=:run AND state='pending'",
                run=run,
            )[0][0]
        )
        if fresh <= most:
            return 0
        self._run(
            "UPDATE widenings SET state='held' WHERE target=:target AND seen_run=:run AND state='pending'",
            run=run,
        )
        return fresh

    def widenings(self, *, run: int) -> Iterator[tuple[Standing, Body | None, Audience, Audience]]:
        """Walk what may be shown to more people now, parents first."""
        yield from self._walk("widenings", "n.seen_run=:run AND n.state IN ('pending', 'approved')", run=run)

    def forget_widenings(self) -> None:
        """Take out what the target has confirmed."""
        self._run(
            "DELETE FROM widenings WHERE target=:target AND EXISTS (SELECT 1 FROM documents d WHERE d.target=widenings.target"
            " AND d.id=widenings.id AND d.audience=widenings.audience)"
        )

    def approve(self, *, up_to_run: int) -> int:
        """Let what was held up to a run be shown, as far as the same audience is read again."""
        return self._run(
            "UPDATE widenings SET state='approved' WHERE target=:target AND state='held' AND run<=:run",
            run=up_to_run,
        )

    def keep(self, *, up_to_run: int) -> int:
        """Acknowledge what was held up to a run: it changes no outcome any more."""
        return self._run(
            "UPDATE widenings SET kept=true WHERE target=:target AND state='held' AND run<=:run",
            run=up_to_run,
        )

    def held(self, *, up_to_run: int | None = None, limit: int = -1) -> list[tuple[str, str]]:
        """Id and title of what is held from being shown to more people."""
        more = " AND w.run<=:run" if up_to_run is not None else ""
        rows = self._all(
            "SELECT w.id, d.title FROM widenings w JOIN documents d ON d.target=w.target AND d.id=w.id"
            f" WHERE w.target=:target AND w.state='held'{more} ORDER BY w.id LIMIT :limit",
            limit=limit,
            **({"run": up_to_run} if up_to_run is not None else {}),
        )
        return [(row[0], row[1]) for row in rows]

    def held_counts(self) -> tuple[int, int]:
        """Count what is held: all, and those nobody acknowledged."""
        row = self._all(
            "SELECT count(*), COALESCE(SUM(kept=0), 0) FROM widenings WHERE target=:target AND state='held'"
        )[0]
        return int(row[0]), int(row[1])

    def waiting(self, identifier: str) -> tuple[Audience | None, str] | None:
        """The audience that one document waits for, and its state; None when it waits for none."""
        rows = self._all(
            "SELECT audience, state FROM widenings WHERE target=:target AND id=:id", id=identifier
        )
        return (self.audience(rows[0][0]), rows[0][1]) if rows else None

    # -- plumbing -----------------------------------------------------------------------------

    def _walk(
        self, table: str, where: str, **values: Any
    ) -> Iterator[tuple[Standing, Body | None, Audience, Audience]]:
        if not self._all(f"SELECT 1 FROM {table} n WHERE n.target=:target LIMIT 1"):
            return  # most runs: the statement below follows the order of paths and would look at every document
        path, last = "", ""
        while True:
            rows = self._all(
                f"SELECT {standing_columns('d')}, b.body, b.text, b.text_key, d.without_text, b.hidden, h.identities, h.public, w.identities, w.public"
                f" FROM {table} n JOIN documents d ON d.target=n.target AND d.id=n.id LEFT JOIN bodies b ON b.document=d.number"
                " JOIN audiences h ON h.digest=d.audience JOIN audiences w ON w.digest=n.audience"
                f" WHERE n.target=:target AND {where} AND d.state!='removed' AND (d.path>:path OR (d.path=:path AND d.id>:last))"
                " ORDER BY d.path, d.id LIMIT :chunk",
                path=path,
                last=last,
                chunk=CHUNK,
                **values,
            )
            for row in rows:
                standing = read_standing(row)
                path, last = standing.path, standing.id
                yield (
                    standing,
                    Body(*row[-9:-4]) if row[-9] is not None else None,
                    _audience(row[-4], row[-3]),
                    _audience(row[-2], row[-1]),
                )
            if len(rows) < CHUNK:
                return


def _audience(identities: str, public: object) -> Audience:
    return Audience(tuple(msgspec.json.decode(identities, type=list[str])), public=bool(public))
