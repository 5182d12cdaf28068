"""
People's identities on their way to the target: shorter lists first, longer ones last.

One record per person: its identities are the union of what the sources say, as far as the ledger knows; a
source that was not read keeps its share. Interact links a record to the one person with that address; the
answers added, updated and not found all count as taken. In a full run everybody is pushed again in a
session of their own, which is ended under the same care as that of the documents.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b

import msgspec

from connector.errors import TargetUnavailable
from connector.ledger.memory import Notes
from connector.ledger.people import People, Record, Share
from connector.ports import Peopled, PersonRead, Source, Target
from connector.report import Report
from connector.session import Gate, SyncSession

SHUT_OUT_AT_ONCE = 3
"""People whose records may be taken out in one run because the intranet refuses their shorter lists."""
AT_LEAST = 2
"""People who are asked for again in a delta, however few there are."""
READ_AT_ONCE = 200
UNKNOWN_SHOWN = 1_000
SESSION = "people-session"
NOTHING_STANDS = Gate(
    incomplete=0,
    unseen=0,
    unknown=0,
    not_accepted=0,
    suspects=0,
    held=0,
    predicted_removals=0,
    removals_allowed=0,
    unsettled=0,
)

Wanted = tuple[str, str, Sequence[str]]
"""Id, address, identities."""


class Matching(msgspec.Struct, frozen=True, kw_only=True):
    """How people of the sources are found in the intranet."""

    by: str = "email"
    """email or username."""
    domains: Mapping[str, str] = {}
    """Mail domains to replace."""

    def address(self, person: PersonRead) -> str:
        """What a person is matched by, in its one form; empty where the source does not say."""
        return self.normalise(person.username if self.by == "username" else person.email)

    def normalise(self, address: str) -> str:
        """Bring an address into its one form, with its mail domain replaced."""
        name, at, domain = address.strip().lower().rpartition("@")
        return f"{name}@{self.domains.get(domain, domain)}" if at else domain


def record_id(address: str) -> str:
    """Make the GloballyUniqueId of a person's record: nothing of the address can be read from it."""
    return f"person-{blake2b(address.encode(), digest_size=14).hexdigest()}"


