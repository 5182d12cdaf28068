"""The history of audiences, kept as changes: written with each confirmation, bounded in number and, by `ledger prune`, in time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

import msgspec

from connector.document.audience import Audience
from connector.ledger.part import CHUNK, Part
from connector.ledger.rows import read_audience

MOST = 200_000
"""Changes of one target that are kept; the newest."""


class AudienceChange(msgspec.Struct, frozen=True, kw_only=True):
    """One document, or person, that was confirmed with another audience, or other identities, than before."""

    number: int
    kind: str
    """document or person."""
    id: str
    run: str
    """Id of the run; empty where it was pruned."""
    at: float
    before: Audience
    after: Audience
    title: str
    """Of the document, or a person's address; empty where it is gone."""
    source: str
    room: str

    @property
    def gained(self) -> tuple[str, ...]:
        """Identities that came."""
        return tuple(one for one in self.after.identities if one not in set(self.before.identities))

    @property
    def lost(self) -> tuple[str, ...]:
        """Identities that went."""
        return tuple(one for one in self.before.identities if one not in set(self.after.identities))

    @property
    def widened(self) -> bool:
        """Whether somebody came."""
        return bool(self.gained) or (self.after.public and not self.before.public)

    @property
    def narrowed(self) -> bool:
        """Whether somebody went."""
        return bool(self.lost) or (self.before.public and not self.after.public)


class AudienceHistory(Part):
    """The changes of one target."""

    def walk(self, *, since: float = 0.0) -> Iterator[AudienceChange]:
        """Walk the changes since a time, in their order; one page is in memory."""
        last = 0
        while rows := self._all("audiences.page", since=since, last=last, limit=CHUNK):
            for (
                number,
                kind,
                identifier,
                run,
                at,
                had,
                had_public,
                has,
                has_public,
                title,
                source,
                room,
            ) in rows:
                last = number
                yield AudienceChange(
                    number=number,
                    kind=kind,
                    id=identifier,
                    run=run,
                    at=at,
                    before=read_audience(had, had_public),
                    after=read_audience(has, has_public),
                    title=title,
                    source=source,
                    room=room,
                )

    def before(self, kind: str, *, since: int) -> Iterator[tuple[str, list[Audience]]]:
        """Walk the ids of what changed since a run, that one included, each with all that it had before one of the changes."""
        for identifier, rows in groupby(self._before(kind, since), key=itemgetter(0)):
            yield identifier, [audience for _, audience in rows]

    def _before(self, kind: str, since: int) -> Iterator[tuple[str, Audience]]:
        last, number = "", 0
        while rows := self._all(
            "audiences.before_since", kind=kind, run=since, last=last, number=number, limit=CHUNK
        ):
            for number, last, had, had_public in rows:  # noqa: B007 - the last one tells where to go on
                yield last, read_audience(had, had_public)

    def oldest(self) -> float | None:
        """When the oldest change that is kept was confirmed; None where none is."""
        value = self._one("audiences.oldest")
        return None if value is None else float(value)

    def trim(self, most: int = MOST) -> int:
        """Forget the oldest changes beyond a number; says how many."""
        return self._run("audiences.trim", most=most)
