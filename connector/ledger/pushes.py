"""What is pushed to the target, and what it accepted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Connection

from connector.audience import NOBODY
from connector.ledger.intents import Intents, intended
from connector.ledger.part import as_json
from connector.ledger.rows import Pushed

KEPT_TEXT = 32_000
"""Bytes of a text that are kept beside the document; longer ones (of files) come from the text cache."""
MOST_REMEMBERED = 10_000
"""Digests of audiences that are known to be kept already."""

_CONFIRM = """
    INSERT INTO documents (target, id, source, native, room, container, kind, title, url, path, state, version, fingerprint,
                           audience, rules, pushed_run, pushed_at, session_run, backfill, missing_why, held_why, kept, without_text)
    VALUES (:target, :id, :source, :native, :room, :container, :kind, :title, :url, :path, 'live', :version, :fingerprint,
            :audience, :rules, :run, :now, :session_run, :backfill, '', '', false, :without_text)
    ON CONFLICT (target, id) DO UPDATE SET source=:source, kind=:kind, title=:title, url=:url,
        state=CASE WHEN state='held' AND (NOT :present OR held_why LIKE 'audience-%') THEN 'held' ELSE 'live' END,
        version=:version, fingerprint=:fingerprint, audience=:audience, rules=:rules,
        pushed_run=:run, pushed_at=:now, session_run=:session_run, backfill=:backfill, without_text=:without_text,
        missing_run=CASE WHEN :present THEN NULL ELSE missing_run END,
        missing_why=CASE WHEN :present THEN '' ELSE missing_why END,
        held_run=CASE WHEN :present AND held_why NOT LIKE 'audience-%' THEN NULL ELSE held_run END,
        held_why=CASE WHEN :present AND held_why NOT LIKE 'audience-%' THEN '' ELSE held_why END,
        kept=CASE WHEN :present AND held_why NOT LIKE 'audience-%' THEN false ELSE kept END,
        lost=CASE WHEN redo_after<=:now OR lost=:fingerprint THEN NULL ELSE lost END,
        redo_after=CASE WHEN redo_after<=:now OR lost=:fingerprint THEN NULL ELSE redo_after END
"""
_CONFIRM_IN_ITS_PLACE = _CONFIRM.rstrip() + ", native=:native, room=:room, container=:container, path=:path"
_CONFIRM_BODY = """
    INSERT INTO bodies (document, body, text, text_key)
    SELECT number, :body, :text, :text_key FROM documents WHERE target=:target AND id=:id
    ON CONFLICT (document) DO UPDATE SET body=:body, text=:text, text_key=:text_key
"""
_RELEASE = "DELETE FROM quarantine WHERE target=:target AND id IN (SELECT value FROM json_each(:ids))"
_REMEMBER_AUDIENCE = (
    "INSERT INTO audiences (digest, identities, public) VALUES (:digest, :identities, :public)"
    " ON CONFLICT (digest) DO NOTHING"
)
_FORGET_CONFIRMATION = "UPDATE documents SET version=NULL, fingerprint=NULL WHERE target=:target"


_NOBODY = NOBODY.digest()
_EMPTIED = """
    INSERT INTO removals (target, source, id, title, run, at, approved, why)
    SELECT target, source, id, title, :run, :now, false, 'nobody may see it any more' FROM documents
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
        self, batch: Sequence[Pushed], *, run: int, session_run: int, backfill: int, now: float
    ) -> None:
        """Remember what the target accepted; what is done once more after a lost call is told by `redo_after`."""
        # a place is named only where it may be new, because naming an indexed column costs its index even where the value stays
        standing: list[dict[str, object]] = []
        placed: list[dict[str, object]] = []
        for push in batch:
            rendered = push.rendered
            row = {
                "id": rendered.id,
                "source": push.source,
                "native": push.listed.native,
                "room": push.room,
                "container": push.container,
                "kind": push.listed.kind,
                "title": rendered.title,
                "url": rendered.url,
                "path": rendered.path,
                "version": push.listed.version,
                "fingerprint": rendered.fingerprint,
                "audience": rendered.audience.digest(),
                "rules": push.rules,
                "present": push.present,
                "without_text": rendered.text_missing,
                "run": run,
                "session_run": session_run,
                "backfill": backfill,
                "now": now,
                "body": rendered.body,
                "text": rendered.text if len(rendered.text) <= KEPT_TEXT else b"",
                "text_key": rendered.text_key,
            }
            (placed if push.moved else standing).append(row)
        with self.at_once():
            self._remember_audiences(batch)
            self._many(_EMPTIED, [row for row in standing + placed if row["audience"] == _NOBODY])
            self._many(_CONFIRM, standing)
            self._many(_CONFIRM_IN_ITS_PLACE, placed)
            self._many(_CONFIRM_BODY, standing + placed)
            self._run(_RELEASE, ids=as_json([push.rendered.id for push in batch if push.present]))

    def note_versions(self, pairs: Iterable[tuple[str, bytes]], *, rules: bytes) -> None:
        """Remember newer versions whose documents came out just as the target has them."""
        self._many(
            "UPDATE documents SET version=:version, rules=:rules WHERE target=:target AND id=:id",
            [{"id": identifier, "version": version, "rules": rules} for identifier, version in pairs],
        )

    def forget_confirmations(self, source: str) -> int:
        """Take every document of a source as new: its next listing pushes it again."""
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
