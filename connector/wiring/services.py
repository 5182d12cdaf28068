"""Who works with a ledger: the service of this machine, or those that share it; and what they have to tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from importlib.util import find_spec
from pathlib import Path

from connector.ledger.refused_settings import read_refused
from connector.ledger.settings_of_services import differing
from connector.ledger.store import Ledger
from connector.machine.lock import count_serving, is_served, leave_words, words_left
from connector.ports.engine import Others


class Services:
    """Those of one ledger, as far as whoever calls nobody can tell."""

    def __init__(
        self,
        shared_ledger: str,
        folder: Path | None,
        open_ledger: Callable[[], AbstractContextManager[Ledger]],
        clock: Callable[[], float],
    ) -> None:
        """
        Args:
            shared_ledger: the URL of a ledger that services on several machines may share; empty where it is in a file.
            folder: of the file of the ledger; None where it is in none.
        """
        self._shared_ledger = shared_ledger
        self._folder = folder
        self._open_ledger = open_ledger
        self._clock = clock

    def are_working(self) -> bool:
        """Whether one that shares the ledger works now, on this machine or another."""
        if not self._shared_ledger:
            return False
        with self._open_ledger() as ledger:
            return ledger.members().is_anybody_there(now=self._clock())

    def serve(self) -> bool | None:
        """Whether one works with the ledger now, so that scheduled runs begin; None where that cannot be told."""
        if self._shared_ledger:
            return self.are_working() or None  # one without dbos is in no list
        return is_served(self._folder) if self._folder is not None else None

    def count(self) -> int:
        """How many work with a ledger in a file, each by itself; 0 where that cannot be told, or they share one."""
        return count_serving(self._folder) if self._folder is not None else 0

    def leave_words(self, words: str) -> None:
        """Have whoever looks from another process of this machine see what the one that serves the ledger in this one has to tell."""
        leave_words(self._folder, words)

    def refused(self, ledger: Ledger, *, now: float) -> str:
        """What the one that works with the ledger has to tell, or each of several: why it was refused its settings; empty: nothing."""
        if self._shared_ledger:
            return read_refused(ledger.notes(""), now=now)
        return words_left(self._folder) if self._folder is not None else ""

    def differ(self, ledger: Ledger, *, now: float) -> str:
        """In what the settings of those differ that share the ledger, and on which machines; empty: in nothing, or there is one."""
        return differing(ledger.notes(""), now=now) if self._shared_ledger else ""

    @contextmanager
    def to_walk(self) -> Iterator[Others | None]:
        """Those that may walk rooms for a run of this process; None where there are none, or nothing here can ask them."""
        if not self.are_working() or find_spec("dbos") is None:
            yield None
            return
        from connector.engine.queue import DbosQueue, engine_for  # 3 s, where somebody is there only

        with closing(DbosQueue(engine_for(self._shared_ledger))) as queue:
            yield queue

    def forget_work(self, *, before: float) -> int:
        """Delete what they were asked for, and had done before a moment; says how much."""
        if not self._shared_ledger or find_spec("dbos") is None:  # then nobody here was ever asked
            return 0
        from connector.engine.queue import DbosQueue, engine_for

        with closing(DbosQueue(engine_for(self._shared_ledger))) as queue:
            return queue.forget(before=before)
