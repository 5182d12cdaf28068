"""
`hidden.json` beside the ledger: every order, so that the loss, a rebuild or a restore of the ledger shows nothing again.

What either of the two knows counts: an order that one of them has stands in both afterwards, and one that ended in one of
them ended. An order that this ledger did not know is to be carried out again, since nobody can tell what the target has.

A ledger in PostgreSQL stands in no file, and its machines share none: there each keeps a file of its own, beside its text cache
(docs/adr/0015-hidden-beside-postgresql.md). It is a second copy there: one that cannot be written stops no run, and one that is
older than what the ledger has forgotten since tells nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from connector.document.durations import HOUR_S
from connector.errors import LedgerError
from connector.ledger.erased_again import erase_again, read_back
from connector.ledger.orders import Order, OrderKind
from connector.ledger.store import Ledger
from connector.ledger.taken_out_counts import only_taken
from connector.machine.owner import replace_file
from connector.machine.storage import words_of_use

NAME = "hidden.json"
FRESH_S = HOUR_S
"""A file that says the same is written again after so long, to say that it is still right."""


class _Told(msgspec.Struct, frozen=True):
    """What the file holds."""

    orders: list[Order] = []
    about: str = (
        "What people ordered to be hidden or forgotten. The connector keeps this file; see: connector hidden"
    )
    at: float = 0.0
    """When ledger and file were last made the same, in seconds since 1970."""


class OrdersFile:
    """The file of one ledger; a ledger that has no place for one has none."""

    def __init__(self, folder: Path | None, *, clock: Callable[[], float], needed: bool = True) -> None:
        """
        Args:
            folder: in which it stands.
            needed: whether nothing is done where it cannot be written.
        """
        self._path = folder / NAME if folder is not None else None
        self._clock = clock
        self._needed = needed

    def merge(self, ledger: Ledger, *, keep: bool = True) -> None:
        """
        Let the ledger and the file know the same orders.

        Args:
            keep: write the file, too; not where the ledger is a copy that is thrown away.

        Raises:
            LedgerError: the file cannot be read or written: what is hidden is not known, so nothing may be pushed.
        """
        if self._path is None:
            return
        told, now = self._read(self._path), self._clock()
        known = {one.id: one for one in ledger.every_order()}
        for one in self._news(ledger, told, known):
            new = one.id not in known
            ledger.orders(one.target).write(read_back(ledger, one, only_taken(one.told)) if new else one)
        for one in known.values():
            if one.kind is OrderKind.FORGET:
                erase_again(ledger, one)
        orders = ledger.every_order()
        if keep and (orders or told.orders) and (orders != told.orders or not 0 <= now - told.at < FRESH_S):
            try:
                self._write(self._path, _Told(orders, at=now))
            except LedgerError as error:
                if self._needed:
                    raise
                import structlog  # verbs that only tell load no log

                structlog.get_logger().warning("hiding.unkept", why=str(error))

    def keep(self, orders: Sequence[Order]) -> None:
        """
        Have some orders in the file, too, beside what it tells already.

        Raises:
            LedgerError: the file cannot be read or written.
        """
        if self._path is None or not orders:
            return
        known = {one.id: one for one in self._read(self._path).orders}
        known.update((one.id, one) for one in orders if one.id not in known or one.ended_at is not None)
        self._write(self._path, _Told(sorted(known.values(), key=lambda one: one.at), at=self._clock()))

    @contextmanager
    def merged(self, ledger: Ledger) -> Iterator[Ledger]:
        """
        A ledger that knows what the file knows, for somebody who only looks: nothing is written, whoever writes meanwhile.

        Raises:
            LedgerError: the file cannot be read.
        """
        told = self._read(self._path) if self._path is not None else _Told()
        if not self._news(ledger, told, {one.id: one for one in ledger.every_order()}):
            yield ledger
            return
        with ledger.copied(now=self._clock()) as copy:
            self.merge(copy, keep=False)
            yield copy

    def _news(self, ledger: Ledger, told: _Told, known: Mapping[str, Order]) -> list[Order]:
        """What the file says of orders that the ledger does not know yet, or knows as not ended."""
        is_older = told.at < min(ledger.orders_forgotten_before(), self._clock())
        news = []
        for one in told.orders:
            there = known.get(one.id)
            if there is None and (one.ended_at is not None or is_older):
                continue  # it keeps nothing out, or may have ended since: the ledger has forgotten it
            if there is None or (there.ended_at is None and one.ended_at is not None):
                news.append(one)
        return news

    def trouble(self) -> str:
        """Say what keeps the file from being read; empty where nothing does."""
        try:
            if self._path is not None:
                self._read(self._path)
        except LedgerError as error:
            return str(error)
        return ""

    @staticmethod
    def _read(path: Path) -> _Told:
        try:
            return msgspec.json.decode(path.read_bytes(), type=_Told)
        except (FileNotFoundError, NotADirectoryError):
            return _Told()
        except OSError as error:
            raise LedgerError(
                f"{words_of_use(str(path), path, error)} It tells what people hid, so nothing is pushed without it"
            ) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise LedgerError(
                f"{path} cannot be read ({error}). It tells what people hid, so nothing is pushed without it. Put a copy of it back, "
                "or move it away if nothing was ever hidden; what the ledger knows of it is written again"
            ) from error

    @staticmethod
    def _write(path: Path, told: _Told) -> None:
        try:
            replace_file(path, msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n", sync=True)
        except OSError as error:
            raise LedgerError(f"{words_of_use(str(path), path, error)} It tells what people hid") from error
