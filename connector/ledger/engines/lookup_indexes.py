"""
What a file of SQLite has for whoever looks something up: late indexes, the index of titles, counts.

They are made once a run is over, or when somebody asks. Where another process writes just then, whoever asks is answered without what
is lacking, only slower.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from connector.ledger.engines import counts_in_file, titles_in_file
from connector.ledger.engines.statement_files import LATER, Statement, tables_in
from connector.ledger.part import Sent
from connector.ledger.titles import Match
from connector.machine.optional_write import PATIENCE_S, write_unless_locked


class LookupIndexes:
    """One connection; implements a part of `connector.ledger.part.Database`."""

    driver: sqlite3.Connection
    _is_indexed = False
    _was_unlocked = True
    """Whether what was written last so could be: an answer of several statements waits once."""

    def at_once(self) -> AbstractContextManager[None]:
        """What is written inside is written in one transaction."""
        raise NotImplementedError

    def all(self, name: str, values: Mapping[str, Any]) -> Sequence[Any]:
        """The rows that a statement finds."""
        raise NotImplementedError

    def _in_words(self) -> AbstractContextManager[None]:
        raise NotImplementedError

    def write_unless_locked(self, work: Callable[[], object]) -> bool:
        """Write what an answer can do without, unless somebody else writes or nothing can be written now; says whether it was."""
        self._was_unlocked = write_unless_locked(
            self.driver, work, patience_s=PATIENCE_S if self._was_unlocked else 0
        )
        return self._was_unlocked

    # -- indexes ------------------------------------------------------------------------------

    def index(self) -> None:
        """Make the indexes that are made late, where they are lacking: in order, in a second for a million documents."""
        if self._is_indexed:
            return
        with self._in_words():
            for statement in tables_in(LATER):
                self.driver.execute(statement)
        self._is_indexed = not self.driver.in_transaction  # which may come to nothing

    def _as_indexed(self, statement: Statement) -> str:
        """A statement as it is answered now."""
        if not statement.late or self._is_indexed or self.write_unless_locked(self.index):
            return statement.sql
        return statement.unaided

    # -- titles -------------------------------------------------------------------------------

    def titles_with(self, wanted: Match) -> str:
        """Say what FTS5 is asked for; whatever asks it looks through what it has not got yet, too."""
        self.write_unless_locked(self.index_titles)
        with self._in_words():
            return titles_in_file.asked(self.driver, wanted)

    def note_titles(self, target: str, titles: Iterable[tuple[str, str]]) -> None:
        """Note what FTS5 has of them."""
        with self.at_once(), self._in_words():
            titles_in_file.note(self.driver, target, titles)

    def index_titles(self) -> None:
        """Index what is new."""
        with self._in_words():
            titles_in_file.catch_up(self.driver, self.at_once)

    def purge_titles(self) -> None:
        """Write the index anew, and count anew."""
        self.index_titles()
        with self._in_words():
            titles_in_file.purge(self.driver)
            counts_in_file.catch_up(self.driver, self.at_once, most=0)

    # -- counts -------------------------------------------------------------------------------

    def note_counts(self, target: str, told: Sequence[Sent]) -> None:
        """Note what is counted of them."""
        with self.at_once(), self._in_words():
            counts_in_file.note(self.driver, target, told)

    def count_up(self) -> None:
        """Count what changed."""
        with self._in_words():
            counts_in_file.catch_up(self.driver, self.at_once)

    def counted(self, target: str) -> Sequence[Any]:
        """What is counted, put right by what is not counted yet: both as they are at one moment."""
        self.write_unless_locked(self.count_up)
        with self._in_words(), self._at_one_moment():
            return counts_in_file.put_right(self.driver, target, self.all("counts.kept", {"target": target}))

    @contextmanager
    def _at_one_moment(self) -> Iterator[None]:
        if self.driver.in_transaction:
            yield
            return
        self.driver.execute("BEGIN")
        try:
            yield
        finally:
            self.driver.rollback()
