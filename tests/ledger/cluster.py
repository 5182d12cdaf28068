"""A server of PostgreSQL for tests: in a folder in memory where there is room, over a socket there, gone with the session."""

from __future__ import annotations

import fcntl
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from connector.ledger.database import connect
from tests import memory
from tests.memory import MEMORY

INSTALLED = Path("/usr/lib/postgresql")
"""Where Debian's packages put the programs, by version."""
FAST = "-c fsync=off -c full_page_writes=off -c listen_addresses='' -c max_connections=200"
"""
Nothing of it outlives the session; what is committed outlives a restart, as the manual asks for. Three services with 26 targets that
are all due at once have more than the usual 100 connections.
"""
PREFIX, IN_USE = "ledger-pg-", "in-use"
"""Of its folder's name, and the file in it that is locked as long as the session lasts."""


class Cluster:
    """One server."""

    def __init__(self, socket: Path, restart: Callable[[], None]) -> None:
        self._socket = socket
        self.restart = restart
        """Ends it at once, as a machine that dies does, and starts it again."""
        self._numbers = itertools.count(1)
        connect(self.url("postgres")).close()

    @property
    def socket_file(self) -> str:
        """Where it listens."""
        return str(self._socket / ".s.PGSQL.5432")

    def url(self, database: str) -> str:
        """Of one database."""
        return f"postgresql://postgres@/{database}?host={self._socket}"

    def new_database(self, *, empty: bool = False, more: str = "") -> str:
        """
        Make a database with an empty ledger, or with nothing at all; says its URL.

        Args:
            more: what else is said of an empty one: its encoding, its locale.
        """
        name = f"ledger{next(self._numbers)}"
        template = "template0" if empty else "postgres"  # whose ledger is made once
        # what is copied by files is not written page by page to the log first: half the server's time
        self._tell(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy {more}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Give back the room of a database that nobody needs any more."""
        self._tell(
            f"DROP DATABASE {url.removeprefix('postgresql://postgres@/').partition('?')[0]} WITH (FORCE)"
        )

    def _tell(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.url("template1"), autocommit=True) as admin:
            admin.execute(statement)


@contextmanager
def start() -> Iterator[Cluster]:
    """Start one; the test is left out where that cannot be done."""
    pytest.importorskip("psycopg", reason="a ledger on PostgreSQL needs psycopg (the extra `cluster`)")
    programs = sorted(INSTALLED.glob("*/bin/initdb"))
    if not programs:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    bin_folder = programs[-1].parent
    who = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name  # it refuses to run as root
    with _folder() as folder:
        os.chown(folder, pwd.getpwnam(who).pw_uid, pwd.getpwnam(who).pw_gid)

        def run(*command: str) -> str:
            """What went wrong; empty: nothing."""
            done = subprocess.run(
                command,
                user=who if os.getuid() == 0 else None,
                cwd=folder,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            return done.stderr.strip()[-300:] or "it does not say why" if done.returncode else ""

        data = str(folder / "data")
        log, control = str(folder / "log"), str(bin_folder / "pg_ctl")

        def begin() -> str:
            return run(control, "-D", data, "-l", log, "-w", "-o", f"-k {folder} {FAST}", "start")

        def end() -> str:
            return run(control, "-D", data, "-m", "immediate", "-w", "stop")

        def again() -> None:
            why = end() or begin()
            assert not why, why  # it started here before, so a test that needs it is not left out

        made = run(
            str(bin_folder / "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"
        )
        if why := made or begin():
            pytest.skip(f"PostgreSQL does not start here: {why}")
        try:
            yield Cluster(folder, again)
        finally:
            end()


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder of this session's own, locked as long as it lasts."""
    where = tempfile.gettempdir()
    if memory.is_there():
        _clear_up()
        if memory.has_room():
            where = str(MEMORY)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=where) as name:
        folder = Path(name)
        with (folder / "new").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            (folder / "new").rename(folder / IN_USE)  # there for others once it is locked
            yield folder


def _clear_up() -> None:
    """Give back the memory of sessions that were killed. Their servers end by themselves when their files are gone."""
    for found in MEMORY.glob(f"{PREFIX}*/{IN_USE}"):
        with suppress(OSError), found.open() as lock:  # locked: in use; or another user's
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(found.parent, ignore_errors=True)
