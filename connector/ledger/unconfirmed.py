"""
Documents that a run listed and could not push, and of which this ledger has no confirmation.

The intranet may have them all the same: an earlier ledger, now lost or older, may have pushed them. Rows of documents
that were confirmed since say nothing any more.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from connector.document.audience import Audience, make_audience
from connector.ledger.part import EVERYTHING, Part
from connector.ledger.rows import Described


class UnconfirmedDocument(Described, frozen=True, kw_only=True):
    """One document that a run listed and could not push; its path is not kept, and is empty until somebody has looked it up."""

    audience: Audience | None
    """As the run read it; None: unknown."""
    kept: bool = False
    """A person wants it kept, bare."""


KEPT = tuple(name for name in UnconfirmedDocument.__struct_fields__ if name != "path")
"""The fields that have a column."""


class Unconfirmed(Part):
    """What one target may have, although this ledger never heard so."""

    def note(self, one: UnconfirmedDocument, *, run: int) -> None:
        """Remember that a run listed a document and could not push it."""
        row = msgspec.structs.asdict(one)
        row["audience"] = msgspec.json.encode(one.audience.identities).decode() if one.audience else None
        row["public"] = one.audience is not None and one.audience.public
        self._each("unconfirmed.note", [row], **row, run=run)

    def unasked(self, *, run: int, limit: int) -> list[UnconfirmedDocument]:
        """Those of a run of which nobody has asked the target whether it has them; again what was confirmed once and it had not."""
        return self._read("unconfirmed.unasked", run=run, limit=limit)

    def told(self, answers: Sequence[tuple[str, bool]], *, run: int) -> None:
        """Remember what the target said: (id, whether it has it)."""
        self._each(
            "unconfirmed.told", [{"id": identifier, "there": there} for identifier, there in answers], run=run
        )

    def there(
        self, *, run: int | None = None, up_to_run: int | None = None, limit: int = EVERYTHING
    ) -> list[UnconfirmedDocument]:
        """Those that the target has: as a run met them, or as they were found up to a run."""
        if run is not None:
            return self._read("unconfirmed.there_in", run=run, limit=limit)
        if up_to_run is not None:
            return self._read("unconfirmed.there_until", until=up_to_run, limit=limit)
        return self._read("unconfirmed.there", limit=limit)

    def standing(self, identifier: str) -> UnconfirmedDocument | None:
        """One that the target has; None where it has not, or where this ledger confirmed it."""
        return next(iter(self._read("unconfirmed.standing", id=identifier, limit=1)), None)

    def waiting(self, *, up_to_run: int, limit: int) -> list[UnconfirmedDocument]:
        """The first of those that were found up to a run, and that nobody decided to keep."""
        return self._read("unconfirmed.waiting", until=up_to_run, limit=limit)

    def count_waiting(self, *, up_to_run: int) -> int:
        """Count them."""
        return int(self._one("unconfirmed.count_waiting", until=up_to_run))

    def count(self) -> int:
        """Count what the target has, and nobody decided to keep."""
        return int(self._one("unconfirmed.count"))

    def count_there(self) -> int:
        """Count what the target has, kept or not."""
        return int(self._one("unconfirmed.count_there"))

    def keep(self, *, up_to_run: int) -> list[str]:
        """Remember that a person keeps what was found up to a run; says which ids."""
        kept = [one.id for one in self.there(up_to_run=up_to_run)]
        self._each_id("unconfirmed.keep", kept)
        return kept

    def enter(self, documents: Sequence[UnconfirmedDocument]) -> None:
        """Give documents, with their paths, a row of their own: they may be in the target, and no session ends without them."""
        self._each("unconfirmed.enter", [msgspec.structs.asdict(one) for one in documents])

    def forget_confirmed(self) -> None:
        """Take out what was confirmed since."""
        self._run("unconfirmed.forget_confirmed")

    def drop_absent(self, *, run: int, before: float) -> None:
        """
        Take out rows of documents that the target says it has not, and that no lost call may bring there.

        Args:
            before: in seconds since 1970; what was confirmed later stays: the target may tell of it late.
        """
        self._run("unconfirmed.drop_absent", run=run, before=before)

    def _read(self, statement: str, **values: object) -> list[UnconfirmedDocument]:
        found = []
        for *told, public in self._all(statement, **values):
            row = dict(zip(KEPT, told, strict=True))
            said = row["audience"]
            row["audience"] = (
                None
                if said is None
                else make_audience(msgspec.json.decode(said, type=list[str]), public=bool(public))
            )
            row["kept"] = bool(row["kept"])
            found.append(UnconfirmedDocument(**row))
        return found
