"""Each person's record in the target: as it was sent, what it may have, who is held, and what was lost."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import msgspec

from connector.document.audience import Audience, is_user
from connector.ledger.part import CHUNK, EVERYTHING, Part, as_json
from connector.ledger.rows import Record, kept_audience
from connector.ledger.shares import NOT_SINCE, read_identities, write_identities

CHANGED = "people-changed"
"""The kind of note that holds, by target, in which run people's records changed last."""


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """One person who lost her record, or her last identity besides her own."""

    id: str
    address: str
    whole: bool
    """The record itself."""
    approved: bool
    why: str


class Losses(Part):
    """What the people of one target lost, and who is held so that they do not."""

    def count_lost(self, lost: Sequence[Lost], *, run: int, now: float) -> None:
        """Let the brake of the next 24 hours count people who lost what they had."""
        self._each("records.count_lost", [msgspec.structs.asdict(one) for one in lost], run=run, now=now)

    def lost_since(self, since: float) -> int:
        """Count who lost what they had since a time, without a person's approval."""
        return int(self._one("records.lost_since", since=since))

    def removed_after_run(self, run: int) -> int:
        """Count the records removed since a run, approved or not."""
        return int(self._one("records.removed_after_run", run=run))

    def hold(self, items: Sequence[tuple[str, str]], *, run: int) -> None:
        """Hold people by name: (id, why); who is held already stays held since then."""
        self._each("records.hold", [{"id": identifier, "why": why} for identifier, why in items], run=run)

    def release(self, ids: Sequence[str]) -> None:
        """Take people out of being held."""
        self._each_id("records.release", ids)

    def keep(self, *, up_to_run: int) -> int:
        """Acknowledge who was held up to a run."""
        return self._run("records.keep", run=up_to_run)

    def held_counts(self) -> dict[tuple[str, bool], int]:
        """Count who is held, by reason and whether it was acknowledged."""
        return {(row[0], bool(row[1])): row[2] for row in self._all("records.held_counts")}


