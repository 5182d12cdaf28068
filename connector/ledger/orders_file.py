"""
`hidden.json` beside the ledger: every order, so that the loss, a rebuild or a restore of the ledger shows nothing again.

What either of the two knows counts: an order that one of them has stands in both afterwards, and one that ended in one of
them ended. An order that this ledger did not know is to be carried out again, since nobody can tell what the target has.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from connector.errors import LedgerError
from connector.ledger.orders import Order
from connector.ledger.store import Ledger
from connector.machine.owner import hand_over

NAME = "hidden.json"


class _Told(msgspec.Struct, frozen=True):
    """What the file holds."""

    orders: list[Order] = []
    about: str = (
        "What people ordered to be hidden or forgotten. The connector keeps this file; see: connector hidden"
    )


class OrdersFile:
    """The file of one ledger; a ledger that is in no file has none."""

    def __init__(self, ledger: str) -> None:
        """
        Args:
            ledger: its file; empty where it is in none.
        """
        self._path = Path(ledger).with_name(NAME) if ledger else None

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
        told = self._read(self._path)
        known = {one.id: one for one in ledger.every_order()}
        for one in told:
            there = known.get(one.id)
            if there is None and one.ended_at is not None:
                continue  # it keeps nothing out, and the ledger has forgotten it
            if there is None or (there.ended_at is None and one.ended_at is not None):
                new = there is None
                ledger.orders(one.target).write(
                    msgspec.structs.replace(one, done_at=None, told="{}") if new else one
                )
        if keep and (orders := ledger.every_order()) != told:
            self._write(self._path, orders)

    @staticmethod
    def _read(path: Path) -> list[Order]:
        try:
            return msgspec.json.decode(path.read_bytes(), type=_Told).orders
        except FileNotFoundError:
            return []
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise LedgerError(
                f"{path} cannot be read ({error}). It tells what people hid, so nothing is pushed without it. Put a copy of it back, "
                "or move it away if nothing was ever hidden; what the ledger knows of it is written again"
            ) from error

    @staticmethod
    def _write(path: Path, orders: list[Order]) -> None:
        half = path.with_name(f"{path.name}.half")
        try:
            half.unlink(missing_ok=True)
            descriptor = os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(_Told(orders)), indent=2) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            hand_over(half)
            half.replace(path)
        except OSError as error:
            half.unlink(missing_ok=True)
            raise LedgerError(f"{path} cannot be written ({error}). It tells what people hid") from error
