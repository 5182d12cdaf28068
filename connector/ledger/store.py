"""The ledger as one thing: opened once, handed to whoever needs a part of it."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from tempfile import TemporaryDirectory
from urllib.parse import quote

import msgspec

from connector.engine.task_group import wait_for_event
from connector.ledger.audience_history import AudienceHistory
from connector.ledger.before_restore import rename
from connector.ledger.browse import Browse
from connector.ledger.catalogue import Catalogue
from connector.ledger.clock_changes import ClockChanges
from connector.ledger.counts import Counts
from connector.ledger.database import connect
from connector.ledger.documents import Documents
from connector.ledger.duplicates import Duplicates
from connector.ledger.erasing import SHORTEST, Erasing, without
from connector.ledger.grants import Grants
from connector.ledger.history import History
from connector.ledger.members import Members
from connector.ledger.notes import Notes
from connector.ledger.orders import Order, Orders, read_order
from connector.ledger.part import Database
from connector.ledger.pending_audiences import PendingAudiences
from connector.ledger.people import People
from connector.ledger.quarantine import Quarantine
from connector.ledger.readers import Readers
from connector.ledger.rooms import Rooms
from connector.ledger.runs import Runs, make_run_id
from connector.ledger.scrub import scrub_once
from connector.ledger.shards import Shards
from connector.ledger.waiting import Waiting
from connector.ledger.writer import Writer

CHECKPOINT_EVERY_S = 1.0
PRUNED = (
    "sessions",
    "people_sessions",
    "runs",
    "removals",
    "people_removals",
    "audience_changes",
    "containers",
    "orders",
)
"""Tables, in the order in which they are cleared."""


FORGOTTEN = "orders-forgotten"
"""The kind of note that says which orders may be forgotten."""


class HowFar(msgspec.Struct, frozen=True, kw_only=True):
    """How far a ledger has come: each of it only grows."""

    run: int = 0
    """Number of its newest run, a rehearsal or not; 0 before the first."""
    id: str = ""
    """Of that run: whoever goes on from an older copy gives its number to another one."""
    ended: bool = False
    """Whether that run is over."""
    leases: int = 0
    """How often somebody had a lease: runs, people's turns, orders."""


class _RunBegan(Exception):
    """Nothing of what was written since is to be kept."""


