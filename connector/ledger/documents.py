"""
What the ledger says of documents: set-based SQL, no set of ids in memory.

A document's life: new -> live -> (held) -> gone; the row stays as `removed` while a lost call may still undo the removal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from connector.document.audience import Audience
from connector.document.document import Known
from connector.engine.batched import batched
from connector.ledger.part import CHUNK, as_json
from connector.ledger.presence import Presence
from connector.ledger.pushes import Pushes
from connector.ledger.removals import Removals
from connector.ledger.rows import Body, Pushed, Standing, read_audience, read_body, read_known, read_standing


class Empty(NamedTuple):
    """What is known of a container in which nothing stands."""

    was_filled: bool
    """Documents stood there when it was last listed."""
    was_noted: bool
    """A listing of it was noted once."""


class Documents(Pushes, Presence, Removals):
    """The documents of one target."""

    def known_in(self, container: str, source: str) -> dict[str, Known]:
        """Find the documents last listed in one container, by id."""
        rows = self._all("documents.known_in", container=container, source=source)
        return {row[0]: read_known(row) for row in rows}

    def ahead(self, source: str) -> Ahead:
        """What is known of containers, asked for before it is needed."""
        return Ahead(self, source)

    def known_in_several(self, containers: Sequence[str], source: str) -> dict[str, dict[str, Known]]:
        """Find the documents last listed in some containers, by container and id."""
        found: dict[str, dict[str, Known]] = {one: {} for one in containers}
        for row in self._all("documents.known_in_several", ids=as_json(list(containers)), source=source):
            known = read_known(row)
            found[known.container][known.id] = known
        return found

    def empties(self, containers: Sequence[str], source: str) -> dict[str, Empty]:
        """Tell of containers that are empty whether they were so before, and whether they were met."""
        rows = self._paged("documents.empties", containers, source=source)
        return {row[0]: Empty(bool(row[1]), bool(row[2])) for row in rows}

    def known(self, ids: Sequence[str]) -> dict[str, Known]:
        """Find documents by id."""
        return {row[0]: read_known(row) for row in self._paged("documents.known", ids)}

    def in_other_scopes(self, ids: Sequence[str], *, source: str, room: str) -> dict[str, str]:
        """
        Which of some documents stand in another scope than this one, with its key.

        Where nothing ever moves between scopes (`ports.source.Sorted`), a row of this one has such an id by mistake: it is another record's, until
        that one is gone by its own proof, or its scope is no longer listed at all.
        """
        return {
            row[0]: row[1] for row in self._paged("documents.in_other_scopes", ids, source=source, room=room)
        }

    def new_elsewhere(self, batch: Sequence[Pushed]) -> dict[str, Known]:
        """What of a batch nobody had accepted when it was met, and another service has pushed from another place since."""
        places = {one.rendered.id: (one.container, one.room) for one in batch if one.met_in is None}
        found = self.known(list(places)) if places else {}
        return {one: known for one, known in found.items() if (known.container, known.room) != places[one]}

    def standing(self, ids: Sequence[str]) -> dict[str, Standing]:
        """Find documents by id, as removals need them."""
        return {row[0]: read_standing(row) for row in self._paged("documents.standing_of", ids)}

    def find(self, words: str) -> list[Standing]:
        """Find documents by GloballyUniqueId; where there is none, by the source's own id."""
        asked = {"words": words, "lower": words.lower()}
        rows = self._all("documents.find", **asked) or self._all("documents.find_native", **asked)
        return [read_standing(row) for row in rows]

    def find_link(self, words: str) -> list[Standing]:
        """Find documents by the address that a click on them opens."""
        return [read_standing(row) for row in self._all("documents.find_link", words=words)]

    def facts(self, identifier: str) -> dict[str, Any] | None:
        """Everything the ledger says of one document, for `explain`."""
        found = self._database.named("documents.facts", self._own | {"id": identifier})
        return found[0] if found else None

    def body(self, identifier: str) -> Body | None:
        """The document as last accepted."""
        rows = self._all("documents.body_of", id=identifier)
        return Body(*rows[0]) if rows else None

    # -- counts -------------------------------------------------------------------------------

    def count(self, source: str | None = None) -> int:
        """Count what is, or may be, in the target."""
        if source:
            return int(self._one("documents.count_of", source=source))
        return int(self._one("documents.count"))

    def loaded(self, source: str, backfill: int) -> int:
        """How many documents of a source were accepted under a backfill."""
        return int(self._one("documents.loaded", source=source, backfill=backfill))

    def counts_by_room(self) -> dict[tuple[str, str], int]:
        """Count what is, or may be, in the target, by source and room."""
        return {(row[0], row[1]): row[2] for row in self._all("documents.counts_by_room")}

    def counts_of_rooms(self, source: str) -> tuple[dict[str, int], dict[str, int]]:
        """Count, by room, the documents of a source that are, or may be, in the target, and what is listed for them."""
        documents = {room: count for (of, room), count in self.counts_by_room().items() if of == source}
        listings = self._all("presence.listings_by_room", source=source)
        return documents, dict(listings)

    def kinds(self, source: str) -> dict[str, int]:
        """Count a source's documents by kind."""
        return {row[0]: row[1] for row in self._all("documents.kinds", source=source)}

    def sources(self) -> list[str]:
        """Names of the sources that have documents here."""
        found: list[str] = []
        while (one := self._one("documents.next_source", last=found[-1] if found else "")) is not None:
            found.append(one)
        return found

    # -- what the target has ------------------------------------------------------------------

    def forget_every_confirmation(self) -> int:
        """Take all documents of all sources as new, or none of them; says how many they are."""
        with self.at_once():
            return sum(self.forget_confirmations(source) for source in self.sources())

    def confirmed_ids(self) -> Iterator[str]:
        """Walk the ids of what the target has confirmed."""
        last = ""
        while rows := self._all("documents.confirmed_ids", last=last, chunk=CHUNK):
            yield from (row[0] for row in rows)
            last = rows[-1][0]

    def confirmed_after(self, last: str, most: int) -> list[str]:
        """The next ids of what the target has confirmed, in their order."""
        return [row[0] for row in self._all("documents.confirmed_ids", last=last, chunk=most)]

    def sampled_ids(self, most: int) -> list[str]:
        """Choose ids at random of what the target has confirmed."""
        return [row[0] for row in self._all("documents.sampled_ids", most=most)]

    def sent_last(self, *, before: int, most: int) -> tuple[int, dict[str, bytes]]:
        """
        The last run before another one of which a delta sent something that is as it was answered; some of it by id, with its fingerprint.

        What was accepted first: an intranet that was put back while that run worked has what came later.
        """
        rows = self._all("documents.sent_last", before=before, limit=most)
        return (rows[0][0] if rows else 0), {row[1]: row[2] for row in rows}

    def fingerprints(self, ids: Sequence[str]) -> dict[str, tuple[bytes, str]]:
        """Confirmed fingerprint and title of each document."""
        return {row[0]: (row[1], row[2]) for row in self._all("documents.fingerprints", ids=as_json(ids))}

    def audiences_in(self, source: str, room: str) -> dict[bytes, Audience]:
        """The different audiences that the confirmed documents of a room have; two sources may call rooms alike."""
        rows = self._all("documents.audiences_in", source=source, room=room)
        return {row[0]: read_audience(row[1], row[2]) for row in rows}

    def audience_of(self, identifier: str) -> Audience | None:
        """The audience a document was last accepted with; None when it never was."""
        rows = self._all("documents.audience_of", id=identifier)
        return read_audience(*rows[0]) if rows else None

    def rooms_of(self, source: str) -> list[str]:
        """Ids of a source's confirmed room documents."""
        return [row[0] for row in self._all("documents.rooms_of", source=source)]

    def carriers(self, source: str, *, each: int) -> list[str]:
        """Ids of the first confirmed documents of each scope, for a source without room documents; the first of all first."""
        return [row[0] for row in self._all("documents.carriers", source=source, each=each)]

    def marker(self, source: str) -> str | None:
        """Id of the room document that carries the ledger's note for a source."""
        value: str | None = self._one("documents.marker", source=source)
        return value

    def accepted_at(self, ids: Sequence[str]) -> list[tuple[str, int, float]]:
        """Id, run and moment of what was accepted last of some documents, as far as no lost call can have changed it since."""
        return [tuple(row) for row in self._paged("documents.accepted_at", ids)]

    def confirmed(self, source: str) -> int:
        """Count a source's documents that the target has accepted."""
        return int(self._one("documents.confirmed", source=source))

    def accepted(self, run: int, source: str) -> int:
        """Count a source's documents that this run's session accepted."""
        return int(self._one("documents.accepted", source=source, run=run))

    def not_accepted(self, run: int) -> int:
        """Count what is, or may be, in the target and was not accepted in this run's session."""
        return int(self._one("documents.not_accepted", run=run))

    def unheard(self, source: str, *, since: float, settle_s: float) -> list[str]:
        """
        Ids of a source's documents of which a push went unanswered since a moment, and none was accepted since that.

        Args:
            settle_s: how late an unanswered push may take effect, as for those that are asked for.
        """
        rows = self._all("documents.unheard", source=source, until=since + settle_s, settle=settle_s)
        return [row[0] for row in rows]

    def unaccepted(self, run: int, *, source: str) -> Iterator[tuple[Standing, Body]]:
        """Walk the documents with a body that this run's session has not seen yet, parents first."""
        for row, standing in self._in_order_of_paths(
            "documents.unaccepted", chunk=CHUNK, source=source, run=run
        ):
            yield standing, read_body(row)

    def _paged(self, statement: str, ids: Sequence[str], **values: Any) -> Iterator[Any]:
        """What is found of many ids, which are asked for in pages."""
        for page in batched(ids, CHUNK):
            yield from self._all(statement, ids=as_json(page), **values)


