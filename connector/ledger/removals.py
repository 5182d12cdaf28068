"""What was removed, and what a lost call may bring back."""

from __future__ import annotations

from collections.abc import Sequence

from connector.ledger.intents import REPEATED, Intended, Intents

_COUNT = """
    INSERT INTO removals (target, source, room, id, native, container, kind, path, title, run, at, approved, why)
    SELECT target, source, room, id, native, container, kind, path, title, :run, :now, :approved, :why FROM documents
    WHERE target=:target AND id=:id AND state!='removed'
"""
_FORGET = (
    "DELETE FROM grants WHERE (source, native) IN (SELECT source, native FROM documents WHERE target=:target AND id=:id)",
    "DELETE FROM bodies WHERE document=(SELECT number FROM documents WHERE target=:target AND id=:id)",
    "UPDATE documents SET state='removed', fingerprint=NULL, version=NULL, audience=NULL WHERE target=:target AND id=:id",
    "DELETE FROM documents WHERE target=:target AND id=:id"
    f" AND (redo_after IS NULL OR (redo_after<=:now AND lost={REPEATED}))",
    f"UPDATE documents SET redo_after=:now+:settle, lost={REPEATED} WHERE target=:target AND id=:id AND redo_after<=:now",
    "DELETE FROM containers WHERE target=:target AND id=:id",
    "DELETE FROM quarantine WHERE target=:target AND id=:id",
    "DELETE FROM unconfirmed WHERE target=:target AND id=:id",
)


_DOUBT = """
    INSERT INTO documents (target, id, source, native, room, container, kind, title, url, path, state, pushed_run, pushed_at,
                           session_run, backfill, missing_run, missing_why, noted_run, held_why, kept, without_text)
    SELECT target, id, source, native, room, container, kind, title, '', path, 'new', 0, 0, 0, 0, :run, 'absent', :run, '', false, ''
    FROM removals WHERE number IN (
        SELECT max(number) FROM removals WHERE target=:target AND run>=:since AND native!='' GROUP BY id)
    ON CONFLICT (target, id) DO NOTHING
"""
_DOUBT_REPEATED = """
    UPDATE documents SET state='new', missing_run=:run, missing_why='absent', noted_run=:run, redo_after=NULL, lost=NULL
    WHERE target=:target AND state='removed'
"""
"""What was to be removed once more was removed from another target, too: it is asked for again before it goes from this one."""


class Removals(Intents):
    """Removals of one target."""

    def intend_deletions(self, ids: Sequence[str], *, run: int, now: float) -> int:
        """Record what is about to be deleted; the number is for `settle`."""
        return self._intend("delete", [Intended(id=identifier) for identifier in ids], run=run, now=now)

    def confirm_deletions(
        self,
        ids: Sequence[str],
        *,
        run: int,
        now: float,
        settle_s: float,
        approved: bool,
        why: dict[str, str],
    ) -> None:
        """
        Remember what the target deleted; a row stays while a lost call may still bring the document back.

        After a lost call a removal is done twice more, `settle_s` apart, as a push is.
        """
        rows = [
            {"id": i, "run": run, "now": now, "settle": settle_s, "approved": approved, "why": why.get(i, "")}
            for i in ids
        ]
        with self.at_once():
            for statement in (_COUNT, *_FORGET):
                self._many(statement, rows)

    def doubt_removals(self, *, since: int, run: int) -> None:
        """
        Take what was removed for still there, and missing: another target lost it, which says nothing of this one.

        It is a suspect as any other: gone once its source says so, live where it is listed.

        Args:
            since: the run from which on removals were done elsewhere; 0 when none is known to have been.
        """
        with self.at_once():
            self._run(_DOUBT_REPEATED, run=run)
            if since:
                self._run(_DOUBT, since=since, run=run)

    def due_again(self, *, now: float) -> list[str]:
        """Ids whose removal is to be repeated, because a lost call may have undone it."""
        return [
            row[0]
            for row in self._all(
                "SELECT id FROM documents WHERE target=:target AND redo_after IS NOT NULL AND redo_after<=:now AND state='removed'",
                now=now,
            )
        ]

    def note_end(self, count: int, *, run: int, now: float, approved: bool) -> None:
        """Note how many documents a session's end removes, which tells no ids; said again, the number is replaced."""
        with self.at_once():
            self._run("DELETE FROM removals WHERE target=:target AND run=:run AND id=''", run=run)
            if count > 0:
                self._run(
                    "INSERT INTO removals (target, source, room, id, title, run, at, approved, why)"
                    " WITH RECURSIVE every(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM every WHERE n<:count)"
                    " SELECT :target, '', '', '', '', :run, :now, :approved, 'not pushed again until the end of a session' FROM every",
                    count=count,
                    run=run,
                    now=now,
                    approved=approved,
                )

    def removed_since(self, since: float) -> dict[tuple[str, str], int]:
        """Count the removals since a time that no person approved, by source and room; an end names neither."""
        return {
            (row[0], row[1]): row[2]
            for row in self._all(
                "SELECT source, room, count(*) FROM removals WHERE target=:target AND at>=:since AND approved=false"
                " GROUP BY source, room",
                since=since,
            )
        }

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
