"""Documents whose audience is to change: fewer people first, more people last or not without approval."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Literal

import msgspec

from connector.document.audience import Audience
from connector.document.document import Met
from connector.ledger.part import EVERYTHING, Part, as_json
from connector.ledger.rows import (
    BODY,
    STANDING,
    Body,
    Standing,
    kept_audience,
    read_audience,
    read_body,
    read_standing,
)

CHUNK = 200
WideningState = Literal["pending", "held", "approved"]
"""Of a document that more people may see than have it."""


class Widening(msgspec.Struct, frozen=True, kw_only=True):
    """More people may see a document than the target was told."""

    audience: Audience | None
    """Who may."""
    held: bool
    """It waits for a decision; else the next run tells the target."""
    kept: bool
    """A person decided that it stays as it is."""
    run: int
    """That noted it."""


class Narrowings(Part):
    """Documents that fewer, or other, people may see than have them, of one target."""

    def begin_narrowings(self) -> bool:
        """
        Begin anew: what an earlier run found out is found out again.

        What it read and the target has not confirmed is kept, until it is read anew: who lost a right by what was read last has
        lost it, also where nobody can be asked now.

        Returns:
            Whether any of it is kept.
        """
        self._run("pending_audiences.begin_narrowings")
        return bool(self._all("pending_audiences.any_narrowing"))

    def read_anew(self, ids: Sequence[str]) -> None:
        """What an earlier run read of documents counts no more."""
        self._run("pending_audiences.drop_narrowings", ids=as_json(list(ids)))

    def room_read_anew(self, source: str, room: str) -> None:
        """The same of all documents of a room."""
        self._run("pending_audiences.drop_narrowings_in", source=source, room=room)

    def has_unsent(self) -> bool:
        """Whether fewer people may see some document than the target was heard to show it to, and nobody is to decide about it."""
        return any(
            not read_audience(had, had_public).within(read_audience(wanted, wanted_public))
            for had, had_public, wanted, wanted_public in self._all("pending_audiences.unsent")
        )

    def confirmed(self, ids: Sequence[str]) -> dict[str, bytes]:
        """Digest of the audience that each of some documents was last accepted with."""
        return {row[0]: row[1] for row in self._all("pending_audiences.confirmed", ids=as_json(list(ids)))}

    def audience(self, digest: bytes) -> Audience | None:
        """The audience of a digest."""
        rows = self._all("pending_audiences.audience", digest=digest)
        return read_audience(*rows[0]) if rows else None

    def remember(self, audience: Audience) -> bytes:
        """Keep an audience by its digest."""
        self._each("pushes.remember_audience", [kept_audience(audience)])
        return audience.digest()

    def narrow(self, items: Sequence[tuple[str, bytes, str]]) -> None:
        """Note documents to be narrowed: (id, digest of the audience that was read, how)."""
        self._each(
            "pending_audiences.narrow",
            [{"id": i, "audience": digest, "how": how} for i, digest, how in items],
        )

    def narrow_met(self, items: Sequence[tuple[str, bytes, str, Met]]) -> None:
        """The same of what a listing met: (id, digest, how, where it was met), unless another has met it elsewhere since."""
        self._each(
            "pending_audiences.narrow_met",
            [{"id": i, "audience": digest, "how": how, **met._asdict()} for i, digest, how, met in items],
        )

    def note_unless_narrowed(self, items: Sequence[tuple[str, bytes, str]]) -> None:
        """The same, where nothing else is noted of them: what takes a right away is not given up for what may have to wait."""
        self._each(
            "pending_audiences.note_names",
            [{"id": i, "audience": digest, "how": how} for i, digest, how in items],
        )

    def has_any_public(self) -> bool:
        """Whether an audience is known that is everybody."""
        return bool(self._all("pending_audiences.any_public"))

    def have_again(self, items: Sequence[tuple[str, bytes]]) -> None:
        """The target has these as it had them before: (id, digest of the audience of then)."""
        self._each("pending_audiences.have_again", [{"id": i, "audience": digest} for i, digest in items])

    def narrow_room(self, source: str, room: str, had: bytes, *, audience: bytes, how: str) -> None:
        """Note every document of a room that has one audience."""
        self._run(
            "pending_audiences.narrow_room", source=source, room=room, had=had, audience=audience, how=how
        )

    def containers(self, ids: Sequence[str]) -> dict[str, tuple[str, bool]]:
        """The source's own id of each of some documents, and whether it is public, or still is once it is narrowed as noted."""
        return {
            row[0]: (row[1], bool(row[2]))
            for row in self._all("pending_audiences.containers", ids=as_json(ids))
        }

    def closing(self, source: str) -> list[str]:
        """The source's own ids of documents that are public, and are to be no more."""
        return [native for (native,) in self._all("pending_audiences.closing", source=source)]

    def below(self, source: str, natives: Sequence[str]) -> Iterator[tuple[Standing, Body, bytes]]:
        """Walk the confirmed documents below some containers, sent or in quarantine, with the digest of their audience."""
        rows = self._all("pending_audiences.paths_of", source=source, natives=as_json(natives))
        walked = ""
        for path in sorted({_down_to(container, path) for container, path in rows}):
            if walked and path.startswith(walked):
                continue  # what is below it was walked with what is above it
            walked = path
            yield from self._accepted_after(path, "pending_audiences.below", end=path[:-1] + "0")

    def naming(self, source: str, identities: Collection[str]) -> Iterator[tuple[Standing, Body, bytes]]:
        """Walk the confirmed documents of a source whose audience names one of these, with its digest."""
        named = as_json(sorted(identities))
        if identities and self._all("pending_audiences.any_naming", identities=named):
            yield from self._accepted_after("", "pending_audiences.naming", source=source, identities=named)

    def count_narrowings(self) -> dict[str, dict[tuple[str, str], int]]:
        """Count what is to be narrowed, by how, then by source and room; what is held already is not counted again."""
        counts: dict[str, dict[tuple[str, str], int]] = {}
        for how, source, room, count in self._all("pending_audiences.count_narrowings"):
            counts.setdefault(how, {})[source, room] = count
        return counts

    def narrowings(self, how: str) -> Iterator[tuple[Standing, Body | None, Audience, Audience]]:
        """Walk what is to be narrowed, parents first: document, body, the audience it has, the one that was read."""
        yield from self._walk("narrowing", "pending_audiences.narrowings", how=how)

    def forget_names(self, ids: Sequence[str]) -> None:
        """No breadcrumb of these tells a name again."""
        self._run("pending_audiences.forget_names", ids=as_json(list(ids)))

    def still_public(self) -> Iterator[tuple[Standing, Body | None, Audience, Audience]]:
        """Walk the public ones of what may have to wait before it is left to nobody, or to others, held ones among them."""
        yield from self._walk("narrowing", "pending_audiences.still_public")

    def empties(self, how: str) -> dict[str, bytes]:
        """The documents that a kind of narrowing would leave to nobody: digest of the audience that was read, by id."""
        return {row[0]: row[1] for row in self._all("pending_audiences.empties", how=how)}

    def emptied(self) -> dict[tuple[str, str], int]:
        """Count the documents that are to be left to nobody and are not yet, by source and room."""
        return {(row[0], row[1]): row[2] for row in self._all("pending_audiences.emptied")}

    def refused(self, *, now: float) -> Iterator[tuple[Standing, Body | None, Audience, Audience]]:
        """Walk what was to be narrowed and was refused by the target, parents first; the audiences may have met since."""
        yield from self._walk("narrowing", "pending_audiences.refused", now=now)

    def release_accepted(self, refused: Sequence[str]) -> None:
        """Let go of what was held because its narrower audience was refused, apart from what is refused still."""
        self._run("pending_audiences.release_accepted", refused=as_json(list(refused)))

    def lost(self, identifier: str) -> bool:
        """Whether a document turned out in this run to have no audience, or an unknown one for too long."""
        return bool(self._all("pending_audiences.lost", id=identifier))

    def release_read_otherwise(self, note: Callable[[bytes], str]) -> None:
        """
        Let go of what is on hold since all its readers would lose it, where another list is read than it is on hold for.

        Args:
            note: what a hold is noted with, of the digest of a list.
        """
        for held_for, digest in self._all("pending_audiences.lists_of_held"):
            if held_for != note(digest):
                self._run("pending_audiences.release_of_list", note=held_for, audience=digest)

    def release_found(self, source: str, room: str) -> None:
        """Let go of what was held for having no audience, where it has one again."""
        self._run("pending_audiences.release_found", source=source, room=room)

    def _walk(
        self, noted: str, statement: str, **values: Any
    ) -> Iterator[tuple[Standing, Body | None, Audience, Audience]]:
        if not self._all(f"pending_audiences.any_{noted}"):
            return  # most runs: the statement below follows the order of paths and would look at every document
        for row, standing in self._in_order_of_paths(statement, chunk=CHUNK, **values):
            had, had_public, wanted, wanted_public = row[STANDING + BODY :]
            yield (
                standing,
                read_body(row) if row[STANDING] is not None else None,
                read_audience(had, had_public),
                read_audience(wanted, wanted_public),
            )

    def _accepted_after(
        self, last: str, statement: str, **values: Any
    ) -> Iterator[tuple[Standing, Body, bytes]]:
        """Walk what stands behind a path as it was accepted last, with the digest of its audience."""
        while rows := self._all(statement, last=last, chunk=CHUNK, **values):
            for row in rows:
                standing, (audience, *body) = read_standing(row), row[STANDING:]
                last = standing.path
                yield standing, Body(*body), audience


