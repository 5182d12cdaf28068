"""Where documents were listed, which were missing, and which are held although they seem to go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connector.document.ids import path_ids
from connector.ledger.part import CHUNK, EVERYTHING, Part, as_json
from connector.ledger.rows import Standing, read_standing


class Presence(Part):
    """What complete listings said."""

    def found(self, items: Sequence[tuple[str, str, str, str]]) -> None:
        """
        Note where items were listed: (id, container, room, another container that listed it in this run or nothing).

        What was missing or held is there again. What is held for its audience stays so: that it is listed says nothing
        of who may see it.
        """
        self._each(
            "presence.found",
            [
                {"id": identifier, "container": container, "room": room, "also": also}
                for identifier, container, room, also in items
            ],
        )

    def miss(
        self,
        ids: Sequence[str],
        *,
        run: int,
        why: str,
        witness: bool = False,
        container: str = "",
        room: str = "",
    ) -> None:
        """
        Note that a complete listing lacked these documents.

        Args:
            witness: whether that listing can be relied on in what it lacks.
            container: what was listed; what another listing has found elsewhere meanwhile is not missing.
            room: the same of the scope, where a container stands in the same one as before.
        """
        self._each_id(
            "presence.miss_with_witness" if witness else "presence.miss",
            ids,
            run=run,
            why=why,
            container=container,
            room=room,
        )

    def miss_container(self, container: str, path: str, room: str, *, run: int) -> None:
        """
        Note that a container was gone when it was to be listed; if another listing has found it elsewhere meanwhile, it is not.

        Args:
            path: at which it was found, and in which scope.
        """
        *_, above, _ = "", "", *path_ids(path)
        self.miss([container], run=run, why="absent", container=above, room=room)

    def gone(self, ids: Sequence[str], *, run: int) -> None:
        """Note what was asked for and is gone where it stood, while nobody can tell whether it stands elsewhere."""
        self._each_id("presence.gone", ids, run=run)

    def answers(self, identifier: str) -> None:
        """Note that what was asked for is there."""
        self._run("presence.answers", id=identifier)

    def forget_absences(self, source: str) -> None:
        """What earlier runs did not find of a source is a reason to ask, and counts for nothing else any more."""
        self._run("presence.forget_absences", source=source)

    def miss_below(self, container: str, *, run: int, why: str) -> None:
        """Note that everything listed below a container goes with it; what was listed elsewhere meanwhile is not below it any more."""
        self._run("presence.miss_below", container=container, run=run, why=why)

    def miss_unlisted(self, source: str, *, run: int) -> None:
        """Note as missing what stands in containers that no complete listing of this run reached."""
        self._run("presence.miss_unlisted", source=source, run=run)

    def missing(self, source: str, *, run: int) -> Iterator[Standing]:
        """Walk what the complete listings of this run lacked, children after their parents; held ones are not repeated."""
        if not self._all("presence.any_missing"):
            return  # most runs: the statement below follows the order of paths and would look at every document
        for _, standing in self._in_order_of_paths("presence.missing", chunk=CHUNK, source=source, run=run):
            yield standing

    def count_missing(self, source: str, *, run: int, again: bool = False) -> int:
        """
        Count what the complete listings of this run lacked.

        Args:
            again: only what an earlier run asked for and found gone.
        """
        name = "presence.count_missing_again" if again else "presence.count_missing"
        return int(self._one(name, source=source, run=run))

    def siblings(self, container: str, *, kind: str, name: str, besides: str) -> list[str]:
        """Ids of live documents of the same name and kind in the same container."""
        rows = self._all("presence.siblings", container=container, kind=kind, besides=besides)
        return [row[0] for row in rows if row[1].casefold() == name.casefold()]

    def blocked_by_children(self, ids: Sequence[str], going: set[str]) -> set[str]:
        """Which documents a live document's confirmed path runs through, apart from those that go as well."""
        blocked = set()
        for identifier in ids:
            path: str | None = self._one("presence.path_of", id=identifier)
            if not path:
                continue
            rows = self._all("presence.within", path=path, end=path[:-1] + "0")
            if any(row[0] not in going for row in rows):
                blocked.add(identifier)
        return blocked

    # -- holding ------------------------------------------------------------------------------

    def hold(self, items: Sequence[tuple[str, str]], *, run: int, note: str = "") -> None:
        """Hold documents by name: (id, why); the note is for the words."""
        self._each(
            "presence.hold",
            [{"id": identifier, "why": why} for identifier, why in items],
            run=run,
            note=note,
        )

    def release(self, source: str, *, why: str) -> None:
        """Let go of what was held for a reason that is no more, and that nobody decided about: it is as missing as before."""
        self._run("presence.release", source=source, why=why)

    def hold_below(self, container: str, *, run: int, why: str) -> None:
        """Hold everything listed below a container."""
        self._run("presence.hold_below", container=container, run=run, why=why)

    def hold_room(self, source: str, room: str, *, run: int, why: str) -> int:
        """Hold every document of a room; says how many are held now that were not before."""
        return self._run("presence.hold_room", source=source, room=room, run=run, why=why)

    def hold_source(self, source: str, *, run: int, why: str) -> int:
        """Hold every document of a source."""
        return self._run("presence.hold_source", source=source, run=run, why=why)

    def release_room(self, source: str, room: str) -> int:
        """Take the documents of a room that is listed again out of being held."""
        return self._run("presence.release_room", source=source, room=room)

    def release_source(self, source: str) -> int:
        """Take the documents of a source that the settings have again out of being held for having none."""
        return self._run("presence.release_source", source=source)

    def keep(self, *, up_to_run: int) -> int:
        """Acknowledge what was held up to a run: it stays, and changes no outcome any more."""
        return self._run("presence.keep", run=up_to_run)

    def held(self, *, up_to_run: int = EVERYTHING, limit: int = EVERYTHING) -> list[Standing]:
        """List what is held, children after their parents."""
        return [read_standing(row) for row in self._all("presence.held", run=up_to_run, limit=limit)]

    def first_held(self, *, up_to_run: int, limit: int) -> list[Standing]:
        """The first of what is held, whatever the latest run holds before the rest: no more is looked at than is told."""
        return [read_standing(row) for row in self._all("presence.first_held", run=up_to_run, limit=limit)]

    def count_held(self, *, up_to_run: int) -> int:
        """Count what is held since a run or an earlier one."""
        return int(self._one("presence.count_held", run=up_to_run))

    def held_counts(self) -> dict[tuple[str, bool], int]:
        """Count what is held, by reason and whether it was acknowledged."""
        return {(row[0], bool(row[1])): row[2] for row in self._all("presence.held_counts")}

    # -- containers ---------------------------------------------------------------------------

    def see_containers(self, rows: Sequence[dict[str, Any]]) -> None:
        """Note complete listings: dicts of id, source, room, run, proven, unsteady, and of what was told."""
        self._each("presence.see_containers", rows)

    def seen_now(self, containers: Sequence[str], *, run: int) -> set[str]:
        """Which of some containers this run has listed to the end."""
        return {row[0] for row in self._all("presence.seen_now", ids=as_json(list(containers)), run=run)}

    def is_witness(self, container: str, *, run: int) -> bool:
        """Whether this run's listing of a container can be relied on in what it lacks."""
        return bool(self._one("presence.is_witness", id=container, run=run))

    def is_container(self, identifier: str) -> bool:
        """Whether something stands in a document, or its children were ever listed."""
        return bool(self._one("presence.is_container", id=identifier))

    @property
    def writes(self) -> int:
        """How often documents or containers were written into the ledger."""
        return self._database.writes

    def told_of(
        self, containers: Sequence[str], source: str
    ) -> tuple[dict[str, bytes], dict[str, bytes | None]]:
        """
        What the last listings of some containers told, of those in which every document is as that listing left it.

        So many documents stand there as it had rows, each live, confirmed and waiting for nothing, and sent in no run since.
        The second is what `proven_of` says of all of them.
        """
        rows = self._all("presence.told_of", ids=as_json(list(containers)), source=source)
        told = {one: told for one, told, _ in rows if told is not None}
        return told, {one: proven for one, _, proven in rows}

    def proven_of(self, containers: Sequence[str]) -> dict[str, bytes | None]:
        """The same of some containers, as far as they were listed."""
        return {row[0]: row[1] for row in self._all("presence.proven_of", ids=as_json(list(containers)))}

    def proven(self, container: str) -> bytes | None:
        """Fingerprint of the listing whose end was proven last; None when there is none."""
        value: bytes | None = self._one("presence.proven", id=container)
        return value
