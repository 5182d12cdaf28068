"""Sets a ledger aside, so that a new one can be made in its place: a file beside, or a schema of its own in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from connector.errors import LedgerDamaged, LedgerNewer
from connector.ledger.backup import set_aside as set_file_aside
from connector.ledger.database import MIGRATIONS, file_at, open_database, revisions
from connector.ledger.leases import refuse_while_held
from connector.ledger.orders import read_order
from connector.ledger.orders_file import OrdersFile
from connector.ledger.shapes import shapes
from connector.ledger.trouble import check_release, refuse_newer

if TYPE_CHECKING:
    from connector.ledger.engines.postgres import Postgres
    from connector.ledger.store import Ledger

STAYS = ("members", "takeovers")
"""Who works now: a service whose row is gone ends itself."""


def keep_orders(url: str, opened: Callable[[], AbstractContextManager[Ledger]], beside: OrdersFile) -> None:
    """
    Have every order of a ledger in the file beside it, as far as it can be read.

    Raises:
        LedgerError: the file cannot be read or written, or the database does not answer.
    """
    try:
        with suppress(LedgerNewer), opened() as ledger:
            beside.merge(ledger)
    except LedgerDamaged:
        if file_at(url):
            return  # whoever orders something writes the file beside it, too, before anything is done
        with suppress(LedgerDamaged), closing(open_database(url)) as database:
            beside.keep([read_order(row) for row in database.all("orders.everywhere", {})])


def set_aside(url: str, *, now: float) -> str:
    """
    Set it aside; nothing is thrown away.

    Returns:
        Where it is now, for people: a file, or a schema; empty when there was none.

    Raises:
        LeaseHeld: a run works with it.
        LedgerError: a newer release wrote it.
    """
    if not (file := file_at(url)):
        schema = set_aside_tables(url, now=now)
        return f"the schema {schema}" if schema else ""
    refuse_newer(file, revisions())
    return str(set_file_aside(Path(file), now=now) or "")


def set_aside_tables(url: str, *, now: float) -> str | None:
    """
    Move the tables of a ledger into a schema beside, all of them or none, and make new ones; nothing is thrown away.

    Returns:
        The name of the schema; None when there was no ledger.

    Raises:
        LeaseHeld: a run works with it, on whichever machine.
        LedgerError: a newer release wrote it, or its user may create no schema there.
    """
    database = cast("Postgres", open_database(url))
    with closing(database):
        current = database.revision()
        if current is None:
            return None
        check_release(current, revisions())
        name = f"ledger_before_{int(now)}"
        there = database.tables()
        ours = [shape.name for shape in shapes() if shape.name in there]
        with database.standing_alone():
            if "leases" in ours:  # else whoever works writes nothing any more
                refuse_while_held(database, now=now, done="set aside", do="rebuild")
            database.move([*ours, "alembic_version"], name)
            database.migrate(MIGRATIONS)
            for shape in shapes():
                if shape.name in STAYS and shape.name in ours:
                    database.take_back(shape.name, shape.columns, name)
        return name