class PendingAudiences(Narrowings):
    """What is to be shown to other people than before, of one target."""

    def widen(self, items: Sequence[tuple[str, bytes]], *, run: int) -> None:
        """Note documents that more people may see just as the target has them: (id, digest of the audience that was read)."""
        self._each("pending_audiences.widen", [{"id": i, "audience": digest} for i, digest in items], run=run)

    def widen_met(self, items: Sequence[tuple[str, bytes, bytes, Met]], *, run: int) -> None:
        """
        The same of what a listing met in a version of its own: (id, digest, version, where it was met).

        Nothing is noted of what another listing has met elsewhere since.
        """
        self._each(
            "pending_audiences.widen_met",
            [
                {"id": i, "audience": digest, "version": version, **met._asdict()}
                for i, digest, version, met in items
            ],
            run=run,
        )

    def take_back(self, ids: Sequence[str], *, run: int, containers: Sequence[str] = ()) -> None:
        """
        What a run noted of documents counts no more: that more people may see them, or nobody any more.

        Args:
            containers: of which all that stands below counts no more either.
        """

        def write() -> None:
            self._run("pending_audiences.take_back_widenings", ids=as_json(list(ids)), run=run)
            self._run("pending_audiences.take_back_emptied", ids=as_json(list(ids)))
            for one in (
                containers
                if self._all("pending_audiences.any_widening") or self._all("pending_audiences.any_narrowing")
                else ()
            ):
                self._run("pending_audiences.take_back_widenings_below", container=one, run=run)
                self._run("pending_audiences.take_back_emptied_below", container=one)

        self.wholly(write)

    def unclear(self) -> Iterator[tuple[Standing, Body | None, Audience, Audience]]:
        """Walk what more people were to see, in a push without an answer: the target may have the wider audience."""
        yield from self._walk("widening", "pending_audiences.unclear")

    def settle_widenings(self, *, run: int, most: int) -> int:
        """
        Decide what may be shown to more people: all that is new, or none of it.

        Returns:
            How many are held that were not held before.
        """
        self._run("pending_audiences.drop_widenings", run=run)
        fresh = int(self._one("pending_audiences.fresh_widenings", run=run))
        if fresh <= most:
            return 0
        self._run("pending_audiences.hold_widenings", run=run)
        return fresh

    def widenings(self, *, run: int) -> Iterator[tuple[Standing, Body | None, Audience, Audience]]:
        """Walk what may be shown to more people now, since the target has it as it was listed, parents first."""
        yield from self._walk("widening", "pending_audiences.widenings", run=run)

    def forget_widenings(self) -> None:
        """Take out what the target has confirmed; what was to be narrowed before was read anew for it."""
        with self.at_once():
            self._run("pending_audiences.forget_narrowed_before")
            self._run("pending_audiences.forget_widenings")

    def approve(self, *, up_to_run: int) -> int:
        """Let what was held up to a run be shown, as far as the same audience is read again."""
        return self._run("pending_audiences.approve", run=up_to_run)

    def keep(self, *, up_to_run: int) -> int:
        """Acknowledge what was held up to a run: it changes no outcome any more."""
        return self._run("pending_audiences.keep", run=up_to_run)

    def held(self, *, up_to_run: int = EVERYTHING, limit: int = EVERYTHING) -> list[tuple[str, str, bool]]:
        """Id and title of what is held from being shown to more people, and whether a person decided that it stays so."""
        return [
            (row[0], row[1], bool(row[2]))
            for row in self._all("pending_audiences.held", run=up_to_run, limit=limit)
        ]

    def count_held(self, *, up_to_run: int) -> int:
        """Count what is held since a run or an earlier one."""
        return int(self._one("pending_audiences.count_held", run=up_to_run))

    def held_counts(self) -> tuple[int, int]:
        """Count what is held: all, and those nobody acknowledged."""
        row = self._all("pending_audiences.held_counts")[0]
        return int(row[0]), int(row[1])

    def waiting(self, identifier: str) -> Widening | None:
        """That more people may see one document than the target was told; None where nobody more may."""
        rows = self._all("pending_audiences.waiting", id=identifier)
        if not rows:
            return None
        digest, state, kept, run = rows[0]
        return Widening(audience=self.audience(digest), held=state == "held", kept=bool(kept), run=run)


def _down_to(container: str, path: str) -> str:
    """The place of a container, by its own or by that of what was listed in it, and may have been accepted elsewhere."""
    above, found, _ = path.partition(f"/{container}/")
    return f"{above}{found}" if found else path
