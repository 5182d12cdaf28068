"""
What is about to be sent, written down before it is sent: one row for a whole batch.

Whoever intends something settles it when every document of it has its answer. What a killed process left unsettled
counts as sent and unanswered.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from connector.ledger.part import Part
from connector.ledger.rows import Described, Pushed, described

DELETION = b""
"""Stands for the fingerprint of an unanswered deletion."""


class Intended(Described, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One document of a batch that is to be sent, as far as the ledger must know it if no answer ever comes."""

    audience: bytes = b""
    """Digest of the audience it goes out with."""


class Intents(Part):
    """The batches that were about to be sent to one target and are not settled."""

    def settle(self, intent: int) -> None:
        """Every document of a batch has its answer, or is written down as unanswered."""
        self._write("intents.settle", intent=intent)

    def lose(self, ids: Sequence[str], *, until: float, fingerprints: dict[str, bytes]) -> None:
        """Record calls without an answer about documents of the ledger: they may still take effect until `until`."""
        self._each(
            "intents.lose", [{"id": one, "lost": fingerprints.get(one, DELETION)} for one in ids], until=until
        )

    def lose_pushes(self, batch: Sequence[Pushed], *, until: float) -> None:
        """Record pushes without an answer; what was never accepted gets its row now, since it may be in the target."""
        with self.at_once():
            self._each("intents.enter", [msgspec.structs.asdict(intended(push)) for push in batch])
            self.lose(
                [push.rendered.id for push in batch],
                until=until,
                fingerprints={push.rendered.id: push.rendered.fingerprint for push in batch},
            )

    def lose_open_intents(self, *, settle_s: float, only: Collection[int] | None = None) -> int:
        """
        Treat what an earlier, dead run left unsettled as unanswered calls; says how many there were.

        Args:
            only: numbers of what a service left that died in a run which goes on; None: everything.
        """
        lost = 0
        with self.at_once():
            for number, at, kind, documents in self._all("intents.unsettled"):
                if only is not None and number not in only:
                    continue
                batch = msgspec.json.decode(documents, type=list[Intended])
                if kind == "push":
                    self._each("intents.enter", [msgspec.structs.asdict(one) for one in batch])
                self._each_id("intents.lose_unknown", [one.id for one in batch], until=at + settle_s)
                self.settle(number)
                lost += len(batch)
        return lost

    def _intend(self, kind: str, batch: Sequence[Intended], *, run: int, now: float) -> int:
        with self.at_once():
            return int(
                self._one(
                    "intents.intend",
                    kind=kind,
                    run=run,
                    now=now,
                    documents=msgspec.json.encode(batch).decode(),
                )
            )


def intended(push: Pushed) -> Intended:
    """What must be known of a push if its answer never comes."""
    return Intended(**described(push), audience=push.rendered.audience.digest())