class Records(Losses):
    """The records of one target: looked up by their ids, or in pages."""

    def records(self, ids: Sequence[str]) -> dict[str, Record]:
        """Find records by their ids."""
        return {row[0]: _record(row) for row in self._all("records.records", ids=as_json(list(ids)))}

    def pages(self, *, held: bool = False, changed: bool = False) -> Iterator[list[Record]]:
        """
        Walk the records that are, or may be, in the target, in pages.

        Args:
            held: only of those who are held.
            changed: not of those whom one share names with all that the target may have, and no other; alone.
        """
        which = "records.pages_held" if held else "records.pages_changed" if changed else "records.pages"
        last = ""
        while page := [_record(row) for row in self._all(which, last=last, chunk=CHUNK)]:
            yield page
            last = page[-1].id

    def standing(self) -> int:
        """Count the records that the target may have."""
        return int(self._one("records.standing"))

    def asked_with_something_to_lose(self, run: int, *, since: float) -> int:
        """Count the records that have more than a person's own identities, and of whom a run has read a share since a time."""
        return int(self._one("records.asked_with_something_to_lose", run=run, since=since))

    def asked_in(self, source: str, run: int, *, since: float) -> int:
        """Count the records that have groups of a source, and of whom a run has read a share there since a time."""
        beginning = f"{source}:group:"
        return int(self._one("records.asked_in", run=run, since=since, source=source, beginning=beginning))

    def intend(self, records: Sequence[tuple[str, str, Sequence[str]]]) -> dict[str, Record]:
        """
        Record what is about to be pushed: until it is confirmed, the target may have the old and the new.

        Returns:
            The records as they were before.
        """
        before = self.records([identifier for identifier, _, _ in records])
        self._each(
            "records.intend",
            [
                {
                    "id": i,
                    "address": address,
                    "may": write_identities(sorted({*identities, *(before[i].may if i in before else ())})),
                }
                for i, address, identities in records
            ],
        )
        return before

    def confirm(
        self,
        records: Sequence[tuple[str, str, Sequence[str]]],
        *,
        before: dict[str, Record],
        session_run: int,
        redo_after: float | None,
        now: float,
        run: int = 0,
    ) -> None:
        """
        Remember what the target took; after a lost attempt it is done once more later.

        Args:
            before: the records as they were before, whom the history tells what they gained and lost.
            run: by which it is told.
        """
        with self.at_once():
            self._tell_history(records, before, run=run, now=now)
            self._confirm(
                [(i, identities, identities) for i, _, identities in records],
                found=True,
                session_run=session_run,
                redo=redo_after,
                now=now,
            )

    def _tell_history(
        self,
        records: Sequence[tuple[str, str, Sequence[str]]],
        before: dict[str, Record],
        *,
        run: int,
        now: float,
    ) -> None:
        """Note who has other identities than were confirmed last; who is new, or was in doubt, is nobody's change."""
        rows: list[dict[str, Any]] = []
        audiences: dict[bytes, Audience] = {}
        for identifier, _, identities in records:
            had = before[identifier].sent if identifier in before else None
            if had is None or set(had) == set(identities):
                continue
            old, new = (Audience(tuple(sorted(set(one)))) for one in (had, identities))
            audiences |= {old.digest(): old, new.digest(): new}
            rows.append({"id": identifier, "before": old.digest(), "after": new.digest()})
        if rows:
            self._each("pushes.remember_audience", [kept_audience(one) for one in audiences.values()])
            self._each("audiences.note_people", rows, run=run, now=now)

    def regrouped_since(self, since: float) -> set[str]:
        """Own identities of whom the target confirmed with other groups than before, since a time (seconds since 1970)."""
        found: set[str] = set()
        for before, after in self._all("audiences.people_since", since=since):
            had, has = set(read_identities(before)), set(read_identities(after))
            if not all(map(is_user, had ^ has)):
                found.update(filter(is_user, had | has))
        return found

    def confirm_not_found(
        self,
        records: Sequence[tuple[str, str, Sequence[str]]],
        *,
        before: dict[str, Record],
        session_run: int,
        redo_after: float | None,
        now: float,
    ) -> None:
        """Remember that nobody, or more than one, has an address now: what the target had of the record it still has."""
        self._confirm(
            [(i, identities, before[i].may if i in before else ()) for i, _, identities in records],
            found=False,
            session_run=session_run,
            redo=redo_after,
            now=now,
        )

    def _confirm(self, records: Sequence[tuple[str, Sequence[str], Sequence[str]]], **values: Any) -> None:
        self._each(
            "records.confirm",
            [
                {"id": i, "sent": write_identities(sent), "may": write_identities(may)}
                for i, sent, may in records
            ],
            **values,
        )

    def intend_removal(self, ids: Sequence[str]) -> dict[str, Record]:
        """
        Record whom the target is about to be told to remove: until it is confirmed, it may have her or not.

        Returns:
            The records as they were before.
        """
        before = self.records(ids)
        self._each_id("records.intend_removal", ids)
        return before

    def still_there(self, records: Sequence[Record]) -> None:
        """The target refused to remove them: it has of each what it had."""
        self._each(
            "records.still_there",
            [{"id": one.id, "sent": write_identities(one.sent)} for one in records if one.sent is not None],
        )

    def refuse(self, ids: Sequence[str]) -> None:
        """Count that the target refused records once more."""
        self._each_id("records.refuse", ids)

    def lose(self, ids: Sequence[str], *, until: float) -> None:
        """Record calls without an answer: they may still take effect until then."""
        self._each_id("records.lose", ids, until=until)

    def lose_open(self, *, until: float) -> None:
        """Treat what an earlier, dead run sent and never heard of as lost calls."""
        self._run("records.lose_open", until=until)

    def doubt(self, *, run: int, read: bool = False) -> int:
        """
        Take everybody for not pushed, and for not read before a run: the target is another one, or has seen more than this ledger.

        Args:
            run: what the sources said in it holds.
            read: so does what they said before, since it is the target alone that knows less.

        Returns:
            How many records that concerns.
        """
        with self.at_once():
            if not read:
                self._run("records.doubt_shares", doubtful=NOT_SINCE, run=run)
            return self._run("records.doubt")

    def doubt_addresses(self, sources: Collection[str], *, run: int) -> None:
        """
        Take whom these sources name for not read before a run: the settings find people by other addresses since.

        Args:
            run: what the sources said in it holds.
        """
        self._run("records.doubt_shares_of", doubtful=NOT_SINCE, run=run, sources=as_json(sorted(sources)))

    def have_again(self, records: Sequence[tuple[str, Sequence[str]]]) -> None:
        """The target may have of these what it had before: (id, identities)."""
        self._each("records.have_again", [{"id": i, "may": write_identities(may)} for i, may in records])

    def doubt_removals(self, *, since: int) -> None:
        """
        Take whoever was removed from a run on for still there: another target did it, which says nothing about this one.

        What the record holds there is not known; it goes as any other does, unless a source names her again.
        """
        self._run("records.doubt_removals", since=since, may=write_identities(["unknown"]))

    def removed(
        self,
        lost: Sequence[Lost],
        *,
        before: dict[str, Record],
        run: int,
        now: float,
        redo_after: float | None,
    ) -> None:
        """
        Forget records that the target has removed.

        The row stays while a lost call may still bring one back, or remove a newer one.

        Args:
            before: the records as they were before.
        """
        ids = [one.id for one in lost]
        with self.at_once():
            self._tell_history([(one.id, one.address, ()) for one in lost], before, run=run, now=now)
            self.count_lost(lost, run=run, now=now)
            self._take_out(ids, now=now, redo_after=redo_after)

    def due_again(self, *, now: float) -> list[str]:
        """Ids of the records that were removed, and that a lost call may have brought back since: it cannot any more."""
        return [row[0] for row in self._all("records.due_again", now=now)]

    def removed_again(self, ids: Sequence[str], *, now: float, redo_after: float | None) -> None:
        """They were removed once more, which is nobody's loss."""
        with self.at_once():
            self._take_out(ids, now=now, redo_after=redo_after)

    def _take_out(self, ids: Sequence[str], *, now: float, redo_after: float | None) -> None:
        if redo_after is None:
            self._each_id("records.drop", ids, now=now)
        self._each_id("records.remove", ids, redo=redo_after)

    def forget_settled(self) -> None:
        """Forget the records that the target does not have and nobody waits for."""
        self._run("records.forget_settled")

    def change(self, *, run: int) -> None:
        """Note that somebody is about to get another record, or to lose hers, in a run."""
        self._database.each(
            "notes.put",
            [{"key": self._own["target"]}],
            {"source": "", "kind": CHANGED, "value": b"", "mark": b"", "read_run": run},
        )

    def changed_in(self) -> int:
        """The last run in which somebody was to; 0 where nobody ever was."""
        asked = {"source": "", "kind": CHANGED, "key": self._own["target"]}
        rows = self._database.all("notes.get", asked)
        return int(rows[0][2]) if rows else 0

    # -- what the end of a session may remove -------------------------------------------------

    def not_accepted(self, run: int) -> int:
        """Count the records that this run's session has not accepted."""
        return int(self._one("records.not_accepted", run=run))

    def accepted(self, run: int | None = None) -> int:
        """Count the records that the target took for somebody, in one run's session if asked."""
        if run is None:
            return int(self._one("records.accepted"))
        return int(self._one("records.accepted_in", run=run))

    def any_session(self) -> bool:
        """Whether an earlier run had everybody in a session."""
        return bool(self._all("records.any_session"))

    # -- who is held ----------------------------------------------------------------------

    def held(self, *, up_to_run: int = EVERYTHING, limit: int = EVERYTHING) -> list[Record]:
        """List who is held."""
        return [_record(row) for row in self._all("records.held", run=up_to_run, limit=limit)]

    def count_held(self, *, up_to_run: int) -> int:
        """Count who is held since a run or an earlier one."""
        return int(self._one("records.count_held", run=up_to_run))

    def unknown(self, limit: int) -> list[str]:
        """Addresses that nobody, or more than one, in the intranet has."""
        return [row[0] for row in self._all("records.unknown", limit=limit)]


def _record(row: Any) -> Record:
    values = dict(zip(Record.__struct_fields__, row, strict=True))
    values["sent"] = None if values["sent"] is None else read_identities(values["sent"])
    values["may"] = read_identities(values["may"])
    values["found"], values["kept"] = bool(values["found"]), bool(values["kept"])
    return Record(**values)
