"""
How statements are sent to PostgreSQL, and what is sent together.

A batch is one statement over one JSON argument, and a statement alone is its own transaction: each call is one round
trip, for which the whole run waits. What is written at once goes out without waiting in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, TypeVar

import msgspec
import psycopg
from psycopg.rows import dict_row

from connector.errors import (
    LedgerAway,
    LedgerDamaged,
    LedgerError,
    LedgerLocked,
    LedgerRefuses,
    LedgerTangled,
)
from connector.ledger.engines.statement_files import Statement, statements_in
from connector.ledger.trouble import again_if_undone, lease_lost
from connector.machine.postgresql import (
    LACKING,
    LOCKED_S,
    REFUSED,
    counted,
    end_who_stands_still,
    first_line,
    is_away,
    is_refusal,
    keeps_sessions,
    reach,
    what_helps,
)
from connector.machine.shared_clock import uptime
from connector.secrets.hiding import keep, passwords_of, without_login

T = TypeVar("T")
FIRST_COUNT = 4
"""Statements that wrote something, after which it is looked for the first time whether the server should count."""
MUCH = 500
"""Rows of documents that were written since the server counted last: after a small delta nothing is counted."""
LATELY_S = 2.0
"""Who shares a ledger, or a run, counts for all: within so long nobody counts once more."""
HOLDS_S = 5.0
"""What was its own is so for so long, within which no lease ends of somebody who renews it."""
TELL = "SELECT pg_stat_force_next_flush()"
"""How much a connection wrote the server hears up to a second later; after this, at once."""
IS_UNCOUNTED = (
    "SELECT 1 FROM pg_class JOIN pg_stat_user_tables ON relid = oid"
    " WHERE oid = to_regclass('documents') AND (reltuples < 0 OR n_mod_since_analyze >= %s"
    " AND (last_analyze IS NULL OR last_analyze < clock_timestamp() - make_interval(secs => %s)))"
)
NUMBERED = "documents_pkey", "orders_pkey"
"""
Keys that are numbers, in tables whose rows are found by another key and written with the number that they have. Where two write one row at
once, the server may overlook that it stands there, and finds its number taken (observed with PostgreSQL 15, once in some thousand times).
"""
SAMPLE = "SET default_statistics_target = 10"
"""A sample of 3,000 rows and not of 30,000: a fifth of the server's time, and the same plans, since values are looked for, not ranges."""
COUNTED = (
    "documents (target, id, source, native, container, room, kind, state, path, audience, held_run, missing_run),"
    " containers (target, id, source, room), notes (source, kind, key), persons (target, source, key, address)"
)