class Ahead:
    """
    What is known of containers, for several in one question: of the one that is asked for, and of those that come next.

    It holds until something is written: then it is asked for anew, so that the answer is always that of now.
    """

    def __init__(self, documents: Documents, source: str) -> None:
        self._documents = documents
        self._source = source
        self._told: dict[str, bytes] = {}
        self._known: dict[str, dict[str, Known]] = {}
        self._proven: dict[str, bytes | None] | None = None
        self._as_of = -1

    def told(self, container: str, next_ones: Sequence[str]) -> bytes:
        """What the last listing of a container told, where all is as it left it; empty: what is known of it has to be compared."""
        if not self._is_of_now(container):
            containers = list({container: None} | dict.fromkeys(next_ones))
            told, proven = self._documents.told_of(containers, self._source)
            self._ask([one for one in containers if one not in told], told, proven)
        return self._told.get(container, b"")

    def known_in(self, container: str, next_ones: Sequence[str]) -> dict[str, Known]:
        """Find the documents last listed in one container, by id; each time of how it is now."""
        if not self._is_of_now(container) or container not in self._known:
            self._ask(list({container: None} | dict.fromkeys(next_ones)), {}, None)
        return self._known[container]

    def proven(self, container: str) -> bytes | None:
        """Fingerprint of the listing whose end was proven last; None when there is none."""
        if not self._is_of_now(container):
            return self._documents.proven(container)
        if self._proven is None:
            self._proven = self._documents.proven_of([*self._known, *self._told])
        return self._proven.get(container)

    def _is_of_now(self, container: str) -> bool:
        return self._as_of == self._documents.writes and (container in self._known or container in self._told)

    def _ask(
        self, containers: Sequence[str], told: dict[str, bytes], proven: dict[str, bytes | None] | None
    ) -> None:
        self._told = told
        self._known = self._documents.known_in_several(containers, self._source) if containers else {}
        self._proven = proven
        self._as_of = self._documents.writes
