"""Finds files that stand in several places beside the page that shows them: nobody who looks at one waits for that."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

from connector.errors import ConnectorError
from connector.ledger.store import Ledger
from connector.pages.service_view import ServiceView
from connector.plan.report import stamp
from connector.status.duplicates import KEPT_PAGES, find_anew, holds, read_kept, tell_duplicates, tell_kept

NAME = "duplicates"
"""Of the thread."""


class Finding:
    """What is looked for in one service."""

    def __init__(self, behind: ServiceView) -> None:
        self._behind = behind
        self._under_way: set[tuple[str, str]] = set()
        self._one_at_a_time = threading.Lock()

    def tell(
        self, ledger: Ledger, target: str, source: str, room: str, *, page: int, after: str
    ) -> dict[str, Any]:
        """
        One page of them, as they were found last; where that does not hold any more, they are looked for from now on.

        Returns:
            As `tell_duplicates`, with {"at": when they were found, "finding": they are looked for, "last": no later page is told}.
        """
        now = self._behind.clock()
        if room:
            told = tell_duplicates(ledger, target, source, (room,), page=page, after=after, now=now)
            return {**told, "at": stamp(now), "finding": False, "last": 0}
        if source and source not in ledger.documents(target).sources():
            # an address may name anything: what has no documents is neither looked for nor kept
            return _nothing(page, at=stamp(now))
        kept = read_kept(ledger, target, source)
        finding = kept is None or not holds(ledger, target, kept, now=now)
        if finding:
            self._begin(target, source)
        if kept is None:
            return _nothing(page, at=None)
        told = tell_kept(ledger, target, source, kept, page=min(page, KEPT_PAGES))
        last = KEPT_PAGES if told["more"] and page >= KEPT_PAGES else 0
        more = told["more"] and not last
        return {**told, "more": more, "at": stamp(kept.at), "finding": finding, "last": last}

    def _begin(self, target: str, source: str) -> None:
        with self._one_at_a_time:
            if (target, source) in self._under_way:
                return
            self._under_way.add((target, source))
        # it only reads until it is done: a service that ends need not wait for it
        threading.Thread(target=self._find, args=(target, source), name=NAME, daemon=True).start()

    def _find(self, target: str, source: str) -> None:
        try:
            # where the ledger cannot be used the next page says so
            with suppress(ConnectorError), self._behind.app().ledger() as ledger:
                find_anew(ledger, target, source, now=self._behind.clock())
        finally:
            with self._one_at_a_time:
                self._under_way.discard((target, source))


def _nothing(page: int, *, at: str | None) -> dict[str, Any]:
    """No file; without a moment they are looked for still."""
    return {
        "page": page,
        "more": False,
        "next": "",
        "duplicates": [],
        "at": at,
        "finding": at is None,
        "last": 0,
    }
