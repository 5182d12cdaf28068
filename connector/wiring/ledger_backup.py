"""A ledger as a whole, by the settings: backed up while others work with it, and put back."""

from __future__ import annotations

import shlex
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from connector.errors import LedgerError, SettingsError
from connector.ledger.backup import Copy, back_up, check_copy, look_into, restore, take_leases
from connector.ledger.database import POSTGRES, revisions
from connector.machine import owner
from connector.machine.lock import nobody_serving, only_here
from connector.target.api import Connector
from connector.wiring.offline import Offline


def back_up_ledger(app: Offline, to: Path) -> Copy:
    """
    Copy the ledger while a service works with it.

    Raises:
        SettingsError: it is in no file.
        LedgerError: it cannot be copied.
    """
    return back_up(_file_of(app, f"pg_dump --format=custom --file={shlex.quote(str(to))} {_dsn(app)}"), to)


def look_at_copy(app: Offline, copy: Path) -> Copy:
    """
    Read a copy through, and compare it with the settings.

    Raises:
        SettingsError: the ledger is in no file.
        LedgerError: the copy is damaged, too new, or of another intranet.
    """
    ledger = _file_of(app, f"pg_restore --clean --if-exists --dbname={_dsn(app)} {shlex.quote(str(copy))}")
    if copy.exists() and ledger.exists() and copy.samefile(ledger):
        raise LedgerError(f"{copy} is the ledger itself. Name a copy of it.")
    found = look_into(copy)
    check_copy(found, revisions(), _intranets(app))
    return found


def restore_ledger(app: Offline, copy: Path, *, now: float) -> Path | None:
    """
    Make a copy the ledger; nobody may work with it, not even a service that has nothing to do.

    Returns:
        Where the former ledger is; None when there was none.

    Raises:
        LeaseHeld: somebody works with it.
        LedgerError: as `look_at_copy`, or there is no room.
    """
    ledger = app.ledger_file
    assert ledger is not None
    owner.make_folder(ledger.parent)
    with ExitStack() as stack:
        stack.enter_context(nobody_serving(ledger.parent))
        for key in sorted(_intranets(app).values()):
            stack.enter_context(only_here(key, ledger.parent))
        take_leases(ledger, list(app.settings.targets), now=now)
        app.keep_orders()
        return restore(copy, ledger, now=now)


def _intranets(app: Offline) -> dict[str, str]:
    """Which intranet each target is, as the ledger notes it."""
    return {
        name: Connector(base_url=one.base_url, tenant=one.tenant, app_id=one.app_id, api_key="").key
        for name, one in app.settings.targets.items()
    }


def _file_of(app: Offline, instead: str) -> Path:
    """
    Raises:
        SettingsError: the ledger is in no file; tells what does it instead.
    """
    if app.ledger_file is not None:
        return app.ledger_file
    if app.settings.ledger.url.startswith(POSTGRES):
        raise SettingsError(
            "ledger.url",
            f"the ledger is in PostgreSQL; use its own programs. Type: {instead}",
        )
    raise SettingsError("ledger.url", "a ledger in memory cannot be kept; name a file")


def _dsn(app: Offline) -> str:
    """The database of a ledger for PostgreSQL's programs, without its password."""
    url = urlsplit(app.settings.ledger.url)
    user = f"{url.username}@" if url.username else ""
    port = f":{url.port}" if url.port else ""
    return f"postgresql://{user}{url.hostname or ''}{port}{url.path}"
