"""A server of PostgreSQL for tests: in a temporary folder, over a socket there, gone with the session."""

from __future__ import annotations

import itertools
import os
import pwd
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connector.ledger.database import connect

INSTALLED = Path("/usr/lib/postgresql")
"""Where Debian's packages put the programs, by version."""
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c listen_addresses='' -c max_connections=100"
"""Nothing of it outlives the session."""


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

    def new_database(self, *, empty: bool = False) -> str:
        """Make a database with an empty ledger, or with nothing at all; says its URL."""
        import psycopg

        name = f"ledger{next(self._numbers)}"
        with psycopg.connect(self.url("template1"), autocommit=True) as admin:
            admin.execute(
                f"CREATE DATABASE {name} TEMPLATE {'template0' if empty else 'postgres'}"
            )  # made once
        return self.url(name)


@contextmanager
def start(factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Start one; the test is left out where that cannot be done."""
    pytest.importorskip("psycopg", reason="a ledger on PostgreSQL needs psycopg (the extra `cluster`)")
    programs = sorted(INSTALLED.glob("*/bin/initdb"))
    if not programs:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    bin_folder = programs[-1].parent
    who = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name  # it refuses to run as root
    with tempfile.TemporaryDirectory(prefix="ledger-pg-") as name:
        folder = Path(name)
        os.chown(folder, pwd.getpwnam(who).pw_uid, pwd.getpwnam(who).pw_gid)

        def run(*command: str) -> None:
            done = subprocess.run(
                command,
                user=who if os.getuid() == 0 else None,
                cwd=folder,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            if done.returncode:
                pytest.skip(f"PostgreSQL does not start here: {done.stderr.strip()[-300:]}")

        data = str(folder / "data")
        run(
            str(bin_folder / "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"
        )
        log, control = str(folder / "log"), str(bin_folder / "pg_ctl")

        def begin() -> None:
            run(control, "-D", data, "-l", log, "-w", "-o", f"-k {folder} {FAST}", "start")

        def end() -> None:
            run(control, "-D", data, "-m", "immediate", "-w", "stop")

        begin()
        try:
            yield Cluster(folder, lambda: (end(), begin())[0])
        finally:
            end()