class Ledger:
    """One database with the documents, rooms, runs and quarantine of every target."""

    def __init__(self, url: str, *, now: float) -> None:
        self._database: Database = connect(url)
        self.writer = Writer(self._database)
        """By which the batches of a run are written."""
        self._checkpoint_wanted: asyncio.Event | None = None
        try:
            self.id = self._name(now)
        except BaseException:
            self.close()
            raise

    def clock(self) -> float:
        """What it is by the clock of the database that machines share, in seconds since 1970."""
        return float(self._database.all("upkeep.clock", {"now": time.time()})[0][0])

    def how_far(self) -> HowFar:
        """How far it has come."""
        newest = self._database.all("upkeep.newest_run", {})
        run, identifier, ended = newest[0] if newest else (0, "", False)
        (leases,) = self._database.all("upkeep.leases_taken", {})[0]
        return HowFar(run=int(run), id=str(identifier), ended=bool(ended), leases=int(leases))

    def has_come_as_far_as(self, told: HowFar) -> bool:
        """Whether it knows all that it knew when this was told of it; what was cleared since then, it has known."""
        now = self.how_far()
        if told.run > now.run or told.leases > now.leases:
            return False
        found = self._database.all("upkeep.run_of", {"number": told.run})
        return all(told.id in ("", run) and ended >= told.ended for run, ended in found)

    def settle(self) -> None:
        """Have what is written on the disk, in a file of which the last moments would go with the power."""
        if self._database.path:
            _checkpoint(self._database.path)

    def name_anew(self, *, now: float) -> None:
        """Give the ledger another name, since the intranet is ahead of it: so nothing there counts as written by it."""
        rename(self._database, now=now)
        self.id = self._name(now)

    def documents(self, target: str) -> Documents:
        """The documents of one target."""
        return Documents(self._database, target)

    def runs(self, target: str) -> Runs:
        """The runs, sessions and the lease of one target."""
        return Runs(self._database, target)

    def browse(self, target: str) -> Browse:
        """What people look up about one target."""
        return Browse(self._database, target)

    def waiting(self, target: str) -> Waiting:
        """What waits for a decision about one target."""
        return Waiting(self._database, target)

    def catalogue(self, target: str) -> Catalogue:
        """Lists of one target's documents for people."""
        return Catalogue(self._database, target)

    def counts(self, target: str) -> Counts:
        """How many documents of one target there are."""
        return Counts(self._database, target)

    def duplicates(self, target: str) -> Duplicates:
        """Files of one target that stand in several places."""
        return Duplicates(self._database, target)

    def rooms(self, target: str) -> Rooms:
        """The scopes of one target's sources."""
        return Rooms(self._database, target)

    def quarantine(self, target: str) -> Quarantine:
        """The quarantine of one target."""
        return Quarantine(self._database, target)

    def notes(self, source: str) -> Notes:
        """The notes of one source."""
        return Notes(self._database, source)

    def grants(self, source: str) -> Grants:
        """What one source told about who may see its items."""
        return Grants(self._database, source)

    def pending_audiences(self, target: str) -> PendingAudiences:
        """What is to be shown to other people than before."""
        return PendingAudiences(self._database, target)

    def orders(self, target: str) -> Orders:
        """What people ordered about one target's documents and people."""
        return Orders(self._database, target)

    def erasing(self, target: str) -> Erasing:
        """Erasure of what one target had."""
        return Erasing(self._database, target)

    def readers(self, target: str) -> Readers:
        """Who can find what of one target."""
        return Readers(self._database, target)

    def audience_history(self, target: str) -> AudienceHistory:
        """What was shown to other people than before, of one target."""
        return AudienceHistory(self._database, target)

    def history(self, target: str) -> History:
        """What was removed from one target."""
        return History(self._database, target)

    def shards(self, target: str) -> Shards:
        """The rooms that several services walk together in runs of one target."""
        return Shards(self._database, target)

    def members(self) -> Members:
        """Who works with it."""
        return Members(self._database)

    def every_order(self) -> list[Order]:
        """Every order about any target, the oldest first."""
        return [read_order(row) for row in self._database.all("orders.everywhere", {})]

    def clock_changes(self) -> ClockChanges:
        """Adjusts what is stored, of all targets and sources, when somebody sets the clock."""
        return ClockChanges(self._database)

    def people(self, target: str) -> People:
        """The people of one target."""
        return People(self._database, target)

    def scrub_once(self) -> int:
        """Hide the secrets in what an earlier release wrote down; says in how many places it found any."""
        return scrub_once(self._database)

    def orders_forgotten_before(self) -> float:
        """Orders that ended before this moment may be forgotten here; 0: none is."""
        noted = self.notes("").get(FORGOTTEN, "")
        return float(noted.value) if noted is not None else 0.0

    def prune(self, *, before: float) -> dict[str, int]:
        """
        Clear history: runs, sessions and removals that ended before a time, and what nothing refers to any more.

        Documents, intents, quarantine and the newest run of each kind stay. Nothing of it is left in the file; that is made
        smaller only where no run works, which would wait for that, and give up.
        """
        with self._database.erasing(), self._database.at_once():
            gone = [*self._database.all("upkeep.old_removals", {"before": before})]
            cleared = {
                table: self._database.run(f"upkeep.prune_{table}", {"before": before}) for table in PRUNED
            }
            gone += self._prune_before_the_oldest_note(cleared, before=before)
            self._forget_titles(dict(gone), before=before)
            self._database.purge_titles()
            latest = max(before, self.orders_forgotten_before())
            self.notes("").put(FORGOTTEN, "", str(latest).encode())
        cleared["audiences"] = self._prune_audiences()
        if not self._database.all("leases.held", {"now": self.clock()}):
            self._database.vacuum()
        return cleared

    def _prune_audiences(self) -> int:
        """Clear audiences that nobody has, unless a run begins meanwhile, in a database that does not wait: it may take one of them up."""
        before = self.how_far().leases
        with suppress(_RunBegan), self._database.erasing(), self._database.at_once():
            count = self._database.run("upkeep.prune_audiences", {})
            if self.how_far().leases != before:
                raise _RunBegan
            return count
        return 0

    def _prune_before_the_oldest_note(
        self, cleared: dict[str, int], *, before: float
    ) -> list[tuple[str, str]]:
        """
        Clear what was removed before every document of its source was sent again, also where no full run comes to a good end.

        Returns:
            Ids and titles.
        """
        database, gone = self._database, list[tuple[str, str]]()
        since: dict[str, int] = {}
        for target, source, run in database.all("upkeep.sent_since", {}):
            asked = {"before": before, "target": target, "source": source, "sent": run}
            gone += database.all("upkeep.old_removals_before", asked)
            cleared["removals"] += database.run("upkeep.prune_removals_before", asked)
            since[target] = min(run, since.get(target, run))
        for target, run in since.items():
            asked = {"before": before, "target": target, "sent": run}
            cleared["people_removals"] += database.run("upkeep.prune_people_removals_before", asked)
        return gone

    def _forget_titles(self, gone: dict[str, str], *, before: float) -> None:
        """A run that something still refers to names no document any more whose removal is forgotten."""
        titles = sorted({one for one in gone.values() if len(one) >= SHORTEST}, key=len, reverse=True)
        for number, report in self._database.all("upkeep.old_reports", {"before": before}):
            if (clean := without(report, gone, titles)) != report:
                self._database.each("scrub.write_runs", [{"key": number, "words": clean}], {})

    def write_anew(self) -> None:
        """Write the whole database anew: what was erased, or replaced before that, stands in no free page of it any more."""
        self._database.vacuum()

    @contextmanager
    def copied(self, *, now: float) -> Iterator[Ledger]:
        """A copy that is thrown away afterwards; runs may be rehearsed in it."""
        with TemporaryDirectory(prefix="connector-dry-run-") as folder:
            self._database.copy_to(f"{folder}/ledger.db")
            copy = Ledger(f"sqlite:///{folder}/ledger.db", now=now)
            try:
                yield copy
            finally:
                copy.close()

    @asynccontextmanager
    async def checkpointed(self) -> AsyncIterator[None]:
        """
        Move what was written ahead into the database beside the work.

        SQLite would do so at a commit, and the whole program would wait for the disk; in a thread with a connection
        of its own nobody does.
        """
        path = self._database.path
        if not path:
            yield
            return
        stop, wanted = asyncio.Event(), asyncio.Event()
        self._checkpoint_wanted = wanted
        task = asyncio.create_task(_checkpoint_now_and_then(path, wanted, stop))
        try:
            yield
        finally:
            self._checkpoint_wanted = None
            stop.set()
            wanted.set()
            await task

    def write_unless_locked(self, work: Callable[[], object]) -> bool:
        """Write what an answer can do without, unless somebody else writes now; says whether it was."""
        return self._database.write_unless_locked(work)

    def catch_up(self) -> None:
        """Let new titles be found, and new documents be told of, at once by whoever asks next."""
        self._database.index()
        self._database.index_titles()
        self._database.count_up()

    def checkpoint_soon(self) -> None:
        """Most of what a run writes is written: move it while the run waits for its last answers, not when the ledger is closed."""
        if self._checkpoint_wanted is not None:
            self._checkpoint_wanted.set()

    def close(self) -> None:
        """Close the database."""
        self.writer.close()
        self._database.close()

    def _name(self, now: float) -> str:
        found = self._database.all("upkeep.name", {})
        if not found:
            self._database.each("upkeep.name_it", [{"id": make_run_id(now)}], {"now": now})
            found = self._database.all("upkeep.name", {})
        return str(found[0][0])


async def _checkpoint_now_and_then(path: str, wanted: asyncio.Event, stop: asyncio.Event) -> None:
    while True:
        await wait_for_event(wanted, at_most=CHECKPOINT_EVERY_S)
        if stop.is_set():
            return
        wanted.clear()
        await asyncio.to_thread(_checkpoint, path)


def _checkpoint(path: str) -> None:
    """Move what no reader needs any more; a database that is busy or gone is left alone."""
    try:
        connection = sqlite3.connect(f"file:{quote(path)}?mode=rw", uri=True, timeout=0)
    except sqlite3.Error:
        return
    with closing(connection), suppress(sqlite3.Error):
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