class PostgresConnection:
    """One connection."""

    def __init__(self, url: str) -> None:
        """
        Open the ledger; it is not migrated yet.

        Raises:
            LedgerError: the database cannot be reached.
        """
        self._kept = statements_in("postgres.sql")
        self._url = url
        self._named = without_login(url)
        self._at_once = False
        self._pipe: Any = None
        """Within what is written at once: what is sent without its answer being waited for, until one is needed."""
        self.writes = 0
        self._counted_at = FIRST_COUNT
        self._held: dict[str, tuple[str, Mapping[str, Any]]] = {}
        """What must be found before anything is written: statements with their values, by the name of the hold."""
        self._looked_at = float("-inf")
        """When it was looked last whether what it holds is still its own."""
        self._strict: set[str] = set()
        """Holds under which a statement alone is written, too. A connection beside this one has the same of both."""
        keep(passwords_of(url))
        with self._told():
            self.driver: Any = _connect(url)
            if not keeps_sessions(self.driver, url):
                self.driver.close()
                raise LedgerError(
                    f"The ledger in {self._named} is reached by a pooler that gives each transaction another session of the server "
                    "(transaction mode), so what the connector sets and prepares there is lost amid a run. Name the server itself in "
                    "ledger.url, or have the pooler keep sessions (PgBouncer: pool_mode = session)."
                )

    def all(self, name: str, values: Mapping[str, Any]) -> Sequence[Any]:
        """The rows that a statement finds."""
        with self._told():
            found: list[Any] = self._answer(self._kept[name].sql, values).fetchall()
            return found

    def named(self, name: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The same, by the names of the columns."""
        self._answered()
        with self._told(), self.driver.cursor(row_factory=dict_row) as cursor:
            found: list[dict[str, Any]] = cursor.execute(self._kept[name].sql, values).fetchall()
            return found

    def run(self, name: str, values: Mapping[str, Any]) -> int:
        """Write; says how many rows it changed."""
        statement = self._kept[name]
        self.writes += statement.stirs

        def answer() -> int:
            with self.at_once() if self._must_look() else self._told():
                return int(self._answer(statement.sql, values).rowcount)

        return self._by_itself(answer)

    def write(self, name: str, values: Mapping[str, Any]) -> None:
        """Write; within what is written at once its answer is not waited for."""
        statement = self._kept[name]
        self.writes += statement.stirs

        def send() -> None:
            with self.at_once() if self._must_look() else self._told():
                self._send(statement.sql, values)

        self._by_itself(send)

    def each(self, name: str, rows: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> int:
        """Write something for each row, in one call of the driver; says how many rows were changed."""
        statement = self._kept[name]
        if not statement.rows:
            return sum(self.run(name, values) for _ in rows)
        told = list(_told_at_once(statement, rows))

        if len(told) == 1:
            return self.run(name, {**values, **told[0]})

        def answer() -> int:
            with self.at_once():
                return sum(self.run(name, {**values, **one}) for one in told)

        return self._by_itself(answer)

    def write_each(self, name: str, rows: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> None:
        """Write something for each row; within what is written at once its answer is not waited for."""
        told = list(_told_at_once(self._kept[name], rows))

        def send() -> None:
            with self.at_once():
                for one in told:
                    self.write(name, {**values, **one})

        self._by_itself(send)

    def _by_itself(self, work: Callable[[], T]) -> T:
        """Write something; where it is no part of what is written at once, again if the server undoes it."""
        return work() if self._at_once else again_if_undone(work)

    def wholly(self, work: Callable[[], T]) -> T:
        """Write in one transaction what some work writes, and again if the server undoes it."""

        def write() -> T:
            with self.at_once():
                return work()

        return self._by_itself(write)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """What is written inside is written in one transaction."""
        if self._at_once:
            yield
            return
        self._at_once = True
        try:
            with self._told(), self._transaction():
                asked_at = uptime()  # before the answer: whoever stops amid it looks again
                holds = self._look_at_holds()
                yield
                if any(one.fetchone() is None for one in holds):
                    raise lease_lost()
            self._looked_at = asked_at
            if self.writes >= self._counted_at:
                self._count_where_much_was_written()
        finally:
            self._at_once = False

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """
        Begin one, and commit it where nothing is raised.

        What is sent inside goes out together, as far as no answer is needed: each wait is a round trip. The driver's own
        would wait for its beginning, too.
        """
        with ExitStack() as self._piped:
            self._pipe = self._piped.enter_context(counted(self.driver))
            try:
                self._send("BEGIN", {})
                yield
                self._send("COMMIT", {})  # it is not done where something before it failed
                self._answered()
            except BaseException as error:  # noqa: BLE001 - it is raised again
                # what went wrong is told; a connection that is gone rolls back by itself
                with suppress(psycopg.Error):
                    self._answered()
                with suppress(psycopg.Error):
                    self.driver.execute("ROLLBACK")
                raise _what_failed_first(error)  # noqa: B904 - it is that very error, or the cause of it
            finally:
                self._pipe = None

    def _send(self, sql: str, values: Mapping[str, Any]) -> Any:
        """Send a statement; within what is written at once its answer is not waited for."""
        return self.driver.execute(sql, values)

    def _answer(self, sql: str, values: Mapping[str, Any]) -> Any:
        """Send a statement and wait for its answer."""
        done = self.driver.execute(sql, values)
        if self._pipe is not None:
            self._pipe.sync()
        return done

    def count_rows(self) -> None:
        """
        Have the server count what the tables hold.

        It does so by itself, a minute later: until then it thinks that few rows are of this target, takes any index for as
        good as another, and reads every document of a target or a source for each question about a container. Columns are
        named, since else it would count the words of the titles, too.
        """
        self._answered()
        with self._told():
            self.driver.execute(SAMPLE)
            self.driver.execute(f"ANALYZE (SKIP_LOCKED) {COUNTED}")

    def _count_where_much_was_written(self) -> None:
        """Count where much was written since the server did; looked at each time that twice as much is."""
        self._counted_at = self.writes * 2
        with self._told():
            self.driver.execute(TELL)
            is_uncounted = self.driver.execute(IS_UNCOUNTED, [MUCH, LATELY_S]).fetchone()
        if is_uncounted:
            self.count_rows()

    def _look_at_holds(self) -> list[Any]:
        """
        Ask whether what it holds is still its own.

        Whoever takes one over waits until what is written now is written, and finds it; or it is not written at all.
        """
        return [self._send(self._kept[check].sql, values) for check, values in list(self._held.values())]

    def _must_look(self) -> bool:
        """Whether a statement alone is written only where what it holds is still its own: each, or since this process stood still."""
        return bool(self._strict or (self._held and uptime() - self._looked_at > HOLDS_S))

    def _answered(self) -> None:
        """From here on each answer is waited for: the last before it is committed, or what no pipeline takes."""
        if self._pipe is not None:
            self._pipe = None
            self._piped.close()

    def hold(self, what: str, check: str, values: Mapping[str, Any], *, strict: bool = False) -> None:
        """From now on what is written at once is written only while a statement finds a row."""
        self._held[what] = check, values
        if strict:
            self._strict.add(what)

    def let_go(self, what: str) -> None:
        """It may be written whoever has that."""
        self._held.pop(what, None)
        self._strict.discard(what)

    def close(self) -> None:
        """Close the connection."""
        self.driver.close()

    def damaged(self, why: str) -> LedgerDamaged:
        """An error for what the ledger lacks, in words."""
        return LedgerDamaged(
            f"The ledger in {self._named} is damaged, since somebody removed a part of it, or put only a part back: {why}. Have a "
            "backup of that database put back. Where there is none, rebuild the ledger: its tables are kept, and nothing in the "
            "intranet is lost. Run: connector ledger rebuild"
        )

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (psycopg.errors.DeadlockDetected, psycopg.errors.UniqueViolation) as error:
            if error.diag.constraint_name not in {None, *NUMBERED}:
                raise
            raise LedgerTangled(
                f"Two programs were in each other's way in the ledger in {self._named}, so nothing of this was written. Try again."
            ) from error
        except psycopg.errors.LockNotAvailable as error:
            with suppress(psycopg.Error):
                end_who_stands_still(self._url)
            raise LedgerLocked(
                f"Another program has kept a part of the ledger in {self._named} locked for more than {LOCKED_S} s. Try again: "
                "if it stood still, it is cut off now."
            ) from error
        except REFUSED as error:
            raise LedgerError(
                f"The user of ledger.url may not use the ledger in {self._named} ({first_line(error)}). Make him the owner of that "
                "database and of all that stands in it, or name its owner in ledger.url."
            ) from error
        except LACKING as error:
            raise self.damaged(first_line(error)) from error
        except psycopg.Error as error:
            if not is_away(error):
                raise
            raise (LedgerRefuses if is_refusal(error) else LedgerAway)(
                f"The ledger in {self._named} cannot be used: {first_line(error)}. {what_helps(error)}; "
                "the next run continues from what is confirmed."
            ) from error


def _connect(url: str) -> Any:
    unread = LedgerError(
        f"ledger.url ({without_login(url)}) cannot be read as a URL of PostgreSQL. Characters such as %, @, / and ? "
        "in a name or a password are written as % and two digits."
    )
    if url.count("@") > 1:  # the driver would take a piece of the password for the host's name
        raise unread
    try:
        return reach(url)
    except psycopg.ProgrammingError:
        raise unread from None  # it repeats what it cannot read, which may be a password


def _told_at_once(statement: Statement, rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """What a batch is handed, once for each of its statements: its rows as one JSON value, and what is large beside it."""
    told = [one for one in statement.rows if one not in statement.bulk]
    for group in _apart(statement, rows):
        yield {
            "rows": msgspec.json.encode([{one: row[one] for one in told} for row in group]).decode(),
            **{one: [row[one] for row in group] for one in statement.bulk},
        }


def _apart(statement: Statement, rows: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """
    The rows in the order of their keys, so that two workers never wait for each other; no key twice in one statement.

    What is said of one key more than once is said one after the other, in its order.
    """
    if not statement.key:
        yield list(rows)
        return
    turns: list[dict[tuple[Any, ...], Mapping[str, Any]]] = []
    for row in rows:
        key = tuple(row[one] for one in statement.key)
        for turn in turns:
            if key not in turn:
                turn[key] = row
                break
        else:
            turns.append({key: row})
    for turn in turns:
        yield [turn[key] for key in sorted(turn)]


def _what_failed_first(error: BaseException) -> BaseException:
    """What follows a failure in a transaction fails, too, and may be heard of last."""
    while isinstance(error, psycopg.errors.InFailedSqlTransaction) and isinstance(
        error.__context__, psycopg.Error
    ):
        error = error.__context__
    return error
