"""What is pushed to the target, and what it accepted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Connection

from connector.document.audience import NOBODY
from connector.ledger.intents import REPEATED, Intents, intended
from connector.ledger.part import as_json
from connector.ledger.rows import Pushed

KEPT_TEXT = 32_000
"""Bytes of a text that are kept beside the document; longer ones (of files) come from the text cache."""
MOST_REMEMBERED = 10_000
"""Digests of audiences that are known to be kept already."""

_COLUMNS = (
    "target, id, source, native, room, container, kind, title, url, path, state, version, fingerprint, audience, rules,"
    " pushed_run, pushed_at, session_run, backfill, missing_why, held_why, kept, without_text"
)
_PRESENT = "?24"
"""After the columns: it was listed where it stands. By number, since names would be looked up for every row."""
_AGAIN = "?25"
"""Until when a late call may still have the last word, should the clock have told wrongly that it no longer can."""
_SEEN = f"{_PRESENT} AND held_why NOT LIKE 'audience-%'"
_CONFIRM = f"""
    INSERT INTO documents ({_COLUMNS}) VALUES ({", ".join("?" * 23)})
    ON CONFLICT (target, id) DO UPDATE SET source=excluded.source, kind=excluded.kind, title=excluded.title, url=excluded.url,
        state=CASE WHEN state='held' AND NOT ({_SEEN}) THEN 'held' ELSE 'live' END,
        version=excluded.version, fingerprint=excluded.fingerprint, audience=excluded.audience, rules=excluded.rules,
        pushed_run=excluded.pushed_run, pushed_at=excluded.pushed_at, session_run=excluded.session_run,
        backfill=excluded.backfill, without_text=excluded.without_text,
        missing_run=CASE WHEN {_PRESENT} THEN NULL ELSE missing_run END,
        missing_why=CASE WHEN {_PRESENT} THEN '' ELSE missing_why END,
        gone_run=CASE WHEN {_PRESENT} THEN NULL ELSE gone_run END,
        lacked_run=CASE WHEN {_PRESENT} THEN NULL ELSE lacked_run END,
        held_run=CASE WHEN {_SEEN} THEN NULL ELSE held_run END,
        held_why=CASE WHEN {_SEEN} THEN '' ELSE held_why END,
        kept=CASE WHEN {_SEEN} THEN false ELSE kept END,
        lost=CASE WHEN lost=excluded.fingerprint OR (redo_after<=excluded.pushed_at AND lost={REPEATED}) THEN NULL
                  WHEN redo_after<=excluded.pushed_at THEN {REPEATED} ELSE lost END,
        redo_after=CASE WHEN lost=excluded.fingerprint OR (redo_after<=excluded.pushed_at AND lost={REPEATED}) THEN NULL
                        WHEN redo_after<=excluded.pushed_at THEN {_AGAIN} ELSE redo_after END
"""
_CONFIRM_IN_ITS_PLACE = (
    _CONFIRM.rstrip()
    + ", native=excluded.native, room=excluded.room, container=excluded.container, path=excluded.path,"
    " also=CASE WHEN container=excluded.container THEN also WHEN pushed_run=excluded.pushed_run THEN container ELSE '' END"
)
_CONFIRM_BODY = """
    INSERT INTO bodies (document, body, text, text_key, hidden) SELECT number, ?3, ?4, ?5, ?6 FROM documents
    WHERE target=?1 AND id=?2
    ON CONFLICT (document) DO UPDATE SET body=excluded.body, text=excluded.text, text_key=excluded.text_key, hidden=excluded.hidden
"""
_RELEASE = "DELETE FROM quarantine WHERE target=:target AND id IN (SELECT value FROM json_each(:ids))"
_REMEMBER_AUDIENCE = (
    "INSERT INTO audiences (digest, identities, public) VALUES (:digest, :identities, :public)"
    " ON CONFLICT (digest) DO NOTHING"
)
_FORGET_CONFIRMATION = "UPDATE documents SET version=NULL, fingerprint=NULL WHERE target=:target"


_NOBODY = NOBODY.digest()
_EMPTIED = """
    INSERT INTO removals (target, source, room, id, title, run, at, approved, why)
    SELECT target, source, room, id, title, :run, :now, false, 'nobody may see it any more' FROM documents
    WHERE target=:target AND id=:id AND state!='removed' AND fingerprint IS NOT NULL AND audience IS NOT NULL AND audience!=:audience
