"""What is pushed to the target, and what it accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connector.document.audience import NOBODY
from connector.ledger.intents import Intents, intended
from connector.ledger.part import Database, Sent, as_json
from connector.ledger.rows import Pushed, SameAgain, described, kept_audience

KEPT_TEXT = 32_000
"""Bytes of a text that are kept beside the document; longer ones (of files) come from the text cache."""
MOST_REMEMBERED = 10_000
"""Digests of audiences that are known to be kept already."""
COUNTED_AFTER = 5_000
"""Documents that are sent, after which it is counted how many there are: nobody who asks counts more than these."""
_NOBODY = NOBODY.digest()
_CONFIRM = {
    (True, False): "pushes.confirm",
    (True, True): "pushes.confirm_altered",
    (False, False): "pushes.confirm_unseen",
    (False, True): "pushes.confirm_unseen_altered",
}
"""By whether it was listed where it stands, and whether what it is found by may be another than the ledger has."""
_CONFIRM_AGAIN = "pushes.confirm_again"


class Pushes(Intents):
    """Pushes to one target: intended before the call, confirmed or lost after its answer, then settled."""

    def __init__(self, database: Database, target: str) -> None:
        super().__init__(database, target)
        self._remembered: set[bytes] = set()
        self._uncounted = 0

    def met_elsewhere(self, batch: Sequence[Pushed]) -> set[str]:
        """Ids of what another listing has found in another place since: what is to be pushed of it here is out of date."""
        met = {push.rendered.id: places for push in batch if (places := push.met_in) is not None}
        rows = self._all("pushes.places", ids=as_json(list(met))) if met else []
        return {
            identifier for identifier, container, room in rows if not met[identifier].is_in(container, room)
        }

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
        confirmed: dict[str, list[Mapping[str, Any]]] = {}
        with self.at_once():
            there, kept = self._kept(batch)
            for push in batch:
                if push.present and push.rendered.id in there:
                    confirmed.setdefault(_CONFIRM_AGAIN, []).append(_said_of(push))
                else:
                    statement = _CONFIRM[push.present, push.altered]
                    confirmed.setdefault(statement, []).append({**described(push), **_said_of(push)})
            if len(confirmed) > 1:  # each of them takes its own in order, and all together in none
                self._write("pushes.take", ids=as_json([push.rendered.id for push in batch]))
            self._remember_audiences(batch)
            self._note_audiences(batch, run=run, now=now)
            self._note_what_changes(batch)
            for statement, rows in confirmed.items():
                self._write_each(
                    statement,
                    rows,
                    pushed_run=run,
                    pushed_at=now,
                    session_run=session_run,
                    backfill=backfill,
                    again=now + settle_s,
                )
            bodies = [_body(push) for push in batch if push.rendered.id not in kept]
            self._write_each("pushes.confirm_body", bodies)
            self._write("pushes.release", ids=as_json([push.rendered.id for push in batch if push.present]))
        self._uncounted += len(batch)
        if self._uncounted >= COUNTED_AFTER:
            self._database.count_up()
            self._uncounted = 0

    def _kept(self, batch: Sequence[Pushed]) -> tuple[set[str], set[str]]:
        """
        Of what is found by what the ledger has: which documents have a row, that nobody removes before all of this is written; and of
        which all that is sent is kept already, since what was accepted after they were listed may be another.
        """
        sent = {push.rendered.id: push.rendered for push in batch if not push.altered}
        for push in batch:
            if push.altered:
                sent.pop(push.rendered.id, None)
        rows = self._all("pushes.kept", ids=as_json(list(sent))) if sent else []
        return {row[0] for row in rows}, {
            identifier
            for identifier, *kept in rows
            if kept == [(one := sent[identifier]).fingerprint, one.text_key, one.hidden]
        }

    def _note_audiences(self, batch: Sequence[Pushed], *, run: int, now: float) -> None:
        """Note, before it is written, who is left without readers, and the history of whom others see now."""
        self._write_each(
            "pushes.emptied",
            [
                {"id": push.rendered.id}
                for push in batch
                if push.rendered.audience.digest() == _NOBODY and not push.others_wait
            ],
            run=run,
            now=now,
        )
        self._write_each(
            "audiences.note_documents",
            [
                {"id": push.rendered.id, "audience": push.rendered.audience.digest()}
                for push in batch
                if push.reshown
            ],
            run=run,
            now=now,
        )

    def _note_what_changes(self, batch: Sequence[Pushed]) -> None:
        """Note, before it is written, what is counted of documents, and what the index of titles has of them."""
        sent = [
            Sent(one.id, one.title, one.text_missing, bool(one.text_key), altered)
            for one, altered in ((push.rendered, push.altered) for push in batch)
        ]
        self._database.note_counts(self._own["target"], sent)
        called = [(one.id, one.title) for one in sent if one.altered]
        if called:
            self._database.note_titles(self._own["target"], called)

    def forget_remembered(self) -> None:
        """What was written last may not have been kept: what audiences stand for is written again."""
        self._remembered.clear()

    def note_versions(self, told: Sequence[SameAgain], *, rules: bytes) -> None:
        """Remember newer versions whose documents came out just as the target has them, with the names that they leave out now."""
        with self.at_once():
            self._each(
                "pushes.note_version",
                [{"id": one.id, "version": one.version, "without_text": one.without_text} for one in told],
                rules=rules,
            )
            self._each(
                "pushes.note_hidden",
                [
                    {"id": one.id, "fingerprint": one.fingerprint, "hidden": one.hidden}
                    for one in told
                    if one.hidden
                ],
            )

    def forget_versions(self, ids: Sequence[str]) -> None:
        """Documents that may come out different though nothing of them changed where they stand: their next listing makes them anew."""
        self._each_id("pushes.forget_version", ids)

    def forget_confirmations(self, source: str) -> int:
        """Take every document of a source as new: its next listing pushes it again. What the target has is not known any more."""
        with self.at_once():
            self._run("pushes.forget_unconfirmed", source=source)
            return self._run("pushes.forget_confirmations", source=source)

    def forget_sent_since(self, run: int) -> int:
        """The same of what deltas sent since a run, that one included, and nobody since."""
        return self._run("pushes.forget_sent_since", run=run)

    def forget_confirmation_of(self, ids: Sequence[str]) -> None:
        """Take single documents as new: their next listing pushes them again."""
        self._each_id("pushes.forget_confirmation", ids)

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
        self._write_each("pushes.remember_audience", [kept_audience(one) for one in audiences.values()])


def _said_of(push: Pushed) -> dict[str, Any]:
    """What was sent of a document, beside where it stands and what it is found by."""
    rendered = push.rendered
    return {
        "id": rendered.id,
        "version": push.listed.version,
        "fingerprint": rendered.fingerprint,
        "audience": rendered.audience.digest(),
        "rules": push.rules,
        "without_text": rendered.text_missing,
    }


def _body(push: Pushed) -> dict[str, Any]:
    rendered = push.rendered
    return {
        "id": rendered.id,
        "body": rendered.body,
        "text": rendered.text if len(rendered.text) <= KEPT_TEXT else b"",
        "text_key": rendered.text_key,
        "hidden": rendered.hidden,
    }
