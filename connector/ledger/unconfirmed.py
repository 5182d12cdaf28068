"""
Documents that a run listed and could not push, and of which this ledger has no confirmation.

The intranet may have them all the same: an earlier ledger, now lost or older, may have pushed them. Rows of documents
that were confirmed since say nothing any more.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from connector.document.audience import Audience, make_audience
from connector.ledger.part import Part

_COLUMNS = (
    "u.id, u.source, u.native, u.room, u.container, u.kind, u.title, u.url, u.audience, u.public, u.kept"
)
_STILL = (
    " FROM unconfirmed u WHERE u.target=:target AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.target=u.target AND d.id=u.id"
    " AND d.fingerprint IS NOT NULL)"
)


class Stranger(msgspec.Struct, frozen=True, kw_only=True):
    """One such document."""

    id: str
    source: str
    native: str
    room: str
    container: str
    kind: str
    title: str
    url: str
    audience: Audience | None
    """As the run read it; None: unknown."""
    kept: bool = False
    """A person wants it kept, bare."""


class Unconfirmed(Part):
    """What one target may have, although this ledger never heard so."""

    def note(self, one: Stranger, *, run: int) -> None:
        """Remember that a run listed a document and could not push it."""
        self._run(
            """
            INSERT INTO unconfirmed (target, id, source, native, room, container, kind, title, url, audience, public, run)
            VALUES (:target, :id, :source, :native, :room, :container, :kind, :title, :url, :identities, :public, :run)
            ON CONFLICT (target, id) DO UPDATE SET source=:source, native=:native, room=:room, container=:container, kind=:kind,
                title=:title, url=:url, audience=:identities, public=:public, run=:run
            """,
            id=one.id,
            source=one.source,
            native=one.native,
            room=one.room,
            container=one.container,
            kind=one.kind,
            title=one.title,
            url=one.url,
            identities=msgspec.json.encode(one.audience.identities).decode() if one.audience else None,
            public=one.audience is not None and one.audience.public,
            run=run,
        )

    def unasked(self, *, run: int, limit: int) -> list[Stranger]:
        """Those of a run of which nobody has asked the target whether it has them."""
        return self._strangers(
            " AND u.run=:run AND u.there IS NULL ORDER BY u.id LIMIT :limit", run=run, limit=limit
        )

    def told(self, answers: Sequence[tuple[str, bool]], *, run: int) -> None:
        """Remember what the target said: (id, whether it has it)."""
        self._many(
            "UPDATE unconfirmed SET there=:there, there_run=:run WHERE target=:target AND id=:id",
            [{"id": identifier, "there": there, "run": run} for identifier, there in answers],
        )

    def there(
        self, *, run: int | None = None, up_to_run: int | None = None, limit: int = -1
    ) -> list[Stranger]:
        """Those that the target has: as a run met them, or as they were found up to a run."""
        more = " AND u.run=:run" if run is not None else ""
        more += " AND u.there_run<=:until" if up_to_run is not None else ""
        return self._strangers(
            f" AND u.there{more} ORDER BY u.id LIMIT :limit", run=run, until=up_to_run, limit=limit
        )

    def count(self) -> int:
        """Count what the target has, and nobody decided to keep."""
        return int(self._one(f"SELECT count(*){_STILL} AND u.there AND NOT u.kept") or 0)

    def count_there(self) -> int:
        """Count what the target has, kept or not."""
        return int(self._one(f"SELECT count(*){_STILL} AND u.there") or 0)

    def keep(self, *, up_to_run: int) -> list[str]:
        """Remember that a person keeps what was found up to a run; says which ids."""
        kept = [one.id for one in self.there(up_to_run=up_to_run)]
        self._many(
            "UPDATE unconfirmed SET kept=true WHERE target=:target AND id=:id", [{"id": i} for i in kept]
        )
        return kept

    def enter(self, strangers: Sequence[Stranger], paths: dict[str, str]) -> None:
        """Give documents a row of their own: they may be in the target, and no session ends without them."""
        self._many(
            """
            INSERT INTO documents (target, id, source, native, room, container, kind, title, url, path, state, pushed_run, pushed_at,
                                   session_run, backfill, missing_why, held_why, kept, without_text)
            VALUES (:target, :id, :source, :native, :room, :container, :kind, :title, :url, :path, 'new', 0, 0, 0, 0, '', '', false, '')
            ON CONFLICT (target, id) DO UPDATE SET url=CASE WHEN url='' THEN :url ELSE url END,
                path=CASE WHEN path='' THEN :path ELSE path END
            """,
            [
                {
                    "id": one.id,
                    "source": one.source,
                    "native": one.native,
                    "room": one.room,
                    "container": one.container,
                    "kind": one.kind,
                    "title": one.title,
                    "url": one.url,
                    "path": paths.get(one.id, ""),
                }
                for one in strangers
            ],
        )

    def forget_confirmed(self) -> None:
        """Take out what was confirmed since."""
        self._run(
            "DELETE FROM unconfirmed WHERE target=:target AND EXISTS (SELECT 1 FROM documents d WHERE d.target=unconfirmed.target"
            " AND d.id=unconfirmed.id AND d.fingerprint IS NOT NULL)"
        )

    def drop_absent(self, *, run: int) -> None:
        """Take out rows of documents that the target says it has not, and that no lost call may bring there."""
        self._run(
            "DELETE FROM documents WHERE target=:target AND fingerprint IS NULL AND redo_after IS NULL AND state IN ('live', 'new')"
            " AND id IN (SELECT id FROM unconfirmed WHERE target=:target AND run=:run AND there=false)",
            run=run,
        )

    def _strangers(self, where: str, **values: object) -> list[Stranger]:
        return [
            Stranger(
                id=row[0],
                source=row[1],
                native=row[2],
                room=row[3],
                container=row[4],
                kind=row[5],
                title=row[6],
                url=row[7],
                audience=None
                if row[8] is None
                else make_audience(msgspec.json.decode(row[8], type=list[str]), public=bool(row[9])),
                kept=bool(row[10]),
            )
            for row in self._all(f"SELECT {_COLUMNS}{_STILL}{where}", **values)
        ]