class PeopleSync:
    """The people of one target in one run."""

    def __init__(
        self,
        people: People,
        notes: Notes,
        target: Target,
        report: Report,
        *,
        run: int,
        thorough: bool,
        whole: bool,
        sessions: bool,
        matching: Matching,
        batch: int,
        settle_s: float,
        clock: Callable[[], float],
        still_ours: Callable[[], None],
    ) -> None:
        self._people = people
        self._notes = notes
        self._target = target
        self._report = report
        self._run = run
        self._thorough = thorough
        self._whole = whole
        """Whether everybody is pushed again."""
        self._sessions = sessions and whole
        self._matching = matching
        self._batch = batch
        self._settle_s = settle_s
        self._clock = clock
        self._still_ours = still_ours
        self._session_run = 0
        self._asked: dict[str, set[str]] = {}
        """Per source: keys of those who were met and asked for; some may still be unknown."""
        self._unread = 0
        self._unsettled = 0
        self._refused: list[str] = []

    # -- first: shorter lists -----------------------------------------------------------------

    async def shorten(self, sources: Sequence[Source]) -> None:
        """
        Ask again for the people whose turn it is; what they lose is taken from them before anything else is sent.

        Raises:
            TargetUnavailable: it is not clear that they lost it, so nothing else is sent.
        """
        self._people.lose_open(until=self._clock() + self._settle_s)
        for source in sources:
            if isinstance(source, Peopled):
                known = list(self._people.known(source.name))
                due = max(AT_LEAST, math.ceil(len(known) * source.share))
                await self._read(source.name, source, known if self._thorough else known[:due])
        wanted = self._people.unions()
        shorter: list[Wanted] = []
        gone: list[str] = []
        for identifier, record in self._people.records().items():
            want = wanted.get(record.address)
            if want is None:
                gone.append(identifier)
            elif not set(record.may) <= set(want):
                rest = sorted(set(record.may) & set(want))
                shorter.append((identifier, record.address, rest or want))
        await self._remove(gone)
        before, self._refused = self._unsettled, []
        await self._push(shorter)
        await self._shut_out(self._refused)
        if self._unsettled > before:
            raise TargetUnavailable(
                "The intranet does not say whether people's shorter lists of identities arrived, so nothing else is sent; "
                "the next run tries again"
            )

    async def _shut_out(self, refused: Sequence[str]) -> None:
        """
        Take out the records of a few people whom the intranet refuses with a shorter list: they would keep the longer one.

        Many at once are the intranet's trouble, not theirs: then the run ends before anything else is sent.
        """
        if not refused or len(refused) > SHUT_OUT_AT_ONCE:
            return
        await self._remove(refused)
        self._unsettled -= len(refused)
        self._report.withhold(
            f"{len(refused)} person(s) whom Interact refuses with fewer identities were taken out of it: each of them finds "
            "nothing with restricted access until Interact takes the record again"
        )

    # -- last: longer lists -------------------------------------------------------------------

    async def meet(self, sources: Sequence[Source]) -> None:
        """Ask for everybody whom the sources met in this run and nobody knew."""
        for source in sources:
            if isinstance(source, Peopled):
                known = self._people.known(source.name)
                asked = self._asked.setdefault(source.name, set())
                met = source.people_met() - known.keys() - asked
                asked |= met
                await self._read(source.name, source, sorted(met))

    async def complete(self, sources: Sequence[Source], *, absent: int) -> None:
        """
        Push everybody who is new or may see more; in a full run everybody, in a session.

        Args:
            absent: how many sources of the target could not be read.
        """
        await self.meet(sources)
        session = await self._begin() if self._sessions else None
        records = self._people.records()
        now = self._clock()
        await self._push(
            [
                (identifier, address, want)
                for address, want in self._people.unions().items()
                for identifier in (record_id(address),)
                if self._whole or _differs(records.get(identifier), want, now=now)
            ]
        )
        if session is not None:
            await self._end(session, absent)
        self._report.people.unknown = self._people.unknown(UNKNOWN_SHOWN)
        if self._unread:
            self._report.withhold(
                f"{self._unread} person(s) could not be asked for; they keep the identities they have"
            )

    # -- reading ------------------------------------------------------------------------------

    async def _read(self, name: str, source: Peopled, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), READ_AT_ONCE):
            part = keys[start : start + READ_AT_ONCE]
            found = await source.people(part)
            self._unread += len(part) - len(found)
            known = self._people.known(name)
            self._people.note(
                [self._share(name, one) for one in found if not (one.hidden and one.key in known)]
            )

    def _share(self, source: str, person: PersonRead) -> Share:
        """What to remember of a person; whoever is gone or hidden stays known, without address, and is asked for on a rotation."""
        silent = person.gone or person.hidden
        return Share(
            source=source,
            key=person.key,
            address="" if silent else self._matching.address(person),
            identities=() if silent else tuple(sorted(set(person.identities))),
            read_run=self._run,
        )

    # -- pushing ------------------------------------------------------------------------------

    async def _push(self, records: Sequence[Wanted]) -> None:
        if self._report.dry_run:
            return
        for start in range(0, len(records), self._batch):
            await self._push_batch(records[start : start + self._batch])

    async def _push_batch(self, batch: Sequence[Wanted]) -> None:
        self._people.intend(batch, self._people.records())
        lost = False

        def note_loss() -> None:
            nonlocal lost
            lost = True

        result = await self._target.push_people(batch, lost=note_loss)
        by_id = {record[0]: record for record in batch}
        now = self._clock()
        for ids, found in ((result.accepted, True), (result.not_found, False)):
            self._people.confirm(
                [by_id[i] for i in ids],
                found=found,
                session_run=self._session_run,
                redo_after=now + self._settle_s if lost else None,
                now=now,
            )
        self._report.people.pushed += len(result.accepted)
        if result.refused:
            self._unsettled += len(result.refused)
            self._refused += result.refused
            words = next(iter(result.refused.values()))
            self._report.withhold(f"Interact refuses {len(result.refused)} person(s): {words}")
        if result.unanswered:
            self._unsettled += len(result.unanswered)
            self._people.lose(result.unanswered, until=now + self._settle_s)
            self._report.withhold(f"{len(result.unanswered)} person(s) got no clear answer from the intranet")

    async def _remove(self, ids: Sequence[str]) -> None:
        """Take people's records out by id: no source names them any more."""
        if self._report.dry_run:
            self._report.people.removed += len(ids)
            return
        for start in range(0, len(ids), self._batch):
            part = ids[start : start + self._batch]
            self._still_ours()
            await self._target.delete_people(part)
            self._people.removed(part)
            self._report.people.removed += len(part)

    # -- the session --------------------------------------------------------------------------

    async def _begin(self) -> SyncSession | None:
        """Open a session for people; None where it cannot be opened cleanly."""
        note = self._notes.get(SESSION, self._target.name)
        since = float(note[0] or b"0") if note else 0.0
        if self._clock() - since < self._settle_s:
            self._report.withhold(
                "an earlier run's session for people went unanswered and may take effect late: this run goes on without one"
            )
            return None
        session = SyncSession()
        session.begin()
        self._note_open()
        try:
            await self._target.begin_people(lost=session.begin_lost)
        except TargetUnavailable as error:
            session.begin_given_up()
            self._report.withhold(
                f"the session for people could not be opened, the run goes on without one: {error}"
            )
            return None
        session.begin_answered()
        if not session.lost_begin:
            self._note_closed()
        self._session_run = self._run
        return session

    async def _end(self, session: SyncSession, absent: int) -> None:
        """Pass the gate or withhold: nobody may lose their access because a source was not read."""
        reasons = []
        if absent:
            reasons.append(f"{absent} source(s) could not be read")
        if self._unread:
            reasons.append(f"{self._unread} person(s) could not be asked for")
        if self._unsettled:
            reasons.append(f"{self._unsettled} person(s) got no clear answer from the intranet")
        if left := self._people.not_accepted(self._run):
            reasons.append(f"{left} person(s) were not taken again in this session")
        reasons = reasons or session.may_end(NOTHING_STANDS)
        if reasons:
            self._report.withhold("the session for people was not ended: " + "; ".join(reasons))
            return
        self._still_ours()
        session.end()
        self._note_open()
        try:
            removed = await self._target.end_people()
        except TargetUnavailable as error:
            session.end_lost()
            self._report.withhold(
                f"the end of the session for people got no answer; it may have happened: {error}"
            )
            return
        session.end_answered()
        self._note_closed()
        self._report.people.removed += removed

    def _note_open(self) -> None:
        self._notes.put(SESSION, self._target.name, str(self._clock()).encode(), run=self._run)

    def _note_closed(self) -> None:
        self._notes.put(SESSION, self._target.name, b"0", run=self._run)


def _differs(record: Record | None, want: Sequence[str], *, now: float) -> bool:
    """Whether a person's record is to be pushed; whoever was not found is tried again, since they may exist by now."""
    if record is None or record.sent is None or not record.found:
        return True
    due = record.redo_after is not None and now >= record.redo_after
    return due or tuple(record.sent) != tuple(want)
