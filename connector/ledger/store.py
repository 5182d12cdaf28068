"""The ledger as one thing: opened once, handed to whoever needs a part of it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from tempfile import TemporaryDirectory
from urllib.parse import quote

from sqlalchemy import Connection, text

from connector.ledger.browse import Browse
from connector.ledger.catalogue import Catalogue
from connector.ledger.database import connect
from connector.ledger.documents import Documents
from connector.ledger.grants import Grants
from connector.ledger.memory import Notes, Quarantine, Rooms
from connector.ledger.moments import Moments
from connector.ledger.people import People
from connector.ledger.runs import Runs, make_run_id
from connector.ledger.scrub import scrub_once
from connector.ledger.shown import Shown
from connector.ledger.trouble import in_words

CHECKPOINT_EVERY_S = 2.0
_PRUNED = {
    "sessions": "DELETE FROM sessions WHERE at<:before AND run NOT IN (SELECT MAX(run) FROM sessions GROUP BY target)",
    "people_sessions": (
        "DELETE FROM people_sessions WHERE at<:before AND run NOT IN (SELECT MAX(run) FROM people_sessions GROUP BY target)"
    ),
    "runs": (
        "DELETE FROM runs WHERE finished_at<:before AND number NOT IN (SELECT MAX(number) FROM runs GROUP BY target)"
        " AND number NOT IN (SELECT held_run FROM documents WHERE held_run IS NOT NULL)"
        " AND number NOT IN (SELECT run FROM widenings)"
        " AND number NOT IN (SELECT held_run FROM people WHERE held_run IS NOT NULL)"
    ),
    "removals": "DELETE FROM removals WHERE at<:before",
    "people_removals": "DELETE FROM people_removals WHERE at<:before",
    "audiences": "DELETE FROM audiences WHERE digest NOT IN (SELECT audience FROM documents WHERE audience IS NOT NULL"
    " UNION SELECT audience FROM widenings UNION SELECT audience FROM narrowings)"
    " AND NOT EXISTS (SELECT 1 FROM intents)",
    "containers": "DELETE FROM containers WHERE NOT EXISTS (SELECT 1 FROM documents d WHERE d.target=containers.target AND d.id=containers.id)",
}


class Ledger:
    """One database with the documents, rooms, runs and quarantine of every target."""

    def __init__(self, url: str, *, now: float) -> None:
        self._db: Connection = connect(url)
        self._checkpoint_wanted: asyncio.Event | None = None
        self.id = self._name(now)

    def documents(self, target: str) -> Documents:
        """The documents of one target."""
        return Documents(self._db, target)

    def runs(self, target: str) -> Runs:
        """The runs, sessions and the lease of one target."""
        return Runs(self._db, target)

    def browse(self, target: str) -> Browse:
        """What people look up about one target."""
        return Browse(self._db, target)

    def catalogue(self, target: str) -> Catalogue:
        """Lists of one target's documents for people."""
        return Catalogue(self._db, target)

    def rooms(self, target: str) -> Rooms:
        """The scopes of one target's sources."""
        return Rooms(self._db, target)

    def quarantine(self, target: str) -> Quarantine:
        """The quarantine of one target."""
        return Quarantine(self._db, target)

    def notes(self, source: str) -> Notes:
        """The notes of one source."""
        return Notes(self._db, source)

    def grants(self, source: str) -> Grants:
        """What one source told about who may see its items."""
        return Grants(self._db, source)

    def shown(self, target: str) -> Shown:
        """What is to be shown to other people than before."""
        return Shown(self._db, target)

    def moments(self) -> Moments:
        """Every stored moment that is compared with now, of all targets and sources."""
        return Moments(self._db)

    def people(self, target: str) -> People:
        """The people of one target."""
        return People(self._db, target)

    def scrub_once(self) -> int:
        """Hide the secrets in what an earlier release wrote down; says in how many places it found any."""
        return scrub_once(self._db)

    def prune(self, *, before: float) -> dict[str, int]:
        """
        Clear history: runs, sessions and removals that ended before a time, and what nothing refers to any more.

        Documents, intents, quarantine and the newest run of each target stay.
        """
        cleared: dict[str, int] = {}
        with self._db.begin():
            for table, statement in _PRUNED.items():
                cleared[table] = self._db.execute(text(statement), {"before": before}).rowcount
        with self._db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM"))
        return cleared

    @contextmanager
    def copied(self, *, now: float) -> Iterator[Ledger]:
        """A copy that is thrown away afterwards; runs may be rehearsed in it."""
        with TemporaryDirectory(prefix="connector-dry-run-") as folder:
            url = f"sqlite:///{folder}/ledger.db"
            with closing(sqlite3.connect(f"{folder}/ledger.db")) as there:
                here = self._db.connection.driver_connection
                assert isinstance(here, sqlite3.Connection)
                try:
                    here.backup(there)
                except sqlite3.Error as error:
                    raise in_words(error, f"{folder}/ledger.db") from error
            self._db.rollback()
            copy = Ledger(url, now=now)
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
        path = self._db.engine.url.database
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

    def checkpoint_soon(self) -> None:
        """Most of what a run writes is written: move it while the run waits for its last answers, not when the ledger is closed."""
        if self._checkpoint_wanted is not None:
            self._checkpoint_wanted.set()

    def close(self) -> None:
        """Close the database."""
        self._db.close()
        self._db.engine.dispose()

    def _name(self, now: float) -> str:
        with self._db.begin():
            name = self._db.execute(text("SELECT id FROM ledger")).scalar()
            if name is None:
                name = make_run_id(now)
                self._db.execute(
                    text("INSERT INTO ledger (id, made_at) VALUES (:id, :now)"), {"id": name, "now": now}
                )
        return str(name)


async def _checkpoint_now_and_then(path: str, wanted: asyncio.Event, stop: asyncio.Event) -> None:
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(CHECKPOINT_EVERY_S):
                await wanted.wait()
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