"""
"""Losing its whole audience is a removal to the brake."""


class Pushes(Intents):
    """Pushes to one target: intended before the call, confirmed or lost after its answer, then settled."""

    def __init__(self, connection: Connection, target: str) -> None:
        super().__init__(connection, target)
        self._remembered: set[bytes] = set()

    def intend_pushes(self, batch: Sequence[Pushed], *, run: int, now: float) -> int:
        """Record what is about to be pushed; the number is for `settle`."""
        with self.at_once():
            self._remember_audiences(batch)
            return self._intend("push", [intended(push) for push in batch], run=run, now=now)

    def confirm_pushes(
        self,
        batch: Sequence[Pushed],
        *,
        run: int,
        session_run: int,
        backfill: int,
        now: float,
        settle_s: float,
    ) -> None:
        """
        Remember what the target accepted; what is done once more after a lost call is told by `redo_after`.

        It is done twice, `settle_s` apart: a clock that was set ahead would let the first time come too early.
        """
        # a place is named only where it may be new, because naming an indexed column costs its index even where the value stays
        standing: list[tuple[object, ...]] = []
        placed: list[tuple[object, ...]] = []
        bodies: list[tuple[object, ...]] = []
        emptied: list[dict[str, object]] = []
        for push in batch:
            rendered, listed = push.rendered, push.listed
            audience = rendered.audience.digest()
            row = (
                self._target,
                rendered.id,
                push.source,
                listed.native,
                push.room,
                push.container,
                listed.kind,
                rendered.title,
                rendered.url,
                rendered.path,
                "live",
                listed.version,
                rendered.fingerprint,
                audience,
                push.rules,
                run,
                now,
                session_run,
                backfill,
                "",
                "",
                False,
                rendered.text_missing,
                push.present,
                now + settle_s,
            )
            (placed if push.moved else standing).append(row)
            text = rendered.text if len(rendered.text) <= KEPT_TEXT else b""
            bodies.append(
                (self._target, rendered.id, rendered.body, text, rendered.text_key, rendered.hidden)
            )
            if audience == _NOBODY:
                emptied.append({"id": rendered.id, "run": run, "now": now, "audience": audience})
        with self.at_once():
            self._remember_audiences(batch)
            self._many(_EMPTIED, emptied)
            for statement, rows in (
                (_CONFIRM, standing),
                (_CONFIRM_IN_ITS_PLACE, placed),
                (_CONFIRM_BODY, bodies),
            ):
                if rows:
                    self._db.exec_driver_sql(statement, rows)
            self._run(_RELEASE, ids=as_json([push.rendered.id for push in batch if push.present]))

    def note_versions(self, pairs: Iterable[tuple[str, bytes]], *, rules: bytes) -> None:
        """Remember newer versions whose documents came out just as the target has them."""
        self._many(
            "UPDATE documents SET version=:version, rules=:rules WHERE target=:target AND id=:id",
            [{"id": identifier, "version": version, "rules": rules} for identifier, version in pairs],
        )

    def forget_confirmations(self, source: str) -> int:
        """Take every document of a source as new: its next listing pushes it again. What the target has is not known any more."""
        self._run("UPDATE unconfirmed SET there=NULL WHERE target=:target AND source=:source", source=source)
        return self._run(f"{_FORGET_CONFIRMATION} AND source=:source AND state!='removed'", source=source)

    def forget_confirmation_of(self, ids: Sequence[str]) -> None:
        """Take single documents as new: their next listing pushes them again."""
        self._many(f"{_FORGET_CONFIRMATION} AND id=:id", [{"id": identifier} for identifier in ids])

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
        self._many(
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
